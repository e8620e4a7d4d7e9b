"""What the service keeps, told to people.

Names, ids and ARNs are shown; of metadata its length, of a device token that there is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .backends import Backends
from .models import (
    AppInstance,
    AppInstanceBot,
    AppInstanceUser,
    AppInstanceUserEndpoint,
    resource_id,
)


class _Node(NamedTuple):
    text: str
    children: list[_Node]


def tree(backends: Backends) -> str:
    """All that is kept, of every account and region: what belongs to what."""
    nodes = [
        _Node(
            f"account {account_id}, {region_name}",
            [_instance_node(instance) for instance in instances],
        )
        for account_id, region_name, instances in backends.app_instances()
    ]
    lines = [line for node in nodes if node.children for line in (node.text, *_drawn(node))]
    return "\n".join(lines) or "no app instances"


def _drawn(node: _Node) -> Iterator[str]:
    for child in node.children:
        is_last = child is node.children[-1]
        yield ("└─ " if is_last else "├─ ") + child.text
        for line in _drawn(child):
            yield ("   " if is_last else "│  ") + line


def _instance_node(instance: AppInstance) -> _Node:
    retention = instance.app_instance_retention_settings.get("channel_retention_settings", {})
    days = retention.get("retention_days")
    return _Node(
        _joined(
            f"app instance {instance.app_instance_arn}",
            _named(instance.name),
            _sized(instance.metadata),
            _tagged(instance.tags),
            days and f"retention {_counted(days, 'day')}",
        ),
        [
            *(_user_node(user, instance) for user in instance.users),
            *(_Node(_bot_text(bot, instance), []) for bot in instance.bots),
        ],
    )


def _user_node(user: AppInstanceUser, instance: AppInstance) -> _Node:
    days = (user.expiration_settings or {}).get("expiration_days")
    text = _joined(
        f"user {resource_id(user.app_instance_user_arn)}",
        _named(user.name),
        _is_admin(user.app_instance_user_arn, instance),
        _sized(user.metadata),
        _tagged(user.tags),
        days and f"expires after {_counted(days, 'day')}",
    )
    return _Node(text, [_Node(_endpoint_text(endpoint), []) for endpoint in user.endpoints])


def _bot_text(bot: AppInstanceBot, instance: AppInstance) -> str:
    return _joined(
        f"bot {resource_id(bot.app_instance_bot_arn)}",
        _named(bot.name),
        _is_admin(bot.app_instance_bot_arn, instance),
        _sized(bot.metadata),
        _tagged(bot.tags),
    )


def _endpoint_text(endpoint: AppInstanceUserEndpoint) -> str:
    state = endpoint.endpoint_state
    return _joined(
        f"endpoint {endpoint.endpoint_id}",
        _named(endpoint.name),
        endpoint.type,
        _joined(state.status, state.status_reason, separator=" "),
        f"messages {endpoint.allow_messages}",
        "device token ***",
    )


def _is_admin(arn: str, instance: AppInstance) -> str | None:
    return "admin" if instance.admins.get(arn) else None


def _named(name: str | None) -> str | None:
    """A name in quotes, on one line, with nothing in it that would steer a terminal."""
    if name is None:
        return None
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)
    return f'"{shown}"'


def _sized(metadata: str | None) -> str | None:
    return f"metadata of {_counted(len(metadata), 'character')}" if metadata else None


def _tagged(tags: dict[str, str]) -> str | None:
    return _counted(len(tags), "tag") if tags else None


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _joined(*parts: object, separator: str = ", ") -> str:
    return separator.join(str(part) for part in parts if part)
