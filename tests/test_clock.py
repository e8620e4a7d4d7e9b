"""The clock of the mocked service: what it tells, and how it is put forward (ledger: retention and expiration)."""

from __future__ import annotations

import math
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta, timezone
from threading import Barrier
from typing import Any

import boto3
import pytest
from conftest import guard_schema
from moto import mock_aws
from support import LEX_CONFIGURATION, PINPOINT_APP_ARN, SERVICE

from chime_identity_mock import mock_chime_identity

MOMENT = datetime(2031, 2, 3, 4, 5, 6, 789_000, tzinfo=timezone.utc)
EXPIRATION = {"ExpirationDays": 1, "ExpirationCriterion": "CREATED_TIMESTAMP"}


def is_near(moment: datetime, expected: datetime) -> bool:
    """Whether a moment is an expected one, give or take what a test takes."""
    return abs(moment - expected) < timedelta(minutes=1)


def real_time() -> datetime:
    return datetime.now(timezone.utc)


def freezegun(moment: datetime) -> AbstractContextManager[Any]:
    module = pytest.importorskip("freezegun")
    return module.freeze_time(moment)


def freezegun_ticking(moment: datetime) -> AbstractContextManager[Any]:
    module = pytest.importorskip("freezegun")
    return module.freeze_time(moment, tick=True)


def time_machine(moment: datetime) -> AbstractContextManager[Any]:
    module = pytest.importorskip("time_machine")
    return module.travel(moment, tick=False)


def time_machine_ticking(moment: datetime) -> AbstractContextManager[Any]:
    module = pytest.importorskip("time_machine")
    return module.travel(moment, tick=True)


FREEZERS = [freezegun, time_machine]
TICKERS = [freezegun_ticking, time_machine_ticking]


@pytest.mark.rule("clock")
def test_now_is_aware_and_in_utc(mock):
    now = mock.clock.now()

    assert now.tzinfo is timezone.utc
    assert is_near(now, real_time())


@pytest.mark.rule("timestamps")
def test_now_is_in_whole_milliseconds(mock):
    microseconds = []
    for _ in range(50):
        microseconds.append(mock.clock.now().microsecond % 1000)
        time.sleep(0.0001)

    assert set(microseconds) == {0}


@pytest.mark.rule("clock")
def test_now_never_lies_ahead(mock):
    before = mock.clock.now()
    real = real_time()

    assert before <= real <= mock.clock.now() + timedelta(milliseconds=1)


@pytest.mark.rule("clock")
def test_clock_runs_as_real_time_does(mock):
    before = mock.clock.now()

    time.sleep(0.005)

    assert mock.clock.now() - before >= timedelta(milliseconds=4)


@pytest.mark.rule("clock")
def test_clock_runs_on_after_it_was_put_forward(mock):
    mock.clock.advance(days=1)
    before = mock.clock.now()

    time.sleep(0.005)

    assert mock.clock.now() > before


@pytest.mark.rule("clock")
@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ({"days": 30}, timedelta(days=30)),
        ({"hours": 6}, timedelta(hours=6)),
        ({"weeks": 2, "days": 1, "minutes": 5}, timedelta(days=15, minutes=5)),
        ({"days": 0.5}, timedelta(hours=12)),
        ({"hours": 48, "minutes": -30}, timedelta(hours=47, minutes=30)),
    ],
)
def test_clock_is_put_forward_by_the_arguments_of_timedelta(mock, units, expected):
    answer = mock.clock.advance(**units)

    assert answer is None
    assert is_near(mock.clock.now(), real_time() + expected)


@pytest.mark.rule("clock")
def test_clock_is_put_forward_by_a_timedelta(mock):
    mock.clock.advance(timedelta(days=30))

    assert is_near(mock.clock.now(), real_time() + timedelta(days=30))


@pytest.mark.rule("clock")
def test_steps_add_up(mock):
    mock.clock.advance(days=1)
    mock.clock.advance(timedelta(hours=12))

    assert is_near(mock.clock.now(), real_time() + timedelta(hours=36))


@pytest.mark.rule("clock")
def test_microseconds_add_up(mock):
    for _ in range(1000):
        mock.clock.advance(microseconds=999_600)

    assert mock.clock.now() - real_time() > timedelta(seconds=999)


@pytest.mark.rule("clock")
@pytest.mark.parametrize("step", [timedelta(), timedelta(microseconds=1)], ids=str)
def test_smallest_steps_are_taken(mock, step):
    mock.clock.advance(step)

    assert is_near(mock.clock.now(), real_time())


@pytest.mark.rule("clock")
@pytest.mark.parametrize(
    ("args", "units"),
    [
        ((), {}),
        ((None,), {}),
        ((timedelta(days=1),), {"days": 1}),
        ((timedelta(), timedelta()), {}),
        ((30,), {}),
        (("30",), {}),
        ((), {"fortnights": 1}),
        ((), {"months": 1}),
        ((), {"by": timedelta(days=1)}),
        ((), {"days": "1"}),
        ((), {"days": None}),
    ],
)
def test_wrong_arguments_are_type_errors(mock, args, units):
    with pytest.raises(TypeError):
        mock.clock.advance(*args, **units)

    assert is_near(mock.clock.now(), real_time())


@pytest.mark.rule("clock")
def test_type_error_of_a_bare_number_says_what_is_taken(mock):
    with pytest.raises(TypeError, match=r"advance\(days=30\)"):
        mock.clock.advance(30)

    assert is_near(mock.clock.now(), real_time())


@pytest.mark.rule("clock")
@pytest.mark.parametrize(
    ("args", "units"),
    [
        ((timedelta(microseconds=-1),), {}),
        ((), {"days": -1}),
        ((), {"days": 1, "hours": -25}),
        ((), {"days": math.nan}),
        ((), {"days": 366 * 8000}),
        ((timedelta.max,), {}),
        ((), {"days": 10**9}),
        ((), {"days": math.inf}),
    ],
)
def test_steps_that_cannot_be_taken_are_value_errors(mock, args, units):
    with pytest.raises(ValueError, match=r"."):
        mock.clock.advance(*args, **units)

    assert is_near(mock.clock.now(), real_time())


@pytest.mark.rule("clock")
def test_step_refused_leaves_the_earlier_ones(mock):
    mock.clock.advance(days=1)

    with pytest.raises(ValueError, match="forward"):
        mock.clock.advance(days=-1)

    assert is_near(mock.clock.now(), real_time() + timedelta(days=1))


@pytest.mark.rule("clock")
def test_service_works_at_the_latest_time_that_the_clock_can_tell(mock, client, app_instance_arn):
    end = datetime.max.replace(tzinfo=timezone.utc)
    step = end - real_time()
    while step:
        with suppress(ValueError):
            mock.clock.advance(step)
        step //= 2

    user_arn = client.create_app_instance_user(
        AppInstanceArn=app_instance_arn,
        AppInstanceUserId="ann",
        Name="Ann",
        ExpirationSettings={**EXPIRATION, "ExpirationDays": 5475},
    )["AppInstanceUserArn"]
    retention = client.put_app_instance_retention_settings(
        AppInstanceArn=app_instance_arn,
        AppInstanceRetentionSettings={"ChannelRetentionSettings": {"RetentionDays": 1}},
    )

    user = client.describe_app_instance_user(AppInstanceUserArn=user_arn)["AppInstanceUser"]
    starts = retention["InitiateDeletionTimestamp"]
    assert is_near(starts - timedelta(days=30), user["CreatedTimestamp"])


@pytest.mark.rule("clock")
def test_clock_is_set_back_when_the_mock_ends():
    with mock_chime_identity() as mock:
        mock.clock.advance(days=30)

    assert is_near(mock.clock.now(), real_time())
    with mock_chime_identity() as mock:
        assert is_near(mock.clock.now(), real_time())


@pytest.mark.rule("clock")
def test_clock_is_set_back_when_the_mock_ends_by_an_error():
    mock = mock_chime_identity()

    @mock
    def fail():
        mock.clock.advance(days=30)
        raise LookupError

    with pytest.raises(LookupError):
        fail()

    assert is_near(mock.clock.now(), real_time())


@pytest.mark.rule("clock")
def test_clock_belongs_to_the_outermost_entry(mock):
    mock.clock.advance(days=1)

    with mock_chime_identity() as inner:
        assert is_near(inner.clock.now(), real_time() + timedelta(days=1))
        inner.clock.advance(days=1)

    assert is_near(mock.clock.now(), real_time() + timedelta(days=2))


@pytest.mark.rule("clock")
def test_reset_sets_the_clock_back(mock):
    mock.clock.advance(days=30)

    mock.reset()

    assert is_near(mock.clock.now(), real_time())


@pytest.mark.rule("clock")
def test_clock_of_a_mock_inside_mock_aws_is_set_back_with_the_data():
    with mock_aws():
        with mock_chime_identity() as mock:
            mock.clock.advance(days=30)
        assert is_near(mock.clock.now(), real_time() + timedelta(days=30))

    assert is_near(mock.clock.now(), real_time())


@pytest.mark.rule("clock")
def test_mock_aws_inside_the_mock_leaves_the_clock(mock):
    mock.clock.advance(days=30)

    with mock_aws():
        assert is_near(mock.clock.now(), real_time() + timedelta(days=30))

    assert is_near(mock.clock.now(), real_time() + timedelta(days=30))


@pytest.mark.rule("clock")
def test_new_resources_bear_the_time_of_the_clock(mock, client):
    mock.clock.advance(days=1000)
    before = mock.clock.now()
    instance_arn = client.create_app_instance(Name="chat")["AppInstanceArn"]
    instance = {"AppInstanceArn": instance_arn}
    user_arn = client.create_app_instance_user(**instance, AppInstanceUserId="ann", Name="Ann")[
        "AppInstanceUserArn"
    ]
    user = {"AppInstanceUserArn": user_arn}
    bot_arn = client.create_app_instance_bot(**instance, Configuration=LEX_CONFIGURATION)[
        "AppInstanceBotArn"
    ]
    admin = {**instance, "AppInstanceAdminArn": bot_arn}
    client.create_app_instance_admin(**admin)
    endpoint_id = client.register_app_instance_user_endpoint(
        **user,
        Type="GCM",
        ResourceArn=PINPOINT_APP_ARN,
        EndpointAttributes={"DeviceToken": "device"},
    )["EndpointId"]
    after = mock.clock.now()

    endpoint = client.describe_app_instance_user_endpoint(**user, EndpointId=endpoint_id)
    described = [
        client.describe_app_instance(**instance)["AppInstance"],
        client.describe_app_instance_user(**user)["AppInstanceUser"],
        client.describe_app_instance_bot(AppInstanceBotArn=bot_arn)["AppInstanceBot"],
        client.describe_app_instance_admin(**admin)["AppInstanceAdmin"],
        endpoint["AppInstanceUserEndpoint"],
    ]
    created = [resource["CreatedTimestamp"] for resource in described]
    assert created == sorted(created)
    assert before <= created[0]
    assert created[-1] <= after


@pytest.mark.rule("clock", "timestamps")
def test_updates_bear_the_time_of_the_clock(mock, client, app_instance_arn):
    mock.clock.advance(days=1000)

    client.update_app_instance(AppInstanceArn=app_instance_arn, Name="n", Metadata="")

    instance = client.describe_app_instance(AppInstanceArn=app_instance_arn)["AppInstance"]
    elapsed = instance["LastUpdatedTimestamp"] - instance["CreatedTimestamp"]
    assert is_near(real_time() + elapsed, real_time() + timedelta(days=1000))


@pytest.mark.rule("clock", "retention-start")
def test_retention_starts_by_the_clock(mock, client, app_instance_arn):
    mock.clock.advance(days=1000)

    answer = client.put_app_instance_retention_settings(
        AppInstanceArn=app_instance_arn,
        AppInstanceRetentionSettings={"ChannelRetentionSettings": {"RetentionDays": 1}},
    )

    assert is_near(answer["InitiateDeletionTimestamp"], mock.clock.now() + timedelta(days=30))


@pytest.mark.rule("clock")
def test_steps_of_several_threads_add_up(mock):
    switch_interval = sys.getswitchinterval()
    barrier = Barrier(20)

    def advance(_: int) -> None:
        barrier.wait()
        for _ in range(50):
            mock.clock.advance(days=1)

    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(20) as executor:
            list(executor.map(advance, range(20)))
    finally:
        sys.setswitchinterval(switch_interval)

    assert is_near(mock.clock.now(), real_time() + timedelta(days=1000))


@pytest.mark.rule("clock")
@pytest.mark.parametrize("freeze", FREEZERS)
def test_clock_stands_in_frozen_time(mock, freeze):
    with freeze(MOMENT):
        assert mock.clock.now() == MOMENT
        mock.clock.advance(days=1)
        assert mock.clock.now() == MOMENT + timedelta(days=1)

    assert is_near(mock.clock.now(), real_time() + timedelta(days=1))


@pytest.mark.rule("clock")
@pytest.mark.parametrize("tick", TICKERS)
def test_clock_runs_in_shifted_time(mock, tick):
    with tick(MOMENT):
        mock.clock.advance(days=1)

        assert is_near(mock.clock.now(), MOMENT + timedelta(days=1))


@pytest.mark.rule("clock")
@pytest.mark.parametrize("freeze", FREEZERS)
def test_service_tells_frozen_time(client, freeze):
    with freeze(MOMENT):
        arn = client.create_app_instance(Name="chat")["AppInstanceArn"]

    instance = client.describe_app_instance(AppInstanceArn=arn)["AppInstance"]
    assert instance["CreatedTimestamp"] == instance["LastUpdatedTimestamp"] == MOMENT


@pytest.mark.rule("clock")
@pytest.mark.parametrize("freeze", FREEZERS)
def test_mock_and_client_can_be_made_in_frozen_time(freeze):
    with freeze(MOMENT), mock_chime_identity() as mock:
        client = guard_schema(boto3.client(SERVICE))
        arn = client.create_app_instance(Name="chat")["AppInstanceArn"]
        mock.clock.advance(hours=1)
        client.update_app_instance(AppInstanceArn=arn, Name="n", Metadata="")

        instance = client.describe_app_instance(AppInstanceArn=arn)["AppInstance"]

    assert instance["CreatedTimestamp"] == MOMENT
    assert instance["LastUpdatedTimestamp"] == MOMENT + timedelta(hours=1)


@pytest.mark.rule("clock")
@pytest.mark.parametrize("freeze", FREEZERS)
def test_client_made_in_frozen_time_serves_after_it(mock, make_client, freeze):
    with freeze(MOMENT):
        client = make_client()

    arn = client.create_app_instance(Name="chat")["AppInstanceArn"]

    instance = client.describe_app_instance(AppInstanceArn=arn)["AppInstance"]
    assert is_near(instance["CreatedTimestamp"], real_time())


@pytest.mark.rule("clock", "expiration")
@pytest.mark.parametrize("freeze", FREEZERS)
def test_user_expires_in_frozen_time_put_forward(mock, client, app_instance_arn, freeze):
    with freeze(MOMENT):
        user_arn = client.create_app_instance_user(
            AppInstanceArn=app_instance_arn,
            AppInstanceUserId="ann",
            Name="Ann",
            ExpirationSettings=EXPIRATION,
        )["AppInstanceUserArn"]
        mock.clock.advance(hours=23)
        client.describe_app_instance_user(AppInstanceUserArn=user_arn)
    with (
        freeze(MOMENT + timedelta(hours=1)),
        pytest.raises(client.exceptions.ForbiddenException),
    ):
        client.describe_app_instance_user(AppInstanceUserArn=user_arn)


@pytest.mark.rule("clock", "expiration")
@pytest.mark.parametrize("freeze", FREEZERS)
def test_users_made_in_and_out_of_frozen_time_expire_side_by_side(
    mock, client, app_instance_arn, freeze
):
    def create(user_id: str) -> str:
        return client.create_app_instance_user(
            AppInstanceArn=app_instance_arn,
            AppInstanceUserId=user_id,
            Name=user_id,
            ExpirationSettings=EXPIRATION,
        )["AppInstanceUserArn"]

    create("ann")
    with freeze(MOMENT):
        arns = [create("bob"), create("joe")]

        users = client.list_app_instance_users(AppInstanceArn=app_instance_arn)

    assert [user["AppInstanceUserArn"] for user in users["AppInstanceUsers"]] == arns


@pytest.mark.rule("clock")
def test_a_misspelt_unit_is_a_type_error_that_says_what_is_taken(mock):
    with pytest.raises(TypeError, match=r"advance\(days=30\).*'day'"):
        mock.clock.advance(day=1)

    assert is_near(mock.clock.now(), real_time())
