"""Resources in order of creation, and pages of them that stay right while the order changes."""

from __future__ import annotations

import base64
import binascii
import hashlib
from bisect import bisect_left
from collections.abc import Iterator
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from .exceptions import BadRequestException

DEFAULT_MAX_RESULTS = 50
_POSITION_BYTES = 8
_SEAL_BYTES = 16


class Positioned(Protocol):
    """Something with a place in the order of creation; of two, the later made has the higher."""

    position: int


T = TypeVar("T", bound=Positioned)
_position = attrgetter("position")


class Listing(Generic[T]):
    """Resources by key, in order of creation.

    Finding one costs the same however many there are; so does a page, wherever it starts, but
    for a binary search.
    """

    __slots__ = ("_by_key", "_by_token", "_in_order", "_tokens")

    def __init__(self) -> None:
        self._by_key: dict[str, T] = {}
        self._in_order: list[T] = []
        self._by_token: dict[str, T] = {}
        self._tokens: dict[str, str] = {}

    def get(self, key: str) -> T | None:
        return self._by_key.get(key)

    def made_with(self, token: str) -> T | None:
        """The resource that was added with this token, while it is here."""
        return self._by_token.get(token)

    def add(self, key: str, resource: T, *, token: str | None = None) -> None:
        """Append a resource; it must have been made after all that are here.

        :param token: that of the request that made it
        """
        self._by_key[key] = resource
        self._in_order.append(resource)
        if token is not None:
            self._by_token[token] = resource
            self._tokens[key] = token

    def remove(self, key: str) -> None:
        """Take a resource out if it is there."""
        resource = self._by_key.pop(key, None)
        if resource is not None:
            del self._in_order[bisect_left(self._in_order, resource.position, key=_position)]
            if key in self._tokens:
                del self._by_token[self._tokens.pop(key)]

    def __iter__(self) -> Iterator[T]:
        return iter(self._in_order)

    def __len__(self) -> int:
        return len(self._in_order)

    def page(
        self, scope: str, max_results: int | None, next_token: str | None
    ) -> tuple[list[T], str | None]:
        """A page, and the token of the page after it, or ``None`` on the last.

        A token names the place of the next page's first resource, so creations and deletions
        between two pages, even of that resource, neither skip nor repeat one.

        :param scope: names the list; a token is good for the list that it was given for
        :param max_results: how many at the most (default 50)
        :param next_token: where to start; the first page when ``None`` or empty
        :raises BadRequestException: the token was not given for this list
        """
        start = 0
        if next_token:
            start = bisect_left(self._in_order, _open(next_token, scope), key=_position)
        end = start + (max_results or DEFAULT_MAX_RESULTS)
        resources = self._in_order[start:end]
        if end >= len(self._in_order):
            return resources, None
        return resources, _seal(self._in_order[end].position, scope)


def _seal(position: int, scope: str) -> str:
    number = position.to_bytes(_POSITION_BYTES, "big")
    return base64.urlsafe_b64encode(number + _digest(number, scope)).decode("ascii")


def _open(token: str, scope: str) -> int:
    try:
        sealed = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        sealed = b""
    number = sealed[:_POSITION_BYTES]
    if sealed[_POSITION_BYTES:] != _digest(number, scope):
        raise BadRequestException("The NextToken is not one that this list gave.")
    return int.from_bytes(number, "big")


def _digest(number: bytes, scope: str) -> bytes:
    return hashlib.blake2s(number + scope.encode(), digest_size=_SEAL_BYTES).digest()
