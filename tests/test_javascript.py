"""The AWS SDKs for JavaScript, versions 2 and 3, against the server (ledger, in part: creating; lists).

They run in Node.js, which tests/javascript/drive.mjs has do what is asked here. The packages come
with ``npm ci --prefix tests/javascript``; without them these tests are skipped.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from behaviour import call, make_world
from botocore import xform_name
from other_languages import SECONDS, readme_blocks, run, served
from support import LEX_CONFIGURATION, OPERATIONS, PINPOINT_APP_ARN

JAVASCRIPT = Path(__file__).with_name("javascript")
NODE = shutil.which("node")
OTHER_CONFIGURATION = {"Lex": {**LEX_CONFIGURATION["Lex"], "LocaleId": "de_DE"}}

pytestmark = pytest.mark.skipif(
    NODE is None or not (JAVASCRIPT / "node_modules").is_dir(),
    reason="needs Node.js and its packages: npm ci --prefix tests/javascript",
)


class ServiceError(Exception):
    """An error of the service, as an SDK shows it."""

    def __init__(self, **shown: Any) -> None:
        super().__init__(shown)
        self.shown = shown


class Sdk:
    """An SDK at work in a process of its own.

    :param version: ``"v2"`` or ``"v3"``
    :param env: the variables of that process
    """

    def __init__(self, version: str, env: dict[str, str]) -> None:
        self.version = version
        self._process = subprocess.Popen(  # noqa: S603 - the program is ours
            # The SDKs warn of their end, and of Node.js's.
            [NODE, "--no-warnings", JAVASCRIPT / "drive.mjs", version],
            env={**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        self._watchdog = Timer(SECONDS, self._process.kill)
        self._watchdog.daemon = True
        self._watchdog.start()

    def do(
        self, step: str, operation: str, parameters: Any, settings: dict[str, Any] | None = None
    ) -> Any:
        """Have the SDK take a step of its module.

        :raises ServiceError: the service answered with an error
        """
        line = {
            "step": step,
            "settings": settings or {},
            "operation": operation,
            "parameters": parameters,
        }
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()
        answered = self._process.stdout.readline()
        if not answered:
            raise RuntimeError(f"node ended: {self._process.communicate()[1]}")
        outcome = json.loads(answered, object_hook=_date)
        if "error" in outcome:
            raise ServiceError(**outcome["error"])
        return outcome["result"]

    def call(self, operation: str, **parameters: Any) -> Any:
        """What an operation answers."""
        return self.do("call", operation, parameters)["answer"]

    def refusal(
        self, operation: str, settings: dict[str, Any] | None = None, **parameters: Any
    ) -> dict[str, Any]:
        """What the SDK shows of the error that an operation answers."""
        with pytest.raises(ServiceError) as caught:
            self.do("call", operation, parameters, settings)
        assert re.fullmatch("[0-9a-f-]{36}", caught.value.shown["requestId"])
        return caught.value.shown

    def error_name(self, name: str) -> str:
        """How this version calls an error of the model."""
        return name if self.version == "v3" else name.removesuffix("Exception")

    def no_retries(self) -> dict[str, Any]:
        """The settings of a client that tries once."""
        return {"maxAttempts": 1} if self.version == "v3" else {"maxRetries": 0}

    def close(self) -> None:
        """End the process; it must have said nothing else."""
        self._watchdog.cancel()
        rest, complaints = self._process.communicate(timeout=SECONDS)
        assert (rest, complaints, self._process.returncode) == ("", "", 0)


def _date(value: dict[str, Any]) -> Any:
    """A Date of JavaScript's, which drive.mjs marks, as a datetime."""
    if value.keys() == {"date"}:
        return datetime.strptime(value["date"], "%Y-%m-%dT%H:%M:%S.%f%z")
    return value


@pytest.fixture
def server(chime_identity_server):
    return chime_identity_server


@pytest.fixture
def start(server) -> Iterator[Callable[[str], Sdk]]:
    """Start an SDK of a version."""
    started = []

    def start(version: str) -> Sdk:
        started.append(Sdk(version, server.env))
        return started[-1]

    yield start
    for sdk in started:
        sdk.close()


@pytest.fixture(params=["v2", "v3"])
def sdk(start, request: pytest.FixtureRequest) -> Sdk:
    return start(request.param)


@pytest.fixture
def app_instance_arn(sdk) -> str:
    return sdk.call("CreateAppInstance", Name="chat")["AppInstanceArn"]


@pytest.fixture
def user_arn(sdk, app_instance_arn) -> str:
    return sdk.call(
        "CreateAppInstanceUser",
        AppInstanceArn=app_instance_arn,
        AppInstanceUserId="ann",
        Name="Ann",
    )["AppInstanceUserArn"]


def made(answer: dict[str, Any], name: str) -> dict[str, Any]:
    """A described resource without its timestamps, which must be of now, and Dates."""
    resource = dict(answer[name])
    created = resource.pop("CreatedTimestamp")
    now = datetime.now(timezone.utc)
    assert timedelta(0) <= now - created < timedelta(seconds=SECONDS)
    assert timedelta(0) <= resource.pop("LastUpdatedTimestamp") - created < now - created
    return resource


class Boto3Like:
    """An SDK with the methods of boto3's client."""

    def __init__(self, sdk: Sdk) -> None:
        self._call = {
            xform_name(operation): partial(sdk.call, operation) for operation in OPERATIONS
        }

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return self._call[name]


def test_every_operation_gives_the_answer_that_boto3_gives(sdk, server):
    client = Boto3Like(sdk)
    world = make_world(client)
    snapshot = server.mock.snapshot()

    for operation in OPERATIONS:
        server.mock.restore(snapshot)
        # The user is an admin already.
        other = {"AppInstanceAdminArn": world["AppInstanceBotArn"]}
        members = {**world, **(other if operation == "CreateAppInstanceAdmin" else {})}
        shown = call(client, operation, **members)

        last = server.mock.calls[-1]
        assert (last.operation, last.error) == (operation, None)
        assert shown == last.response


def test_answers_carry_status_and_request_id(sdk):
    created = sdk.do("call", "CreateAppInstance", {"Name": "chat"})
    deleted = sdk.do("call", "DeleteAppInstance", created["answer"])

    assert (created["status"], deleted["status"]) == (201, 204)
    assert re.fullmatch("[0-9a-f-]{36}", created["requestId"])
    assert re.fullmatch("[0-9a-f-]{36}", deleted["requestId"])


def test_app_instances(sdk):
    arn = sdk.call("CreateAppInstance", Name="chat 💬", Metadata="é")["AppInstanceArn"]
    created = {"AppInstanceArn": arn, "Name": "chat 💬", "Metadata": "é"}
    updated = {"AppInstanceArn": arn, "Name": "talk", "Metadata": ""}

    assert made(sdk.call("DescribeAppInstance", AppInstanceArn=arn), "AppInstance") == created
    assert sdk.call("ListAppInstances") == {"AppInstances": [created]}
    assert sdk.call("UpdateAppInstance", **updated) == {"AppInstanceArn": arn}
    assert made(sdk.call("DescribeAppInstance", AppInstanceArn=arn), "AppInstance") == updated
    assert sdk.call("DeleteAppInstance", AppInstanceArn=arn) == {}
    assert sdk.call("ListAppInstances") == {"AppInstances": []}


def test_retention(sdk, app_instance_arn):
    instance = {"AppInstanceArn": app_instance_arn}
    settings = {"ChannelRetentionSettings": {"RetentionDays": 7}}

    before = sdk.call("GetAppInstanceRetentionSettings", **instance)
    put = sdk.call(
        "PutAppInstanceRetentionSettings", **instance, AppInstanceRetentionSettings=settings
    )

    assert before == {"AppInstanceRetentionSettings": {}}
    assert put["AppInstanceRetentionSettings"] == settings
    assert put["InitiateDeletionTimestamp"] > datetime.now(timezone.utc) + timedelta(days=29)
    assert sdk.call("GetAppInstanceRetentionSettings", **instance) == put


def test_users(sdk, app_instance_arn):
    user = {"AppInstanceUserArn": f"{app_instance_arn}/user/ann"}
    created = {**user, "Name": "Ann 😀"}
    updated = {**user, "Name": "Ann Smith", "Metadata": '{"a": "é"}'}
    ann = {"AppInstanceUserId": "ann", "Name": "Ann 😀"}

    assert sdk.call("CreateAppInstanceUser", AppInstanceArn=app_instance_arn, **ann) == user
    assert made(sdk.call("DescribeAppInstanceUser", **user), "AppInstanceUser") == created
    assert sdk.call("UpdateAppInstanceUser", **updated) == user
    assert made(sdk.call("DescribeAppInstanceUser", **user), "AppInstanceUser") == updated
    assert sdk.call("ListAppInstanceUsers", AppInstanceArn=app_instance_arn) == {
        "AppInstanceArn": app_instance_arn,
        "AppInstanceUsers": [updated],
    }
    assert sdk.call("DeleteAppInstanceUser", **user) == {}
    assert sdk.call("ListAppInstanceUsers", AppInstanceArn=app_instance_arn) == {
        "AppInstanceArn": app_instance_arn,
        "AppInstanceUsers": [],
    }


def test_expiration(sdk, user_arn, server):
    user = {"AppInstanceUserArn": user_arn}
    settings = {"ExpirationDays": 30, "ExpirationCriterion": "CREATED_TIMESTAMP"}

    put = sdk.call("PutAppInstanceUserExpirationSettings", **user, ExpirationSettings=settings)
    described = sdk.call("DescribeAppInstanceUser", **user)["AppInstanceUser"]
    server.mock.clock.advance(days=30)

    assert put == {**user, "ExpirationSettings": settings}
    assert described["ExpirationSettings"] == settings
    shown = sdk.refusal("DescribeAppInstanceUser", **user)
    assert shown["name"] == sdk.error_name("ForbiddenException")


def test_bots(sdk, app_instance_arn):
    instance = {"AppInstanceArn": app_instance_arn}
    bot = sdk.call(
        "CreateAppInstanceBot", **instance, Name="bot 🤖", Configuration=LEX_CONFIGURATION
    )
    created = {**bot, "Name": "bot 🤖", "Configuration": LEX_CONFIGURATION}
    updated = {**bot, "Name": "Botty", "Metadata": "m", "Configuration": OTHER_CONFIGURATION}

    assert made(sdk.call("DescribeAppInstanceBot", **bot), "AppInstanceBot") == created
    assert sdk.call("UpdateAppInstanceBot", **updated) == bot
    assert made(sdk.call("DescribeAppInstanceBot", **bot), "AppInstanceBot") == updated
    assert sdk.call("ListAppInstanceBots", **instance) == {
        **instance,
        "AppInstanceBots": [{**bot, "Name": "Botty", "Metadata": "m"}],
    }
    assert sdk.call("DeleteAppInstanceBot", **bot) == {}
    assert sdk.call("ListAppInstanceBots", **instance) == {**instance, "AppInstanceBots": []}


def test_admins(sdk, app_instance_arn, user_arn):
    instance = {"AppInstanceArn": app_instance_arn}
    admin = {**instance, "AppInstanceAdminArn": user_arn}
    ann = {"Arn": user_arn, "Name": "Ann"}

    assert sdk.call("CreateAppInstanceAdmin", **admin) == {**instance, "AppInstanceAdmin": ann}
    described = sdk.call("DescribeAppInstanceAdmin", **admin)["AppInstanceAdmin"]
    assert isinstance(described.pop("CreatedTimestamp"), datetime)
    assert described == {**instance, "Admin": ann}
    assert sdk.call("ListAppInstanceAdmins", **instance) == {
        **instance,
        "AppInstanceAdmins": [{"Admin": ann}],
    }
    assert sdk.call("DeleteAppInstanceAdmin", **admin) == {}
    assert sdk.call("ListAppInstanceAdmins", **instance) == {**instance, "AppInstanceAdmins": []}


def test_endpoints(sdk, user_arn):
    user = {"AppInstanceUserArn": user_arn}
    phone = {
        "Name": "phone",
        "Type": "APNS",
        "ResourceArn": PINPOINT_APP_ARN,
        "EndpointAttributes": {"DeviceToken": "d", "VoipDeviceToken": "v"},
    }
    endpoint = sdk.call("RegisterAppInstanceUserEndpoint", **user, **phone)
    state = {"EndpointState": {"Status": "ACTIVE"}}
    listed = {**endpoint, **state, "Name": "tablet", "Type": "APNS", "AllowMessages": "NONE"}

    assert endpoint.keys() == {"AppInstanceUserArn", "EndpointId"}
    described = sdk.call("DescribeAppInstanceUserEndpoint", **endpoint)
    assert made(described, "AppInstanceUserEndpoint") == {
        **endpoint,
        **phone,
        **state,
        "AllowMessages": "ALL",
    }
    assert endpoint == sdk.call(
        "UpdateAppInstanceUserEndpoint", **endpoint, Name="tablet", AllowMessages="NONE"
    )
    assert sdk.call("ListAppInstanceUserEndpoints", **user) == {
        "AppInstanceUserEndpoints": [listed]
    }
    assert sdk.call("DeregisterAppInstanceUserEndpoint", **endpoint) == {}
    assert sdk.call("ListAppInstanceUserEndpoints", **user) == {"AppInstanceUserEndpoints": []}


def test_tags(sdk):
    team, cost = {"Key": "team", "Value": "chat"}, {"Key": "cost", "Value": "1 €"}
    created = sdk.call("CreateAppInstance", Name="chat", Tags=[team])
    resource = {"ResourceARN": created["AppInstanceArn"]}

    assert sdk.call("ListTagsForResource", **resource) == {"Tags": [team]}
    assert sdk.call("TagResource", **resource, Tags=[cost]) == {}
    assert sdk.call("ListTagsForResource", **resource) == {"Tags": [team, cost]}
    assert sdk.call("UntagResource", **resource, TagKeys=["team"]) == {}
    assert sdk.call("ListTagsForResource", **resource) == {"Tags": [cost]}


# Errors


@pytest.mark.rule("error-form", "error-status")
@pytest.mark.parametrize(
    ("operation", "parameters", "name", "status"),
    [
        pytest.param(
            "CreateAppInstanceUser",
            {"AppInstanceArn": "{}", "AppInstanceUserId": "ann", "Name": "Other"},
            "ConflictException",
            409,
            id="conflict",
        ),
        pytest.param(
            "DescribeAppInstanceUser",
            {"AppInstanceUserArn": "{}/user/bob"},
            "ForbiddenException",
            403,
            id="forbidden",
        ),
        pytest.param(
            "DescribeAppInstanceBot",
            {"AppInstanceBotArn": "{}/bot/none"},
            "NotFoundException",
            404,
            id="not found",
        ),
        pytest.param(
            "DescribeAppInstanceUser",
            {"AppInstanceUserArn": "{}"},
            "BadRequestException",
            400,
            id="arn of another kind",
        ),
        pytest.param(
            "ListAppInstanceUsers",
            {"AppInstanceArn": "{}", "MaxResults": 51},
            "BadRequestException",
            400,
            id="constraint",
        ),
        pytest.param(
            "ListAppInstanceUsers",
            {"AppInstanceArn": "{}", "NextToken": "none of its"},
            "BadRequestException",
            400,
            id="foreign token",
        ),
    ],
)
@pytest.mark.usefixtures("user_arn")
def test_errors_have_their_names(sdk, app_instance_arn, *, operation, parameters, name, status):
    with_arn = {
        member: value.format(app_instance_arn) if isinstance(value, str) else value
        for member, value in parameters.items()
    }

    shown = sdk.refusal(operation, **with_arn)

    assert (shown["name"], shown["status"]) == (sdk.error_name(name), status)
    assert shown["message"]
    assert shown.get("isOfItsClass", True)


@pytest.mark.rule("quotas")
@pytest.mark.chime_identity_mock(quotas={"app_instances_per_account": 1})
def test_full_quota_has_its_name(sdk, app_instance_arn):
    shown = sdk.refusal("CreateAppInstance", Name="another")

    assert shown["name"] == sdk.error_name("ResourceLimitExceededException")
    assert shown["status"] == 400


@pytest.mark.rule("error-form")
@pytest.mark.parametrize(
    ("error", "code", "status", "fault"),
    [
        ("ServiceFailureException", "ServiceFailure", 500, "server"),
        ("ServiceUnavailableException", "ServiceUnavailable", 503, "server"),
        ("ThrottledClientException", "Throttled", 429, "client"),
        ("UnauthorizedClientException", "Unauthorized", 401, "client"),
    ],
)
def test_injected_errors_have_their_names(sdk, server, *, error, code, status, fault):
    server.mock.fail_next("ListAppInstances", error)

    shown = sdk.refusal("ListAppInstances", sdk.no_retries())

    assert shown["status"] == status
    if sdk.version == "v3":
        assert (shown["name"], shown["code"], shown["fault"]) == (error, code, fault)
        assert shown["isOfItsClass"]
    else:
        assert shown["name"] == code
        assert shown["isRetryable"] is (error != "UnauthorizedClientException")


@pytest.mark.rule("constraint-text")
def test_all_violations_are_told(sdk, app_instance_arn):
    shown = sdk.refusal(
        "UpdateAppInstance", AppInstanceArn=app_instance_arn, Name="n" * 257, Metadata="m" * 1025
    )

    assert shown["message"] == (
        "2 validation errors detected: Value at 'name' failed to satisfy constraint: Member must "
        "have length less than or equal to 256; Value at 'metadata' failed to satisfy constraint: "
        "Member must have length less than or equal to 1024"
    )


# Version 2 refuses this itself.
@pytest.mark.rule("constraint-text")
def test_missing_member_is_told_to_version_3(start):
    shown = start("v3").refusal("CreateAppInstance")

    assert shown["isOfItsClass"]
    assert shown["name"] == "BadRequestException"
    assert (
        "Value null at 'name' failed to satisfy constraint: Member must not be null"
        in (shown["message"])
    )


@pytest.mark.rule("unsigned")
def test_unsigned_request_is_refused(sdk):
    shown = sdk.refusal("ListAppInstances", {"isSigned": False})

    assert shown["name"] == "MissingAuthenticationTokenException"
    assert shown["status"] == 403


# Retries


@pytest.mark.parametrize(
    "error", ["ServiceFailureException", "ServiceUnavailableException", "ThrottledClientException"]
)
def test_sdk_tries_again_after_an_error(sdk, server, error):
    server.mock.fail_next("CreateAppInstance", error)

    outcome = sdk.do("call", "CreateAppInstance", {"Name": "chat"})

    assert outcome["attempts"] == 2
    assert [call.error for call in server.mock.calls] == [error, None]


@pytest.mark.rule("token-replay")
def test_answer_that_was_lost_makes_no_second_app_instance(sdk, server):
    server.mock.fail_next("CreateAppInstance", "ServiceFailureException", take_effect=True)

    # Without a token of the caller's: the SDK makes one, and sends it again.
    arn = sdk.call("CreateAppInstance", Name="chat")["AppInstanceArn"]

    assert sdk.call("ListAppInstances") == {
        "AppInstances": [{"AppInstanceArn": arn, "Name": "chat"}]
    }


def test_lost_connection_is_tried_again(sdk, server):
    server.mock.fail_next("ListAppInstances", ConnectionError("gone"))

    assert sdk.do("call", "ListAppInstances", {})["attempts"] == 2


@pytest.mark.rule("token-replay")
@pytest.mark.parametrize("token", [{}, {"ClientRequestToken": "10-42"}])
def test_create_sent_twice_at_once_makes_one(sdk, server, token):
    if sdk.version == "v3" and not token:
        token = {"ClientRequestToken": "each-would-be-given-one"}

    first, second = sdk.do("twiceAtOnce", "CreateAppInstance", {"Name": "chat", **token})

    assert first == second
    assert sdk.call("ListAppInstances") == {"AppInstances": [{**first, "Name": "chat"}]}
    assert len(server.mock.calls.of("CreateAppInstance")) == 2


@pytest.mark.rule("user-repeat")
def test_user_sent_twice_at_once_is_made_once(sdk, app_instance_arn, server):
    parameters = {
        "AppInstanceArn": app_instance_arn,
        "AppInstanceUserId": "ann",
        "Name": "Ann",
    }

    first, second = sdk.do("twiceAtOnce", "CreateAppInstanceUser", parameters)

    assert first == second == {"AppInstanceUserArn": f"{app_instance_arn}/user/ann"}
    assert len(server.mock.calls.of("CreateAppInstanceUser")) == 2


# Lists


@pytest.mark.rule("lists", "next-token")
def test_pages_follow_each_other(sdk, app_instance_arn):
    arns = [
        sdk.call(
            "CreateAppInstanceUser",
            AppInstanceArn=app_instance_arn,
            AppInstanceUserId=user_id,
            Name="Somebody",
        )["AppInstanceUserArn"]
        for user_id in "abcde"
    ]
    parameters = {"AppInstanceArn": app_instance_arn, "MaxResults": 2}

    first = sdk.call("ListAppInstanceUsers", **parameters)
    second = sdk.call("ListAppInstanceUsers", **parameters, NextToken=first["NextToken"])
    pages = sdk.do("allPages", "ListAppInstanceUsers", parameters)

    assert [
        [user["AppInstanceUserArn"] for user in page["AppInstanceUsers"]] for page in pages
    ] == [arns[:2], arns[2:4], arns[4:]]
    assert pages[:2] == [first, second]
    assert "NextToken" not in pages[2]


@pytest.mark.parametrize(
    ("operation", "member"),
    [
        ("ListAppInstances", "AppInstances"),
        ("ListAppInstanceAdmins", "AppInstanceAdmins"),
        ("ListAppInstanceBots", "AppInstanceBots"),
        ("ListAppInstanceUserEndpoints", "AppInstanceUserEndpoints"),
        ("ListAppInstanceUsers", "AppInstanceUsers"),
    ],
)
def test_every_list_has_a_paginator(sdk, server, operation, member):
    users = [{"AppInstanceUserId": user_id, "Name": "Somebody"} for user_id in "abc"]
    users[0]["AppInstanceUserEndpoints"] = [
        {
            "Type": "GCM",
            "ResourceArn": PINPOINT_APP_ARN,
            "EndpointAttributes": {"DeviceToken": device},
        }
        for device in "abc"
    ]
    arn, *_ = server.mock.load(
        {
            "version": 1,
            "app_instances": [
                {
                    "Name": "chat",
                    "AppInstanceUsers": users,
                    "AppInstanceBots": [{"Configuration": LEX_CONFIGURATION}] * 3,
                    "AppInstanceAdmins": [{"AppInstanceUserId": user_id} for user_id in "abc"],
                },
                {"Name": "second"},
                {"Name": "third"},
            ],
        }
    )
    parents = {
        "ListAppInstances": {},
        "ListAppInstanceUserEndpoints": {"AppInstanceUserArn": f"{arn}/user/a"},
    }
    parameters = {"MaxResults": 2, **parents.get(operation, {"AppInstanceArn": arn})}

    pages = sdk.do("allPages", operation, parameters)

    assert [len(page[member]) for page in pages] == [2, 1]


# Names, places, times


@pytest.mark.rule("user-id-verbatim", "paths-encoded-or-plain")
@pytest.mark.parametrize(
    "user_id",
    ["us-east-1:0f8e4c2a-1111-4222-8333-444455556666", "a.b@c.d", "5", "endpoints", "a_b-c.d:e@f"],
)
def test_user_ids_are_kept_verbatim(sdk, app_instance_arn, user_id):
    arn = sdk.call(
        "CreateAppInstanceUser",
        AppInstanceArn=app_instance_arn,
        AppInstanceUserId=user_id,
        Name="Somebody",
    )["AppInstanceUserArn"]

    assert arn == f"{app_instance_arn}/user/{user_id}"
    described = sdk.call("DescribeAppInstanceUser", AppInstanceUserArn=arn)
    assert described["AppInstanceUser"]["AppInstanceUserArn"] == arn
    assert sdk.call("ListAppInstanceUserEndpoints", AppInstanceUserArn=arn) == {
        "AppInstanceUserEndpoints": []
    }
    assert sdk.call("DeleteAppInstanceUser", AppInstanceUserArn=arn) == {}


@pytest.mark.rule("region-account", "apart")
def test_regions_are_apart(sdk, app_instance_arn):
    settings = {"region": "eu-central-1"}

    created = sdk.do("call", "CreateAppInstance", {"Name": "Plausch"}, settings)["answer"]

    assert created["AppInstanceArn"].startswith("arn:aws:chime:eu-central-1:123456789012:")
    assert sdk.do("call", "ListAppInstances", {}, settings)["answer"] == {
        "AppInstances": [{**created, "Name": "Plausch"}]
    }
    assert sdk.call("ListAppInstances") == {
        "AppInstances": [{"AppInstanceArn": app_instance_arn, "Name": "chat"}]
    }


@pytest.mark.chime_identity_mock(region_name="eu-central-1")
def test_region_of_the_mock_is_that_of_the_variables(sdk, app_instance_arn):
    assert app_instance_arn.startswith("arn:aws:chime:eu-central-1:")


@pytest.mark.rule("region-account")
def test_access_key_of_twelve_digits_is_the_account(sdk):
    credentials = {"accessKeyId": "111122223333", "secretAccessKey": "secret"}

    created = sdk.do("call", "CreateAppInstance", {"Name": "chat"}, {"credentials": credentials})

    assert created["answer"]["AppInstanceArn"].startswith("arn:aws:chime:us-east-1:111122223333:")


@pytest.mark.rule("regions")
def test_region_without_the_service_is_forbidden(sdk):
    shown = sdk.refusal("ListAppInstances", {"region": "eu-west-1"})

    assert shown["name"] == sdk.error_name("ForbiddenException")
    assert "eu-central-1 and us-east-1" in shown["message"]


@pytest.mark.rule("timestamps", "clock")
def test_timestamps_are_dates_to_the_millisecond(sdk, server, app_instance_arn):
    server.mock.clock.advance(days=1)
    sdk.call("UpdateAppInstance", AppInstanceArn=app_instance_arn, Name="talk", Metadata="")

    described = sdk.call("DescribeAppInstance", AppInstanceArn=app_instance_arn)["AppInstance"]

    (kept,) = server.mock.dump()["app_instances"]
    for name in ("CreatedTimestamp", "LastUpdatedTimestamp"):
        assert described[name].timestamp() == kept[name]
    age = described["LastUpdatedTimestamp"] - described["CreatedTimestamp"]
    assert timedelta(days=1) <= age < timedelta(days=1, seconds=SECONDS)


# The README


@pytest.mark.parametrize(
    ("number", "printed"), [(0, "ConflictException\n"), (1, "Forbidden\n")], ids=["v3", "v2"]
)
def test_example_of_the_readme_runs(number, printed):
    example = readme_blocks("javascript")[number]

    with served() as variables:
        shown = run(
            "node --input-type=module -", variables, standard_input=example, folder=JAVASCRIPT
        )

    assert shown == printed


def test_every_example_of_the_readme_is_run():
    assert len(readme_blocks("javascript")) == 2
