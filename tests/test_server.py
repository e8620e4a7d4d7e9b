"""The mock over HTTP: connections, callers, CORS, other WSGI servers, the fixture, many at once."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http import HTTPStatus
from threading import Barrier, Event, Thread, Timer, active_count
from urllib.parse import quote, unquote, unquote_to_bytes
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, make_server
from wsgiref.validate import validator

import pytest
from botocore.exceptions import ReadTimeoutError
from over_http import Answer, call, call_once, check_error, connect, exchange
from support import (
    ACCOUNT_ID,
    MISSING_INSTANCE_ARN,
    MODEL,
    OPERATIONS,
    REGION,
    authorization,
    kept,
    raw_requests,
    send,
)
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, EnvironBuilder, run_wsgi_app

from chime_identity_mock import current_mock, mock_chime_identity
from chime_identity_mock.backend import ChimeIdentityBackend
from chime_identity_mock.server import MAX_BODY, Application, Server, application

PLUGIN = "pytest_chime_identity_mock"
MISSING = f"/app-instances/{quote(MISSING_INSTANCE_ARN, safe='')}"


@pytest.fixture
def server(mock):
    with Server(mock) as server:
        yield server


@pytest.fixture
def connection(server):
    connection = connect(server.url)
    yield connection
    connection.close()


def creation(name="chat", **members):
    return {"Name": name, "ClientRequestToken": f"token-{name}", **members}


def create(connection, name="chat", **signature):
    return call(connection, "POST", "/app-instances", creation(name), **signature)


def run_boto3(env, source):
    """What a program that uses boto3 prints, as JSON."""
    program = "import boto3, json\nclient = boto3.client('chime-sdk-identity')\n"
    ended = subprocess.run(  # noqa: S603 - the program is ours
        [sys.executable, "-c", program + textwrap.dedent(source)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **env},
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return json.loads(ended.stdout)


# A program of its own


def test_program_of_its_own_calls_the_mock_and_meets_its_errors(server):
    told = run_boto3(
        server.env,
        """
        arn = client.create_app_instance(Name="chat")["AppInstanceArn"]
        client.create_app_instance_user(
            AppInstanceArn=arn, AppInstanceUserId="a:b@c.d", Name="Zoë"
        )
        user_arn = client.list_app_instance_users(AppInstanceArn=arn)["AppInstanceUsers"][0][
            "AppInstanceUserArn"
        ]
        user = client.describe_app_instance_user(AppInstanceUserArn=user_arn)["AppInstanceUser"]
        try:
            client.create_app_instance_user(
                AppInstanceArn=arn, AppInstanceUserId="a:b@c.d", Name="Ann"
            )
        except client.exceptions.ConflictException as error:
            code = error.response["Code"]
        client.delete_app_instance_user(AppInstanceUserArn=user_arn)
        print(json.dumps([arn, user["Name"], user_arn, code]))
        """,
    )

    arn = server.mock.dump()["app_instances"][0]["AppInstanceArn"]
    assert told == [arn, "Zoë", f"{arn}/user/a:b@c.d", "Conflict"]
    assert len(server.mock.calls) == 6
    assert {made.region_name for made in server.mock.calls} == {"us-east-1"}


def test_answer_that_is_lost_has_the_sdk_ask_again_and_nothing_made_twice(server):
    lost = ReadTimeoutError(endpoint_url="")
    server.mock.fail_next("CreateAppInstance", lost, take_effect=True)

    told = run_boto3(
        server.env,
        'print(json.dumps(client.create_app_instance(Name="chat")["AppInstanceArn"]))',
    )

    (instance,) = server.mock.dump()["app_instances"]
    assert told == instance["AppInstanceArn"]
    assert [made.error for made in server.mock.calls] == ["ReadTimeoutError", None]


def test_variables_for_others_name_the_server_and_look_past_the_users_own(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "mine")
    with mock_chime_identity(region_name="eu-central-1") as mock, Server(mock) as server:
        assert server.env["AWS_ENDPOINT_URL_CHIME_SDK_IDENTITY"] == server.url
        assert server.env["AWS_DEFAULT_REGION"] == server.env["AWS_REGION"] == "eu-central-1"
        assert server.env["AWS_ACCESS_KEY_ID"] == "testing"
        assert server.env["AWS_CONFIG_FILE"] == os.devnull
        assert all(isinstance(value, str) for value in server.env.values())
        assert server.env["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] == "false"
        assert "AWS_PROFILE" not in os.environ


def test_variables_for_others_leave_the_users_own_keys_where_something_is_let_through(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "own")
    with mock_chime_identity(passthrough={"s3"}) as mock, Server(mock) as server:
        names = {name for name in server.env if name.startswith("AWS_")}

        assert names == {
            "AWS_ENDPOINT_URL_CHIME_SDK_IDENTITY",
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
            "AWS_DEFAULT_REGION",
            "AWS_REGION",
        }


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        ({}, "::1"),
        ({"NO_PROXY": "example.com"}, "example.com,::1"),
        ({"no_proxy": "a.test", "NO_PROXY": "b.test"}, "a.test,::1"),
        ({"NO_PROXY": "*"}, "*"),
    ],
)
def test_variables_for_others_keep_proxies_out(mock, monkeypatch, present, expected):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in present.items():
        monkeypatch.setenv(name, value)

    with Server(mock, "::1") as server:
        assert server.env["no_proxy"] == server.env["NO_PROXY"] == expected


def test_program_of_its_own_calls_the_mock_whatever_its_surroundings_say(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")

    told = run_boto3(server.env, "print(json.dumps(client.list_app_instances()['AppInstances']))")

    assert told == []
    assert [made.operation for made in server.mock.calls] == ["ListAppInstances"]


# Who calls


def test_account_and_region_are_those_of_the_signature(connection):
    first = create(connection)
    second = create(connection, access_key="111122223333", region_name="eu-central-1")

    assert first.body["AppInstanceArn"].startswith(f"arn:aws:chime:{REGION}:{ACCOUNT_ID}:")
    assert second.body["AppInstanceArn"].startswith("arn:aws:chime:eu-central-1:111122223333:")
    lists = [
        call(connection, "GET", "/app-instances", **signature).body["AppInstances"]
        for signature in ({}, {"access_key": "111122223333", "region_name": "eu-central-1"})
    ]
    assert [len(instances) for instances in lists] == [1, 1]


def test_region_without_the_service_is_refused(connection):
    check_error(create(connection, region_name="eu-west-1"), 403, "ForbiddenException")


def test_signature_can_stand_in_the_query(connection):
    credential = quote(f"testing/20260101/{REGION}/chime/aws4_request", safe="")
    target = f"/app-instances?X-Amz-Credential={credential}"

    connection.request("GET", target)

    assert connection.getresponse().status == 200


# The requests of seven clients

CLIENTS = sorted({raw["client"] for raw in raw_requests()})


def headers_of(raw):
    scope = raw["headers"]["authorization scope"]
    region_name, signing_name, _ = scope.split("/")
    signed = authorization(region_name=region_name, signing_name=signing_name)
    sent = {
        name: value
        for name, value in raw["headers"].items()
        if name in ("content-type", "accept-encoding")
    }
    return {**sent, "Authorization": signed}


def check_routed(mock, raw, status):
    made = mock.calls[-1]
    assert made.operation == raw["op"]
    declared = [shape.name for shape in MODEL.operation_model(raw["op"]).error_shapes]
    assert made.error is None or made.error in declared
    assert made.status == status


@pytest.mark.parametrize("client", CLIENTS)
def test_captured_requests_are_answered(server, connection, client):
    requests = [raw for raw in raw_requests() if raw["client"] == client]

    for raw in requests:
        answer = call(
            connection, raw["method"], raw["target"], raw["body"].encode(), headers_of(raw)
        )
        check_routed(server.mock, raw, answer.status)
    assert len(server.mock.calls) == len(requests)


@pytest.mark.parametrize("client", CLIENTS)
def test_captured_requests_are_answered_whose_paths_a_wsgi_server_decoded(mock, client):
    for raw in [raw for raw in raw_requests() if raw["client"] == client]:
        answer = call_wsgi(
            application, raw["method"], raw["target"], raw["body"].encode(), **headers_of(raw)
        )
        check_routed(mock, raw, answer.status)


def test_captured_requests_are_of_all_operations():
    assert {raw["op"] for raw in raw_requests()} == set(OPERATIONS)


# Connections


def test_connection_is_kept_through_answers_good_and_bad(connection):
    expected = [201, 404, 403, 400, 403, 200, 204, 404]

    for _ in range(20):
        arn = create(connection).body["AppInstanceArn"]
        socket_before = connection.sock
        statuses = [
            create(connection).status,
            call(connection, "GET", "/nothing").status,
            call(connection, "POST", "/app-instances", {}, {"Authorization": "none"}).status,
            call(connection, "POST", "/app-instances", b"{").status,
            call(connection, "GET", MISSING).status,
            call(connection, "GET", "/app-instances").status,
            call(connection, "DELETE", f"/app-instances/{quote(arn, safe='')}").status,
            call(connection, "HEAD", "/app-instances").status,
        ]
        assert statuses == expected
        assert connection.sock is socket_before is not None


def test_requests_sent_at_once_are_answered_in_order(server):
    signed = f"Authorization: {authorization()}\r\n\r\n"
    lines = [f"GET {target} HTTP/1.1\r\n{signed}" for target in ("/app-instances", MISSING, "/x")]

    answers = exchange(server.url, "".join(lines).encode())

    assert [answer.status for answer in answers] == [200, 403, 404]


def test_connection_that_sends_nothing_keeps_no_other_waiting(server, connection):
    address = connection.host, connection.port
    with socket.create_connection(address) as idle, socket.create_connection(address) as half:
        idle.sendall(b"")
        half.sendall(b"POST /app-instances HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")

        assert call(connection, "GET", "/app-instances").status == 200


def test_connection_on_which_nothing_comes_is_closed_in_the_end(server, monkeypatch, capfd):
    monkeypatch.setattr("chime_identity_mock.server._Handler.timeout", 0.05)

    assert exchange(server.url, b"", end=False) == []
    assert capfd.readouterr().err == ""


def test_client_that_goes_away_is_no_news(server, connection, capfd):
    for _ in range(20):
        gone = connect(server.url)
        gone.request("GET", "/app-instances", headers={"Authorization": authorization()})
        gone.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        gone.sock.close()

    assert call(connection, "GET", "/app-instances").status == 200
    assert capfd.readouterr().err == ""


# CORS


def check_cors(answer):
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    exposed = answer.headers["Access-Control-Expose-Headers"].lower()
    assert {"x-amzn-errortype", "x-amzn-requestid"} <= set(exposed.split(", "))


@pytest.mark.parametrize(
    ("method", "target", "body", "status"),
    [
        ("GET", "/app-instances", None, 200),
        ("POST", "/app-instances", creation(), 201),
        ("POST", "/app-instances", {}, 400),
        ("POST", "/app-instances", b"{", 400),
        ("GET", MISSING, None, 403),
        ("GET", "/nothing", None, 404),
        ("POST", "/app-instances", b"x" * (MAX_BODY + 1), 413),
    ],
)
def test_web_page_can_read_every_answer(connection, method, target, body, status):
    answer = call(connection, method, target, body, {"Origin": "http://localhost:3000"})

    assert answer.status == status
    check_cors(answer)


def test_web_page_can_read_what_http_itself_refuses(server):
    (answer,) = exchange(server.url, b"nonsense\r\n\r\n")

    check_cors(answer)


def test_web_page_can_read_an_injected_error(server, connection):
    server.mock.fail_next("ListAppInstances", "ThrottledClientException")

    answer = call(connection, "GET", "/app-instances")

    check_error(answer, 429, "ThrottledClientException")
    check_cors(answer)


def test_browsers_question_is_answered_with_a_leave(server, connection):
    wanted = "authorization,content-type,x-amz-date,x-amz-user-agent,amz-sdk-request"
    headers = {
        "Origin": "http://localhost:3000",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": wanted,
    }
    socket_before = None

    for target in (MISSING, "/app-instances", "/nothing"):
        connection.request("OPTIONS", target, b"ignored", headers)
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())

        assert (answer.status, answer.content) == (204, b"")
        check_cors(answer)
        assert answer.headers["Access-Control-Allow-Headers"] == wanted
        methods = answer.headers["Access-Control-Allow-Methods"].split(", ")
        assert set(methods) >= {MODEL.operation_model(name).http["method"] for name in OPERATIONS}
        assert int(answer.headers["Access-Control-Max-Age"]) > 0
        assert socket_before in (None, connection.sock)
        socket_before = connection.sock
    assert not server.mock.calls


def test_question_that_names_no_headers_gets_leave_for_all(connection):
    answer = call(connection, "OPTIONS", "/app-instances")

    assert (answer.status, answer.headers["Access-Control-Allow-Headers"]) == (204, "*")


def test_question_with_folded_headers_is_answered_on_one_line(server):
    sent = b"OPTIONS / HTTP/1.1\r\nAccess-Control-Request-Headers: a,\r\n b,\n c\r\n\r\n"

    (answer,) = exchange(server.url, sent)

    assert answer.headers["Access-Control-Allow-Headers"] == "a, b, c"


# Answers that don't come


def test_exception_in_the_client_is_a_connection_closed_without_an_answer(server, connection):
    server.mock.fail_next("ListAppInstances", ReadTimeoutError(endpoint_url=""))
    signed = {"Authorization": authorization()}

    connection.request("GET", "/app-instances", headers=signed)
    with pytest.raises(ConnectionError):
        connection.getresponse()

    connection.close()
    assert call(connection, "GET", "/app-instances").status == 200
    assert [made.error for made in server.mock.calls] == ["ReadTimeoutError", None]


def test_call_whose_answer_is_lost_takes_effect(server, connection):
    lost = ReadTimeoutError(endpoint_url="")
    server.mock.fail_next("CreateAppInstance", lost, take_effect=True)

    with pytest.raises(ConnectionError):
        create(connection)

    connection.close()
    assert len(server.mock.dump()["app_instances"]) == 1
    assert create(connection).status == 201
    assert len(server.mock.dump()["app_instances"]) == 1


def test_error_in_the_tests_own_function_is_told(server, connection, capfd):
    def decide(made):
        raise ZeroDivisionError("in decide")

    server.mock.fail_when(decide)
    with pytest.raises(ConnectionError):
        call(connection, "GET", "/app-instances")

    assert "ZeroDivisionError: in decide" in capfd.readouterr().err


def test_operation_that_only_a_newer_version_has_is_not_implemented(connection, monkeypatch):
    monkeypatch.delattr(ChimeIdentityBackend, "list_app_instances")

    answer = call(connection, "GET", "/app-instances")

    check_error(answer, 501, "NotImplementedException")
    assert "pip install" in answer.body["Message"]


# Starting and closing


def test_url_is_that_of_a_free_port_of_the_loopback(mock):
    with Server(mock) as one, Server(mock) as other:
        assert one.url.startswith("http://127.0.0.1:")
        assert one.url != other.url
        assert one.mock is other.mock is mock
        assert call_once(one.url, "POST", "/app-instances", creation()).status == 201
        assert len(call_once(other.url, "GET", "/app-instances").body["AppInstances"]) == 1


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_host_can_be_of_ip_version_6(mock, host):
    with Server(mock, host) as server:
        assert server.url.startswith("http://[::1]:")
        assert call_once(server.url, "GET", "/app-instances").status == 200
        assert call_once(server.url, "GET", "/_mock/health").status == 200


def test_host_can_be_a_name(mock):
    with Server(mock, "localhost") as server:
        assert server.url.startswith("http://localhost:")
        assert call_once(server.url, "GET", "/_mock/health").status == 200


def test_closing_closes_the_connections_and_frees_the_port_each_time(mock):
    port = 0
    for _ in range(3):
        server = Server(mock, port=port).start()
        port = int(server.url.rpartition(":")[2])
        used, idle = connect(server.url), connect(server.url)
        assert call(used, "GET", "/app-instances").status == 200
        idle.connect()

        server.close()

        assert used.sock.recv(1) == b""
        with suppress(ConnectionResetError):  # where the server had not come to look at it
            assert idle.sock.recv(1) == b""
        used.close()
        idle.close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


def test_closing_leaves_no_thread(mock):
    before = active_count()
    server = Server(mock).start()
    connections = [connect(server.url) for _ in range(5)]
    for connection in connections:
        call(connection, "GET", "/app-instances")
    assert active_count() > before

    server.close()

    assert active_count() == before
    for connection in connections:
        connection.close()


def test_closing_waits_for_what_is_being_answered(mock):
    is_asked, may_go_on = Event(), Event()

    def decide(made):
        is_asked.set()
        may_go_on.wait(30)

    mock.fail_when(decide)
    server = Server(mock).start()
    client = Thread(target=create_in_vain, args=(server.url,))
    client.start()
    is_asked.wait(30)
    Timer(0.1, may_go_on.set).start()

    server.close()

    assert len(mock.dump()["app_instances"]) == 1
    client.join()


def create_in_vain(url):
    with suppress(ConnectionError):
        call_once(url, "POST", "/app-instances", creation())


def test_closing_twice_and_before_starting_does_no_harm(mock):
    server = Server(mock)
    server.close()
    server.close()
    started = Server(mock).start()
    started.close()
    started.close()


def test_port_in_use_is_an_os_error_and_prints_nothing(server, mock, capfd):
    with pytest.raises(OSError, match="in use"):
        Server(mock, port=int(server.url.rpartition(":")[2]))

    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("host", "port"), [("127.0.0.1", 65536), ("127.0.0.1", -1), ("", 0), ("[]", 0)]
)
def test_address_that_can_be_none_is_a_value_error(mock, host, port):
    with pytest.raises(ValueError, match="port" if port else "host"):
        Server(mock, host, port)


# Under other WSGI servers


def environ_of(method, target, body, headers):
    path, _, query = target.partition("?")
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "localhost",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }


def call_wsgi(app, method, target, body=b"", /, environ=None, **headers):
    headers = headers or {"Authorization": authorization()}
    parts, status, answered = run_wsgi_app(
        app, {**environ_of(method, target, body, headers), **(environ or {})}
    )
    return Answer(int(status.split()[0]), answered, b"".join(parts))


@pytest.mark.parametrize(
    ("method", "target", "body", "status"),
    [
        ("GET", "/app-instances", b"", 200),
        ("HEAD", "/app-instances", b"", 404),
        ("GET", MISSING, b"", 403),
        ("POST", "/app-instances", json.dumps(creation()).encode(), 201),
        ("POST", "/app-instances", b"x" * (MAX_BODY + 1), 413),
        ("POST", "/app-instances", b"{", 400),
        ("OPTIONS", "/app-instances", b"", 204),
        ("GET", "/_mock/", b"", 200),
        ("GET", "/_mock/nothing", b"", 404),
    ],
)
def test_application_keeps_to_wsgi(mock, method, target, body, status):
    environ = environ_of(method, target, body, {"Authorization": authorization()})

    parts, answered, _ = run_wsgi_app(validator(application), environ, buffered=True)

    assert int(answered.split()[0]) == status
    assert bool(b"".join(parts)) == (method != "HEAD" and status != HTTPStatus.NO_CONTENT)


def test_deletion_keeps_to_wsgi(mock):
    arn = send("POST", "/app-instances", creation()).body["AppInstanceArn"]

    environ = environ_of("DELETE", f"/app-instances/{arn}", b"", {"Authorization": authorization()})
    _, status, _ = run_wsgi_app(validator(application), environ, buffered=True)

    assert status.startswith("204 ")


@pytest.mark.parametrize("name", ["RAW_URI", "REQUEST_URI"])
def test_encoded_path_is_taken_where_the_server_has_it(mock, name):
    target = f"/app-instance-users/{quote(MISSING_INSTANCE_ARN + '/user/endpoints', safe='')}"
    decoded = f"/app-instance-users/{MISSING_INSTANCE_ARN}/user/endpoints"

    answer = call_wsgi(application, "GET", decoded, environ={name: target})

    assert answer.status == 403
    assert mock.calls[-1].operation == "DescribeAppInstanceUser"


@pytest.mark.parametrize("prefix", ["/chime", "/a/b", "/app-instances", "/zoë"])
@pytest.mark.parametrize("name", [None, "RAW_URI", "REQUEST_URI"])
@pytest.mark.parametrize("query", ["", "?max-results=5"])
def test_path_at_which_the_application_is_mounted_is_no_part_of_the_path(mock, prefix, name, query):
    mounted = DispatcherMiddleware(pytest.fail, {unquote(quote(prefix), "latin-1"): application})
    encoded = f"{quote(prefix)}/app-instances{query}"
    environ = {name: encoded} if name else {}

    answer = call_wsgi(mounted, "GET", encoded, environ=environ)

    assert answer.status == 200
    assert mock.calls[-1].operation == "ListAppInstances"


@pytest.mark.parametrize(
    "target",
    [
        "/%7Emock/app-instances",
        "/~mock/app-instances",
        "/app-instances",
        "http://x/~mock/app-instances",
    ],
)
def test_path_of_the_mount_is_known_however_it_is_encoded_and_can_be_gone_already(mock, target):
    environ = {"SCRIPT_NAME": "/~mock", "PATH_INFO": "/app-instances", "RAW_URI": target}

    assert call_wsgi(application, "GET", "/", environ=environ).status == 200


def test_path_that_only_begins_like_that_of_the_mount_is_left_whole(mock):
    environ = {"SCRIPT_NAME": "/app", "PATH_INFO": "/app-instances", "RAW_URI": "/app-instances"}

    assert call_wsgi(application, "GET", "/", environ=environ).status == 200


def test_steering_works_where_the_application_is_mounted(mock):
    mounted = DispatcherMiddleware(pytest.fail, {"/chime": application})

    assert call_wsgi(mounted, "GET", "/chime/_mock/health").status == 200
    assert call_wsgi(mounted, "GET", "/chime/_mock").headers["Location"] == "_mock/"


@pytest.mark.parametrize("name", ["Zoë", "a/b", "50%", "a?b#c", "%41", "é\u2028"])
def test_decoded_path_names_what_was_meant(mock, name):
    arn = send("POST", "/app-instances", creation()).body["AppInstanceArn"]
    target = f"/app-instance-users/{quote(f'{arn}/user/{name}', safe='')}"

    call_wsgi(application, "GET", target)

    assert mock.calls[-1].params == {"AppInstanceUserArn": f"{arn}/user/{name}"}


def test_body_whose_length_the_server_does_not_tell_is_none(mock):
    answer = call_wsgi(application, "POST", "/app-instances", b"{}", {"CONTENT_LENGTH": ""})

    check_error(answer, 400, "BadRequestException")


def test_body_that_the_server_ends_itself_is_read_whole(mock):
    body = json.dumps(creation()).encode()
    environ = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}

    assert call_wsgi(application, "POST", "/app-instances", body, environ).status == 201


def test_application_serves_the_mock_that_is_on(mock):
    call_wsgi(application, "POST", "/app-instances", json.dumps(creation()).encode())

    state = call_wsgi(application, "GET", "/_mock/state").body
    assert state == mock.dump()
    assert state["app_instances"]


def test_application_turns_a_mock_on_where_none_is():
    own = Application()

    created = call_wsgi(own, "POST", "/app-instances", json.dumps(creation()).encode())
    kept_there = call_wsgi(own, "GET", "/_mock/state").body["app_instances"]

    assert created.status == 201
    assert [instance["Name"] for instance in kept_there] == ["chat"]
    current_mock().fail_next("ListAppInstances", "ForbiddenException")
    current_mock().stop()
    with pytest.raises(RuntimeError):
        current_mock()


def test_werkzeugs_client_is_answered(mock):
    client = Client(application)

    answer = client.get(MISSING, headers={"Authorization": authorization()})

    assert answer.status_code == 403
    assert answer.json["Code"] == "Forbidden"


def test_werkzeugs_environ_without_the_encoded_path_is_answered(mock):
    builder = EnvironBuilder(path=MISSING, headers={"Authorization": authorization()})
    environ = builder.get_environ()
    builder.close()
    for name in ("RAW_URI", "REQUEST_URI"):
        del environ[name]

    _, status, _ = run_wsgi_app(application, environ)

    assert status.startswith("403 ")
    assert mock.calls[-1].params == {"AppInstanceArn": MISSING_INSTANCE_ARN}


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


@contextmanager
def under_wsgiref():
    server = make_server("127.0.0.1", 0, application, handler_class=_Quiet)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_wsgirefs_server_serves_it(mock, monkeypatch, capfd):
    monkeypatch.setattr(ServerHandler, "http_version", "1.0")
    with under_wsgiref() as url:
        arn = call_once(url, "POST", "/app-instances", creation()).body["AppInstanceArn"]
        described = call_once(url, "GET", f"/app-instances/{quote(arn, safe='')}")
        deleted = call_once(url, "DELETE", f"/app-instances/{quote(arn, safe='')}")
        too_long = exchange(
            url,
            f"POST /app-instances HTTP/1.0\r\nContent-Length: {MAX_BODY + 1}\r\n\r\n".encode(),
        )
        headed = call_once(url, "HEAD", "/app-instances")

    assert described.body["AppInstance"]["AppInstanceArn"] == arn
    assert (deleted.status, deleted.content) == (204, b"")
    check_error(too_long[0], 413, "RequestEntityTooLargeException")
    assert (headed.status, headed.content) == (404, b"")
    assert capfd.readouterr().err == ""


# The fixture


@pytest.fixture
def environment(monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "MOTO_ACCOUNT_ID"):
        monkeypatch.delenv(name, raising=False)


CHILD = """
    import http.client
    import os
    import subprocess
    import sys
    from datetime import timedelta
    from urllib.parse import urlsplit

    import boto3
    import pytest


    def run_boto3(env, statement):
        program = "import boto3; client = boto3.client('chime-sdk-identity'); " + statement
        ended = subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, **env}, capture_output=True,
            text=True,
        )
        return ended.stdout.strip(), ended.stderr.strip().rpartition("\\n")[2]


    def status(url):
        connection = http.client.HTTPConnection(urlsplit(url).netloc)
        connection.request("GET", "/_mock/health")
        status = connection.getresponse().status
        connection.close()
        return status
"""


def run_child(pytester, source, passed):
    pytester.makepyfile(textwrap.dedent(CHILD) + textwrap.dedent(source))
    result = pytester.runpytest("-W", "error", "-p", PLUGIN)
    result.assert_outcomes(passed=passed)


@pytest.mark.usefixtures("environment")
def test_fixture_gives_url_variables_and_handle(pytester):
    run_child(
        pytester,
        """
        def test_handle(chime_identity_server, chime_identity_mock):
            assert status(chime_identity_server.url) == 200
            assert chime_identity_server.mock is chime_identity_mock

        def test_program(chime_identity_server, chime_identity_client):
            server = chime_identity_server
            server.mock.fail_next("CreateAppInstance", "ConflictException")
            create = "print(client.create_app_instance(Name='chat')['AppInstanceArn'])"
            assert "ConflictException" in run_boto3(server.env, create)[1]

            arn, errors = run_boto3(server.env, create)

            assert errors == ""
            instances = chime_identity_client.list_app_instances()["AppInstances"]
            assert [instance["AppInstanceArn"] for instance in instances] == [arn]
            server.mock.calls.assert_called("CreateAppInstance", Name="chat")
            server.mock.clock.advance(timedelta(days=1))

        def test_nothing_is_left(chime_identity_server):
            assert not chime_identity_server.mock.dump()["app_instances"]
            assert not chime_identity_server.mock.calls
        """,
        passed=3,
    )


@pytest.mark.usefixtures("environment")
def test_fixture_takes_the_options_of_the_marker(pytester):
    run_child(
        pytester,
        """
        @pytest.mark.chime_identity_mock(region_name="eu-central-1", account_id="111122223333")
        def test_options(chime_identity_server):
            arn, errors = run_boto3(
                chime_identity_server.env,
                "print(client.create_app_instance(Name='chat')['AppInstanceArn'])",
            )
            assert arn.startswith("arn:aws:chime:eu-central-1:111122223333:"), errors
        """,
        passed=1,
    )


@pytest.mark.usefixtures("environment")
def test_fixtures_server_ends_with_the_test(pytester):
    run_child(
        pytester,
        """
        urls = []

        @pytest.mark.parametrize("number", range(5))
        def test_server(chime_identity_server, number):
            assert status(chime_identity_server.url) == 200
            urls.append(chime_identity_server.url)

        def test_closed():
            for url in urls:
                with pytest.raises(ConnectionRefusedError):
                    status(url)
        """,
        passed=6,
    )


@pytest.mark.usefixtures("environment")
def test_runs_side_by_side_do_not_meet(pytester):
    source = """
        import time

        def test_server(chime_identity_server):
            server = chime_identity_server
            boto3.client("chime-sdk-identity").create_app_instance(Name="chat")
            time.sleep(0.5)
            assert len(server.mock.dump()["app_instances"]) == 1
            assert status(server.url) == 200
    """
    path = pytester.makepyfile(textwrap.dedent(CHILD) + textwrap.dedent(source))
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", PLUGIN, str(path)]

    runs = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ours
        for _ in range(2)
    ]

    printed = [run.communicate(timeout=120)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], printed


# Many at once

CLIENT_COUNT = 20
CREATIONS = 40
REQUESTS = 10_000


def test_many_clients_at_once_lose_nothing_and_make_nothing_twice():
    with mock_chime_identity(history=None) as mock, Server(mock) as server:
        everyone_is_here = Barrier(CLIENT_COUNT)
        with ThreadPoolExecutor(CLIENT_COUNT) as pool:
            made = [
                pool.submit(be_a_client, server.url, number, everyone_is_here)
                for number in range(CLIENT_COUNT)
            ]
            results = [one.result() for one in made]
        state, calls = mock.dump(), list(mock.calls)

    (instance,) = state["app_instances"]
    assert {arn for arns, *_ in results for arn in arns} == {instance["AppInstanceArn"]}
    assert sum(len(arns) for arns, *_ in results) == CREATIONS
    expected = {user_id: name for _, users, _ in results for user_id, name in users.items()}
    found = {user["AppInstanceUserId"]: user["Name"] for user in instance["AppInstanceUsers"]}
    assert found == expected
    assert len(instance["AppInstanceUsers"]) == len(expected)
    assert len(calls) == sum(sent for *_, sent in results) >= REQUESTS
    assert not [one for one in calls if one.error]


def be_a_client(url, number, everyone_is_here):
    """Create one instance twice at once with everyone, then users of one's own.

    :returns: the ARNs that the instance was given, the users that are to be there with their
        names, and how many requests were sent
    """
    connections = [connect(url) for _ in range(CREATIONS // CLIENT_COUNT)]
    for connection in connections:
        connection.connect()
    headers = {"Authorization": authorization()}
    body = json.dumps(creation())
    everyone_is_here.wait(30)
    for connection in connections:
        connection.request("POST", "/app-instances", body, headers)
    answers = [connection.getresponse() for connection in connections]
    assert [answer.status for answer in answers] == [201] * len(answers)
    arns = [json.loads(answer.read())["AppInstanceArn"] for answer in answers]
    connection, users, sent = connections[0], {}, len(connections)
    while sent < REQUESTS / CLIENT_COUNT:
        user_id = f"user-{number}-{sent}"
        members = {"AppInstanceArn": arns[0], "AppInstanceUserId": user_id, "Name": "n"}
        users[user_id] = f"name of {user_id}"
        target = f"/app-instance-users/{quote(f'{arns[0]}/user/{user_id}', safe='')}"
        steps = [
            ("POST", "/app-instance-users", {**members, "ClientRequestToken": "token"}, 201),
            ("PUT", target, {"Name": users[user_id], "Metadata": ""}, 200),
            ("GET", target, None, 200),
            ("GET", f"/app-instance-users?app-instance-arn={arns[0]}&max-results=5", None, 200),
        ]
        if sent % 3 == 0:
            del users[user_id]
            steps.append(("DELETE", target, None, 204))
        for method, path, given, status in steps:
            assert call(connection, method, path, given).status == status
        sent += len(steps)
    for connection in connections:
        connection.close()
    return arns, users, sent


def test_state_is_the_same_over_http_and_in_process(mock):
    with Server(mock) as server:
        call_once(server.url, "POST", "/app-instances", creation())
        before = kept()
        assert send("POST", "/app-instances", creation()).status == 201

        assert kept() == before
