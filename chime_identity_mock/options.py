"""The options of the mock: what can be asked of it, what it does unasked."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from math import inf
from types import MappingProxyType
from typing import Any

from .service import SERVICE_NAME, check_operation_name
from .texts import unknown_text

QUOTAS: Mapping[str, int] = MappingProxyType(
    {
        "app_instances_per_account": 100,
        "users_per_app_instance": 100_000,
        "admins_per_app_instance": 100,
        "endpoints_per_user": 10,
    }
)
"""AWS's default quotas; those of the first are for each region."""

_SERVICE = re.compile(r"[a-z0-9][a-z0-9.-]*")

DEFAULT_HISTORY = 10_000
MAX_EXPIRATION_DELAY = timedelta(hours=6)


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """The options that are in force.

    :ivar region_name: the region of clients that name none; by default the environment's, and
        ``us-east-1`` where it sets none
    :ivar account_id: the account of calls whose access key names no other (12 digits); by default
        moto's ``MOTO_ACCOUNT_ID``, and ``123456789012`` where it isn't set
    :ivar allow_any_region: answer in every region, not only where the service exists
    :ivar passthrough: the services, by boto3's names, whose calls go out to AWS; with any,
        credentials, profile and config files are left as they are
    :ivar quotas: how many of each there can be, any of ``app_instances_per_account`` (and region),
        ``users_per_app_instance``, ``admins_per_app_instance``, ``endpoints_per_user``; for the
        others AWS's defaults hold
    :ivar expiration_delay: how long an expired user is still there, a ``timedelta`` of up to six
        hours, as AWS's own job may take; by default none
    :ivar rate_limits: whether AWS's request rates are enforced; or, as a dict, the operations
        whose rates (requests a second) are others than AWS's, which never lift the rate of all
        operations together, 50; by default they are not
    :ivar skip_backoff: don't sleep between botocore's retries after an error that the mock injected
        or a rate limit's; by default it isn't
    :ivar assert_faults_used: raise an ``AssertionError`` at the end of a block that armed a fault
        which no request met; by default it does
    :ivar history: how many calls are kept, the latest; 0 for none, ``None`` for all; by default
        10,000
    :ivar seed: makes ids the same in every run; by default they are random
    """

    region_name: str | None = None
    account_id: str | None = None
    allow_any_region: bool = False
    passthrough: frozenset[str] = frozenset()
    quotas: Mapping[str, int] = field(default_factory=dict, hash=False)
    expiration_delay: timedelta = timedelta()
    rate_limits: bool | Mapping[str, float] = field(default=False, hash=False)
    skip_backoff: bool = True
    assert_faults_used: bool = True
    history: int | None = DEFAULT_HISTORY
    seed: int | None = None

    def __post_init__(self) -> None:
        _check(
            self.region_name is None
            or (isinstance(self.region_name, str) and re.fullmatch(r"[\w-]+", self.region_name)),
            'region_name takes the name of a region, like "eu-central-1"',
        )
        _check(
            self.account_id is None
            or (isinstance(self.account_id, str) and re.fullmatch(r"[0-9]{12}", self.account_id)),
            'account_id takes twelve digits in a string, like "123456789012"',
        )
        _check(isinstance(self.allow_any_region, bool), "allow_any_region takes True or False")
        _check(
            isinstance(self.passthrough, Collection)
            and not isinstance(self.passthrough, str)
            and all(
                isinstance(name, str) and _SERVICE.fullmatch(name) for name in self.passthrough
            ),
            'passthrough takes a set of services by boto3\'s names, like {"s3"}',
        )
        object.__setattr__(self, "passthrough", frozenset(self.passthrough))
        _check(
            SERVICE_NAME not in self.passthrough,
            f"passthrough can't hold {SERVICE_NAME}, which is what is mocked; "
            "to call the real service, leave the mock off",
        )
        _check(
            isinstance(self.quotas, Mapping)
            and all(type(quota) is int and quota >= 0 for quota in self.quotas.values()),
            'quotas takes a dict of numbers, like {"users_per_app_instance": 5}',
        )
        for name in self.quotas.keys() - QUOTAS.keys():
            raise ValueError(f"{unknown_text(name, 'quota', QUOTAS)}.")
        object.__setattr__(self, "quotas", MappingProxyType(dict(self.quotas)))
        _check(
            isinstance(self.expiration_delay, timedelta)
            and timedelta() <= self.expiration_delay <= MAX_EXPIRATION_DELAY,
            "expiration_delay takes a timedelta of no more than six hours",
        )
        self._check_rate_limits()
        _check(isinstance(self.skip_backoff, bool), "skip_backoff takes True or False")
        _check(isinstance(self.assert_faults_used, bool), "assert_faults_used takes True or False")
        _check(
            self.history is None or (type(self.history) is int and self.history >= 0),
            "history takes a number of calls, 0 for none, or None for all",
        )
        _check(self.seed is None or type(self.seed) is int, "seed takes an integer")

    def _check_rate_limits(self) -> None:
        rates = self.rate_limits
        if isinstance(rates, bool):
            return
        _check(
            isinstance(rates, Mapping)
            and all(type(rate) in (int, float) and 0 < rate < inf for rate in rates.values()),
            'rate_limits takes True, False, or a dict of rates, like {"CreateAppInstance": 2}',
        )
        for name in rates:
            check_operation_name(name)
        # With none of them others AWS's rates are on all the same.
        object.__setattr__(self, "rate_limits", MappingProxyType(dict(rates)) if rates else True)


def overlay(options: Options, given: Mapping[str, Any]) -> Options:
    """The options with some of them replaced.

    :raises TypeError: one of the names is no option
    :raises ValueError: one of the values is no value of its option
    """
    if not given:
        return options
    names = [field.name for field in fields(Options)]
    for name in given:
        if name not in names:
            raise TypeError(f"{unknown_text(name, 'option of mock_chime_identity', names)}.")
    replaced = replace(options, **given)
    if "quotas" in given:  # each is an option of its own
        replaced = replace(replaced, quotas={**options.quotas, **replaced.quotas})
    return replaced


def _check(is_good: object, expectation: str) -> None:
    if not is_good:
        raise ValueError(f"{expectation}.")


DEFAULTS = Options()


class InForce:
    """Holds the options in force; the switch sets them, and whoever they concern asks here."""

    def __init__(self) -> None:
        self.options = DEFAULTS


in_force = InForce()
