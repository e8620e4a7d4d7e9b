"""From a method, a path and a query to an operation and its labels.

A path holds whole ARNs. Percent-encoded, each is one segment, and the path can be read in one way
only. Plain, as some clients send them and as WSGI servers hand them on, their slashes are those of
the path, and the form of the ARNs decides.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from botocore import xform_name
from botocore.model import OperationModel, ServiceModel

_LABEL = re.compile(r"{([^}]+)}")
_PLAIN_ARN = r"(arn(?::|%3[Aa]).*)"
_OTHER_LABEL = r"([^/]*)"

Labels = dict[str, str]
Found = tuple[str, Labels]


class _Route(NamedTuple):
    operation_name: str
    length: int
    """Of how many segments the path is, the empty one before its first slash included."""
    fixed: list[tuple[int, str]]
    """The fixed words of the path and which segments they are."""
    places: list[tuple[int, str]]
    """Which segments are labels, and their names."""
    members: Mapping[str, str]
    """The input members that the labels are, in snake case, by the labels' names."""
    plain: re.Pattern[str]
    """The path with its ARNs plain."""
    query: Mapping[str, str]
    """What the query must hold."""

    def labels(self, segments: list[str]) -> Labels | None:
        """What the labels hold in a path that ends in as many segments with these fixed words."""
        segments = segments[-self.length :]
        for place, word in self.fixed:
            if segments[place] != word:
                return None
        return {name: _decoded(segments[place]) for place, name in self.places}

    def plain_labels(self, path: str) -> Labels | None:
        """The same where the ARNs in the path are plain."""
        match = self.plain.fullmatch(path)
        if match is None:
            return None
        return {
            name: _decoded(text)
            for (_, name), text in zip(self.places, match.groups(), strict=True)
        }

    def wants(self, query: Mapping[str, str]) -> bool:
        return self.query.items() <= query.items()


def _decoded(text: str) -> str:
    # What is encoded in an ARN are its colons and slashes, and seldom more; that takes a tenth.
    decoded = text.replace("%3A", ":").replace("%2F", "/")
    return unquote(text) if "%" in decoded else decoded


def read_query(query: str) -> dict[str, str]:
    """What a query holds, decoded; of members of one name the last."""
    pairs = (pair.partition("=") for pair in query.replace("+", " ").split("&") if pair)
    return {_decoded(name): _decoded(value) for name, _, value in pairs}


class Router:
    """The routes of a service model."""

    def __init__(self, service_model: ServiceModel, is_arn_of: Callable[[str, str], bool]) -> None:
        self._is_arn_of = is_arn_of
        self._by_name: dict[str, _Route] = {}
        self._by_segments: dict[tuple[str, int], list[_Route]] = defaultdict(list)
        self._by_method: dict[str, list[_Route]] = defaultdict(list)
        for name in service_model.operation_names:
            self._add(service_model.operation_model(name))
        for routes in self._by_method.values():
            routes.sort(key=lambda route: sum(len(word) for _, word in route.fixed), reverse=True)

    def _add(self, operation_model: OperationModel) -> None:
        path, _, query = operation_model.http["requestUri"].partition("?")
        segments = path.split("/")
        shape = operation_model.input_shape
        members = {
            member_shape.serialization.get("name", name): xform_name(name)
            for name, member_shape in (shape.members if shape else {}).items()
            if member_shape.serialization.get("location") == "uri"
        }
        labels = [_LABEL.fullmatch(segment) for segment in segments]

        def plain_label(label: re.Match[str]) -> str:
            return _PLAIN_ARN if members[label[1]].endswith("_arn") else _OTHER_LABEL

        route = _Route(
            operation_name=operation_model.name,
            length=len(segments),
            fixed=[(i, segments[i]) for i, label in enumerate(labels) if i and not label],
            places=[(i, label[1]) for i, label in enumerate(labels) if label],
            members=members,
            plain=re.compile(_LABEL.sub(plain_label, path), re.DOTALL),
            query=read_query(query),
        )
        method = operation_model.http["method"]
        self._by_name[route.operation_name] = route
        self._by_segments[method, route.length].append(route)
        self._by_method[method].append(route)

    def labels(self, operation_name: str, path: str) -> Labels | None:
        """What the labels of an operation's path hold, decoded; ``None`` when it is another's.

        :param path: percent-encoded, alone or at the end of another
        """
        segments = path.split("/")
        route = self._by_name.get(operation_name)
        return route.labels(segments) if route and len(segments) >= route.length else None

    def find(self, method: str, path: str, query: Mapping[str, str]) -> Found | None:
        """The operation's name and its labels, decoded; ``None`` when there is no such route."""
        encoded = next(self._encoded(method, path, query), None)
        has_encoded = "%2f" in path.lower()
        if encoded and (has_encoded or self._well_formed(encoded)):
            return encoded[1]
        plain = list(self._plain(method, path, query))
        read = next(filter(self._well_formed, plain), None)
        if read is None and not has_encoded:
            read = encoded or next(iter(plain), None)
        return read and read[1]

    def _encoded(
        self, method: str, path: str, query: Mapping[str, str]
    ) -> Iterator[tuple[_Route, Found]]:
        segments = path.split("/")
        for route in self._by_segments.get((method, len(segments)), ()):
            labels = route.labels(segments)
            if labels is not None and route.wants(query):
                yield route, (route.operation_name, labels)

    def _plain(
        self, method: str, path: str, query: Mapping[str, str]
    ) -> Iterator[tuple[_Route, Found]]:
        for route in self._by_method.get(method, ()):
            labels = route.plain_labels(path)
            if labels is not None and route.wants(query):
                yield route, (route.operation_name, labels)

    def _well_formed(self, read: tuple[_Route, Found]) -> bool:
        route, (_, labels) = read
        return all(self._is_arn_of(route.members[name], text) for name, text in labels.items())
