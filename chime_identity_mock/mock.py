"""The switch: what turns the mock on and off, and the handle that it gives."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from . import interception
from . import state as kept
from .backends import backends
from .clock import Clock, clock
from .decorating import decorate
from .environment import Environment
from .exceptions import ServiceError
from .faults import Fault, checked_fault, faults
from .history import Call, Calls, history
from .ids import ids
from .options import DEFAULTS, Options, in_force, overlay
from .rates import rate_limits
from .report import recorder, state_text
from .state import Snapshot
from .texts import counted

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
        :raises AssertionError: a fault that ``fail_next`` armed since then met no request, unless
            another exception is being handled
        """
        self._leave(sys.exc_info()[1])

    def _leave(self, exception: BaseException | None) -> None:
        unused = _switch.leave(self)
        if unused and exception is None:
            raise AssertionError(_unused_text(unused))

    def assert_faults_used(self) -> None:
        """Make sure that every fault armed since the last ``start`` of this mock met a request.

        Leaving the mock asks for it, too. The faults that met none are disarmed.

        :raises AssertionError: one didn't
        """
        unused = _switch.take_unused(self)
        if unused:
            raise AssertionError(_unused_text(unused))

    def _hand_faults_on(self) -> None:
        """Leave it to an entry around the last one to answer for the faults armed there.

        It is what a test's ``setup_method`` does, whose faults are for the test. Without an entry
        around, nothing changes.
        """
        _switch.hand_faults_on(self)

    @property
    def clock(self) -> Clock:
        """The clock of the mocked service: ``clock.now()``, ``clock.advance(days=30)``."""
        return clock

    @property
    def calls(self) -> Calls:
        """The calls that the service received since the mock was turned on, or reset."""
        return _calls

    def fail_next(
        self,
        operation: str | None,
        error: str | ServiceError | BaseException,
        *,
        times: int | None = 1,
        take_effect: bool = False,
    ) -> None:
        """Have the next requests of an operation fail.

        Each retry of the SDK is a request. Several faults are met in the order in which they were
        armed. One that no request has met when the block that armed it ends fails that block (the
        option ``assert_faults_used``).

        :param operation: by AWS's name, e.g. ``"CreateAppInstanceUser"``; ``None`` for any
        :param error: the name of an error that the operation declares, e.g.
            ``"ThrottledClientException"``; a ``ServiceError(code, message, status)`` of whatever
            code; or an exception for the client to meet with in place of an answer, e.g.
            botocore's ``ReadTimeoutError(endpoint_url="")``
        :param times: how many requests; ``None`` for all from now on
        :param take_effect: the operation takes effect, and only its answer is lost
        :raises ValueError: there is no such operation, or it declares no such error
        :raises RuntimeError: the mock isn't on
        """
        fault = checked_fault(operation, error, times, takes_effect=take_effect)
        _switch.arm(self, fault)

    def fail_when(
        self, decide: Callable[[Call], str | ServiceError | BaseException | None]
    ) -> None:
        """Have a function decide of each request whether it fails.

        :param decide: takes the call, and returns what ``fail_next`` takes as an error, or ``None``
            for none; it is called on the thread that sends the request
        :raises TypeError: it is no function
        :raises RuntimeError: the mock isn't on
        """
        if not callable(decide):
            raise TypeError(
                f"fail_when() takes a function that is given the call, not {decide!r}; an error "
                "for the next requests is armed by fail_next(operation, error)."
            )
        _switch.require(self)
        faults.decide_by(decide)

    def deactivate_endpoint(
        self,
        app_instance_user_arn: str,
        endpoint_id: str,
        *,
        status_reason: str = "INVALID_DEVICE_TOKEN",
    ) -> None:
        """Have a user's endpoint inactive, as the service does by itself when a push fails.

        :param status_reason: a value of the model's EndpointStatusReason
        :raises ValueError: there is no such endpoint, or no such reason
        :raises RuntimeError: the mock isn't on
        """
        _switch.require(self)
        kept.deactivate_endpoint(app_instance_user_arn, endpoint_id, status_reason)

    def dump(
        self, *, account_id: str | None = None, region_name: str | None = None
    ) -> dict[str, Any]:
        """All that an account keeps in a region, as plain data that JSON can hold.

        It is ``{"version": 1, "app_instances": [...]}``. Members bear AWS's names; what belongs to
        a resource stands in it, as ``Tags``, ``AppInstanceUsers``, ``AppInstanceUserEndpoints``,
        ``AppInstanceBots``, ``AppInstanceAdmins`` and ``AppInstanceRetentionSettings``, each in
        order of creation; timestamps are epoch seconds. ClientRequestTokens are left out.

        :param account_id: by default that of calls whose access key names no other
        :param region_name: by default that of clients that name none
        :raises ValueError: there is no such account or region
        :raises RuntimeError: the mock isn't on
        """
        _switch.require(self)
        return kept.dump(account_id, region_name)

    def load(
        self,
        state: Mapping[str, Any],
        *,
        account_id: str | None = None,
        region_name: str | None = None,
    ) -> list[str]:
        """Add what a dump holds to what is there.

        ARNs, ids and timestamps can be left out, and are then made; those that are given are kept.
        A timestamp is a number of epoch seconds, a text in ISO 8601 or an aware ``datetime``.
        An admin can go by its ``Admin``'s ``Arn`` or ``Name``, or by an ``AppInstanceUserId``.

        :param account_id: by default that of calls whose access key names no other
        :param region_name: by default that of clients that name none
        :returns: the ARNs of the AppInstances, in order
        :raises ValueError: something in it breaks a rule of the API, or has no place in a dump; the
            text names the place, and nothing is added
        :raises RuntimeError: the mock isn't on
        """
        _switch.require(self)
        return kept.load(state, account_id, region_name)

    def snapshot(self) -> Snapshot:
        """All that is kept, of every account and region, and the clock; ``restore`` takes it back.

        :raises RuntimeError: the mock isn't on
        """
        _switch.require(self)
        return kept.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Have everything as it was when a snapshot was taken, but for calls and faults.

        A snapshot can be restored again and again.

        :raises TypeError: it is no snapshot
        :raises RuntimeError: the mock isn't on
        """
        _switch.require(self)
        kept.restore(snapshot)

    def reset(self) -> None:
        """Forget all data, of every account and region, calls and faults, and the clock's advance."""
        _forget()
        history.clear()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leave(exc_value)

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leave(exc_value)

    def __call__(self, target: F) -> F:
        decorated: F = decorate(self, target)
        return decorated

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in self._options.items())
        return f"mock_chime_identity({options})"

    def __str__(self) -> str:
        return state_text()


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
    rate_limits: bool | Mapping[str, float] = ...,
    skip_backoff: bool = ...,
    assert_faults_used: bool = ...,
    history: int | None = ...,
    seed: int | None = ...,
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
    :param rate_limits: enforce AWS's request rates (default ``False``): ``True``, or a dict of
        operations whose rates are to be others, in requests a second (all together stay at 50)
    :param skip_backoff: don't sleep between botocore's retries after an injected error, or after a
        rate limit's (default ``True``)
    :param assert_faults_used: a fault that ``fail_next`` armed and no request met is an
        ``AssertionError`` at the end of the block (default ``True``)
    :param history: how many calls ``mock.calls`` keeps, the latest (default 10,000; 0 for none,
        ``None`` for all)
    :param seed: a number that makes ids the same in every run (default ``None``: they are random)
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
                _begin_record()
                backends.hide_from_moto(hidden=True)
            self._entries.append(_Entry(mock, given, options, environment))
            self._settle()

    def leave(self, mock: ChimeIdentityMock) -> list[Fault]:
        """Take an entry of a mock off.

        :returns: the faults that were armed in it and not used, if that is to be complained of
        """
        with self._lock:
            entry = self._entry_of(mock)
            if entry is None:
                raise RuntimeError("stop() was called on a mock that is not on; start() it first.")
            unused = self._judge(entry)
            if self._entries == [entry]:
                recorder.remember_state()
                faults.clear()
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
        return unused

    def arm(self, mock: ChimeIdentityMock, fault: Fault) -> None:
        """Arm a fault, for which the last entry of the mock answers."""
        with self._lock:
            fault.armed_by = self.require(mock)
            faults.arm(fault)

    def take_unused(self, mock: ChimeIdentityMock) -> list[Fault]:
        """The faults that were armed in the last entry of a mock and not used; they are disarmed."""
        with self._lock:
            return faults.unused(armed_by=self.require(mock))

    def hand_faults_on(self, mock: ChimeIdentityMock) -> None:
        """Have the entry around the last one of a mock answer for the faults armed there."""
        with self._lock:
            entry = self.require(mock)
            outer = self._entries[: self._entries.index(entry)]
            if outer:
                faults.hand_on(armed_by=entry, to=outer[-1])

    def require(self, mock: ChimeIdentityMock) -> _Entry:
        """The last entry of a mock.

        :raises RuntimeError: it isn't on
        """
        entry = self._entry_of(mock)
        if entry is None:
            raise RuntimeError(
                "The mock is not on, so there is nothing to steer. Enter it first: with "
                "mock_chime_identity() as mock."
            )
        return entry

    def _entry_of(self, mock: ChimeIdentityMock) -> _Entry | None:
        return next((entry for entry in reversed(self._entries) if entry.mock is mock), None)

    def _judge(self, entry: _Entry) -> list[Fault]:
        unused = faults.unused(armed_by=entry)
        return unused if entry.options.assert_faults_used else []

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
                if not self._entries:
                    _start_over()
                    _begin_record()
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
            recorder.remember_state()
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
    faults.clear()
    _start_over()


def _start_over() -> None:
    clock.reset()
    ids.reset()
    rate_limits.reset()


def _begin_record() -> None:
    history.clear()
    recorder.forget_state()


def _unused_text(unused: list[Fault]) -> str:
    return (
        f"No request met {counted(len(unused), 'fault')} that fail_next armed: "
        f"{'; '.join(map(str, unused))}. To allow that: "
        "mock_chime_identity(assert_faults_used=False)"
    )


_calls = Calls()

_switch = _Switch()
interception.on_moto_switch(_switch.moto_switched)
