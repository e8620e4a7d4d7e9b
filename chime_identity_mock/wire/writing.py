"""From an operation's result to what goes onto the wire: writers, one per shape, from the model.

A writer takes dicts and dataclasses alike, whose keys and fields are members' names in snake case,
and gives what JSON holds. What is ``None`` or not there is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from botocore import xform_name
from botocore.model import ListShape, MapShape, Shape, StructureShape

from .reading import body_name

Write = Callable[[Any], Any]


def compile_writer(shape: Shape) -> Write:
    """The writer of a shape's values."""
    try:
        compiler = _COMPILERS[shape.type_name]
    except KeyError:
        raise NotImplementedError(
            f"This version of chime-identity-mock can't write {shape.name}, a {shape.type_name}. "
            "A newer version may: pip install -U chime-identity-mock"
        ) from None
    return compiler(shape)


def _compile_structure(shape: StructureShape) -> Write:
    members = [
        (body_name(name, member), xform_name(name), compile_writer(member))
        for name, member in shape.members.items()
    ]

    def write(source: Any) -> dict[str, Any]:
        written = {}
        is_dict = isinstance(source, dict)
        for wire_name, name, write_member in members:
            member = source.get(name) if is_dict else getattr(source, name, None)
            if member is not None:
                written[wire_name] = write_member(member)
        return written

    return write


def _compile_list(shape: ListShape) -> Write:
    write_element = compile_writer(shape.member)
    return lambda elements: [write_element(element) for element in elements]


def _compile_map(shape: MapShape) -> Write:
    write_value = compile_writer(shape.value)
    return lambda items: {key: write_value(value) for key, value in items.items()}


def _write_timestamp(moment: datetime) -> float:
    return round(moment.timestamp(), 3)


def _write_as_it_is(value: Any) -> Any:
    return value


_COMPILERS: dict[str, Callable[[Any], Write]] = {
    "structure": _compile_structure,
    "list": _compile_list,
    "map": _compile_map,
    "timestamp": lambda shape: _write_timestamp,
    **dict.fromkeys(
        ("string", "integer", "long", "boolean", "float", "double"),
        lambda shape: _write_as_it_is,
    ),
}
