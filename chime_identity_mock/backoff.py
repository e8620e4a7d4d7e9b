"""No sleeping between botocore's retries after an error that the mock injected.

botocore decides on a retry when it has seen the answer, on the same thread sleeps, and then sends
again. So what was injected bears a mark, and where botocore sees one this thread's next sleep there
is left out. In retry mode ``adaptive`` it would also send more slowly from then on: there injected
errors don't count as throttling.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Lock, local
from types import ModuleType
from typing import Any

import botocore.endpoint
from botocore.retries.standard import ThrottlingErrorDetector

from .clock import clock
from .options import in_force
from .patching import Patch

_MARK = "_chime_identity_mock_injected"


class _Thread(local):
    skips = False


_thread = _Thread()


class _Time:
    """What ``botocore.endpoint`` takes for the module ``time``."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)

    def sleep(self, seconds: float) -> None:
        if not _thread.skips:
            self._module.sleep(seconds)
        elif in_force.options.rate_limits:
            # The rates' buckets would never fill otherwise.
            clock.advance(timedelta(seconds=seconds))


def _decide_in(needs_retry: Callable[..., Any]) -> Callable[..., Any]:
    def deciding(  # noqa: PLR0917 - the parameters are botocore's
        endpoint: Any,
        attempts: int,
        operation_model: Any,
        request_dict: Any,
        response: Any = None,
        caught_exception: BaseException | None = None,
    ) -> Any:
        before = _thread.skips  # a handler of this very event may make calls of its own
        _thread.skips = in_force.options.skip_backoff and _is_marked(response, caught_exception)
        try:
            return needs_retry(
                endpoint, attempts, operation_model, request_dict, response, caught_exception
            )
        finally:
            _thread.skips = before

    return deciding


def _detect_in(is_throttling_error: Callable[..., bool]) -> Callable[..., bool]:
    def detecting(detector: Any, **kwargs: Any) -> bool:
        injected = _is_marked(kwargs.get("response"), kwargs.get("caught_exception"))
        if injected and in_force.options.skip_backoff:
            return False
        return is_throttling_error(detector, **kwargs)

    return detecting


def _is_marked(response: Any, caught_exception: BaseException | None) -> bool:
    answered = response[0] if response is not None else caught_exception
    return hasattr(answered, _MARK)


class Backoff:
    """The patches that leave the sleeping out; they are up from the first mark after a start on."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_on = False
        self._is_watched = False
        self._patches = (
            Patch(botocore.endpoint.Endpoint, "_needs_retry", _decide_in),
            Patch(botocore.endpoint, "time", _Time),
            Patch(ThrottlingErrorDetector, "is_throttling_error", _detect_in),
        )

    def start(self) -> None:
        """Get ready for marks."""
        with self._lock:
            self._is_on = True

    def mark(self, injected: object) -> None:
        """Have botocore not sleep when it gets this, an answer or an exception."""
        setattr(injected, _MARK, True)
        with self._lock:
            # A request may still be under way when the mock is turned off.
            if self._is_on and not self._is_watched:
                self._is_watched = True
                for patch in self._patches:
                    patch.put_up()

    def stop(self) -> None:
        """Have everything as it was."""
        with self._lock:
            self._is_on = False
            if self._is_watched:
                self._is_watched = False
                for patch in self._patches:
                    patch.take_down()


backoff = Backoff()
