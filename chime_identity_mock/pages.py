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
from .transactions import Transaction

DEFAULT_MAX_RESULTS = 50
_POSITION_BYTES = 8
_SEAL_BYTES = 16


class Positioned(Protocol):
    """Something with a place in the order of creation; of two, the later made has the higher."""

    @property
    def position(self) -> int: ...


T = TypeVar("T", bound=Positioned)
_position = attrgetter("position")


class Listing(Generic[T]):
    """Resources by key, in order of creation.

    Finding one costs the same however many there are; so does a page, wherever it starts, but
    for a binary search.

    :param transaction: the one whose failure undoes what is changed here
    """

    __slots__ = ("_by_key", "_in_order", "_keys", "_tokens", "transaction")

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self._by_key: dict[str, T] = {}
        self._in_order: list[T] = []
        self._keys: dict[str, str] = {}
        self._tokens: dict[str, str] = {}

    def __getitem__(self, key: str) -> T:
        return self._by_key[key]

    def get(self, key: str) -> T | None:
        return self._by_key.get(key)

    def made_with(self, token: str) -> T | None:
        """The resource that was added with this token, while it is here."""
        key = self._keys.get(token)
        return None if key is None else self._by_key[key]

    def add(self, key: str, resource: T, *, token: str | None = None) -> None:
        """Append a resource; it must have been made after all that are here.

        :param token: that of the request that made it
        """
        self.transaction.note(self._take_out, key)
        self._put_in(key, resource, token)

    def replace(self, key: str, resource: T) -> None:
        """Have a resource changed: put it where the one that it was stands."""
        self.transaction.note(self._put_in, key, self._by_key[key])
        self._put_in(key, resource)

    def remove(self, key: str) -> None:
        """Take a resource out if it is there."""
        resource = self._by_key.get(key)
        if resource is not None:
            self.transaction.note(self._put_in, key, resource, self._tokens.get(key))
            self._take_out(key)

    def copy(self, transaction: Transaction) -> Listing[T]:
        """The same resources, to be changed apart from these."""
        copied: Listing[T] = Listing(transaction)
        copied._by_key = self._by_key.copy()
        copied._in_order = self._in_order.copy()
        copied._keys = self._keys.copy()
        copied._tokens = self._tokens.copy()
        return copied

    # These two undo each other, also when the other broke off halfway.

    def _put_in(self, key: str, resource: T, token: str | None = None) -> None:
        self._by_key[key] = resource
        if token is not None:
            self._keys[token] = key
            self._tokens[key] = token
        if not self._in_order or self._in_order[-1].position < resource.position:
            self._in_order.append(resource)
            return
        place = self._place_of(resource.position)
        is_there = self._in_order[place].position == resource.position
        self._in_order[place : place + is_there] = [resource]

    def _take_out(self, key: str) -> None:
        resource = self._by_key.get(key)
        if resource is None:
            return
        place = self._place_of(resource.position)
        if place < len(self._in_order) and self._in_order[place].position == resource.position:
            del self._in_order[place]
        if key in self._tokens:
            self._keys.pop(self._tokens.pop(key), None)
        del self._by_key[key]

    def _place_of(self, position: int) -> int:
        return bisect_left(self._in_order, position, key=_position)

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
            start = self._place_of(_open(next_token, scope))
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
