"""Requests that no SDK would send: every one gets an answer of AWS's form (ledger: requests and errors).

I: unknown paths, signatures and their errors. Values that the model marks sensitive are in no
error's text.
"""

from __future__ import annotations

import json
import re
import time
from urllib.parse import quote, urlencode

import boto3
import pytest
from botocore.serialize import create_serializer
from moto import mock_aws
from support import (
    ACCOUNT_ID,
    CHANNEL_ARN,
    LEX_CONFIGURATION,
    MISSING_INSTANCE_ARN,
    MODEL,
    OPERATIONS,
    authorization,
    send,
)

from chime_identity_mock import mock_chime_identity
from chime_identity_mock.gateway import Request, gateway

ARN = quote(MISSING_INSTANCE_ARN, safe="")
USER_ARN = quote(f"{MISSING_INSTANCE_ARN}/user/ann", safe="")
OTHER_ACCOUNT_ARN = quote(MISSING_INSTANCE_ARN.replace(ACCOUNT_ID, "210987654321"), safe="")
OTHER_REGION_ARN = quote(MISSING_INSTANCE_ARN.replace("us-east-1", "eu-central-1"), safe="")
OTHER_PARTITION_ARN = quote(MISSING_INSTANCE_ARN.replace("arn:aws:", "arn:aws-cn:"), safe="")

UNKNOWN = (404, "UnknownOperationException")
BAD = (400, "BadRequestException")
FORBIDDEN = (403, "ForbiddenException")
SERIALIZATION = (400, "SerializationException")

BAD_REQUESTS = {
    "no path": ("GET", "", b"", UNKNOWN),
    "root": ("GET", "/", b"", UNKNOWN),
    "unknown path": ("GET", "/channels", b"", UNKNOWN),
    "unknown path beneath": ("GET", f"/app-instances/{ARN}/channels", b"", UNKNOWN),
    "whole URL": ("GET", "https://example.com/app-instances", b"", UNKNOWN),
    "many slashes": ("GET", "/" * 100_000, b"", UNKNOWN),
    "wrong method": ("DELETE", "/app-instances", b"", UNKNOWN),
    "method unheard of": ("BREW", "/app-instances", b"", UNKNOWN),
    "method in lower case": ("get", "/app-instances", b"", UNKNOWN),
    "no method": ("", "/app-instances", b"", UNKNOWN),
    "tags without operation": ("POST", "/tags", b"{}", UNKNOWN),
    "empty label": ("GET", "/app-instances/", b"", BAD),
    "label that is no ARN": ("GET", "/app-instances/a", b"", BAD),
    "broken percent-encoding": ("GET", "/app-instances/%", b"", BAD),
    "broken percent-encoding of an ARN": ("GET", f"/app-instances/{ARN}%2", b"", FORBIDDEN),
    "percent-encoding of no digits": ("GET", f"/app-instances/{ARN}%ZZ", b"", FORBIDDEN),
    "path not UTF-8": ("GET", "/app-instances/%FF%FE", b"", BAD),
    "ARN not UTF-8": ("GET", f"/app-instances/{ARN}%FF", b"", FORBIDDEN),
    "surrogate in the path": ("GET", f"/app-instances/{ARN}%ED%A0%80", b"", FORBIDDEN),
    "nul in the path": ("GET", f"/app-instances/{ARN}%00", b"", FORBIDDEN),
    "line end in the path": ("GET", f"/app-instances/{ARN}%0A", b"", BAD),
    "raw text in the path": ("GET", "/app-instances/Zoë 😀", b"", BAD),
    "very long label": ("GET", f"/app-instances/{'a' * 1_000_000}", b"", BAD),
    "very long ARN": ("GET", f"/app-instances/{ARN}{'a' * 1_000_000}", b"", BAD),
    "many encoded slashes": ("GET", f"/app-instances/{'%2F' * 100_000}", b"", BAD),
    "many plain ARNs": ("GET", "/app-instances/" + "arn:/admins/" * 20_000, b"", BAD),
    "very long query": ("GET", "/app-instances?" + "a=b&" * 50_000 + "max-results=0", b"", BAD),
    "query not UTF-8": ("GET", "/app-instances?next-token=%FF%ZZ", b"", BAD),
    "nul in the query": ("GET", "/app-instances?next-token=%00", b"", BAD),
    "no integer in the query": ("GET", "/app-instances?max-results=x", b"", SERIALIZATION),
    "huge integer in the query": (
        "GET",
        f"/app-instances?max-results={'9' * 5000}",
        b"",
        SERIALIZATION,
    ),
    "body not JSON": ("POST", "/app-instances", b"Name=a", SERIALIZATION),
    "no body": ("POST", "/app-instances", b"", BAD),
    "other account": ("GET", f"/app-instances/{OTHER_ACCOUNT_ARN}", b"", FORBIDDEN),
    "other region": ("GET", f"/app-instances/{OTHER_REGION_ARN}", b"", FORBIDDEN),
    "other partition": ("GET", f"/app-instances/{OTHER_PARTITION_ARN}", b"", FORBIDDEN),
    "nothing there": ("GET", f"/app-instances/{ARN}", b"", FORBIDDEN),
    "no such user": ("DELETE", f"/app-instance-users/{USER_ARN}", b"", FORBIDDEN),
    "wrong kind": ("GET", f"/app-instances/{USER_ARN}", b"", BAD),
    "kind of a sibling service": (
        "GET",
        f"/app-instance-users/{quote(CHANNEL_ARN, safe='')}",
        b"",
        BAD,
    ),
}
each_bad_request = pytest.mark.parametrize(
    ("method", "target", "body", "expected"), BAD_REQUESTS.values(), ids=BAD_REQUESTS
)


@pytest.mark.rule(
    "atomic", "unknown-operation", "json-types", "arn-kind", "arn-foreign", "empty-label"
)
@each_bad_request
def test_bad_request_has_its_error_and_changes_nothing(mock, method, target, body, expected):
    send("POST", "/app-instances", {"Name": "n", "ClientRequestToken": "a-token"})
    before = send("GET", "/app-instances").body

    answer = send(method, target, body)

    assert (answer.status, answer.error) == expected
    assert send("GET", "/app-instances").body == before


@pytest.mark.rule("error-form")
@each_bad_request
def test_error_has_the_form_of_the_services(mock, method, target, body, expected):
    headers = {"authorization": authorization()}

    response = gateway.handle(Request(method, target, headers, body))

    _, name = expected
    document = json.loads(response.body)
    assert response.headers["x-amzn-ErrorType"] == name
    assert response.headers["Content-Type"] == "application/json"
    assert document["Message"]
    if name in (UNKNOWN[1], SERIALIZATION[1]):
        assert document.keys() == {"Message"}
    else:
        assert document.keys() == {"Code", "Message"}
        assert f"{document['Code']}Exception" == name


UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


@pytest.mark.rule("request-id")
@pytest.mark.parametrize(
    ("method", "target", "headers"),
    [
        ("GET", "/app-instances", {"authorization": authorization()}),
        ("GET", f"/app-instances/{ARN}", {"authorization": authorization()}),
        ("GET", "/unknown", {"authorization": authorization()}),
        ("GET", "/app-instances", {}),
    ],
)
def test_every_answer_has_a_request_id_of_its_own(mock, method, target, headers):
    ids = {
        gateway.handle(Request(method, target, headers, b"")).headers["x-amzn-RequestId"]
        for _ in range(3)
    }

    assert len(ids) == 3
    assert all(re.fullmatch(UUID, request_id) for request_id in ids)


@pytest.mark.rule("error-form")
def test_empty_answer_has_no_content_type(client, app_instance_arn):
    request = Request(
        "DELETE",
        f"/app-instances/{quote(app_instance_arn, safe='')}",
        {"authorization": authorization()},
        b"",
    )

    response = gateway.handle(request)

    assert (response.status, response.body) == (204, b"")
    assert "Content-Type" not in response.headers
    assert "x-amzn-ErrorType" not in response.headers


# Signatures


@pytest.mark.rule("unsigned", "check-order")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Basic dXNlcjpwYXNz"},
        {"authorization": "Bearer a.b.c"},
        {"authorization": "AWS4-HMAC-SHA256"},
        {"authorization": "AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature="},
        {"authorization": "AWS4-HMAC-SHA256 Credential=testing, Signature=0"},
        {"authorization": authorization().replace("20260101", "yesterday")},
        {"authorization": authorization().replace("/chime", "")},
        {"authorization": authorization().replace("aws4_request", "aws5_request")},
        {"authorization": authorization(access_key="")},
        {"authorization": authorization(region_name="")},
        {"authorization": authorization(region_name="us-east-1\n")},
        {"authorization": "\x00\xff"},
        {"Authorization-Not": authorization()},
    ],
)
def test_unreadable_signature_is_refused_before_anything_else(mock, headers):
    for target in ("/app-instances", "/unknown"):
        answer = send("GET", target, headers=headers)

        assert (answer.status, answer.error) == (403, "MissingAuthenticationTokenException")
        assert answer.body.keys() == {"Message"}


@pytest.mark.rule("unsigned")
def test_endless_signature_is_refused_at_once(mock):
    start = time.perf_counter()

    answer = send("GET", "/app-instances", headers={"authorization": "a" * 30_000})

    assert answer.error == "MissingAuthenticationTokenException"
    assert time.perf_counter() - start < 1


@pytest.mark.rule("check-order")
@pytest.mark.parametrize(
    ("target", "error"),
    [("/app-instances", "ForbiddenException"), ("/unknown", "ForbiddenException")],
)
def test_region_is_checked_before_the_route(mock, target, error):
    assert send("GET", target, region_name="mars-east-1").error == error


@pytest.mark.rule("regions")
def test_region_refused_is_told_with_the_regions_there_are_and_the_cure(mock):
    text = send("GET", "/app-instances", region_name="mars-east-1").body["Message"]

    for part in ("mars-east-1", "us-east-1", "eu-central-1", "allow_any_region"):
        assert part in text


@pytest.mark.rule("regions")
@pytest.mark.parametrize("region_name", ["mars-east-1", "us-west-2", "cn-north-1", "aws-global"])
def test_any_region_answers_where_that_is_allowed(region_name):
    body = {"Name": "n", "ClientRequestToken": "a-token"}

    with mock_chime_identity(allow_any_region=True):
        answer = send("POST", "/app-instances", body, region_name=region_name)

    assert f":chime:{region_name}:{ACCOUNT_ID}:" in answer.body["AppInstanceArn"]


@pytest.mark.rule("regions")
def test_any_region_answers_where_moto_allows_it(mock, monkeypatch):
    monkeypatch.setenv("MOTO_ALLOW_NONEXISTENT_REGION", "true")

    assert send("GET", "/app-instances", region_name="mars-east-1").status == 200


def presigned(credential):
    return f"/app-instances?{urlencode({'X-Amz-Credential': credential, 'max-results': 5})}"


@pytest.mark.rule("unsigned")
def test_presigned_request_is_signed(mock):
    target = presigned("testing/20260101/us-east-1/chime/aws4_request")

    assert send("GET", target, headers={}).status == 200


@pytest.mark.rule("unsigned")
@pytest.mark.parametrize("credential", ["", "testing", "testing/20260101/us-east-1/chime"])
def test_presigned_request_with_an_unreadable_signature_is_refused(mock, credential):
    answer = send("GET", presigned(credential), headers={})

    assert answer.error == "MissingAuthenticationTokenException"


@pytest.mark.rule("unsigned")
def test_word_of_presigning_elsewhere_in_a_target_is_no_signature(mock):
    assert send("GET", "/app-instances?x=X-Amz-Credential").status == 200


def account_of(access_key):
    """The account in which a request with an access key makes its resources."""
    body = {"Name": "n", "ClientRequestToken": "a-token"}
    arn = send("POST", "/app-instances", body, access_key=access_key).body["AppInstanceArn"]
    return arn.split(":")[4]


@pytest.mark.rule("region-account")
@pytest.mark.parametrize(
    ("access_key", "account_id"),
    [
        ("testing", ACCOUNT_ID),
        ("AKIAIOSFODNN7EXAMPLE", ACCOUNT_ID),
        ("210987654321", "210987654321"),
        ("21098765432", ACCOUNT_ID),
        ("2109876543210", ACCOUNT_ID),
        ("٢١٠٩٨٧٦٥٤٣٢١", ACCOUNT_ID),
    ],
)
def test_access_key_of_twelve_digits_is_the_account(mock, access_key, account_id):
    assert account_of(access_key) == account_id


@pytest.mark.rule("region-account")
def test_account_of_no_key_is_the_environments(mock, monkeypatch):
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "111122223333")

    assert account_of("testing") == "111122223333"
    assert account_of("210987654321") == "210987654321"


@pytest.mark.rule("region-account")
def test_account_of_no_key_is_the_options_before_the_environments(monkeypatch):
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "111122223333")

    with mock_chime_identity(account_id="444455556666"):
        assert account_of("testing") == "444455556666"
        assert account_of("210987654321") == "210987654321"


@pytest.mark.rule("region-account")
@mock_aws
def test_account_of_a_key_that_moto_handed_out_is_its_roles():
    role = boto3.client("sts", region_name="us-east-1").assume_role(
        RoleArn="arn:aws:iam::210987654321:role/visitor", RoleSessionName="visit"
    )

    assert account_of(role["Credentials"]["AccessKeyId"]) == "210987654321"
    assert account_of("testing") == ACCOUNT_ID


# What must not be told

SECRET = "hush-hush-7"
SERIALIZER = create_serializer("rest-json", include_validation=False)


def filled(shape, fill, name=""):
    """A value for a shape, with every member, its texts and numbers made by ``fill``."""
    if shape.type_name == "structure":
        return {
            member: filled(member_shape, fill, member)
            for member, member_shape in shape.members.items()
        }
    if shape.type_name == "list":
        return [filled(shape.member, fill, name)]
    return fill(shape, name)


def nothing_but_secrets(shape, name):
    """Everywhere too long a text: as a number it is of the wrong type."""
    return SECRET * 1000 if shape.type_name == "string" else 5


def malformed_secrets(shape, name):
    """A text that no pattern admits: it ends in a line end."""
    return f"{SECRET}\n" if shape.type_name == "string" else 0


def secrets_of_the_wrong_type(shape, name):
    return [SECRET]


def secrets_in_good_requests(shape, name):
    """Good everywhere, but nothing is there."""
    arns = {
        "AppInstanceArn": MISSING_INSTANCE_ARN,
        "ResourceARN": f"{MISSING_INSTANCE_ARN}/user/{SECRET}",
        "AppInstanceUserArn": f"{MISSING_INSTANCE_ARN}/user/{SECRET}",
        "AppInstanceAdminArn": f"{MISSING_INSTANCE_ARN}/user/{SECRET}",
        "AppInstanceBotArn": f"{MISSING_INSTANCE_ARN}/bot/{SECRET}",
        "LexBotAliasArn": LEX_CONFIGURATION["Lex"]["LexBotAliasArn"],
        "ResourceArn": f"arn:aws:mobiletargeting:us-east-1:{ACCOUNT_ID}:apps/{SECRET}",
        "WelcomeIntent": "hush",
    }
    if name in arns:
        return arns[name]
    if shape.type_name == "string":
        return shape.enum[0] if shape.enum else SECRET
    return 5


def secrets_of_another_kind(shape, name):
    """Good but for ARNs, which are of another kind than the operation's."""
    if name.startswith("AppInstance") and name.endswith("Arn"):
        return f"{MISSING_INSTANCE_ARN}/channel/{SECRET}"
    return secrets_in_good_requests(shape, name)


def secrets_of_another_account(shape, name):
    good = secrets_in_good_requests(shape, name)
    return good.replace(ACCOUNT_ID, "210987654321") if name.lower().endswith("arn") else good


@pytest.mark.rule("error-form", "constraint-text")
@pytest.mark.parametrize(
    "fill",
    [
        nothing_but_secrets,
        malformed_secrets,
        secrets_of_the_wrong_type,
        secrets_in_good_requests,
        secrets_of_another_kind,
        secrets_of_another_account,
    ],
)
@pytest.mark.parametrize("operation_name", OPERATIONS)
def test_no_secret_is_in_the_answer_to_a_bad_request(mock, operation_name, fill):
    operation_model = MODEL.operation_model(operation_name)
    members = filled(operation_model.input_shape, fill)
    if fill is secrets_of_the_wrong_type:
        # In paths and queries everything is text.
        members = {
            name: SECRET if "location" in shape.serialization else members[name]
            for name, shape in operation_model.input_shape.members.items()
        }
    request = SERIALIZER.serialize_to_request(members, operation_model)
    separator = "&" if "?" in request["url_path"] else "?"
    target = f"{request['url_path']}{separator}{urlencode(request['query_string'])}"

    answer = send(request["method"], target, request["body"] or b"")

    assert answer.error or operation_name == "CreateAppInstance"
    assert "hush" not in str(answer.body)


@pytest.mark.rule("error-form")
@pytest.mark.parametrize(
    ("operation_name", "members"),
    [
        ("create_app_instance_user", {"AppInstanceUserId": SECRET, "Name": "n"}),
        ("create_app_instance_user", {"AppInstanceUserId": SECRET, "Name": SECRET, "Metadata": ""}),
    ],
)
def test_no_secret_is_in_the_text_of_a_conflict(client, app_instance_arn, operation_name, members):
    client.create_app_instance_user(
        AppInstanceArn=app_instance_arn, AppInstanceUserId=SECRET, Name=SECRET, Metadata=SECRET
    )

    with pytest.raises(client.exceptions.ConflictException) as error:
        getattr(client, operation_name)(AppInstanceArn=app_instance_arn, **members)

    assert SECRET not in str(error.value)


@pytest.mark.rule("error-form")
@pytest.mark.parametrize(
    "tags",
    [
        [{"Key": f"aws:{SECRET}", "Value": SECRET}],
        [{"Key": SECRET, "Value": "a"}, {"Key": SECRET, "Value": "b"}],
        [{"Key": f"{SECRET}{number}", "Value": SECRET} for number in range(50)],
    ],
)
def test_no_secret_is_in_the_text_of_a_tag_error(client, app_instance_arn, tags):
    client.tag_resource(ResourceARN=app_instance_arn, Tags=[{"Key": "k", "Value": SECRET}])

    answer = send(
        "POST", "/tags?operation=tag-resource", {"ResourceARN": app_instance_arn, "Tags": tags}
    )

    assert answer.error in ("BadRequestException", "ResourceLimitExceededException")
    assert SECRET not in str(answer.body)


@pytest.mark.rule("error-form")
def test_no_secret_is_in_the_text_about_a_page_token(mock):
    answer = send("GET", f"/app-instances?next-token={SECRET}")

    assert answer.error == "BadRequestException"
    assert SECRET not in str(answer.body)


@pytest.mark.rule("error-form")
def test_no_secret_is_in_the_text_about_a_route(mock):
    assert SECRET not in str(send("GET", f"/{SECRET}?{SECRET}={SECRET}").body)
