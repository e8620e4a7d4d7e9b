"""What a model asks of an input: checks, one per shape, made from its constraints.

A check goes through a whole value and collects every violation in the model's order, in the words
in which AWS's services say them. No value appears in them: names, ids and tags are sensitive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import inf
from types import MappingProxyType
from typing import Any

from botocore import xform_name
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from .reading import lower_camel

Check = Callable[[Any, str, list[str]], None]
"""Called with a value, its path and the list that takes the violations."""

Lengths = Mapping[str, Callable[[str], int]]
"""How the length of a shape's values is measured, by the shape's name, where not in characters."""

# The models' patterns are Java's. There a dot matches no line end of any kind, and \u takes four
# digits; where the models write five or six for a code point beyond U+FFFF, that one is meant.
_ANY_BUT_LINE_ENDS = r"[^\n\r\x85\u2028\u2029]"
_LONG_ESCAPE = re.compile(r"\\u(10[0-9A-Fa-f]{4}|1[0-9A-Fa-f]{4})")
# JSON can hold lone ones, Unicode can't.
_SURROGATE = re.compile("[\ud800-\udfff]")
_PART = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|.", re.DOTALL)


def compile_check(shape: Shape, lengths: Lengths = MappingProxyType({})) -> Check:
    """The check of a shape's values."""
    compiler = _COMPILERS.get(shape.type_name)
    return compiler(shape, lengths) if compiler else _pass


def _pass(value: Any, path: str, violations: list[str]) -> None:
    """The check of values that can't break anything."""


def violations_text(violations: list[str]) -> str:
    """The service's sentence about violated constraints."""
    noun = "error" if len(violations) == 1 else "errors"
    return f"{len(violations)} validation {noun} detected: {'; '.join(violations)}"


def python_pattern(pattern: str) -> re.Pattern[str] | None:
    """A model's pattern as Python's ``re`` writes it; it is to match the whole value.

    ``None`` when Python's has nothing for what stands there, such as ``\\p{L}``: such a pattern
    can't be checked. This service's models have had none.
    """
    pattern = _LONG_ESCAPE.sub(lambda escape: rf"\U{escape[1]:>08}", pattern)
    parts = (_ANY_BUT_LINE_ENDS if part == "." else part for part in _PART.findall(pattern))
    try:
        return re.compile("".join(parts), re.ASCII)
    except re.error:
        return None


def _violation(path: str, text: str) -> str:
    return f"Value at '{path}' failed to satisfy constraint: Member must {text}"


def _null_violation(path: str) -> str:
    return f"Value null at '{path}' failed to satisfy constraint: Member must not be null"


def _bounds(shape: Shape) -> tuple[float, float]:
    """The least and the most that a shape allows, of length or of value."""
    return shape.metadata.get("min", -inf), shape.metadata.get("max", inf)


def _bound_violation(path: str, measured: str, number: float, low: float, high: float) -> str:
    relation = (
        f"less than or equal to {high}" if number > high else f"greater than or equal to {low}"
    )
    return _violation(path, f"have {measured} {relation}")


def _compile_string(shape: StringShape, lengths: Lengths) -> Check:
    measure = lengths.get(shape.name, len)
    low, high = _bounds(shape)
    pattern = shape.metadata.get("pattern")
    compiled = python_pattern(pattern) if pattern else None
    allowed = frozenset(shape.enum)

    def check(value: str, path: str, violations: list[str]) -> None:
        if not value.isascii() and _SURROGATE.search(value):
            violations.append(_violation(path, "be made of Unicode characters"))
        length = measure(value)
        if not low <= length <= high:
            violations.append(_bound_violation(path, "length", length, low, high))
        if compiled is not None and not compiled.fullmatch(value):
            text = f"satisfy regular expression pattern: {pattern}"
            violations.append(_violation(path, text))
        if allowed and value not in allowed:
            text = f"satisfy enum value set: [{', '.join(shape.enum)}]"
            violations.append(_violation(path, text))

    return check


def _compile_number(shape: Shape, lengths: Lengths) -> Check:
    low, high = _bounds(shape)

    def check(value: float, path: str, violations: list[str]) -> None:
        if not low <= value <= high:
            violations.append(_bound_violation(path, "value", value, low, high))

    return check


def _compile_structure(shape: StructureShape, lengths: Lengths) -> Check:
    required = set(shape.required_members)
    members = [
        (xform_name(name), lower_camel(name), name in required, compile_check(member, lengths))
        for name, member in shape.members.items()
    ]

    def check(value: dict[str, Any], path: str, violations: list[str]) -> None:
        prefix = f"{path}." if path else ""
        for argument, name, is_required, check_member in members:
            member = value.get(argument)
            if member is not None:
                check_member(member, prefix + name, violations)
            elif is_required:
                violations.append(_null_violation(prefix + name))

    return check


def _compile_list(shape: ListShape, lengths: Lengths) -> Check:
    low, high = _bounds(shape)
    check_element = compile_check(shape.member, lengths)

    def check(value: list[Any], path: str, violations: list[str]) -> None:
        if not low <= len(value) <= high:
            violations.append(_bound_violation(path, "length", len(value), low, high))
        for number, element in enumerate(value, 1):
            if element is None:
                violations.append(_null_violation(f"{path}.{number}.member"))
            else:
                check_element(element, f"{path}.{number}.member", violations)

    return check


def _compile_map(shape: MapShape, lengths: Lengths) -> Check:
    low, high = _bounds(shape)
    check_key, check_value = compile_check(shape.key, lengths), compile_check(shape.value, lengths)

    def check(value: dict[str, Any], path: str, violations: list[str]) -> None:
        if not low <= len(value) <= high:
            violations.append(_bound_violation(path, "length", len(value), low, high))
        for key, item in value.items():
            check_key(key, f"{path}.key", violations)
            check_value(item, f"{path}.value", violations)

    return check


_COMPILERS: dict[str, Callable[[Any, Lengths], Check]] = {
    "structure": _compile_structure,
    "list": _compile_list,
    "map": _compile_map,
    "string": _compile_string,
    "integer": _compile_number,
    "long": _compile_number,
    "float": _compile_number,
    "double": _compile_number,
}
