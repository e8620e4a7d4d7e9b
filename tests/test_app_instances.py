"""AppInstances: creating, reading, changing, deleting (ledger: names; creating; reading, changing, deleting).

What a wrong ARN is answered, and which operations move a timestamp, rests on evidence I.
"""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from behaviour import (
    FOREIGN,
    LATER,
    SOON,
    UUID4,
    call,
    make_world,
    operations_taking,
    refusal,
    set_time,
)
from botocore.exceptions import ClientError
from support import ACCOUNT_ID, CHANNEL_ARN, MISSING_INSTANCE_ARN, OPERATIONS, REGION, send

TAKING_AN_INSTANCE = operations_taking("AppInstanceArn")
UPDATES = {
    "UpdateAppInstance": "DescribeAppInstance",
    "UpdateAppInstanceBot": "DescribeAppInstanceBot",
    "UpdateAppInstanceUser": "DescribeAppInstanceUser",
    "UpdateAppInstanceUserEndpoint": "DescribeAppInstanceUserEndpoint",
}


def describe(client, arn):
    return client.describe_app_instance(AppInstanceArn=arn)["AppInstance"]


def timestamps(client, world):
    """Of what the world still has, by the operations that describe it."""
    found = {}
    for operation in UPDATES.values():
        try:
            answer = call(client, operation, **world)
        except ClientError:
            continue
        described = answer[operation.removeprefix("Describe")]
        found[operation] = described["CreatedTimestamp"], described["LastUpdatedTimestamp"]
    return found


@pytest.mark.rule("arn-form")
def test_arn_has_the_documented_form(client):
    arn = client.create_app_instance(Name="chat")["AppInstanceArn"]

    assert re.fullmatch(f"arn:aws:chime:{REGION}:{ACCOUNT_ID}:app-instance/{UUID4}", arn)


@pytest.mark.rule("names-not-unique")
def test_names_are_not_unique(client):
    arns = {client.create_app_instance(Name="chat")["AppInstanceArn"] for _ in range(2)}

    listed = client.list_app_instances()["AppInstances"]

    assert {instance["AppInstanceArn"] for instance in listed} == arns
    assert len(arns) == 2


@pytest.mark.rule("timestamps")
def test_describe_gives_back_what_was_created(client):
    arn = client.create_app_instance(Name="chat", Metadata="m")["AppInstanceArn"]

    instance = describe(client, arn)

    created = instance.pop("CreatedTimestamp")
    assert instance.pop("LastUpdatedTimestamp") == created
    assert instance == {"AppInstanceArn": arn, "Name": "chat", "Metadata": "m"}


@pytest.mark.rule("absent-not-null")
def test_metadata_that_was_not_given_is_absent(client, app_instance_arn):
    assert "Metadata" not in describe(client, app_instance_arn)
    assert client.list_app_instances()["AppInstances"] == [
        {"AppInstanceArn": app_instance_arn, "Name": "chat"}
    ]


@pytest.mark.rule("absent-not-null")
def test_empty_metadata_is_given_back(client):
    arn = client.create_app_instance(Name="chat", Metadata="")["AppInstanceArn"]

    assert describe(client, arn)["Metadata"] == ""


@pytest.mark.rule("lists")
@pytest.mark.parametrize("count", [0, 1])
def test_list_is_never_absent(client, count):
    for _ in range(count):
        client.create_app_instance(Name="chat")

    assert len(client.list_app_instances()["AppInstances"]) == count


@pytest.mark.rule("lists")
def test_list_has_summaries_without_timestamps(client):
    arn = client.create_app_instance(Name="chat", Metadata="m")["AppInstanceArn"]

    assert client.list_app_instances()["AppInstances"] == [
        {"AppInstanceArn": arn, "Name": "chat", "Metadata": "m"}
    ]


@pytest.mark.rule("updates")
def test_update_replaces_name_and_metadata_and_answers_the_arn_only(client):
    arn = client.create_app_instance(Name="chat", Metadata="m")["AppInstanceArn"]

    answer = client.update_app_instance(AppInstanceArn=arn, Name="talk", Metadata="")

    del answer["ResponseMetadata"]
    assert answer == {"AppInstanceArn": arn}
    instance = describe(client, arn)
    assert (instance["Name"], instance["Metadata"]) == ("talk", "")


@pytest.mark.rule("updates")
def test_update_changes_no_other_instance(client, app_instance_arn):
    other = client.create_app_instance(Name="other")["AppInstanceArn"]

    client.update_app_instance(AppInstanceArn=other, Name="talk", Metadata="m")

    assert describe(client, app_instance_arn)["Name"] == "chat"


@pytest.mark.rule("timestamps")
def test_timestamps_on_the_wire_are_seconds_with_milliseconds(client, monkeypatch):
    set_time(monkeypatch, SOON)
    arn = client.create_app_instance(Name="chat")["AppInstanceArn"]

    answer = send("GET", f"/app-instances/{quote(arn, safe='')}")

    assert answer.body["AppInstance"]["CreatedTimestamp"] == 1935817689.123
    assert describe(client, arn)["CreatedTimestamp"] == SOON


@pytest.mark.rule("timestamps")
def test_timestamps_have_no_finer_parts_than_milliseconds(client, app_instance_arn):
    assert describe(client, app_instance_arn)["CreatedTimestamp"].microsecond % 1000 == 0


@pytest.mark.rule("timestamps")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_only_the_updates_move_a_timestamp_and_only_their_resources(client, operation, monkeypatch):
    set_time(monkeypatch, SOON)
    world = make_world(client)
    before = timestamps(client, world)
    new_admin = {"AppInstanceAdminArn": world["AppInstanceBotArn"]}
    set_time(monkeypatch, LATER)

    call(client, operation, **world | (new_admin if operation.startswith("Create") else {}))

    after = timestamps(client, world)
    assert set(before.values()) == {(SOON, SOON)}
    assert after == {
        kind: (SOON, LATER) if kind == UPDATES.get(operation) else (SOON, SOON) for kind in after
    }


@pytest.mark.rule("delete-app-instance")
def test_deleted_instance_is_gone_at_once(client, app_instance_arn):
    client.delete_app_instance(AppInstanceArn=app_instance_arn)

    assert refusal(client, "DescribeAppInstance", AppInstanceArn=app_instance_arn) == (
        "ForbiddenException"
    )
    assert client.list_app_instances()["AppInstances"] == []


@pytest.mark.rule("delete-app-instance")
def test_deleting_leaves_other_instances_alone(client):
    kept, deleted = make_world(client), make_world(client)

    client.delete_app_instance(AppInstanceArn=deleted["AppInstanceArn"])

    assert len(timestamps(client, kept)) == 4
    assert call(client, "DescribeAppInstanceAdmin", **kept)


# S: programs delete instances that have users.
@pytest.mark.rule("delete-app-instance", "gone-forbidden")
@pytest.mark.parametrize(
    "operation", [o for o in OPERATIONS if o not in ("CreateAppInstance", "ListAppInstances")]
)
def test_deleting_takes_all_that_is_in_the_instance_along(client, operation):
    world = make_world(client)

    client.delete_app_instance(AppInstanceArn=world["AppInstanceArn"])

    assert refusal(client, operation, **world) == "ForbiddenException"


@pytest.mark.rule("missing-forbidden")
@pytest.mark.parametrize("operation", TAKING_AN_INSTANCE)
def test_missing_instance_is_forbidden(client, operation):
    make_world(client)

    code = refusal(
        client,
        operation,
        AppInstanceArn=MISSING_INSTANCE_ARN,
        AppInstanceAdminArn=f"{MISSING_INSTANCE_ARN}/user/ann",
    )

    assert code == "ForbiddenException"


@pytest.mark.rule("arn-foreign")
@pytest.mark.parametrize("swap", FOREIGN)
@pytest.mark.parametrize("operation", TAKING_AN_INSTANCE)
def test_instance_of_another_account_region_or_partition_is_forbidden(client, operation, swap):
    world = make_world(client)
    foreign = {name: value.replace(*swap) for name, value in world.items()}

    assert refusal(client, operation, **foreign) == "ForbiddenException"


@pytest.mark.rule("arn-kind", "check-order")
@pytest.mark.parametrize(
    "arn",
    [
        f"{MISSING_INSTANCE_ARN}/user/ann",
        f"{MISSING_INSTANCE_ARN}/bot/b",
        f"{MISSING_INSTANCE_ARN}/",
        CHANNEL_ARN,
        CHANNEL_ARN.replace(ACCOUNT_ID, "210987654321"),
        f"arn:aws:chime:{REGION}:{ACCOUNT_ID}:app-instance",
        f"arn:aws:chime:{REGION}:{ACCOUNT_ID}:meeting/99999999-9999-4999-8999-999999999999",
        MISSING_INSTANCE_ARN.replace(":chime:", ":s3:"),
        "arn:aws:s3:::bucket",
    ],
)
@pytest.mark.parametrize("operation", TAKING_AN_INSTANCE)
def test_arn_that_is_no_instances_is_a_bad_request(client, operation, arn):
    world = make_world(client)

    assert refusal(client, operation, **world | {"AppInstanceArn": arn}) == "BadRequestException"


@pytest.mark.rule("arn-kind")
def test_form_of_the_id_is_not_checked(client):
    arn = f"arn:aws:chime:{REGION}:{ACCOUNT_ID}:app-instance/x"

    assert refusal(client, "DescribeAppInstance", AppInstanceArn=arn) == "ForbiddenException"


@pytest.mark.rule("check-order")
def test_constraints_come_before_the_instance(client):
    code = refusal(client, "UpdateAppInstance", AppInstanceArn=MISSING_INSTANCE_ARN, Name="n" * 257)

    assert code == "BadRequestException"
