"""What the service keeps: a class for each resource, and the form of its ARN.

Fields that are members of the service's shapes bear the members' names in snake case; the rest
(tags, what a resource contains, its place in the order of creation) is how the service keeps them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
    endpoints: Listing[AppInstanceUserEndpoint] = field(default_factory=Listing, repr=False)


@dataclass(slots=True, kw_only=True)
class AppInstanceBot:
    app_instance_bot_arn: str
    name: str | None
    configuration: dict[str, Any]
    created_timestamp: datetime
    last_updated_timestamp: datetime
    metadata: str | None
    tags: dict[str, str]
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
    position: int
    app_instance_retention_settings: dict[str, Any] = field(default_factory=dict)
    initiate_deletion_timestamp: datetime | None = None
    users: Listing[AppInstanceUser] = field(default_factory=Listing, repr=False)
    bots: Listing[AppInstanceBot] = field(default_factory=Listing, repr=False)
    admins: Listing[AppInstanceAdmin] = field(default_factory=Listing, repr=False)

    def put_retention(self, settings: dict[str, Any], moment: datetime) -> None:
        """Replace the retention settings; without RetentionDays in them retention is off."""
        retained = settings.get("channel_retention_settings", {}).get("retention_days")
        self.app_instance_retention_settings = settings
        self.initiate_deletion_timestamp = moment + RETENTION_STARTS_AFTER if retained else None
