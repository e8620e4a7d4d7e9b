"""Replacing what others own, so that it can be put back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary


class Patch:
    """An attribute replaced by what is made of it, and put back unless another has replaced it.

    Who replaced it meanwhile may put a replacement of ours back after it was taken down; that is
    used again, or cleared away, the next time.

    :param owner: the class or module whose attribute it is
    :param replace: makes the replacement from what stands there
    """

    def __init__(self, owner: Any, name: str, replace: Callable[[Any], Any]) -> None:
        self.owner, self._name, self._replace = owner, name, replace
        self._originals: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
        """What each of our replacements replaced."""

    def put_up(self) -> None:
        present = getattr(self.owner, self._name)
        if present not in self._originals:
            replacement = self._replace(present)
            self._originals[replacement] = present
            setattr(self.owner, self._name, replacement)

    def take_down(self) -> None:
        present = getattr(self.owner, self._name)
        if present in self._originals:
            setattr(self.owner, self._name, self._originals[present])
