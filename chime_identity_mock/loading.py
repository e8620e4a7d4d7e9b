"""Plain data put into what the service keeps, all or nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

from botocore.model import ListShape, Shape, StructureShape

from .backend import ChimeIdentityBackend
from .backends import backends
from .clock import LATEST
from .exceptions import ServiceError
from .gateway import gateway
from .ids import ids
from .models import (
    AppInstance,
    EndpointState,
    parent_arn,
    resource_id,
)
from .pages import Listing
from .service import input_members, service_model
from .state import VERSION, account_and_region, check_value, is_arn
from .texts import shown, unknown_text

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

Members = Mapping[str, Any]


def load(state: Members, account_id: str | None, region_name: str | None) -> list[str]:
    """Add what a dump holds, by the service's own operations and so by their rules.

    :raises ValueError: it breaks one, and nothing is added
    """
    known = ("version", "app_instances")
    _check_members(state, "the state", known)
    if state.get("version") != VERSION:
        raise ValueError(
            f"the state: this version of chime-identity-mock loads version {VERSION}, not "
            f"{state.get('version')!r}; a state is {{'version': {VERSION}, 'app_instances': [...]}}."
        )
    account_id, region_name = account_and_region(account_id, region_name)
    backend = backends.at(account_id, region_name)
    with backend.transaction:
        backend.transaction.note(ids.restore, ids.sequences())
        loading = _Loading(backend)
        return [loading.app_instance(*entry) for entry in _each(state, "app_instances")]


class _Loading:
    """Making, in a backend, what plain data says.

    Each resource is made by the operation that makes it for everyone, and then given what no
    operation would give it: its ARN, its id, its timestamps. Users are given their expiration at
    the end: one who is due must be there until all that is the user's has been made.
    """

    def __init__(self, backend: ChimeIdentityBackend) -> None:
        self._backend = backend

    def app_instance(self, members: Members, place: str) -> str:
        _check_members(
            members,
            place,
            (
                *_members_of("AppInstance"),
                *_members_of("GetAppInstanceRetentionSettingsResponse"),
                *("Tags", "AppInstanceUsers", "AppInstanceBots", "AppInstanceAdmins"),
            ),
        )
        made_arn = self._perform("CreateAppInstance", members, place)["app_instance_arn"]
        arn = made_arn
        if members.get("AppInstanceArn") is not None:
            arn = members["AppInstanceArn"]
            _check_name("DescribeAppInstance", {"AppInstanceArn": arn}, place)
        prefix = f"{self._backend.arn_prefix}app-instance/"
        if not is_arn("app_instance_arn", arn) or not arn.startswith(prefix):
            raise ValueError(
                f"{place}.AppInstanceArn: the ARN of an AppInstance of this account and region "
                f"starts with {prefix}; load(state, account_id=…, region_name=…) loads into others."
            )
        changes = {"app_instance_arn": arn, **_moments(members, place)}
        _rename(self._backend.app_instances, made_arn, arn, place, changes)
        self._retention(arn, members, place)
        users = list(_each(members, "AppInstanceUsers", place))
        user_arns = [self._user(arn, *user) for user in users]
        for bot in _each(members, "AppInstanceBots", place):
            self._bot(arn, *bot)
        for admin in _each(members, "AppInstanceAdmins", place):
            self._admin(arn, *admin)
        for user_arn, (user, user_place) in zip(user_arns, users, strict=True):
            if user.get("ExpirationSettings") is not None:
                self._perform(
                    "PutAppInstanceUserExpirationSettings",
                    {**user, "AppInstanceUserArn": user_arn},
                    user_place,
                )
        return str(arn)

    def _retention(self, arn: str, members: Members, place: str) -> None:
        if members.get("AppInstanceRetentionSettings") is not None:
            given = {**members, "AppInstanceArn": arn}
            self._perform("PutAppInstanceRetentionSettings", given, place)
        if members.get("InitiateDeletionTimestamp") is not None:
            instance = self._app_instance(arn)
            if instance.initiate_deletion_timestamp is None:
                raise ValueError(
                    f"{place}.InitiateDeletionTimestamp: there is none while retention is off."
                )
            moment = _moment(members, "InitiateDeletionTimestamp", place)
            changed = replace(instance, initiate_deletion_timestamp=moment)
            self._backend.app_instances.replace(arn, changed)

    def _user(self, instance_arn: str, members: Members, place: str) -> str:
        own = ("AppInstanceUserId", "Tags", "AppInstanceUserEndpoints")
        _check_members(members, place, (*_members_of("AppInstanceUser"), *own))
        users = self._app_instance(instance_arn).users
        user_id = members.get("AppInstanceUserId")
        arn = members.get("AppInstanceUserArn")
        if user_id is None:
            user_id = ids.new("user", users.get) if arn is None else resource_id(str(arn))
        if arn not in (None, f"{instance_arn}/user/{user_id}"):
            raise ValueError(
                f"{place}.AppInstanceUserArn: it is not {instance_arn}/user/{user_id}."
            )
        if isinstance(user_id, str) and users.get(user_id) is not None:
            raise ValueError(f"{place}.AppInstanceUserId: {shown(user_id)} is there already.")
        given = {**members, "AppInstanceUserId": user_id, "AppInstanceArn": instance_arn}
        given.pop("ExpirationSettings", None)
        arn = self._perform("CreateAppInstanceUser", given, place)["app_instance_user_arn"]
        users.replace(user_id, replace(users[user_id], **_moments(members, place)))
        for endpoint in _each(members, "AppInstanceUserEndpoints", place):
            self._endpoint(arn, *endpoint)
        return str(arn)

    def _endpoint(self, user_arn: str, members: Members, place: str) -> None:
        _check_members(members, place, _members_of("AppInstanceUserEndpoint"))
        if members.get("AppInstanceUserArn") not in (None, user_arn):
            raise ValueError(f"{place}.AppInstanceUserArn: it is not {user_arn}.")
        given = {**members, "AppInstanceUserArn": user_arn}
        made_id = self._perform("RegisterAppInstanceUserEndpoint", given, place)["endpoint_id"]
        endpoint_id = made_id
        if members.get("EndpointId") is not None:
            endpoint_id = members["EndpointId"]
            _check_name("DescribeAppInstanceUserEndpoint", given, place)
            if not endpoint_id:
                raise ValueError(f"{place}.EndpointId: an id can't be empty.")
        changes = {"endpoint_id": endpoint_id, **_moments(members, place)}
        if members.get("EndpointState") is not None:
            changes["endpoint_state"] = _endpoint_state(members, place)
        instance = self._app_instance(parent_arn(user_arn))
        instance.change_endpoints(
            instance.users[resource_id(user_arn)],
            lambda endpoints: _rename(endpoints, made_id, endpoint_id, place, changes),
        )

    def _bot(self, instance_arn: str, members: Members, place: str) -> None:
        _check_members(members, place, (*_members_of("AppInstanceBot"), "Tags"))
        given = {**members, "AppInstanceArn": instance_arn}
        made_arn = self._perform("CreateAppInstanceBot", given, place)["app_instance_bot_arn"]
        arn = made_arn
        if members.get("AppInstanceBotArn") is not None:
            arn = members["AppInstanceBotArn"]
            _check_name("DescribeAppInstanceBot", {"AppInstanceBotArn": arn}, place)
        if not is_arn("app_instance_bot_arn", arn) or parent_arn(arn) != instance_arn:
            raise ValueError(f"{place}.AppInstanceBotArn: it is no ARN of a bot of {instance_arn}.")
        changes = {"app_instance_bot_arn": arn, **_moments(members, place)}
        bots = self._app_instance(instance_arn).bots
        _rename(bots, resource_id(made_arn), resource_id(arn), place, changes)

    def _admin(self, instance_arn: str, members: Members, place: str) -> None:
        own = "AppInstanceUserId"
        _check_members(members, place, (*_members_of("AppInstanceAdmin"), own))
        if members.get("AppInstanceArn") not in (None, instance_arn):
            raise ValueError(f"{place}.AppInstanceArn: it is not {instance_arn}.")
        arn = self._admin_arn(instance_arn, members, place)
        given = {"AppInstanceArn": instance_arn, "AppInstanceAdminArn": arn}
        self._perform("CreateAppInstanceAdmin", given, place)
        admins = self._app_instance(instance_arn).admins
        if members.get("CreatedTimestamp") is not None:
            moment = _moment(members, "CreatedTimestamp", place)
            admins.replace(arn, replace(admins[arn], created_timestamp=moment))

    def _admin_arn(self, instance_arn: str, members: Members, place: str) -> Any:
        """Who is to be an admin, by what is given of ARN, id and name."""
        identity = members.get("Admin")
        identity = {} if identity is None else identity
        _check_members(identity, f"{place}.Admin", _members_of("Identity"))
        arn = identity.get("Arn")
        if members.get("AppInstanceUserId") is not None:
            user_arn = f"{instance_arn}/user/{members['AppInstanceUserId']}"
            if arn not in (None, user_arn):
                raise ValueError(f"{place}: Admin.Arn is {arn}, AppInstanceUserId another's.")
            return user_arn
        if arn is not None:
            return arn
        instance = self._app_instance(instance_arn)
        name = identity.get("Name")
        named = [
            *(user.app_instance_user_arn for user in instance.users if user.name == name),
            *(bot.app_instance_bot_arn for bot in instance.bots if bot.name == name),
        ]
        if name is None or len(named) != 1:
            raise ValueError(
                f"{place}: an admin goes by Admin.Arn, by AppInstanceUserId, or by an Admin.Name "
                "that exactly one user or bot of the app instance has."
            )
        return named[0]

    def _app_instance(self, arn: str) -> AppInstance:
        return self._backend.app_instances[arn]

    def _perform(self, operation_name: str, members: Members, place: str) -> Any:
        """What an operation answers to those of the members that it takes."""
        operation = gateway.wire.operation(operation_name)
        known = input_members(operation_name)
        # A dump has Tags where there are none; creations take some, or are given none at all.
        params = {name: members[name] for name in known if members.get(name) not in (None, [])}
        for name, value in params.items():
            _check_inner_members(value, known[name], f"{place}.{name}")
        if "ClientRequestToken" in known:
            params["ClientRequestToken"] = str(uuid4())
        try:
            return gateway.perform(self._backend, operation, operation.read_params(params))
        except ServiceError as error:
            raise ValueError(f"{place}: {error.message}") from None


def _check_name(operation_name: str, members: Members, place: str) -> None:
    """Make sure that a resource of these ARNs and ids could be asked for."""
    operation = gateway.wire.operation(operation_name)
    try:
        operation.validate(operation.read_params(members))
    except ServiceError as error:
        raise ValueError(f"{place}: {error.message}") from None


def _members_of(shape_name: str) -> list[str]:
    return list(service_model().shape_for(shape_name).members)  # type: ignore[attr-defined]


def _check_members(members: object, place: str, known: Collection[str]) -> None:
    if not isinstance(members, Mapping):
        raise ValueError(f"{place}: it takes a dict.")  # noqa: TRY004 - one class for all of it
    for name in members:
        if name not in known:
            raise ValueError(f"{place}: {unknown_text(name, 'member of it', known)}.")


def _check_inner_members(value: object, shape: Shape, place: str) -> None:
    """Make sure that structures in a value have no members but the model's.

    The service passes those over, and so would hide a slip of the pen here. What else is wrong with
    the value it tells.
    """
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        _check_members(value, place, shape.members)
        for name, member in value.items():
            _check_inner_members(member, shape.members[name], f"{place}.{name}")
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for number, element in enumerate(value):
            _check_inner_members(element, shape.member, f"{place}[{number}]")


def _each(members: Members, name: str, place: str = "") -> Iterator[tuple[Members, str]]:
    """The elements of a member that is a list, if it is there, each with its place."""
    path = f"{place}.{name}".lstrip(".")
    elements = members.get(name)
    if elements is None:
        elements = []
    if not isinstance(elements, list | tuple):
        raise ValueError(f"{path}: it takes a list.")  # noqa: TRY004 - one class for all of it
    for number, element in enumerate(elements):
        yield element, f"{path}[{number}]"


def _rename(
    listing: Listing[Any], key: str, given_key: str, place: str, changes: dict[str, Any]
) -> None:
    """Have what was made last go by a given key, with some fields as given."""
    resource = listing[key]
    if given_key != key and listing.get(given_key) is not None:
        raise ValueError(f"{place}: {given_key} is there already; mock.reset() forgets it.")
    listing.remove(key)
    listing.add(given_key, replace(resource, made_with=None, **changes))


def _endpoint_state(members: Members, place: str) -> EndpointState:
    place = f"{place}.EndpointState"
    given = members["EndpointState"]
    _check_members(given, place, _members_of("EndpointState"))
    check_value(given.get("Status"), "EndpointStatus", f"{place}.Status")
    if given.get("StatusReason") is not None:
        check_value(given["StatusReason"], "EndpointStatusReason", f"{place}.StatusReason")
    return EndpointState(status=given["Status"], status_reason=given.get("StatusReason"))


def _moments(members: Members, place: str) -> dict[str, Any]:
    """The timestamps that are given; what was never updated was so at its creation."""
    moments: dict[str, Any] = {}
    if members.get("CreatedTimestamp") is not None:
        moment = _moment(members, "CreatedTimestamp", place)
        moments = {"created_timestamp": moment, "last_updated_timestamp": moment}
    if members.get("LastUpdatedTimestamp") is not None:
        updated = _moment(members, "LastUpdatedTimestamp", place)
        if moments and updated < moments["created_timestamp"]:
            raise ValueError(f"{place}.LastUpdatedTimestamp: it is before CreatedTimestamp.")
        moments["last_updated_timestamp"] = updated
    return moments


def _moment(members: Members, name: str, place: str) -> datetime:
    """A timestamp: epoch seconds, ISO 8601, or an aware datetime; to the millisecond."""
    value = members[name]
    try:
        if isinstance(value, str):
            # Python 3.10 doesn't read a Z.
            value = datetime.fromisoformat(re.sub("Z$", "+00:00", value))
        elif type(value) in (int, float):
            value = _EPOCH + timedelta(seconds=value)
        milliseconds = round((value - _EPOCH) / timedelta(milliseconds=1))
        moment = _EPOCH + timedelta(milliseconds=milliseconds)
    except (OverflowError, RuntimeError, TypeError, ValueError):
        raise ValueError(
            f"{place}.{name}: a timestamp is a number of epoch seconds, a text in ISO 8601 with its "
            "offset, or an aware datetime."
        ) from None
    if moment >= LATEST:
        raise ValueError(f"{place}.{name}: it can't be beyond the year {LATEST.year - 1}.")
    return moment
