"""What importing the package, and having its plugin installed, adds to a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from .figures import Effort, Figure, Figures, median_of_ratios

ROOT = Path(__file__).parent.parent
PAIRS = 25
HEAVY = ("boto3", "botocore", "moto", "requests", "responses", "werkzeug", "chime_identity_mock")
TEST = f"""
import sys

def test_nothing():
    print("heavy:", [name for name in {HEAVY!r} if name in sys.modules])
"""


def figures(effort: Effort) -> Figures:
    with TemporaryDirectory() as folder:
        # Compiled once, as what pip installs is.
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONPYCACHEPREFIX": folder,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)

        def run(*arguments: str) -> str:
            finished = subprocess.run(  # noqa: S603 - this Python
                [sys.executable, *arguments],
                cwd=folder,
                env=environment,
                check=True,
                capture_output=True,
                text=True,
            )
            return finished.stdout

        yield Figure(
            "import chime_identity_mock",
            "from moto import mock_aws",
            median_of_ratios(
                lambda: run("-c", "import chime_identity_mock"),
                lambda: run("-c", "from moto import mock_aws"),
                effort.times(PAIRS),
            ),
            most=1.15,
        )
        test = Path(folder, "test_nothing.py")
        test.write_text(TEST, encoding="utf-8")
        pytest = ("-m", "pytest", "-q", "-s", "-c", os.devnull, str(test))
        with_plugin = (*pytest, "-p", "pytest_chime_identity_mock")
        yield Figure(
            "a pytest run that never uses the plugin",
            "the same without it",
            median_of_ratios(lambda: run(*with_plugin), lambda: run(*pytest), effort.times(PAIRS)),
        )
        (line,) = (line for line in run(*with_plugin).splitlines() if line.startswith("heavy:"))
        yield Figure(
            "heavy modules that an unused plugin imports",
            "",
            line.count("'") / 2,
            "modules",
            most=0,
        )
