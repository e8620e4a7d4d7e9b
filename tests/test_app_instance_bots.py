"""AppInstanceBots: creating, reading, changing, deleting (ledger: names; creating; reading, changing, deleting).

What a wrong ARN is answered rests on evidence I.
"""

from __future__ import annotations

import re

import pytest
from behaviour import (
    FOREIGN,
    UUID4,
    call,
    make_bot,
    make_world,
    operations_taking,
    refusal,
)
from support import ACCOUNT_ID, CHANNEL_ARN, LEX_CONFIGURATION, MISSING_INSTANCE_ARN

TAKING_A_BOT = operations_taking("AppInstanceBotArn")

_LEX = {name: LEX_CONFIGURATION["Lex"][name] for name in ("LexBotAliasArn", "LocaleId")}
_INVOKED_BY = {"InvokedBy": {"StandardMessages": "MENTIONS", "TargetedMessages": "ALL"}}
_RESPONDS_TO = {"RespondsTo": "STANDARD_MESSAGES"}


def describe(client, arn):
    return client.describe_app_instance_bot(AppInstanceBotArn=arn)["AppInstanceBot"]


def listed(client, app_instance_arn):
    return client.list_app_instance_bots(AppInstanceArn=app_instance_arn)["AppInstanceBots"]


# D: of all operations only this one declares NotFoundException.
def missing_error(operation):
    return "NotFoundException" if operation == "DescribeAppInstanceBot" else "ForbiddenException"


# I: the id's form.
@pytest.mark.rule("arn-form")
def test_arn_has_a_uuid_of_the_services(client, app_instance_arn):
    arn = make_bot(client, app_instance_arn)

    assert re.fullmatch(f"{app_instance_arn}/bot/{UUID4}", arn)


@pytest.mark.rule("names-not-unique")
def test_names_are_not_unique(client, app_instance_arn):
    arns = [make_bot(client, app_instance_arn, Name="Marvin") for _ in range(2)]

    assert [bot["AppInstanceBotArn"] for bot in listed(client, app_instance_arn)] == arns
    assert len(set(arns)) == 2


@pytest.mark.rule("timestamps", "bot-configuration")
def test_describe_gives_back_what_was_created(client, app_instance_arn):
    arn = make_bot(client, app_instance_arn, Name="Marvin", Metadata="m")

    bot = describe(client, arn)

    created = bot.pop("CreatedTimestamp")
    assert bot.pop("LastUpdatedTimestamp") == created
    assert bot == {
        "AppInstanceBotArn": arn,
        "Name": "Marvin",
        "Metadata": "m",
        "Configuration": LEX_CONFIGURATION,
    }


@pytest.mark.rule("absent-not-null")
def test_what_was_not_given_is_absent(client, app_instance_arn):
    arn = make_bot(client, app_instance_arn)

    assert describe(client, arn).keys() == {
        "AppInstanceBotArn",
        "Configuration",
        "CreatedTimestamp",
        "LastUpdatedTimestamp",
    }
    assert listed(client, app_instance_arn) == [{"AppInstanceBotArn": arn}]


@pytest.mark.rule("absent-not-null")
def test_empty_name_and_metadata_are_given_back(client, app_instance_arn):
    bot = describe(client, make_bot(client, app_instance_arn, Name="", Metadata=""))

    assert (bot["Name"], bot["Metadata"]) == ("", "")


# S: each alone; I: both, neither.
@pytest.mark.rule("bot-configuration", "absent-not-null")
@pytest.mark.parametrize(
    "settings",
    [
        _RESPONDS_TO,
        _INVOKED_BY,
        _RESPONDS_TO | _INVOKED_BY,
        {},
        {"WelcomeIntent": "Hello_There"},
    ],
)
def test_configuration_is_given_back_as_sent(client, app_instance_arn, settings):
    configuration = {"Lex": _LEX | settings}

    arn = make_bot(client, app_instance_arn, Configuration=configuration)

    assert describe(client, arn)["Configuration"] == configuration


@pytest.mark.rule("lists")
def test_list_names_the_instance_and_has_summaries(client, app_instance_arn):
    arn = make_bot(client, app_instance_arn, Name="Marvin", Metadata="m")

    answer = client.list_app_instance_bots(AppInstanceArn=app_instance_arn)

    assert answer["AppInstanceArn"] == app_instance_arn
    assert answer["AppInstanceBots"] == [
        {"AppInstanceBotArn": arn, "Name": "Marvin", "Metadata": "m"}
    ]


@pytest.mark.rule("lists")
def test_empty_list_is_there(client, app_instance_arn):
    assert listed(client, app_instance_arn) == []


@pytest.mark.rule("updates")
def test_update_answers_the_arn_only_and_keeps_the_configuration(client, app_instance_arn):
    arn = make_bot(client, app_instance_arn, Name="Marvin", Metadata="m")

    answer = client.update_app_instance_bot(AppInstanceBotArn=arn, Name="", Metadata="")

    del answer["ResponseMetadata"]
    assert answer == {"AppInstanceBotArn": arn}
    bot = describe(client, arn)
    assert (bot["Name"], bot["Metadata"]) == ("", "")
    assert bot["Configuration"] == LEX_CONFIGURATION


@pytest.mark.rule("updates")
def test_update_can_replace_the_configuration(client, app_instance_arn):
    arn = make_bot(client, app_instance_arn)
    configuration = {"Lex": _LEX | _INVOKED_BY}

    client.update_app_instance_bot(
        AppInstanceBotArn=arn, Name="Marvin", Metadata="", Configuration=configuration
    )

    assert describe(client, arn)["Configuration"] == configuration


@pytest.mark.rule("missing-bot", "missing-forbidden", "gone-forbidden")
@pytest.mark.parametrize("operation", TAKING_A_BOT)
def test_deleted_bot_is_missing(client, operation):
    world = make_world(client)
    call(client, "DeleteAppInstanceBot", **world)

    assert listed(client, world["AppInstanceArn"]) == []
    assert refusal(client, operation, **world) == missing_error(operation)


@pytest.mark.rule("delete-cascades")
def test_deleting_a_bot_takes_its_admin_role_and_tags_along(client):
    world = make_world(client)
    instance, arn = world["AppInstanceArn"], world["AppInstanceBotArn"]
    client.create_app_instance_admin(AppInstanceArn=instance, AppInstanceAdminArn=arn)
    call(client, "TagResource", ResourceARN=arn)

    call(client, "DeleteAppInstanceBot", **world)

    admins = client.list_app_instance_admins(AppInstanceArn=instance)["AppInstanceAdmins"]
    assert [admin["Admin"]["Arn"] for admin in admins] == [world["AppInstanceUserArn"]]
    assert refusal(client, "ListTagsForResource", ResourceARN=arn) == "ForbiddenException"


@pytest.mark.rule("delete-cascades")
def test_deleting_a_bot_leaves_other_bots_alone(client, app_instance_arn):
    kept, deleted = make_bot(client, app_instance_arn), make_bot(client, app_instance_arn)

    client.delete_app_instance_bot(AppInstanceBotArn=deleted)

    assert [bot["AppInstanceBotArn"] for bot in listed(client, app_instance_arn)] == [kept]


@pytest.mark.rule("missing-bot", "missing-forbidden")
@pytest.mark.parametrize("operation", TAKING_A_BOT)
def test_missing_bot_is_not_found_by_describe_and_forbidden_to_others(client, operation):
    world = make_world(client)
    missing = {"AppInstanceBotArn": f"{world['AppInstanceArn']}/bot/b"}

    assert refusal(client, operation, **world | missing) == missing_error(operation)


# I: the parent is looked for before the resource itself.
@pytest.mark.rule("missing-bot", "check-order")
@pytest.mark.parametrize("operation", TAKING_A_BOT)
def test_bot_of_a_missing_instance_is_forbidden(client, operation):
    make_world(client)

    code = refusal(client, operation, AppInstanceBotArn=f"{MISSING_INSTANCE_ARN}/bot/b")

    assert code == "ForbiddenException"


@pytest.mark.rule("arn-foreign", "check-order")
@pytest.mark.parametrize("swap", FOREIGN)
@pytest.mark.parametrize("operation", TAKING_A_BOT)
def test_bot_of_another_account_region_or_partition_is_forbidden(client, operation, swap):
    world = make_world(client)

    code = refusal(client, operation, AppInstanceBotArn=world["AppInstanceBotArn"].replace(*swap))

    assert code == "ForbiddenException"


@pytest.mark.rule("arn-kind")
@pytest.mark.parametrize("operation", TAKING_A_BOT)
@pytest.mark.parametrize("ending", ["", "/bot", "/bot/", "/bot/b/c", "/user/ann", "/channel/c"])
def test_arn_that_is_no_bots_is_a_bad_request(client, operation, ending):
    world = make_world(client)

    code = refusal(client, operation, AppInstanceBotArn=world["AppInstanceArn"] + ending)

    assert code == "BadRequestException"


@pytest.mark.rule("check-order")
def test_wrong_kind_comes_before_the_account(client):
    arn = CHANNEL_ARN.replace(ACCOUNT_ID, "210987654321")

    assert refusal(client, "DescribeAppInstanceBot", AppInstanceBotArn=arn) == (
        "BadRequestException"
    )
