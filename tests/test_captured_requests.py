"""Requests captured from seven clients: what the gateway makes of them (ledger, in part: requests and errors).

Some break a constraint, by accident or to show that their client doesn't look: what they mean is
plain all the same.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, unquote, unquote_to_bytes

import pytest
from support import (
    LEX_CONFIGURATION,
    MODEL,
    OPERATIONS,
    PINPOINT_APP_ARN,
    authorization,
    raw_requests,
    send,
)

from chime_identity_mock.gateway import Request, gateway

INSTANCE_ARN = (
    "arn:aws:chime:us-east-1:123456789012:app-instance/11111111-2222-3333-4444-555555555555"
)
USER_ARN = f"{INSTANCE_ARN}/user/us-east-1:a.b_c@d-e"
BOT_ARN = f"{INSTANCE_ARN}/bot/22222222-3333-4444-5555-666666666666"
ENDPOINT_ID = "33333333-4444-5555-6666-777777777777"

INSTANCE = {"app_instance_arn": INSTANCE_ARN}
USER = {"app_instance_user_arn": USER_ARN}
BOT = {"app_instance_bot_arn": BOT_ARN}
ADMIN = {**INSTANCE, "app_instance_admin_arn": USER_ARN}
ENDPOINT = {**USER, "endpoint_id": ENDPOINT_ID}
TAGGED = {"resource_arn": INSTANCE_ARN}
ODD_TOKEN = {"next_token": "a+b/c= d&é"}

# What the clients were called with, but for tokens, which some of them made up.
CALLS = {
    "CreateAppInstance": [
        {
            "name": "app one",
            "metadata": '{"k":"v"}',
            "tags": [{"key": "k1", "value": "v1"}],
        },
        {"name": "app one"},
    ],
    "CreateAppInstanceAdmin": [ADMIN],
    "CreateAppInstanceBot": [
        {
            **INSTANCE,
            "name": "bot",
            "configuration": {
                "lex": {
                    "lex_bot_alias_arn": "arn:aws:lex:us-east-1:123456789012:bot-alias/B/A",
                    "locale_id": "en_US",
                    "responds_to": "STANDARD_MESSAGES",
                }
            },
        }
    ],
    "CreateAppInstanceUser": [
        {
            **INSTANCE,
            "app_instance_user_id": "us-east-1:a.b_c@d-e",
            "name": "Zoë",
            "expiration_settings": {
                "expiration_criterion": "CREATED_TIMESTAMP",
                "expiration_days": 1,
            },
        }
    ],
    "DeleteAppInstance": [INSTANCE],
    "DeleteAppInstanceAdmin": [ADMIN],
    "DeleteAppInstanceBot": [BOT],
    "DeleteAppInstanceUser": [USER],
    "DeregisterAppInstanceUserEndpoint": [ENDPOINT],
    "DescribeAppInstance": [INSTANCE],
    "DescribeAppInstanceAdmin": [ADMIN],
    "DescribeAppInstanceBot": [BOT],
    "DescribeAppInstanceUser": [USER],
    "DescribeAppInstanceUserEndpoint": [ENDPOINT, {**USER, "endpoint_id": "e1"}],
    "GetAppInstanceRetentionSettings": [INSTANCE],
    "ListAppInstanceAdmins": [{**INSTANCE, "max_results": 5}],
    "ListAppInstanceBots": [{**INSTANCE, "max_results": 5}],
    "ListAppInstanceUserEndpoints": [{**USER, "max_results": 5}],
    "ListAppInstanceUsers": [
        {**INSTANCE, "max_results": 5, "next_token": "a+b/c="},
        {**INSTANCE, "max_results": 5, **ODD_TOKEN},
    ],
    "ListAppInstances": [{"max_results": 2, **ODD_TOKEN}],
    "ListTagsForResource": [TAGGED],
    "PutAppInstanceRetentionSettings": [
        {
            **INSTANCE,
            "app_instance_retention_settings": {
                "channel_retention_settings": {"retention_days": 7}
            },
        }
    ],
    "PutAppInstanceUserExpirationSettings": [
        {
            **USER,
            "expiration_settings": {
                "expiration_criterion": "CREATED_TIMESTAMP",
                "expiration_days": 3,
            },
        },
        USER,
    ],
    "RegisterAppInstanceUserEndpoint": [
        {
            **USER,
            "type": "GCM",
            "resource_arn": "arn:aws:mobiletargeting:us-east-1:123456789012:apps/abc",
            "endpoint_attributes": {"device_token": "dt"},
        }
    ],
    "TagResource": [{**TAGGED, "tags": [{"key": "k", "value": "v"}]}],
    "UntagResource": [{**TAGGED, "tag_keys": ["k"]}],
    "UpdateAppInstance": [{**INSTANCE, "name": "n2", "metadata": ""}],
    "UpdateAppInstanceBot": [{**BOT, "name": "bot2", "metadata": ""}],
    "UpdateAppInstanceUser": [{**USER, "name": "n", "metadata": ""}],
    "UpdateAppInstanceUserEndpoint": [{**ENDPOINT, "allow_messages": "NONE"}],
}

REQUESTS = raw_requests()
IDS = [f"{raw['client'].replace(' ', '-')}-{raw['op']}" for raw in REQUESTS]
each_request = pytest.mark.parametrize("raw", REQUESTS, ids=IDS)


def as_captured(path):
    return path


def plain(path):
    return unquote(path)


def as_wsgi_decodes(path):
    path_info = unquote_to_bytes(path).decode("latin-1")
    return path_info.encode("latin-1").decode()


def read(raw, spell):
    path, _, query_text = raw["target"].partition("?")
    query = dict(parse_qsl(query_text, keep_blank_values=True))
    operation, labels = gateway.wire.route(raw["method"], spell(path), query)
    arguments = operation.parse(labels, query, raw["headers"], raw["body"].encode())
    return operation.name, arguments


def without_token(arguments):
    return {name: value for name, value in arguments.items() if name != "client_request_token"}


def test_there_are_179_requests_of_seven_clients_for_all_operations():
    assert len(REQUESTS) == 179
    assert len({raw["client"] for raw in REQUESTS}) == 7
    assert {raw["op"] for raw in REQUESTS} == set(OPERATIONS) == set(CALLS)


@pytest.mark.rule("paths-encoded-or-plain", "unknown-ignored")
@pytest.mark.parametrize("spell", [as_captured, plain, as_wsgi_decodes])
@each_request
def test_request_is_read_as_the_call_that_its_client_was_given(raw, spell):
    name, arguments = read(raw, spell)

    assert name == raw["op"]
    assert without_token(arguments) in CALLS[name]


@pytest.mark.parametrize("operation_name", OPERATIONS)
def test_each_call_was_made_through_two_clients_at_the_least(operation_name):
    calls = [
        (without_token(read(raw, as_captured)[1]), raw["client"])
        for raw in REQUESTS
        if raw["op"] == operation_name
    ]

    for expected in CALLS[operation_name]:
        assert len({client for arguments, client in calls if arguments == expected}) >= 2


@pytest.mark.parametrize(
    "raw", [raw for raw in REQUESTS if "ClientRequestToken" in raw["body"]], ids=lambda r: r["op"]
)
def test_the_token_of_a_request_is_read_with_it(raw):
    _, arguments = read(raw, as_captured)

    assert f'"{arguments["client_request_token"]}"' in raw["body"]


@pytest.mark.rule("error-status", "error-form")
@each_request
def test_request_to_an_empty_service_gets_the_models_status_or_a_declared_error(mock, raw):
    operation_model = MODEL.operation_model(raw["op"])

    answer = send(raw["method"], raw["target"], raw["body"].encode())

    if answer.error is None:
        assert answer.status == operation_model.http.get("responseCode", 200)
    else:
        declared = {shape.name: shape for shape in operation_model.error_shapes}
        assert answer.status == declared[answer.error].metadata["error"]["httpStatusCode"]
        assert f"{answer.body['Code']}Exception" == answer.error


def created(target, **members):
    """What a request by a test itself made: the ARN or id that its answer ends in."""
    answer = send("POST", target, {**members, "ClientRequestToken": "by-the-test"})
    assert answer.status == 201, answer
    return list(answer.body.values())[-1]


@pytest.fixture
def resources(mock):
    """What the captured requests name, and by what it is to be replaced."""
    instance_arn = created("/app-instances", Name="n")
    user_arn = created(
        "/app-instance-users",
        AppInstanceArn=instance_arn,
        AppInstanceUserId="us-east-1:a.b_c@d-e",
        Name="Ann",
    )
    bot_arn = created(
        "/app-instance-bots", AppInstanceArn=instance_arn, Configuration=LEX_CONFIGURATION
    )
    endpoint_id = created(
        f"/app-instance-users/{user_arn}/endpoints",
        Type="GCM",
        ResourceArn=PINPOINT_APP_ARN,
        EndpointAttributes={"DeviceToken": "token"},
    )
    return {
        # First: what another replacement puts in could look like it.
        "/endpoints/e1": f"/endpoints/{endpoint_id}",
        USER_ARN: user_arn,
        BOT_ARN: bot_arn,
        INSTANCE_ARN: instance_arn,
        ENDPOINT_ID: endpoint_id,
    }


# The token that a list gave isn't theirs, and the ids of their Lex bot are too short.
REFUSED = ("ListAppInstances", "ListAppInstanceUsers", "CreateAppInstanceBot")


@pytest.mark.rule("paths-encoded-or-plain")
@pytest.mark.parametrize("spell", [as_captured, plain])
@each_request
def test_request_for_what_is_there_succeeds_unless_its_values_are_wrong(resources, raw, spell):
    path, mark, query = raw["target"].partition("?")
    path, body = unquote(path), raw["body"]
    for old, new in resources.items():
        path, body = path.replace(old, new), body.replace(old, new)
        query = query.replace(quote(old, safe=""), quote(new, safe=""))
    instance_arn, user_arn = resources[INSTANCE_ARN], resources[USER_ARN]
    if raw["op"] in ("DescribeAppInstanceAdmin", "DeleteAppInstanceAdmin"):
        send("POST", f"/app-instances/{instance_arn}/admins", {"AppInstanceAdminArn": user_arn})
    if raw["op"] == "CreateAppInstanceUser":
        send("DELETE", f"/app-instance-users/{user_arn}")
    if spell is as_captured:
        for arn in (user_arn, resources[BOT_ARN], instance_arn):
            path = path.replace(arn, quote(arn, safe=""))

    answer = send(raw["method"], path + mark + query, body.encode())

    if raw["op"] in REFUSED:
        assert (answer.status, answer.error) == (400, "BadRequestException")
    else:
        expected = MODEL.operation_model(raw["op"]).http.get("responseCode", 200)
        assert (answer.status, answer.error) == (expected, None)


@each_request
def test_request_is_known_as_this_services_own_by_scope_and_route(raw):
    headers = {"authorization": authorization()}

    request = Request(raw["method"], raw["target"], headers, raw["body"].encode())

    assert gateway.recognise(request) == raw["op"]


MESSAGING_ARN = f"{INSTANCE_ARN}/channel/c"


@pytest.mark.parametrize(
    ("method", "target", "headers", "body"),
    [
        ("GET", "/channels", {"authorization": authorization()}, b""),
        ("GET", "/app-instances", {"authorization": authorization(signing_name="s3")}, b""),
        ("GET", "/app-instances", {}, b""),
        ("GET", f"/tags?arn={MESSAGING_ARN}", {"authorization": authorization()}, b""),
        ("GET", "/tags", {"authorization": authorization()}, b""),
        (
            "POST",
            "/tags?operation=tag-resource",
            {"authorization": authorization()},
            b'{"ResourceARN": "%s"}' % MESSAGING_ARN.encode(),
        ),
        (
            "POST",
            "/tags?operation=tag-resource",
            {"authorization": authorization()},
            b"not JSON",
        ),
    ],
)
def test_request_of_a_sibling_service_or_of_no_one_is_not_this_services(
    method, target, headers, body
):
    assert gateway.recognise(Request(method, target, headers, body)) is None
