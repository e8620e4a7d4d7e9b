"""An operation does all or nothing: errors, failures of what it asks and threads leave no half of it (ledger, in part: requests and errors)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.serialize import create_serializer
from support import (
    CHANNEL_ARN,
    LEX_CONFIGURATION,
    MODEL,
    OPERATIONS,
    PINPOINT_APP_ARN,
    Answer,
    kept,
    send,
)

import chime_identity_mock
from chime_identity_mock import mock_chime_identity

SERIALIZER = create_serializer("rest-json", include_validation=False)
PACKAGE = Path(chime_identity_mock.__file__).parent
MUTATING = [name for name in OPERATIONS if not name.startswith(("Describe", "Get", "List"))]
EXPIRATION = {"ExpirationDays": 2, "ExpirationCriterion": "CREATED_TIMESTAMP"}
TAGS = [{"Key": "k", "Value": "v"}]
OTHER_CONFIGURATION = {"Lex": {**LEX_CONFIGURATION["Lex"], "LocaleId": "de_DE"}}
RETENTION = {"ChannelRetentionSettings": {"RetentionDays": 7}}
RESERVED = {"Key": "aws:k", "Value": "v"}
TAGGING = ("CreateAppInstance", "CreateAppInstanceBot", "CreateAppInstanceUser", "TagResource")

Parameters = dict[str, Any]


class Injected(Exception):
    """A failure that nothing expects."""


def call(operation: str, parameters: Parameters) -> Answer:
    """Send a request with those of the parameters that the operation has."""
    model = MODEL.operation_model(operation)
    own = {name: value for name, value in parameters.items() if name in model.input_shape.members}
    request = SERIALIZER.serialize_to_request(own, model)
    path, query = request["url_path"], urlencode(request["query_string"])
    target = f"{path}?{query}" if query and "?" not in path else path
    return send(request["method"], target, request["body"] or b"")


def made(operation: str, **parameters: Any) -> str:
    """Make something; gives what names it."""
    answer = call(operation, parameters)
    assert answer.status == 201, answer
    return next(value for name, value in answer.body.items() if name not in parameters)


def register(user_arn: str, device: str, **changes: Any) -> Parameters:
    return {
        "AppInstanceUserArn": user_arn,
        "Type": "GCM",
        "ResourceArn": PINPOINT_APP_ARN,
        "EndpointAttributes": {"DeviceToken": device},
        "ClientRequestToken": f"token-{device}",
        **changes,
    }


@pytest.fixture
def inputs(mock: Any) -> dict[str, Parameters]:
    """For each operation that changes something, an input with which it changes something."""
    instance = {
        "AppInstanceArn": made("CreateAppInstance", Name="chat", ClientRequestToken="token")
    }
    described = {"Name": "other", "Metadata": "other"}
    user_arns = [
        made(
            "CreateAppInstanceUser",
            **instance,
            AppInstanceUserId=user_id,
            Name=user_id,
            ClientRequestToken="token",
            Tags=TAGS,
            ExpirationSettings=EXPIRATION,
        )
        for user_id in ("ann", "bob")
    ]
    bot_arn = made(
        "CreateAppInstanceBot",
        **instance,
        Configuration=LEX_CONFIGURATION,
        Tags=TAGS,
        ClientRequestToken="token",
    )
    for arn in (user_arns[0], bot_arn):
        call("CreateAppInstanceAdmin", {**instance, "AppInstanceAdminArn": arn})
    endpoint_id = call(
        "RegisterAppInstanceUserEndpoint", register(user_arns[0], "first", Name="phone")
    ).body["EndpointId"]
    user = {"AppInstanceUserArn": user_arns[0]}
    bot = {"AppInstanceBotArn": bot_arn}
    endpoint = {**user, "EndpointId": endpoint_id}
    return {
        "CreateAppInstance": {**described, "ClientRequestToken": "new", "Tags": TAGS},
        "CreateAppInstanceAdmin": {**instance, "AppInstanceAdminArn": user_arns[1]},
        "CreateAppInstanceBot": {
            **instance,
            "Configuration": LEX_CONFIGURATION,
            "ClientRequestToken": "new",
            "Tags": TAGS,
        },
        "CreateAppInstanceUser": {
            **instance,
            "AppInstanceUserId": "joe",
            "Name": "Joe",
            "ClientRequestToken": "new",
            "Tags": TAGS,
            "ExpirationSettings": EXPIRATION,
        },
        "DeleteAppInstance": instance,
        "DeleteAppInstanceAdmin": {**instance, "AppInstanceAdminArn": bot_arn},
        "DeleteAppInstanceBot": bot,
        "DeleteAppInstanceUser": user,
        "DeregisterAppInstanceUserEndpoint": endpoint,
        "PutAppInstanceRetentionSettings": {**instance, "AppInstanceRetentionSettings": RETENTION},
        "PutAppInstanceUserExpirationSettings": {
            **user,
            "ExpirationSettings": {**EXPIRATION, "ExpirationDays": 3},
        },
        "RegisterAppInstanceUserEndpoint": register(user_arns[0], "second"),
        "TagResource": {
            "ResourceARN": user_arns[0],
            "Tags": [{"Key": "l", "Value": "w"}, {"Key": "k", "Value": "w"}],
        },
        "UntagResource": {"ResourceARN": user_arns[0], "TagKeys": ["k"]},
        "UpdateAppInstance": {**instance, **described},
        "UpdateAppInstanceBot": {**bot, **described, "Configuration": OTHER_CONFIGURATION},
        "UpdateAppInstanceUser": {**user, **described},
        "UpdateAppInstanceUserEndpoint": {**endpoint, "Name": "other", "AllowMessages": "NONE"},
    }


def fail_on_entering(point: int, files: tuple[str, ...], function: Callable[[], object]) -> str:
    """Run a function and fail as the package enters one of its own functions.

    :param point: which, counted from 1 in the order of their calls
    :param files: the files, as far as they begin like this, whose functions count
    :returns: the name of the function that failed; empty when there were fewer calls
    """
    entered = 0
    failed = ""

    # Coverage doesn't see what runs while Python profiles.
    def profile(frame: FrameType, event: str, argument: object) -> None:  # pragma: no cover
        nonlocal entered, failed
        if event == "call" and frame.f_code.co_filename.startswith(files):
            entered += 1
            if entered == point:
                failed = f"{Path(frame.f_code.co_filename).name}: {frame.f_code.co_name}"
                raise Injected(failed)

    sys.setprofile(profile)
    try:
        function()
    except Injected:
        pass
    finally:
        sys.setprofile(None)
    return failed


def failures(operation: str, parameters: Parameters, *files: str) -> Iterator[str]:
    """Have an operation fail on entering each function in turn; gives their names."""
    paths = tuple(str(PACKAGE / file) for file in files)
    point = 1
    while failed := fail_on_entering(point, paths, lambda: call(operation, parameters)):
        yield failed
        point += 1


OPERATING = ("backend", "models", "pages", "clock", "ids", "options", "wire/writing")


def test_all_operations_that_change_something_are_tried(inputs):
    assert list(inputs) == MUTATING


@pytest.mark.parametrize("operation", MUTATING)
def test_operation_tried_here_changes_something(inputs, operation):
    before = kept()

    answer = call(operation, inputs[operation])

    assert answer.error is None
    assert kept() != before


@pytest.mark.rule("atomic")
@pytest.mark.parametrize("operation", MUTATING)
def test_failure_at_any_point_leaves_no_trace(inputs, operation):
    before = kept()
    points = []

    for point in failures(operation, inputs[operation], *OPERATING):
        points.append(point)
        assert kept() == before, f"something is left of a failure in {point}, after {points}"

    assert len(points) > 3
    assert kept() != before


@pytest.mark.rule("atomic")
@pytest.mark.parametrize(
    "operation", ["CreateAppInstance", "CreateAppInstanceBot", "RegisterAppInstanceUserEndpoint"]
)
def test_failure_to_make_an_id_leaves_no_trace(inputs, monkeypatch, operation):
    before = kept()

    def fail() -> None:
        raise Injected

    with monkeypatch.context() as patch:
        patch.setattr("chime_identity_mock.ids.uuid4", fail)
        with pytest.raises(Injected):
            call(operation, inputs[operation])

    assert kept() == before


@pytest.mark.rule("atomic", "expiration")
@pytest.mark.parametrize("operation", ["DescribeAppInstanceUser", "ListAppInstanceUsers"])
def test_no_user_outlives_a_failure_while_users_expire(mock, inputs, operation):
    user = {"AppInstanceUserArn": inputs["DeleteAppInstanceUser"]["AppInstanceUserArn"]}
    instance = inputs["DeleteAppInstance"]
    mock.clock.advance(days=2)

    points = list(failures(operation, {**user, **instance}, *OPERATING))

    assert len(points) > 3
    assert call("DescribeAppInstanceUser", user).error == "ForbiddenException"
    assert call("ListAppInstanceUsers", instance).body["AppInstanceUsers"] == []
    admins = call("ListAppInstanceAdmins", instance).body["AppInstanceAdmins"]
    assert ["/bot/" in admin["Admin"]["Arn"] for admin in admins] == [True]


def arn_members(operation: str) -> list[str]:
    """The members of an input that name what the service keeps."""
    names = MODEL.operation_model(operation).input_shape.members
    return [name for name in names if name.lower().endswith("arn") and name != "ResourceArn"]


@pytest.mark.rule("atomic")
@pytest.mark.parametrize(
    ("operation", "member"),
    [(operation, member) for operation in MUTATING for member in arn_members(operation)],
)
@pytest.mark.parametrize("kind", ["missing", "foreign", "wrong"])
def test_arn_that_leads_nowhere_leaves_no_trace(inputs, operation, member, kind):
    parameters = inputs[operation]
    arn = parameters[member]
    parameters[member], error = {
        "missing": (f"{arn.rpartition('/')[0]}/missing", "ForbiddenException"),
        "foreign": (arn.replace("us-east-1", "eu-central-1"), "ForbiddenException"),
        "wrong": (CHANNEL_ARN, "BadRequestException"),
    }[kind]
    if operation.endswith("Admin") and (member, kind) != ("AppInstanceAdminArn", "missing"):
        error = "BadRequestException"  # I: then they are of two AppInstances
    before = kept()

    answer = call(operation, parameters)

    assert answer.error == error
    assert kept() == before


@pytest.mark.rule("atomic")
@pytest.mark.parametrize(
    ("operation", "changes"),
    [
        ("CreateAppInstance", {"ClientRequestToken": "token"}),
        ("CreateAppInstanceBot", {"ClientRequestToken": "token", "Name": "other"}),
        ("CreateAppInstanceUser", {"AppInstanceUserId": "ann"}),
        ("RegisterAppInstanceUserEndpoint", {"ClientRequestToken": "token-first"}),
        ("RegisterAppInstanceUserEndpoint", {"EndpointAttributes": {"DeviceToken": "first"}}),
    ],
)
def test_conflict_leaves_no_trace(inputs, operation, changes):
    before = kept()

    answer = call(operation, {**inputs[operation], **changes})

    assert (answer.status, answer.error) == (409, "ConflictException")
    assert kept() == before


@pytest.mark.rule("atomic", "admin-conflict")
def test_conflict_of_admins_leaves_no_trace(inputs):
    before = kept()

    answer = call("CreateAppInstanceAdmin", inputs["DeleteAppInstanceAdmin"])

    assert (answer.status, answer.error) == (409, "ConflictException")
    assert kept() == before


@pytest.mark.rule("atomic", "quotas")
@pytest.mark.parametrize(
    ("quota", "operation"),
    [
        ("app_instances_per_account", "CreateAppInstance"),
        ("users_per_app_instance", "CreateAppInstanceUser"),
        ("admins_per_app_instance", "CreateAppInstanceAdmin"),
        ("endpoints_per_user", "RegisterAppInstanceUserEndpoint"),
    ],
)
def test_full_quota_leaves_no_trace(inputs, quota, operation):
    before = kept()

    with mock_chime_identity(quotas={quota: 0}):
        answer = call(operation, inputs[operation])

    assert (answer.status, answer.error) == (400, "ResourceLimitExceededException")
    assert kept() == before


@pytest.mark.rule("atomic", "tags-limits")
def test_too_many_tags_leave_no_trace(inputs):
    tags = [{"Key": f"k{number}", "Value": "v"} for number in range(50)]
    before = kept()

    answer = call("TagResource", {**inputs["TagResource"], "Tags": tags})

    assert (answer.status, answer.error) == (400, "ResourceLimitExceededException")
    assert kept() == before


@pytest.mark.rule("atomic", "tags-limits")
@pytest.mark.parametrize(
    ("operation", "member", "value"),
    [
        *((name, "Tags", [*TAGS, *TAGS]) for name in MUTATING if name in TAGGING),
        *((name, "Tags", [*TAGS, RESERVED]) for name in MUTATING if name in TAGGING),
        ("UntagResource", "TagKeys", ["k", "k"]),
        ("UntagResource", "TagKeys", ["k", "aws:k"]),
    ],
)
def test_bad_tag_keys_leave_no_trace(inputs, operation, member, value):
    before = kept()

    answer = call(operation, {**inputs[operation], member: value})

    assert (answer.status, answer.error) == (400, "BadRequestException")
    assert kept() == before


@pytest.mark.rule("atomic", "missing-forbidden")
@pytest.mark.parametrize("member", ["AppInstanceUserArn", "EndpointId"])
@pytest.mark.parametrize(
    "operation", ["DeregisterAppInstanceUserEndpoint", "UpdateAppInstanceUserEndpoint"]
)
def test_missing_endpoint_leaves_no_trace(inputs, operation, member):
    bob_arn = inputs["CreateAppInstanceAdmin"]["AppInstanceAdminArn"]
    missing = {"AppInstanceUserArn": bob_arn, "EndpointId": "missing"}[member]
    before = kept()

    answer = call(operation, {**inputs[operation], member: missing})

    assert answer.error == "ForbiddenException"
    assert kept() == before


@pytest.mark.rule("atomic")
@pytest.mark.parametrize("operation", MUTATING)
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"headers": {}}, "MissingAuthenticationTokenException"),
        ({"region_name": "eu-west-1"}, "ForbiddenException"),
        ({"method": "PATCH"}, "UnknownOperationException"),
        ({"body": b"{"}, "SerializationException"),
    ],
    ids=["unsigned", "region", "method", "body"],
)
def test_request_that_reaches_no_operation_leaves_no_trace(inputs, operation, changes, error):
    request = SERIALIZER.serialize_to_request(inputs[operation], MODEL.operation_model(operation))
    has_body = bool(request["body"])
    parts = {"method": request["method"], "body": request["body"] or b"", **changes}
    before = kept()

    answer = send(parts.pop("method"), request["url_path"], parts.pop("body"), **parts)

    if has_body or "body" not in changes:
        assert answer.error == error
        assert kept() == before


READING = [name for name in OPERATIONS if name not in MUTATING]


def test_reading_changes_nothing(mock, inputs):
    instance = inputs["DeleteAppInstance"]
    bob_arn = inputs["CreateAppInstanceAdmin"]["AppInstanceAdminArn"]
    parameters = {
        **instance,
        **inputs["DeleteAppInstanceAdmin"],
        **inputs["DeleteAppInstanceBot"],
        "AppInstanceUserArn": bob_arn,
        "EndpointId": "missing",
        "ResourceARN": bob_arn,
    }
    before = kept()

    for operation in READING:
        answer = call(operation, parameters)
        assert (answer.error is None) == (operation != "DescribeAppInstanceUserEndpoint")
        assert kept() == before, operation
    assert "bob" in str(mock)
    assert kept() == before


def test_printing_goes_on_while_accounts_come_into_use(mock):
    switch_interval = sys.getswitchinterval()
    is_over = Event()

    def print_on() -> int:
        printed = 0
        while not is_over.is_set():
            printed += len(str(mock)) > 0
        return printed

    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(3) as executor:
            printing = [executor.submit(print_on) for _ in range(3)]
            try:
                for number in range(200):
                    body = {"Name": "chat", "ClientRequestToken": "token"}
                    send("POST", "/app-instances", body, access_key=f"{number:012}")
            finally:
                is_over.set()
            assert all(prints.result() for prints in printing)
    finally:
        sys.setswitchinterval(switch_interval)
