"""What the service keeps, as plain data; and what no operation does."""

from __future__ import annotations

import re
from typing import Any

from .backend import ChimeIdentityBackend, present_app_instances, set_endpoint_state
from .backends import backends
from .environment import present_region_name
from .exceptions import ForbiddenException
from .gateway import default_account_id, gateway, region_refusal
from .models import (
    AppInstance,
    AppInstanceBot,
    AppInstanceUser,
    EndpointState,
    is_arn_of,
    resource_id,
)
from .service import service_model
from .texts import unknown_text

VERSION = 1


def dump(account_id: str | None, region_name: str | None) -> dict[str, Any]:
    """What an account keeps in a region, as plain data.

    :raises ValueError: there is no such account or region
    """
    backend = _find_backend(*account_and_region(account_id, region_name))
    instances = []
    if backend is not None:
        with backend.transaction:
            instances = [*map(_dumped_app_instance, present_app_instances(backend))]
    return {"version": VERSION, "app_instances": instances}


def _dumped_app_instance(instance: AppInstance) -> dict[str, Any]:
    name_members = gateway.wire.name_members
    retention = {
        "app_instance_retention_settings": instance.app_instance_retention_settings,
        "initiate_deletion_timestamp": instance.initiate_deletion_timestamp,
    }
    return {
        **name_members("AppInstance", instance),
        "Tags": _dumped_tags(instance),
        **name_members("GetAppInstanceRetentionSettingsResponse", retention),
        "AppInstanceUsers": [_dumped_user(user) for user in instance.users],
        "AppInstanceBots": [
            {**name_members("AppInstanceBot", bot), "Tags": _dumped_tags(bot)}
            for bot in instance.bots
        ],
        "AppInstanceAdmins": [name_members("AppInstanceAdmin", admin) for admin in instance.admins],
    }


def _dumped_user(user: AppInstanceUser) -> dict[str, Any]:
    return {
        "AppInstanceUserId": resource_id(user.app_instance_user_arn),
        **gateway.wire.name_members("AppInstanceUser", user),
        "Tags": _dumped_tags(user),
        "AppInstanceUserEndpoints": [
            gateway.wire.name_members("AppInstanceUserEndpoint", endpoint)
            for endpoint in user.endpoints
        ],
    }


def _dumped_tags(resource: AppInstance | AppInstanceUser | AppInstanceBot) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in resource.tags.items()]


def account_and_region(account_id: str | None, region_name: str | None) -> tuple[str, str]:
    """Those asked for, or those of calls that name none.

    :raises ValueError: there are none such
    """
    account_id = default_account_id() if account_id is None else account_id
    region_name = present_region_name() if region_name is None else region_name
    if not isinstance(account_id, str) or not re.fullmatch("[0-9]{12}", account_id):
        raise ValueError(f"account_id takes twelve digits in a string, not {account_id!r}.")
    if not isinstance(region_name, str) or not region_name:
        raise ValueError(f"region_name takes the name of a region, not {region_name!r}.")
    refusal = region_refusal(region_name)
    if refusal is not None:
        raise ValueError(refusal.message)
    return account_id, region_name


def _find_backend(account_id: str, region_name: str) -> ChimeIdentityBackend | None:
    """The backend of an account and region, if it was ever used: looking leaves no trace."""
    return dict(backends.in_use()).get((account_id, region_name))


def is_arn(member: str, value: object) -> bool:
    return isinstance(value, str) and is_arn_of(member, value)


def check_value(value: object, shape_name: str, place: str) -> None:
    """Make sure that a value is one of an enumeration of the model's."""
    known = service_model().shape_for(shape_name).enum  # type: ignore[attr-defined]
    if value not in known:
        raise ValueError(f"{place}: {unknown_text(value, 'value of it', known)}.")


def deactivate_endpoint(app_instance_user_arn: str, endpoint_id: str, status_reason: str) -> None:
    """Have an endpoint inactive for a reason.

    :raises ValueError: there is no such endpoint, or no such reason
    """
    check_value(status_reason, "EndpointStatusReason", "status_reason")
    if not is_arn("app_instance_user_arn", app_instance_user_arn):
        raise ValueError(f"{app_instance_user_arn!r} is no ARN of an app instance user.")
    _, _, _, region_name, account_id, _ = app_instance_user_arn.split(":", 5)
    inactive = EndpointState(status="INACTIVE", status_reason=status_reason)
    backend = _find_backend(account_id, region_name)
    absent = ValueError(f"{app_instance_user_arn} has no endpoint {endpoint_id!r}.")
    if backend is None:
        raise absent
    try:
        set_endpoint_state(backend, app_instance_user_arn, endpoint_id, inactive)
    except ForbiddenException:
        raise absent from None
