"""The ids of what the service makes: random, or by the option ``seed`` the same in every run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from random import Random
from threading import Lock
from typing import Any
from uuid import UUID, uuid4

from .options import in_force

Sequences = Mapping[tuple[int, str], tuple[Any, ...]]
"""Where the sequences of ids are, by seed and kind."""

_request_prefix = str(uuid4())[:24]
_requests = count(1)


class Ids:
    """Where ids come from, each kind in a sequence of its own where they are seeded.

    So what a test asks for, reads included, doesn't change the ids of what it makes.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._sequences: dict[tuple[int, str], Random] = {}

    def of_request(self) -> str:
        """The id of a request: a uuid of version 4, by which nothing is found.

        Unless they are seeded, those of a process begin alike, at random, and count up.
        """
        if in_force.options.seed is not None:
            return self._made("request")
        return f"{_request_prefix}{next(_requests):012x}"

    def new(self, kind: str, find: Callable[[str], object] = lambda made: None) -> str:
        """A uuid of version 4, in lower case.

        :param find: what goes by an id already; what was loaded may be of the same sequence
        """
        made = self._made(kind)
        while find(made) is not None:
            made = self._made(kind)
        return made

    def _made(self, kind: str) -> str:
        seed = in_force.options.seed
        if seed is None:
            return str(uuid4())
        with self._lock:
            return str(UUID(int=self._sequence(seed, kind).getrandbits(128), version=4))

    def reset(self) -> None:
        """Begin all sequences anew."""
        with self._lock:
            self._sequences.clear()

    def sequences(self) -> Sequences:
        """Where each sequence is now."""
        with self._lock:
            return {key: sequence.getstate() for key, sequence in self._sequences.items()}

    def restore(self, sequences: Sequences) -> None:
        """Have each sequence go on from where it was."""
        with self._lock:
            self._sequences.clear()
            for (seed, kind), state in sequences.items():
                self._sequence(seed, kind).setstate(state)

    def _sequence(self, seed: int, kind: str) -> Random:
        sequence = self._sequences.get((seed, kind))
        if sequence is None:
            # To be repeated, not to be secret.
            sequence = self._sequences[seed, kind] = Random(f"{seed} {kind}")  # noqa: S311
        return sequence


ids = Ids()
