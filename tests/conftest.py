"""The fixtures that tests share, and two guards around them.

The network guard fails a test that tries to leave this machine. The schema guard holds every answer
that a client gets against botocore's model.
"""

from __future__ import annotations

import ipaddress
import json
import re
import socket
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator
from ledger import pytest_itemcollected  # noqa: F401 - a hook
from support import SERVICE

from chime_identity_mock import ChimeIdentityMock, mock_chime_identity

# Sent by what stands before every AWS service, so declared by no operation (ledger: error-form).
UNDECLARED_ERRORS = {
    "MissingAuthenticationTokenException",
    "SerializationException",
    "UnknownOperationException",
}
EMPTY_LIST = re.compile(r"Invalid length for parameter \w+, value: 0, valid min length: 1")


def _is_local(host: str | bytes | None) -> bool:
    name = host.decode() if isinstance(host, bytes) else host or "localhost"
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


@pytest.fixture(autouse=True)
def network_guard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let nothing off this machine, and fail the test that tried, whatever became of the error."""
    attempts: list[str] = []
    connect, getaddrinfo = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not _is_local(address[0]):
            attempts.append(str(address))
            raise OSError(f"the network guard stopped a connection to {address}")
        connect(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not _is_local(host):
            attempts.append(str(host))
            raise socket.gaierror(f"the network guard stopped a look-up of {host}")
        return getaddrinfo(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
    yield attempts
    assert not attempts, f"the test tried to reach {attempts}"


def guard_schema(client: Any) -> Any:
    """Hold every answer that a client gets against the model."""
    client.meta.events.register(f"after-call.{SERVICE}", _check_answer)
    return client


def _check_answer(
    http_response: Any, parsed: dict[str, Any], model: OperationModel, **_: Any
) -> None:
    assert re.fullmatch(r"[0-9a-f-]{36}", parsed["ResponseMetadata"]["RequestId"])
    if http_response.status_code >= 300:
        declared = {shape.name: shape for shape in model.error_shapes}
        name = parsed["Error"]["Code"]
        assert parsed["Error"]["Message"]
        assert name in declared.keys() | UNDECLARED_ERRORS, f"{model.name} doesn't declare {name}"
        if name in declared:
            status = declared[name].metadata["error"]["httpStatusCode"]
            assert http_response.status_code == status
            assert parsed["Code"] in declared[name].members["Code"].enum
        return
    assert http_response.status_code == model.http.get("responseCode", 200)
    if model.output_shape is None:
        assert http_response.content == b""
        return
    _check_members(json.loads(http_response.content), model.output_shape)
    members = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
    report = ParamValidator().validate(members, model.output_shape)
    errors = EMPTY_LIST.sub("", report.generate_report()).strip()
    assert not errors, errors


def _check_members(value: Any, shape: Shape) -> None:
    """No member that the model hasn't, and none that is null."""
    if shape.type_name == "structure":
        assert value.keys() <= shape.members.keys()
        for name, member in value.items():
            _check_members(member, shape.members[name])
    elif shape.type_name == "list":
        for element in value:
            _check_members(element, shape.member)
    elif shape.type_name == "timestamp":
        assert isinstance(value, (int, float))
    else:
        assert value is not None


@pytest.fixture(autouse=True)
def variable_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a variable of AWS's in the environment, whatever the machine that runs the tests has."""
    monkeypatch.setenv("AWS_PAGER", "cat")


@pytest.fixture
def mock() -> Iterator[ChimeIdentityMock]:
    """The mock, on for the test, with no options."""
    with mock_chime_identity() as mock:
        yield mock


@pytest.fixture
def make_client(mock: ChimeIdentityMock) -> Callable[..., Any]:
    """Make a client whose answers are held against the model; takes what boto3.client takes."""

    def make(**parameters: Any) -> Any:
        return guard_schema(boto3.client(SERVICE, **parameters))

    return make


@pytest.fixture
def client(make_client: Callable[..., Any]) -> Any:
    """A client in us-east-1."""
    return make_client(region_name="us-east-1")


@pytest.fixture
def app_instance_arn(client: Any) -> str:
    """An AppInstance."""
    return client.create_app_instance(Name="chat")["AppInstanceArn"]


@pytest.fixture
def user_arn(client: Any, app_instance_arn: str) -> str:
    """A user, ann, named Ann, of the AppInstance."""
    return client.create_app_instance_user(
        AppInstanceArn=app_instance_arn, AppInstanceUserId="ann", Name="Ann"
    )["AppInstanceUserArn"]
