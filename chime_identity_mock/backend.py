"""The service: what it keeps for one account and region, and its operations.

An operation is a method of the operation's name with the members of its input as keyword
arguments; it returns the members of its output. It looks resources up first and asks why only when
one isn't there: what is found has an ARN in order.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

from moto.core.base_backend import BaseBackend

from .clock import clock
from .exceptions import (
    BadRequestException,
    ConflictException,
    ForbiddenException,
    NotFoundException,
    ResourceLimitExceededException,
    ServiceError,
)
from .ids import ids
from .models import (
    AppInstance,
    AppInstanceAdmin,
    AppInstanceBot,
    AppInstanceUser,
    AppInstanceUserEndpoint,
    EndpointState,
    Identity,
    Parameters,
    is_arn_of,
    parent_arn,
    retention_members,
)
from .options import QUOTAS, in_force
from .pages import Listing, Positioned
from .transactions import Transaction

DEFAULT_ALLOW_MESSAGES = "ALL"
MAX_TAGS_PER_RESOURCE = 50

Answer = dict[str, Any]
Tags = list[dict[str, str]]


class ChimeIdentityBackend(BaseBackend):
    """Amazon Chime SDK Identity of one account in one region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.transaction = Transaction()
        """Around an operation and the writing of its answer."""
        self.app_instances: Listing[AppInstance] = Listing(self.transaction)
        self.last_position = 0
        """That of what was made last; what is made next stands after it."""
        self.arn_prefix = f"arn:{self.partition}:chime:{region_name}:{account_id}:"

    # AppInstances

    def create_app_instance(
        self,
        *,
        name: str,
        client_request_token: str,
        metadata: str | None = None,
        tags: Tags | None = None,
    ) -> Answer:
        tags_by_key = _tags_by_key(tags)
        parameters = {"name": name, "metadata": metadata, "tags": tags}
        made = _made_before(self.app_instances, client_request_token, parameters)
        if made is not None:
            return {"app_instance_arn": made.app_instance_arn}
        _check_quota("app_instances_per_account", self.app_instances)
        moment = clock.now()
        prefix = f"{self.arn_prefix}app-instance/"
        arn = prefix + ids.new("app-instance", lambda made: self.app_instances.get(prefix + made))
        instance = AppInstance.empty(
            self.transaction,
            app_instance_arn=arn,
            name=name,
            metadata=metadata,
            created_timestamp=moment,
            last_updated_timestamp=moment,
            tags=tags_by_key,
            made_with=parameters,
            position=self._next_position(),
        )
        self.app_instances.add(arn, instance, token=client_request_token)
        return {"app_instance_arn": arn}

    def describe_app_instance(self, *, app_instance_arn: str) -> Answer:
        return {"app_instance": self._app_instance(app_instance_arn)}

    def list_app_instances(
        self, *, max_results: int | None = None, next_token: str | None = None
    ) -> Answer:
        page, token = self.app_instances.page(
            f"ListAppInstances {self.arn_prefix}", max_results, next_token
        )
        return {"app_instances": page, "next_token": token}

    def update_app_instance(self, *, app_instance_arn: str, name: str, metadata: str) -> Answer:
        instance, moment = self._app_instance(app_instance_arn), clock.now()
        self._change(instance, name=name, metadata=metadata, last_updated_timestamp=moment)
        return {"app_instance_arn": app_instance_arn}

    def delete_app_instance(self, *, app_instance_arn: str) -> None:
        self._app_instance(app_instance_arn)
        self.app_instances.remove(app_instance_arn)

    def put_app_instance_retention_settings(
        self, *, app_instance_arn: str, app_instance_retention_settings: dict[str, Any]
    ) -> Answer:
        instance = self._app_instance(app_instance_arn)
        settings, moment = app_instance_retention_settings, clock.now()
        return _retention_of(self._change(instance, **retention_members(settings, moment)))

    def get_app_instance_retention_settings(self, *, app_instance_arn: str) -> Answer:
        return _retention_of(self._app_instance(app_instance_arn))

    # AppInstanceUsers

    def create_app_instance_user(
        self,
        *,
        app_instance_arn: str,
        app_instance_user_id: str,
        name: str,
        client_request_token: str,
        metadata: str | None = None,
        tags: Tags | None = None,
        expiration_settings: dict[str, Any] | None = None,
    ) -> Answer:
        tags_by_key = _tags_by_key(tags)
        instance = self._app_instance(app_instance_arn)
        arn = f"{app_instance_arn}/user/{app_instance_user_id}"
        present = instance.users.get(app_instance_user_id)
        if present is None:
            _check_quota("users_per_app_instance", instance.users)
            moment = clock.now()
            user = AppInstanceUser(
                app_instance_user_arn=arn,
                name=name,
                metadata=metadata,
                created_timestamp=moment,
                last_updated_timestamp=moment,
                expiration_settings=expiration_settings,
                tags=tags_by_key,
                position=self._next_position(),
            )
            instance.add_user(user)
        elif (present.name, present.metadata) != (name, metadata):
            raise ConflictException(
                "An app instance user with this AppInstanceUserId has another Name or Metadata."
            )
        return {"app_instance_user_arn": arn}

    def describe_app_instance_user(self, *, app_instance_user_arn: str) -> Answer:
        return {"app_instance_user": self._user(app_instance_user_arn)}

    def list_app_instance_users(
        self,
        *,
        app_instance_arn: str,
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> Answer:
        page, token = self._app_instance(app_instance_arn).users.page(
            f"ListAppInstanceUsers {app_instance_arn}", max_results, next_token
        )
        return {
            "app_instance_arn": app_instance_arn,
            "app_instance_users": page,
            "next_token": token,
        }

    def update_app_instance_user(
        self, *, app_instance_user_arn: str, name: str, metadata: str
    ) -> Answer:
        user, moment = self._user(app_instance_user_arn), clock.now()
        self._change(user, name=name, metadata=metadata, last_updated_timestamp=moment)
        return {"app_instance_user_arn": app_instance_user_arn}

    def delete_app_instance_user(self, *, app_instance_user_arn: str) -> None:
        user = self._user(app_instance_user_arn)
        self._app_instance(parent_arn(app_instance_user_arn)).remove_user(user)

    def put_app_instance_user_expiration_settings(
        self, *, app_instance_user_arn: str, expiration_settings: dict[str, Any] | None = None
    ) -> Answer:
        user = self._user(app_instance_user_arn)
        instance = self._app_instance(parent_arn(app_instance_user_arn))
        instance.watch_expiration(self._change(user, expiration_settings=expiration_settings))
        return {
            "app_instance_user_arn": app_instance_user_arn,
            "expiration_settings": expiration_settings,
        }

    # AppInstanceAdmins

    def create_app_instance_admin(
        self, *, app_instance_arn: str, app_instance_admin_arn: str
    ) -> Answer:
        instance = self._find_app_instance(app_instance_arn)
        holder = instance.member(app_instance_admin_arn) if instance else None
        if instance is None or holder is None:
            raise self._refusal(
                app_instance_arn=app_instance_arn, app_instance_admin_arn=app_instance_admin_arn
            )
        if instance.admins.get(app_instance_admin_arn) is not None:
            raise ConflictException("This app instance user or bot is an admin already.")
        _check_quota("admins_per_app_instance", instance.admins)
        admin = AppInstanceAdmin(
            admin=Identity(arn=app_instance_admin_arn, name=holder.name),
            app_instance_arn=app_instance_arn,
            created_timestamp=clock.now(),
            position=self._next_position(),
        )
        instance.admins.add(app_instance_admin_arn, admin)
        return {"app_instance_admin": admin.admin, "app_instance_arn": app_instance_arn}

    def describe_app_instance_admin(
        self, *, app_instance_arn: str, app_instance_admin_arn: str
    ) -> Answer:
        return {"app_instance_admin": self._admin(app_instance_arn, app_instance_admin_arn)}

    def list_app_instance_admins(
        self,
        *,
        app_instance_arn: str,
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> Answer:
        page, token = self._app_instance(app_instance_arn).admins.page(
            f"ListAppInstanceAdmins {app_instance_arn}", max_results, next_token
        )
        return {
            "app_instance_arn": app_instance_arn,
            "app_instance_admins": page,
            "next_token": token,
        }

    def delete_app_instance_admin(
        self, *, app_instance_arn: str, app_instance_admin_arn: str
    ) -> None:
        self._admin(app_instance_arn, app_instance_admin_arn)
        self._app_instance(app_instance_arn).admins.remove(app_instance_admin_arn)

    # AppInstanceBots

    def create_app_instance_bot(
        self,
        *,
        app_instance_arn: str,
        client_request_token: str,
        configuration: dict[str, Any],
        name: str | None = None,
        metadata: str | None = None,
        tags: Tags | None = None,
    ) -> Answer:
        tags_by_key = _tags_by_key(tags)
        instance = self._app_instance(app_instance_arn)
        parameters = {
            "name": name,
            "metadata": metadata,
            "tags": tags,
            "configuration": configuration,
        }
        made = _made_before(instance.bots, client_request_token, parameters)
        if made is not None:
            return {"app_instance_bot_arn": made.app_instance_bot_arn}
        moment = clock.now()
        bot_id = ids.new("bot", instance.bots.get)
        arn = f"{app_instance_arn}/bot/{bot_id}"
        bot = AppInstanceBot(
            app_instance_bot_arn=arn,
            name=name,
            configuration=configuration,
            created_timestamp=moment,
            last_updated_timestamp=moment,
            metadata=metadata,
            tags=tags_by_key,
            made_with=parameters,
            position=self._next_position(),
        )
        instance.bots.add(bot_id, bot, token=client_request_token)
        return {"app_instance_bot_arn": arn}

    def describe_app_instance_bot(self, *, app_instance_bot_arn: str) -> Answer:
        return {"app_instance_bot": self._bot(app_instance_bot_arn, absent=NotFoundException)}

    def list_app_instance_bots(
        self,
        *,
        app_instance_arn: str,
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> Answer:
        page, token = self._app_instance(app_instance_arn).bots.page(
            f"ListAppInstanceBots {app_instance_arn}", max_results, next_token
        )
        return {
            "app_instance_arn": app_instance_arn,
            "app_instance_bots": page,
            "next_token": token,
        }

    def update_app_instance_bot(
        self,
        *,
        app_instance_bot_arn: str,
        name: str,
        metadata: str,
        configuration: dict[str, Any] | None = None,
    ) -> Answer:
        bot, moment = self._bot(app_instance_bot_arn), clock.now()
        self._change(
            bot,
            name=name,
            metadata=metadata,
            configuration=bot.configuration if configuration is None else configuration,
            last_updated_timestamp=moment,
        )
        return {"app_instance_bot_arn": app_instance_bot_arn}

    def delete_app_instance_bot(self, *, app_instance_bot_arn: str) -> None:
        bot = self._bot(app_instance_bot_arn)
        self._app_instance(parent_arn(app_instance_bot_arn)).remove_bot(bot)

    # AppInstanceUserEndpoints

    def register_app_instance_user_endpoint(
        self,
        *,
        app_instance_user_arn: str,
        type: str,  # noqa: A002 - the member's name
        resource_arn: str,
        endpoint_attributes: dict[str, Any],
        client_request_token: str,
        name: str | None = None,
        allow_messages: str | None = None,
    ) -> Answer:
        user = self._user(app_instance_user_arn)
        parameters = {
            "type": type,
            "resource_arn": resource_arn,
            "endpoint_attributes": endpoint_attributes,
            "name": name,
            "allow_messages": allow_messages,
        }
        made = _made_before(user.endpoints, client_request_token, parameters)
        if made is not None:
            return {"app_instance_user_arn": app_instance_user_arn, "endpoint_id": made.endpoint_id}
        device_token = endpoint_attributes["device_token"]
        if any(e.endpoint_attributes["device_token"] == device_token for e in user.endpoints):
            raise ConflictException("This app instance user has registered this device token.")
        _check_quota("endpoints_per_user", user.endpoints)
        moment = clock.now()
        endpoint = AppInstanceUserEndpoint(
            app_instance_user_arn=app_instance_user_arn,
            endpoint_id=ids.new("endpoint", user.endpoints.get),
            name=name,
            type=type,
            resource_arn=resource_arn,
            endpoint_attributes=endpoint_attributes,
            created_timestamp=moment,
            last_updated_timestamp=moment,
            allow_messages=allow_messages or DEFAULT_ALLOW_MESSAGES,
            endpoint_state=EndpointState.at_registration(resource_arn),
            made_with=parameters,
            position=self._next_position(),
        )
        instance = self._app_instance(parent_arn(app_instance_user_arn))
        instance.change_endpoints(
            user,
            lambda endpoints: endpoints.add(
                endpoint.endpoint_id, endpoint, token=client_request_token
            ),
        )
        return {
            "app_instance_user_arn": app_instance_user_arn,
            "endpoint_id": endpoint.endpoint_id,
        }

    def describe_app_instance_user_endpoint(
        self, *, app_instance_user_arn: str, endpoint_id: str
    ) -> Answer:
        return {"app_instance_user_endpoint": self._endpoint(app_instance_user_arn, endpoint_id)}

    def list_app_instance_user_endpoints(
        self,
        *,
        app_instance_user_arn: str,
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> Answer:
        page, token = self._user(app_instance_user_arn).endpoints.page(
            f"ListAppInstanceUserEndpoints {app_instance_user_arn}", max_results, next_token
        )
        return {"app_instance_user_endpoints": page, "next_token": token}

    def update_app_instance_user_endpoint(
        self,
        *,
        app_instance_user_arn: str,
        endpoint_id: str,
        name: str | None = None,
        allow_messages: str | None = None,
    ) -> Answer:
        endpoint, moment = self._endpoint(app_instance_user_arn, endpoint_id), clock.now()
        self._change(
            endpoint,
            name=endpoint.name if name is None else name,
            allow_messages=endpoint.allow_messages if allow_messages is None else allow_messages,
            last_updated_timestamp=moment,
        )
        return {"app_instance_user_arn": app_instance_user_arn, "endpoint_id": endpoint_id}

    def deregister_app_instance_user_endpoint(
        self, *, app_instance_user_arn: str, endpoint_id: str
    ) -> None:
        self._endpoint(app_instance_user_arn, endpoint_id)
        instance = self._app_instance(parent_arn(app_instance_user_arn))
        instance.change_endpoints(
            self._user(app_instance_user_arn), lambda endpoints: endpoints.remove(endpoint_id)
        )

    # Tags

    def tag_resource(self, *, resource_arn: str, tags: Tags) -> None:
        tags_by_key = _tags_by_key(tags)
        resource = self._taggable(resource_arn)
        merged = resource.tags | tags_by_key
        if len(merged) > MAX_TAGS_PER_RESOURCE:
            raise ResourceLimitExceededException(
                f"A resource can have {MAX_TAGS_PER_RESOURCE} tags at the most."
            )
        self._change(resource, tags=merged)

    def untag_resource(self, *, resource_arn: str, tag_keys: list[str]) -> None:
        _check_tag_keys(tag_keys)
        resource = self._taggable(resource_arn)
        kept = {key: value for key, value in resource.tags.items() if key not in tag_keys}
        self._change(resource, tags=kept)

    def list_tags_for_resource(self, *, resource_arn: str) -> Answer:
        tags = self._taggable(resource_arn).tags
        return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}

    # Making and changing

    def _next_position(self) -> int:
        self.last_position += 1
        return self.last_position

    def _change(self, resource: C, **changes: Any) -> C:
        """Replace a resource by one with some members changed.

        :returns: the changed one
        """
        changed = replace(resource, **changes)
        if isinstance(changed, AppInstance):
            self.app_instances.replace(changed.app_instance_arn, changed)
        elif isinstance(changed, AppInstanceUser):
            self._app_instance(parent_arn(changed.app_instance_user_arn)).replace_member(changed)
        elif isinstance(changed, AppInstanceBot):
            self._app_instance(parent_arn(changed.app_instance_bot_arn)).replace_member(changed)
        else:
            endpoint: AppInstanceUserEndpoint = changed
            user_arn = endpoint.app_instance_user_arn
            self._app_instance(parent_arn(user_arn)).change_endpoints(
                self._user(user_arn),
                lambda endpoints: endpoints.replace(endpoint.endpoint_id, endpoint),
            )
        return changed

    # Finding what an ARN names, or saying why there is nothing to find

    def _find_app_instance(self, arn: str) -> AppInstance | None:
        instance = self.app_instances.get(arn)
        if instance is not None:
            instance.let_expire(_expired_by)
        return instance

    def _app_instance(self, arn: str) -> AppInstance:
        instance = self._find_app_instance(arn)
        if instance is None:
            raise self._refusal(app_instance_arn=arn)
        return instance

    def _user(self, arn: str) -> AppInstanceUser:
        user = self._find_user(arn)
        if user is None:
            raise self._refusal(app_instance_user_arn=arn)
        return user

    def _bot(
        self, arn: str, absent: type[ForbiddenException | NotFoundException] = ForbiddenException
    ) -> AppInstanceBot:
        bot = self._find_bot(arn)
        if bot is None:
            raise self._refusal(absent=absent, app_instance_bot_arn=arn)
        return bot

    def _endpoint(self, user_arn: str, endpoint_id: str) -> AppInstanceUserEndpoint:
        endpoint = self._user(user_arn).endpoints.get(endpoint_id)
        if endpoint is None:
            raise ForbiddenException(_INVALID.format("endpoint ID"))
        return endpoint

    def _admin(self, instance_arn: str, admin_arn: str) -> AppInstanceAdmin:
        instance = self._find_app_instance(instance_arn)
        admin = instance.admins.get(admin_arn) if instance else None
        if admin is None:
            raise self._refusal(app_instance_arn=instance_arn, app_instance_admin_arn=admin_arn)
        return admin

    def _taggable(self, arn: str) -> AppInstance | AppInstanceUser | AppInstanceBot:
        resource = self._find_app_instance(arn) or self._find_user(arn) or self._find_bot(arn)
        if resource is None:
            raise self._refusal(resource_arn=arn)
        return resource

    def _find_user(self, arn: str) -> AppInstanceUser | None:
        instance_arn, _, user_id = arn.partition("/user/")
        instance = self._find_app_instance(instance_arn)
        return instance.users.get(user_id) if instance else None

    def _find_bot(self, arn: str) -> AppInstanceBot | None:
        instance_arn, _, bot_id = arn.partition("/bot/")
        instance = self._find_app_instance(instance_arn)
        return instance.bots.get(bot_id) if instance else None

    def _refusal(
        self,
        *,
        absent: type[ForbiddenException | NotFoundException] = ForbiddenException,
        **arns: str,
    ) -> ServiceError:
        """Why the last of these ARNs, given by the names of their members, leads nowhere.

        The reasons come in the service's order: all forms first, then existence, of the parent
        before the resource itself. An ARN of another account or region leads nowhere here.

        :param absent: the error for when all is in order but the resource itself isn't there
        """
        instance_arn = arns.get("app_instance_arn")
        for member, arn in arns.items():
            if not is_arn_of(member, arn):
                return BadRequestException(f"The value supplied is not an {_words(member)}.")
            if instance_arn not in (None, arn, parent_arn(arn)):
                return BadRequestException("The ARN supplied is one of another app instance.")
        if instance_arn is not None and self.app_instances.get(instance_arn) is None:
            return ForbiddenException(_INVALID.format(_words("app_instance_arn")))
        *_, (member, arn) = arns.items()
        if self.app_instances.get(parent_arn(arn)) is None:
            absent = ForbiddenException
        return absent(_INVALID.format(_words(member)))


C = TypeVar("C", bound=AppInstance | AppInstanceUser | AppInstanceBot | AppInstanceUserEndpoint)

_INVALID = "An invalid {} was supplied for the input parameter."


def _words(member: str) -> str:
    return member.removesuffix("_arn").replace("_", " ") + " ARN"


def _retention_of(instance: AppInstance) -> Answer:
    return {
        "app_instance_retention_settings": instance.app_instance_retention_settings,
        "initiate_deletion_timestamp": instance.initiate_deletion_timestamp,
    }


def set_endpoint_state(
    backend: ChimeIdentityBackend,
    app_instance_user_arn: str,
    endpoint_id: str,
    endpoint_state: EndpointState,
) -> None:
    """Change an endpoint's state, as the service does by itself.

    :raises ForbiddenException: there is no such endpoint
    """
    with backend.transaction:
        endpoint = backend._endpoint(app_instance_user_arn, endpoint_id)
        backend._change(endpoint, endpoint_state=endpoint_state)


def present_app_instances(backend: ChimeIdentityBackend) -> list[AppInstance]:
    """All AppInstances of a backend, without the users who have expired."""
    with backend.transaction:
        instances = list(backend.app_instances)
        for instance in instances:
            instance.let_expire(_expired_by)
    return instances


def _expired_by() -> datetime:
    """Users due by then are gone by now."""
    return clock.now() - in_force.options.expiration_delay


class _Requested(Positioned, Protocol):
    @property
    def made_with(self) -> Parameters | None: ...


R = TypeVar("R", bound=_Requested)


def _made_before(listing: Listing[R], token: str, parameters: Parameters) -> R | None:
    """What a request with the same token made, if it is still there.

    :raises ConflictException: that request had other parameters
    """
    made = listing.made_with(token)
    if made is not None and made.made_with != parameters:
        raise ConflictException("This ClientRequestToken came with other parameters before.")
    return made


def _check_quota(name: str, listing: Listing[Any]) -> None:
    """Make sure that a listing can take one more.

    :raises ResourceLimitExceededException: its quota is used up
    """
    quota = in_force.options.quotas.get(name, QUOTAS[name])
    if len(listing) >= quota:
        raise ResourceLimitExceededException(
            f"The quota of {quota} {name.replace('_', ' ')} is used up. "
            f'To test with another: mock_chime_identity(quotas={{"{name}": …}})'
        )


def _tags_by_key(tags: Tags | None) -> dict[str, str]:
    tags = tags or []
    _check_tag_keys([tag["key"] for tag in tags])
    return {tag["key"]: tag["value"] for tag in tags}


def _check_tag_keys(keys: list[str]) -> None:
    if any(key.startswith("aws:") for key in keys):
        raise BadRequestException("Tag keys that start with aws: are reserved.")
    if len(set(keys)) < len(keys):
        raise BadRequestException("A tag key can be given once in a request.")
