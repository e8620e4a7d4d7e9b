"""``mock.calls``: what is recorded of each call, in which order, how long, and asked for how."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from threading import Barrier, Event, Thread

import boto3
import pytest
from behaviour import SOON, call, make_user, make_world, register, set_time
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError
from doubles import recorded_sends, session_made_now
from moto import mock_aws
from support import (
    ACCOUNT_ID,
    LEX_CONFIGURATION,
    MISSING_INSTANCE_ARN,
    OPERATIONS,
    SERVICE,
    send,
)

from chime_identity_mock import Call, ServiceError, current_mock, mock_chime_identity
from chime_identity_mock.history import history

OPTIONAL = {
    "AllowMessages": "NONE",
    "AppInstanceRetentionSettings": {"ChannelRetentionSettings": {"RetentionDays": 7}},
    "ClientRequestToken": "token",
    "Configuration": LEX_CONFIGURATION,
    "ExpirationSettings": {"ExpirationDays": 30, "ExpirationCriterion": "CREATED_TIMESTAMP"},
    "MaxResults": 1,
    "Metadata": '{"colour": "bläu"}',
    "Name": "Somebody 🙂",
    "Tags": [{"Key": "team", "Value": "a"}, {"Key": "k", "Value": "v"}],
}


def create(name="chat"):
    return boto3.client(SERVICE).create_app_instance(Name=name)["AppInstanceArn"]


def names(calls):
    return [call.params.get("Name") for call in calls]


@pytest.fixture
def sent(client):
    """The parameters of each call of the client, those that boto3 adds included."""
    sent = []
    client.meta.events.register_last(
        f"before-parameter-build.{SERVICE}", lambda params, **_: sent.append(params)
    )
    return sent


@pytest.fixture
def world(client):
    return {**make_world(client), **OPTIONAL}


def arguments_of(operation, world):
    is_new_admin = operation == "CreateAppInstanceAdmin"
    return {**world, "AppInstanceAdminArn": world["AppInstanceBotArn"]} if is_new_admin else world


# What is recorded


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_was_sent_and_answered_is_recorded_of_every_operation(
    mock, client, sent, world, operation
):
    answer = call(client, operation, **arguments_of(operation, world))

    recorded = mock.calls[-1]
    del answer["ResponseMetadata"]
    assert recorded.operation == operation
    assert recorded.params == sent[-1]
    assert recorded.response == answer
    assert recorded.error is None
    assert recorded.status in (200, 201, 204)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_required_parameters_alone_are_recorded_of_every_operation(
    mock, client, sent, world, operation
):
    arguments = arguments_of(operation, world)
    required = {name: value for name, value in arguments.items() if name not in OPTIONAL}

    call(client, operation, **required)

    assert mock.calls[-1].params == sent[-1]


def test_a_page_is_recorded_with_its_token(mock, client, sent):
    create("first")
    create("second")
    token = client.list_app_instances(MaxResults=1)["NextToken"]

    client.list_app_instances(MaxResults=1, NextToken=token)

    assert mock.calls[-1].params == {"MaxResults": 1, "NextToken": token} == sent[-1]
    assert mock.calls[-2].response["NextToken"] == token


def test_timestamps_in_a_recorded_response_are_those_that_boto3_gives(mock, client, monkeypatch):
    set_time(monkeypatch, SOON)
    arn = create()

    client.describe_app_instance(AppInstanceArn=arn)

    made = mock.calls[-1].response["AppInstance"]["CreatedTimestamp"]
    assert made == SOON
    assert made.tzinfo is not None


def test_who_called_where_is_recorded(mock, make_client):
    for region_name, access_key in (("us-east-1", "testing"), ("eu-central-1", "111122223333")):
        make_client(
            region_name=region_name, aws_access_key_id=access_key, aws_secret_access_key="testing"
        ).list_app_instances()

    first, second = mock.calls
    assert (first.region_name, first.account_id, first.access_key) == (
        "us-east-1",
        ACCOUNT_ID,
        "testing",
    )
    assert (second.region_name, second.account_id, second.access_key) == (
        "eu-central-1",
        "111122223333",
        "111122223333",
    )


def test_the_account_of_the_options_is_recorded():
    with mock_chime_identity(account_id="111122223333") as mock:
        create()

    assert mock.calls[0].account_id == "111122223333"


def test_the_time_is_that_of_the_mocks_clock_in_utc(mock):
    before = datetime.now(timezone.utc)
    create()
    mock.clock.advance(days=30)
    create()

    first, second = mock.calls
    assert before - timedelta(seconds=1) < first.timestamp < before + timedelta(minutes=1)
    assert timedelta(days=30) <= second.timestamp - first.timestamp < timedelta(days=30, minutes=1)
    assert first.timestamp.utcoffset() == timedelta()


def test_calls_of_other_services_and_of_the_network_are_none():
    with recorded_sends(), mock_aws(), mock_chime_identity() as mock:
        boto3.client("s3", "us-east-1").list_buckets()

        assert len(mock.calls) == 0


# Errors, of every stage


def refuse_signature(_client, _world):
    send("POST", "/app-instances", {"Name": "chat"}, headers={})


def refuse_region(_client, _world):
    with pytest.raises(ClientError):
        boto3.client(SERVICE, "eu-west-3").create_app_instance(Name="chat")


def refuse_type(_client, _world):
    send("POST", "/app-instances", {"Name": 5})


def refuse_json(_client, _world):
    send("POST", "/app-instances", b"{")


def refuse_constraint(client, _world):
    with pytest.raises(ClientError):
        client.create_app_instance(Name="x" * 257)


def refuse_missing(client, _world):
    with pytest.raises(ClientError):
        client.describe_app_instance(AppInstanceArn=MISSING_INSTANCE_ARN)


def refuse_bot(client, world):
    arn = f"{world['AppInstanceArn']}/bot/99999999-9999-4999-8999-999999999999"
    with pytest.raises(ClientError):
        client.describe_app_instance_bot(AppInstanceBotArn=arn)


def refuse_conflict(client, world):
    with pytest.raises(ClientError):
        make_user(client, world["AppInstanceArn"], "ann", Name="another")


def inject(error, *, take_effect=False):
    def refuse(_client, _world):
        client = boto3.client(SERVICE, config=Config(retries={"total_max_attempts": 1}))
        current_mock().fail_next("CreateAppInstance", error, take_effect=take_effect)
        with pytest.raises(Exception) as caught:  # noqa: PT011 - of whatever class was asked for
            client.create_app_instance(Name="chat")
        assert type(caught.value).__name__ != "AssertionError"

    return refuse


CREATE = {"Name", "ClientRequestToken"}


@pytest.mark.parametrize(
    ("refuse", "expected"),
    [
        pytest.param(
            refuse_signature,
            ("CreateAppInstance", "MissingAuthenticationTokenException", 403, {"Name"}),
            id="signature",
        ),
        pytest.param(
            refuse_region, ("CreateAppInstance", "ForbiddenException", 403, CREATE), id="region"
        ),
        pytest.param(
            refuse_type, ("CreateAppInstance", "SerializationException", 400, set()), id="type"
        ),
        pytest.param(
            refuse_json, ("CreateAppInstance", "SerializationException", 400, set()), id="json"
        ),
        pytest.param(
            refuse_constraint,
            ("CreateAppInstance", "BadRequestException", 400, CREATE),
            id="constraint",
        ),
        pytest.param(
            refuse_missing,
            ("DescribeAppInstance", "ForbiddenException", 403, {"AppInstanceArn"}),
            id="missing",
        ),
        pytest.param(
            refuse_bot,
            ("DescribeAppInstanceBot", "NotFoundException", 404, {"AppInstanceBotArn"}),
            id="bot",
        ),
        pytest.param(
            refuse_conflict,
            (
                "CreateAppInstanceUser",
                "ConflictException",
                409,
                CREATE | {"AppInstanceArn", "AppInstanceUserId"},
            ),
            id="conflict",
        ),
        *(
            pytest.param(
                inject(error, take_effect=take_effect),
                ("CreateAppInstance", code, status, CREATE),
                id=f"injected-{code}-{take_effect}",
            )
            for error, code, status in [
                ("ThrottledClientException", "ThrottledClientException", 429),
                (ServiceError("ExpiredToken", "It expired.", 403), "ExpiredToken", 403),
                (ReadTimeoutError(endpoint_url=""), "ReadTimeoutError", None),
            ]
            for take_effect in (False, True)
        ),
    ],
)
def test_a_call_that_failed_is_recorded_once_with_its_error(mock, client, refuse, expected):
    world = make_world(client)
    before = len(mock.calls)

    refuse(client, world)

    (recorded,) = mock.calls[before:]
    assert (recorded.operation, recorded.error, recorded.status, set(recorded.params)) == expected
    assert recorded.response is None


def test_an_unsigned_call_is_nobodys(mock):
    send("GET", "/app-instances", headers={})

    (recorded,) = mock.calls
    assert (recorded.region_name, recorded.account_id, recorded.access_key) == ("", "", "")
    assert "ListAppInstances" in repr(recorded)


def test_a_call_to_a_region_without_the_service_is_recorded_with_it(mock):
    send("GET", "/app-instances", region_name="eu-west-3")

    assert mock.calls[0].region_name == "eu-west-3"


def test_each_retry_is_a_call(mock):
    client = boto3.client(SERVICE, config=Config(retries={"mode": "standard", "max_attempts": 3}))
    mock.fail_next("CreateAppInstance", "ServiceUnavailableException", times=2)

    client.create_app_instance(Name="chat")

    assert [call.status for call in mock.calls] == [503, 503, 201]
    assert len({call.params["ClientRequestToken"] for call in mock.calls}) == 1


@pytest.mark.parametrize(
    ("method", "target"), [("GET", "/nothing"), ("DELETE", "/app-instances"), ("POST", "/tags")]
)
def test_a_request_that_is_no_operations_is_no_call(mock, method, target):
    assert send(method, target).status == 404

    assert len(mock.calls) == 0


# An operation that only the botocore of a later time knows is nobody's to answer.
def test_what_the_package_cannot_do_is_no_call(mock, monkeypatch):
    monkeypatch.delattr("chime_identity_mock.backend.ChimeIdentityBackend.list_app_instances")

    with pytest.raises(NotImplementedError):
        send("GET", "/app-instances")

    assert len(mock.calls) == 0


def test_a_call_that_is_being_decided_on_has_no_outcome_yet(mock, client):
    seen = []
    mock.fail_when(lambda call: seen.append((call.status, call.response, call.error, repr(call))))

    client.list_app_instances()

    ((status, response, error, text),) = seen
    assert (status, response, error) == (None, None, None)
    assert "no answer yet" in text
    assert len(mock.calls) == 1


# The sequence


def test_calls_are_a_sequence_in_the_order_in_which_they_came(mock):
    for name in "abcd":
        create(name)

    calls = mock.calls
    assert isinstance(calls, Sequence)
    assert all(isinstance(call, Call) for call in calls)
    assert names(calls) == ["a", "b", "c", "d"]
    assert names(reversed(calls)) == ["d", "c", "b", "a"]
    assert len(calls) == 4
    assert names(calls[1:3]) == ["b", "c"]
    assert calls[0].params["Name"] == "a"
    assert calls[-1] in calls
    assert calls.index(calls[1]) == 1
    with pytest.raises(IndexError):
        calls[4]


def test_nothing_can_be_put_in_or_taken_out(mock):
    create()

    for name in ("append", "clear", "pop", "__setitem__", "__delitem__"):
        assert not hasattr(mock.calls, name)
    with pytest.raises(AttributeError):
        mock.calls = []


def test_a_slice_is_apart_from_what_comes_later(mock):
    create()
    before = mock.calls[:]
    create()

    assert len(before) == 1
    assert len(mock.calls) == 2


@pytest.mark.parametrize("operation", ["CreateAppInstanceBot", "CreateAppInstance"])
def test_changing_what_was_handed_out_changes_nothing(mock, client, operation):
    arn = create()
    call(client, operation, AppInstanceArn=arn, Tags=[{"Key": "k", "Value": "v"}])
    recorded = mock.calls[-1]
    params, response, state = recorded.params, recorded.response, str(mock)

    recorded.params["Tags"][0]["Key"] = "other"
    recorded.params.get("Configuration", {}).clear()
    recorded.params.clear()
    recorded.response.clear()

    assert recorded.params == params
    assert recorded.response == response
    assert str(mock) == state
    tags = client.list_tags_for_resource(ResourceARN=next(iter(response.values())))["Tags"]
    assert tags == [{"Key": "k", "Value": "v"}]


def test_what_was_sent_stays_recorded_whatever_becomes_of_what_it_made(mock, client):
    arn = create()
    bot_arn = call(
        client, "CreateAppInstanceBot", AppInstanceArn=arn, Tags=[{"Key": "k", "Value": "v"}]
    )["AppInstanceBotArn"]
    recorded = mock.calls[-1]
    params, response = recorded.params, recorded.response

    client.tag_resource(ResourceARN=bot_arn, Tags=[{"Key": "k", "Value": "w"}])
    call(client, "UpdateAppInstanceBot", AppInstanceBotArn=bot_arn)
    client.delete_app_instance_bot(AppInstanceBotArn=bot_arn)

    assert recorded.params == params
    assert recorded.response == response


def test_the_calls_of_one_operation(mock, client):
    arn = create("a")
    client.list_app_instances()
    create("b")

    assert names(mock.calls.of("CreateAppInstance")) == ["a", "b"]
    assert mock.calls.of("ListAppInstances") == [mock.calls[1]]
    assert mock.calls.of("DeleteAppInstance") == []
    assert arn == mock.calls.of("CreateAppInstance")[0].response["AppInstanceArn"]


@pytest.mark.parametrize("name", ["CreateAppInstanceUsers", "create_app_instance_user", "", None])
def test_calls_of_an_operation_that_is_none_are_an_error(mock, name):
    for ask in (mock.calls.of, mock.calls.assert_called):
        with pytest.raises(ValueError, match="DeleteAppInstanceUser") as caught:
            ask(name)

        assert repr(name) in str(caught.value)


def test_a_call_and_the_calls_are_shown_on_one_line(mock, client):
    arn = create("first\nsecond")
    client.describe_app_instance(AppInstanceArn=arn)

    first, second = mock.calls
    for shown in (repr(first), repr(second), repr(mock.calls)):
        assert len(shown.splitlines()) == 1
    assert "CreateAppInstance" in repr(first)
    assert "201" in repr(first)
    assert arn.partition(":app-instance/")[2] in repr(second)
    assert repr(first) in repr(mock.calls)


# A region's name is whatever a client signed; it must not be read as a pattern.
def test_a_call_to_a_region_of_a_strange_name_is_shown(mock):
    send("GET", "/app-instances", region_name="us-(east")

    assert "ListAppInstances" in repr(mock.calls)


# Threads


def test_no_call_of_many_threads_is_lost_and_each_is_whole(mock, client, app_instance_arn):
    start = Barrier(40)
    interval = sys.getswitchinterval()

    def sign_up(number):
        start.wait()
        for part in range(5):
            make_user(client, app_instance_arn, f"{number}-{part}", Name=f"{number}-{part}")

    threads = [Thread(target=sign_up, args=(number,)) for number in range(40)]
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)

    calls = mock.calls.of("CreateAppInstanceUser")
    listed = client.list_app_instance_users(AppInstanceArn=app_instance_arn, MaxResults=50)
    created = [user["AppInstanceUserArn"] for user in listed["AppInstanceUsers"]]
    assert len(calls) == 200
    for recorded in calls:
        arn = f"{app_instance_arn}/user/{recorded.params['AppInstanceUserId']}"
        assert recorded.response == {"AppInstanceUserArn": arn}
    assert [recorded.response["AppInstanceUserArn"] for recorded in calls][:50] == created


def test_calls_stand_in_the_order_of_their_effects(
    mock, client, make_client, app_instance_arn, monkeypatch
):
    other, is_done = make_client(region_name="us-east-1"), Event()
    threads = []

    def second():
        make_user(other, app_instance_arn, "second")
        is_done.set()

    def record(recorded):
        if not threads:
            threads.append(Thread(target=second))
            threads[0].start()
            assert not is_done.wait(0.1)
        take(recorded)

    take = history.record
    monkeypatch.setattr(history, "record", record)

    make_user(client, app_instance_arn, "first")
    threads[0].join()

    called = [c.params["AppInstanceUserId"] for c in mock.calls.of("CreateAppInstanceUser")]
    listed = client.list_app_instance_users(AppInstanceArn=app_instance_arn)["AppInstanceUsers"]
    created = [user["AppInstanceUserArn"].rpartition("/")[2] for user in listed]
    assert called == created == ["first", "second"]


def test_calls_can_be_looked_at_while_others_come(mock, client):
    def look():
        while not is_done.is_set():
            list(mock.calls)

    is_done = Event()
    thread = Thread(target=look)
    thread.start()
    try:
        for _ in range(50):
            client.list_app_instances()
    finally:
        is_done.set()
        thread.join()

    assert len(mock.calls) == 50


# Was it called?


@pytest.fixture
def calls(mock, client, app_instance_arn):
    make_user(client, app_instance_arn, "ann", Name="Ann", Tags=[{"Key": "k", "Value": "v"}])
    make_user(client, app_instance_arn, "bob", Name="Bob", ExpirationSettings=THIRTY_DAYS)
    return mock.calls


THIRTY_DAYS = {"ExpirationDays": 30, "ExpirationCriterion": "CREATED_TIMESTAMP"}


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"Name": "Ann"},
        {"Name": "Bob", "AppInstanceUserId": "bob"},
        {"Tags": [{"Key": "k", "Value": "v"}]},
        {"ExpirationSettings": {"ExpirationDays": 30}},
        {"ExpirationSettings": THIRTY_DAYS},
        {"ExpirationSettings": {}},
    ],
)
def test_a_call_that_contains_what_is_expected_is_found(calls, params):
    calls.assert_called("CreateAppInstanceUser", **params)


@pytest.mark.parametrize(
    "params",
    [
        {"Name": "ann"},
        {"Name": "Ann", "AppInstanceUserId": "bob"},
        {"Name": None},
        {"Metadata": ""},
        {"Metadata": None},
        {"Tags": []},
        {"Tags": {"k": "v"}},
        {"Name": {"First": "Ann"}},
        {"ExpirationSettings": {"ExpirationDays": 31}},
        {"ExpirationSettings": {"Days": 30}},
        {"ExpirationSettings": 30},
    ],
)
def test_that_no_call_contains_what_is_expected_is_an_assertion_error(calls, params):
    with pytest.raises(AssertionError):
        calls.assert_called("CreateAppInstanceUser", **params)


def test_a_call_deep_within_is_found_by_what_stands_there(mock, client, app_instance_arn):
    call(client, "CreateAppInstanceBot", AppInstanceArn=app_instance_arn)

    expected = {"Lex": {"LocaleId": "en_US"}}
    mock.calls.assert_called("CreateAppInstanceBot", Configuration=expected)
    with pytest.raises(AssertionError):
        mock.calls.assert_called("CreateAppInstanceBot", Configuration={"Lex": {"LocaleId": "en"}})


def test_a_call_that_failed_was_called(mock, client):
    with pytest.raises(ClientError):
        client.describe_app_instance(AppInstanceArn=MISSING_INSTANCE_ARN)

    mock.calls.assert_called("DescribeAppInstance", AppInstanceArn=MISSING_INSTANCE_ARN)


@pytest.mark.parametrize("name", ["name", "Nam", "AppInstanceBotArn", "operation"])
def test_a_parameter_that_the_operation_has_not_is_an_error(calls, name):
    with pytest.raises(ValueError, match=r"AppInstanceUserId.*ExpirationSettings") as caught:
        calls.assert_called("CreateAppInstanceUser", **{name: "Ann"})

    assert repr(name) in str(caught.value)


def failure(calls, operation, **params):
    """The lines of the text with which an assertion fails."""
    with pytest.raises(AssertionError) as caught:
        calls.assert_called(operation, **params)
    return str(caught.value).splitlines()


def place_of(lines, *texts):
    """In which line all these texts stand."""
    (place,) = [i for i, line in enumerate(lines) if all(text in line for text in texts)]
    return place


def test_the_failure_lists_what_was_received_nearest_first(calls, client):
    client.list_app_instances()

    lines = failure(calls, "CreateAppInstanceUser", Name="Bob", AppInstanceUserId="eve")

    assert all(text in lines[0] for text in ("CreateAppInstanceUser", '"Bob"', '"eve"'))
    places = [
        place_of(lines[1:], "CreateAppInstanceUser(", '"bob"', "201"),
        place_of(lines[1:], "CreateAppInstanceUser(", '"ann"', "201"),
        place_of(lines[1:], "ListAppInstances(", "200"),
        place_of(lines[1:], "CreateAppInstance(", '"chat"', "201"),
    ]
    assert [line.partition("(differs in ")[2] for line in lines[2:]] == [
        "AppInstanceUserId)",
        "Name, AppInstanceUserId)",
        "",
        "",
    ]
    assert places == sorted(places)
    assert len(lines) == 6


def test_of_calls_of_other_operations_the_nearer_come_first(mock, client, app_instance_arn):
    client.list_app_instances()
    client.describe_app_instance(AppInstanceArn=app_instance_arn)

    lines = failure(mock.calls, "DeleteAppInstance", AppInstanceArn=app_instance_arn)

    assert place_of(lines, "DescribeAppInstance(") < place_of(lines, "ListAppInstances(")


def test_the_failure_writes_what_was_expected_and_received_alike(calls, app_instance_arn):
    lines = failure(calls, "CreateAppInstanceUser", AppInstanceArn=app_instance_arn, Name="Eve")

    part = f'AppInstanceArn="{app_instance_arn}"'
    assert [part in line for line in lines] == [True, False, True, True, False]


def test_the_failure_says_so_when_there_was_no_call(mock):
    lines = failure(mock.calls, "CreateAppInstanceUser")

    assert len(lines) == 2
    assert "CreateAppInstanceUser" in lines[0]
    assert "(" not in lines[0]


def test_the_failure_shows_no_secrets(mock, client, user_arn):
    register(client, user_arn, "secret", Name="secretary")
    client.create_app_instance(Name="other", Metadata="secret")

    for params in ({}, {"EndpointAttributes": {"DeviceToken": "secret2"}}):
        operation = "RegisterAppInstanceUserEndpoint" if params else "CreateAppInstanceBot"
        text = "\n".join(failure(mock.calls, operation, **params))
        assert "secret" not in text.replace("secretary", "")
        assert "secretary" in text
        assert "***" in text
        assert "<6 characters>" in text


def test_the_failure_shows_no_next_token(mock, client):
    create()
    create()
    token = client.list_app_instances(MaxResults=1)["NextToken"]
    client.list_app_instances(NextToken=token)

    text = "\n".join(failure(mock.calls, "ListAppInstances", NextToken="secret"))

    assert token not in text
    assert "secret" not in text
    assert text.count("NextToken=***") == 2


def test_the_client_request_token_is_shown_when_it_is_asked_for_only(mock, client):
    client.create_app_instance(Name="chat", ClientRequestToken="tok")

    assert "tok" not in "\n".join(failure(mock.calls, "CreateAppInstance", Name="x"))
    text = "\n".join(failure(mock.calls, "CreateAppInstance", ClientRequestToken="x"))
    assert 'ClientRequestToken="tok"' in text


def test_the_failure_is_cut_when_it_is_long(mock):
    for number in range(25):
        create(f"chat {number}")

    lines = failure(mock.calls, "DeleteAppInstance")

    assert sum("CreateAppInstance(" in line for line in lines) == 10
    assert "15 others" in lines[-1]


def test_the_failure_says_how_many_calls_were_not_kept():
    with mock_chime_identity(history=2) as mock:
        for _ in range(5):
            create()

        lines = failure(mock.calls, "DeleteAppInstance")

    assert "3" in lines[-1]
    assert "history" in lines[-1]
    assert len(lines) == 5


# How many are kept


def test_the_latest_calls_are_kept_and_the_others_counted():
    with mock_chime_identity(history=3) as mock:
        for name in "abcde":
            create(name)

        assert names(mock.calls) == ["c", "d", "e"]
        assert mock.calls.dropped == 2


def test_no_calls_are_kept_when_none_are_to_be():
    with mock_chime_identity(history=0) as mock:
        create()
        create()

        assert list(mock.calls) == []
        assert mock.calls.dropped == 2
        assert "history" in failure(mock.calls, "CreateAppInstance")[-1]


@pytest.mark.parametrize(("options", "kept"), [({}, 10_000), ({"history": None}, 10_010)])
def test_ten_thousand_calls_are_kept_by_default_and_all_when_so_asked(options, kept):
    with mock_chime_identity(**options) as mock:
        for _ in range(10_010):
            send("GET", "/app-instances")

        assert len(mock.calls) == kept
        assert mock.calls.dropped == 10_010 - kept


def test_an_inner_block_s_number_ends_with_it():
    with mock_chime_identity(history=None) as mock:
        with mock_chime_identity(history=1):
            create("a")
            create("b")
        create("c")

        assert names(mock.calls) == ["b", "c"]
        assert mock.calls.dropped == 1


# From when to when


def test_calls_stay_readable_when_the_mock_is_off():
    with mock_chime_identity() as mock:
        arn = create()
    in_between = mock.calls[0]
    with pytest.raises(AssertionError):
        mock.calls.assert_called("DeleteAppInstance")
    mock.calls.assert_called("CreateAppInstance", Name="chat")

    assert in_between.response == {"AppInstanceArn": arn}


def test_the_next_mock_begins_with_no_calls():
    with mock_chime_identity(history=1) as first:
        create()
        create()
    with mock_chime_identity() as second:
        assert len(second.calls) == len(first.calls) == 0
        assert second.calls.dropped == 0


def test_one_mock_inside_another_shares_its_calls():
    with mock_chime_identity() as outer:
        create("a")
        with mock_chime_identity() as inner:
            assert names(inner.calls) == ["a"]
            create("b")
        create("c")

        assert names(outer.calls) == names(inner.calls) == ["a", "b", "c"]


def test_a_reset_forgets_the_calls():
    with mock_chime_identity(history=1) as mock:
        create()
        create()

        mock.reset()

        assert len(mock.calls) == 0
        assert mock.calls.dropped == 0


def test_mock_aws_alone_records_too():
    mock = mock_chime_identity()
    with mock_aws():
        boto3.client(SERVICE, "us-east-1").create_app_instance(Name="a")
        with mock_aws():
            boto3.client(SERVICE, "us-east-1").create_app_instance(Name="b")
    assert names(mock.calls) == ["a", "b"]

    with mock_aws():
        assert len(mock.calls) == 0


def test_mock_aws_inside_the_mock_keeps_the_calls():
    with mock_chime_identity() as mock:
        create("a")
        with mock_aws():
            create("b")
        create("c")

        assert names(mock.calls) == ["a", "b", "c"]


def test_the_mock_inside_mock_aws_keeps_the_calls():
    with mock_aws():
        boto3.client(SERVICE, "us-east-1").create_app_instance(Name="a")
        with mock_chime_identity() as mock:
            create("b")
        boto3.client(SERVICE, "us-east-1").create_app_instance(Name="c")

        assert names(mock.calls) == ["a", "b", "c"]


def test_calls_of_a_client_made_before_are_recorded_once():
    client = session_made_now().client(SERVICE)
    with mock_chime_identity() as mock:
        client.list_app_instances()

        assert len(mock.calls) == 1


def test_calls_equal_a_list_of_the_same(mock, client):
    assert mock.calls == []

    client.list_app_instances()
    client.create_app_instance(Name="chat")

    assert mock.calls == [mock.calls[0], mock.calls[1]]
    assert mock.calls != []
    assert mock.calls != "calls"
    assert list(reversed(mock.calls)) == [mock.calls[1], mock.calls[0]]
    with pytest.raises(TypeError, match="unhashable"):
        hash(mock.calls)


def test_of_calls_equally_near_the_latest_come_first(mock, client):
    for name in ("first", "second"):
        client.create_app_instance(Name=name)

    lines = failure(mock.calls, "CreateAppInstance", Name="third")

    assert place_of(lines, '"second"') < place_of(lines, '"first"')


def test_where_what_differs_is_not_shown_the_failure_names_it(mock, client):
    client.create_app_instance(Name="chat", Metadata="abc")

    lines = failure(mock.calls, "CreateAppInstance", Name="chat", Metadata="abd")

    assert "(differs in Metadata)" in lines[2]


def test_an_inner_block_that_keeps_no_calls_leaves_those_of_the_outer(mock, client):
    client.list_app_instances()

    with mock_chime_identity(history=0):
        client.create_app_instance(Name="chat")

    assert [call.operation for call in mock.calls] == ["ListAppInstances"]
    assert mock.calls.dropped == 1


@pytest.mark.parametrize(
    "name", ["access_key", "account_id", "error", "operation", "region_name", "status", "timestamp"]
)
def test_a_record_can_only_be_read(mock, client, name):
    client.list_app_instances()

    with pytest.raises(AttributeError):
        setattr(mock.calls[0], name, "999999999999")
