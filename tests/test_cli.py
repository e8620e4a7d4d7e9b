"""The command line: help, version, and the demo."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import sysconfig
from contextlib import redirect_stdout
from importlib.metadata import entry_points
from pathlib import Path

import boto3
import pytest

import chime_identity_mock
from chime_identity_mock import current_mock
from chime_identity_mock.cli import main

PROGRAM = "chime-identity-mock"
MODULE = [sys.executable, "-m", "chime_identity_mock"]
SCRIPT = [str(Path(sysconfig.get_path("scripts")) / PROGRAM)]
IS_INSTALLED = PROGRAM in entry_points(group="console_scripts").names


def run(*command, encoding="utf-8"):
    return subprocess.run(  # noqa: S603 - the commands are ours
        command,
        check=False,
        capture_output=True,
        encoding=encoding,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        timeout=60,
    )


@pytest.fixture
def demo(capsys):
    """What the demo prints."""
    assert main(["demo"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


# Arguments


def test_without_arguments_it_prints_help(capsys):
    assert main([]) == 0

    printed = capsys.readouterr()
    assert PROGRAM in printed.out
    assert "demo" in printed.out
    assert printed.err == ""


def test_the_processes_own_arguments_are_the_default(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", [PROGRAM])

    assert main() == 0
    assert "demo" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--help"], ["demo", "--help"]])
def test_help_is_given_when_asked_for(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 0
    assert "usage" in capsys.readouterr().out.lower()


def test_version(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out.split() == [PROGRAM, chime_identity_mock.__version__]


@pytest.mark.parametrize("arguments", [["dmeo"], ["--dmeo"], ["demo", "more"]])
def test_what_it_does_not_know_is_a_wrong_usage(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert arguments[-1] in printed.err


# The demo


def test_the_demo_shows_every_step(demo):
    steps = [line.partition("(")[0] for line in demo.splitlines() if "():" in line]

    assert steps == [
        "create_app_instance",
        "create_app_instance_user",
        "create_app_instance_user",
        "create_app_instance_user",
        "create_app_instance_admin",
        "create_app_instance_bot",
        "register_app_instance_user_endpoint",
        "tag_resource",
        "list_app_instance_users",
        "create_app_instance_user",
        "delete_app_instance",
    ]


def test_the_demo_shows_the_pages(demo):
    assert "    Ann, Bob\n    Zoë\n" in demo


def test_the_demo_shows_the_error(demo):
    assert "ConflictException" in demo
    assert "Traceback" not in demo


def test_the_demo_shows_the_tree(demo):
    def line_with(text):
        (line,) = [line for line in demo.splitlines() if "─ " in line and text in line]
        return line

    assert ":app-instance/" in line_with('"Support chat"')
    assert "tag" in line_with('"Support chat"')
    assert "admin" in line_with('ann, "Ann"')
    assert "bob" in line_with('"Bob"')
    assert "tag" in line_with('"Zoë"')
    assert "bot" in line_with('"Helper"')
    assert "GCM" in line_with('"Bob\'s phone"')


def test_the_demo_shows_that_nothing_is_left(demo):
    *_, deletion, last = [line for line in demo.splitlines() if line]

    assert deletion.startswith("delete_app_instance(")
    assert "no app instances" in last


def test_the_demo_shows_no_device_token(demo):
    assert "a-device-token" not in demo


def test_the_demo_is_the_same_each_time_but_for_ids(demo, capsys):
    main(["demo"])

    assert len(capsys.readouterr().out.splitlines()) == len(demo.splitlines())


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-west-1"},
        {"AWS_PROFILE": "nobody", "AWS_ACCESS_KEY_ID": "", "AWS_SESSION_TOKEN": "mine"},
        {"MOTO_ACCOUNT_ID": "111122223333"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
    ],
)
def test_the_demo_works_in_any_environment_and_leaves_it_as_it_was(monkeypatch, capsys, variables):
    for name in [name for name in os.environ if name.startswith(("AWS_", "MOTO_"))]:
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    before, session = dict(os.environ), boto3.DEFAULT_SESSION

    assert main(["demo"]) == 0

    assert "Zoë" in capsys.readouterr().out
    assert dict(os.environ) == before
    assert boto3.DEFAULT_SESSION is session
    with pytest.raises(RuntimeError):
        current_mock()


def test_the_demo_prints_to_what_stands_for_the_output():
    with redirect_stdout(io.StringIO()) as output:
        assert main(["demo"]) == 0

    assert "Zoë" in output.getvalue()


# In a process of its own


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(MODULE, id="module"),
        pytest.param(
            SCRIPT,
            id="script",
            marks=pytest.mark.skipif(not IS_INSTALLED, reason="the package is only on the path"),
        ),
    ],
)
@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [(["demo"], 0, "Zoë"), (["dmeo"], 2, "")],
)
def test_module_and_script_do_the_same(command, arguments, status, told):
    ended = run(*command, *arguments)

    assert ended.returncode == status
    assert told in ended.stdout
    assert bool(ended.stderr) == (status != 0)
    assert "Traceback" not in ended.stderr


# As on Windows, where what is piped is written in the code page.
@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_the_demo_works_where_its_lines_cannot_be_written(encoding):
    ended = run(*MODULE, "demo", encoding=encoding)

    assert ended.returncode == 0
    assert "Support chat" in ended.stdout
    assert ended.stderr == ""
