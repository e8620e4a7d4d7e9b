"""What the tests of programs in other languages share: the README's section about them, and its server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS = 60
"""How long a program may take."""

_ROOT = Path(__file__).parents[1]


def readme_blocks(language: str) -> list[str]:
    """The code in a language in the README's section."""
    readme = (_ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("\n## From other languages\n")[2].partition("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)


@contextmanager
def served() -> Iterator[str]:
    """Start the server as the README does, but on a free port.

    :returns: what the README has a shell export, with that port in it
    """
    start, variables, *_ = readme_blocks("shell")
    assert start == "chime-identity-mock serve\n"
    process = subprocess.Popen(
        [sys.executable, "-m", "chime_identity_mock", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        process.stdout.readline()
        export = process.stdout.readline()
        of_the_readme, _, others = variables.partition("\n")
        assert re.sub(r":\d+$", ":5001", export.strip()) == of_the_readme
        yield export + others
    finally:
        process.terminate()
        assert process.wait(SECONDS) == 0
        process.stdout.close()


def run(script: str, variables: str, *, standard_input: str = "", folder: Path = _ROOT) -> str:
    """Run lines of a shell after those that export variables; they must not fail.

    :returns: what they print
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(  # noqa: S603 - the scripts are those of the README
        [
            shutil.which("bash"),
            "-euo",
            "pipefail",
            "-c",
            variables + script,
        ],
        input=standard_input,
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
