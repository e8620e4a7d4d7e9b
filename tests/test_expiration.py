"""Users who expire: how it is asked for (D), when they go (D), and that every operation sees it (ledger, in part: retention and expiration).

That a Put with a date in the past succeeds, and that one without settings removes them, is inferred (I).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from threading import Event
from types import FrameType
from typing import Any

import pytest
from support import PINPOINT_APP_ARN, pages, send

from chime_identity_mock import mock_chime_identity

LONGEST = 5475
TAGS = [{"Key": "k", "Value": "v"}]


def after(days: int) -> dict[str, Any]:
    return {"ExpirationDays": days, "ExpirationCriterion": "CREATED_TIMESTAMP"}


@pytest.fixture
def create_user(client: Any, app_instance_arn: str) -> Callable[..., str]:
    """Create a user, ann unless another id is given; gives its ARN."""

    def create(user_id: str = "ann", *, days: int | None = None, **changes: Any) -> str:
        settings = {} if days is None else {"ExpirationSettings": after(days)}
        return client.create_app_instance_user(
            **{
                "AppInstanceArn": app_instance_arn,
                "AppInstanceUserId": user_id,
                "Name": user_id,
                **settings,
                **changes,
            }
        )["AppInstanceUserArn"]

    return create


@pytest.fixture
def put(client: Any) -> Callable[..., dict[str, Any]]:
    """Put a user's expiration settings, or none."""

    def put_settings(user_arn: str, days: int | None) -> dict[str, Any]:
        settings = {} if days is None else {"ExpirationSettings": after(days)}
        return client.put_app_instance_user_expiration_settings(
            AppInstanceUserArn=user_arn, **settings
        )

    return put_settings


@pytest.fixture
def describe(client: Any) -> Callable[[str], dict[str, Any]]:
    def describe_user(user_arn: str) -> dict[str, Any]:
        return client.describe_app_instance_user(AppInstanceUserArn=user_arn)["AppInstanceUser"]

    return describe_user


@pytest.fixture
def is_gone(client: Any) -> Callable[[str], bool]:
    def is_user_gone(user_arn: str) -> bool:
        try:
            client.describe_app_instance_user(AppInstanceUserArn=user_arn)
        except client.exceptions.ForbiddenException:
            return True
        return False

    return is_user_gone


@pytest.fixture
def stand_still(mock: Any, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Stop the clock, as far as it isn't put forward; gives the time at which it stands."""
    moment = datetime(2031, 2, 3, 4, 5, 6, 789_000, tzinfo=timezone.utc)

    class StandingStill(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return moment.astimezone(tz)

    monkeypatch.setattr("chime_identity_mock.clock.datetime", StandingStill)
    return moment


def gone_at_once(app_instance_arn: str, user_arn: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Operations that can't be done with a user who is gone, and what they are called with."""
    user = {"AppInstanceUserArn": user_arn}
    admin = {"AppInstanceArn": app_instance_arn, "AppInstanceAdminArn": user_arn}
    resource = {"ResourceARN": user_arn}
    return {
        "describe_app_instance_user": user,
        "update_app_instance_user": {**user, "Name": "n", "Metadata": ""},
        "delete_app_instance_user": user,
        "put_app_instance_user_expiration_settings": user,
        "describe_app_instance_admin": admin,
        "create_app_instance_admin": admin,
        "delete_app_instance_admin": admin,
        "register_app_instance_user_endpoint": {
            **user,
            "Type": "GCM",
            "ResourceArn": PINPOINT_APP_ARN,
            "EndpointAttributes": {"DeviceToken": "another"},
        },
        "describe_app_instance_user_endpoint": {**user, "EndpointId": None},
        "update_app_instance_user_endpoint": {**user, "EndpointId": None, "Name": "n"},
        "deregister_app_instance_user_endpoint": {**user, "EndpointId": None},
        "list_app_instance_user_endpoints": user,
        "list_tags_for_resource": resource,
        "tag_resource": {**resource, "Tags": TAGS},
        "untag_resource": {**resource, "TagKeys": ["k"]},
    }


@pytest.mark.rule("expiration-settings")
def test_describe_shows_the_settings_given_at_creation(create_user, describe):
    arn = create_user(days=30)

    assert describe(arn)["ExpirationSettings"] == after(30)


@pytest.mark.rule("expiration-settings")
def test_describe_shows_the_settings_put(create_user, put, describe):
    arn = create_user()

    answer = put(arn, 30)

    assert answer["AppInstanceUserArn"] == arn
    assert answer["ExpirationSettings"] == after(30)
    assert describe(arn)["ExpirationSettings"] == after(30)


@pytest.mark.rule("expiration-settings")
def test_user_without_settings_shows_none(create_user, describe):
    assert "ExpirationSettings" not in describe(create_user())


@pytest.mark.rule("expiration-settings")
def test_lists_show_no_settings(client, app_instance_arn, create_user):
    arn = create_user(days=30)

    users = client.list_app_instance_users(AppInstanceArn=app_instance_arn)["AppInstanceUsers"]

    assert users == [{"AppInstanceUserArn": arn, "Name": "ann"}]


@pytest.mark.rule("timestamps")
def test_putting_settings_is_no_update(mock, create_user, put, describe):
    arn = create_user()
    mock.clock.advance(hours=1)

    put(arn, 30)

    user = describe(arn)
    assert user["LastUpdatedTimestamp"] == user["CreatedTimestamp"]


@pytest.mark.rule("expiration")
@pytest.mark.parametrize("days", [1, LONGEST])
def test_bounds_are_taken_at_creation(mock, create_user, is_gone, days):
    arn = create_user(days=days)

    mock.clock.advance(timedelta(days=days) - timedelta(minutes=1))
    assert not is_gone(arn)
    mock.clock.advance(minutes=1)
    assert is_gone(arn)


@pytest.mark.rule("expiration")
@pytest.mark.parametrize("days", [1, LONGEST])
def test_bounds_are_taken_by_put(mock, create_user, put, is_gone, days):
    arn = create_user()
    put(arn, days)

    mock.clock.advance(timedelta(days=days) - timedelta(minutes=1))
    assert not is_gone(arn)
    mock.clock.advance(minutes=1)
    assert is_gone(arn)


@pytest.mark.rule("expiration")
@pytest.mark.parametrize("days", [0, LONGEST + 1])
def test_beyond_the_bounds_nothing_is_created(client, app_instance_arn, days):
    path = f"/app-instance-users?app-instance-arn={app_instance_arn}"

    answer = send(
        "POST",
        path,
        {
            "AppInstanceArn": app_instance_arn,
            "AppInstanceUserId": "ann",
            "Name": "Ann",
            "ClientRequestToken": "token",
            "ExpirationSettings": after(days),
        },
    )

    assert (answer.status, answer.error) == (400, "BadRequestException")
    users = client.list_app_instance_users(AppInstanceArn=app_instance_arn)["AppInstanceUsers"]
    assert users == []


@pytest.mark.rule("expiration")
@pytest.mark.parametrize("days", [0, LONGEST + 1])
def test_beyond_the_bounds_nothing_is_put(create_user, describe, days):
    arn = create_user(days=30)

    answer = send(
        "PUT",
        f"/app-instance-users/{arn}/expiration-settings",
        {"ExpirationSettings": after(days)},
    )

    assert (answer.status, answer.error) == (400, "BadRequestException")
    assert describe(arn)["ExpirationSettings"] == after(30)


@pytest.mark.rule("expiration")
def test_user_goes_exactly_at_expiry(mock, stand_still, create_user, is_gone):
    arn = create_user(days=1)

    mock.clock.advance(timedelta(days=1) - timedelta(milliseconds=1))
    assert not is_gone(arn)
    mock.clock.advance(milliseconds=1)
    assert is_gone(arn)


@pytest.mark.rule("expiration")
def test_days_count_from_creation_not_from_put(mock, create_user, put, is_gone):
    arn = create_user()
    mock.clock.advance(days=2)

    put(arn, 3)

    mock.clock.advance(days=1)
    assert is_gone(arn)


@pytest.mark.rule("expiration")
def test_user_without_settings_never_expires(mock, create_user, is_gone):
    arn = create_user()

    mock.clock.advance(days=100 * 365)

    assert not is_gone(arn)


@pytest.mark.rule("expiration-settings")
def test_put_without_settings_removes_them(mock, create_user, put, describe):
    arn = create_user(days=1)

    answer = put(arn, None)

    assert "ExpirationSettings" not in answer
    mock.clock.advance(days=100 * 365)
    assert "ExpirationSettings" not in describe(arn)


@pytest.mark.rule("expiration-settings")
def test_settings_can_be_put_again_after_they_were_removed(mock, create_user, put, is_gone):
    arn = create_user(days=2)
    put(arn, None)
    put(arn, 2)

    mock.clock.advance(days=2)

    assert is_gone(arn)


@pytest.mark.rule("expiration-settings")
def test_settings_can_be_put_again_after_the_former_date_has_passed(
    mock, create_user, put, is_gone
):
    arn = create_user(days=1)
    put(arn, None)
    mock.clock.advance(days=1)
    assert not is_gone(arn)

    put(arn, 2)

    assert not is_gone(arn)
    mock.clock.advance(days=1)
    assert is_gone(arn)


@pytest.mark.rule("expiration-settings")
def test_put_extends(mock, create_user, put, is_gone):
    arn = create_user(days=1)
    put(arn, 3)

    mock.clock.advance(days=2)
    assert not is_gone(arn)
    mock.clock.advance(days=1)
    assert is_gone(arn)


@pytest.mark.rule("expiration-settings")
def test_put_shortens(mock, create_user, put, is_gone):
    arn = create_user(days=3)
    put(arn, 1)

    mock.clock.advance(days=1)

    assert is_gone(arn)


@pytest.mark.rule("expiration-settings")
def test_put_there_and_back_counts_as_the_last(mock, create_user, put, is_gone):
    arn = create_user(days=2)
    for days in (1, 3, 1, 2):
        put(arn, days)

    mock.clock.advance(days=1)
    assert not is_gone(arn)
    mock.clock.advance(days=1)
    assert is_gone(arn)


@pytest.mark.rule("expiration")
def test_put_of_a_past_date_succeeds_and_the_user_goes(mock, create_user, put, is_gone):
    arn = create_user()
    mock.clock.advance(days=2)

    answer = put(arn, 1)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert answer["ExpirationSettings"] == after(1)
    assert is_gone(arn)


@pytest.mark.rule("expiration")
def test_put_to_a_user_who_has_expired_is_too_late(mock, client, create_user, put, is_gone):
    arn = create_user(days=1)
    mock.clock.advance(days=1)

    with pytest.raises(client.exceptions.ForbiddenException):
        put(arn, None)

    assert is_gone(arn)


@pytest.mark.rule("expiration-settings")
def test_update_keeps_the_settings(mock, client, create_user, describe, is_gone):
    arn = create_user(days=1)

    client.update_app_instance_user(AppInstanceUserArn=arn, Name="n", Metadata="")

    assert describe(arn)["ExpirationSettings"] == after(1)
    mock.clock.advance(days=1)
    assert is_gone(arn)


@pytest.mark.rule("expiration")
def test_expired_are_gone_in_the_order_of_their_dates(mock, client, app_instance_arn, create_user):
    arns = {days: create_user(f"u{days}", days=days) for days in (3, 1, 2)}

    for days in (1, 2, 3):
        mock.clock.advance(days=1)
        users = client.list_app_instance_users(AppInstanceArn=app_instance_arn)["AppInstanceUsers"]
        left = [user["AppInstanceUserArn"] for user in users]
        assert left == [arn for due, arn in arns.items() if due > days]


@pytest.mark.rule("expiration")
@pytest.mark.parametrize("operation", sorted(gone_at_once("", "")))
def test_expired_user_is_seen_by_no_operation(
    mock, client, app_instance_arn, create_user, operation
):
    arn = create_user(days=1, Tags=TAGS)
    if operation != "create_app_instance_admin":
        client.create_app_instance_admin(AppInstanceArn=app_instance_arn, AppInstanceAdminArn=arn)
    endpoint = client.register_app_instance_user_endpoint(
        AppInstanceUserArn=arn,
        Type="GCM",
        ResourceArn=PINPOINT_APP_ARN,
        EndpointAttributes={"DeviceToken": "device"},
    )
    parameters = gone_at_once(app_instance_arn, arn)[operation]
    if "EndpointId" in parameters:
        parameters["EndpointId"] = endpoint["EndpointId"]
    mock.clock.advance(days=1)

    with pytest.raises(client.exceptions.ForbiddenException) as raised:
        getattr(client, operation)(**parameters)

    assert raised.value.response["Error"]["Code"] == "ForbiddenException"


@pytest.mark.rule("expiration")
def test_operations_that_refuse_an_expired_user_take_a_present_one(
    client, app_instance_arn, create_user
):
    arn = create_user()
    calls = gone_at_once(app_instance_arn, arn)
    order = ["create_app_instance_admin", "register_app_instance_user_endpoint", *calls]
    order.sort(key=lambda operation: operation.startswith(("delete", "deregister")))

    for operation in dict.fromkeys(order):
        if "EndpointId" in calls[operation]:
            listed = client.list_app_instance_user_endpoints(AppInstanceUserArn=arn)
            endpoint = listed["AppInstanceUserEndpoints"][0]
            calls[operation]["EndpointId"] = endpoint["EndpointId"]
        if operation != "delete_app_instance_user":
            getattr(client, operation)(**calls[operation])


@pytest.mark.rule("expiration")
def test_expired_user_is_in_no_list(mock, client, app_instance_arn, create_user):
    instance = {"AppInstanceArn": app_instance_arn}
    for days in (None, 1):
        arn = create_user(f"u{days}", days=days)
        client.create_app_instance_admin(**instance, AppInstanceAdminArn=arn)
    mock.clock.advance(days=1)

    admins = client.list_app_instance_admins(**instance)["AppInstanceAdmins"]
    users = client.list_app_instance_users(**instance)["AppInstanceUsers"]

    assert [user["Name"] for user in users] == ["uNone"]
    assert [admin["Admin"]["Name"] for admin in admins] == ["uNone"]


@pytest.mark.rule("next-token")
def test_page_token_that_points_at_an_expired_user_goes_on_behind_it(
    mock, client, app_instance_arn, create_user
):
    instance = {"AppInstanceArn": app_instance_arn}
    for number, days in enumerate([None, None, 1, 1, None, None]):
        create_user(f"u{number}", days=days)
    first = client.list_app_instance_users(**instance, MaxResults=2)
    mock.clock.advance(days=1)

    second = client.list_app_instance_users(**instance, MaxResults=2, NextToken=first["NextToken"])

    assert [user["Name"] for user in second["AppInstanceUsers"]] == ["u4", "u5"]
    assert "NextToken" not in second


@pytest.mark.rule("next-token")
def test_page_token_of_admins_goes_on_behind_an_expired_one(
    mock, client, app_instance_arn, create_user
):
    instance = {"AppInstanceArn": app_instance_arn}
    for number, days in enumerate([None, 1, None]):
        arn = create_user(f"u{number}", days=days)
        client.create_app_instance_admin(**instance, AppInstanceAdminArn=arn)
    first = client.list_app_instance_admins(**instance, MaxResults=1)
    mock.clock.advance(days=1)

    second = client.list_app_instance_admins(**instance, NextToken=first["NextToken"])

    assert [admin["Admin"]["Name"] for admin in second["AppInstanceAdmins"]] == ["u2"]


@pytest.mark.rule("next-token")
def test_page_token_is_good_when_all_behind_it_have_expired(
    mock, client, app_instance_arn, create_user
):
    instance = {"AppInstanceArn": app_instance_arn}
    for number, days in enumerate([None, 1, 1]):
        create_user(f"u{number}", days=days)
    first = client.list_app_instance_users(**instance, MaxResults=1)
    mock.clock.advance(days=1)

    second = client.list_app_instance_users(**instance, NextToken=first["NextToken"])

    assert second["AppInstanceUsers"] == []
    assert "NextToken" not in second


@pytest.mark.rule("lists")
def test_last_page_has_no_token_when_the_rest_have_expired(
    mock, client, app_instance_arn, create_user
):
    for number, days in enumerate([None, None, 1]):
        create_user(f"u{number}", days=days)
    mock.clock.advance(days=1)

    answers = pages(client.list_app_instance_users, AppInstanceArn=app_instance_arn, MaxResults=2)

    assert [len(answer["AppInstanceUsers"]) for answer in answers] == [2]


@pytest.mark.rule("user-id-again")
def test_id_of_an_expired_user_makes_a_new_user(mock, create_user, describe, is_gone):
    create_user(days=1, Metadata="old", Tags=TAGS)
    mock.clock.advance(days=1)

    arn = create_user(days=2)

    user = describe(arn)
    assert "Metadata" not in user
    assert user["ExpirationSettings"] == after(2)
    mock.clock.advance(days=1, hours=23)
    assert not is_gone(arn)
    mock.clock.advance(hours=1)
    assert is_gone(arn)


@pytest.mark.rule("expiration")
def test_new_user_with_an_expired_ones_id_has_nothing_of_it(
    mock, client, app_instance_arn, create_user
):
    arn = create_user(days=1, Tags=TAGS)
    client.create_app_instance_admin(AppInstanceArn=app_instance_arn, AppInstanceAdminArn=arn)
    client.register_app_instance_user_endpoint(
        AppInstanceUserArn=arn,
        Type="GCM",
        ResourceArn=PINPOINT_APP_ARN,
        EndpointAttributes={"DeviceToken": "device"},
    )
    mock.clock.advance(days=1)

    create_user()

    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == []
    endpoints = client.list_app_instance_user_endpoints(AppInstanceUserArn=arn)
    assert endpoints["AppInstanceUserEndpoints"] == []
    admins = client.list_app_instance_admins(AppInstanceArn=app_instance_arn)
    assert admins["AppInstanceAdmins"] == []


@pytest.mark.rule("expiration")
def test_date_of_a_deleted_user_is_not_that_of_its_successor(mock, client, create_user, is_gone):
    arn = create_user(days=1)
    client.delete_app_instance_user(AppInstanceUserArn=arn)
    create_user()

    mock.clock.advance(days=1)

    assert not is_gone(arn)


@pytest.mark.rule("expiration")
def test_date_of_a_deleted_user_is_not_that_of_a_successor_with_a_later_one(
    mock, client, create_user, is_gone
):
    arn = create_user(days=1)
    client.delete_app_instance_user(AppInstanceUserArn=arn)
    create_user(days=3)

    mock.clock.advance(days=2)
    assert not is_gone(arn)
    mock.clock.advance(days=1)
    assert is_gone(arn)


@pytest.mark.rule("expiration")
def test_users_of_all_app_instances_expire(mock, client, is_gone):
    arns = [
        client.create_app_instance_user(
            AppInstanceArn=client.create_app_instance(Name="chat")["AppInstanceArn"],
            AppInstanceUserId="ann",
            Name="Ann",
            ExpirationSettings=after(1),
        )["AppInstanceUserArn"]
        for _ in range(2)
    ]

    mock.clock.advance(days=1)

    assert [is_gone(arn) for arn in arns] == [True, True]


@pytest.mark.rule("expiration")
def test_print_shows_no_expired_user(mock, create_user):
    create_user("ann", days=1)
    create_user("bob")
    assert "user ann" in str(mock)

    mock.clock.advance(days=1)

    assert "user ann" not in str(mock)
    assert "user bob" in str(mock)


@pytest.mark.rule("expiration-delay")
@pytest.mark.parametrize("delay", [timedelta(minutes=1), timedelta(hours=6)], ids=str)
def test_expired_user_stays_for_the_delay(mock, stand_still, create_user, is_gone, delay):
    arn = create_user(days=1)

    with mock_chime_identity(expiration_delay=delay):
        mock.clock.advance(timedelta(days=1) + delay - timedelta(milliseconds=1))
        assert not is_gone(arn)
        mock.clock.advance(milliseconds=1)
        assert is_gone(arn)


@pytest.mark.rule("expiration-delay")
@pytest.mark.parametrize("days", [None, 3])
def test_put_within_the_delay_is_honoured(mock, create_user, put, is_gone, days):
    arn = create_user(days=1)

    with mock_chime_identity(expiration_delay=timedelta(hours=6)):
        mock.clock.advance(days=1, hours=5)
        put(arn, days)
        mock.clock.advance(hours=2)
        assert not is_gone(arn)

        mock.clock.advance(days=2)
        assert is_gone(arn) == (days is not None)


@pytest.mark.rule("expiration-delay")
def test_put_of_a_past_date_counts_the_delay_from_that_date(mock, create_user, put, is_gone):
    arn = create_user()

    with mock_chime_identity(expiration_delay=timedelta(hours=6)):
        mock.clock.advance(days=1, hours=2)
        put(arn, 1)
        assert not is_gone(arn)

        mock.clock.advance(hours=4)
        assert is_gone(arn)


@pytest.mark.rule("expiration-delay")
def test_user_within_the_delay_can_be_created_again_as_a_repetition(mock, create_user, describe):
    arn = create_user(days=1)

    with mock_chime_identity(expiration_delay=timedelta(hours=6)):
        mock.clock.advance(days=1, hours=5)

        assert create_user(days=30) == arn
        assert describe(arn)["ExpirationSettings"] == after(1)


@pytest.mark.rule("expiration-delay")
def test_user_goes_when_the_delay_ends_with_its_block(mock, create_user, is_gone):
    arn = create_user(days=1)
    with mock_chime_identity(expiration_delay=timedelta(hours=6)):
        mock.clock.advance(days=1)
        assert not is_gone(arn)

    assert is_gone(arn)


@pytest.mark.rule("expiration-delay")
@pytest.mark.parametrize(
    "delay",
    [timedelta(microseconds=-1), timedelta(hours=6, microseconds=1), 0, 3600, None, "1h"],
    ids=repr,
)
def test_delay_that_aws_never_takes_is_refused(delay):
    with pytest.raises(ValueError, match="expiration_delay"):
        mock_chime_identity(expiration_delay=delay)


def calls_during(function: Callable[[], object]) -> int:
    """How many functions are called while this one runs, those written in C included."""
    count = 0

    # Coverage doesn't see what runs while Python profiles.
    def profile(frame: FrameType, event: str, argument: object) -> None:  # pragma: no cover
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


def describe_raw(user_arn: str) -> None:
    path = f"/app-instance-users/{user_arn.replace(':', '%3A').replace('/', '%2F')}"
    assert send("GET", path).status == 200


def work_of_describing(mock: Any, create: Callable[..., str], users: int) -> int:
    """The work of a describe, after the clock went forward with none expiring, among so many."""
    arns = [create(f"u{number}", days=number % 30 + 2) for number in range(users)]
    describe_raw(arns[0])
    mock.clock.advance(days=1)
    return calls_during(lambda: describe_raw(arns[-1]))


def test_looking_for_expired_users_costs_the_same_however_many_users_there_are(mock, create_user):
    among_20 = work_of_describing(mock, create_user, 20)
    mock.clock.advance(days=100)

    among_2000 = work_of_describing(mock, create_user, 2000)

    assert among_2000 == among_20


def test_expiry_of_one_costs_no_look_at_the_others(mock, create_user):
    def work_of_expiry(number: int) -> int:
        first = create_user("first", days=1)
        arns = [create_user(f"u{i}", days=i % 30 + 2) for i in range(number)]
        describe_raw(first)
        mock.clock.advance(days=1)
        work = calls_during(lambda: describe_raw(arns[-1]))
        mock.clock.advance(days=100)
        return work

    among_20 = work_of_expiry(20)

    assert work_of_expiry(2000) < among_20 + 100


@pytest.mark.rule("expiration")
def test_printing_while_users_expire_disturbs_no_one(mock, client, app_instance_arn, create_user):
    switch_interval = sys.getswitchinterval()
    is_over = Event()

    def print_on() -> int:
        count = 0
        while not is_over.is_set():
            count += len(str(mock)) > 0
        return count

    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(3) as executor:
            printing = [executor.submit(print_on) for _ in range(3)]
            for round_number in range(8):
                for number in range(10):
                    create_user(f"u{round_number}x{number}", days=1)
                mock.clock.advance(days=1)
                time.sleep(0.001)
                users = client.list_app_instance_users(AppInstanceArn=app_instance_arn)
                assert users["AppInstanceUsers"] == []
            is_over.set()
            assert all(prints.result() for prints in printing)
    finally:
        is_over.set()
        sys.setswitchinterval(switch_interval)
