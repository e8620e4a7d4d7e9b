"""Steering and inspecting over HTTP: every path of ``/_mock/``, and who is let in."""

from __future__ import annotations

import json
import random
import re
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin

import pytest
from over_http import call, call_once, connect, exchange
from support import ACCOUNT_ID, MISSING_INSTANCE_ARN, REGION, kept

from chime_identity_mock import __version__, control, mock_chime_identity
from chime_identity_mock.server import MAX_BODY, Application, Server

ROOT = Path(__file__).parents[1]
STATE = {"version": 1, "app_instances": [{"Name": "chat", "AppInstanceUsers": [{"Name": "Ann"}]}]}


@pytest.fixture
def server(mock):
    with Server(mock) as server:
        yield server


@pytest.fixture
def steer(server):
    """Send a request to ``/_mock/``; gives status and JSON."""
    connection = connect(server.url)

    def steer(method, path, body=None, **headers):
        answer = call(connection, method, f"/_mock/{path}", body, headers)
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.error is None
        assert not [name for name in answer.headers if name.startswith("Access-Control")]
        return answer.status, answer.body

    yield steer
    connection.close()


def check_refused(answered, status, *words):
    assert answered[0] == status
    assert list(answered[1]) == ["error"]
    for word in words:
        assert word in answered[1]["error"]


def create(server, name="chat", **signature):
    body = {"Name": name, "ClientRequestToken": "token"}
    return call_once(server.url, "POST", "/app-instances", body, **signature)


# What is told


def test_page_is_served(server):
    answer = call_once(server.url, "GET", "/_mock/")

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.content.startswith(b"<!doctype html>")


def test_health(steer):
    assert steer("GET", "health") == (200, {"status": "ok", "version": __version__})


@pytest.mark.parametrize("query", ["", "?a=b"])
def test_page_without_the_slash_at_its_end_is_elsewhere(server, query):
    answer = call_once(server.url, "GET", f"/_mock{query}")

    assert answer.status == 308
    assert urljoin(f"{server.url}/_mock", answer.headers["Location"]) == f"{server.url}/_mock/"


@pytest.mark.parametrize("path", ["", "health"])
def test_head_is_answered_as_get_is_without_the_body(server, path):
    got, answer = (call_once(server.url, method, f"/_mock/{path}") for method in ("GET", "HEAD"))

    assert answer.content == b""
    for name in ("Content-Type", "Content-Length"):
        assert answer.headers[name] == got.headers[name]


def test_state_is_the_dump(server, steer):
    create(server)

    assert steer("GET", "state") == (200, server.mock.dump())
    assert server.mock.dump()["app_instances"]


def test_state_of_another_account_and_region(server, steer):
    create(server, access_key="111122223333", region_name="eu-central-1")

    assert steer("GET", "state")[1]["app_instances"] == []
    _, state = steer("GET", "state?account_id=111122223333&region_name=eu-central-1")
    assert [instance["Name"] for instance in state["app_instances"]] == ["chat"]


def test_places_in_use(server, steer):
    create(server)
    create(server, access_key="111122223333", region_name="eu-central-1")

    assert steer("GET", "places") == (
        200,
        [
            {"account_id": ACCOUNT_ID, "region_name": REGION},
            {"account_id": "111122223333", "region_name": "eu-central-1"},
        ],
    )


def test_calls_are_those_of_the_service_and_none_of_steering(server, steer):
    arn = create(server).body["AppInstanceArn"]
    call_once(server.url, "GET", f"/app-instances/{MISSING_INSTANCE_ARN}", access_key="key")
    steer("GET", "health")

    status, (first, second) = steer("GET", "calls")

    assert status == 200
    assert datetime.fromisoformat(first.pop("timestamp")) == server.mock.calls[0].timestamp
    assert first == {
        "operation": "CreateAppInstance",
        "params": {"Name": "chat", "ClientRequestToken": "token"},
        "response": {"AppInstanceArn": arn},
        "error": None,
        "status": 201,
        "region_name": REGION,
        "account_id": ACCOUNT_ID,
        "access_key": "testing",
    }
    assert (second["error"], second["status"]) == ("ForbiddenException", 403)
    assert (second["response"], second["access_key"]) == (None, "key")


def test_calls_whose_answers_hold_timestamps_are_told(server, steer):
    arn = create(server).body["AppInstanceArn"]
    call_once(server.url, "GET", f"/app-instances/{arn}")

    _, calls = steer("GET", "calls")

    told = calls[-1]["response"]["AppInstance"]["CreatedTimestamp"]
    expected = server.mock.calls[-1].response["AppInstance"]["CreatedTimestamp"]
    assert datetime.fromisoformat(told) == expected


# What is done


def test_reset_forgets_everything(server, steer):
    create(server)
    steer("POST", "clock", {"days": 1})
    steer("POST", "faults", {"operation": "ListAppInstances", "error": "ForbiddenException"})

    assert steer("POST", "reset") == (200, {})

    assert not server.mock.dump()["app_instances"]
    assert not server.mock.calls
    assert server.mock.clock.advanced_by == timedelta()
    assert call_once(server.url, "GET", "/app-instances").status == 200


def test_load_adds_a_state(server, steer):
    status, loaded = steer("POST", "load", STATE)

    (instance,) = server.mock.dump()["app_instances"]
    assert (status, loaded) == (200, {"app_instance_arns": [instance["AppInstanceArn"]]})
    assert [user["Name"] for user in instance["AppInstanceUsers"]] == ["Ann"]


def test_load_into_another_account_and_region(server, steer):
    place = {"account_id": "111122223333", "region_name": "eu-central-1"}

    status, _ = steer("POST", "load?account_id=111122223333&region_name=eu-central-1", STATE)

    assert status == 200
    assert not server.mock.dump()["app_instances"]
    assert server.mock.dump(**place)["app_instances"]


def test_state_can_be_loaded_again_however_long_it_is(server, steer):
    users = [{"Name": "n" * 100, "Metadata": "m" * 1000} for _ in range(1000)]
    server.mock.load({"version": 1, "app_instances": [{"Name": "a", "AppInstanceUsers": users}]})
    _, state = steer("GET", "state")
    assert len(json.dumps(state)) > MAX_BODY
    steer("POST", "reset")

    status, _ = steer("POST", "load", state)

    assert status == 200
    assert server.mock.dump() == state


def test_fault_by_name(server, steer):
    fault = {"operation": "ListAppInstances", "error": "ThrottledClientException", "times": 2}

    assert steer("POST", "faults", fault) == (200, {})

    statuses = [call_once(server.url, "GET", "/app-instances").status for _ in range(3)]
    assert statuses == [429, 429, 200]


def test_fault_of_any_code_and_operation(server, steer):
    error = {"code": "ValidationException", "message": "No.", "status": 422}

    assert steer("POST", "faults", {"error": error}) == (200, {})

    answer = call_once(server.url, "GET", "/app-instances")
    assert (answer.status, answer.error) == (422, "ValidationException")
    assert answer.body == {"Message": "No."}


def test_fault_whose_call_takes_effect(server, steer):
    fault = {"operation": "CreateAppInstance", "error": "ServiceFailureException"}
    steer("POST", "faults", {**fault, "take_effect": True})

    assert create(server).status == 500

    assert server.mock.dump()["app_instances"]


def test_clock_is_told(server, steer):
    before = server.mock.clock.now()

    status, told = steer("GET", "clock")

    assert status == 200
    assert before <= datetime.fromisoformat(told["now"]) <= server.mock.clock.now()


def test_clock_is_put_forward(server, steer):
    before = server.mock.clock.now()

    status, told = steer("POST", "clock", {"days": 30, "hours": 1.5})

    assert status == 200
    assert datetime.fromisoformat(told["now"]) >= before + timedelta(days=30, hours=1.5)
    assert server.mock.clock.advanced_by == timedelta(days=30, hours=1.5)


def test_clock_that_is_asked_for_no_step_stays(server, steer):
    check_refused(steer("POST", "clock"), 400, "advance(days=30)")

    assert steer("GET", "clock?days=3")[0] == 200  # who only looks steers nothing
    assert server.mock.clock.advanced_by == timedelta()


def test_all_paths_are_documented():
    documentation = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(GET|POST) /_mock/(\w+)` ", documentation, re.MULTILINE)

    known = [(method, name) for name, steps in control._STEPS.items() for method in steps]
    assert sorted(told) == sorted(known)


# What can't be done


@pytest.fixture
def unchanged(server):
    """The mock has some state, and keeps it and its clock."""
    server.mock.load(STATE)
    before = kept()
    yield
    assert kept() == before
    assert server.mock.clock.advanced_by == timedelta()
    assert call_once(server.url, "GET", "/app-instances").status == 200


@pytest.mark.parametrize("path", ["nothing", "health/", "Health", "../state", "state/x", "%73tate"])
def test_unknown_path_is_refused_with_those_that_there_are(unchanged, steer, path):
    check_refused(steer("GET", path), 404, "/_mock/health", "/_mock/faults")


@pytest.mark.parametrize(
    ("method", "path", "known"),
    [
        ("POST", "health", "GET"),
        ("POST", "state", "GET"),
        ("DELETE", "calls", "GET"),
        ("PUT", "places", "GET"),
        ("GET", "reset", "POST"),
        ("GET", "load", "POST"),
        ("PUT", "faults", "POST"),
        ("DELETE", "clock", "GET and POST"),
        ("OPTIONS", "reset", "POST"),
    ],
)
def test_wrong_method_is_refused_with_the_right_one(unchanged, steer, method, path, known):
    check_refused(steer(method, path), 405, f"/_mock/{path} takes {known}")


def test_page_takes_no_other_method(unchanged, steer):
    for method in ("POST", "DELETE", "OPTIONS"):
        check_refused(steer(method, ""), 405, "/_mock/ takes GET")


def test_browsers_question_is_not_answered_with_a_leave(unchanged, server):
    headers = {"Origin": "http://example.com", "Access-Control-Request-Method": "POST"}

    answer = call_once(server.url, "OPTIONS", "/_mock/reset", headers=headers)

    assert answer.status == 403
    assert not [name for name in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("path", ["load", "faults", "clock", "reset"])
@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'"text"', b"\xff", b"[" * 100_000])
def test_body_that_is_no_json_object_is_refused(unchanged, steer, path, body):
    check_refused(steer("POST", path, body), 400)


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("load", {}, "version"),
        ("load", {"version": 2, "app_instances": []}, "version"),
        ("load", {"version": 1, "app_instances": [], "more": 1}, "more"),
        ("load?more=1", STATE, "more"),
        ("load", {"version": 1, "app_instances": [{"Name": ""}]}, "app_instances[0]"),
        ("load", {**STATE, "account_id": "nobody"}, "account_id"),
        ("load", {**STATE, "account_id": 5}, "account_id takes"),
        ("load", {**STATE, "region_name": "eu-west-1"}, "eu-west-1"),
        ("load", {**STATE, "region_name": []}, "region_name takes"),
        ("load", {**STATE, "region_name": 5}, "region_name takes"),
        ("load", {**STATE, "region_name": ""}, "region_name takes"),
        ("faults", {"operation": "ListAppInstance", "error": "X"}, "'ListAppInstances'"),
        ("faults", {"operation": 5, "error": "X"}, "5"),
        ("faults", {"operation": "ListAppInstances", "error": "X"}, "X"),
        ("faults", {"operation": "ListAppInstances"}, "error"),
        ("faults", {"error": "ForbiddenException", "times": 0}, "times"),
        ("faults", {"error": "ForbiddenException", "often": 1}, "often"),
        ("faults", {"error": {"code": "X", "message": "No."}}, "status"),
        ("faults", {"error": {"message": "No.", "status": 400}}, "status from 400 to 599"),
        ("faults", {"error": {}}, "status from 400 to 599"),
        ("reset", {"account_id": ACCOUNT_ID}, "'account_id' has no place"),
        ("reset?all=1", None, "'all' has no place"),
        ("faults", {"error": {"code": "X", "message": "No.", "status": 400, "more": 1}}, "more"),
        ("faults", {"error": {"code": 5, "message": "No.", "status": 400}}, "code"),
        ("faults", {"error": {"code": "X\r\nY: Z", "message": "No.", "status": 400}}, "code"),
        ("faults", {"error": {"code": "X", "message": None, "status": 400}}, "message"),
        ("faults", {"error": {"code": "X", "message": "No.", "status": "400"}}, "status"),
        ("faults", {"error": {"code": "X", "message": "No.", "status": 200}}, "status"),
        ("faults", {"error": {"code": "X", "message": "No.", "status": 600}}, "status"),
        ("clock", {"days": -1}, "forward"),
        ("clock", {"days": 1e10}, "9899"),
        ("clock", {"days": float("nan")}, ""),
        ("clock", {"days": float("inf")}, "9899"),
        ("clock", {"days": "one"}, "days"),
        ("clock", {"years": 1}, "years"),
        ("clock?days=1", {}, "days"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(unchanged, steer, path, body, word):
    check_refused(steer("POST", path, body), 400, word)


@pytest.mark.parametrize("path", ["health", "places", "calls"])
def test_what_takes_no_arguments_refuses_them(unchanged, steer, path):
    check_refused(steer("GET", f"{path}?last=5"), 400, "'last' has no place")


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000])
def test_body_that_is_no_json_is_told_so(unchanged, steer, body):
    assert steer("POST", "clock", body) == (400, {"error": "The body is no JSON."})


@pytest.mark.parametrize("query", ["more=1", "account_id=nobody", "region_name=x&more=1"])
def test_state_takes_a_place_only(unchanged, steer, query):
    check_refused(steer("GET", f"state?{query}"), 400)


def test_body_that_ends_too_early_is_refused(unchanged, server):
    sent = b"POST /_mock/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{}"

    (answer,) = exchange(server.url, sent)

    check_refused((answer.status, answer.body), 400)
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_body_over_the_limit_is_refused(unchanged, server):
    sent = b"POST /_mock/load HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999999\r\n\r\n"

    (answer,) = exchange(server.url, sent, end=False)

    check_refused((answer.status, answer.body), 413)


VALUES = [None, True, 0, -1, 1e400, "", "x", [], [None], {}, {"x": []}, "ListAppInstances", REGION]
NAMES = ["operation", "error", "times", "code", "version", "app_instances", "days", "Name"]
NAMES += ["account_id", "region_name", "AppInstanceUsers", "Tags", "CreatedTimestamp", "x"]


def test_random_bodies_are_refused_or_done(steer):
    def value(depth):
        if depth and random.random() < 0.5:  # noqa: S311 - nothing is to be kept secret
            names = random.choices(NAMES, k=3)  # noqa: S311
            return {name: value(depth - 1) for name in names}
        return random.choice(VALUES)  # noqa: S311

    for _ in range(300):
        for path in ("load", "faults", "clock"):
            body = value(3)
            status, answer = steer("POST", path, {"version": 1, "app_instances": [body]})
            assert status in (200, 400), (path, body, answer)
            status, answer = steer("POST", path, body)
            assert status in (200, 400), (path, body, answer)
    assert steer("POST", "reset") == (200, {})


# Who is let in


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:80",
        "127.0.0.1",
        "127.0.0.1:5001",
        "127.9.9.9",
        "[::1]",
        "[::1]:5001",
    ],
)
def test_names_of_the_loopback_are_let_in(steer, host):
    assert steer("GET", "health", Host=host)[0] == 200
    assert steer("POST", "reset", Host=host, Origin=f"http://{host}")[0] == 200


FOREIGN_HOSTS = [
    "",
    "example.com",
    "example.com:5001",
    "localhost.example.com",
    "127.0.0.1.example.com",
    "127.0.0.1.nip.io:5001",
    "example.com, localhost",
    "192.168.1.1",
    "10.0.0.1:5001",
    "0.0.0.0",  # noqa: S104 - not bound to, but asked for
    "[::]",
    "[2001:db8::1]:5001",
    "2130706433",
    "0x7f.1",
    "[",
    "::1",
    "localhost\u00a0",
    "user@localhost",
    "example.com@localhost:5001",
    "localhost:",
    "localhost:http",
    "localhost:5001:5001",
    "localhost/",
    "localhost?",
    "[localhost]",
    "[127.0.0.1]",
    "[::1]x",
]


@pytest.mark.parametrize("path", ["", "health", "state", "reset", "nothing"])
@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_foreign_host_is_refused(unchanged, server, host, path):
    method = "POST" if path == "reset" else "GET"

    answer = call_once(server.url, method, f"/_mock/{path}", headers={"Host": host})

    check_refused((answer.status, answer.body), 403, "/_mock/")
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://example.com",
        "https://localhost:5001",
        "http://localhost",
        "http://localhost:5002",
        "http://127.0.0.1:5001",
        "http://localhost:5001.example.com",
        "http://localhost:5001/",
        "file://",
    ],
)
def test_foreign_origin_is_refused(unchanged, steer, origin):
    answered = steer("POST", "reset", Host="localhost:5001", Origin=origin)

    check_refused(answered, 403, "/_mock/")


@pytest.mark.parametrize("header", ["Host: example.com", "Origin: http://example.com"])
def test_foreigner_is_refused_before_the_body_is_read(unchanged, server, header):
    host = "" if header.startswith("Host") else "Host: localhost\r\n"
    sent = f"POST /_mock/reset HTTP/1.1\r\n{host}{header}\r\nContent-Length: 1000\r\n\r\n"

    (answer,) = exchange(server.url, sent.encode(), end=False)

    check_refused((answer.status, answer.body), 403, "localhost", "--host")
    assert answer.headers["Connection"] == "close"


def test_request_without_a_host_is_refused(unchanged, server):
    (answer,) = exchange(server.url, b"POST /_mock/reset HTTP/1.0\r\n\r\n")

    check_refused((answer.status, answer.body), 403)


def test_absolute_target_counts_as_the_host(unchanged, server):
    line = b"POST http://example.com/_mock/reset HTTP/1.1\r\n"

    (answer,) = exchange(server.url, line + b"Host: localhost\r\n\r\n")

    check_refused((answer.status, answer.body), 403)


@pytest.mark.parametrize(
    ("own", "host", "status"),
    [
        ("mybox", "mybox:5001", 200),
        ("MyBox.lan", "mybox.lan", 200),
        ("192.168.1.2", "192.168.1.2:5001", 200),
        ("192.168.1.2", "localhost", 200),
        ("2001:DB8::1", "[2001:db8::1]:5001", 200),
        ("mybox", "mybox.example.com", 403),
        ("mybox", "192.168.1.2", 403),
    ],
)
def test_name_that_the_server_was_given_is_let_in(mock, own, host, status):
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/_mock/health", "HTTP_HOST": host}
    told = []

    Application(mock, host=own)(environ | {"wsgi.input": None}, lambda *args: told.append(args))

    assert told[0][0].startswith(f"{status} ")


def test_steering_goes_to_the_mock_that_is_served():
    with mock_chime_identity(region_name="eu-central-1") as mock, Server(mock) as server:
        call_once(server.url, "POST", "/_mock/load", STATE)

        assert mock.dump(region_name="eu-central-1")["app_instances"]
