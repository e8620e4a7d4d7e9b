"""The time that the mocked service tells."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from threading import Lock

LATEST = datetime(9900, 1, 1, tzinfo=timezone.utc)
"""What is counted, in days, from a moment before it stays a date."""
_UTC = timezone.utc
_USAGE = "advance() takes one timedelta, or the arguments of one, as in advance(days=30)."


def in_milliseconds(moment: datetime) -> datetime:
    """A moment without what is less than a millisecond."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class Clock:
    """A clock that runs as the machine's does, and can be put forward.

    It asks the machine at each look, so what freezes or shifts Python's own time does so here too.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The present time, aware, in UTC, in whole milliseconds as the service tells it."""
        return in_milliseconds(self.reading())

    def reading(self) -> datetime:
        """The same, but not yet in whole milliseconds."""
        moment = datetime.now(_UTC)
        return moment + self._ahead if self._ahead else moment

    def advance(self, by: timedelta | None = None, /, **units: float) -> None:
        """Put the clock forward: what would expire by then expires.

        :param by: how far
        :param units: how far, in the arguments of ``timedelta``: ``days=30``, ``hours=6``, …
        :raises TypeError: both were given, or neither, or what ``timedelta`` doesn't take
        :raises ValueError: it would go back, or beyond the year 9899
        """
        if (by is None) == (not units) or not (by is None or isinstance(by, timedelta)):
            raise TypeError(_USAGE)
        too_far = ValueError("The clock can't go beyond the year 9899.")
        with self._lock:
            try:
                step = timedelta(**units) if by is None else by
                moment = datetime.now(timezone.utc) + self._ahead + step
            except OverflowError:
                raise too_far from None
            except TypeError as error:
                raise TypeError(f"{_USAGE} ({error})") from None
            if step < timedelta():
                raise ValueError(
                    "The clock goes forward only; mock.reset() sets it to the real time."
                )
            if moment >= LATEST:
                raise too_far
            self._ahead += step

    @property
    def advanced_by(self) -> timedelta:
        """How far the clock has been put forward."""
        return self._ahead

    def reset(self, to: timedelta = timedelta()) -> None:
        """Back to the real time, or to so far ahead of it."""
        with self._lock:
            self._ahead = to


clock = Clock()
