"""The switch: what turns the mock on and off, and the handle that it gives."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from . import interception
from .backends import backends
from .clock import Clock, clock
from .decorating import decorate
from .environment import Environment
from .options import DEFAULTS, Options, in_force, overlay
from .report import tree

if TYPE_CHECKING:
    from typing_extensions import Self

F = TypeVar("F", bound=Callable[..., Any])


class ChimeIdentityMock:
    """A mock of Amazon Chime SDK Identity: a decorator, a context manager, a switch.

    It can be used again and again. While it is on, it is the handle to what is mocked, which one
    entry inside another shares: the outermost begins and ends it, an inner one only lays its own
    options over those of the outer.

    :raises TypeError: an option has a name that is none
    :raises ValueError: an option has a value that it doesn't take
    """

    def __init__(self, **options: Any) -> None:
        checked = overlay(DEFAULTS, options)
        self._options = {name: getattr(checked, name) for name in options}

    def start(self) -> Self:
        """Turn the mock on, with no data unless one is on already.

        :returns: the mock itself
        """
        _switch.enter(self, self._options)
        return self

    def stop(self) -> None:
        """Turn off what the last ``start`` of this mock turned on.

        :raises RuntimeError: it isn't on
        """
        _switch.leave(self)

    @property
    def clock(self) -> Clock:
        """The clock of the mocked service: ``clock.now()``, ``clock.advance(days=30)``."""
        return clock

    def reset(self) -> None:
        """Forget all data, of every account and region, and set the clock to the real time."""
        _forget()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __call__(self, target: F) -> F:
        decorated: F = decorate(self, target)
        return decorated

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in self._options.items())
        return f"mock_chime_identity({options})"

    def __str__(self) -> str:
        return tree(backends)


@overload
def mock_chime_identity(func: F, /) -> F: ...


@overload
def mock_chime_identity(
    *,
    region_name: str | None = ...,
    account_id: str | None = ...,
    allow_any_region: bool = ...,
    passthrough: Collection[str] = ...,
    quotas: Mapping[str, int] = ...,
    expiration_delay: timedelta = ...,
) -> ChimeIdentityMock: ...


def mock_chime_identity(func: Any = None, /, **options: Any) -> Any:
    """Mock Amazon Chime SDK Identity (boto3's ``chime-sdk-identity``).

    As a decorator, with options or bare, on functions, coroutine functions, generator functions of
    both kinds, and classes of tests::

        @mock_chime_identity
        def test_sign_up(): ...

        @mock_chime_identity(region_name="eu-central-1")
        class TestSignUp: ...

    As a context manager, that of ``with`` or of ``async with``, which gives the handle; or by its
    ``start()`` and ``stop()``::

        with mock_chime_identity() as mock: ...

    While it is on, every client of this service is answered from memory, whenever it was made.
    Calls to other services of AWS raise ``UnmockedServiceError`` rather than leave the machine;
    inside moto's ``mock_aws`` moto answers those that it has.

    :param region_name: the region of clients that name none; by default the environment's, and
        ``us-east-1`` where it sets none
    :param account_id: the account of calls whose access key names no other; by default moto's
        ``MOTO_ACCOUNT_ID``, and ``123456789012`` where it isn't set
    :param allow_any_region: answer in every region, not only where the service exists (default
        ``False``)
    :param passthrough: services, by boto3's names, whose calls go out to AWS with the user's own
        credentials (default none)
    :param quotas: how many of each there can be, any of ``app_instances_per_account`` (and region;
        default 100), ``users_per_app_instance`` (100,000), ``admins_per_app_instance`` (100) and
        ``endpoints_per_user`` (10)
    :param expiration_delay: how long an expired user is still there, a ``timedelta`` of up to six
        hours (default none)
    :raises TypeError: an option has a name that is none
    :raises ValueError: an option has a value that it doesn't take
    """
    mock = ChimeIdentityMock(**options)
    return mock if func is None else mock(func)


def current_mock() -> ChimeIdentityMock:
    """The mock that is on; of several, the one entered last.

    :raises RuntimeError: none is on
    """
    return _switch.current()


@dataclass(eq=False, slots=True)
class _Entry:
    mock: ChimeIdentityMock
    given: Mapping[str, Any]
    options: Options
    environment: Environment | None


class _Switch:
    """What is on: our own mocks, entered one inside the other or crosswise, and moto's."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._entries: list[_Entry] = []
        self._moto_is_on = False
        self._moto_replaces: dict[str, bool] = {}
        self._left_to_moto: list[Environment] = []

    def enter(self, mock: ChimeIdentityMock, given: Mapping[str, Any]) -> None:
        with self._lock:
            outer = self._entries[-1].options if self._entries else None
            options = overlay(outer or DEFAULTS, given)
            changes_environment = outer is None or (
                (outer.region_name, outer.passthrough) != (options.region_name, options.passthrough)
            )
            environment = None
            if changes_environment:
                environment = Environment(options, is_inside_moto=self._moto_is_on)
            if outer is None and not self._moto_is_on:
                _forget()
                backends.hide_from_moto(hidden=True)
            self._entries.append(_Entry(mock, given, options, environment))
            self._settle()

    def leave(self, mock: ChimeIdentityMock) -> None:
        with self._lock:
            entry = next((entry for entry in reversed(self._entries) if entry.mock is mock), None)
            if entry is None:
                raise RuntimeError("stop() was called on a mock that is not on; start() it first.")
            later = self._entries[self._entries.index(entry) + 1 :]
            self._entries.remove(entry)
            if entry.environment is not None:
                if later and later[0].environment is None:
                    later[0].environment = entry.environment
                elif entry.environment.has_moto_inside:
                    self._left_to_moto.append(entry.environment)
                else:
                    entry.environment.leave()
            if not self._entries and backends.are_hidden_from_moto:
                if not self._moto_is_on:
                    _forget()
                backends.hide_from_moto(hidden=False)
            self._settle()
            for heir in later:
                if heir.environment is not None:
                    heir.environment.set(heir.options)

    def current(self) -> ChimeIdentityMock:
        if not self._entries:
            raise RuntimeError(
                "No mock is on that has a handle (mock_aws alone has none). Enter one first: with "
                "mock_chime_identity() as mock, the decorator @mock_chime_identity, or pytest's "
                "fixture chime_identity_mock."
            )
        return self._entries[-1].mock

    def moto_switched(self, is_on: bool) -> None:
        """moto's ``mock_aws`` went on or off.

        It puts back what stood there when it went on. Started inside ours and stopped after it,
        that is ours; so what was around ours is put back only then. Started around ours and stopped
        before it, it is the user's; so ours goes in its place again.
        """
        with self._lock:
            self._moto_is_on = is_on
            if is_on:
                self._moto_replaces = interception.what_moto_replaces()
            else:
                self._follow_moto()
            for entry in self._entries:
                if entry.environment is not None:
                    entry.environment.has_moto_inside = is_on
            self._settle()

    def _follow_moto(self) -> None:
        is_crosswise = bool(self._left_to_moto)
        while self._left_to_moto:
            self._left_to_moto.pop().leave()
        if not self._entries:
            clock.reset()
            return
        backends.hide_from_moto(hidden=True)
        environments = [entry.environment for entry in self._entries if entry.environment]
        if environments[0].is_inside_moto:
            is_crosswise = True
            environments[0].take_over_from_moto(**self._moto_replaces)
        if is_crosswise:
            environments[-1].set(self._entries[-1].options)

    def _settle(self) -> None:
        options = DEFAULTS
        for entry in self._entries:
            entry.options = options = overlay(options, entry.given)
        in_force.options = options
        interception.doors.set(
            are_open=bool(self._entries) or self._moto_is_on, are_guarded=bool(self._entries)
        )


def _forget() -> None:
    backends.clear()
    clock.reset()


_switch = _Switch()
interception.on_moto_switch(_switch.moto_switched)
