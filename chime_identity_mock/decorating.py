"""How a context is put around functions, coroutines, generators and classes."""

from __future__ import annotations

import functools
import inspect
import unittest
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import AbstractContextManager, aclosing
from types import FunctionType
from typing import Any, Protocol


class Switch(AbstractContextManager[Any], Protocol):
    """A context that can be entered again and again, also by hand."""

    def start(self) -> object: ...

    def stop(self) -> None: ...


def decorate(switch: Switch, target: Any) -> Any:
    """What is decorated, so that it runs inside the context.

    A coroutine function, a generator function and an asynchronous generator function stay what
    they are, with the context on until they end. Of a class the tests are decorated, each with
    its set-up and tear-down.

    :raises TypeError: it is nothing that could run
    """
    if isinstance(target, (staticmethod, classmethod)):
        return type(target)(decorate(switch, target.__func__))
    if isinstance(target, type):
        if issubclass(target, unittest.TestCase):
            _decorate_test_case(switch, target)
        else:
            _decorate_plain_class(switch, target)
        return target
    if inspect.iscoroutinefunction(target):
        return _decorate_coroutine_function(switch, target)
    if inspect.isasyncgenfunction(target):
        return _decorate_async_generator_function(switch, target)
    if inspect.isgeneratorfunction(target):
        return _decorate_generator_function(switch, target)
    if callable(target):
        return _decorate_function(switch, target)
    raise TypeError(
        f"mock_chime_identity decorates functions and classes, not {target!r}; "
        'options are given by name, as in mock_chime_identity(region_name="eu-central-1").'
    )


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


def _decorate_test_case(switch: Switch, klass: type[unittest.TestCase]) -> None:
    # run() holds one test together with its set-up, tear-down and cleanups, asynchronous or not.
    for name in ("run", "debug"):
        setattr(klass, name, _decorate_function(switch, getattr(klass, name)))


def _decorate_plain_class(switch: Switch, klass: type) -> None:
    for name, attribute in list(vars(klass).items()):
        is_nested_test_class = isinstance(attribute, type) and name.startswith("Test")
        is_method = isinstance(attribute, FunctionType) and not name.startswith("_")
        if is_nested_test_class or (is_method and name not in ("setup_method", "teardown_method")):
            setattr(klass, name, decorate(switch, attribute))
    if any(name.startswith("test") for name in dir(klass)):
        _decorate_set_up(switch, klass)


def _decorate_set_up(switch: Switch, klass: Any) -> None:
    """Have pytest's set-up of each test turn the switch on, and its tear-down turn it off."""
    set_up = getattr(klass, "setup_method", None)
    tear_down = getattr(klass, "teardown_method", None)

    # Both parameters are written out because pytest counts them.
    def setup_method(self: Any, method: Callable[..., Any]) -> None:
        switch.start()
        try:
            _call_hook(set_up, self, method)
        except BaseException:
            switch.stop()
            raise

    def teardown_method(self: Any, method: Callable[..., Any]) -> None:
        try:
            _call_hook(tear_down, self, method)
        finally:
            switch.stop()

    klass.setup_method = setup_method
    klass.teardown_method = teardown_method


def _call_hook(hook: Callable[..., Any] | None, test: Any, method: Callable[..., Any]) -> None:
    if hook is not None:
        takes_method = len(inspect.signature(hook).parameters) > 1
        hook(test, method) if takes_method else hook(test)
