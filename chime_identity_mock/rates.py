"""Request rates, as AWS documents them: buckets of tokens that fill by the mock's clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, NamedTuple

from .clock import clock
from .exceptions import ThrottledClientException
from .models import parent_arn
from .options import in_force

RATE_EXCEEDED = "Rate exceeded"
"""What the service says of a request too many."""

Arguments = Mapping[str, Any]

_A_TOKEN = 1 - 1e-9  # made of parts it may come out a little short


def _account(arguments: Arguments) -> str:
    return ""


def _app_instance(arguments: Arguments) -> str:
    user_arn = arguments.get("app_instance_user_arn")
    return parent_arn(user_arn) if user_arn else arguments.get("app_instance_arn", "")


def _user(arguments: Arguments) -> str:
    arn: str = arguments.get("app_instance_user_arn", "")
    return arn


class _Limit(NamedTuple):
    """How many requests a second some operations can have together, in each of what they name."""

    name: str
    rate: float
    scope: Callable[[Arguments], str]


_APP_INSTANCES = _Limit("AppInstance", 5, _account)
_USERS = _Limit("AppInstanceUser", 10, _app_instance)
_ALL = _Limit("", 50, _account)
_LIMITS = {
    "CreateAppInstance": _APP_INSTANCES,
    "UpdateAppInstance": _APP_INSTANCES,
    "DeleteAppInstance": _APP_INSTANCES,
    "ListAppInstances": _Limit("ListAppInstances", 10, _account),
    "CreateAppInstanceUser": _USERS,
    "UpdateAppInstanceUser": _USERS,
    "DeleteAppInstanceUser": _USERS,
    "DescribeAppInstance": _Limit("DescribeAppInstance", 20, _app_instance),
    "ListAppInstanceUsers": _Limit("ListAppInstanceUsers", 10, _app_instance),
    "DescribeAppInstanceUser": _Limit("DescribeAppInstanceUser", 20, _user),
}


@dataclass(slots=True)
class _Bucket:
    tokens: float
    moment: datetime

    def fill(self, rate: float, moment: datetime) -> None:
        seconds = max((moment - self.moment).total_seconds(), 0)
        self.tokens = min(self.tokens + seconds * rate, max(rate, 1))
        self.moment = moment


class RateLimits:
    """How much of each rate is used up."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._buckets: dict[tuple[str, ...], _Bucket] = {}

    def excess(
        self, account_id: str, region_name: str, operation: str, arguments: Arguments
    ) -> ThrottledClientException | None:
        """Count a request; the error that it is answered with when it is one too many.

        A bucket holds what a second lets through, and at least one request. A request that is one
        too many isn't counted.
        """
        moment = clock.now()
        with self._lock:
            buckets = []
            for limit in _limits_of(operation):
                key = (account_id, region_name, limit.name, limit.scope(arguments))
                bucket = self._buckets.setdefault(key, _Bucket(max(limit.rate, 1), moment))
                bucket.fill(limit.rate, moment)
                buckets.append(bucket)
            if any(bucket.tokens < _A_TOKEN for bucket in buckets):
                return ThrottledClientException(RATE_EXCEEDED)
            for bucket in buckets:
                bucket.tokens -= 1
        return None

    def reset(self) -> None:
        """Have nothing used up."""
        with self._lock:
            self._buckets.clear()


def _limits_of(operation: str) -> Iterator[_Limit]:
    yield _ALL
    limit = _LIMITS.get(operation)
    rates = in_force.options.rate_limits
    if isinstance(rates, Mapping) and operation in rates:
        yield _Limit(f"own {operation}", rates[operation], limit.scope if limit else _account)
    elif limit is not None:
        yield limit


rate_limits = RateLimits()
