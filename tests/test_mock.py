"""The switch: decorator of functions, context manager, start and stop, nesting, threads."""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws
from support import SERVICE

from chime_identity_mock import ChimeIdentityMock, current_mock, mock_chime_identity

BARE_AND_CALLED = pytest.mark.parametrize(
    "decorator", [mock_chime_identity, mock_chime_identity()], ids=["bare", "called"]
)


def is_on():
    try:
        current_mock()
    except RuntimeError:
        return False
    return True


def create(name="chat", region_name=None):
    client = boto3.client(SERVICE, region_name=region_name)
    return client.create_app_instance(Name=name)["AppInstanceArn"]


def names(region_name=None):
    client = boto3.client(SERVICE, region_name=region_name)
    return [instance["Name"] for instance in client.list_app_instances()["AppInstances"]]


def default_region():
    return boto3.client(SERVICE).meta.region_name


def plain(a, *, b: int = 2) -> object:
    """What it says of itself."""
    return a, b, is_on()


async def coroutine(a, *, b: int = 2) -> object:
    """What it says of itself."""
    return a, b, is_on()


def generator(a, *, b: int = 2) -> object:
    """What it says of itself."""
    yield a, b, is_on()


async def async_generator(a, *, b: int = 2) -> object:
    """What it says of itself."""
    yield a, b, is_on()


KINDS = [
    inspect.iscoroutinefunction,
    inspect.isgeneratorfunction,
    inspect.isasyncgenfunction,
    inspect.isfunction,
]


# Every kind of function


@BARE_AND_CALLED
@pytest.mark.parametrize("function", [plain, coroutine, generator, async_generator])
def test_a_decorated_function_is_still_what_it_was(decorator, function):
    decorated = decorator(function)

    assert [is_kind(decorated) for is_kind in KINDS] == [is_kind(function) for is_kind in KINDS]
    assert inspect.signature(decorated) == inspect.signature(function)
    assert decorated.__name__ == function.__name__
    assert decorated.__qualname__ == function.__qualname__
    assert decorated.__module__ == function.__module__
    assert decorated.__doc__ == "What it says of itself."


@BARE_AND_CALLED
def test_a_decorated_function_runs_with_the_mock_on_and_its_own_arguments(decorator):
    assert decorator(plain)(1, b=3) == (1, 3, True)
    assert not is_on()


@BARE_AND_CALLED
def test_a_decorated_coroutine_runs_with_the_mock_on(decorator):
    assert asyncio.run(decorator(coroutine)(1, b=3)) == (1, 3, True)
    assert not is_on()


@BARE_AND_CALLED
def test_a_decorated_generator_runs_with_the_mock_on(decorator):
    assert list(decorator(generator)(1, b=3)) == [(1, 3, True)]
    assert not is_on()


@BARE_AND_CALLED
def test_a_decorated_async_generator_runs_with_the_mock_on(decorator):
    async def collect():
        return [value async for value in decorator(async_generator)(1, b=3)]

    assert asyncio.run(collect()) == [(1, 3, True)]
    assert not is_on()


@pytest.mark.parametrize("function", [coroutine, generator, async_generator])
def test_the_mock_stays_off_until_what_is_decorated_runs(function):
    not_yet_run = mock_chime_identity(function)(1)

    assert not is_on()
    if inspect.iscoroutine(not_yet_run):
        not_yet_run.close()


# Functions


@mock_chime_identity
@pytest.mark.parametrize("number", [1, 2])
def test_fixtures_and_parameters_reach_a_decorated_test(tmp_path, number):
    assert tmp_path.is_dir()
    assert number in (1, 2)
    assert is_on()


@patch(f"{__name__}.plain", return_value="last")
@mock_chime_identity
@patch(f"{__name__}.generator", return_value="first")
def test_the_decorator_stands_among_those_of_unittest_mock(patched_generator, patched_plain):
    assert (patched_generator(), patched_plain()) == ("first", "last")
    assert is_on()


def test_an_exception_in_a_decorated_function_leaves_the_mock_off():
    @mock_chime_identity
    def fail():
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        fail()
    assert not is_on()


def test_each_call_of_a_decorated_function_starts_with_no_data():
    @mock_chime_identity
    def create_one():
        create()
        return names()

    assert create_one() == ["chat"]
    assert create_one() == ["chat"]


def test_a_decorated_function_that_calls_itself_keeps_its_data():
    @mock_chime_identity
    def create_several(count):
        create(f"chat {count}")
        return create_several(count - 1) if count > 1 else names()

    assert create_several(3) == ["chat 3", "chat 2", "chat 1"]
    assert not is_on()


def test_options_of_the_decorator_are_in_force_inside():
    decorated = mock_chime_identity(region_name="eu-central-1")(default_region)

    assert decorated() == "eu-central-1"


def test_an_option_may_be_given_along_with_the_function():
    decorated = mock_chime_identity(default_region, region_name="eu-central-1")

    assert decorated() == "eu-central-1"


class Caller:
    def __call__(self):
        return is_on()


@pytest.mark.parametrize("target", [Caller(), Caller().__call__, functools.partial(is_on), is_on])
def test_anything_that_can_be_called_can_be_decorated(target):
    assert mock_chime_identity(target)()
    assert not is_on()


class Methods:
    @mock_chime_identity
    @staticmethod
    def static(number):
        return number, is_on()

    @mock_chime_identity()
    @classmethod
    def of_class(cls, number):
        return cls, number, is_on()

    @staticmethod
    @mock_chime_identity
    def static_inside(number):
        return number, is_on()


def test_static_and_class_methods_can_be_decorated():
    assert Methods.static(1) == Methods().static(1) == (1, True)
    assert Methods.static_inside(1) == Methods().static_inside(1) == (1, True)
    assert Methods.of_class(1) == Methods().of_class(1) == (Methods, 1, True)
    assert isinstance(vars(Methods)["static"], staticmethod)
    assert isinstance(vars(Methods)["of_class"], classmethod)
    assert not is_on()


@pytest.mark.parametrize("target", ["eu-central-1", 5, {}, property(is_on), staticmethod(5)])
def test_what_cannot_run_cannot_be_decorated(target):
    with pytest.raises(TypeError, match="mock_chime_identity"):
        mock_chime_identity(target)
    with pytest.raises(TypeError, match="mock_chime_identity"):
        mock_chime_identity()(target)


def test_a_fixture_is_to_be_decorated_from_within():
    @pytest.fixture
    def fixture():
        """Never run."""

    with pytest.raises(TypeError, match=r"below @pytest\.fixture"):
        mock_chime_identity(fixture)


# Coroutine functions


def test_the_mock_is_on_until_a_decorated_coroutine_ends():
    @mock_chime_identity
    async def create_one():
        create()
        await asyncio.sleep(0)
        return names()

    assert asyncio.run(create_one()) == ["chat"]


def test_an_exception_in_a_decorated_coroutine_leaves_the_mock_off():
    @mock_chime_identity
    async def fail():
        await asyncio.sleep(0)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        asyncio.run(fail())
    assert not is_on()


def test_a_cancelled_coroutine_leaves_the_mock_off():
    @mock_chime_identity
    async def wait():
        await asyncio.Event().wait()

    async def cancel():
        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        was_on = is_on()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return was_on

    assert asyncio.run(cancel())
    assert not is_on()


def test_a_coroutine_goes_on_when_one_that_began_before_it_has_ended():
    async def run(mine, others):
        mine.set()
        await others.wait()
        create()
        return names()

    async def crosswise():
        started_a, started_b, ended_a = (asyncio.Event() for _ in range(3))
        a = asyncio.create_task(mock_chime_identity(run)(started_a, started_b))
        a.add_done_callback(lambda _: ended_a.set())
        await started_a.wait()
        b = asyncio.create_task(mock_chime_identity(run)(started_b, ended_a))
        return await asyncio.gather(a, b)

    assert asyncio.run(crosswise()) == [["chat"], ["chat", "chat"]]
    assert not is_on()


# Generator functions


@pytest.fixture
@mock_chime_identity(region_name="eu-central-1")
def app_instance_arn_in_frankfurt(tmp_path):
    arn = create()
    yield arn
    assert names() == ["chat"]
    assert tmp_path.is_dir()


@pytest.mark.parametrize("use", [1, 2])
def test_a_decorated_yield_fixture_has_the_mock_on_until_it_ends(
    app_instance_arn_in_frankfurt, use
):
    assert is_on()
    assert names() == ["chat"]
    assert ":eu-central-1:" in app_instance_arn_in_frankfurt


@mock_chime_identity
def echo(log):
    received = None
    try:
        while received != "end":
            try:
                received = yield is_on(), received
            except KeyError as error:  # noqa: PERF203 - each is caught where it was thrown
                received = f"caught {error.args[0]}"
    finally:
        log.append(("ended", is_on()))
    return "returned"


def test_values_sent_to_a_decorated_generator_arrive_and_its_result_comes_back():
    running = echo([])

    assert next(running) == (True, None)
    assert running.send("first") == (True, "first")
    assert running.throw(KeyError("mine")) == (True, "caught mine")
    assert is_on()
    with pytest.raises(StopIteration) as ended:
        running.send("end")
    assert ended.value.value == "returned"
    assert not is_on()


def test_an_exception_thrown_into_a_decorated_generator_leaves_the_mock_off():
    log = []
    running = echo(log)
    next(running)

    with pytest.raises(ValueError, match="mine"):
        running.throw(ValueError("mine"))
    assert log == [("ended", True)]
    assert not is_on()


def test_closing_a_decorated_generator_early_turns_the_mock_off():
    log = []
    running = echo(log)
    next(running)

    running.close()

    assert log == [("ended", True)]
    assert not is_on()


def test_an_exception_in_a_decorated_generator_leaves_the_mock_off():
    @mock_chime_identity
    def fail():
        yield 1
        raise KeyError("mine")

    running = fail()
    next(running)
    with pytest.raises(KeyError, match="mine"):
        next(running)
    assert not is_on()


# Asynchronous generator functions


@mock_chime_identity
async def async_echo(log):
    received = None
    try:
        while received != "end":
            await asyncio.sleep(0)
            try:
                received = yield is_on(), received
            except KeyError as error:
                received = f"caught {error.args[0]}"
    finally:
        await asyncio.sleep(0)
        log.append(("ended", is_on()))


def test_values_and_exceptions_reach_a_decorated_async_generator():
    async def run():
        running = async_echo([])
        assert await running.__anext__() == (True, None)
        assert await running.asend("first") == (True, "first")
        assert await running.athrow(KeyError("mine")) == (True, "caught mine")
        assert await running.asend("second") == (True, "second")
        with pytest.raises(StopAsyncIteration):
            await running.asend("end")

    asyncio.run(run())
    assert not is_on()


def test_closing_a_decorated_async_generator_early_turns_the_mock_off():
    log = []

    async def run():
        running = async_echo(log)
        await running.__anext__()
        await running.aclose()
        return is_on()

    assert not asyncio.run(run())
    assert log == [("ended", True)]


def test_an_exception_thrown_into_a_decorated_async_generator_leaves_the_mock_off():
    log = []

    async def run():
        running = async_echo(log)
        await running.__anext__()
        with pytest.raises(ValueError, match="mine"):
            await running.athrow(ValueError("mine"))
        return is_on()

    assert not asyncio.run(run())
    assert log == [("ended", True)]


def test_an_exception_in_a_decorated_async_generator_leaves_the_mock_off():
    @mock_chime_identity
    async def fail():
        yield 1
        raise KeyError("mine")

    async def run():
        running = fail()
        await running.__anext__()
        with pytest.raises(KeyError, match="mine"):
            await running.__anext__()
        return is_on()

    assert not asyncio.run(run())


@pytest.mark.parametrize("values", [[], [1, 2]])
def test_a_decorated_async_generator_gives_its_values_and_ends(values):
    @mock_chime_identity
    async def give():
        for value in values:
            yield value

    async def run():
        return [value async for value in give()]

    assert asyncio.run(run()) == values
    assert not is_on()


# Context manager, start and stop, reset


def test_with_gives_the_handle():
    mock = mock_chime_identity()

    with mock as handle:
        assert handle is mock
        assert isinstance(handle, ChimeIdentityMock)
        assert current_mock() is handle
    assert not is_on()


def test_async_with_gives_the_handle():
    async def run():
        mock = mock_chime_identity()
        async with mock as handle:
            assert handle is mock
            create()
            await asyncio.sleep(0)
            return names()

    assert asyncio.run(run()) == ["chat"]
    assert not is_on()


def test_an_exception_passes_through_with():
    with pytest.raises(KeyError, match="mine"), mock_chime_identity():
        raise KeyError("mine")
    assert not is_on()


def test_an_exception_passes_through_async_with():
    async def run():
        async with mock_chime_identity():
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        asyncio.run(run())
    assert not is_on()


def test_an_error_of_the_service_passes_through_with():
    with pytest.raises(ClientError) as caught, mock_chime_identity():
        boto3.client(SERVICE).describe_app_instance(AppInstanceArn="a" * 5)

    assert caught.value.response["Error"]["Code"] == "BadRequestException"
    assert not is_on()


def test_start_gives_the_handle_and_stop_turns_the_mock_off():
    mock = mock_chime_identity()

    assert mock.start() is mock
    assert current_mock() is mock
    mock.stop()
    assert not is_on()


def test_stop_without_start_is_an_error():
    with pytest.raises(RuntimeError, match="start"):
        mock_chime_identity().stop()


def test_stop_once_too_often_is_an_error():
    mock = mock_chime_identity().start()
    mock.stop()

    with pytest.raises(RuntimeError, match="start"):
        mock.stop()


def test_stop_turns_off_nobody_elses_mock():
    with mock_chime_identity() as mock:
        with pytest.raises(RuntimeError, match="start"):
            mock_chime_identity().stop()

        assert current_mock() is mock


def test_a_mock_that_was_turned_off_lets_calls_out_again():
    def list_instances():
        boto3.client(
            SERVICE,
            region_name="us-east-1",
            endpoint_url="http://127.0.0.1:1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=Config(retries={"total_max_attempts": 1}),
        ).list_app_instances()

    with mock_chime_identity():
        list_instances()
    with pytest.raises(EndpointConnectionError):
        list_instances()


def test_reset_forgets_the_data_of_every_region_and_account():
    with mock_chime_identity() as mock:
        client = boto3.client(
            SERVICE, aws_access_key_id="111122223333", aws_secret_access_key="testing"
        )
        client.create_app_instance(Name="chat")
        create(region_name="us-east-1")
        create(region_name="eu-central-1")

        mock.reset()

        assert names("us-east-1") == names("eu-central-1") == []
        assert client.list_app_instances()["AppInstances"] == []
        assert current_mock() is mock


def test_after_reset_the_mock_works_on():
    with mock_chime_identity() as mock:
        create("before")

        mock.reset()
        create("after")

        assert names() == ["after"]


def test_a_mock_can_be_used_again_and_starts_with_no_data():
    mock = mock_chime_identity()

    for _ in range(2):
        with mock:
            assert names() == []
            create()

    assert not is_on()


def test_two_mocks_one_after_the_other_share_nothing():
    with mock_chime_identity():
        create()
    with mock_chime_identity():
        assert names() == []


def test_printing_the_mock_shows_what_it_keeps(capsys):
    with mock_chime_identity() as mock:
        arn = create("Support chat")
        print(mock)  # noqa: T201 - what a user would do

    printed = capsys.readouterr().out
    assert arn in printed
    assert "Support chat" in printed


# Nested


def test_a_mock_can_be_nested_in_itself():
    mock = mock_chime_identity()

    with mock:
        create("outer")
        with mock:
            create("inner")
        assert current_mock() is mock
        assert names() == ["outer", "inner"]
    assert not is_on()


def test_nested_mocks_share_their_data_until_the_outermost_ends():
    with mock_chime_identity():
        create("outer")
        with mock_chime_identity():
            assert names() == ["outer"]
            create("inner")
        assert names() == ["outer", "inner"]


def test_reset_of_an_inner_mock_forgets_the_data_of_all():
    with mock_chime_identity():
        create()
        with mock_chime_identity() as inner:
            inner.reset()
        assert names() == []


def test_an_inner_mock_lays_its_options_over_those_of_the_outer():
    with mock_chime_identity(region_name="eu-central-1", account_id="111122223333"):
        with mock_chime_identity(account_id="444455556666"):
            assert ":eu-central-1:444455556666:" in create()
        assert ":eu-central-1:111122223333:" in create()


def test_the_region_of_an_inner_mock_ends_with_it():
    with mock_chime_identity(region_name="us-east-1"):
        with mock_chime_identity(region_name="eu-central-1"):
            assert default_region() == "eu-central-1"
        assert default_region() == "us-east-1"


def test_a_default_can_be_laid_over_an_option(monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.delenv("AWS_REGION", raising=False)

    with (
        mock_chime_identity(region_name="eu-central-1"),
        mock_chime_identity(region_name=None),
    ):
        assert default_region() == "us-east-1"


def test_any_region_is_allowed_until_the_inner_mock_ends():
    with mock_chime_identity():
        with mock_chime_identity(allow_any_region=True):
            create(region_name="eu-west-1")
        with pytest.raises(ClientError) as caught:
            create(region_name="eu-west-1")

    assert caught.value.response["Error"]["Code"] == "ForbiddenException"


def test_current_mock_is_the_innermost():
    with mock_chime_identity() as outer:
        with mock_chime_identity() as inner:
            assert current_mock() is inner
        assert current_mock() is outer


def test_without_a_mock_current_mock_tells_the_cure():
    with pytest.raises(RuntimeError, match="mock_chime_identity"):
        current_mock()


def test_in_a_decorated_function_current_mock_is_its_mock():
    mock = mock_chime_identity()

    assert mock(current_mock)() is mock


# Crosswise


def aws_variables():
    return {name for name in os.environ if name.startswith("AWS_")}


@pytest.fixture
def no_aws_variables(monkeypatch):
    for name in aws_variables():
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("no_aws_variables")
def test_a_mock_stays_on_when_the_one_around_it_stops_first():
    outer, inner = mock_chime_identity().start(), mock_chime_identity().start()
    create("before")

    outer.stop()

    try:
        create("after")
        assert names() == ["before", "after"]
        assert current_mock() is inner
    finally:
        inner.stop()
    assert not is_on()
    assert not aws_variables()


@pytest.mark.usefixtures("no_aws_variables")
def test_options_end_with_their_mock_also_when_it_stops_first():
    outer = mock_chime_identity(account_id="111122223333", region_name="eu-central-1").start()
    inner = mock_chime_identity(allow_any_region=True).start()

    outer.stop()

    try:
        assert ":us-east-1:123456789012:" in create()
        assert ":eu-west-1:" in create(region_name="eu-west-1")
    finally:
        inner.stop()
    assert not aws_variables()


@pytest.mark.usefixtures("no_aws_variables")
def test_options_of_an_inner_mock_stay_when_the_outer_stops_first():
    outer = mock_chime_identity().start()
    inner = mock_chime_identity(region_name="eu-central-1").start()

    outer.stop()

    try:
        assert default_region() == "eu-central-1"
    finally:
        inner.stop()
    assert not aws_variables()


@pytest.mark.usefixtures("no_aws_variables")
def test_two_threads_with_a_mock_each_may_leave_crosswise():
    steps = [threading.Event() for _ in range(3)]

    def first():
        with mock_chime_identity():
            create("first")
            steps[0].set()
            assert steps[1].wait(10)
        steps[2].set()

    def second():
        assert steps[0].wait(10)
        with mock_chime_identity():
            steps[1].set()
            assert steps[2].wait(10)
            create("second")
            return names()

    with ThreadPoolExecutor(2) as threads:
        running = [threads.submit(first), threads.submit(second)]
        assert [thread.result(10) for thread in running] == [None, ["first", "second"]]

    assert not is_on()
    assert not aws_variables()


@pytest.mark.usefixtures("no_aws_variables")
def test_many_threads_enter_and_leave_at_once():
    session = boto3.DEFAULT_SESSION
    with mock_chime_identity():
        client = boto3.client(SERVICE)

    @mock_chime_identity
    def list_instances(_):
        return client.list_app_instances()["AppInstances"]

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(list_instances, range(80))) == [[]] * 80

    assert not is_on()
    assert not aws_variables()
    assert boto3.DEFAULT_SESSION is session


@pytest.mark.usefixtures("no_aws_variables")
def test_moto_may_stop_after_the_mock_that_it_was_started_in():
    session = boto3.DEFAULT_SESSION
    mock, aws = mock_chime_identity().start(), mock_aws()
    aws.start()
    create()

    mock.stop()

    try:
        assert boto3.client("s3").list_buckets()["Buckets"] == []
        assert names("us-east-1") == ["chat"]
    finally:
        aws.stop()
    assert not aws_variables()
    assert boto3.DEFAULT_SESSION is session


def test_an_object_whose_call_is_a_coroutine_function_runs_inside():
    class Job:
        async def __call__(self):
            await asyncio.sleep(0)
            return is_on()

    assert asyncio.run(mock_chime_identity(Job())())


def test_its_repr_says_how_it_was_made():
    assert repr(mock_chime_identity()) == "mock_chime_identity()"
    assert repr(mock_chime_identity(region_name="eu-central-1")) == (
        "mock_chime_identity(region_name='eu-central-1')"
    )
