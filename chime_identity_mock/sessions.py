"""What botocore's sessions share while the mock is on, because making one is most of a small test.

Each would read the same JSON files, put botocore's own handlers of events, more than a hundred,
into the same places, and find the present names of the same events. What is registered with one
session or client stays its own.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

import botocore.session
from botocore import handlers
from botocore.hooks import EventAliaser, HierarchicalEmitter
from botocore.loaders import Loader
from botocore.session import Session

from .patching import Patch
from .service import SharingLoader


def share() -> None:
    """Have sessions made from now on share."""
    for patch in _PATCHES:
        patch.put_up()


def part() -> None:
    """Have sessions made from now on stand alone again."""
    for patch in _PATCHES:
        patch.take_down()


def _share_loader_in(create_loader: Callable[..., Loader]) -> Callable[..., Loader]:
    def sharing_create_loader(search_path_string: str | None = None) -> Loader:
        if search_path_string:
            return create_loader(search_path_string)
        return SharingLoader()

    return sharing_create_loader


def _share_handlers_in(register: Callable[..., None]) -> Callable[..., None]:
    registered: list[Any] = []
    places: Any = None
    names: dict[str, str] = {}

    def sharing_register(session: Any, events: Any) -> None:
        nonlocal registered, places, names
        emitter: Any = session._original_handler
        kind = type(emitter)
        # One that is given to a session, or aiobotocore's, is of another kind or not empty.
        is_new = kind is HierarchicalEmitter and not emitter._handlers._root["children"]
        if is_new and registered == handlers.BUILTIN_HANDLERS:
            emitter._handlers = copy(places)
            events._alias_name_cache = names
            return
        register(session, events)
        if is_new:
            registered = handlers.BUILTIN_HANDLERS.copy()
            places, names = copy(emitter._handlers), events._alias_name_cache

    return sharing_register


def _share_names_in(copy_aliaser: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap how a client gets its session's events: names are the same where aliases are."""

    def sharing_copy(events: Any) -> Any:
        copied = copy_aliaser(events)
        copied._alias_name_cache = events._alias_name_cache
        return copied

    return sharing_copy


_PATCHES = (
    Patch(botocore.session, "create_loader", _share_loader_in),
    Patch(Session, "_register_builtin_handlers", _share_handlers_in),
    Patch(EventAliaser, "__copy__", _share_names_in),
)
