"""The command ``serve``, in a process of its own: what it prints, how it ends, its options."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from over_http import call_once
from support import MISSING_INSTANCE_ARN

from chime_identity_mock.cli import main
from chime_identity_mock.server import DEFAULT_PORT, MAX_BODY, Server

COMMAND = [sys.executable, "-m", "chime_identity_mock", "serve"]
VARIABLE = "AWS_ENDPOINT_URL_CHIME_SDK_IDENTITY"


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "MOTO_ACCOUNT_ID"):
        monkeypatch.delenv(name, raising=False)


class Serving:
    """A process that serves; ``end`` makes sure that it ends as it should."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(  # noqa: S603 - the command is ours
            [*COMMAND, "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines = [self.process.stdout.readline() for _ in range(2)]
        self.url = self.lines[1].strip().partition("=")[2]

    def call(self, *request, **signature):
        return call_once(self.url, *request, **signature)

    def create(self, name="chat", **signature):
        body = {"Name": name, "ClientRequestToken": f"token-{name}"}
        return self.call("POST", "/app-instances", body, **signature)

    def end(self, number=signal.SIGTERM):
        """What it still printed."""
        self.process.send_signal(number)
        printed, errors = self.process.communicate(timeout=30)
        assert (self.process.returncode, errors) == (0, "")
        return printed


@contextmanager
def serving(*arguments):
    served = Serving(*arguments)
    try:
        yield served
        if served.process.poll() is None:
            served.end()
    finally:
        served.process.kill()
        served.process.communicate()


def test_it_prints_where_it_answers_and_what_to_export():
    with serving() as served:
        assert re.fullmatch(r"http://127\.0\.0\.1:[1-9][0-9]+", served.url)
        assert served.url in served.lines[0]
        assert served.lines[1] == f"export {VARIABLE}={served.url}\n"
        assert served.create().status == 201


def test_it_says_nothing_of_calls_unless_asked():
    with serving() as served:
        served.create()
        served.call("GET", "/nothing")

        assert served.end() == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_it_cleanly_and_frees_the_port(number):
    with serving() as served:
        port = int(served.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(b"GET /_mock/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(65536)

            started = time.monotonic()
            served.end(number)

            assert time.monotonic() - started < 5
            assert connection.recv(65536) == b""
        with socket.create_server(("127.0.0.1", port)):
            pass


def test_verbose_prints_a_line_a_request_and_no_values():
    secrets = {"Name": "private name", "Metadata": "private metadata"}
    with serving("--verbose") as served:
        body = {**secrets, "ClientRequestToken": "private-token"}
        served.call("POST", "/app-instances", body, access_key="PRIVATEKEY")
        served.call("GET", "/app-instances?max-results=0")
        served.call("GET", f"/app-instances/{MISSING_INSTANCE_ARN}")
        served.call("GET", "/private?private=private")
        served.call("POST", "/app-instances", b"x" * (MAX_BODY + 1))
        served.call("GET", "/_mock/state")
        served.call("OPTIONS", "/app-instances")

        assert served.end().splitlines() == [
            "CreateAppInstance 201",
            "ListAppInstances BadRequestException",
            "DescribeAppInstance ForbiddenException",
            "- 404 UnknownOperationException",
            "- 413 RequestEntityTooLargeException",
        ]


def test_verbose_goes_on_when_nobody_reads_it_any_more():
    with serving("--verbose") as served:
        served.process.stdout.close()

        statuses = [served.create(f"chat-{number}").status for number in range(3)]

        assert statuses == [201] * 3
        served.process.terminate()
        served.process.wait(30)


# Options


def test_host_and_port_are_those_asked_for():
    with socket.create_server(("127.0.0.2", 0)) as taken:
        port = taken.getsockname()[1]
    with serving("--host", "127.0.0.2", "--port", str(port)) as served:
        assert served.url == f"http://127.0.0.2:{port}"
        assert served.create().status == 201
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


def test_help_tells_the_defaults(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--help"])

    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert str(DEFAULT_PORT) in printed
    assert "127.0.0.1" in printed
    assert "whoever can reach" in " ".join(printed.split())


def test_host_can_stand_in_brackets():
    with serving("--host", "[::1]") as served:
        assert served.url.startswith("http://[::1]:")
        assert served.create().status == 201


def test_account_and_region():
    with serving("--account-id", "111122223333", "--region-name", "eu-central-1") as served:
        arn = served.create(region_name="eu-central-1").body["AppInstanceArn"]
        of_key = served.create(access_key="444455556666").body["AppInstanceArn"]

        assert ":eu-central-1:111122223333:" in arn
        assert ":us-east-1:444455556666:" in of_key
        (kept,) = served.call("GET", "/_mock/state").body["app_instances"]
        assert kept["AppInstanceArn"] == arn


@pytest.mark.parametrize(("options", "status"), [([], 403), (["--allow-any-region"], 201)])
def test_any_region(options, status):
    with serving(*options) as served:
        assert served.create(region_name="eu-west-1").status == status


def test_quotas():
    quotas = ["--quota", "app_instances_per_account=2", "--quota", "users_per_app_instance=1"]
    with serving(*quotas) as served:
        arn = served.create("a").body["AppInstanceArn"]
        users = [
            served.call(
                "POST",
                "/app-instance-users",
                {
                    "AppInstanceArn": arn,
                    "AppInstanceUserId": name,
                    "Name": name,
                    "ClientRequestToken": f"token-{name}",
                },
            )
            for name in "ab"
        ]

        assert [user.error for user in users] == [None, "ResourceLimitExceededException"]
        assert [served.create(name).error for name in "bc"] == [
            None,
            "ResourceLimitExceededException",
        ]


@pytest.mark.parametrize(
    ("options", "last"),
    [
        ([], None),
        (["--rate-limits"], "ThrottledClientException"),
        (["--rate-limit", "ListAppInstances=0.01"], "ThrottledClientException"),
        (["--rate-limits", "--rate-limit", "ListAppInstances=1000"], None),
    ],
)
def test_rate_limits(options, last):
    with serving(*options) as served:
        errors = [served.call("GET", "/app-instances").error for _ in range(30)]

    assert errors[0] is None
    assert last in errors[1:]
    assert last or not any(errors)


def test_expiration_delay():
    user = {
        "Name": "Ann",
        "ExpirationSettings": {"ExpirationCriterion": "CREATED_TIMESTAMP", "ExpirationDays": 1},
    }
    state = {"version": 1, "app_instances": [{"Name": "chat", "AppInstanceUsers": [user]}]}

    def has_user():
        (instance,) = served.call("GET", "/_mock/state").body["app_instances"]
        return bool(instance["AppInstanceUsers"])

    with serving("--expiration-delay", "1.5") as served:
        served.call("POST", "/_mock/load", state)
        served.call("POST", "/_mock/clock", {"days": 1, "hours": 1.4})
        assert has_user()
        served.call("POST", "/_mock/clock", {"hours": 0.2})
        assert not has_user()


@pytest.mark.parametrize(("options", "kept"), [([], 3), (["--history", "all"], 3)])
def test_history_keeps_calls(options, kept):
    with serving(*options) as served:
        for _ in range(3):
            served.call("GET", "/app-instances")

        assert len(served.call("GET", "/_mock/calls").body) == kept


def test_history_keeps_no_more_calls_than_asked_for():
    with serving("--history", "2") as served:
        for name in "abc":
            served.create(name)

        calls = served.call("GET", "/_mock/calls").body
        assert [call["params"]["Name"] for call in calls] == ["b", "c"]


def test_seed_makes_ids_the_same_in_every_run():
    def arn(*options):
        with serving(*options) as served:
            return served.create().body["AppInstanceArn"]

    assert arn("--seed", "7") == arn("--seed", "7")
    assert arn("--seed", "8") != arn()


def test_faults_that_nothing_meets_are_no_error_at_the_end():
    with serving() as served:
        fault = {"operation": "ListAppInstances", "error": "ForbiddenException"}
        assert served.call("POST", "/_mock/faults", fault).status == 200

        assert served.end() == ""


def test_clock_is_the_machines():
    with serving() as served:
        now = datetime.fromisoformat(served.call("GET", "/_mock/clock").body["now"])

    assert abs(now - datetime.now(now.tzinfo)) < timedelta(minutes=1)


# What can't be done


def refusal(capsys, *arguments):
    """What it says to arguments that it refuses."""
    with pytest.raises(SystemExit) as ended:
        main(["serve", *arguments])
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err.splitlines()[-1]


@pytest.fixture
def signals():
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "99999"], ["port", "65535"]),
        (["--port", "-1"], ["port", "65535"]),
        (["--port", "http"], ["--port", "'http'"]),
        (["--host", ""], ["host"]),
        (["--host", "203.0.113.1", "--port", "0"], ["203.0.113.1"]),
        (["--quota", "users_per_app_instance"], ["--quota", "NAME=NUMBER"]),
        (["--quota", "users_per_app_instance=many"], ["--quota", "NAME=NUMBER"]),
        (["--quota", "users_per_app_instance=1.5"], ["quotas"]),
        (["--quota", "users=5"], ["'users'", "users_per_app_instance"]),
        (["--rate-limit", "ListAppInstances"], ["--rate-limit", "NUMBER"]),
        (["--rate-limit", "ListAppInstances=0"], ["rate_limits"]),
        (["--rate-limit", "ListAppInstances=nan"], ["rate_limits"]),
        (["--rate-limit", "ListAppInstances=inf"], ["rate_limits"]),
        (["--rate-limit", "ListAppInstance=1"], ["'ListAppInstance'", "'ListAppInstances'"]),
        (["--expiration-delay", "7"], ["expiration_delay", "six hours"]),
        (["--expiration-delay", "inf"], ["--expiration-delay", "'inf'"]),
        (["--expiration-delay", "nan"], ["--expiration-delay", "'nan'"]),
        (["--expiration-delay", "long"], ["--expiration-delay", "'long'"]),
        (["--history", "-1"], ["history"]),
        (["--history", "some"], ["--history", "'some'", "all"]),
        (["--seed", "x"], ["--seed", "'x'"]),
        (["--account-id", "5"], ["account_id", "twelve digits"]),
        (["--region-name", "a b"], ["region_name"]),
        (["--colour"], ["--colour"]),
    ],
)
def test_bad_option_is_refused_with_the_reason(capsys, arguments, words):
    told = refusal(capsys, *arguments)

    for word in words:
        assert word in told


@pytest.mark.usefixtures("signals")
def test_port_in_use_is_refused_with_the_reason(capsys, mock):
    with Server(mock) as server:
        port = server.url.rpartition(":")[2]

        told = refusal(capsys, "--port", port)

    assert "in use" in told
    assert port in told


def test_refusal_in_a_process_of_its_own_is_an_error_without_a_traceback(mock):
    with Server(mock) as server:
        ended = subprocess.run(  # noqa: S603 - the command is ours
            [*COMMAND, "--port", server.url.rpartition(":")[2]],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            env=dict(os.environ),
        )

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Traceback" not in ended.stderr
    assert "in use" in ended.stderr
