"""From what stands on the wire to arguments: readers, one per shape, made from the model.

A reader takes a decoded JSON value (or the text of a label, query or header member) and gives what
the operation is called with, or raises ``WrongType``. ``null`` is a member left out; members that
the model doesn't know are left aside.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from typing import Any

from botocore import xform_name
from botocore.model import ListShape, MapShape, Shape, StructureShape

Read = Callable[[Any], Any]

_INTEGER = re.compile(r"[-+]?[0-9]+")


class WrongType(Exception):
    """A value on the wire is not of its member's type."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected
        self.path: list[str] = []
        """The members from the outermost to the one at fault."""

    def __str__(self) -> str:
        place = f" at '{'.'.join(self.path)}'" if self.path else ""
        return f"Expected {self.expected}{place}."


def lower_camel(name: str) -> str:
    """A member's name as the service's texts bear it."""
    return name[:1].lower() + name[1:]


def body_name(name: str, shape: Shape) -> str:
    """A member's name in JSON; one whose place is a path, a query or a header goes by its own."""
    wire_name: str = shape.serialization.get("name", name)
    return name if "location" in shape.serialization else wire_name


def read_at(path: str, read: Read, value: Any) -> Any:
    """Read a value; what is wrong with it is then said to be at this path."""
    try:
        return read(value)
    except WrongType as error:
        error.path.insert(0, path)
        raise


def compile_reader(shape: Shape) -> Read:
    """The reader of a shape's JSON values."""
    compiler: Callable[[Any], Read] = _lookup(_COMPILERS, shape)
    return compiler(shape)


def compile_text_reader(shape: Shape) -> Read:
    """The reader of a shape's values where they stand as text: in a path, a query, a header."""
    return _lookup(_TEXT_READERS, shape)


def compile_members_reader(members: Iterable[tuple[str, Shape]]) -> Read:
    """The reader of an object with these members."""
    readers = [
        (
            body_name(name, shape),
            xform_name(name),
            lower_camel(name),
            compile_reader(shape),
        )
        for name, shape in members
    ]

    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise WrongType("an object")
        arguments = {}
        for wire_name, argument, path, read_member in readers:
            member = value.get(wire_name)
            if member is not None:
                arguments[argument] = read_at(path, read_member, member)
        return arguments

    return read


def _lookup(table: dict[str, Callable[[Any], Any]], shape: Shape) -> Callable[[Any], Any]:
    try:
        return table[shape.type_name]
    except KeyError:
        raise NotImplementedError(
            f"This version of chime-identity-mock can't read {shape.name}, a {shape.type_name} "
            "in this place of a request. A newer version may: pip install -U chime-identity-mock"
        ) from None


def _compile_structure(shape: StructureShape) -> Read:
    return compile_members_reader(shape.members.items())


def _compile_list(shape: ListShape) -> Read:
    read_element = compile_reader(shape.member)

    def read(value: Any) -> list[Any]:
        if type(value) is not list:
            raise WrongType("a list")
        return [
            None if element is None else read_at(f"{number}.member", read_element, element)
            for number, element in enumerate(value, 1)
        ]

    return read


def _compile_map(shape: MapShape) -> Read:
    read_value = compile_reader(shape.value)

    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise WrongType("an object")
        return {key: read_value(item) for key, item in value.items() if item is not None}

    return read


def _exact(json_type: type, expected: str) -> Read:
    # Not isinstance: to Python a bool is an int, to JSON it is not.
    def read(value: Any) -> Any:
        if type(value) is not json_type:
            raise WrongType(expected)
        return value

    return read


def _read_number(value: Any) -> float:
    if type(value) not in (int, float):
        raise WrongType("a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise WrongType("a number")
    return number


def _read_timestamp(value: Any) -> datetime:
    try:
        return datetime.fromtimestamp(_read_number(value), timezone.utc)
    except (OverflowError, OSError, ValueError):
        raise WrongType("a timestamp") from None


def _read_integer_text(text: str) -> int:
    try:
        # int() itself takes spaces, underscores and all of Unicode's digits; and not too many.
        return int(_INTEGER.fullmatch(text)[0])  # type: ignore[index]
    except (TypeError, ValueError):
        raise WrongType("an integer") from None


def _read_boolean_text(text: str) -> bool:
    if text not in ("true", "false"):
        raise WrongType("true or false")
    return text == "true"


_COMPILERS: dict[str, Callable[[Any], Read]] = {
    "structure": _compile_structure,
    "list": _compile_list,
    "map": _compile_map,
    "string": lambda shape: _exact(str, "a string"),
    "integer": lambda shape: _exact(int, "an integer"),
    "long": lambda shape: _exact(int, "an integer"),
    "boolean": lambda shape: _exact(bool, "true or false"),
    "float": lambda shape: _read_number,
    "double": lambda shape: _read_number,
    "timestamp": lambda shape: _read_timestamp,
}
_TEXT_READERS: dict[str, Read] = {
    "string": str,
    "integer": _read_integer_text,
    "long": _read_integer_text,
    "boolean": _read_boolean_text,
}
