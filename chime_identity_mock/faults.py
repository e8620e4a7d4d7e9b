"""Faults that a test injects: requests that fail because the test says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock

from . import exceptions
from .exceptions import ServiceError, ThrottledClientException
from .history import Call
from .rates import RATE_EXCEEDED
from .service import check_operation_name, service_model
from .texts import counted, unknown_text

Error = str | ServiceError | BaseException
"""What a request can fail with: the name of a modelled error, an answer, or an exception in the
client."""

Decide = Callable[[Call], "Error | None"]

_CODE = re.compile(r"[\w.:#-]+", re.ASCII)
_BEYOND_ERRORS = 600


@dataclass(eq=False, slots=True)
class Fault:
    """Requests of an operation, or of any, that are to fail.

    :ivar times: how many are still to; ``None`` for all
    :ivar armed_by: the block of the test's with which it ends, and that answers for its being used
    :ivar is_excused: none answers for that any more
    """

    operation: str | None
    error: ServiceError | BaseException
    times: int | None = 1
    takes_effect: bool = False
    armed_by: object = None
    is_used: bool = False
    is_excused: bool = False

    def __str__(self) -> str:
        name = type(self.error).__name__
        code = self.error.code if isinstance(self.error, ServiceError) else name
        often = "all requests" if self.times is None else counted(self.times, "request")
        return f"{code} for {often} of {self.operation or 'any operation'}"


class Faults:
    """The faults that are armed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._queue: list[Fault] = []
        self._decisions: list[tuple[Decide, object]] = []
        self.are_armed = False
        """Whether any are."""

    def arm(self, fault: Fault) -> None:
        with self._lock:
            self._queue.append(fault)
            self.are_armed = True

    def decide_by(self, decide: Decide, armed_by: object = None) -> None:
        with self._lock:
            self._decisions.append((decide, armed_by))
            self.are_armed = True

    def take(self, call: Call) -> Fault | None:
        """The fault that a request meets, if it meets any: the first armed, then decided."""
        with self._lock:
            for fault in self._queue:
                if fault.operation in (None, call.operation):
                    fault.is_used = True
                    if fault.times is not None:
                        fault.times -= 1
                        if not fault.times:
                            self._queue.remove(fault)
                    return fault
            decisions = [decide for decide, _ in self._decisions]
        # Outside the lock: they are the test's own, and may wait for another thread's request.
        for decide in decisions:
            error = decide(call)
            if error is not None:
                return Fault(call.operation, error_of(call.operation, error))
        return None

    def unused(self, armed_by: object) -> list[Fault]:
        """Disarm the faults that a block armed and no request met.

        :returns: them, but for those that are excused
        """
        with self._lock:
            unused = [f for f in self._queue if f.armed_by is armed_by and not f.is_used]
            self._queue = [fault for fault in self._queue if fault not in unused]
        return [fault for fault in unused if not fault.is_excused]

    def end(self, armed_by: object) -> list[Fault]:
        """Disarm all that a block armed.

        :returns: the faults that no request met, but for those that are excused
        """
        unused = self.unused(armed_by)
        with self._lock:
            self._queue = [fault for fault in self._queue if fault.armed_by is not armed_by]
            self._decisions = [made for made in self._decisions if made[1] is not armed_by]
        return unused

    def hand_on(self, armed_by: object, to: object) -> None:
        """Have another block own, and answer for, what one armed."""
        with self._lock:
            for fault in self._queue:
                if fault.armed_by is armed_by:
                    fault.armed_by = to
            self._decisions = [
                (decide, to if owner is armed_by else owner) for decide, owner in self._decisions
            ]

    def excuse(self) -> None:
        """Nobody answers any more for a fault's being used."""
        with self._lock:
            for fault in self._queue:
                fault.is_excused = True

    def clear(self) -> None:
        with self._lock:
            self._queue.clear()
            self._decisions.clear()
            self.are_armed = False


faults = Faults()


def checked_fault(
    operation: str | None, error: Error, times: int | None, *, takes_effect: bool
) -> Fault:
    """A fault as a test asks for it.

    :raises ValueError: there is no such operation, or it declares no such error
    """
    if operation is not None:
        check_operation_name(operation)
    if times is not None and (type(times) is not int or times < 1):
        raise ValueError(
            f"times takes a number from 1 on, or None for all requests, not {times!r}."
        )
    if not isinstance(takes_effect, bool):
        raise ValueError(f"take_effect takes True or False, not {takes_effect!r}.")  # noqa: TRY004 - as the others
    return Fault(operation, error_of(operation, error), times, takes_effect)


def error_of(operation: str | None, error: Error) -> ServiceError | BaseException:
    """The error that is meant, by its name or as it is.

    :raises ValueError: it is none, or none that the operation (each, when ``None``) declares
    """
    if isinstance(error, ServiceError):
        _check_service_error(error)
    if isinstance(error, BaseException):
        return error
    if not isinstance(error, str):
        raise ValueError(  # noqa: TRY004 - one class for all that an error can't be
            f"A request can't fail with {error!r}: give a modelled error's name, a "
            "ServiceError(code, message, status), or an instance of an exception."
        )
    declared = _errors_of(operation)
    if error not in declared:
        kind = f"error that {operation or 'every operation'} declares"
        raise ValueError(
            f"{unknown_text(error, kind, list(declared))}. Others can be given as "
            "ServiceError(code, message, status)."
        )
    if error == ThrottledClientException.__name__:
        return ThrottledClientException(RATE_EXCEEDED)
    known: type[ServiceError] | None = getattr(exceptions, error, None)
    message = "The mock was told to answer with this error."
    if known is not None:
        return known(message)  # type: ignore[call-arg]  # each modelled one takes its message
    return ServiceError(error, message, declared[error])


def _check_service_error(error: ServiceError) -> None:
    """Make sure that an error can be sent, and is one to whoever gets it.

    :raises ValueError: it can't, or isn't
    """
    is_good = (
        isinstance(error.code, str)
        and _CODE.fullmatch(error.code)
        and isinstance(error.message, str)
        and type(error.status) is int
        and HTTPStatus.BAD_REQUEST <= error.status < _BEYOND_ERRORS
    )
    if not is_good:
        raise ValueError(
            "A ServiceError has a code that is a name, a message, and a status from 400 to 599, as "
            'in ServiceError("AccessDeniedException", "No.", 403).'
        )


def _errors_of(operation: str | None) -> dict[str, int]:
    """The errors that an operation, or each one, declares, with their statuses."""
    model = service_model()
    names = model.operation_names if operation is None else [operation]
    declared = [
        {shape.name: shape.metadata["error"]["httpStatusCode"] for shape in operation_errors}
        for operation_errors in (model.operation_model(name).error_shapes for name in names)
    ]
    return {
        name: status
        for name, status in declared[0].items()
        if all(name in others for others in declared)
    }
