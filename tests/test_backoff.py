"""No sleeping between botocore's retries after an injected error, and botocore left as it was."""

from __future__ import annotations

import random
import time
from threading import Condition, Thread
from unittest.mock import patch

import boto3
import botocore.endpoint
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.endpoint import Endpoint
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.httpsession import URLLib3Session
from botocore.retries.bucket import TokenBucket
from botocore.retries.standard import ThrottlingErrorDetector
from doubles import KEYS, session_made_before
from moto import mock_aws
from support import REGION, SERVICE

from chime_identity_mock import ServiceError, current_mock, mock_chime_identity

MODES = ["legacy", "standard", "adaptive"]
CREATE = "CreateAppInstance"
THROTTLING = ServiceError("ThrottlingException", "Rate exceeded", 400)
ERRORS = [
    "ServiceFailureException",
    "ServiceUnavailableException",
    THROTTLING,
    ReadTimeoutError(endpoint_url=""),
]


def config_of(mode, retries=5):
    return Config(retries={"mode": mode, "total_max_attempts": retries + 1})


def client_of(mode="legacy", retries=5):
    return boto3.client(SERVICE, region_name=REGION, config=config_of(mode, retries))


def create(client):
    client.create_app_instance(Name="chat")


def fail_once(mock=None):
    """Meet one fault, so that botocore is patched."""
    (mock or current_mock()).fail_next(CREATE, "ServiceFailureException")
    create(client_of())


def of_botocore():
    """What is replaced to leave the sleeping out."""
    return (
        vars(Endpoint)["_needs_retry"],
        vars(botocore.endpoint)["time"],
        vars(ThrottlingErrorDetector)["is_throttling_error"],
    )


def is_patched():
    return [is_ours != own for is_ours, own in zip(of_botocore(), ORIGINAL, strict=True)]


ORIGINAL = of_botocore()
ORIGINAL_WAIT = Condition.wait


@pytest.fixture(autouse=True)
def botocore_is_as_it_was():
    assert of_botocore() == ORIGINAL
    yield
    assert of_botocore() == ORIGINAL


@pytest.fixture
def slept(monkeypatch):
    """How long the process would have slept, each time; nothing sleeps."""
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(random, "random", lambda: 0.5)
    monkeypatch.setattr(Condition, "wait", lambda condition, timeout=None: slept.append(timeout))
    return slept


# Sleeping


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("error", ERRORS)
def test_nothing_sleeps_between_retries(mock, slept, mode, error):
    before = mock.clock.advanced_by
    client = client_of(mode)
    mock.fail_next(CREATE, error, times=5)

    create(client)

    assert len(mock.calls.of(CREATE)) == 6
    assert slept == []
    assert mock.clock.advanced_by == before


def test_nothing_sleeps_after_the_services_own_throttling(mock, slept):
    mock.fail_next(CREATE, "ThrottledClientException", times=5)

    create(client_of("legacy"))

    assert len(mock.calls.of(CREATE)) == 6
    assert slept == []


@pytest.mark.parametrize("mode", MODES)
def test_nothing_sleeps_when_a_function_decides(mock, slept, mode):
    answers = iter(["ServiceFailureException", ReadTimeoutError(endpoint_url=""), None])
    mock.fail_when(lambda call: next(answers))

    create(client_of(mode))

    assert len(mock.calls) == 3
    assert slept == []


@pytest.mark.parametrize("mode", MODES)
def test_nothing_sleeps_when_answers_are_lost(mock, slept, mode):
    mock.fail_next(CREATE, "ServiceFailureException", times=5, take_effect=True)

    create(client_of(mode))

    assert slept == []


@pytest.mark.parametrize("mode", MODES)
def test_nothing_sleeps_in_a_client_made_before(mock, slept, mode):
    client = session_made_before(moto=False).client(SERVICE, config=config_of(mode))
    mock.fail_next(CREATE, "ServiceFailureException", times=3)
    mock.fail_next(CREATE, ReadTimeoutError(endpoint_url=""), times=2)

    create(client)

    assert len(mock.calls) == 6
    assert slept == []


@pytest.mark.parametrize("mode", MODES)
def test_nothing_sleeps_under_mock_aws(slept, mode):
    with mock_aws(), mock_chime_identity() as mock:
        mock.fail_next(CREATE, "ServiceFailureException", times=5)
        create(client_of(mode))

    assert slept == []


def test_no_later_request_is_slowed_down_by_injected_throttling(mock, monkeypatch):
    acquired = []
    monkeypatch.setattr(TokenBucket, "acquire", lambda bucket, *args: acquired.append(bucket))
    client = client_of("adaptive")
    mock.fail_next(CREATE, THROTTLING, times=5)

    create(client)
    create(client)

    assert acquired == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("error", ERRORS)
def test_botocore_sleeps_when_asked_to(slept, monkeypatch, mode, error):
    acquired = []
    monkeypatch.setattr(TokenBucket, "acquire", lambda bucket, *args: acquired.append(bucket))

    with mock_chime_identity(skip_backoff=False) as mock:
        mock.fail_next(CREATE, error, times=5)
        create(client_of(mode))
        assert mock.clock.advanced_by.total_seconds() == 0

    assert len(slept) == 5
    assert min(slept) > 0
    assert len(acquired) == (5 if mode == "adaptive" and error is THROTTLING else 0)


def test_the_option_ends_with_the_inner_block(mock, slept):
    with mock_chime_identity(skip_backoff=False):
        fail_once()
        assert len(slept) == 1

    fail_once()

    assert len(slept) == 1


# What is none of the mock's


class _Unavailable:
    def stream(self):
        yield b""


def unavailable(session, request):
    return AWSResponse(request.url, 503, {}, _Unavailable())


@pytest.mark.parametrize("mode", MODES)
def test_another_services_retries_sleep(slept, mode):
    going_out = patch.object(URLLib3Session, "send", unavailable)
    with going_out, mock_chime_identity(passthrough={"s3"}) as mock:
        fail_once(mock)
        assert all(is_patched())
        s3 = boto3.client("s3", REGION, config=config_of(mode, 3), **KEYS)

        with pytest.raises(ClientError):
            s3.list_buckets()

        assert len(slept) == 3
        fail_once(mock)
        assert len(slept) == 3


def test_another_services_throttling_slows_it_down(monkeypatch, slept):
    def throttled(session, request):
        body = b"<Error><Code>ThrottlingException</Code></Error>"
        return AWSResponse(request.url, 400, {}, type("_", (), {"stream": lambda self: [body]})())

    acquired = []
    monkeypatch.setattr(TokenBucket, "acquire", lambda bucket, *args: acquired.append(bucket))
    going_out = patch.object(URLLib3Session, "send", throttled)
    with going_out, mock_chime_identity(passthrough={"s3"}) as mock:
        fail_once(mock)
        s3 = boto3.client("s3", REGION, config=config_of("adaptive", 3), **KEYS)

        with pytest.raises(ClientError):
            s3.list_buckets()

    assert len(acquired) == len(slept) == 3


def test_the_users_own_sleep_sleeps(mock, slept):
    client = client_of()
    client.meta.events.register(f"needs-retry.{SERVICE}", lambda **kwargs: time.sleep(7))
    mock.fail_next(CREATE, "ServiceFailureException")

    create(client)
    time.sleep(8)
    botocore.endpoint.time.sleep(9)

    assert slept == [7, 7, 8, 9]


def test_another_threads_sleep_sleeps(mock, slept):
    client = client_of()

    def sleep_elsewhere(**kwargs):
        thread = Thread(target=botocore.endpoint.time.sleep, args=(7,))
        thread.start()
        thread.join()

    with patch.object(Condition, "wait", ORIGINAL_WAIT):
        client.meta.events.register(f"needs-retry.{SERVICE}", sleep_elsewhere)
        mock.fail_next(CREATE, "ServiceFailureException")
        create(client)

    assert slept == [7, 7]


def test_a_call_made_while_another_is_tried_again_lets_neither_sleep(mock, slept):
    client, other = client_of(), client_of()
    client.meta.events.register_last(
        f"needs-retry.{SERVICE}", lambda **kwargs: other.list_app_instances() and None
    )
    mock.fail_next(CREATE, "ServiceFailureException", times=2)

    create(client)

    assert len(mock.calls.of(CREATE)) == 3
    assert slept == []


def test_botocore_finds_all_else_of_time_where_it_was(mock):
    fail_once(mock)

    assert all(is_patched())
    assert botocore.endpoint.time.monotonic is time.monotonic


def test_a_refusal_of_the_mocks_own_is_not_injected(mock, slept):
    with pytest.raises(ClientError):
        client_of().describe_app_instance(AppInstanceArn="arn:aws:s3:::bucket")

    assert of_botocore() == ORIGINAL


# The clock


def test_the_skipped_time_passes_while_there_are_rate_limits(slept):
    with mock_chime_identity(rate_limits={CREATE: 2}) as mock:
        client = client_of("legacy")
        mock.fail_next(CREATE, "ServiceFailureException", times=3)

        create(client)

        # botocore's legacy mode: random() times 1, 2, 4 seconds
        assert mock.clock.advanced_by.total_seconds() == 0.5 + 1 + 2
    assert slept == []


def test_a_retry_after_a_rate_limits_error_finds_the_bucket_filled(slept):
    with mock_chime_identity(rate_limits={CREATE: 0.5}) as mock:
        client = client_of("legacy")

        create(client)
        create(client)

        errors = [call.error for call in mock.calls]
        assert errors == [None, *["ThrottledClientException"] * (len(errors) - 2), None]
        assert len(errors) > 2
        assert 1 < mock.clock.advanced_by.total_seconds() < 4
    assert slept == []


def test_the_clock_is_left_alone_when_botocore_sleeps(slept):
    with mock_chime_identity(rate_limits=True, skip_backoff=False) as mock:
        fail_once(mock)
        assert mock.clock.advanced_by.total_seconds() == 0

    assert len(slept) == 1


# Putting back


def test_botocore_is_untouched_until_the_first_fault(mock):
    client = client_of()
    mock.fail_next(CREATE, "ServiceFailureException")
    client.list_app_instances()
    assert of_botocore() == ORIGINAL

    create(client)

    assert is_patched() == [True] * 3


@pytest.mark.parametrize("rate_limits", [True, False])
def test_botocore_is_as_before_after_the_mock(rate_limits):
    for _ in range(2):
        with mock_chime_identity(rate_limits=rate_limits) as mock:
            fail_once(mock)
            fail_once(mock)
            assert all(is_patched())

        assert of_botocore() == ORIGINAL


def test_botocore_is_as_before_after_an_exception():
    @mock_chime_identity
    def interrupted():
        current_mock().fail_next(CREATE, KeyboardInterrupt())
        create(client_of())

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert of_botocore() == ORIGINAL


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["crosswise", "nested"])
def test_botocore_is_patched_until_the_last_mock_ends(order):
    mocks = [mock_chime_identity().start() for _ in range(2)]
    for mock in mocks:
        fail_once(mock)

    mocks[order[0]].stop()
    assert all(is_patched())
    fail_once()

    mocks[order[1]].stop()
    assert of_botocore() == ORIGINAL


@pytest.mark.parametrize(
    "starts", [(mock_aws, mock_chime_identity), (mock_chime_identity, mock_aws)]
)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["crosswise", "nested"])
def test_botocore_is_as_before_after_both_mocks(starts, order):
    mocks = [start() for start in starts]
    for mock in mocks:
        mock.start()
    fail_once()

    for place in order:
        mocks[place].stop()

    assert of_botocore() == ORIGINAL


def test_botocore_is_as_before_when_a_request_ends_after_the_mock():
    mock = mock_chime_identity().start()
    client = client_of(retries=0)

    def decide(call):
        mock.stop()
        return "ServiceFailureException"

    mock.fail_when(decide)
    with pytest.raises(client.exceptions.ServiceFailureException):
        create(client)

    assert of_botocore() == ORIGINAL


def test_a_patch_of_the_users_is_left_where_it_is(monkeypatch):
    with mock_chime_identity() as mock:
        fail_once(mock)
        ours = botocore.endpoint.time
        monkeypatch.setattr(botocore.endpoint, "time", time)
        monkeypatch.setattr(botocore.endpoint, "time", users := object())

    assert botocore.endpoint.time is users
    monkeypatch.undo()
    assert botocore.endpoint.time is ours
    botocore.endpoint.time = ORIGINAL[1]


def test_botocore_retries_again_as_ever_after_the_mock(slept):
    with mock_chime_identity() as mock:
        fail_once(mock)

    with patch.object(URLLib3Session, "send", unavailable):
        client = boto3.client(SERVICE, REGION, config=config_of("standard", 2), **KEYS)
        with pytest.raises(ClientError):
            create(client)

    assert len(slept) == 2
