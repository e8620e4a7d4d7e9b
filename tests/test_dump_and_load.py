"""State as plain data: what a dump looks like, what can be loaded, and that a load does all or nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

import boto3
import pytest
from behaviour import SOON, make_bot, make_user, make_world, register, set_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import (
    ACCOUNT_ID,
    LEX_CONFIGURATION,
    PINPOINT_APP_ARN,
    REGION,
    SERVICE,
    kept,
    pages,
)

from chime_identity_mock import ChimeIdentityMock, mock_chime_identity
from chime_identity_mock.backend import ChimeIdentityBackend
from chime_identity_mock.backends import backends

ARNS = {"AppInstanceArn", "AppInstanceUserArn", "AppInstanceBotArn", "Arn"}
IDS = {"AppInstanceUserId", "EndpointId"}
TIMESTAMPS = {"CreatedTimestamp", "LastUpdatedTimestamp", "InitiateDeletionTimestamp"}
OTHER_ACCOUNT, OTHER_REGION = "210987654321", "eu-central-1"
OTHER = {"account_id": OTHER_ACCOUNT, "region_name": OTHER_REGION}
PREFIX = f"arn:aws:chime:{REGION}:{ACCOUNT_ID}:app-instance"
TAGS = [{"Key": "team", "Value": "red"}, {"Key": "a", "Value": "b"}]
RETENTION = {"ChannelRetentionSettings": {"RetentionDays": 7}}
MADE = 1_700_000_000.123
CHANGED = 1_700_000_001.5


def days(number: int) -> dict[str, Any]:
    return {"ExpirationDays": number, "ExpirationCriterion": "CREATED_TIMESTAMP"}


def device(number: int, **members: Any) -> dict[str, Any]:
    return {
        "Type": "APNS",
        "ResourceArn": PINPOINT_APP_ARN,
        "EndpointAttributes": {"DeviceToken": f"device-{number}"},
        **members,
    }


def state_of(*app_instances: Any) -> dict[str, Any]:
    return {"version": 1, "app_instances": list(app_instances)}


def chat(**members: Any) -> dict[str, Any]:
    """An AppInstance with something of each kind, nothing in it that could be made."""
    return {
        "Name": "chat",
        "Metadata": "m",
        "Tags": TAGS,
        "AppInstanceRetentionSettings": RETENTION,
        "AppInstanceUsers": [
            {"AppInstanceUserId": "ann", "Name": "Ann", "ExpirationSettings": days(3)},
            {
                "AppInstanceUserId": "bob",
                "Name": "Bob",
                "Tags": TAGS,
                "AppInstanceUserEndpoints": [
                    device(1, EndpointState={"Status": "ACTIVE"}),
                    device(2),
                ],
            },
        ],
        "AppInstanceBots": [{"Name": "Helper", "Configuration": LEX_CONFIGURATION, "Tags": TAGS}],
        "AppInstanceAdmins": [{"AppInstanceUserId": "bob"}, {"Admin": {"Name": "Helper"}}],
        **members,
    }


def stripped(value: Any, names: set[str]) -> Any:
    """Plain data without the members of these names, however deep."""
    if isinstance(value, dict):
        return {name: stripped(item, names) for name, item in value.items() if name not in names}
    if isinstance(value, list):
        return [stripped(item, names) for item in value]
    return value


def client_of(account_id: str = ACCOUNT_ID, region_name: str = REGION) -> Any:
    return boto3.client(
        SERVICE,
        region_name=region_name,
        aws_access_key_id=account_id,
        aws_secret_access_key="secret",
    )


def read(operation: Callable[..., dict[str, Any]], **parameters: Any) -> dict[str, Any]:
    answer = operation(**parameters)
    return stripped(answer, {"ResponseMetadata", "NextToken"})


def read_pages(operation: Callable[..., dict[str, Any]], **parameters: Any) -> list[dict[str, Any]]:
    answers = pages(operation, **parameters, MaxResults=2)
    return stripped(answers, {"ResponseMetadata", "NextToken"})


def everything(client: Any) -> Iterator[Any]:
    """All that clients can read, in the order in which it is told."""
    lists = read_pages(client.list_app_instances)
    yield lists
    for summary in [summary for page in lists for summary in page["AppInstances"]]:
        arn = {"AppInstanceArn": summary["AppInstanceArn"]}
        yield read(client.describe_app_instance, **arn)
        yield read(client.get_app_instance_retention_settings, **arn)
        yield read(client.list_tags_for_resource, ResourceARN=summary["AppInstanceArn"])
        yield read_pages(client.list_app_instance_bots, **arn)
        for admin in client.list_app_instance_admins(**arn)["AppInstanceAdmins"]:
            admin_arn = admin["Admin"]["Arn"]
            yield read(client.describe_app_instance_admin, **arn, AppInstanceAdminArn=admin_arn)
        for bot in client.list_app_instance_bots(**arn)["AppInstanceBots"]:
            bot_arn = bot["AppInstanceBotArn"]
            yield read(client.describe_app_instance_bot, AppInstanceBotArn=bot_arn)
            yield read(client.list_tags_for_resource, ResourceARN=bot_arn)
        yield read_pages(client.list_app_instance_admins, **arn)
        yield read_pages(client.list_app_instance_users, **arn)
        for user in client.list_app_instance_users(**arn)["AppInstanceUsers"]:
            user_arn = {"AppInstanceUserArn": user["AppInstanceUserArn"]}
            yield read(client.describe_app_instance_user, **user_arn)
            yield read(client.list_tags_for_resource, ResourceARN=user["AppInstanceUserArn"])
            endpoints = client.list_app_instance_user_endpoints(**user_arn)
            yield read_pages(client.list_app_instance_user_endpoints, **user_arn)
            for endpoint in endpoints["AppInstanceUserEndpoints"]:
                endpoint_id = endpoint["EndpointId"]
                yield read(
                    client.describe_app_instance_user_endpoint, **user_arn, EndpointId=endpoint_id
                )


def populate(mock: ChimeIdentityMock, random: Random) -> None:
    """Have a random world made, changed and in part deleted by calls.

    All names of users and bots differ, so that admins can go by them.
    """
    client = client_of()
    names = iter(range(1000))
    for _ in range(random.randint(0, 3)):
        instance = client.create_app_instance(
            Name=random.choice("ab"), Tags=random.choice([TAGS, TAGS[:1]])
        )
        arn = instance["AppInstanceArn"]
        holders = []
        for number in range(random.randint(0, 7)):
            optional = {"Metadata": random.choice(["", "m"]), "ExpirationSettings": days(1)}
            members = {name: optional[name] for name in optional if random.random() < 0.4}
            user_arn = make_user(client, arn, f"u{number}", Name=f"n{next(names)}", **members)
            holders.append(user_arn)
            for device_number in range(random.choice([0, 0, 1, 3])):
                endpoint_id = register(
                    client,
                    user_arn,
                    f"d{device_number}",
                    **random.choice([{}, {"Name": "phone"}, {"ResourceArn": "arn:aws:sns:a:1:b"}]),
                )
                if random.random() < 0.3:
                    mock.deactivate_endpoint(user_arn, endpoint_id)
            if random.random() < 0.3:
                mock.clock.advance(hours=random.choice([1, 12, 25]))
            if random.random() < 0.3:
                client.tag_resource(ResourceARN=arn, Tags=[{"Key": f"k{number}", "Value": "v"}])
        for _ in range(random.randint(0, 2)):
            named = random.choice([{}, {"Name": f"n{next(names)}", "Metadata": "m"}])
            bot_arn = make_bot(client, arn, **named)
            holders += [bot_arn] if named else []
        if random.random() < 0.5:
            settings = random.choice([RETENTION, {}, {"ChannelRetentionSettings": {}}])
            client.put_app_instance_retention_settings(
                AppInstanceArn=arn, AppInstanceRetentionSettings=settings
            )
        change(client, arn, holders, random, names)


def change(client: Any, arn: str, holders: list[str], random: Random, names: Iterator[int]) -> None:
    for holder in random.sample(holders, len(holders)):
        members = {"Name": f"n{next(names)}", "Metadata": random.choice(["", "changed"])}
        is_bot = "/bot/" in holder
        name = {"AppInstanceBotArn" if is_bot else "AppInstanceUserArn": holder}
        step = random.choice(["admin", "admin", "update", "delete", "nothing"])
        try:
            if step == "admin":
                client.create_app_instance_admin(AppInstanceArn=arn, AppInstanceAdminArn=holder)
            if step == "update":
                update = (
                    client.update_app_instance_bot if is_bot else client.update_app_instance_user
                )
                update(**name, **members)
            if step == "delete":
                delete = (
                    client.delete_app_instance_bot if is_bot else client.delete_app_instance_user
                )
                delete(**name)
        except client.exceptions.ForbiddenException:
            assert not is_bot, "only users expire"


randoms = st.builds(Random, st.integers(0, 2**32))
few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


# Dumps


def test_a_dump_of_nothing_has_a_version_and_no_app_instances(mock):
    assert mock.dump() == {"version": 1, "app_instances": []}


def test_a_dump_holds_everything_nested_and_by_awss_names(client, mock, monkeypatch):
    set_time(monkeypatch, SOON)
    world = make_world(client)
    arn, user_arn, bot_arn = (world[f"AppInstance{name}"] for name in ("Arn", "UserArn", "BotArn"))
    for tagged in (arn, user_arn, bot_arn):
        client.tag_resource(ResourceARN=tagged, Tags=TAGS)
    client.put_app_instance_retention_settings(
        AppInstanceArn=arn, AppInstanceRetentionSettings=RETENTION
    )
    client.put_app_instance_user_expiration_settings(
        AppInstanceUserArn=user_arn, ExpirationSettings=days(3)
    )
    moment = SOON.timestamp()
    stamps = {"CreatedTimestamp": moment, "LastUpdatedTimestamp": moment}

    state = mock.dump()

    assert state == state_of(
        {
            "AppInstanceArn": arn,
            "Name": "chat",
            **stamps,
            "Tags": TAGS,
            "AppInstanceRetentionSettings": RETENTION,
            "InitiateDeletionTimestamp": moment + timedelta(days=30).total_seconds(),
            "AppInstanceUsers": [
                {
                    "AppInstanceUserId": "ann",
                    "AppInstanceUserArn": user_arn,
                    "Name": "Ann",
                    **stamps,
                    "ExpirationSettings": days(3),
                    "Tags": TAGS,
                    "AppInstanceUserEndpoints": [
                        {
                            "AppInstanceUserArn": user_arn,
                            "EndpointId": world["EndpointId"],
                            "Type": "GCM",
                            "ResourceArn": PINPOINT_APP_ARN,
                            "EndpointAttributes": {"DeviceToken": "device"},
                            **stamps,
                            "AllowMessages": "ALL",
                            "EndpointState": {"Status": "ACTIVE"},
                        }
                    ],
                }
            ],
            "AppInstanceBots": [
                {
                    "AppInstanceBotArn": bot_arn,
                    "Configuration": LEX_CONFIGURATION,
                    **stamps,
                    "Tags": TAGS,
                }
            ],
            "AppInstanceAdmins": [
                {
                    "Admin": {"Arn": user_arn, "Name": "Ann"},
                    "AppInstanceArn": arn,
                    "CreatedTimestamp": moment,
                }
            ],
        }
    )


def test_what_there_is_none_of_is_an_empty_list_in_a_dump(mock, app_instance_arn, client):
    make_user(client, app_instance_arn)

    (instance,) = mock.dump()["app_instances"]

    (user,) = instance.pop("AppInstanceUsers")
    assert {name: value for name, value in instance.items() if value == []} == {
        "AppInstanceAdmins": [],
        "AppInstanceBots": [],
        "Tags": [],
    }
    assert (user["Tags"], user["AppInstanceUserEndpoints"]) == ([], [])


def test_a_dump_is_in_order_of_creation(client, mock):
    arns = [client.create_app_instance(Name=name)["AppInstanceArn"] for name in "cab"]
    for user_id in "zxy":
        make_user(client, arns[0], user_id)

    instances = mock.dump()["app_instances"]

    assert [instance["Name"] for instance in instances] == [*"cab"]
    users = instances[0]["AppInstanceUsers"]
    assert [user["AppInstanceUserId"] for user in users] == [*"zxy"]


def test_a_dump_leaves_out_who_has_expired(client, mock, app_instance_arn, user_arn):
    make_user(client, app_instance_arn, "bob", ExpirationSettings=days(1))

    mock.clock.advance(days=1)

    (instance,) = mock.dump()["app_instances"]
    assert [user["Name"] for user in instance["AppInstanceUsers"]] == ["Ann"]


def test_a_dump_holds_who_was_given_longer(client, mock, app_instance_arn):
    bob = make_user(client, app_instance_arn, "bob", ExpirationSettings=days(1))
    client.put_app_instance_user_expiration_settings(
        AppInstanceUserArn=bob, ExpirationSettings=days(2)
    )

    mock.clock.advance(days=1)

    (instance,) = mock.dump()["app_instances"]
    assert [user["ExpirationSettings"] for user in instance["AppInstanceUsers"]] == [days(2)]


def test_a_dump_is_of_one_account_and_region(mock):
    client_of().create_app_instance(Name="own")
    client_of(OTHER_ACCOUNT, OTHER_REGION).create_app_instance(Name="other")

    dumps = [mock.dump(), mock.dump(**OTHER), mock.dump(account_id=OTHER_ACCOUNT)]

    names = [[instance["Name"] for instance in dump["app_instances"]] for dump in dumps]
    assert names == [["own"], ["other"], []]


def test_dumps_and_loads_are_by_default_where_calls_are_by_default():
    with mock_chime_identity(**OTHER) as mock:
        mock.load(state_of({"Name": "chat"}))

        (dumped,) = mock.dump()["app_instances"]
        (found,) = boto3.client(SERVICE).list_app_instances()["AppInstances"]

    assert f":{OTHER_REGION}:{OTHER_ACCOUNT}:" in found["AppInstanceArn"]
    assert found["AppInstanceArn"] == dumped["AppInstanceArn"]


def test_looking_leaves_no_trace(mock, user_arn):
    before = kept()

    mock.dump(**OTHER)

    assert kept() == before


def test_changing_a_dump_changes_nothing_else(client, mock):
    mock.load(state_of(chat()))
    dump = mock.dump()
    before, untouched = kept(), deepcopy(dump)

    spoil(dump)

    assert dump != untouched
    assert kept() == before
    assert mock.dump() == untouched


def spoil(value: Any) -> None:
    """Change plain data wherever it can be changed."""
    for item in [*(value.values() if isinstance(value, dict) else value)]:
        if isinstance(item, dict | list):
            spoil(item)
    value.clear()


# There and back


@few
@given(random=randoms, delay=st.sampled_from([0, 6]))
def test_a_dump_can_be_loaded_again(random, delay):
    with mock_chime_identity(expiration_delay=timedelta(hours=delay)) as mock:
        populate(mock, random)
        dump, known = mock.dump(), [*everything(client_of())]
        ahead = mock.clock.advanced_by
        mock.reset()
        mock.clock.advance(ahead)

        arns = mock.load(json.loads(json.dumps(dump)))

        assert arns == [instance["AppInstanceArn"] for instance in dump["app_instances"]]
        assert mock.dump() == dump
        assert [*everything(client_of())] == known


@few
@given(random=randoms)
def test_what_is_left_out_of_a_dump_is_made(random):
    with mock_chime_identity() as mock:
        populate(mock, random)
        dump, left_out = mock.dump(), ARNS | IDS | TIMESTAMPS
        mock.reset()

        mock.load(stripped(dump, left_out))

        made = mock.dump()
        assert stripped(made, left_out) == stripped(dump, left_out)
        for instance, was in zip(made["app_instances"], dump["app_instances"], strict=True):
            assert instance.keys() == was.keys()
            assert instance["AppInstanceArn"] != was["AppInstanceArn"]


@few
@given(
    random=randoms,
    left_out=st.sampled_from([ARNS, IDS, TIMESTAMPS, ARNS | TIMESTAMPS]),
)
def test_a_part_can_be_left_out_of_a_dump(random, left_out):
    with mock_chime_identity() as mock:
        populate(mock, random)
        dump = mock.dump()
        mock.reset()

        mock.load(stripped(dump, left_out))

        assert stripped(mock.dump(), left_out) == stripped(dump, left_out)


@few
@given(random=randoms)
def test_a_dump_without_arns_can_be_loaded_elsewhere(random):
    with mock_chime_identity() as mock:
        populate(mock, random)
        dump = mock.dump()

        arns = mock.load(stripped(dump, ARNS), **OTHER)

        assert all(f":{OTHER_REGION}:{OTHER_ACCOUNT}:" in arn for arn in arns)
        assert stripped(mock.dump(**OTHER), ARNS) == stripped(dump, ARNS)
        assert mock.dump() == dump


# What can be loaded


def test_a_load_gives_the_arns_in_order(client, mock):
    arns = mock.load(state_of({"Name": "b"}, {"Name": "a"}))

    found = client.list_app_instances()["AppInstances"]
    assert [(instance["AppInstanceArn"], instance["Name"]) for instance in found] == [
        (arns[0], "b"),
        (arns[1], "a"),
    ]


def test_a_load_adds_to_what_is_there(client, mock, app_instance_arn):
    (arn,) = mock.load(state_of({"Name": "b"}))

    found = client.list_app_instances()["AppInstances"]
    assert [instance["AppInstanceArn"] for instance in found] == [app_instance_arn, arn]


@pytest.mark.parametrize("state", [{"version": 1}, state_of(), {**state_of(), "app_instances": ()}])
def test_nothing_can_be_loaded(mock, state):
    assert mock.load(state) == []


def test_arns_ids_and_timestamps_that_are_given_are_kept(client, mock):
    arn, user_arn = f"{PREFIX}/mine", f"{PREFIX}/mine/user/ann"
    bot_arn = f"{PREFIX}/mine/bot/helper"
    stamps = {"CreatedTimestamp": MADE, "LastUpdatedTimestamp": CHANGED}
    endpoint = device(1, EndpointId="phone", AppInstanceUserArn=user_arn, **stamps)
    instance = chat(
        AppInstanceArn=arn,
        **stamps,
        InitiateDeletionTimestamp=MADE,
        AppInstanceUsers=[
            {
                "AppInstanceUserArn": user_arn,
                "Name": "Ann",
                **stamps,
                "AppInstanceUserEndpoints": [endpoint],
            }
        ],
        AppInstanceBots=[
            {"AppInstanceBotArn": bot_arn, "Configuration": LEX_CONFIGURATION, **stamps}
        ],
        AppInstanceAdmins=[
            {"Admin": {"Arn": bot_arn}, "AppInstanceArn": arn, "CreatedTimestamp": MADE}
        ],
    )

    arns = mock.load(state_of(instance))

    (dumped,) = mock.dump()["app_instances"]
    assert arns == [arn]
    assert instance.items() <= {**dumped, **only_given(dumped, instance)}.items()
    endpoint = client.describe_app_instance_user_endpoint(
        AppInstanceUserArn=user_arn, EndpointId="phone"
    )["AppInstanceUserEndpoint"]
    assert endpoint["CreatedTimestamp"].timestamp() == MADE
    assert endpoint["LastUpdatedTimestamp"].timestamp() == CHANGED


def test_nothing_goes_by_what_it_was_called_before_its_name_was_given(mock):
    user = {"Name": "Ann", "AppInstanceUserEndpoints": [device(1, EndpointId="phone")]}
    bot_arn = f"{PREFIX}/mine/bot/helper"
    bot = {"AppInstanceBotArn": bot_arn, "Configuration": LEX_CONFIGURATION}
    instance = {"Name": "chat", "AppInstanceUsers": [user], "AppInstanceBots": [bot]}

    mock.load(state_of({**instance, "AppInstanceArn": f"{PREFIX}/mine"}))

    # It holds what each thing goes by against the thing.
    assert kept()
    assert [*backends.at(ACCOUNT_ID, REGION).app_instances._by_key] == [f"{PREFIX}/mine"]


def only_given(found: Any, given: Any) -> Any:
    """Of what was found that for which something was given."""
    if isinstance(given, dict):
        return {name: only_given(found[name], given[name]) for name in given}
    if isinstance(given, list):
        return [only_given(*pair) for pair in zip(found, given, strict=True)]
    return found


def test_none_is_what_was_left_out(mock):
    stamps = dict.fromkeys(["CreatedTimestamp", "LastUpdatedTimestamp"])
    endpoint = device(1, EndpointId=None, EndpointState=None, AppInstanceUserArn=None, **stamps)
    ann = {"AppInstanceUserId": "ann", "Name": "Ann", "AppInstanceUserEndpoints": [endpoint]}
    state = state_of(
        {
            "AppInstanceArn": None,
            "Name": "chat",
            "Metadata": None,
            "Tags": None,
            "InitiateDeletionTimestamp": None,
            "AppInstanceRetentionSettings": None,
            **stamps,
            "AppInstanceUsers": [
                {**ann, "AppInstanceUserArn": None, "ExpirationSettings": None, **stamps},
                {"AppInstanceUserId": None, "Name": "Bob", "AppInstanceUserEndpoints": None},
            ],
            "AppInstanceBots": [
                {
                    "AppInstanceBotArn": None,
                    "Name": "Helper",
                    "Configuration": LEX_CONFIGURATION,
                    **stamps,
                }
            ],
            "AppInstanceAdmins": [
                {"Admin": None, "AppInstanceUserId": "ann", "CreatedTimestamp": None},
                {"Admin": {"Arn": None, "Name": "Helper"}, "AppInstanceArn": None},
            ],
        }
    )

    mock.load(state)

    (instance,) = mock.dump()["app_instances"]
    assert [user["Name"] for user in instance["AppInstanceUsers"]] == ["Ann", "Bob"]
    assert [admin["Admin"]["Name"] for admin in instance["AppInstanceAdmins"]] == ["Ann", "Helper"]


@pytest.mark.parametrize(
    "value",
    [
        1_700_000_000.123,
        1_700_000_000.1234,
        1_700_000_000.12261,
        "2023-11-14T22:13:20.123Z",
        "2023-11-14T23:13:20.123+01:00",
        "2023-11-14 22:13:20.122600+00:00",
        datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=timezone.utc),
        datetime(2023, 11, 14, 20, 13, 20, 123456, tzinfo=timezone(timedelta(hours=-2))),
    ],
    ids=str,
)
def test_timestamps_are_numbers_texts_or_datetimes_to_the_millisecond(client, mock, value):
    (arn,) = mock.load(state_of({"Name": "chat", "CreatedTimestamp": value}))

    found = client.describe_app_instance(AppInstanceArn=arn)["AppInstance"]
    assert found["CreatedTimestamp"].timestamp() == MADE


def test_a_timestamp_can_be_a_whole_number(mock):
    mock.load(state_of({"Name": "chat", "CreatedTimestamp": 0}))

    assert mock.dump()["app_instances"][0]["CreatedTimestamp"] == 0


def test_what_was_only_created_was_last_updated_then(mock):
    mock.load(state_of({"Name": "chat", "CreatedTimestamp": MADE}))

    assert mock.dump()["app_instances"][0]["LastUpdatedTimestamp"] == MADE


def test_timestamps_left_out_are_of_now(mock, monkeypatch):
    set_time(monkeypatch, SOON)

    mock.load(state_of(chat()))

    text = json.dumps(mock.dump())
    assert text.count(f'Timestamp": {SOON.timestamp()}') == 2 + 4 + 4 + 2 + 2


def test_ids_left_out_repeat_by_the_seed():
    def loaded():
        with mock_chime_identity(seed=7) as mock:
            users = [{"Name": "Ann"}, {"Name": "Bob", "AppInstanceUserEndpoints": [device(1)]}]
            bots = [{"Configuration": LEX_CONFIGURATION}]
            mock.load(state_of({"Name": "a", "AppInstanceUsers": users, "AppInstanceBots": bots}))
            return stripped(mock.dump(), TIMESTAMPS)

    assert loaded() == loaded()


def test_a_user_whose_arn_is_given_has_the_id_in_it(client, mock):
    user = {"AppInstanceUserArn": f"{PREFIX}/mine/user/a.b@c", "Name": "Ann"}

    mock.load(
        state_of({"AppInstanceArn": f"{PREFIX}/mine", "Name": "a", "AppInstanceUsers": [user]})
    )

    (found,) = client.list_app_instance_users(AppInstanceArn=f"{PREFIX}/mine")["AppInstanceUsers"]
    assert found["AppInstanceUserArn"] == user["AppInstanceUserArn"]


def test_the_state_of_an_endpoint_is_kept(mock):
    state = {"Status": "INACTIVE", "StatusReason": "INVALID_DEVICE_TOKEN"}
    user = {"Name": "Ann", "AppInstanceUserEndpoints": [device(1, EndpointState=state), device(2)]}

    mock.load(state_of({"Name": "chat", "AppInstanceUsers": [user]}))

    (found,) = mock.dump()["app_instances"][0]["AppInstanceUsers"]
    states = [endpoint["EndpointState"] for endpoint in found["AppInstanceUserEndpoints"]]
    assert states == [state, {"Status": "ACTIVE"}]


def test_a_user_who_is_due_goes_at_once_with_all_that_is_the_users(client, mock):
    instance = chat()
    instance["AppInstanceUsers"][1] |= {"CreatedTimestamp": MADE, "ExpirationSettings": days(1)}

    (arn,) = mock.load(state_of(instance))

    users = client.list_app_instance_users(AppInstanceArn=arn)["AppInstanceUsers"]
    admins = client.list_app_instance_admins(AppInstanceArn=arn)["AppInstanceAdmins"]
    assert [user["Name"] for user in users] == ["Ann"]
    assert [admin["Admin"]["Name"] for admin in admins] == ["Helper"]


def test_loading_leaves_the_given_alone(mock):
    state = state_of(chat(CreatedTimestamp=SOON))
    before = deepcopy(state)

    mock.load(state)

    assert state == before


def test_changing_the_given_later_changes_nothing_else(mock):
    state = deepcopy(state_of(chat()))
    mock.load(state)
    before = kept()

    spoil(state)

    assert kept() == before


def test_loading_is_no_call(mock):
    mock.load(state_of(chat()))

    assert len(mock.calls) == 0


def test_loading_is_not_for_faults_or_rates():
    with mock_chime_identity(rate_limits={"CreateAppInstance": 1}) as mock:
        mock.fail_next(None, "ServiceFailureException", times=None)

        arns = mock.load(state_of(*[{"Name": "chat"}] * 7))

        mock.reset()
    assert len(arns) == 7


# What was loaded is as what was made


def test_what_was_loaded_comes_in_pages(client, mock):
    users = [{"AppInstanceUserId": f"u{number}", "Name": "n"} for number in range(5)]
    (arn,) = mock.load(state_of({"Name": "chat", "AppInstanceUsers": users}))
    make_user(client, arn, "u5")

    answers = pages(client.list_app_instance_users, AppInstanceArn=arn, MaxResults=2)

    ids = [
        [user["AppInstanceUserArn"].rpartition("/")[2] for user in answer["AppInstanceUsers"]]
        for answer in answers
    ]
    assert ids == [["u0", "u1"], ["u2", "u3"], ["u4", "u5"]]


def test_users_who_were_loaded_expire(client, mock):
    (arn,) = mock.load(state_of(chat()))

    mock.clock.advance(days=3)

    (user,) = client.list_app_instance_users(AppInstanceArn=arn)["AppInstanceUsers"]
    assert user["Name"] == "Bob"


def test_what_was_loaded_can_be_changed_and_deleted(client, mock):
    (arn,) = mock.load(state_of(chat()))
    bob = f"{arn}/user/bob"

    client.update_app_instance_user(AppInstanceUserArn=bob, Name="Robert", Metadata="")
    (bot,) = client.list_app_instance_bots(AppInstanceArn=arn)["AppInstanceBots"]
    client.delete_app_instance_bot(AppInstanceBotArn=bot["AppInstanceBotArn"])
    phone, _ = client.list_app_instance_user_endpoints(AppInstanceUserArn=bob)[
        "AppInstanceUserEndpoints"
    ]
    client.deregister_app_instance_user_endpoint(
        AppInstanceUserArn=bob, EndpointId=phone["EndpointId"]
    )
    register(client, bob, "device-1")

    admins = client.list_app_instance_admins(AppInstanceArn=arn)["AppInstanceAdmins"]
    assert [admin["Admin"]["Name"] for admin in admins] == ["Robert"]
    client.delete_app_instance(AppInstanceArn=arn)
    assert mock.dump() == state_of()


def test_what_was_loaded_counts_towards_quotas(make_client, mock):
    mock.load(state_of(*[{"Name": "chat"}] * 100))
    client = make_client(region_name=REGION)

    with pytest.raises(client.exceptions.ResourceLimitExceededException):
        client.create_app_instance(Name="one more")

    assert len(mock.dump()["app_instances"]) == 100


def test_tokens_are_not_in_a_dump(client, mock):
    first = client.create_app_instance(Name="chat", ClientRequestToken="token")["AppInstanceArn"]
    bot = {
        "AppInstanceArn": first,
        "Configuration": LEX_CONFIGURATION,
        "ClientRequestToken": "token",
    }
    client.create_app_instance_bot(**bot)
    dump = mock.dump()
    mock.reset()
    mock.load(dump)

    client.create_app_instance_bot(**bot)
    second = client.create_app_instance(Name="chat", ClientRequestToken="token")["AppInstanceArn"]

    assert first != second
    assert len(client.list_app_instance_bots(AppInstanceArn=first)["AppInstanceBots"]) == 2


# All or nothing

USERS = "app_instances[1].AppInstanceUsers"
ANN, BOB = f"{USERS}[0]", f"{USERS}[1]"
PHONE, TABLET = (f"{BOB}.AppInstanceUserEndpoints[{number}]" for number in range(2))
BOT = "app_instances[1].AppInstanceBots[0]"
ADMIN, OTHER_ADMIN = (f"app_instances[1].AppInstanceAdmins[{number}]" for number in range(2))
CHAT = "app_instances[1]"
LEX = LEX_CONFIGURATION["Lex"]
FOREIGN_ARN = PREFIX.replace(REGION, OTHER_REGION)
# Where something stands in the state, what is put there, and how the error's text begins.
FAULTY = [
    # Members that are none
    ("", {"Version": 1}, "the state: 'Version'"),
    (CHAT, {"AppInstanceUser": []}, f"{CHAT}: 'AppInstanceUser'"),
    (CHAT, {5: 6}, f"{CHAT}: 5"),
    (ANN, {"UserId": "x"}, f"{ANN}: 'UserId'"),
    (PHONE, {"Id": "x"}, f"{PHONE}: 'Id'"),
    (BOT, {"Lex": LEX}, f"{BOT}: 'Lex'"),
    (ADMIN, {"Name": "x"}, f"{ADMIN}: 'Name'"),
    (ADMIN, {"Admin": {"Id": "x"}}, f"{ADMIN}.Admin: 'Id'"),
    (CHAT, {"Tags": [{"Key": "a", "Val": "b"}]}, f"{CHAT}.Tags[0]: 'Val'"),
    (ANN, {"ExpirationSettings": {**days(1), "Day": 1}}, f"{ANN}.ExpirationSettings: 'Day'"),
    (
        CHAT,
        {"AppInstanceRetentionSettings": {"ChannelRetentionSettings": {"Days": 1}}},
        f"{CHAT}.AppInstanceRetentionSettings.ChannelRetentionSettings: 'Days'",
    ),
    (BOT, {"Configuration": {"Lex": {**LEX, "Locale": "x"}}}, f"{BOT}.Configuration.Lex: 'Locale'"),
    (
        PHONE,
        {"EndpointAttributes": {"DeviceToken": "d", "Voip": "d"}},
        f"{PHONE}.EndpointAttributes: 'Voip'",
    ),
    (PHONE, {"EndpointState": {"Reason": "x"}}, f"{PHONE}.EndpointState: 'Reason'"),
    # Values of another type
    ("", {"app_instances": {}}, "app_instances: "),
    ("", {"app_instances": "ab"}, "app_instances: "),
    ("", {"app_instances": [chat(), None]}, "app_instances[1]: "),
    (CHAT, {"Name": 5}, f"{CHAT}: "),
    (CHAT, {"Tags": {"a": "b"}}, f"{CHAT}: "),
    (CHAT, {"AppInstanceUsers": {"ann": {}}}, f"{USERS}: "),
    (CHAT, {"AppInstanceUsers": ["ann"]}, f"{ANN}: "),
    (CHAT, {"AppInstanceArn": 5}, f"{CHAT}"),
    (ANN, {"AppInstanceUserId": 5}, f"{ANN}: "),
    (ANN, {"AppInstanceUserId": ["ann"]}, f"{ANN}: "),
    (ANN, {"AppInstanceUserArn": 5}, f"{ANN}.AppInstanceUserArn: "),
    (ANN, {"ExpirationSettings": "soon"}, f"{ANN}: "),
    (BOB, {"AppInstanceUserEndpoints": device(1)}, f"{BOB}.AppInstanceUserEndpoints: "),
    (PHONE, {"EndpointId": 5}, f"{PHONE}: "),
    (PHONE, {"EndpointId": ["x"]}, f"{PHONE}: "),
    (PHONE, {"EndpointState": "ACTIVE"}, f"{PHONE}.EndpointState: "),
    (BOT, {"AppInstanceBotArn": 5}, f"{BOT}"),
    (CHAT, {"AppInstanceAdmins": ["ann"]}, f"{ADMIN}: "),
    (ADMIN, {"Admin": "ann"}, f"{ADMIN}.Admin: "),
    (ADMIN, {"Admin": []}, f"{ADMIN}.Admin: "),
    (ADMIN, {"Admin": {"Arn": 5}}, f"{ADMIN}: "),
    # Constraints and rules of the API
    (CHAT, {"Name": None}, f"{CHAT}: "),
    (CHAT, {"Name": ""}, f"{CHAT}: "),
    (CHAT, {"Metadata": "ö" * 1000}, f"{CHAT}: "),
    (CHAT, {"Tags": [{"Key": "aws:a", "Value": "b"}]}, f"{CHAT}: "),
    (CHAT, {"Tags": TAGS * 2}, f"{CHAT}: "),
    (CHAT, {"Tags": [{"Key": str(n), "Value": "v"} for n in range(51)]}, f"{CHAT}: "),
    (CHAT, {"Tags": [{"Key": "a"}]}, f"{CHAT}: "),
    (
        CHAT,
        {"AppInstanceRetentionSettings": {"ChannelRetentionSettings": {"RetentionDays": 0}}},
        f"{CHAT}: ",
    ),
    (ANN, {"AppInstanceUserId": "a/b"}, f"{ANN}: "),
    (ANN, {"Name": " "}, f"{ANN}: "),
    (ANN, {"Tags": [TAGS[0], TAGS[0]]}, f"{ANN}: "),
    (ANN, {"ExpirationSettings": days(5476)}, f"{ANN}: "),
    (ANN, {"ExpirationSettings": {}}, f"{ANN}: "),
    (PHONE, {"Type": "FAX"}, f"{PHONE}: "),
    (PHONE, {"EndpointId": "x" * 65}, f"{PHONE}: "),
    (PHONE, {"EndpointId": ""}, f"{PHONE}.EndpointId: "),
    (PHONE, {"EndpointState": {}}, f"{PHONE}.EndpointState.Status: "),
    (PHONE, {"EndpointState": {"Status": "OFF"}}, f"{PHONE}.EndpointState.Status: "),
    (
        PHONE,
        {"EndpointState": {"Status": "ACTIVE", "StatusReason": "x"}},
        f"{PHONE}.EndpointState.StatusReason: ",
    ),
    (BOT, {"Configuration": None}, f"{BOT}: "),
    (BOT, {"Tags": [{"Key": "aws:a", "Value": "b"}]}, f"{BOT}: "),
    # What is there already
    (CHAT, {"AppInstanceArn": f"{PREFIX}/present"}, f"{CHAT}: "),
    (BOB, {"AppInstanceUserId": "ann"}, f"{BOB}.AppInstanceUserId: "),
    (TABLET, {"EndpointAttributes": {"DeviceToken": "device-1"}}, f"{TABLET}: "),
    (TABLET, {"EndpointId": "phone"}, f"{TABLET}: "),
    (
        CHAT,
        {
            "AppInstanceArn": f"{PREFIX}/mine",
            "AppInstanceBots": [
                {"AppInstanceBotArn": f"{PREFIX}/mine/bot/b", "Configuration": LEX_CONFIGURATION}
            ]
            * 2,
        },
        "app_instances[1].AppInstanceBots[1]: ",
    ),
    (OTHER_ADMIN, {"Admin": {"Name": "Bob"}}, f"{OTHER_ADMIN}: "),
    # ARNs that are others'
    (CHAT, {"AppInstanceArn": f"{FOREIGN_ARN}/a"}, f"{CHAT}.AppInstanceArn: "),
    (CHAT, {"AppInstanceArn": f"{PREFIX}/a/user/b"}, f"{CHAT}.AppInstanceArn: "),
    (CHAT, {"AppInstanceArn": f"{PREFIX}/a\nb"}, f"{CHAT}: "),
    (CHAT, {"AppInstanceArn": f"{PREFIX}/{'a' * 1600}"}, f"{CHAT}: "),
    (ANN, {"AppInstanceUserArn": f"{PREFIX}/other/user/ann"}, f"{ANN}.AppInstanceUserArn: "),
    (PHONE, {"AppInstanceUserArn": f"{PREFIX}/other/user/bob"}, f"{PHONE}.AppInstanceUserArn: "),
    (BOT, {"AppInstanceBotArn": f"{PREFIX}/other/bot/b"}, f"{BOT}.AppInstanceBotArn: "),
    (BOT, {"AppInstanceBotArn": "b"}, f"{BOT}: "),
    (ADMIN, {"AppInstanceArn": f"{PREFIX}/other"}, f"{ADMIN}.AppInstanceArn: "),
    (ADMIN, {"Admin": {"Arn": f"{PREFIX}/other/user/ann"}}, f"{ADMIN}: "),
    # Admins that are nobody, or could be two
    (ADMIN, {"AppInstanceUserId": "nobody"}, f"{ADMIN}: "),
    (ADMIN, {"AppInstanceUserId": None}, f"{ADMIN}: "),
    (ADMIN, {"AppInstanceUserId": None, "Admin": {"Name": "Nobody"}}, f"{ADMIN}: "),
    (ANN, {"Name": "Helper"}, f"{OTHER_ADMIN}: "),
    # Moments
    (CHAT, {"LastUpdatedTimestamp": "now"}, f"{CHAT}.LastUpdatedTimestamp: "),
    (ANN, {"CreatedTimestamp": {}}, f"{ANN}.CreatedTimestamp: "),
    (PHONE, {"CreatedTimestamp": "x"}, f"{PHONE}.CreatedTimestamp: "),
    (BOT, {"CreatedTimestamp": "x"}, f"{BOT}.CreatedTimestamp: "),
    (ADMIN, {"CreatedTimestamp": "x"}, f"{ADMIN}.CreatedTimestamp: "),
    (CHAT, {"InitiateDeletionTimestamp": "x"}, f"{CHAT}.InitiateDeletionTimestamp: "),
    (
        CHAT,
        {"InitiateDeletionTimestamp": MADE, "AppInstanceRetentionSettings": None},
        f"{CHAT}.InitiateDeletionTimestamp: ",
    ),
    # The version
    ("", {"version": 2}, "the state: "),
    ("", {"version": None}, "the state: "),
]


def at(state: Any, place: str) -> Any:
    """What stands at a place like app_instances[1].AppInstanceUsers[0]."""
    for step in filter(None, place.replace("]", "").replace("[", ".").split(".")):
        state = state[int(step) if step.isdigit() else step]
    return state


@pytest.fixture
def present(mock):
    """Something that is there before."""
    mock.load(state_of(chat(AppInstanceArn=f"{PREFIX}/present")))


def filled() -> dict[tuple[str, str], Any]:
    """All that is kept, of each account and region where there is something."""
    return {place: instances for place, instances in kept().items() if instances}


def refused(mock: ChimeIdentityMock, state: Any, beginning: str = "", **where: Any) -> str:
    """Why a state can't be loaded; it must leave all that is kept as it is."""
    before = filled()

    with pytest.raises(ValueError, match=f"^{re.escape(beginning)}") as caught:
        mock.load(state, **where)

    assert filled() == before
    assert caught.type is ValueError
    return str(caught.value)


@pytest.mark.usefixtures("present")
@pytest.mark.parametrize(("place", "members", "text"), FAULTY, ids=[text for *_, text in FAULTY])
def test_what_breaks_a_rule_is_named_and_nothing_is_loaded(mock, place, members, text):
    state = deepcopy(state_of(chat(), chat()))
    at(state, PHONE)["EndpointId"] = "phone"
    at(state, place).update(members)

    refused(mock, state, text)


@pytest.mark.usefixtures("present")
@pytest.mark.parametrize(
    "moment",
    [
        "yesterday",
        "",
        "5",
        "2024-01-01T00:00:00",
        "2024-01-01T00:00:00 EST",
        datetime(2024, 1, 1),  # noqa: DTZ001
        True,
        b"2024-01-01T00:00:00Z",
        [],
        float("nan"),
        float("inf"),
        -1e20,
        10**400,
        253_402_300_799,
        datetime.max.replace(tzinfo=timezone.utc),
    ],
    ids=lambda moment: repr(moment)[:20],
)
def test_what_is_no_moment_is_refused(mock, moment):
    state = state_of(chat(), chat(CreatedTimestamp=moment))

    refused(mock, state, "app_instances[1].CreatedTimestamp: ")


@pytest.mark.parametrize("state", [None, [], "state", 5, {}, {"app_instances": []}], ids=str)
def test_what_is_no_state_is_refused(mock, user_arn, state):
    refused(mock, state, "the state: ")


@pytest.mark.parametrize(
    ("quota", "place"),
    [
        ("app_instances_per_account", CHAT),
        ("users_per_app_instance", BOB.replace("[1]", "[0]", 1)),
        ("endpoints_per_user", TABLET.replace("[1]", "[0]", 1)),
        ("admins_per_app_instance", OTHER_ADMIN.replace("[1]", "[0]", 1)),
    ],
)
def test_quotas_in_force_are_those_of_a_load(quota, place):
    with mock_chime_identity(quotas={quota: 1}, region_name=REGION) as mock:
        refused(mock, state_of(chat(), chat()), f"{place}: ")


def test_a_dump_of_another_region_is_refused_with_the_cure(mock):
    mock.load(state_of(chat()), **OTHER)

    text = refused(mock, mock.dump(**OTHER))

    assert "region_name=" in text
    assert PREFIX in text


def test_a_region_without_the_service_is_refused_with_the_cure(mock):
    assert "allow_any_region" in refused(mock, state_of(chat()), region_name="us-west-2")


def test_a_region_without_the_service_is_one_where_any_is_allowed():
    with mock_chime_identity(allow_any_region=True) as mock:
        (arn,) = mock.load(state_of(chat()), region_name="us-west-2")

        assert arn.startswith(f"arn:aws:chime:us-west-2:{ACCOUNT_ID}:")


@pytest.mark.parametrize("account_id", ["", "1234", "12345678901a", 123456789012])
def test_an_account_has_twelve_digits(mock, account_id):
    assert "twelve digits" in refused(mock, state_of(), account_id=account_id)

    with pytest.raises(ValueError, match="twelve digits"):
        mock.dump(account_id=account_id)


def test_nothing_of_a_load_that_was_interrupted_stays(mock, client, user_arn, monkeypatch):
    before = kept()

    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patches:
        patches.setattr(ChimeIdentityBackend, "create_app_instance_admin", interrupt)
        with pytest.raises(KeyboardInterrupt):
            mock.load(state_of(chat(), chat()))

    assert kept() == before
    mock.load(state_of(chat()))
    assert len(client.list_app_instances()["AppInstances"]) == 2


def test_loading_takes_a_mock_that_is_on():
    mock = mock_chime_identity()

    with pytest.raises(RuntimeError, match="not on"):
        mock.load(state_of())


def test_a_dump_is_of_a_mock_that_is_on():
    mock = mock_chime_identity()

    with pytest.raises(RuntimeError, match="not on"):
        mock.dump()


@pytest.mark.parametrize(
    "place", [{"region_name": "us-eats-1"}, {"account_id": "12"}, {"account_id": 123456789012}]
)
def test_a_dump_is_of_an_account_and_region_that_there_are(mock, place):
    with pytest.raises(ValueError, match=r"us-east-1|twelve digits"):
        mock.dump(**place)


def test_a_load_that_fails_leaves_the_sequences_of_ids_as_they_were():
    with mock_chime_identity(seed=1) as mock:
        (expected,) = mock.load(state_of(chat()))
    with mock_chime_identity(seed=1) as mock:
        with pytest.raises(ValueError, match="Nam"):
            mock.load(state_of(chat(), {"Nam": "chat"}))

        assert mock.load(state_of(chat())) == [expected]


def test_no_update_is_before_the_creation(mock):
    times = {"CreatedTimestamp": 2000, "LastUpdatedTimestamp": 1000}

    with pytest.raises(ValueError, match=r"app_instances\[0\].LastUpdatedTimestamp"):
        mock.load(state_of({**chat(), **times}))
