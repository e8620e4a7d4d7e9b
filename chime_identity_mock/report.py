"""What the service keeps and received, told to people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .backends import backends
from .history import Call, dropped_text, history
from .models import (
    AppInstance,
    AppInstanceBot,
    AppInstanceUser,
    AppInstanceUserEndpoint,
    resource_id,
)
from .texts import counted, joined, quoted

MOST_CALLS = 20
MOST_LINES = 40
MOST_CHARACTERS = 160

Place = tuple[str, str, list[AppInstance]]


class _Node(NamedTuple):
    text: str
    children: list[_Node]


def state_text() -> str:
    """All that is kept, of every account and region: what belongs to what."""
    return _tree(backends.app_instances())


class Recorder:
    """What happened since a test began, for the report of its failure."""

    def __init__(self) -> None:
        self._received_before = 0
        self._left: list[Place] = []
        self._has_entered = False

    def begin(self) -> None:
        """A test begins."""
        self._received_before = history.received
        self._left = []
        self._has_entered = False

    def enter(self) -> None:
        """The mock is turned on."""
        self._has_entered = True

    def forget_state(self) -> None:
        """Nothing is there any more of what was kept."""
        self._left = []

    def remember_state(self) -> None:
        """Keep what is there, which is about to be forgotten."""
        self._left = list(backends.app_instances())

    def failure_text(self) -> str:
        """The calls received since the test began, and the state; empty if it used no mock."""
        received = history.received - self._received_before
        present = [place for place in backends.app_instances() if place[2]]
        state = _tree(present or self._left)
        if not received and (state == _NOTHING or not self._has_entered):
            return ""
        return "\n".join([*_call_lines(received), "", "State:", *_cut(state.splitlines())])


recorder = Recorder()


def _call_lines(received: int) -> list[str]:
    """The calls of a test, the latest last."""
    if not received:
        return ["No calls."]
    calls = history.all()[-received:]
    shown = calls[-MOST_CALLS:]
    lines = ["Calls:"]
    missing = received - len(shown)
    if missing:
        # Others may have been forgotten by reset(), or by the start of another mock.
        is_by_option = history.dropped and len(shown) == len(calls)
        told = dropped_text(missing) if is_by_option else _not_shown_text(missing)
        lines.append(f"  ({told})")
    return lines + [f"  {_call_line(call)}" for call in shown]


def _not_shown_text(missing: int) -> str:
    return f"{counted(missing, 'earlier call')} not shown"


def _cut(lines: list[str]) -> list[str]:
    shown = [f"  {_short(line)}" for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown.append(f"  ({counted(len(lines) - MOST_LINES, 'more line')}; print(mock) shows all)")
    return shown


def _call_line(call: Call) -> str:
    outcome = f" -> {call.outcome_text()}"
    return _short(call.request_text(), MOST_CHARACTERS - len(outcome)) + outcome


def _short(line: str, most: int = MOST_CHARACTERS) -> str:
    return line if len(line) <= most else line[: most - 1] + "…"


_NOTHING = "no app instances"


def _tree(places: Iterable[Place]) -> str:
    nodes = [
        _Node(
            f"account {account_id}, {region_name}",
            [_instance_node(instance) for instance in instances],
        )
        for account_id, region_name, instances in places
    ]
    lines = [line for node in nodes if node.children for line in (node.text, *_drawn(node))]
    return "\n".join(lines) or _NOTHING


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
        joined(
            f"app instance {instance.app_instance_arn}",
            _named(instance.name),
            _sized(instance.metadata),
            _tagged(instance.tags),
            days and f"retention {counted(days, 'day')}",
        ),
        [
            *(_user_node(user, instance) for user in instance.users),
            *(_Node(_bot_text(bot, instance), []) for bot in instance.bots),
        ],
    )


def _user_node(user: AppInstanceUser, instance: AppInstance) -> _Node:
    days = (user.expiration_settings or {}).get("expiration_days")
    text = joined(
        f"user {resource_id(user.app_instance_user_arn)}",
        _named(user.name),
        _is_admin(user.app_instance_user_arn, instance),
        _sized(user.metadata),
        _tagged(user.tags),
        days and f"expires after {counted(days, 'day')}",
    )
    return _Node(text, [_Node(_endpoint_text(endpoint), []) for endpoint in user.endpoints])


def _bot_text(bot: AppInstanceBot, instance: AppInstance) -> str:
    return joined(
        f"bot {resource_id(bot.app_instance_bot_arn)}",
        _named(bot.name),
        _is_admin(bot.app_instance_bot_arn, instance),
        _sized(bot.metadata),
        _tagged(bot.tags),
    )


def _endpoint_text(endpoint: AppInstanceUserEndpoint) -> str:
    state = endpoint.endpoint_state
    return joined(
        f"endpoint {endpoint.endpoint_id}",
        _named(endpoint.name),
        endpoint.type,
        joined(state.status, state.status_reason, separator=" "),
        f"messages {endpoint.allow_messages}",
        "device token ***",
    )


def _is_admin(arn: str, instance: AppInstance) -> str | None:
    return "admin" if instance.admins.get(arn) else None


def _named(name: str | None) -> str | None:
    return None if name is None else quoted(name)


def _sized(metadata: str | None) -> str | None:
    return f"metadata of {counted(len(metadata), 'character')}" if metadata else None


def _tagged(tags: dict[str, str]) -> str | None:
    return counted(len(tags), "tag") if tags else None
