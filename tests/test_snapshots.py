"""Snapshots: what they take back and what they leave, and that nothing reaches into one."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import boto3
import pytest
from behaviour import call, make_bot, make_user, make_world, register
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import ACCOUNT_ID, LEX_CONFIGURATION, REGION, SERVICE, kept, pages

from chime_identity_mock import mock_chime_identity

SOON = {"ExpirationDays": 1, "ExpirationCriterion": "CREATED_TIMESTAMP"}
LATER = {"ExpirationDays": 9, "ExpirationCriterion": "CREATED_TIMESTAMP"}
OTHER_ACCOUNT, OTHER_REGION = "210987654321", "eu-central-1"


def client_of(account_id: str = ACCOUNT_ID, region_name: str = REGION) -> Any:
    return boto3.client(
        SERVICE,
        region_name=region_name,
        aws_access_key_id=account_id,
        aws_secret_access_key="secret",
    )


def filled() -> dict[tuple[str, str], Any]:
    """All that is kept, of each account and region where there is something."""
    return {place: instances for place, instances in kept().items() if instances}


def names(client: Any, app_instance_arn: str) -> list[str]:
    answers = pages(client.list_app_instance_users, AppInstanceArn=app_instance_arn, MaxResults=2)
    return [user["Name"] for answer in answers for user in answer["AppInstanceUsers"]]


@pytest.fixture
def world(client: Any) -> dict[str, str]:
    """One resource of each kind, by the members that name them."""
    return make_world(client)


# A change of each kind: an operation, and members besides those that name its world.
CHANGES = {
    "new instance": ("CreateAppInstance", {}),
    "new user": ("CreateAppInstanceUser", {}),
    "new bot": ("CreateAppInstanceBot", {}),
    "new endpoint": ("RegisterAppInstanceUserEndpoint", {}),
    "changed instance": ("UpdateAppInstance", {}),
    "changed user and admin": ("UpdateAppInstanceUser", {}),
    "changed bot": ("UpdateAppInstanceBot", {}),
    "changed endpoint": ("UpdateAppInstanceUserEndpoint", {"Name": "new"}),
    "no instance": ("DeleteAppInstance", {}),
    "no user": ("DeleteAppInstanceUser", {}),
    "no bot": ("DeleteAppInstanceBot", {}),
    "no admin": ("DeleteAppInstanceAdmin", {}),
    "no endpoint": ("DeregisterAppInstanceUserEndpoint", {}),
    "tags": ("TagResource", {}),
    "retention": (
        "PutAppInstanceRetentionSettings",
        {"AppInstanceRetentionSettings": {"ChannelRetentionSettings": {"RetentionDays": 1}}},
    ),
    "expiration": ("PutAppInstanceUserExpirationSettings", {"ExpirationSettings": SOON}),
}


@pytest.mark.parametrize(("operation", "members"), CHANGES.values(), ids=CHANGES)
def test_each_change_is_taken_back_again_and_again(client, mock, world, operation, members):
    before = kept()
    snapshot = mock.snapshot()

    for _ in range(3):
        call(client, operation, **world, **members)
        assert kept() != before
        mock.restore(snapshot)
        assert kept() == before


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    before=st.lists(st.sampled_from([*CHANGES]), max_size=3),
    after=st.lists(st.sampled_from([*CHANGES]), max_size=3),
)
def test_changes_before_and_after_a_snapshot_stay_apart(before, after):
    with mock_chime_identity() as mock:
        client = client_of()
        world = make_world(client)
        change(client, world, before)
        then = kept()
        snapshot = mock.snapshot()
        change(client, world, after)
        now = kept()
        later = mock.snapshot()

        mock.restore(snapshot)
        assert kept() == then
        change(client, world, after)
        mock.restore(later)
        assert kept() == now
        mock.restore(snapshot)
        assert kept() == then


def change(client: Any, world: dict[str, str], kinds: list[str]) -> None:
    """Make changes, those of them that can still be made."""
    gone_or_there = client.exceptions.ForbiddenException, client.exceptions.ConflictException
    for kind in kinds:
        operation, members = CHANGES[kind]
        with suppress(*gone_or_there):
            call(client, operation, **world, **members)


def test_what_clients_read_is_as_it_was(client, mock, world):
    user = {"AppInstanceUserArn": world["AppInstanceUserArn"]}
    reads = [
        (client.list_app_instances, {}),
        (client.describe_app_instance_user, user),
        (client.list_app_instance_admins, {"AppInstanceArn": world["AppInstanceArn"]}),
        (client.list_app_instance_user_endpoints, user),
    ]

    def read():
        answers = [operation(**parameters) for operation, parameters in reads]
        return [{**answer, "ResponseMetadata": None} for answer in answers]

    before = read()
    snapshot = mock.snapshot()

    client.update_app_instance_user(**user, Name="Anna", Metadata="new")
    mock.deactivate_endpoint(world["AppInstanceUserArn"], world["EndpointId"])
    changed = read()
    mock.restore(snapshot)

    assert [now == was for now, was in zip(changed, before, strict=True)] == [True] + [False] * 3
    assert read() == before


def test_a_snapshot_holds_on_to_nothing_that_it_copied(mock, world):
    snapshot = mock.snapshot()

    (listing,) = snapshot._app_instances.values()
    assert listing.transaction._undo == []


def test_an_empty_snapshot_empties(mock, client):
    snapshot = mock.snapshot()
    client.create_app_instance(Name="chat")

    mock.restore(snapshot)

    assert filled() == {}


def test_a_snapshot_outlives_a_reset(mock, world):
    before = kept()
    snapshot = mock.snapshot()

    mock.reset()
    mock.restore(snapshot)

    assert kept() == before


# Accounts and regions


def test_other_accounts_and_regions_come_back(mock):
    for place in [(OTHER_ACCOUNT, REGION), (ACCOUNT_ID, OTHER_REGION)]:
        client_of(*place).create_app_instance(Name="chat")
    before = kept()
    snapshot = mock.snapshot()

    mock.reset()
    mock.restore(snapshot)

    assert kept() == before


def test_accounts_and_regions_used_since_are_empty_again(mock, world):
    before = filled()
    snapshot = mock.snapshot()
    other = client_of(OTHER_ACCOUNT, OTHER_REGION)
    other.create_app_instance(Name="chat")

    mock.restore(snapshot)

    assert filled() == before
    assert other.list_app_instances()["AppInstances"] == []


# Tokens, time, ids


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("CreateAppInstance", {"Name": "new"}),
        ("CreateAppInstanceBot", {"Configuration": LEX_CONFIGURATION}),
        ("RegisterAppInstanceUserEndpoint", {"EndpointAttributes": {"DeviceToken": "new"}}),
    ],
)
def test_a_creation_sent_again_after_a_restore_makes_nothing(
    client, mock, world, operation, members
):
    members = {**world, **members, "ClientRequestToken": "token"}
    first = call(client, operation, **members)
    before = kept()
    snapshot = mock.snapshot()
    call(client, "DeleteAppInstance", **world)

    mock.restore(snapshot)
    second = call(client, operation, **members)

    assert {**second, "ResponseMetadata": None} == {**first, "ResponseMetadata": None}
    assert kept() == before


def test_a_token_used_since_is_new_again(client, mock, app_instance_arn):
    snapshot = mock.snapshot()
    made = client.create_app_instance(Name="a", ClientRequestToken="token")["AppInstanceArn"]

    mock.restore(snapshot)
    made_again = client.create_app_instance(Name="b", ClientRequestToken="token")["AppInstanceArn"]

    assert made != made_again
    assert len(client.list_app_instances()["AppInstances"]) == 2


def test_the_clock_is_as_far_ahead_as_it_was(mock):
    mock.clock.advance(days=1)
    snapshot = mock.snapshot()

    mock.clock.advance(days=5)
    mock.restore(snapshot)

    assert mock.clock.advanced_by == timedelta(days=1)


def test_users_who_expired_since_are_back_and_expire_again(client, mock, app_instance_arn):
    make_user(client, app_instance_arn, "ann", Name="Ann", ExpirationSettings=SOON)
    make_user(client, app_instance_arn, "bob", Name="Bob", ExpirationSettings=LATER)
    snapshot = mock.snapshot()

    found = []
    for _ in range(2):
        mock.clock.advance(days=1)
        found.append(names(client, app_instance_arn))
        mock.clock.advance(days=8)
        found.append(names(client, app_instance_arn))
        mock.restore(snapshot)
        found.append(names(client, app_instance_arn))

    assert found == [["Bob"], [], ["Ann", "Bob"]] * 2


def test_seeded_ids_go_on_from_where_they_were():
    with mock_chime_identity(seed=1) as mock:
        client = client_of()
        arn = client.create_app_instance(Name="a")["AppInstanceArn"]
        snapshot = mock.snapshot()
        made = []
        for _ in range(2):
            made.append(
                (
                    client.create_app_instance(Name="b")["AppInstanceArn"],
                    make_bot(client, arn),
                    register(client, make_user(client, arn)),
                )
            )
            mock.restore(snapshot)

    assert made[0] == made[1]
    assert made[0][0] != arn


# What stays


def test_calls_stay(client, mock):
    client.create_app_instance(Name="a")
    snapshot = mock.snapshot()
    client.create_app_instance(Name="b")

    mock.restore(snapshot)

    assert [recorded.params["Name"] for recorded in mock.calls] == ["a", "b"]


def test_faults_stay(client, mock):
    snapshot = mock.snapshot()
    mock.fail_next("ListAppInstances", "ForbiddenException")

    mock.restore(snapshot)

    with pytest.raises(client.exceptions.ForbiddenException):
        client.list_app_instances()


# The order of creation


def test_what_is_made_after_a_restore_stands_last(client, mock, app_instance_arn, user_arn):
    snapshot = mock.snapshot()
    for user_id in ("bob", "joe", "eve"):
        make_user(client, app_instance_arn, user_id, Name=user_id)

    mock.restore(snapshot)
    for user_id in ("zoe", "dan"):
        make_user(client, app_instance_arn, user_id, Name=user_id)

    assert names(client, app_instance_arn) == ["Ann", "zoe", "dan"]


def test_a_page_goes_on_after_a_restore(client, mock, app_instance_arn, user_arn):
    make_user(client, app_instance_arn, "bob", Name="Bob")
    arn = {"AppInstanceArn": app_instance_arn}
    snapshot = mock.snapshot()
    token = client.list_app_instance_users(**arn, MaxResults=1)["NextToken"]

    mock.restore(snapshot)
    make_user(client, app_instance_arn, "joe", Name="Joe")

    page = client.list_app_instance_users(**arn, NextToken=token)
    assert [user["Name"] for user in page["AppInstanceUsers"]] == ["Bob", "Joe"]


def test_a_page_token_of_what_is_no_more_leads_to_none_of_what_was_made_instead(
    client, mock, app_instance_arn, user_arn
):
    arn = {"AppInstanceArn": app_instance_arn}
    snapshot = mock.snapshot()
    for user_id in ("bob", "joe"):
        make_user(client, app_instance_arn, user_id, Name=user_id)
    token = client.list_app_instance_users(**arn, MaxResults=2)["NextToken"]

    mock.restore(snapshot)
    for user_id in ("zoe", "dan"):
        make_user(client, app_instance_arn, user_id, Name=user_id)

    # The token points at Joe, whose place nobody was given: both who came later stand behind it.
    page = client.list_app_instance_users(**arn, NextToken=token)
    assert [user["Name"] for user in page["AppInstanceUsers"]] == ["zoe", "dan"]


def test_a_snapshot_can_be_restored_in_a_later_mock():
    with mock_chime_identity() as mock:
        client = client_of()
        world = make_world(client)
        mock.clock.advance(days=1)
        before = kept()
        snapshot = mock.snapshot()

    with mock_chime_identity() as later:
        arn = world["AppInstanceArn"]
        later.restore(snapshot)
        restored = kept()
        for user_id in ("bob", "joe"):
            make_user(client, arn, user_id, Name=user_id)
        after = names(client, arn)
        later.restore(snapshot)

        assert restored == before == kept()
        assert later.clock.advanced_by == timedelta(days=1)
    assert after == ["Ann", "bob", "joe"]


def test_two_mocks_can_restore_one_snapshot_and_stay_apart():
    with mock_chime_identity() as mock:
        client = client_of()
        world = make_world(client)
        snapshot = mock.snapshot()
        before = kept()
    for _ in range(2):
        with mock_chime_identity() as mock:
            mock.restore(snapshot)
            assert kept() == before
            change(client, world, [*CHANGES])


def test_a_restored_operation_that_fails_is_undone(client, mock, world):
    mock.restore(mock.snapshot())
    before = kept()

    with pytest.raises(client.exceptions.ConflictException):
        register(client, world["AppInstanceUserArn"], "device")
    with pytest.raises(ValueError, match="app_instances"):
        mock.load({"version": 1, "app_instances": [{"Name": "chat"}, {}]})

    assert kept() == before


# Options and wrong use


def test_a_snapshot_taken_inside_can_be_restored_outside(client, mock, world):
    with mock_chime_identity() as inner:
        before = kept()
        snapshot = inner.snapshot()
        call(client, "DeleteAppInstance", **world)

    mock.restore(snapshot)

    assert kept() == before


def test_a_snapshot_says_how_much_it_holds(client, mock, app_instance_arn):
    one = mock.snapshot()
    client_of(OTHER_ACCOUNT, OTHER_REGION).create_app_instance(Name="other")

    two = mock.snapshot()

    assert (repr(one), repr(two)) == (
        "<Snapshot of 1 app instance>",
        "<Snapshot of 2 app instances>",
    )


@pytest.mark.parametrize("other", [None, {}, "snapshot", {"version": 1, "app_instances": []}])
def test_only_a_snapshot_can_be_restored(mock, user_arn, other):
    mock.clock.advance(days=1)
    before = kept()

    with pytest.raises(TypeError, match=r"snapshot\(\)"):
        mock.restore(other)

    assert kept() == before
    assert mock.clock.advanced_by == timedelta(days=1)


def test_snapshots_take_a_mock_that_is_on(mock, user_arn):
    snapshot, off, before = mock.snapshot(), mock_chime_identity(), kept()

    with pytest.raises(RuntimeError, match="not on"):
        off.snapshot()
    with pytest.raises(RuntimeError, match="not on"):
        off.restore(snapshot)

    assert kept() == before
