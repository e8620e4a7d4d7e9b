"""The mock as a test has it: a decorator, a context manager, and the handle to what is mocked."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from . import loading, snapshots
from . import state as kept
from .clock import Clock, clock
from .decorating import decorate, has_failed, running_test_case
from .exceptions import ServiceError
from .faults import Fault, checked_fault
from .history import Call, Calls, history
from .options import DEFAULTS, overlay
from .report import state_text
from .snapshots import Snapshot
from .switch import switch
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
        switch.enter(self, self._options)
        return self

    def stop(self) -> None:
        """Turn off what the last ``start`` of this mock turned on.

        :raises RuntimeError: it isn't on
        :raises AssertionError: a fault that ``fail_next`` armed since then met no request, unless
            another exception is being handled
        """
        self._leave(sys.exc_info()[1])

    def _leave(self, exception: BaseException | None) -> None:
        unused = switch.leave(self)
        if unused and exception is None:
            case = running_test_case()
            if case is None or not has_failed(case):
                raise AssertionError(_unused_text(unused))

    def assert_faults_used(self) -> None:
        """Make sure that every fault armed since the last ``start`` of this mock met a request.

        Leaving the mock asks for it, too. The faults that met none are disarmed.

        :raises AssertionError: one didn't
        """
        unused = switch.take_unused(self)
        if unused:
            raise AssertionError(_unused_text(unused))

    def _hand_faults_on(self) -> None:
        """Leave it to an entry around the last one to answer for the faults armed there.

        It is what a test's ``setup_method`` does, whose faults are for the test. Without an entry
        around, nothing changes.
        """
        switch.hand_faults_on(self)

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

        Each retry of the SDK is a request; one that can't be read as the operation's isn't. Several
        faults are met in the order in which they were armed, and end with the block that armed
        them. One that no request has met by then fails that block (the option
        ``assert_faults_used``).

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
        switch.arm(self, fault)

    def fail_when(
        self, decide: Callable[[Call], str | ServiceError | BaseException | None]
    ) -> None:
        """Have a function decide of each request whether it fails, until the block ends.

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
        switch.decide_by(self, decide)

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
        switch.require(self)
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
        switch.require(self)
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
        switch.require(self)
        return loading.load(state, account_id, region_name)

    def snapshot(self) -> Snapshot:
        """All that is kept, of every account and region, and the clock; ``restore`` takes it back.

        :raises RuntimeError: the mock isn't on
        """
        switch.require(self)
        return snapshots.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Have everything as it was when a snapshot was taken, but for calls and faults.

        A snapshot can be restored again and again.

        :raises TypeError: it is no snapshot
        :raises RuntimeError: the mock isn't on
        """
        switch.require(self)
        snapshots.restore(snapshot)

    def reset(self) -> None:
        """Forget all data, of every account and region, calls and faults, and the clock's advance."""
        switch.reset()

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
    mock: ChimeIdentityMock = switch.current()
    return mock


def _unused_text(unused: list[Fault]) -> str:
    received = Counter(call.operation for call in history.all())
    calls = ", ".join(f"{name} x{number}" for name, number in received.items())
    return (
        f"No request met {counted(len(unused), 'fault')} that fail_next armed: "
        f"{'; '.join(map(str, unused))}. Received: {calls or 'no calls'}. To allow that: "
        "mock_chime_identity(assert_faults_used=False)"
    )


_calls = Calls()
