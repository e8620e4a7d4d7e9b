"""AppInstanceAdmins: promoting, reading, demoting (ledger: creating; reading, changing, deleting).

What a wrong ARN is answered, and that demoting twice is refused, rests on evidence I.
"""

from __future__ import annotations

import pytest
from behaviour import (
    FOREIGN,
    SOON,
    call,
    make_bot,
    make_user,
    make_world,
    operations_taking,
    refusal,
    set_time,
)
from support import ACCOUNT_ID, CHANNEL_ARN, MISSING_INSTANCE_ARN

TAKING_AN_ADMIN = operations_taking("AppInstanceAdminArn")


def promote(client, app_instance_arn, arn):
    answer = client.create_app_instance_admin(
        AppInstanceArn=app_instance_arn, AppInstanceAdminArn=arn
    )
    del answer["ResponseMetadata"]
    return answer


def describe(client, app_instance_arn, arn):
    return client.describe_app_instance_admin(
        AppInstanceArn=app_instance_arn, AppInstanceAdminArn=arn
    )["AppInstanceAdmin"]


def listed(client, app_instance_arn):
    return client.list_app_instance_admins(AppInstanceArn=app_instance_arn)["AppInstanceAdmins"]


@pytest.mark.rule("admin-shapes", "admin-endpoint-names")
def test_promoting_answers_the_admin_flat(client, app_instance_arn, user_arn):
    assert promote(client, app_instance_arn, user_arn) == {
        "AppInstanceAdmin": {"Arn": user_arn, "Name": "Ann"},
        "AppInstanceArn": app_instance_arn,
    }


@pytest.mark.rule("admin-shapes")
def test_describe_nests_the_admin(client, app_instance_arn, user_arn, monkeypatch):
    set_time(monkeypatch, SOON)
    promote(client, app_instance_arn, user_arn)

    assert describe(client, app_instance_arn, user_arn) == {
        "Admin": {"Arn": user_arn, "Name": "Ann"},
        "AppInstanceArn": app_instance_arn,
        "CreatedTimestamp": SOON,
    }


@pytest.mark.rule("admin-shapes", "lists")
def test_list_names_the_instance_and_nests_admins(client, app_instance_arn, user_arn):
    promote(client, app_instance_arn, user_arn)

    answer = client.list_app_instance_admins(AppInstanceArn=app_instance_arn)

    assert answer["AppInstanceArn"] == app_instance_arn
    assert answer["AppInstanceAdmins"] == [{"Admin": {"Arn": user_arn, "Name": "Ann"}}]


@pytest.mark.rule("lists")
def test_list_without_admins_is_empty(client, app_instance_arn, user_arn):
    assert listed(client, app_instance_arn) == []


@pytest.mark.rule("lists")
def test_list_is_in_the_order_of_promotion(client, app_instance_arn):
    arns = [make_user(client, app_instance_arn, user_id) for user_id in "abc"][::-1]

    for arn in arns:
        promote(client, app_instance_arn, arn)

    assert [admin["Admin"]["Arn"] for admin in listed(client, app_instance_arn)] == arns


@pytest.mark.rule("admin-shapes", "admin-endpoint-names")
def test_bot_can_be_admin(client, app_instance_arn):
    arn = make_bot(client, app_instance_arn, Name="Marvin")

    assert promote(client, app_instance_arn, arn)["AppInstanceAdmin"] == {
        "Arn": arn,
        "Name": "Marvin",
    }
    assert describe(client, app_instance_arn, arn)["Admin"]["Name"] == "Marvin"


@pytest.mark.rule("admin-shapes", "absent-not-null")
def test_admin_that_is_a_bot_without_a_name_has_none(client, app_instance_arn):
    arn = make_bot(client, app_instance_arn)

    assert promote(client, app_instance_arn, arn)["AppInstanceAdmin"] == {"Arn": arn}
    assert describe(client, app_instance_arn, arn)["Admin"] == {"Arn": arn}
    assert listed(client, app_instance_arn) == [{"Admin": {"Arn": arn}}]


# I: present.
@pytest.mark.rule("admin-shapes")
@pytest.mark.parametrize("kind", ["User", "Bot"])
def test_admins_name_is_the_present_one(client, kind):
    world = make_world(client)
    instance, arn = world["AppInstanceArn"], world[f"AppInstance{kind}Arn"]
    client.delete_app_instance_admin(
        AppInstanceArn=instance, AppInstanceAdminArn=world["AppInstanceUserArn"]
    )
    promote(client, instance, arn)

    call(client, f"UpdateAppInstance{kind}", **world, Name="Now")

    assert describe(client, instance, arn)["Admin"]["Name"] == "Now"
    assert listed(client, instance) == [{"Admin": {"Arn": arn, "Name": "Now"}}]


# S, disputed: one program relies on success.
@pytest.mark.rule("admin-conflict")
def test_promoting_an_admin_again_conflicts(client):
    world = make_world(client)

    assert refusal(client, "CreateAppInstanceAdmin", **world) == "ConflictException"
    assert len(listed(client, world["AppInstanceArn"])) == 1


# D
@pytest.mark.rule("delete-cascades")
def test_demoting_deletes_no_user(client):
    world = make_world(client)

    call(client, "DeleteAppInstanceAdmin", **world)

    assert listed(client, world["AppInstanceArn"]) == []
    assert call(client, "DescribeAppInstanceUser", **world)["AppInstanceUser"]["Name"] == "Ann"


@pytest.mark.rule("admin-endpoint-names")
def test_demoting_leaves_other_admins_alone(client):
    world = make_world(client)
    promote(client, world["AppInstanceArn"], world["AppInstanceBotArn"])

    call(client, "DeleteAppInstanceAdmin", **world)

    assert [admin["Admin"]["Arn"] for admin in listed(client, world["AppInstanceArn"])] == [
        world["AppInstanceBotArn"]
    ]


@pytest.mark.rule("admin-conflict")
def test_demoted_user_can_be_promoted_again(client):
    world = make_world(client)
    call(client, "DeleteAppInstanceAdmin", **world)

    call(client, "CreateAppInstanceAdmin", **world)

    assert len(listed(client, world["AppInstanceArn"])) == 1


@pytest.mark.rule("missing-forbidden", "gone-forbidden")
@pytest.mark.parametrize("operation", ["DeleteAppInstanceAdmin", "DescribeAppInstanceAdmin"])
@pytest.mark.parametrize("kind", ["User", "Bot"])
def test_one_who_is_no_admin_is_forbidden(client, operation, kind):
    world = make_world(client)
    call(client, "DeleteAppInstanceAdmin", **world)

    code = refusal(
        client,
        operation,
        AppInstanceArn=world["AppInstanceArn"],
        AppInstanceAdminArn=world[f"AppInstance{kind}Arn"],
    )

    assert code == "ForbiddenException"


@pytest.mark.rule("missing-forbidden")
@pytest.mark.parametrize("operation", TAKING_AN_ADMIN)
@pytest.mark.parametrize("kind", ["user", "bot"])
def test_one_who_is_missing_is_forbidden(client, operation, kind):
    world = make_world(client)
    missing = {"AppInstanceAdminArn": f"{world['AppInstanceArn']}/{kind}/nobody"}

    assert refusal(client, operation, **world | missing) == "ForbiddenException"


@pytest.mark.rule("arn-foreign")
@pytest.mark.parametrize("swap", FOREIGN)
@pytest.mark.parametrize("operation", TAKING_AN_ADMIN)
def test_admin_and_instance_of_another_account_are_forbidden(client, operation, swap):
    world = make_world(client)
    foreign = {name: arn.replace(*swap) for name, arn in world.items()}

    assert refusal(client, operation, **foreign) == "ForbiddenException"


@pytest.mark.rule("arn-kind")
@pytest.mark.parametrize("operation", TAKING_AN_ADMIN)
@pytest.mark.parametrize("kind", ["User", "Bot"])
def test_user_or_bot_of_another_instance_is_a_bad_request(client, operation, kind):
    world, other = make_world(client), make_world(client)

    code = refusal(
        client,
        operation,
        AppInstanceArn=world["AppInstanceArn"],
        AppInstanceAdminArn=other[f"AppInstance{kind}Arn"],
    )

    assert code == "BadRequestException"


@pytest.mark.rule("arn-kind")
@pytest.mark.parametrize("operation", TAKING_AN_ADMIN)
@pytest.mark.parametrize(
    "ending", ["", "/", "/user", "/user/", "/user/ann/endpoint/e", "/channel/c"]
)
def test_arn_of_neither_user_nor_bot_is_a_bad_request(client, operation, ending):
    world = make_world(client)
    wrong = {"AppInstanceAdminArn": world["AppInstanceArn"] + ending}

    assert refusal(client, operation, **world | wrong) == "BadRequestException"


# I: the kinds of all ARNs are looked at before their accounts.
@pytest.mark.rule("check-order")
@pytest.mark.parametrize("operation", TAKING_AN_ADMIN)
def test_wrong_kind_of_admin_comes_before_a_missing_instance(client, operation):
    make_world(client)

    code = refusal(
        client,
        operation,
        AppInstanceArn=MISSING_INSTANCE_ARN.replace(ACCOUNT_ID, "210987654321"),
        AppInstanceAdminArn=CHANNEL_ARN,
    )

    assert code == "BadRequestException"
