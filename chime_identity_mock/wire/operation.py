"""One operation: what it reads from a request, what it asks of it, what it answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NoReturn, Protocol

from botocore import xform_name
from botocore.model import OperationModel, Shape
from botocore.parsers import create_parser

from ..exceptions import BadRequestException, SerializationException
from .constraints import Lengths, compile_check, violations_text
from .reading import (
    Read,
    WrongType,
    compile_members_reader,
    compile_reader,
    compile_text_reader,
    lower_camel,
    read_at,
)
from .writing import Write, compile_writer


class Texts(Protocol):
    """Texts by name, such as a request's headers."""

    def get(self, name: str, /) -> str | None: ...


_PARSER = create_parser("rest-json")


class Operation:
    """An operation of the service model, compiled.

    :ivar name: AWS's name, e.g. ``CreateAppInstance``
    :ivar method_name: the same in snake case
    :ivar status: the HTTP status of its success
    :ivar members: those of its input, in snake case
    """

    def __init__(self, model: OperationModel, lengths: Lengths) -> None:
        self.name: str = model.name
        self.method_name: str = xform_name(model.name)
        self.status: int = model.http.get("responseCode", 200)
        members = dict(model.input_shape.members) if model.input_shape else {}
        self.members = frozenset(map(xform_name, members))
        self._text_members = [
            _text_member(name, shape)
            for name, shape in members.items()
            if "location" in shape.serialization
        ]
        body = [item for item in members.items() if "location" not in item[1].serialization]
        self._read_body = compile_members_reader(body) if body else None
        self._check = compile_check(model.input_shape, lengths) if model.input_shape else None
        self._write = compile_writer(model.output_shape) if model.output_shape else None
        self._model = model

    def parse(self, labels: Texts, query: Texts, headers: Texts, body: bytes) -> dict[str, Any]:
        """The keyword arguments that a request holds for the operation.

        :param labels: what stands in the path, decoded, by the names in the model's path
        :param query: decoded
        :param headers: by their names in lower case
        :raises SerializationException: the body is no JSON object, or a value is not of the type
            of its member
        """
        texts = (labels, query, headers)
        try:
            arguments = self._read_body(_decode(body)) if self._read_body and body else {}
            for place, wire_name, argument, path, read in self._text_members:
                text = texts[place].get(wire_name)
                if text is not None:
                    arguments[argument] = text if read is str else read_at(path, read, text)
        except WrongType as error:
            raise SerializationException(str(error)) from None
        return arguments

    def validate(self, arguments: Mapping[str, Any]) -> None:
        """Hold arguments against the model's constraints.

        :raises BadRequestException: they violate some; it names them all
        """
        violations: list[str] = []
        if self._check is not None:
            self._check(arguments, "", violations)
        if violations:
            raise BadRequestException(violations_text(violations))

    @cached_property
    def _name(self) -> Write | None:
        return compile_writer(self._model.input_shape) if self._model.input_shape else None

    @cached_property
    def _unname(self) -> Read:
        return compile_reader(self._model.input_shape) if self._model.input_shape else dict

    def name_arguments(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments as an SDK takes them: by AWS's names, wherever they stand in a request."""
        params: dict[str, Any] = json.loads(self._name(arguments)) if self._name else {}
        return params

    def read_params(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of what an SDK would take.

        :raises SerializationException: a value is not of the type of its member
        """
        try:
            arguments: dict[str, Any] = self._unname(params)
        except WrongType as error:
            raise SerializationException(str(error)) from None
        return arguments

    def read_answer(self, status: int, body: bytes) -> dict[str, Any]:
        """What an SDK makes of the body of a good answer."""
        if self._model.output_shape is None:
            return {}
        answer = {"status_code": status, "headers": {}, "body": body}
        parsed: dict[str, Any] = _PARSER.parse(answer, self._model.output_shape)
        del parsed["ResponseMetadata"]
        return parsed

    def serialise(self, result: Any) -> bytes:
        """The body of the answer; empty when the operation has no output."""
        if self._write is None:
            return b""
        return self._write(result).encode("ascii")


_LOCATIONS = ("uri", "querystring", "header")


def _text_member(name: str, shape: Shape) -> tuple[int, str, str, str, Read]:
    """Where a member stands, its name there, as an argument and in texts, and its reader."""
    location, wire_name = shape.serialization["location"], shape.serialization.get("name", name)
    if location == "header":
        wire_name = wire_name.lower()
    reader = compile_text_reader(shape)
    return _LOCATIONS.index(location), wire_name, xform_name(name), lower_camel(name), reader


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _decode(body: bytes) -> Any:
    try:
        return _DECODER.decode(body.decode())
    except (ValueError, RecursionError):
        raise SerializationException("The body is not JSON.") from None
