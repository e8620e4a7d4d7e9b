"""How things are told to people: what may be shown of them, and in which words.

Names, ids and ARNs are shown; of metadata the length, of tokens that there is one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

_NEAR = 0.4
_HIDDEN = ("DeviceToken", "NextToken", "VoipDeviceToken")


def unknown_text(name: object, kind: str, known: Collection[str]) -> str:
    """That a name is none of those known, with the one that was probably meant, if any is near."""
    begun = sorted((other for other in known if other.startswith(str(name))), key=len)
    near = begun if name else []
    near = near or get_close_matches(str(name), known, n=1, cutoff=_NEAR)
    guess = f"; did you mean {near[0]!r}? There" if near else ". There"
    return f"{name!r} is no {kind}{guess} are {', '.join(known)}"


def quoted(text: str) -> str:
    """A text in quotes, on one line, with nothing in it that would steer a terminal."""
    return '"' + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text) + '"'


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def joined(*parts: object, separator: str = ", ") -> str:
    """Those of the parts that there are."""
    return separator.join(str(part) for part in parts if part)


def shown(value: Any, name: str = "") -> str:
    """A value of a member, as far as it may be shown.

    :param name: the member's, in AWS's form
    """
    if name in _HIDDEN:
        return "***"
    if name == "Metadata" and isinstance(value, str):
        return f"<{counted(len(value), 'character')}>"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Mapping):
        return (
            "{" + ", ".join(f"{key}: {shown(item, str(key))}" for key, item in value.items()) + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(shown, value)) + "]"
    return repr(value)


def shown_members(members: Mapping[str, Any]) -> str:
    """Members by their names, as in a call."""
    return ", ".join(f"{name}={shown(value, name)}" for name, value in members.items())
