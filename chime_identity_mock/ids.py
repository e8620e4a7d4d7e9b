"""The ids of what the service makes: random, or by the option ``seed`` the same in every run."""

from __future__ import annotations

from random import Random
from threading import Lock
from uuid import UUID, uuid4

from .options import in_force


class Ids:
    """Where ids come from, each kind in a sequence of its own where they are seeded.

    So what a test asks for, reads included, doesn't change the ids of what it makes.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._sequences: dict[tuple[int, str], Random] = {}

    def new(self, kind: str) -> str:
        """A uuid of version 4, in lower case."""
        seed = in_force.options.seed
        if seed is None:
            return str(uuid4())
        with self._lock:
            sequence = self._sequences.get((seed, kind))
            if sequence is None:
                sequence = self._sequences[seed, kind] = Random(f"{seed} {kind}")  # noqa: S311 - ids to be repeated, not to be secret
            return str(UUID(int=sequence.getrandbits(128), version=4))

    def reset(self) -> None:
        """Begin all sequences anew."""
        with self._lock:
            self._sequences.clear()


ids = Ids()
