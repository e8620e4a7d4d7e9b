"""Requests that fail because a test says so, and faults that no request met."""

from __future__ import annotations

import asyncio
import copy
import io
import re
import textwrap
import time
import unittest
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import boto3
import pytest
from behaviour import call, make_world, refusal
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from botocore.loaders import Loader
from botocore.model import ServiceModel
from doubles import session_made_before
from moto import mock_aws
from support import ACCOUNT_ID, MODEL, OPERATIONS, REGION, SERVICE, kept, send

from chime_identity_mock import (
    ServiceError,
    current_mock,
    mock_chime_identity,
)

PLUGIN = ("-W", "error", "-p", "pytest_chime_identity_mock")
ONCE = Config(retries={"total_max_attempts": 1})
MODES = ["legacy", "standard", "adaptive"]
CREATE = "CreateAppInstance"
ERRORS = {
    operation: {
        shape.name: shape.metadata["error"]["httpStatusCode"]
        for shape in MODEL.operation_model(operation).error_shapes
    }
    for operation in OPERATIONS
}
OF_ALL = set.intersection(*map(set, ERRORS.values()))


class Injected(Exception):
    """An exception of the test's own."""


class SlowToCompare(str):
    """A name of an operation that lets other threads go on while it is looked at."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other):
        time.sleep(0.001)
        return str.__eq__(self, other)


def client_once(**parameters):
    """A client that never tries again."""
    return boto3.client(SERVICE, **{"region_name": REGION, "config": ONCE, **parameters})


def client_of(mode, retries=5):
    config = Config(retries={"mode": mode, "total_max_attempts": retries + 1})
    return boto3.client(SERVICE, region_name=REGION, config=config)


def create(client, name="chat", **members):
    return client.create_app_instance(Name=name, **members)["AppInstanceArn"]


def names(client):
    return [instance["Name"] for instance in client.list_app_instances()["AppInstances"]]


def outcome(client, operation=CREATE, **members):
    """The error that a call meets with, ``None`` if it is a good one."""
    try:
        call(client, operation, **members)
    except ClientError as error:
        return error.response["Error"]["Code"]
    except Exception as error:  # noqa: BLE001 - told by its name
        return type(error).__name__
    return None


@contextmanager
def unused(*told: str) -> Iterator[None]:
    """Expect to be told of faults that no request met, by these words."""
    with pytest.raises(AssertionError) as caught:
        yield
    for words in told:
        assert words in str(caught.value)


@pytest.fixture
def once(mock):
    return client_once()


# The next requests


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_error_that_an_operation_declares_can_be_injected(mock, make_client, operation):
    client = make_client(region_name=REGION, config=ONCE)
    world = make_world(client)

    for name, status in ERRORS[operation].items():
        mock.fail_next(operation, name)
        with pytest.raises(getattr(client.exceptions, name)) as caught:
            call(client, operation, **world)

        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
        assert mock.calls[-1].error == name


def test_an_error_that_only_a_newer_model_declares_can_be_injected(mock, once, monkeypatch):
    model = copy.deepcopy(Loader().load_service_model(SERVICE, "service-2"))
    model["operations"][CREATE]["errors"].append({"shape": "TeapotException"})
    model["shapes"]["TeapotException"] = {
        "type": "structure",
        "members": {},
        "error": {"httpStatusCode": 418},
        "exception": True,
    }
    monkeypatch.setattr(
        "chime_identity_mock.faults.service_model", lambda: ServiceModel(model, SERVICE)
    )

    mock.fail_next(CREATE, "TeapotException")

    assert outcome(once) == "TeapotException"
    assert mock.calls[-1].status == 418


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_fault_of_no_operation_meets_any(mock, once, operation):
    world = make_world(once)
    mock.fail_next(None, "ServiceFailureException")

    assert outcome(once, operation, **world) == "ServiceFailureException"


@pytest.mark.parametrize("times", [1, 2, 5])
def test_as_many_requests_fail_as_were_asked_for(mock, once, times):
    mock.fail_next(CREATE, "ConflictException", times=times)

    outcomes = [outcome(once) for _ in range(times + 2)]

    assert outcomes == ["ConflictException"] * times + [None, None]
    assert len(names(once)) == 2


def test_all_requests_fail_from_now_on(mock, once):
    mock.fail_next(CREATE, "ConflictException", times=None)

    assert {outcome(once) for _ in range(50)} == {"ConflictException"}


def test_other_operations_are_not_met(mock, once):
    mock.fail_next(CREATE, "ConflictException")

    assert names(once) == []
    assert outcome(once) == "ConflictException"


def test_faults_are_met_in_the_order_in_which_they_were_armed(mock, once):
    mock.fail_next(CREATE, "ConflictException")
    mock.fail_next("ListAppInstances", "ForbiddenException")
    mock.fail_next(CREATE, "BadRequestException", times=2)
    mock.fail_next(None, "ServiceFailureException")
    mock.fail_next(CREATE, "ForbiddenException")

    creations = [outcome(once) for _ in range(6)]

    assert creations == [
        "ConflictException",
        "BadRequestException",
        "BadRequestException",
        "ServiceFailureException",
        "ForbiddenException",
        None,
    ]
    assert outcome(once, "ListAppInstances") == "ForbiddenException"


def test_a_service_error_of_any_code_is_answered_as_it_is(mock, once):
    mock.fail_next(CREATE, ServiceError("ExpiredTokenException", "Too old.", 403))

    with pytest.raises(ClientError) as caught:
        create(once)

    assert type(caught.value) is ClientError
    assert caught.value.response["Error"] == {
        "Code": "ExpiredTokenException",
        "Message": "Too old.",
    }
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert re.fullmatch(r"[0-9a-f-]{36}", caught.value.response["ResponseMetadata"]["RequestId"])
    assert (mock.calls[-1].error, mock.calls[-1].status) == ("ExpiredTokenException", 403)


@pytest.mark.parametrize("error", [Injected("own"), ReadTimeoutError(endpoint_url="")])
def test_an_exception_meets_the_client_in_place_of_an_answer(mock, once, error):
    mock.fail_next(CREATE, error, times=2)

    for _ in range(2):
        with pytest.raises(type(error)) as caught:
            create(once)
        assert caught.value is error
        assert (mock.calls[-1].error, mock.calls[-1].status) == (type(error).__name__, None)
        assert mock.calls[-1].response is None

    assert create(once)


def test_an_exception_that_ends_programs_passes_through(mock, once):
    mock.fail_next(CREATE, KeyboardInterrupt())

    with pytest.raises(KeyboardInterrupt):
        create(once)


def test_a_client_made_before_meets_faults_too(mock):
    client = session_made_before(moto=False).client(SERVICE, config=ONCE)
    mock.fail_next(CREATE, "ConflictException")
    mock.fail_next(CREATE, ReadTimeoutError(endpoint_url=""))

    outcomes = [outcome(client) for _ in range(3)]

    assert outcomes == ["ConflictException", "ReadTimeoutError", None]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("error", ["ServiceFailureException", "ServiceUnavailableException"])
def test_each_retry_is_a_request(mock, mode, error):
    mock.fail_next(CREATE, error, times=3)

    create(client_of(mode))

    assert [recorded.error for recorded in mock.calls.of(CREATE)] == [error] * 3 + [None]


# S: botocore's lists of what is throttling don't have this service's 429; legacy goes by the status.
@pytest.mark.parametrize(("mode", "requests"), [("legacy", 2), ("standard", 1), ("adaptive", 1)])
def test_only_the_legacy_mode_tries_a_throttled_call_again(mock, mode, requests):
    client = client_of(mode)
    mock.fail_next(CREATE, "ThrottledClientException")

    assert outcome(client) == (None if requests == 2 else "ThrottledClientException")
    assert len(mock.calls.of(CREATE)) == requests


def test_a_fault_comes_before_validation_and_leaves_all_as_it_was(mock, once):
    make_world(once)
    before = kept()
    mock.fail_next(CREATE, "ServiceFailureException")
    mock.fail_next(CREATE, "ServiceFailureException")

    assert outcome(once, Name="n" * 257) == "ServiceFailureException"
    assert outcome(once, ClientRequestToken="token") == "ServiceFailureException"
    assert kept() == before


def test_the_token_of_a_failed_request_is_not_remembered(mock, once):
    mock.fail_next(CREATE, "ServiceFailureException")
    assert outcome(once, Name="one", ClientRequestToken="token") == "ServiceFailureException"

    create(once, "other", ClientRequestToken="token")

    assert names(once) == ["other"]


def test_what_is_no_request_to_the_operation_uses_no_fault(mock, once):
    mock.fail_next(None, "ServiceFailureException")

    assert send("POST", "/app-instances", {"Name": "chat"}, headers={}).status == 403
    assert send("POST", "/app-instances", {"Name": "chat"}, region_name="us-west-2").status == 403
    assert send("POST", "/nowhere").error == "UnknownOperationException"
    assert send("POST", "/app-instances", {"Name": 1}).error == "SerializationException"
    assert outcome(once) == "ServiceFailureException"


def test_reset_disarms(mock, once):
    mock.fail_next(CREATE, "ConflictException")
    mock.fail_when(lambda call: "ConflictException")

    mock.reset()

    assert outcome(once) is None


def test_a_fault_that_goes_on_ends_with_the_mock():
    with mock_chime_identity() as mock:
        mock.fail_next(CREATE, "ConflictException", times=None)
        mock.fail_when(lambda call: "ForbiddenException")
        assert outcome(client_once()) == "ConflictException"
        assert outcome(client_once(), "ListAppInstances") == "ForbiddenException"

    with mock_chime_identity():
        assert outcome(client_once()) is None


# What can't be asked for


@pytest.mark.parametrize("name", ["CreateAppInstances", "create_app_instance", "", 5, CREATE + " "])
def test_an_operation_that_is_none_is_refused_with_those_there_are(mock, once, name):
    with pytest.raises(ValueError, match=re.escape(repr(name))) as caught:
        mock.fail_next(name, "ConflictException")

    assert all(operation in str(caught.value) for operation in OPERATIONS)
    assert outcome(once) is None


@pytest.mark.parametrize("operation", [*OPERATIONS, None])
@pytest.mark.parametrize("error", ["Conflict", "Nope", "", "ResourceNotFoundException"])
def test_an_error_that_is_none_is_refused_with_those_there_are(mock, operation, error):
    with pytest.raises(ValueError, match="ServiceError") as caught:
        mock.fail_next(operation, error)

    assert all(name in str(caught.value) for name in ERRORS.get(operation, OF_ALL))


@pytest.mark.parametrize("operation", [*OPERATIONS, None])
def test_an_error_is_refused_that_the_operation_does_not_declare(mock, operation):
    every = {name for declared in ERRORS.values() for name in declared}
    undeclared = every - set(ERRORS.get(operation, OF_ALL))

    assert undeclared
    for name in undeclared:
        with pytest.raises(ValueError, match=name):
            mock.fail_next(operation, name)


@pytest.mark.parametrize(
    "error", [None, 500, ReadTimeoutError, ServiceError, ["ConflictException"]]
)
def test_what_no_request_can_fail_with_is_refused(mock, once, error):
    with pytest.raises(ValueError, match="instance of an exception"):
        mock.fail_next(CREATE, error)

    assert outcome(once) is None


@pytest.mark.parametrize("times", [0, -1, 1.5, True, "2"])
def test_times_that_cannot_be_are_refused(mock, once, times):
    with pytest.raises(ValueError, match="times"):
        mock.fail_next(CREATE, "ConflictException", times=times)

    assert outcome(once) is None


def test_what_does_not_decide_is_refused(mock, once):
    with pytest.raises(TypeError, match="fail_next"):
        mock.fail_when("ConflictException")

    assert outcome(once) is None


@pytest.mark.parametrize("is_another_on", [True, False])
def test_a_mock_that_is_not_on_arms_nothing(is_another_on):
    off = mock_chime_identity()
    if is_another_on:
        other = mock_chime_identity().start()

    try:
        for steer in (
            lambda: off.fail_next(CREATE, "ConflictException"),
            lambda: off.fail_when(lambda call: "ConflictException"),
            off.assert_faults_used,
        ):
            with pytest.raises(RuntimeError, match="not on"):
                steer()
        if is_another_on:
            assert outcome(client_once()) is None
    finally:
        if is_another_on:
            other.stop()


# Lost answers


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("error", ["ServiceFailureException", ReadTimeoutError(endpoint_url="")])
@pytest.mark.parametrize("times", [1, 3])
def test_a_retry_after_a_lost_answer_makes_nothing_twice(mock, mode, error, times):
    client = client_of(mode)
    mock.fail_next(CREATE, error, times=times, take_effect=True)

    arn = create(client)

    assert [i["AppInstanceArn"] for i in client.list_app_instances()["AppInstances"]] == [arn]
    assert len(mock.calls.of(CREATE)) == times + 1


def test_an_operation_has_taken_effect_when_its_answer_is_lost(mock, once):
    arn = create(once)
    mock.fail_next("UpdateAppInstance", "ServiceFailureException", take_effect=True)
    mock.fail_next("DeleteAppInstance", Injected(), take_effect=True)

    update = {"AppInstanceArn": arn, "Name": "talk", "Metadata": ""}
    assert outcome(once, "UpdateAppInstance", **update) == "ServiceFailureException"
    assert names(once) == ["talk"]
    assert outcome(once, "DeleteAppInstance", AppInstanceArn=arn) == "Injected"
    assert names(once) == []


def test_a_call_whose_answer_is_lost_is_recorded_with_what_came_instead(mock, once):
    mock.fail_next(CREATE, "ServiceFailureException", take_effect=True)
    mock.fail_next(CREATE, Injected(), take_effect=True)

    outcomes = [outcome(once), outcome(once)]

    calls = mock.calls.of(CREATE)
    assert [recorded.error for recorded in calls] == outcomes
    assert [recorded.status for recorded in calls] == [500, None]
    assert [recorded.response for recorded in calls] == [None, None]


@pytest.mark.parametrize("error", ["ServiceFailureException", Injected()])
def test_a_call_that_would_be_refused_fails_with_the_fault_all_the_same(mock, once, error):
    create(once)
    before = kept()
    expected = error if isinstance(error, str) else "Injected"
    mock.fail_next(None, error, times=2, take_effect=True)

    assert outcome(once, Name="n" * 257) == expected
    assert outcome(once, "DescribeAppInstance", AppInstanceArn="arn:aws:s3:::bucket") == expected
    assert kept() == before


# Decided by a function


def test_the_function_sees_the_call(mock):
    seen = []
    client = client_once(
        region_name="eu-central-1", aws_access_key_id="111122223333", aws_secret_access_key="key"
    )
    tags = [{"Key": "k", "Value": "v"}]

    def decide(call):
        seen.append(call)
        assert (call.status, call.error, call.response) == (None, None, None)

    before = mock.clock.now()
    mock.fail_when(decide)
    create(client, Tags=tags, ClientRequestToken="token")

    (call,) = seen
    assert call.operation == CREATE
    assert call.params == {"Name": "chat", "Tags": tags, "ClientRequestToken": "token"}
    assert (call.region_name, call.account_id) == ("eu-central-1", "111122223333")
    assert call.access_key == "111122223333"
    assert before <= call.timestamp <= mock.clock.now()
    assert call is mock.calls[-1]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("ConflictException", "ConflictException"),
        (ServiceError("AccessDeniedException", "No.", 403), "AccessDeniedException"),
        (ConnectTimeoutError(endpoint_url=""), "ConnectTimeoutError"),
        (Injected(), "Injected"),
        (None, None),
    ],
)
def test_a_request_fails_with_what_the_function_returns(mock, once, error, expected):
    mock.fail_when(lambda call: error if call.operation == CREATE else None)

    assert [outcome(once), outcome(once)] == [expected, expected]
    assert names(once) == ([] if expected else ["New", "New"])


# The last two say that the error is none, the first that the operation doesn't declare it.
@pytest.mark.parametrize("error", ["NotFoundException", "Nope", 500, Injected])
def test_what_the_function_must_not_return_reaches_the_caller(mock, once, error):
    mock.fail_when(lambda call: error)

    with pytest.raises(ValueError, match="ServiceError"):
        create(once)

    assert kept() == {}


def test_an_exception_in_the_function_reaches_the_caller(mock, once):
    def decide(call):
        raise Injected

    mock.fail_when(decide)

    with pytest.raises(Injected):
        create(once)
    assert kept() == {}


def test_the_first_function_that_returns_an_error_decides(mock, once):
    asked = []

    def decide(name, error):
        def deciding(call):
            asked.append(name)
            return error if call.params["Name"] == name else None

        mock.fail_when(deciding)

    decide("one", "ConflictException")
    decide("two", "ForbiddenException")

    assert outcome(once, Name="one") == "ConflictException"
    assert outcome(once, Name="two") == "ForbiddenException"
    assert outcome(once, Name="three") is None
    assert asked == ["one", *["one", "two"] * 2]


def test_faults_that_were_armed_come_before_the_functions(mock, once):
    asked = []
    mock.fail_when(lambda call: asked.append(call) or "ForbiddenException")
    mock.fail_next(CREATE, "ConflictException", times=2)

    outcomes = [outcome(once) for _ in range(3)]

    assert outcomes == ["ConflictException", "ConflictException", "ForbiddenException"]
    assert len(asked) == 1


def test_the_function_may_steer_the_mock(mock, once):
    def decide(call):
        assert mock.dump()["app_instances"] == []
        mock.fail_next("ListAppInstances", "ForbiddenException")

    mock.fail_when(decide)
    create(once)

    assert outcome(once, "ListAppInstances") == "ForbiddenException"


def test_the_function_cannot_change_the_request(mock, once):
    mock.fail_when(lambda call: call.params.get("Tags", [{}])[0].update(Value="changed"))

    arn = create(once, Tags=[{"Key": "k", "Value": "v"}])

    assert once.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "k", "Value": "v"}]


def test_functions_of_threads_may_wait_for_each_other(mock, once):
    barrier = Barrier(8)

    def decide(call):
        barrier.wait(timeout=30)
        return "ConflictException" if int(call.params["Name"]) % 2 else None

    mock.fail_when(decide)
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda number: outcome(once, Name=str(number)), range(8)))

    assert outcomes == [None, "ConflictException"] * 4
    assert len(kept()[ACCOUNT_ID, REGION]) == 4


def test_no_fault_is_met_twice_by_threads_at_once(mock, once):
    mock.fail_next(SlowToCompare(CREATE), "ConflictException", times=20)
    barrier = Barrier(40)

    def create_at_once(number):
        barrier.wait(timeout=30)
        return outcome(once)

    with ThreadPoolExecutor(40) as pool:
        outcomes = list(pool.map(create_at_once, range(40)))

    assert outcomes.count("ConflictException") == outcomes.count(None) == 20
    assert len(kept()[ACCOUNT_ID, REGION]) == 20


# Under mock_aws


@pytest.mark.parametrize(
    ("outer", "inner"), [(mock_aws, mock_chime_identity), (mock_chime_identity, mock_aws)]
)
def test_faults_are_met_under_mock_aws_too(outer, inner):
    with outer(), inner():
        client = client_once()
        current_mock().fail_next(CREATE, "ConflictException")
        current_mock().fail_when(lambda call: "ForbiddenException" if call.error is None else None)

        assert [outcome(client), outcome(client)] == ["ConflictException", "ForbiddenException"]


def test_faults_end_before_mock_aws_does():
    with mock_aws():
        with mock_chime_identity() as mock:
            mock.fail_next(CREATE, "ConflictException", times=None)
            mock.fail_when(lambda call: "ForbiddenException")
            assert outcome(client_once()) == "ConflictException"

        assert outcome(client_once()) is None


def test_an_unused_fault_is_told_of_inside_mock_aws():
    with mock_aws(), unused(CREATE), mock_chime_identity() as mock:
        mock.fail_next(CREATE, "ConflictException")


def test_faults_stay_while_mock_aws_comes_and_goes_inside(mock, once):
    mock.fail_next(CREATE, "ConflictException", times=2)

    with mock_aws():
        inside = outcome(once)

    assert [inside, outcome(once), outcome(once)] == ["ConflictException"] * 2 + [None]


# Faults that no request met


def arm(error="ConflictException", **parameters):
    current_mock().fail_next(CREATE, error, **parameters)


def by_with(**options):
    with mock_chime_identity(**options):
        arm()


def by_async_with(**options):
    async def run():
        async with mock_chime_identity(**options):
            arm()

    asyncio.run(run())


def by_decorator(**options):
    mock_chime_identity(**options)(arm)()


def by_stop(**options):
    mock = mock_chime_identity(**options).start()
    arm()
    mock.stop()


def by_coroutine(**options):
    @mock_chime_identity(**options)
    async def coroutine():
        arm()

    asyncio.run(coroutine())


def by_generator(**options):
    @mock_chime_identity(**options)
    def generator():
        yield arm()

    assert list(generator()) == [None]


def by_async_generator(**options):
    @mock_chime_identity(**options)
    async def generator():
        yield arm()

    async def run():
        return [value async for value in generator()]

    assert asyncio.run(run()) == [None]


WAYS = [
    by_with,
    by_async_with,
    by_decorator,
    by_stop,
    by_coroutine,
    by_generator,
    by_async_generator,
]


def is_on():
    try:
        current_mock()
    except RuntimeError:
        return False
    return True


@pytest.mark.parametrize("way", WAYS)
def test_a_fault_that_no_request_met_fails_the_block(way):
    with unused("ConflictException", CREATE, "assert_faults_used=False"):
        way()

    assert not is_on()


@pytest.mark.parametrize("way", WAYS)
def test_a_block_may_allow_unused_faults(way):
    way(assert_faults_used=False)

    assert not is_on()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((CREATE, "ConflictException"), "ConflictException for 1 request of CreateAppInstance"),
        ((None, "ForbiddenException", 2), "ForbiddenException for 2 requests of any operation"),
        ((CREATE, Injected(), None), "Injected for all requests of CreateAppInstance"),
        ((CREATE, ServiceError("Own", "", 400)), "Own for 1 request of CreateAppInstance"),
    ],
)
def test_an_unused_fault_is_named(arguments, told):
    operation, error, *times = arguments

    with unused("1 fault ", told), mock_chime_identity() as mock:
        mock.fail_next(operation, error, **({"times": times[0]} if times else {}))


def test_all_unused_faults_are_named():
    with unused("2 faults ", "ConflictException", "Injected"), mock_chime_identity() as mock:
        mock.fail_next(CREATE, "ConflictException")
        mock.fail_next("ListAppInstances", "ForbiddenException")
        mock.fail_next(CREATE, Injected())
        assert outcome(client_once(), "ListAppInstances") == "ForbiddenException"


@pytest.mark.parametrize("times", [2, None])
def test_a_fault_that_one_request_met_is_used(times):
    with mock_chime_identity() as mock:
        mock.fail_next(CREATE, "ConflictException", times=times)
        assert outcome(client_once()) == "ConflictException"


def test_what_never_failed_by_a_function_is_no_fault():
    with mock_chime_identity() as mock:
        mock.fail_when(lambda call: None)


@pytest.mark.parametrize("error", [Injected(), KeyboardInterrupt()])
def test_unused_faults_hide_no_exception(error):
    def run():
        with mock_chime_identity():
            arm()
            raise error

    async def run_async():
        async with mock_chime_identity():
            arm()
            raise error

    with pytest.raises(type(error)) as caught:
        run()
    with pytest.raises(type(error)) as caught_async:
        asyncio.run(run_async())

    assert caught.value is caught_async.value is error
    assert not is_on()


def test_unused_faults_hide_no_exception_when_the_mock_is_stopped_for_it():
    mock = mock_chime_identity().start()

    def run():
        try:
            arm()
            raise Injected
        finally:
            mock.stop()

    with pytest.raises(Injected):
        run()
    assert not is_on()


@pytest.mark.parametrize("close", ["close", "throw"])
def test_a_generator_that_is_given_up_tells_of_no_unused_fault(close):
    @mock_chime_identity
    def generator():
        yield arm()

    begun = generator()
    next(begun)

    if close == "close":
        begun.close()
    else:
        with pytest.raises(Injected):
            begun.throw(Injected())
    assert not is_on()


def test_an_inner_block_fails_for_its_own_faults_only_and_they_end_with_it(mock, once):
    mock.fail_next(CREATE, "ForbiddenException")

    with unused("ConflictException") as told, mock_chime_identity() as inner:
        inner.fail_next(CREATE, "ConflictException")

    assert told is None
    assert [outcome(once), outcome(once)] == ["ForbiddenException", None]


def test_an_outer_block_fails_for_its_own_faults_at_its_own_end():
    with unused("1 fault ", "ConflictException"):  # noqa: SIM117 - one around the other
        with mock_chime_identity() as outer:
            with mock_chime_identity():
                outer.fail_next(CREATE, "ConflictException")
            assert is_on()


def test_a_fault_of_the_outer_block_may_be_used_in_the_inner(mock, once):
    mock.fail_next(CREATE, "ConflictException")

    with mock_chime_identity():
        assert outcome(once) == "ConflictException"


def test_of_a_mock_inside_itself_the_inner_block_answers(mock):
    with unused("ConflictException"), mock:
        mock.fail_next(CREATE, "ConflictException")


@pytest.mark.parametrize("is_outer_allowing", [True, False])
def test_an_inner_block_may_differ_on_unused_faults(is_outer_allowing):
    with mock_chime_identity(assert_faults_used=not is_outer_allowing):
        inner = mock_chime_identity(assert_faults_used=is_outer_allowing)
        if is_outer_allowing:
            with unused("ConflictException"), inner:
                arm()
        else:
            with inner:
                arm()
        assert outcome(client_once()) is None


def test_an_inner_block_allows_what_the_outer_does():
    with mock_chime_identity(assert_faults_used=False), mock_chime_identity():
        arm()


def test_mocks_that_end_crosswise_answer_each_for_its_own_faults():
    first, second = mock_chime_identity().start(), mock_chime_identity().start()
    first.fail_next(CREATE, "ConflictException")
    second.fail_next(CREATE, "ForbiddenException")

    with unused("1 fault ", "ConflictException"):
        first.stop()
    assert outcome(client_once()) == "ForbiddenException"
    second.stop()


@pytest.mark.parametrize("options", [{}, {"assert_faults_used": False}])
def test_faults_can_be_judged_before_the_end(options):
    with mock_chime_identity(**options) as mock:
        mock.assert_faults_used()
        mock.fail_next(CREATE, "ConflictException")

        with unused("ConflictException"):
            mock.assert_faults_used()

        mock.assert_faults_used()
        assert outcome(client_once()) is None


# Classes of unittest


@pytest.fixture
def run_cases():
    """Run a test case with unittest's own runner."""

    def run(case):
        suite = unittest.defaultTestLoader.loadTestsFromTestCase(case)
        return unittest.TextTestRunner(io.StringIO(), warnings="error").run(suite)

    return run


def texts(problems):
    return [text for _, text in problems]


@pytest.mark.parametrize("base", [unittest.TestCase, unittest.IsolatedAsyncioTestCase])
def test_an_unused_fault_fails_its_test_case_and_the_run_goes_on(run_cases, base):
    @mock_chime_identity
    class Case(base):
        def test_1_unused(self):
            arm()

        def test_2_used(self):
            arm()
            assert outcome(client_once()) == "ConflictException"

        def test_3_unused(self):
            arm("ForbiddenException")

        def test_4_after(self):
            assert outcome(client_once()) is None

    result = run_cases(Case)

    assert result.testsRun == 4
    assert result.errors == []
    assert [case.id().rpartition(".")[2] for case, _ in result.failures] == [
        "test_1_unused",
        "test_3_unused",
    ]
    assert all("fail_next" in text for text in texts(result.failures))
    assert not is_on()


def test_an_unused_fault_fails_an_asynchronous_test_case(run_cases):
    @mock_chime_identity
    class Case(unittest.IsolatedAsyncioTestCase):
        async def test_it(self):
            arm()

    assert len(run_cases(Case).failures) == 1


def test_a_fault_may_be_armed_in_set_up_and_used_in_a_cleanup(run_cases):
    @mock_chime_identity
    class Case(unittest.TestCase):
        def setUp(self):
            arm()
            arm("ForbiddenException")

        def test_it(self):
            self.addCleanup(self.use, "ForbiddenException")

        def use(self, expected):
            assert outcome(client_once()) == expected

        def tearDown(self):
            self.use("ConflictException")

    assert run_cases(Case).wasSuccessful()


@pytest.mark.parametrize("place", ["setUp", "test_it", "tearDown", "cleanup"])
def test_a_case_that_failed_already_is_not_told_of_unused_faults(run_cases, place):
    class Case(unittest.TestCase):
        def test_it(self):
            self.addCleanup(self.cleanup)
            arm()

        def cleanup(self):
            pass

    function = getattr(Case, place)

    def failing(self):
        function(self)
        arm()
        raise Injected

    setattr(Case, place, failing)

    result = run_cases(mock_chime_identity(Case))

    assert result.failures == []
    assert [text.strip().rpartition(".")[2] for text in texts(result.errors)] == ["Injected"]
    assert not is_on()


def test_a_case_with_a_failed_subtest_is_not_told_of_unused_faults(run_cases):
    @mock_chime_identity
    class Case(unittest.TestCase):
        def test_it(self):
            arm()
            with self.subTest():
                raise Injected

    result = run_cases(Case)

    assert (len(result.errors), result.failures) == (1, [])


def test_a_case_that_is_expected_to_fail_is_not_told_of_unused_faults(run_cases):
    @mock_chime_identity
    class Case(unittest.TestCase):
        @unittest.expectedFailure
        def test_it(self):
            arm()
            raise Injected

    result = run_cases(Case)

    assert (len(result.expectedFailures), result.failures, result.errors) == (1, [], [])


def test_a_case_that_is_skipped_is_not_told_of_unused_faults(run_cases):
    @mock_chime_identity
    class Case(unittest.TestCase):
        def test_inside(self):
            arm()
            self.skipTest("no need")

        @unittest.skip("no need")
        def test_outside(self): ...

    result = run_cases(Case)

    assert (len(result.skipped), result.failures, result.errors) == (2, [], [])


def test_a_case_may_allow_unused_faults(run_cases):
    @mock_chime_identity(assert_faults_used=False)
    class Case(unittest.TestCase):
        def test_it(self):
            arm()

    assert run_cases(Case).wasSuccessful()


TURNS_IT_OFF = {
    "tearDown": "def tearDown(self):\n        self.mock.stop()",
    "cleanup": "def turn_off(self):\n        self.addCleanup(self.mock.stop)",
}
STARTED_CASE = """
import unittest
from chime_identity_mock import mock_chime_identity

class Case(unittest.TestCase):
    def setUp(self):
        self.mock = mock_chime_identity().start()
        getattr(self, "turn_off", lambda: None)()

    {turns_it_off}

    def arm(self):
        self.mock.fail_next("CreateAppInstance", "ConflictException")

    def test_failed(self):
        self.arm()
        self.fail("first")

    def test_broken(self):
        self.arm()
        raise RuntimeError("first")

    def test_skipped(self):
        self.arm()
        self.skipTest("first")

    @unittest.expectedFailure
    def test_expected(self):
        self.arm()
        self.fail("first")

    def test_subtests(self):
        self.arm()
        with self.subTest("first"):
            self.fail("first")

    def test_unused(self):
        self.arm()
"""


@pytest.mark.parametrize("place", TURNS_IT_OFF)
def test_a_started_mock_complains_over_no_other_outcome_of_a_case(run_cases, place):
    module = {"__name__": "case"}
    exec(STARTED_CASE.format(turns_it_off=TURNS_IT_OFF[place]), module)  # noqa: S102 - it is ours

    result = run_cases(module["Case"])

    problems = [*result.failures, *result.errors]
    assert [text for text in texts(problems) if "fail_next" in text and "first" in text] == []
    complained_of = [case.id() for case, text in problems if "No request met" in text]
    assert complained_of == ["case.Case.test_unused"]
    assert (len(result.skipped), len(result.expectedFailures), len(problems)) == (1, 1, 4)
    assert not is_on()


@pytest.mark.parametrize("place", TURNS_IT_OFF)
def test_a_started_mock_complains_over_no_other_outcome_under_pytest(pytester, monkeypatch, place):
    pytester.makepyfile(STARTED_CASE.format(turns_it_off=TURNS_IT_OFF[place]))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    result = pytester.runpytest(*PLUGIN, "-rA", "-k", "not subtests")

    told = "\n".join(result.stdout.lines)
    assert len(re.findall(r"^E .*No request met", told, re.MULTILINE)) == 1
    outcomes = result.parseoutcomes()
    assert (outcomes["failed"], outcomes["skipped"], outcomes["xfailed"]) == (3, 1, 1)
    assert "errors" not in outcomes


def test_a_case_without_a_runner_tells_of_unused_faults():
    @mock_chime_identity
    class Case(unittest.TestCase):
        def test_it(self):
            arm()

    with unused("ConflictException"):
        Case("test_it").debug()


def test_cleanups_may_be_done_outside_a_run():
    done = []

    @mock_chime_identity
    class Case(unittest.TestCase):
        def test_it(self): ...

    case = Case("test_it")
    case.addCleanup(done.append, 1)

    assert case.doCleanups()
    assert done == [1]


# Under pytest

HEADER = """
import unittest

import boto3
import pytest

from chime_identity_mock import current_mock, mock_chime_identity


def arm(error="ConflictException"):
    current_mock().fail_next("CreateAppInstance", error)


def use():
    client = boto3.client("chime-sdk-identity")
    with pytest.raises(client.exceptions.ConflictException):
        client.create_app_instance(Name="chat")


"""


@pytest.fixture
def run(pytester, monkeypatch):
    """Run the tests in a source, in this process."""

    def run(source, *arguments):
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        pytester.makepyfile(HEADER + textwrap.dedent(source))
        return pytester.runpytest(*PLUGIN, *arguments)

    return run


def test_an_unused_fault_is_an_error_of_the_fixture(run):
    result = run(
        """
        def test_unused(chime_identity_mock):
            arm()

        @pytest.mark.chime_identity_mock
        def test_unused_by_marker():
            arm()

        def test_used(chime_identity_mock):
            arm()
            use()

        @pytest.mark.chime_identity_mock(assert_faults_used=False)
        def test_allowed():
            arm()
        """
    )

    result.assert_outcomes(passed=4, errors=2)
    result.stdout.fnmatch_lines(["*ConflictException for 1 request of CreateAppInstance*"])


def test_an_unused_fault_fails_a_decorated_test(run):
    result = run(
        """
        @mock_chime_identity
        def test_unused():
            arm()

        @mock_chime_identity
        class TestUnused:
            def test_unused(self):
                arm()

        @mock_chime_identity
        class TestCase(unittest.TestCase):
            def test_unused(self):
                arm()

        @mock_chime_identity
        def test_used():
            arm()
            use()
        """
    )

    result.assert_outcomes(passed=1, failed=3)


def test_a_decorated_yield_fixture_is_an_error_at_its_end(run):
    result = run(
        """
        @pytest.fixture
        @mock_chime_identity
        def mock():
            yield current_mock()

        def test_unused(mock):
            arm()

        def test_used(mock):
            arm()
            use()
        """
    )

    result.assert_outcomes(passed=2, errors=1)


@pytest.mark.parametrize(
    ("ending", "outcomes"),
    [
        ("raise ValueError", {"failed": 5}),
        ("pytest.fail()", {"failed": 5}),
        ("pytest.skip()", {"skipped": 5}),
        ("pytest.xfail()", {"xfailed": 5}),
    ],
)
def test_a_test_that_failed_already_is_not_told_of_unused_faults(run, ending, outcomes):
    result = run(
        f"""
        @pytest.fixture
        @mock_chime_identity
        def mock():
            yield

        def test_fixture(chime_identity_mock):
            arm()
            {ending}

        def test_own_fixture(mock):
            arm()
            {ending}

        @mock_chime_identity
        def test_decorated():
            arm()
            {ending}

        @mock_chime_identity
        class TestDecorated:
            def setup_method(self):
                arm()

            def test_it(self):
                {ending}

        @mock_chime_identity
        class TestCase(unittest.TestCase):
            def test_it(self):
                arm()
                {ending}
        """
    )

    result.assert_outcomes(**outcomes)


def test_a_test_whose_set_up_failed_is_not_told_of_unused_faults(run):
    result = run(
        """
        @pytest.fixture
        def broken(chime_identity_mock):
            arm()
            raise ValueError

        def test_it(broken):
            pass
        """
    )

    result.assert_outcomes(errors=1)
    assert "No request met" not in result.stdout.str()


def test_faults_of_setup_method_are_for_the_test(run):
    result = run(
        """
        @mock_chime_identity
        class TestAlone:
            def setup_method(self):
                arm()

            def test_it(self):
                use()

        @mock_chime_identity
        class TestWithMethod:
            def setup_method(self, method):
                arm()

            def test_it(self):
                pass

            def teardown_method(self, method):
                use()
        """
    )

    result.assert_outcomes(passed=2)


def test_faults_of_setup_method_that_no_request_met_are_told_of(run):
    result = run(
        """
        @mock_chime_identity
        class TestAlone:
            def setup_method(self):
                arm()

            def test_it(self):
                pass

        @mock_chime_identity
        class TestWithMethod:
            def setup_method(self, method):
                arm()

            def test_it(self):
                pass
        """
    )

    result.assert_outcomes(passed=2, errors=2)


def test_a_set_up_that_nothing_is_around_tells_of_its_own_unused_faults():
    @mock_chime_identity
    class TestIt:
        def setup_method(self):
            arm()

    with unused("ConflictException"):
        TestIt().setup_method()


def test_a_set_up_hands_on_no_more_than_its_own_faults():
    @mock_chime_identity
    class TestIt:
        def setup_method(self):
            arm()

    with unused("1 fault ", "ForbiddenException"), mock_chime_identity():
        arm("ForbiddenException")
        with unused("1 fault ", "ConflictException"), mock_chime_identity():
            TestIt().setup_method()


def test_refusals_by_faults_leave_all_as_it_was(mock, once):
    world = make_world(once)
    mock.fail_next(None, "ForbiddenException", times=len(OPERATIONS))

    for operation in OPERATIONS:
        assert refusal(once, operation, **world) == "ForbiddenException"


# What ends with the block that armed it


@pytest.mark.parametrize(
    "arm_in",
    [
        lambda mock: mock.fail_when(lambda call: "ConflictException"),
        lambda mock: mock.fail_next(CREATE, "ConflictException", times=None),
        lambda mock: mock.fail_next(CREATE, "ConflictException", times=2),
    ],
    ids=["decided", "all", "partly used"],
)
def test_what_an_inner_block_armed_ends_with_it(mock, arm_in):
    mock.fail_when(lambda call: "ForbiddenException" if call.params["Name"] == "x" else None)
    with mock_chime_identity() as inner:
        arm_in(inner)
        assert outcome(client_once()) == "ConflictException"

    assert outcome(client_once()) is None


def test_what_set_up_method_armed_is_there_in_the_test(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(
        """
        import boto3
        import pytest
        from chime_identity_mock import current_mock, mock_chime_identity

        @mock_chime_identity
        class TestSignUp:
            def setup_method(self):
                current_mock().fail_when(lambda call: "ForbiddenException")

            def test_it(self):
                client = boto3.client("chime-sdk-identity")
                with pytest.raises(client.exceptions.ForbiddenException):
                    client.list_app_instances()

        @mock_chime_identity
        def test_after():
            boto3.client("chime-sdk-identity").list_app_instances()
        """
    )

    result = pytester.runpytest(*PLUGIN)

    result.assert_outcomes(passed=2)


def test_the_text_for_an_unused_fault_tells_what_was_received():
    with unused("Received: ListAppInstances x2."), mock_chime_identity():
        arm()
        for _ in range(2):
            boto3.client(SERVICE).list_app_instances()


# Errors that are none


@pytest.mark.parametrize(
    ("code", "message", "status"),
    [
        ("Throttled", "slow", 200),
        ("Throttled", "slow", 302),
        ("Throttled", "slow", 600),
        ("Throttled", "slow", True),
        ("Throttled", "slow", "429"),
        ("Throttled", "slow", None),
        ("Throttled", None, 429),
        ("Throttled\r\nx: y", "slow", 429),
        ("", "slow", 429),
        (None, "slow", 429),
    ],
)
def test_a_service_error_that_is_none_is_refused(mock, code, message, status):
    with pytest.raises(ValueError, match="status from 400 to 599"):
        mock.fail_next(CREATE, ServiceError(code, message, status))

    assert outcome(client_once()) is None


@pytest.mark.parametrize("value", ["false", 1, None])
def test_take_effect_is_true_or_false(mock, value):
    with pytest.raises(ValueError, match="True or False"):
        mock.fail_next(CREATE, "ConflictException", take_effect=value)
