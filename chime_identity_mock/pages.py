"""Resources in order of creation, and pages of them that stay right while the order changes."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterator
from itertools import chain
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from .exceptions import BadRequestException
from .transactions import Transaction

DEFAULT_MAX_RESULTS = 50
_POSITION_DIGITS = 16
_SEAL_BYTES = 16
_PIECE = 512


class Positioned(Protocol):
    """Something with a place in the order of creation; of two, the later made has the higher."""

    @property
    def position(self) -> int: ...


T = TypeVar("T", bound=Positioned)
_position = attrgetter("position")


class _Row(Generic[T]):
    """Resources by their positions.

    They stand in pieces, none of them empty, so that one goes without all behind it moving up: in
    a long list that would take longer than all else, and when thousands expire they go one by one.
    """

    __slots__ = ("_pieces",)

    def __init__(self, pieces: list[list[T]]) -> None:
        self._pieces = pieces

    def put(self, resource: T) -> None:
        """Put a resource where its position is, in place of one that is there."""
        pieces = self._pieces
        if not pieces or _last_position(pieces[-1]) < resource.position:
            if pieces and len(pieces[-1]) < _PIECE:
                pieces[-1].append(resource)
            else:
                pieces.append([resource])
            return
        number, place = self._find(resource.position)
        piece = pieces[number]
        is_there = piece[place].position == resource.position
        piece[place : place + is_there] = [resource]
        if len(piece) > 2 * _PIECE:
            pieces[number : number + 1] = [piece[:_PIECE], piece[_PIECE:]]

    def take(self, position: int) -> None:
        """Take out what is at a position, if anything is."""
        number, place = self._find(position)
        if number == len(self._pieces) or self._pieces[number][place].position != position:
            return
        if len(self._pieces[number]) == 1:
            del self._pieces[number]
        else:
            del self._pieces[number][place]

    def run(self, start: int, most: int) -> list[T]:
        """Up to so many resources, from a position on."""
        number, place = self._find(start)
        resources: list[T] = []
        while len(resources) < most and number < len(self._pieces):
            resources += self._pieces[number][place : place + most - len(resources)]
            number, place = number + 1, 0
        return resources

    def copy(self) -> _Row[T]:
        return _Row([piece.copy() for piece in self._pieces])

    def _find(self, position: int) -> tuple[int, int]:
        """In which piece, and where in it, the first is that isn't before a position."""
        number = bisect_left(self._pieces, position, key=_last_position)
        if number == len(self._pieces):
            return number, 0
        return number, bisect_left(self._pieces[number], position, key=_position)

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(self._pieces)


def _last_position(piece: list[T]) -> int:
    return piece[-1].position


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
        self._in_order: _Row[T] = _Row([])
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
        self._in_order.put(resource)

    def _take_out(self, key: str) -> None:
        resource = self._by_key.get(key)
        if resource is None:
            return
        self._in_order.take(resource.position)
        if key in self._tokens:
            self._keys.pop(self._tokens.pop(key), None)
        del self._by_key[key]

    def __iter__(self) -> Iterator[T]:
        return iter(self._in_order)

    def __len__(self) -> int:
        return len(self._by_key)

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
        start = _open(next_token, scope) if next_token else 0
        number = max_results or DEFAULT_MAX_RESULTS
        resources = self._in_order.run(start, number + 1)
        if len(resources) <= number:
            return resources, None
        return resources, _seal(resources.pop().position, scope)


def _seal(position: int, scope: str) -> str:
    number = f"{position:0{_POSITION_DIGITS}x}"
    return number + hashlib.blake2s((number + scope).encode(), digest_size=_SEAL_BYTES).hexdigest()


def _open(token: str, scope: str) -> int:
    try:
        position = int(token[:_POSITION_DIGITS], 16)
    except ValueError:
        position = 0
    # One that is written in another way isn't the same, whatever it would open to.
    if token != _seal(position, scope):
        raise BadRequestException("The NextToken is not one that this list gave.")
    return position
