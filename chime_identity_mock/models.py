"""What the service keeps: a class for each resource, and the form of its ARN.

Resources are values: one that changes is replaced in its listing by the one it becomes. So what
was handed out, or is part of a snapshot, stays as it was. Fields that are members of the service's shapes bear the members' names in snake case; the rest
(tags, what a resource contains, its place in the order of creation) is how the service keeps them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Any

from .pages import Listing
from .transactions import Transaction

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

Due = tuple[datetime, str]
"""When a user was to expire, and the user's id."""

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


@dataclass(eq=False, frozen=True, slots=True, kw_only=True)
class Identity:
    """Who an admin is: a user's or bot's ARN and present name."""

    arn: str
    name: str | None


@dataclass(eq=False, frozen=True, slots=True, kw_only=True)
class EndpointState:
    status: str
    status_reason: str | None = None

    @classmethod
    def at_registration(cls, resource_arn: str) -> EndpointState:
        """The state of an endpoint registered with this resource: only a Pinpoint app will do."""
        if _PINPOINT_APP.fullmatch(resource_arn):
            return cls(status="ACTIVE")
        return cls(status="INACTIVE", status_reason="INVALID_PINPOINT_ARN")


@dataclass(eq=False, frozen=True, slots=True, kw_only=True)
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
    made_with: Parameters | None
    position: int


@dataclass(eq=False, frozen=True, slots=True, kw_only=True)
class AppInstanceUser:
    app_instance_user_arn: str
    name: str
    metadata: str | None
    created_timestamp: datetime
    last_updated_timestamp: datetime
    expiration_settings: dict[str, Any] | None
    tags: dict[str, str]
    position: int
    # Made for the first device: of many users few have any.
    own_endpoints: Listing[AppInstanceUserEndpoint] | None = field(default=None, repr=False)

    @property
    def endpoints(self) -> Listing[AppInstanceUserEndpoint]:
        """The user's devices, to be looked at; change_endpoints of the AppInstance changes them."""
        return _NO_ENDPOINTS if self.own_endpoints is None else self.own_endpoints

    @property
    def expires_at(self) -> datetime | None:
        """When the user is due for deletion, if ever."""
        if self.expiration_settings is None:
            return None
        days = self.expiration_settings["expiration_days"]
        return self.created_timestamp + timedelta(days=days)


@dataclass(eq=False, frozen=True, slots=True, kw_only=True)
class AppInstanceBot:
    app_instance_bot_arn: str
    name: str | None
    configuration: dict[str, Any]
    created_timestamp: datetime
    last_updated_timestamp: datetime
    metadata: str | None
    tags: dict[str, str]
    made_with: Parameters | None
    position: int


@dataclass(eq=False, frozen=True, slots=True, kw_only=True)
class AppInstanceAdmin:
    """A user's or bot's role as administrator of its AppInstance."""

    admin: Identity
    app_instance_arn: str
    created_timestamp: datetime
    position: int


class Expirations:
    """Users by when they were to expire.

    Those whose settings have changed since are found out when their time comes.
    """

    __slots__ = ("_due", "_known", "_transaction")

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._due: list[Due] = []
        self._known: set[Due] = set()

    def __len__(self) -> int:
        return len(self._due)

    def add(self, moment: datetime, user_id: str) -> None:
        due = (moment, user_id)
        if due not in self._known:
            self._transaction.note(self._take_out, due)
            self._put_in(due)

    def take(self, by: datetime) -> str | None:
        """Take out the id of a user who was due by a moment, the first first."""
        if not self._due or self._due[0][0] > by:
            return None
        due = self._due[0]
        self._transaction.note(self._put_in, due)
        heappop(self._due)
        self._known.discard(due)
        return due[1]

    def copy(self, transaction: Transaction) -> Expirations:
        """The same, to be changed apart from these."""
        copied = Expirations(transaction)
        copied._due, copied._known = self._due.copy(), self._known.copy()
        return copied

    # These two undo the other's change, also when it broke off halfway.

    def _put_in(self, due: Due) -> None:
        if due not in self._known:
            self._known.add(due)
            heappush(self._due, due)

    def _take_out(self, due: Due) -> None:
        self._known.discard(due)
        self._due = [other for other in self._due if other != due]
        heapify(self._due)


@dataclass(eq=False, frozen=True, slots=True, kw_only=True)
class AppInstance:
    """An instance of a chat product, with all that belongs to it."""

    app_instance_arn: str
    name: str
    created_timestamp: datetime
    last_updated_timestamp: datetime
    metadata: str | None
    tags: dict[str, str]
    made_with: Parameters | None
    position: int
    app_instance_retention_settings: dict[str, Any] = field(default_factory=dict)
    initiate_deletion_timestamp: datetime | None = None
    users: Listing[AppInstanceUser] = field(repr=False)
    bots: Listing[AppInstanceBot] = field(repr=False)
    admins: Listing[AppInstanceAdmin] = field(repr=False)
    expirations: Expirations = field(repr=False)

    @classmethod
    def empty(cls, transaction: Transaction, **members: Any) -> AppInstance:
        """One that nothing belongs to yet."""
        return cls(
            users=Listing(transaction),
            bots=Listing(transaction),
            admins=Listing(transaction),
            expirations=Expirations(transaction),
            **members,
        )

    def copy(self, transaction: Transaction) -> AppInstance:
        """The same with all that belongs to it, to be changed apart from this one."""
        return replace(
            self,
            users=self.users.copy(transaction),
            bots=self.bots.copy(transaction),
            admins=self.admins.copy(transaction),
            expirations=self.expirations.copy(transaction),
        )

    def member(self, arn: str) -> AppInstanceUser | AppInstanceBot | None:
        """The user or bot of an ARN, if it belongs here."""
        user_id = arn.removeprefix(f"{self.app_instance_arn}/user/")
        bot_id = arn.removeprefix(f"{self.app_instance_arn}/bot/")
        return self.users.get(user_id) or self.bots.get(bot_id)

    def replace_member(self, member: AppInstanceUser | AppInstanceBot) -> None:
        """Have a user or bot changed; as an admin it then goes by its present name."""
        if isinstance(member, AppInstanceUser):
            arn = member.app_instance_user_arn
            self.users.replace(resource_id(arn), member)
        else:
            arn = member.app_instance_bot_arn
            self.bots.replace(resource_id(arn), member)
        admin = self.admins.get(arn)
        if admin is not None:
            self.admins.replace(arn, replace(admin, admin=Identity(arn=arn, name=member.name)))

    def add_user(self, user: AppInstanceUser) -> None:
        self.users.add(resource_id(user.app_instance_user_arn), user)
        self.watch_expiration(user)

    def change_endpoints(
        self,
        user: AppInstanceUser,
        change: Callable[[Listing[AppInstanceUserEndpoint]], object],
    ) -> None:
        """Have a user's devices changed: the user then has another listing, changed by a function."""
        endpoints = user.endpoints.copy(self.users.transaction)
        change(endpoints)
        changed = replace(user, own_endpoints=endpoints if len(endpoints) else None)
        self.users.replace(resource_id(user.app_instance_user_arn), changed)

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
            self.expirations.add(user.expires_at, resource_id(user.app_instance_user_arn))

    def let_expire(self, expired_by: Callable[[], datetime]) -> None:
        """Delete the users who were due by a moment; it is asked for only where any expire."""
        if not self.expirations:
            return
        moment = expired_by()
        while (user_id := self.expirations.take(moment)) is not None:
            user = self.users.get(user_id)
            if user is not None and user.expires_at is not None:
                if user.expires_at <= moment:
                    self.remove_user(user)
                else:
                    self.watch_expiration(user)


def retention_members(settings: dict[str, Any], moment: datetime) -> dict[str, Any]:
    """What an AppInstance keeps of retention settings put now; without RetentionDays it is off."""
    is_on = settings.get("channel_retention_settings", {}).get("retention_days")
    return {
        "app_instance_retention_settings": settings,
        "initiate_deletion_timestamp": moment + RETENTION_STARTS_AFTER if is_on else None,
    }


_NO_ENDPOINTS: Listing[AppInstanceUserEndpoint] = Listing(Transaction())
