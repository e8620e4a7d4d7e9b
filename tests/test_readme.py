"""The README's examples run, and what it lists is complete."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from botocore import xform_name
from support import OPERATIONS

from chime_identity_mock import cli
from chime_identity_mock.options import Options

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_examples_run(pytester: pytest.Pytester):
    code = "\n".join(blocks("python"))
    tests = len(re.findall(r"^ *def test_", code, re.MULTILINE))
    pytester.makepyfile(code)

    result = pytester.runpytest("-p", "no:randomly")

    result.assert_outcomes(passed=tests)


def test_first_two_shell_blocks_are_the_set_up_commands():
    first, second = blocks("shell")[:2]

    assert first.splitlines()[-1] == "chime-identity-mock demo"
    assert second.splitlines()[-1] == "python -m pytest"


def test_command_of_the_first_block_is_there(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["demo"]) == 0

    assert "create_app_instance()" in capsys.readouterr().out


def test_options_are_listed():
    listed = re.findall(r"^\| `(\w+)` \| .* \| .* \|$", README, re.MULTILINE)

    assert listed == [field.name for field in fields(Options)]


def test_links_lead_somewhere():
    targets = re.findall(r"\]\((?!https:)([^)#]+)", README)

    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_changelog_lists_every_operation():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"`(\w+)\(\)`", changelog))

    assert {xform_name(name) for name in OPERATIONS} <= listed
