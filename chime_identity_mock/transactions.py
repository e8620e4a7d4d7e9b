"""All or nothing: what an operation has changed when it fails is undone."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from types import TracebackType
from typing import Any


class Transaction:
    """The lock around an operation, with what would undo what the operation has done so far.

    A context manager: ending well it keeps the changes, ending by whatever exception it takes them
    back. One inside another is a part of it. Whoever changes something notes first how that is
    undone.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._undo: list[tuple[Callable[..., object], tuple[Any, ...]]] = []
        self._begun: list[int] = []

    def note(self, undo: Callable[..., object], *arguments: Any) -> None:
        """Have something called if the operation fails; the last noted is called first.

        :param undo: bears being called when the change was made in part, or not at all
        """
        self._undo.append((undo, arguments))

    def __enter__(self) -> None:
        self._lock.acquire()
        self._begun.append(len(self._undo))

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            begun = self._begun.pop()
            if exc_type is not None:
                while len(self._undo) > begun:
                    undo, arguments = self._undo.pop()
                    undo(*arguments)
            elif self._undo and not self._begun:
                self._undo.clear()
        finally:
            self._lock.release()
