"""Replacing what others own, so that it can be put back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Patch:
    """An attribute replaced by what is made of it, and put back unless another has replaced it.

    :param owner: the class or module whose attribute it is
    :param replace: makes the replacement from what stands there
    """

    def __init__(self, owner: Any, name: str, replace: Callable[[Any], Any]) -> None:
        self._owner, self._name, self._replace = owner, name, replace

    def put_up(self) -> None:
        self._original = getattr(self._owner, self._name)
        self._replacement = self._replace(self._original)
        setattr(self._owner, self._name, self._replacement)

    def take_down(self) -> None:
        if getattr(self._owner, self._name) is self._replacement:
            setattr(self._owner, self._name, self._original)
