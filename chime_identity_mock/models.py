"""What the service keeps: a class for each resource, and the form of its ARN.

Fields that are members of the service's shapes bear the members' names in snake case; the rest
(tags, what a resource contains, its place in the order of creation) is how the service keeps them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any

from .pages import Listing

RETENTION_STARTS_AFTER = timedelta(days=30)

_APP_INSTANCE = r"arn:[^:/]+:chime:[^:/]*:[^:/]*:app-instance/[^/]+"
_FORMS = {
    "app_instance_arn": re.compile(_APP_INSTANCE),
    "app_instance_user_arn": re.compile(_APP_INSTANCE + "/user/[^/]+"),
    "app_instance_bot_arn": re.compile(_APP_INSTANCE + "/bot/[^/]+"),
    "app_instance_admin_arn": re.compile(_APP_INSTANCE + "/(?:user|bot)/[^/]+"),
    "resource_arn": re.compile(_APP_INSTANCE + "(?:/(?:user|bot)/[^/]+)?"),
}
_PINPOINT_APP = re.compile(r"arn:[^:]+:mobiletargeting:[^:]*:[^:]*:apps/.+")


Parameters = dict[str, Any]
"""What a resource was made with, but for the token."""

LENGTHS: Mapping[str, Callable[[str], int]] = {
    # AWS's reference says "1KB string in UTF-8"; the model counts characters.
    "Metadata": lambda text: len(text.encode("utf-8", "surrogatepass")),
}
"""How the length of a shape's values is measured where it isn't in characters, by shape."""


def is_arn_of(member: str, arn: str) -> bool:
    """Whether an ARN has the form that an input member asks for.

    :param member: the member's name in snake case; of one that names nothing known here, any
        ARN has the form
    """
    form = _FORMS.get(member)
    return form is None or form.fullmatch(arn) is not None


def parent_arn(arn: str) -> str:
    """The ARN of the AppInstance that a user or bot belongs to."""
    return arn.rsplit("/", 2)[0]


def resource_id(arn: str) -> str:
    """The id at the end of an ARN."""
    return arn.rpartition("/")[2]


@dataclass(slots=True, kw_only=True)
class Identity:
    """Who an admin is: a user's or bot's ARN and present name."""

    arn: str
    name: str | None


@dataclass(slots=True, kw_only=True)
class EndpointState:
    status: str
    status_reason: str | None = None

    @classmethod
    def at_registration(cls, resource_arn: str) -> EndpointState:
        """The state of an endpoint registered with this resource: only a Pinpoint app will do."""
        if _PINPOINT_APP.fullmatch(resource_arn):
            return cls(status="ACTIVE")
        return cls(status="INACTIVE", status_reason="INVALID_PINPOINT_ARN")


@dataclass(slots=True, kw_only=True)
class AppInstanceUserEndpoint:
    """A user's device, registered for push notifications."""

    app_instance_user_arn: str
    endpoint_id: str
    name: str | None
    type: str
    resource_arn: str
    endpoint_attributes: dict[str, Any]
    created_timestamp: datetime
    last_updated_timestamp: datetime
    allow_messages: str
    endpoint_state: EndpointState
    made_with: Parameters
    position: int


@dataclass(slots=True, kw_only=True)
class AppInstanceUser:
    app_instance_user_arn: str
    name: str
    metadata: str | None
    created_timestamp: datetime
    last_updated_timestamp: datetime
    expiration_settings: dict[str, Any] | None
    tags: dict[str, str]
    position: int
    _endpoints: Listing[AppInstanceUserEndpoint] | None = field(default=None, repr=False)

    @property
    def endpoints(self) -> Listing[AppInstanceUserEndpoint]:
        """The user's devices."""
        return Listing() if self._endpoints is None else self._endpoints

    def add_endpoint(self, endpoint: AppInstanceUserEndpoint, token: str) -> None:
        """Register a device by a request with this token."""
        # Made for the first device: of many users few have any.
        if self._endpoints is None:
            self._endpoints = Listing()
        self._endpoints.add(endpoint.endpoint_id, endpoint, token=token)

    @property
    def expires_at(self) -> datetime | None:
        """When the user is due for deletion, if ever."""
        if self.expiration_settings is None:
            return None
        days = self.expiration_settings["expiration_days"]
        return self.created_timestamp + timedelta(days=days)


@dataclass(slots=True, kw_only=True)
class AppInstanceBot:
    app_instance_bot_arn: str
    name: str | None
    configuration: dict[str, Any]
    created_timestamp: datetime
    last_updated_timestamp: datetime
    metadata: str | None
    tags: dict[str, str]
    made_with: Parameters
    position: int


@dataclass(slots=True, kw_only=True)
class AppInstanceAdmin:
    """A user's or bot's role as administrator of its AppInstance."""

    app_instance_admin_arn: str
    holder: AppInstanceUser | AppInstanceBot
    app_instance_arn: str
    created_timestamp: datetime
    position: int

    @property
    def admin(self) -> Identity:
        return Identity(arn=self.app_instance_admin_arn, name=self.holder.name)


@dataclass(slots=True, kw_only=True)
class AppInstance:
    """An instance of a chat product, with all that belongs to it."""

    app_instance_arn: str
    name: str
    created_timestamp: datetime
    last_updated_timestamp: datetime
    metadata: str | None
    tags: dict[str, str]
    made_with: Parameters
    position: int
    app_instance_retention_settings: dict[str, Any] = field(default_factory=dict)
    initiate_deletion_timestamp: datetime | None = None
    users: Listing[AppInstanceUser] = field(default_factory=Listing, repr=False)
    bots: Listing[AppInstanceBot] = field(default_factory=Listing, repr=False)
    admins: Listing[AppInstanceAdmin] = field(default_factory=Listing, repr=False)
    # Users by when they were to expire: those whose settings have changed since are found out when
    # their time comes.
    _expirations: list[tuple[datetime, str]] = field(default_factory=list, repr=False)
    _watched: set[tuple[datetime, str]] = field(default_factory=set, repr=False)

    def remove_user(self, user: AppInstanceUser) -> None:
        """Delete a user with all that is the user's."""
        self.admins.remove(user.app_instance_user_arn)
        self.users.remove(resource_id(user.app_instance_user_arn))

    def remove_bot(self, bot: AppInstanceBot) -> None:
        """Delete a bot with all that is the bot's."""
        self.admins.remove(bot.app_instance_bot_arn)
        self.bots.remove(resource_id(bot.app_instance_bot_arn))

    def watch_expiration(self, user: AppInstanceUser) -> None:
        """See to a user's expiration, after the settings for it were given or changed."""
        if user.expires_at is not None:
            due = (user.expires_at, resource_id(user.app_instance_user_arn))
            if due not in self._watched:
                self._watched.add(due)
                heappush(self._expirations, due)

    def let_expire(self, expired_by: Callable[[], datetime]) -> None:
        """Delete the users who were due by a moment; it is asked for only where any expire."""
        if not self._expirations:
            return
        moment = expired_by()
        while self._expirations and self._expirations[0][0] <= moment:
            due = self._expirations[0]
            user = self.users.get(due[1])
            if user is not None and user.expires_at is not None:
                if user.expires_at <= moment:
                    self.remove_user(user)
                else:
                    self.watch_expiration(user)
            heappop(self._expirations)
            self._watched.remove(due)

    def put_retention(self, settings: dict[str, Any], moment: datetime) -> None:
        """Replace the retention settings; without RetentionDays in them retention is off."""
        retained = settings.get("channel_retention_settings", {}).get("retention_days")
        self.app_instance_retention_settings = settings
        self.initiate_deletion_timestamp = moment + RETENTION_STARTS_AFTER if retained else None
