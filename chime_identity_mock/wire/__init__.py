"""The rest-json protocol, compiled from a botocore service model.

Routes, parsers, validators and serialisers are made once per operation, at its first use, and are
plain calls from then on. Nothing here is written for one service's shapes: what a newer model adds
is routed, parsed, validated and serialised as it stands there.

Within the package a member bears its name in snake case, as botocore's ``xform_name`` makes it, so
that parsed arguments fit keyword parameters and answers can be dicts or dataclasses.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import ServiceModel

from ..exceptions import UnknownOperationException
from .constraints import Lengths
from .operation import Operation, Texts
from .routing import Router, read_query
from .writing import Write, compile_writer

__all__ = ["Operation", "Texts", "Wire", "read_query"]


class Wire:
    """All that a service model says of requests and answers, ready to be called.

    :param service_model: the model
    :param is_arn_of: tells whether a value has the form of the ARN that an input member (its name
        in snake case) asks for; it decides how a path is read in which an ARN stands unencoded
    :param lengths: how the length of a shape's values is measured, by the shape's name, where it
        isn't in characters
    """

    def __init__(
        self,
        service_model: ServiceModel,
        is_arn_of: Callable[[str, str], bool],
        lengths: Lengths | None = None,
    ) -> None:
        self._service_model = service_model
        self._lengths = lengths or {}
        self._router = Router(service_model, is_arn_of)
        self._operations: dict[str, Operation] = {}
        self._writers: dict[str, Write] = {}

    def operation(self, name: str) -> Operation:
        """The operation of an AWS name, compiled at the first call."""
        operation = self._operations.get(name)
        if operation is None:
            operation = Operation(self._service_model.operation_model(name), self._lengths)
            self._operations[name] = operation
        return operation

    def name_members(self, shape_name: str, value: Any) -> dict[str, Any]:
        """A structure of the model, kept as a dict or dataclass, as JSON holds it, by AWS's names."""
        write = self._writers.get(shape_name)
        if write is None:
            write = compile_writer(self._service_model.shape_for(shape_name))
            self._writers[shape_name] = write
        members: dict[str, Any] = json.loads(write(value))
        return members

    def route(
        self, method: str, path: str, query: Mapping[str, str], operation_name: str | None = None
    ) -> tuple[Operation, dict[str, str]]:
        """The operation that a request is for, and what the labels of its path hold, decoded.

        :param path: as it was sent, percent-encoded; or with its ARNs plain
        :param query: decoded
        :param operation_name: the operation, where it is known: then the path may stand behind
            another, as of an endpoint URL that has one
        :raises UnknownOperationException: there is none
        """
        labels = self._router.labels(operation_name, path) if operation_name else None
        if operation_name and labels is not None:
            return self.operation(operation_name), labels
        found = self._router.find(method, path, query)
        if not found:
            raise UnknownOperationException(f"No operation answers {method} on this path.")
        name, labels = found
        return self.operation(name), labels
