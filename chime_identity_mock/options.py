"""The options of the mock: what can be asked of it, what it does unasked."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any

from .service import SERVICE_NAME


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
    """

    region_name: str | None = None
    account_id: str | None = None
    allow_any_region: bool = False
    passthrough: frozenset[str] = frozenset()

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
            and all(isinstance(service, str) for service in self.passthrough),
            'passthrough takes a set of services by boto3\'s names, like {"s3"}',
        )
        object.__setattr__(self, "passthrough", frozenset(self.passthrough))
        _check(
            SERVICE_NAME not in self.passthrough,
            f"passthrough can't hold {SERVICE_NAME}, which is what is mocked; "
            "to call the real service, leave the mock off",
        )


def overlay(options: Options, given: Mapping[str, Any]) -> Options:
    """The options with some of them replaced.

    :raises TypeError: one of the names is no option
    :raises ValueError: one of the values is no value of its option
    """
    names = [field.name for field in fields(Options)]
    for name in given:
        if name not in names:
            nearest = get_close_matches(name, names, n=1, cutoff=0)[0]
            raise TypeError(
                f"{name!r} is no option of mock_chime_identity; did you mean {nearest!r}? "
                f"The options are {', '.join(names)}."
            )
    return replace(options, **given)


def _check(is_good: object, expectation: str) -> None:
    if not is_good:
        raise ValueError(f"{expectation}.")
