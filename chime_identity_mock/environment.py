"""What botocore reads around it while the mock is on: keys, region, files, default session.

While the mock is on nobody's credentials, profiles or config files are looked at, no metadata
service is asked, and a region is set; afterwards every variable and the default session are as
they were.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

import boto3
import botocore.session
from botocore.exceptions import BotoCoreError

from . import sessions
from .options import Options, in_force

DEFAULT_REGION = "us-east-1"

_IN_PLACE_OF_CREDENTIALS: Mapping[str, str | None] = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    **dict.fromkeys(
        (
            "AWS_ACCOUNT_ID",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CREDENTIAL_EXPIRATION",
            "AWS_CREDENTIAL_FILE",
            "AWS_DEFAULT_PROFILE",
            "AWS_PROFILE",
            "AWS_ROLE_ARN",
            "AWS_ROLE_SESSION_NAME",
            "AWS_SECURITY_TOKEN",
            "AWS_SESSION_TOKEN",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "BOTO_CONFIG",
        )
    ),
}
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_VARIABLES = {
    name: os.environ.encodekey(name)
    for name in (*_IN_PLACE_OF_CREDENTIALS, "AWS_DEFAULT_REGION", "AWS_REGION")
}

Variables = dict[str, "str | None"]


class Environment:
    """What stood around botocore before, to be put back by ``leave``.

    Environments nest, and may be left in any order: what one would put back is then left to the
    one entered after it.
    """

    _entered: ClassVar[list[Environment]] = []

    def __init__(self, options: Options, *, is_inside_moto: bool) -> None:
        self.is_inside_moto = is_inside_moto
        """``mock_aws`` was on when this was entered, and is."""
        self.has_moto_inside = False
        """``mock_aws`` was switched on since this was entered, and is."""
        self._variables = _present()
        self._session = boto3.DEFAULT_SESSION
        sessions.share()
        self._entered.append(self)
        self.set(options)

    def set(self, options: Options) -> None:
        """Put in place what these options ask for, unless an environment entered later did."""
        if self._entered[-1] is self:
            before = self._entered[0]._variables
            if self.is_inside_moto:
                # moto's keys, which it set since, are to stay where ours don't take their place.
                before = {**before, **{name: self._variables[name] for name in _KEYS}}
            _set(_wanted(options, before))
            boto3.DEFAULT_SESSION = None

    def take_over_from_moto(self, *, keys: bool, session: bool) -> None:
        """``mock_aws``, which was on when this was entered, is off, and put back what it replaced.

        So that, now in place of ours, is what stood there before.
        """
        self.is_inside_moto = False
        if keys:
            for name in _KEYS:
                self._variables[name] = os.environ.get(name)
        if session:
            self._session = boto3.DEFAULT_SESSION

    def leave(self) -> None:
        """Put back what stood there before."""
        place = self._entered.index(self)
        self._entered.remove(self)
        if place < len(self._entered):
            above = self._entered[place]
            above._variables, above._session = self._variables, self._session
            above.is_inside_moto = self.is_inside_moto
            return
        _set(self._variables)
        boto3.DEFAULT_SESSION = self._session
        if not self._entered:
            sessions.part()


def present_region_name() -> str:
    """The region of clients that name none, by the environment."""
    return os.environ.get("AWS_DEFAULT_REGION") or DEFAULT_REGION


def variables_for_others() -> dict[str, str]:
    """Variables for another process in which no more is looked at than here while the mock is on."""
    region_name = present_region_name()
    in_place = {} if in_force.options.passthrough else _IN_PLACE_OF_CREDENTIALS
    given = {name: value for name, value in in_place.items() if value is not None}
    return {**given, "AWS_DEFAULT_REGION": region_name, "AWS_REGION": region_name}


def proxies_but_for(host: str) -> dict[str, str]:
    """Variables with which no proxy is asked for a host, nor for those it isn't asked for now."""
    names = ("no_proxy", "NO_PROXY")
    present = next(filter(None, map(os.environ.get, names)), "")
    return dict.fromkeys(names, present if present == "*" else f"{present},{host}".lstrip(","))


# For each variable that isn't set, os.environ raises and catches a KeyError, which was half of what
# it took to start the mock. So its own dict is asked, unless a test has put a plain one in its place.


def variable(name: str) -> str | None:
    """What ``os.environ.get`` gives, but as fast where there is nothing."""
    held = getattr(os.environ, "_data", None)
    if held is None:
        return os.environ.get(name)
    value = held.get(_encoded(name))
    return None if value is None else os.environ.decodevalue(value)


@cache
def _encoded(name: str) -> Any:
    return os.environ.encodekey(name)


def _present() -> Variables:
    """What stands in the environment of what is replaced."""
    held = getattr(os.environ, "_data", None)
    if held is None:
        return {name: os.environ.get(name) for name in _VARIABLES}
    decode = os.environ.decodevalue
    return {
        name: decode(held[encoded]) if encoded in held else None
        for name, encoded in _VARIABLES.items()
    }


def _set(variables: Variables) -> None:
    present = _present()
    for name, value in variables.items():
        if value == present[name]:
            continue
        if value is not None:
            os.environ[name] = value
        else:
            os.environ.pop(name, None)


def _wanted(options: Options, before: Variables) -> Variables:
    wanted = {**before}
    if not options.passthrough:
        wanted.update(_IN_PLACE_OF_CREDENTIALS)
    if options.region_name:
        wanted["AWS_DEFAULT_REGION"] = wanted["AWS_REGION"] = options.region_name
    elif not before["AWS_DEFAULT_REGION"] and not (
        options.passthrough and _configured_region(before)
    ):
        wanted["AWS_DEFAULT_REGION"] = before["AWS_REGION"] or DEFAULT_REGION
    return wanted


def _configured_region(before: Variables) -> str | None:
    """The region of the user's profile, which counts while services are passed through."""
    _set(before)
    try:
        region_name: str | None = botocore.session.Session().get_config_variable("region")
    except BotoCoreError:  # the profile is missing or its file can't be read: not ours to report
        region_name = None
    return region_name
