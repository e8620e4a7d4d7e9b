"""Whose data a request meets: accounts, regions, signatures (ledger: regions and accounts).

Both are read from the signature, as moto and other emulators do. The order of checks is evidence I.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import boto3
import pytest
from behaviour import call, make_world, refusal
from botocore import UNSIGNED
from botocore.config import Config
from moto import mock_aws
from support import (
    ACCOUNT_ID,
    CHANNEL_ARN,
    MISSING_INSTANCE_ARN,
    OPERATIONS,
    REGION,
    SERVICE,
    authorization,
    send,
)

from chime_identity_mock import mock_chime_identity

OTHER_ACCOUNT_ID = "210987654321"
OTHER_REGION = "eu-central-1"
WHEREVER = {
    "AppInstanceArn": MISSING_INSTANCE_ARN,
    "AppInstanceUserArn": f"{MISSING_INSTANCE_ARN}/user/ann",
    "AppInstanceAdminArn": f"{MISSING_INSTANCE_ARN}/user/ann",
    "AppInstanceBotArn": f"{MISSING_INSTANCE_ARN}/bot/b",
    "EndpointId": "e",
    "ResourceARN": MISSING_INSTANCE_ARN,
}


def create(client):
    return client.create_app_instance(Name="chat")["AppInstanceArn"]


def listed(client):
    return [i["AppInstanceArn"] for i in client.list_app_instances()["AppInstances"]]


def owner(client):
    """The account that what a client creates belongs to."""
    return create(client).split(":")[4]


def client_of(access_key, session_token=None, region_name=REGION):
    return boto3.client(
        SERVICE,
        region_name=region_name,
        aws_access_key_id=access_key,
        aws_secret_access_key="secret",
        aws_session_token=session_token,
    )


def assume_role(account_id, client=None):
    """Credentials that moto's sts hands out for a role of an account."""
    client = client or boto3.client("sts", region_name=REGION)
    return client.assume_role(
        RoleArn=f"arn:aws:iam::{account_id}:role/chat", RoleSessionName="chat"
    )["Credentials"]


@pytest.fixture
def other_account(make_client):
    return make_client(
        region_name=REGION, aws_access_key_id=OTHER_ACCOUNT_ID, aws_secret_access_key="secret"
    )


@pytest.fixture
def other_region(make_client):
    return make_client(region_name=OTHER_REGION)


@pytest.fixture(params=["other_account", "other_region"])
def stranger(request):
    return request.getfixturevalue(request.param)


@pytest.mark.rule("arn-form", "region-account")
def test_arn_names_the_region_and_account_of_the_signature(make_client):
    client = make_client(
        region_name=OTHER_REGION,
        aws_access_key_id=OTHER_ACCOUNT_ID,
        aws_secret_access_key="secret",
    )

    assert create(client).startswith(f"arn:aws:chime:{OTHER_REGION}:{OTHER_ACCOUNT_ID}:")


@pytest.mark.rule("apart")
def test_lists_of_two_accounts_or_regions_are_apart(client, stranger):
    mine, theirs = create(client), create(stranger)

    assert listed(client) == [mine]
    assert listed(stranger) == [theirs]


@pytest.mark.rule("apart", "arn-foreign")
@pytest.mark.parametrize(
    "operation", [o for o in OPERATIONS if o not in ("CreateAppInstance", "ListAppInstances")]
)
def test_nothing_of_a_stranger_can_be_reached(client, stranger, operation):
    world = make_world(client)
    make_world(stranger)

    assert refusal(stranger, operation, **world) == "ForbiddenException"


@pytest.mark.rule("apart")
def test_two_accounts_can_hold_users_of_one_id(client, stranger):
    mine, theirs = make_world(client), make_world(stranger)

    call(stranger, "DeleteAppInstanceUser", **theirs)

    assert call(client, "DescribeAppInstanceUser", **mine)["AppInstanceUser"]["Name"] == "Ann"


@pytest.mark.rule("region-account")
def test_clients_of_one_account_and_region_share_data(client, make_client):
    arn = create(client)

    assert listed(make_client(region_name=REGION)) == [arn]


@pytest.mark.rule("region-account")
@pytest.mark.parametrize(
    ("access_key", "account_id"),
    [
        ("111111111111", "111111111111"),
        ("000000000000", "000000000000"),
        ("11111111111", ACCOUNT_ID),
        ("1111111111111", ACCOUNT_ID),
        ("11111111111A", ACCOUNT_ID),
        ("AKIAIOSFODNN7EXAMPLE", ACCOUNT_ID),
        ("testing", ACCOUNT_ID),
    ],
)
def test_access_key_of_twelve_digits_is_the_account(mock, access_key, account_id):
    assert owner(client_of(access_key)) == account_id


@pytest.mark.rule("region-account")
def test_account_id_option_is_the_default_account():
    with mock_chime_identity(account_id=OTHER_ACCOUNT_ID):
        assert owner(boto3.client(SERVICE)) == OTHER_ACCOUNT_ID


@pytest.mark.rule("region-account")
def test_account_in_the_access_key_wins_over_the_option():
    with mock_chime_identity(account_id=OTHER_ACCOUNT_ID):
        assert owner(client_of("111111111111")) == "111111111111"
        assert owner(client_of(ACCOUNT_ID)) == ACCOUNT_ID


@pytest.mark.rule("region-account")
def test_inner_options_account_ends_with_the_inner_mock(client):
    with mock_chime_identity(account_id=OTHER_ACCOUNT_ID):
        assert owner(client) == OTHER_ACCOUNT_ID

    assert owner(client) == ACCOUNT_ID


@pytest.mark.rule("region-account")
def test_motos_variable_is_the_default_account(client, monkeypatch):
    monkeypatch.setenv("MOTO_ACCOUNT_ID", OTHER_ACCOUNT_ID)

    assert owner(client) == OTHER_ACCOUNT_ID
    assert owner(client_of("111111111111")) == "111111111111"


@pytest.mark.rule("region-account")
def test_account_id_option_wins_over_motos_variable(monkeypatch):
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "111111111111")

    with mock_chime_identity(account_id=OTHER_ACCOUNT_ID):
        assert owner(boto3.client(SERVICE)) == OTHER_ACCOUNT_ID


@pytest.mark.rule("region-account")
def test_empty_variable_of_motos_is_none(client, monkeypatch):
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "")

    assert owner(client) == ACCOUNT_ID


@pytest.mark.rule("region-account")
def test_keys_of_an_assumed_role_lead_to_its_account(mock):
    with mock_aws():
        keys = assume_role(OTHER_ACCOUNT_ID)

        assert owner(client_of(keys["AccessKeyId"], keys["SessionToken"])) == OTHER_ACCOUNT_ID


@pytest.mark.rule("region-account")
def test_keys_of_an_assumed_role_work_under_mock_aws_alone():
    with mock_aws():
        keys = assume_role(OTHER_ACCOUNT_ID)
        theirs = create(client_of(keys["AccessKeyId"], keys["SessionToken"]))
        mine = boto3.client(SERVICE, region_name=REGION)

        assert theirs.split(":")[4] == OTHER_ACCOUNT_ID
        assert listed(mine) == []


@pytest.mark.rule("region-account")
def test_keys_of_an_iam_user_lead_to_its_account(mock):
    with mock_aws():
        role = assume_role(OTHER_ACCOUNT_ID)
        iam = boto3.client(
            "iam",
            region_name=REGION,
            aws_access_key_id=role["AccessKeyId"],
            aws_secret_access_key=role["SecretAccessKey"],
            aws_session_token=role["SessionToken"],
        )
        iam.create_user(UserName="ann")
        key = iam.create_access_key(UserName="ann")["AccessKey"]

        assert owner(client_of(key["AccessKeyId"])) == OTHER_ACCOUNT_ID


@pytest.mark.rule("region-account")
def test_keys_that_moto_handed_out_win_over_the_option():
    with mock_aws(), mock_chime_identity(account_id="111111111111"):
        keys = assume_role(OTHER_ACCOUNT_ID)

        assert owner(client_of(keys["AccessKeyId"])) == OTHER_ACCOUNT_ID
        assert owner(client_of("testing")) == "111111111111"


@pytest.mark.rule("region-account")
def test_keys_of_motos_own_default_account_win_over_the_option_too():
    with mock_aws(), mock_chime_identity(account_id="111111111111"):
        keys = assume_role(ACCOUNT_ID)

        assert owner(client_of(keys["AccessKeyId"])) == ACCOUNT_ID


@pytest.mark.rule("region-account")
def test_keys_that_moto_has_forgotten_lead_to_the_default_account(mock):
    with mock_aws():
        keys = assume_role(OTHER_ACCOUNT_ID)

    assert owner(client_of(keys["AccessKeyId"])) == ACCOUNT_ID


# Regions: where the service is, D; the class of the refusal, S.


@pytest.mark.rule("regions")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_region_without_the_service_is_forbidden_to_every_operation(make_client, operation):
    client = make_client(region_name="us-west-2")

    assert refusal(client, operation, **WHEREVER) == "ForbiddenException"


@pytest.mark.rule("regions")
def test_text_of_the_refusal_names_the_regions_and_the_cure(make_client):
    client = make_client(region_name="us-west-2")

    with pytest.raises(client.exceptions.ForbiddenException) as caught:
        client.list_app_instances()

    text = caught.value.response["Error"]["Message"]
    regions = boto3.Session().get_available_regions(SERVICE)
    assert {"us-east-1", "eu-central-1"} <= set(regions)
    for word in ["us-west-2", *regions, "allow_any_region=True"]:
        assert word in text


@pytest.mark.rule("regions")
def test_service_is_in_every_region_that_botocore_lists(make_client):
    regions = boto3.Session().get_available_regions(SERVICE)

    arns = [create(make_client(region_name=region_name)) for region_name in regions]

    assert [arn.split(":")[3] for arn in arns] == regions


@pytest.mark.rule("regions", "arn-form")
@pytest.mark.parametrize(
    ("region_name", "partition"),
    [
        ("us-west-2", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("mars-east-1", "aws"),
        # moto's own name for what is in no region.
        ("global", "aws"),
    ],
)
def test_any_region_can_be_allowed(region_name, partition):
    with mock_chime_identity(allow_any_region=True):
        client = boto3.client(SERVICE, region_name=region_name)

        arn = create(client)

        assert arn.startswith(f"arn:{partition}:chime:{region_name}:{ACCOUNT_ID}:app-instance/")
        assert listed(client) == [arn]
        assert listed(boto3.client(SERVICE, region_name=REGION)) == []


@pytest.mark.rule("arn-form")
def test_everything_works_under_the_arns_of_another_partition():
    with mock_chime_identity(allow_any_region=True):
        client = boto3.client(SERVICE, region_name="cn-north-1")
        world = make_world(client)

        assert world["AppInstanceUserArn"].startswith("arn:aws-cn:chime:cn-north-1:")
        assert call(client, "DescribeAppInstanceAdmin", **world)["AppInstanceAdmin"]["Admin"] == {
            "Arn": world["AppInstanceUserArn"],
            "Name": "Ann",
        }
        assert call(client, "DescribeAppInstanceBot", **world)
        assert call(client, "ListTagsForResource", **world)["Tags"] == []


@pytest.mark.rule("regions")
def test_motos_variable_allows_any_region(make_client, monkeypatch):
    monkeypatch.setenv("MOTO_ALLOW_NONEXISTENT_REGION", "true")

    assert create(make_client(region_name="us-west-2")).split(":")[3] == "us-west-2"


@pytest.mark.rule("regions")
def test_motos_variable_set_to_false_allows_none(make_client, monkeypatch):
    monkeypatch.setenv("MOTO_ALLOW_NONEXISTENT_REGION", "false")

    assert refusal(make_client(region_name="us-west-2"), "ListAppInstances") == (
        "ForbiddenException"
    )


@pytest.mark.rule("regions")
def test_inner_mock_allows_any_region_while_it_is_on(make_client):
    client = make_client(region_name="us-west-2")

    with mock_chime_identity(allow_any_region=True):
        create(client)

    assert refusal(client, "ListAppInstances") == "ForbiddenException"


# Signatures: evidence I.


@pytest.mark.rule("unsigned", "error-form")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Basic YW5uOnNlY3JldA=="},
        {"authorization": "Bearer eyJhbGciOiJIUzI1NiJ9"},
        {"authorization": "AWS4-HMAC-SHA256 Credential=testing"},
        {"authorization": "AWS4-HMAC-SHA256 Credential=testing/us-east-1/chime/aws4_request"},
        {"authorization": "AWS4-HMAC-SHA256 Credential=/20260101/us-east-1/chime/aws4_request"},
        {"authorization": "AWS testing:c2lnbmF0dXJl"},
    ],
)
def test_request_without_a_readable_signature_is_turned_away(mock, headers):
    answer = send("POST", "/app-instances", {"Name": "chat"}, headers=headers)

    assert (answer.status, answer.error) == (403, "MissingAuthenticationTokenException")
    assert answer.body.keys() == {"Message"}
    assert str(mock) == "no app instances"


@pytest.mark.rule("unsigned")
@pytest.mark.parametrize(
    "query",
    [
        "X-Amz-Credential=",
        "X-Amz-Credential=testing",
        "X-Amz-Credential",
        "x-amz-credential=testing%2F20260101%2Fus-east-1%2Fchime%2Faws4_request",
    ],
)
def test_unreadable_signature_in_the_query_is_turned_away(mock, query):
    answer = send("GET", f"/app-instances?{query}", headers={})

    assert (answer.status, answer.error) == (403, "MissingAuthenticationTokenException")


@pytest.mark.rule("unsigned")
def test_unsigned_client_is_turned_away(make_client, mock):
    client = make_client(region_name=REGION, config=Config(signature_version=UNSIGNED))

    with pytest.raises(client.exceptions.ClientError) as caught:
        create(client)

    assert caught.value.response["Error"]["Code"] == "MissingAuthenticationTokenException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert str(mock) == "no app instances"


@pytest.mark.rule("unsigned")
def test_signature_is_not_verified(client):
    arn = create(client)
    headers = {"authorization": authorization().replace("Signature=0", "Signature=nonsense")}

    answer = send("GET", "/app-instances", headers=headers)

    assert [instance["AppInstanceArn"] for instance in answer.body["AppInstances"]] == [arn]


@pytest.mark.rule("region-account")
def test_presigned_url_names_account_and_region_in_its_query(client):
    there = client_of(OTHER_ACCOUNT_ID, region_name=OTHER_REGION)
    create(client)
    arn = create(there)
    url = urlsplit(there.generate_presigned_url("list_app_instances", {"MaxResults": 5}))

    answer = send("GET", f"{url.path}?{url.query}", headers={})

    assert answer.status == 200
    assert [instance["AppInstanceArn"] for instance in answer.body["AppInstances"]] == [arn]


@pytest.mark.rule("paths-encoded-or-plain")
def test_presigned_url_with_an_arn_in_its_path_is_answered(client):
    arn = create(client)
    url = urlsplit(client.generate_presigned_url("describe_app_instance", {"AppInstanceArn": arn}))

    answer = send("GET", f"{url.path}?{url.query}", headers={})

    assert answer.body["AppInstance"]["AppInstanceArn"] == arn


# The order of checks: signature, region, route, JSON types, constraints, kind of ARN, its account.
SOMEWHERE_ELSE = {"authorization": authorization(region_name="us-west-2")}


@pytest.mark.rule("check-order")
@pytest.mark.parametrize(
    ("request_line", "body", "headers", "expected"),
    [
        ("GET /nowhere", b"", {}, "MissingAuthenticationTokenException"),
        ("GET /nowhere", b"", SOMEWHERE_ELSE, "ForbiddenException"),
        ("POST /nowhere", b"{", None, "UnknownOperationException"),
        ("POST /app-instances", {"Name": "", "Metadata": 1}, None, "SerializationException"),
        (
            "POST /app-instance-bots",
            {"AppInstanceArn": MISSING_INSTANCE_ARN},
            None,
            "BadRequestException",
        ),
        (
            f"GET /app-instances/{quote(CHANNEL_ARN.replace(ACCOUNT_ID, OTHER_ACCOUNT_ID), '')}",
            b"",
            None,
            "BadRequestException",
        ),
    ],
    ids=["signature", "region", "route", "types", "constraints", "kind"],
)
def test_earlier_check_decides(mock, request_line, body, headers, expected):
    answer = send(*request_line.split(), body, headers=headers)

    assert answer.error == expected
    assert str(mock) == "no app instances"


# Both are BadRequestExceptions, so that only the text tells which came first.
@pytest.mark.rule("check-order")
@pytest.mark.parametrize("arn", [CHANNEL_ARN, "arn:aws:s3:::bucket"])
def test_constraints_come_before_the_kind_of_an_arn(mock, arn):
    answer = send("PUT", f"/app-instances/{quote(arn, '')}", {"Name": "", "Metadata": ""})

    assert answer.error == "BadRequestException"
    assert answer.body["Message"].startswith("1 validation error detected: Value at 'name' ")
