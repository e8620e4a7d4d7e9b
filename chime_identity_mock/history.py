"""The calls that the service received, for tests to look at."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Any, overload

from .clock import in_milliseconds
from .exceptions import ServiceError
from .options import in_force
from .service import check_operation_name, input_members
from .texts import counted, shown_members, unknown_text
from .wire import Operation

_MOST_IN_A_TEXT = 10


class Call:
    """A request that the service received, and what became of it."""

    __slots__ = (
        "_access_key",
        "_account_id",
        "_arguments",
        "_body",
        "_error",
        "_operation",
        "_region_name",
        "_status",
        "_timestamp",
    )

    def __init__(  # noqa: PLR0917 - made once, for each request
        self,
        operation: Operation,
        arguments: Mapping[str, Any],
        region_name: str,
        account_id: str,
        access_key: str,
        timestamp: datetime,
    ) -> None:
        self._operation = operation
        self._arguments = arguments
        self._region_name = region_name
        self._account_id = account_id
        self._access_key = access_key
        self._timestamp = timestamp
        self._status: int | None = None
        self._error: str | None = None
        self._body = b""

    def succeed(self, status: int, body: bytes) -> None:
        self._status, self._body = status, body

    def fail(self, error: BaseException) -> None:
        if isinstance(error, ServiceError):
            self._status, self._error = error.status, error.code
        else:
            self._error = type(error).__name__

    @property
    def region_name(self) -> str:
        """The region it was sent to; empty when it was not signed."""
        return self._region_name

    @property
    def account_id(self) -> str:
        """The account it was sent for, twelve digits; empty when it was not signed."""
        return self._account_id

    @property
    def access_key(self) -> str:
        """The one that signed it; empty when it was not signed."""
        return self._access_key

    @property
    def timestamp(self) -> datetime:
        """When it came, by the mock's clock; aware, in UTC."""
        return in_milliseconds(self._timestamp)

    @property
    def status(self) -> int | None:
        """The HTTP status of the answer.

        ``None`` while there is no answer, and when an exception came in its place.
        """
        return self._status

    @property
    def error(self) -> str | None:
        """The name of the error in the answer, e.g. ``"ConflictException"``.

        Of an exception in its place the name of the class; ``None`` when the call succeeded.
        """
        return self._error

    @property
    def operation(self) -> str:
        """The operation's name as AWS writes it, e.g. ``"CreateAppInstanceUser"``."""
        return self._operation.name

    @property
    def params(self) -> dict[str, Any]:
        """The members of the input by AWS's names, those that SDKs add included."""
        params: dict[str, Any] = self._operation.name_arguments(self._arguments)
        return params

    @property
    def response(self) -> dict[str, Any] | None:
        """What boto3 makes of the answer, but for ``ResponseMetadata``; ``None`` without success."""
        if self.status is None or self.error is not None:
            return None
        return self._operation.read_answer(self.status, self._body)

    def text(self, *, has_token: bool = False, has_whole_arns: bool = False) -> str:
        """The call on one line, as far as it may be shown.

        :param has_token: with the ClientRequestToken, which tells little
        :param has_whole_arns: with what all ARNs of its account and region begin with
        """
        request = self.request_text(has_token=has_token, has_whole_arns=has_whole_arns)
        return f"{request} -> {self.outcome_text()}"

    def outcome_text(self) -> str:
        """What became of the call."""
        outcome = self.error if self.status is None else f"{self.status} {self.error or ''}".strip()
        return outcome or "no answer yet"

    def request_text(self, *, has_token: bool = False, has_whole_arns: bool = False) -> str:
        """What was asked, as ``text`` tells it."""
        members = self.params
        if not has_token:
            members.pop("ClientRequestToken", None)
        parameters = shown_members(members)
        if self.account_id and not has_whole_arns:
            place = re.escape(f"{self.region_name}:{self.account_id}:")
            parameters = re.sub(f"arn:[^:]+:chime:{place}", "", parameters)
        return f"{self.operation}({parameters})"

    def __repr__(self) -> str:
        return f"<Call {self.text()}>"


class History:
    """Where calls are recorded: of as many as the option ``history`` says the latest.

    :ivar received: how many there were since the process began
    :ivar dropped: how many of those since the last clearing aren't kept
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: deque[Call] = deque()
        self.received = 0
        self.dropped = 0

    def record(self, call: Call) -> None:
        limit = in_force.options.history
        with self._lock:
            self.received += 1
            if limit == 0:  # which is to keep none, not to drop what was kept before
                self.dropped += 1
                return
            self._kept.append(call)
            while limit is not None and len(self._kept) > limit:
                self._kept.popleft()
                self.dropped += 1

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self.dropped = 0

    def all(self) -> list[Call]:
        """Those that are kept, in order."""
        with self._lock:
            return list(self._kept)


history = History()


class Calls(Sequence[Call]):
    """The calls that the service received since the mock was turned on or reset, in order.

    They stay readable after the mock was turned off, until one is turned on again.
    """

    @property
    def dropped(self) -> int:
        """How many older ones are not kept, by the option ``history``."""
        return history.dropped

    def of(self, operation: str) -> list[Call]:
        """The calls of one operation, by AWS's name.

        :raises ValueError: the service has no such operation
        """
        check_operation_name(operation)
        return [call for call in self if call.operation == operation]

    def assert_called(self, operation: str, /, **params: Any) -> None:
        """Make sure that an operation was called, whatever came of it.

        :param operation: by AWS's name
        :param params: what at least one of its calls must have been given, by AWS's names; of a
            dict its own keys count, others may be there too
        :raises AssertionError: it wasn't; the text lists the calls that were, nearest first
        :raises ValueError: the service has no such operation, or its input no such members
        """
        calls = self.of(operation)
        members = input_members(operation)
        for name in params:
            if name not in members:
                raise ValueError(f"{unknown_text(name, f'member of {operation}', members)}.")
        if not any(_contains(call.params, params) for call in calls):
            raise AssertionError(self._not_called_text(operation, params))

    def _not_called_text(self, operation: str, params: Mapping[str, Any]) -> str:
        expected = f"{operation}({shown_members(params)})" if params else operation
        lines = [f"{expected} was not called."]

        def differing(call: Call) -> list[str]:
            received = call.params
            return [name for name in params if not _contains(received, {name: params[name]})]

        # Of those that are equally near the latest are the most telling.
        latest_first = reversed(list(self))
        calls = sorted(latest_first, key=lambda c: (c.operation != operation, len(differing(c))))
        if calls:
            lines.append("Received, nearest first:")
            for call in calls[:_MOST_IN_A_TEXT]:
                # Held against what was expected, so written alike.
                has_token = "ClientRequestToken" in params
                line = f"  {call.text(has_token=has_token, has_whole_arns=True)}"
                if call.operation == operation:
                    line += f" (differs in {', '.join(differing(call))})"
                lines.append(line)
        else:
            lines.append("No call was received.")
        if len(calls) > _MOST_IN_A_TEXT:
            lines.append(f"  and {counted(len(calls) - _MOST_IN_A_TEXT, 'other')}")
        if self.dropped:
            lines.append(dropped_text(self.dropped))
        return "\n".join(lines)

    @overload
    def __getitem__(self, index: int) -> Call: ...

    @overload
    def __getitem__(self, index: slice) -> list[Call]: ...

    def __getitem__(self, index: int | slice) -> Call | list[Call]:
        return history.all()[index]

    def __iter__(self) -> Iterator[Call]:
        return iter(history.all())

    def __reversed__(self) -> Iterator[Call]:
        return reversed(history.all())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str | bytes):
            return NotImplemented
        return history.all() == list(other)

    __hash__ = None  # type: ignore[assignment]  # what it equals changes

    def __len__(self) -> int:
        return len(history.all())

    def __repr__(self) -> str:
        return f"<Calls {history.all()!r}>"


def dropped_text(dropped: int) -> str:
    """That calls were dropped, and what would keep them."""
    return (
        f"{counted(dropped, 'earlier call')} not kept: mock_chime_identity(history=…) says how many "
        "are, None for all."
    )


def _contains(received: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    return all(
        name in received
        and (
            _contains(received[name], value)
            if isinstance(value, Mapping) and isinstance(received[name], Mapping)
            else received[name] == value
        )
        for name, value in expected.items()
    )
