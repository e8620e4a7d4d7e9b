"""From an operation's result to what goes onto the wire: writers, one per shape, from the model.

A writer takes dicts and dataclasses alike, whose keys and fields are members' names in snake case,
and gives JSON text. What is ``None`` or not there is left out.

Answers are most of what the mock does in a request, so the writers of structures are functions
compiled from source, as those of dataclasses are: they take half the time that closures take, and
a fifth of that of dicts made for ``json`` to write.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any

from botocore import xform_name
from botocore.model import ListShape, MapShape, Shape, StructureShape

from .reading import body_name

Write = Callable[[Any], str]


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


class _StructureWriter:
    """The writer of a structure: a function for each class of what is written.

    The functions leave out the braces.
    """

    def __init__(self, shape: StructureShape) -> None:
        self._members = [
            (xform_name(name), _key(body_name(name, member)), compile_writer(member))
            for name, member in shape.members.items()
        ]
        self._functions: dict[type, Write] = {}

    def __call__(self, source: Any) -> str:
        return f"{{{self.function_for(source)(source)}}}"

    def function_for(self, source: Any) -> Write:
        """The function that writes the members of what is of the same class."""
        function = self._functions.get(type(source))
        if function is None:
            function = self._functions[type(source)] = self._function(source)
        return function

    def _function(self, source: Any) -> Write:
        is_dict = isinstance(source, dict)
        names: dict[str, Any] = {}
        parts = []
        for number, (name, key, write) in enumerate(self._members):
            if is_dict or hasattr(source, name):
                names[f"key_{number}"], names[f"write_{number}"] = f",{key}", write
                value = f"source.get({name!r})" if is_dict else f"source.{name}"
                parts.append(
                    f"{{'' if (value := {value}) is None else key_{number} + write_{number}(value)}}"
                )
        exec(f'def write(source): return f"{"".join(parts)}"[1:]', names)  # noqa: S102 - of members' names, which are identifiers
        function: Write = names["write"]
        return function


def _compile_list(shape: ListShape) -> Write:
    write_element = compile_writer(shape.member)

    def write(elements: Iterable[Any]) -> str:
        elements = list(elements)
        classes = set(map(type, elements))
        if len(classes) == 1 and isinstance(write_element, _StructureWriter):
            return f"[{{{'},{'.join(map(write_element.function_for(elements[0]), elements))}}}]"
        # A request that is refused for it can have had nulls in a list.
        parts = ["null" if element is None else write_element(element) for element in elements]
        return f"[{','.join(parts)}]"

    return write


def _compile_map(shape: MapShape) -> Write:
    write_value = compile_writer(shape.value)

    def write(items: dict[str, Any]) -> str:
        return f"{{{','.join(_key(key) + write_value(value) for key, value in items.items())}}}"

    return write


def _key(name: str) -> str:
    return f"{encode_basestring_ascii(name)}:"


@lru_cache(maxsize=1024)
def _write_timestamp(moment: datetime) -> str:
    return repr(round(moment.timestamp(), 3))


_COMPILERS: dict[str, Callable[[Any], Write]] = {
    "structure": _StructureWriter,
    "list": _compile_list,
    "map": _compile_map,
    "timestamp": lambda shape: _write_timestamp,
    "string": lambda shape: encode_basestring_ascii,
    **dict.fromkeys(
        ("integer", "long", "boolean", "float", "double"),
        lambda shape: json.dumps,
    ),
}
