"""Replacing what others own, so that it can be put back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

_NOTHING = object()


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
        self._latest: tuple[Any, Any] = (_NOTHING, _NOTHING)
        """What was replaced last, and by what: as a rule it is what stands there the next time."""

    def put_up(self) -> None:
        present = getattr(self.owner, self._name)
        original, replacement = self._latest
        if present is not original:
            if present in self._originals:
                return
            replacement = self._replace(present)
            self._originals[replacement] = present
            self._latest = (present, replacement)
        setattr(self.owner, self._name, replacement)

    def take_down(self) -> None:
        present = getattr(self.owner, self._name)
        original, replacement = self._latest
        if present is replacement:
            setattr(self.owner, self._name, original)
        elif present in self._originals:
            setattr(self.owner, self._name, self._originals[present])
