"""How a context is put around functions, coroutines, generators and classes."""

from __future__ import annotations

import functools
import inspect
import unittest
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import aclosing
from types import FunctionType, TracebackType
from typing import Any, Protocol

from .options import in_force

SWITCHES_ATTRIBUTE = "_chime_identity_mock_switches"
"""Where the pytest plugin, which can't import this module unasked, finds what is put around a test."""

_HOOKS = ("setup_method", "teardown_method")


class Switch(Protocol):
    """A context that can be entered again and again."""

    def __enter__(self) -> object: ...

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...

    def assert_faults_used(self) -> None:
        """Judge at once what would be judged at the exit."""

    def _hand_faults_on(self) -> None:
        """Leave it to the context around this one to judge what would be judged at the exit."""


def decorate(switch: Switch, target: Any) -> Any:
    """What is decorated, so that it runs inside the context.

    A coroutine function, a generator function and an asynchronous generator function stay what
    they are, with the context on until they end. Of a class the tests are decorated, each with
    its set-up and tear-down.

    :raises TypeError: it is nothing that could run
    """
    if isinstance(target, (staticmethod, classmethod)):
        return type(target)(decorate(switch, target.__func__))
    if type(target).__module__ == "_pytest.fixtures":
        raise TypeError("Put @mock_chime_identity below @pytest.fixture, next to the function.")
    if not callable(target):
        raise TypeError(
            f"mock_chime_identity decorates functions and classes, not {target!r}; options are "
            'given by name, as in mock_chime_identity(region_name="eu-central-1").'
        )
    if not isinstance(target, type):
        decorated = _decorate_callable(switch, target)
    elif issubclass(target, unittest.TestCase):
        decorated = _decorate_test_case(switch, target)
    else:
        decorated = _decorate_plain_class(switch, target)
    # Have the pytest plugin keep the switch on from a test's first fixture to its last.
    switches = getattr(decorated, SWITCHES_ATTRIBUTE, ())
    setattr(decorated, SWITCHES_ATTRIBUTE, (*switches, switch))
    return decorated


def _decorate_callable(switch: Switch, target: Any) -> Any:
    if any(map(inspect.iscoroutinefunction, (target, type(target).__call__))):
        return _decorate_coroutine_function(switch, target)
    if inspect.isasyncgenfunction(target):
        return _decorate_async_generator_function(switch, target)
    if inspect.isgeneratorfunction(target):
        return _decorate_generator_function(switch, target)
    return _decorate_function(switch, target)


def _decorate_function(switch: Switch, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        with switch:
            return function(*args, **kwargs)

    return decorated


def _decorate_coroutine_function(
    switch: Switch, function: Callable[..., Any]
) -> Callable[..., Any]:
    @functools.wraps(function)
    async def decorated(*args: Any, **kwargs: Any) -> Any:
        with switch:
            return await function(*args, **kwargs)

    return decorated


def _decorate_generator_function(
    switch: Switch, function: Callable[..., Any]
) -> Callable[..., Any]:
    @functools.wraps(function)
    def decorated(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with switch:
            return (yield from function(*args, **kwargs))

    return decorated


def _decorate_async_generator_function(
    switch: Switch, function: Callable[..., Any]
) -> Callable[..., Any]:
    # Asynchronous generators have no "yield from".
    @functools.wraps(function)
    async def decorated(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        with switch:
            async with aclosing(function(*args, **kwargs)) as generator:
                resume = generator.__anext__()
                while True:
                    try:
                        value = await resume
                    except StopAsyncIteration:
                        return
                    try:
                        sent = yield value
                    except GeneratorExit:
                        raise
                    except BaseException as error:  # noqa: BLE001 - it goes to whom it was meant for
                        resume = generator.athrow(error)
                    else:
                        resume = generator.asend(sent)

    return decorated


def _decorate_test_case(switch: Switch, klass: Any) -> Any:
    # run() holds one test together with its set-up, tear-down and cleanups, asynchronous or not;
    # but with --pdb pytest puts tearDown off until it has returned.
    for name in ("run", "debug", "tearDown"):
        function = getattr(klass, name)
        # A partialmethod, because moto's class decorator puts mocks of its own around functions.
        setattr(klass, name, functools.partialmethod(_decorate_function(switch, function)))
    judging = _judging_in_cleanup(switch, klass.doCleanups)
    klass.doCleanups = functools.partialmethod(judging)
    return klass


def _judging_in_cleanup(switch: Switch, do_cleanups: Callable[..., Any]) -> Callable[..., Any]:
    # What run() itself raises would end the whole run, not fail the test. While a cleanup runs
    # unittest doesn't tell how the test did, so that is asked before the last of them.
    @functools.wraps(do_cleanups)
    def judging(case: Any) -> Any:
        result = do_cleanups(case)
        if case._outcome is None:
            return result
        is_good = not has_failed(case)

        def judge() -> None:
            try:
                switch.assert_faults_used()
            except AssertionError:
                if is_good and in_force.options.assert_faults_used:
                    raise

        case.addCleanup(judge)
        return do_cleanups(case)

    return judging


def running_test_case() -> unittest.TestCase | None:
    """The test of unittest's in which this is called, be it in its set-up, tear-down or cleanups."""
    frame = inspect.currentframe()
    while frame is not None:
        case = frame.f_locals.get("self")
        if isinstance(case, unittest.TestCase) and getattr(case, "_outcome", None) is not None:
            return case
        frame = frame.f_back
    return None


def has_failed(case: Any) -> bool:
    """Whether a running test of unittest's has failed, as expected or not, or was skipped."""
    outcome: Any = case._outcome
    result = outcome.result
    # While a cleanup runs the outcome has forgotten; the result, pytest's or unittest's, has not.
    told: list[Any] = [
        getattr(test, "test_case", test) is case  # a subtest has one
        for name in ("failures", "errors", "skipped")
        for test, *_ in getattr(result, name, [])
    ]
    before_python_311 = [exc_info for _, exc_info in getattr(outcome, "errors", []) if exc_info]
    return bool(
        not outcome.success
        or outcome.expectedFailure
        or any(told)
        or before_python_311
        or getattr(outcome, "skipped", [])
        or getattr(result, "_excinfo", [])
    )


def _decorate_plain_class(switch: Switch, klass: Any) -> Any:
    for name, attribute in list(vars(klass).items()):
        if isinstance(attribute, FunctionType) and name in _HOOKS:
            setattr(klass, name, _decorate_hook(switch, attribute))
        elif isinstance(attribute, FunctionType) and not name.startswith("_"):
            setattr(klass, name, _decorate_callable(switch, attribute))
        elif isinstance(attribute, type) and name.startswith("Test"):
            decorate(switch, attribute)
    return klass


def _decorate_hook(switch: Switch, hook: Callable[..., Any]) -> Callable[..., Any]:
    # pytest counts the parameters of these, so they are written out.
    if len(inspect.signature(hook).parameters) == 1:

        @functools.wraps(hook)
        def decorated_alone(self: Any) -> Any:
            with switch:
                result = hook(self)
                switch._hand_faults_on()
                return result

        return decorated_alone

    @functools.wraps(hook)
    def decorated(self: Any, method: Any) -> Any:
        with switch:
            result = hook(self, method)
            switch._hand_faults_on()
            return result

    return decorated
