"""AppInstanceUsers: creating, reading, changing, deleting (ledger: names; creating; reading, changing, deleting).

What a wrong ARN is answered rests on evidence I, like the text for it on S'.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from behaviour import (
    FOREIGN,
    LATER,
    SOON,
    call,
    make_user,
    make_world,
    operations_taking,
    refusal,
    set_time,
)
from support import ACCOUNT_ID, CHANNEL_ARN, MISSING_INSTANCE_ARN, send

from chime_identity_mock.clock import Clock

TAKING_A_USER = operations_taking("AppInstanceUserArn")
EXPIRATION = {"ExpirationDays": 7, "ExpirationCriterion": "CREATED_TIMESTAMP"}


def describe(client, arn):
    return client.describe_app_instance_user(AppInstanceUserArn=arn)["AppInstanceUser"]


def listed(client, app_instance_arn):
    return client.list_app_instance_users(AppInstanceArn=app_instance_arn)["AppInstanceUsers"]


# D, S: the last two are ours, words that stand in paths.
@pytest.mark.rule("arn-form", "user-id-verbatim")
@pytest.mark.parametrize(
    "user_id",
    [
        "5",
        "a.b@c.d",
        "us-east-1:0d1ef9d0-0a2c-4f7b-8a7e-1c6b0d0f3c1e",
        "a_b-c",
        "endpoints",
        "user",
    ],
)
def test_arn_holds_the_id_verbatim(client, app_instance_arn, user_id):
    arn = client.create_app_instance_user(
        AppInstanceArn=app_instance_arn, AppInstanceUserId=user_id, Name="Ann"
    )["AppInstanceUserArn"]

    assert arn == f"{app_instance_arn}/user/{user_id}"
    assert describe(client, arn)["AppInstanceUserArn"] == arn


@pytest.mark.rule("timestamps")
def test_describe_gives_back_what_was_created(client, app_instance_arn):
    arn = make_user(client, app_instance_arn, Name="Bob", Metadata="m")

    user = describe(client, arn)

    created = user.pop("CreatedTimestamp")
    assert user.pop("LastUpdatedTimestamp") == created
    assert user == {"AppInstanceUserArn": arn, "Name": "Bob", "Metadata": "m"}


@pytest.mark.rule("absent-not-null")
def test_what_was_not_given_is_absent(client, user_arn):
    user = describe(client, user_arn)

    assert user.keys() == {
        "AppInstanceUserArn",
        "CreatedTimestamp",
        "LastUpdatedTimestamp",
        "Name",
    }


@pytest.mark.rule("user-repeat")
def test_same_id_in_two_instances_makes_two_users(client):
    first, second = make_world(client), make_world(client)

    client.update_app_instance_user(
        AppInstanceUserArn=first["AppInstanceUserArn"], Name="Anna", Metadata=""
    )

    assert describe(client, first["AppInstanceUserArn"])["Name"] == "Anna"
    assert describe(client, second["AppInstanceUserArn"])["Name"] == "Ann"


# S: AWS's chat sample calls it at every sign-in.
@pytest.mark.rule("user-repeat")
@pytest.mark.parametrize("given", [{}, {"Metadata": ""}, {"Metadata": "m"}])
def test_creating_again_with_same_name_and_metadata_changes_nothing(
    client, app_instance_arn, given, monkeypatch
):
    set_time(monkeypatch, SOON)
    first = make_user(client, app_instance_arn, Name="Bob", **given)
    set_time(monkeypatch, LATER)

    second = client.create_app_instance_user(
        AppInstanceArn=app_instance_arn, AppInstanceUserId="bob", Name="Bob", **given
    )

    assert second["AppInstanceUserArn"] == first
    assert second["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert describe(client, first)["LastUpdatedTimestamp"] == SOON
    assert len(listed(client, app_instance_arn)) == 1


# I: left out equals only left out.
@pytest.mark.rule("user-repeat", "user-conflict")
@pytest.mark.parametrize(
    ("stored", "repeated"),
    [
        ({"Name": "Bob"}, {"Name": "bob"}),
        ({"Name": "Bob"}, {"Name": "Bob", "Metadata": "m"}),
        ({"Name": "Bob"}, {"Name": "Bob", "Metadata": ""}),
        ({"Name": "Bob", "Metadata": ""}, {"Name": "Bob"}),
        ({"Name": "Bob", "Metadata": "m"}, {"Name": "Bob"}),
        ({"Name": "Bob", "Metadata": "m"}, {"Name": "Bob", "Metadata": "M"}),
    ],
)
def test_creating_again_with_other_name_or_metadata_conflicts(
    client, app_instance_arn, stored, repeated
):
    arn = make_user(client, app_instance_arn, **stored)
    before = describe(client, arn)

    code = refusal(
        client,
        "CreateAppInstanceUser",
        AppInstanceArn=app_instance_arn,
        AppInstanceUserId="bob",
        **repeated,
    )

    assert code == "ConflictException"
    assert describe(client, arn) == before


# S: AWS's sample uses hour and minute as its token.
@pytest.mark.rule("user-repeat")
def test_token_of_a_create_is_ignored(client, app_instance_arn):
    arns = [
        make_user(client, app_instance_arn, user_id, ClientRequestToken="12-34")
        for user_id in ("bob", "cid", "bob")
    ]

    assert arns == [f"{app_instance_arn}/user/{user_id}" for user_id in ("bob", "cid", "bob")]
    assert len(listed(client, app_instance_arn)) == 2


@pytest.mark.rule("user-repeat", "user-conflict")
def test_repeated_create_is_held_against_what_is_stored_now(client, app_instance_arn):
    arn = make_user(client, app_instance_arn, Name="Bob")
    client.update_app_instance_user(AppInstanceUserArn=arn, Name="Rob", Metadata="m")

    assert make_user(client, app_instance_arn, Name="Rob", Metadata="m") == arn
    assert (
        refusal(
            client,
            "CreateAppInstanceUser",
            AppInstanceArn=app_instance_arn,
            AppInstanceUserId="bob",
            Name="Bob",
        )
        == "ConflictException"
    )


# I
@pytest.mark.rule("user-repeat")
def test_tags_and_expiration_of_a_repeated_create_are_ignored(client, app_instance_arn):
    tags = [{"Key": "k", "Value": "v"}]
    arn = make_user(client, app_instance_arn, Tags=tags, ExpirationSettings=EXPIRATION)

    make_user(
        client,
        app_instance_arn,
        Tags=[{"Key": "other", "Value": "v"}],
        ExpirationSettings=EXPIRATION | {"ExpirationDays": 8},
    )

    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == tags
    assert describe(client, arn)["ExpirationSettings"] == EXPIRATION


@pytest.mark.rule("atomic")
def test_creates_at_once_make_one_user(client, app_instance_arn, monkeypatch):
    def slow_now(clock):
        sleep(0.01)
        return SOON

    monkeypatch.setattr(Clock, "now", slow_now)

    with ThreadPoolExecutor(4) as pool:
        arns = set(pool.map(lambda _: make_user(client, app_instance_arn), range(4)))

    assert arns == {f"{app_instance_arn}/user/bob"}
    assert len(listed(client, app_instance_arn)) == 1


@pytest.mark.rule("lists", "expiration-settings")
def test_list_names_the_instance_and_has_summaries(client, app_instance_arn):
    arn = make_user(
        client, app_instance_arn, Name="Bob", Metadata="m", ExpirationSettings=EXPIRATION
    )

    answer = client.list_app_instance_users(AppInstanceArn=app_instance_arn)

    assert answer["AppInstanceArn"] == app_instance_arn
    assert answer["AppInstanceUsers"] == [
        {"AppInstanceUserArn": arn, "Name": "Bob", "Metadata": "m"}
    ]


@pytest.mark.rule("lists")
def test_empty_list_is_there(client, app_instance_arn):
    assert listed(client, app_instance_arn) == []


@pytest.mark.rule("lists")
def test_list_has_the_users_of_its_instance_only(client, user_arn):
    other = client.create_app_instance(Name="other")["AppInstanceArn"]

    assert listed(client, other) == []


@pytest.mark.rule("updates")
def test_update_replaces_name_and_metadata_and_answers_the_arn_only(client, app_instance_arn):
    arn = make_user(client, app_instance_arn, Metadata="m")

    answer = client.update_app_instance_user(AppInstanceUserArn=arn, Name="Rob", Metadata="")

    del answer["ResponseMetadata"]
    assert answer == {"AppInstanceUserArn": arn}
    user = describe(client, arn)
    assert (user["Name"], user["Metadata"]) == ("Rob", "")


@pytest.mark.rule("lists")
def test_deleted_user_is_gone(client, app_instance_arn, user_arn):
    client.delete_app_instance_user(AppInstanceUserArn=user_arn)

    assert listed(client, app_instance_arn) == []


@pytest.mark.rule("missing-forbidden", "gone-forbidden")
@pytest.mark.parametrize("operation", TAKING_A_USER)
def test_deleted_user_is_forbidden(client, operation):
    world = make_world(client)
    client.delete_app_instance_user(AppInstanceUserArn=world["AppInstanceUserArn"])

    assert refusal(client, operation, **world) == "ForbiddenException"


@pytest.mark.rule("delete-cascades")
def test_deleting_a_user_takes_its_admin_role_along(client):
    world = make_world(client)

    client.delete_app_instance_user(AppInstanceUserArn=world["AppInstanceUserArn"])

    answer = client.list_app_instance_admins(AppInstanceArn=world["AppInstanceArn"])
    assert answer["AppInstanceAdmins"] == []


@pytest.mark.rule("delete-cascades")
def test_deleting_a_user_leaves_other_users_alone(client, app_instance_arn, user_arn):
    kept = make_user(client, app_instance_arn)
    call(
        client,
        "CreateAppInstanceAdmin",
        AppInstanceArn=app_instance_arn,
        AppInstanceAdminArn=kept,
    )

    client.delete_app_instance_user(AppInstanceUserArn=user_arn)

    assert [user["AppInstanceUserArn"] for user in listed(client, app_instance_arn)] == [kept]
    admins = client.list_app_instance_admins(AppInstanceArn=app_instance_arn)["AppInstanceAdmins"]
    assert [admin["Admin"]["Arn"] for admin in admins] == [kept]


# I: the id can be used again; D: what belonged to its user doesn't come back.
@pytest.mark.rule("user-id-again", "delete-cascades")
def test_deleted_users_id_names_a_new_user(client, monkeypatch):
    set_time(monkeypatch, SOON)
    world = make_world(client)
    arn = world["AppInstanceUserArn"]
    call(client, "TagResource", ResourceARN=arn)
    client.put_app_instance_user_expiration_settings(
        AppInstanceUserArn=arn, ExpirationSettings=EXPIRATION
    )
    client.delete_app_instance_user(AppInstanceUserArn=arn)
    set_time(monkeypatch, LATER)

    assert make_user(client, world["AppInstanceArn"], "ann", Name="Other") == arn

    user = describe(client, arn)
    assert user == {
        "AppInstanceUserArn": arn,
        "Name": "Other",
        "CreatedTimestamp": LATER,
        "LastUpdatedTimestamp": LATER,
    }
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == []
    endpoints = client.list_app_instance_user_endpoints(AppInstanceUserArn=arn)
    assert endpoints["AppInstanceUserEndpoints"] == []
    assert refusal(client, "DescribeAppInstanceAdmin", **world) == "ForbiddenException"


@pytest.mark.rule("user-id-again", "lists")
def test_new_user_of_an_old_id_comes_last_in_the_list(client, app_instance_arn, user_arn):
    make_user(client, app_instance_arn, Name="Bob")
    client.delete_app_instance_user(AppInstanceUserArn=user_arn)

    make_user(client, app_instance_arn, "ann", Name="Ann")

    assert [user["Name"] for user in listed(client, app_instance_arn)] == ["Bob", "Ann"]


@pytest.mark.rule("missing-forbidden")
@pytest.mark.parametrize("operation", TAKING_A_USER)
def test_missing_user_is_forbidden(client, operation):
    world = make_world(client)
    missing = {"AppInstanceUserArn": f"{world['AppInstanceArn']}/user/nobody"}

    assert refusal(client, operation, **world | missing) == "ForbiddenException"


@pytest.mark.rule("missing-forbidden")
@pytest.mark.parametrize("operation", TAKING_A_USER)
def test_user_of_a_missing_instance_is_forbidden(client, operation):
    world = make_world(client)
    missing = {"AppInstanceUserArn": f"{MISSING_INSTANCE_ARN}/user/ann"}

    assert refusal(client, operation, **world | missing) == "ForbiddenException"


@pytest.mark.rule("arn-foreign")
@pytest.mark.parametrize("swap", FOREIGN)
@pytest.mark.parametrize("operation", TAKING_A_USER)
def test_user_of_another_account_region_or_partition_is_forbidden(client, operation, swap):
    world = make_world(client)
    foreign = {"AppInstanceUserArn": world["AppInstanceUserArn"].replace(*swap)}

    assert refusal(client, operation, **world | foreign) == "ForbiddenException"


@pytest.mark.rule("arn-kind", "check-order")
@pytest.mark.parametrize("operation", TAKING_A_USER)
@pytest.mark.parametrize(
    "arn",
    [
        MISSING_INSTANCE_ARN,
        f"{MISSING_INSTANCE_ARN}/user",
        f"{MISSING_INSTANCE_ARN}/user/",
        f"{MISSING_INSTANCE_ARN}/user/ann/endpoint/e",
        f"{MISSING_INSTANCE_ARN}/bot/b",
        CHANNEL_ARN,
        CHANNEL_ARN.replace(ACCOUNT_ID, "210987654321"),
        f"arn:aws:iam::{ACCOUNT_ID}:user/ann",
    ],
)
def test_arn_that_is_no_users_is_a_bad_request(client, operation, arn):
    world = make_world(client)

    assert refusal(client, operation, **world | {"AppInstanceUserArn": arn}) == (
        "BadRequestException"
    )


@pytest.mark.rule("arn-kind")
def test_bots_arn_is_no_users_even_where_it_exists(client):
    world = make_world(client)

    code = refusal(client, "DescribeAppInstanceUser", AppInstanceUserArn=world["AppInstanceBotArn"])

    assert code == "BadRequestException"


@pytest.mark.rule("missing-forbidden")
def test_text_for_a_missing_user_is_the_services(client, app_instance_arn):
    with pytest.raises(client.exceptions.ForbiddenException) as caught:
        describe(client, f"{app_instance_arn}/user/nobody")

    assert caught.value.response["Error"]["Message"] == (
        "An invalid app instance user ARN was supplied for the input parameter."
    )


@pytest.mark.rule("expiration-settings")
def test_expiration_given_at_creation_is_described(client, app_instance_arn):
    arn = make_user(client, app_instance_arn, ExpirationSettings=EXPIRATION)

    assert describe(client, arn)["ExpirationSettings"] == EXPIRATION


@pytest.mark.rule("expiration-settings")
@pytest.mark.parametrize("days", [1, 5475])
def test_expiration_that_was_put_is_answered_and_described(client, user_arn, days):
    settings = EXPIRATION | {"ExpirationDays": days}

    answer = client.put_app_instance_user_expiration_settings(
        AppInstanceUserArn=user_arn, ExpirationSettings=settings
    )

    del answer["ResponseMetadata"]
    assert answer == {"AppInstanceUserArn": user_arn, "ExpirationSettings": settings}
    assert describe(client, user_arn)["ExpirationSettings"] == settings


@pytest.mark.rule("expiration-settings")
def test_put_without_expiration_removes_it(client, app_instance_arn):
    arn = make_user(client, app_instance_arn, ExpirationSettings=EXPIRATION)

    answer = client.put_app_instance_user_expiration_settings(AppInstanceUserArn=arn)

    del answer["ResponseMetadata"]
    assert answer == {"AppInstanceUserArn": arn}
    assert "ExpirationSettings" not in describe(client, arn)


@pytest.mark.rule("expiration")
@pytest.mark.parametrize("days", [0, 5476])
def test_expiration_beyond_its_bounds_is_a_bad_request(mock, client, user_arn, days):
    before = str(mock)
    path = f"/app-instance-users/{user_arn.replace('/', '%2F')}/expiration-settings"

    answer = send("PUT", path, {"ExpirationSettings": EXPIRATION | {"ExpirationDays": days}})

    assert (answer.status, answer.error) == (400, "BadRequestException")
    assert str(mock) == before
    assert "ExpirationSettings" not in describe(client, user_arn)
