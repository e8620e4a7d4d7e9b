"""The time that the mocked service tells."""

from __future__ import annotations

from datetime import datetime, timezone


def now() -> datetime:
    """The present time, aware, in UTC, in whole milliseconds as the service tells it."""
    moment = datetime.now(timezone.utc)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
