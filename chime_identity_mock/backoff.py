"""No sleeping between botocore's retries after an error that the mock injected.

botocore decides on a retry when it has seen the answer, and in doing so sleeps. So what was injected
bears a mark, and a decision about what bears one is made without sleeping. In retry mode ``adaptive`` it would also send more slowly from then on: there injected
errors don't count as throttling.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextvars import ContextVar
from datetime import timedelta
from threading import Lock
from types import ModuleType
from typing import Any

import botocore.endpoint
from botocore.retries.standard import ThrottlingErrorDetector

from .clock import clock
from .options import in_force
from .patching import Patch

_MARK = "_chime_identity_mock_injected"


_skips: ContextVar[bool] = ContextVar("skips", default=False)


class _Module:
    """A module as another takes it for, but for its ``sleep``."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


class _Time(_Module):
    """What ``botocore.endpoint`` takes for the module ``time``."""

    def sleep(self, seconds: float) -> None:
        if not _is_skipped(seconds):
            self._module.sleep(seconds)


class _Asyncio(_Module):
    """What ``aiobotocore.endpoint`` takes for the module ``asyncio``."""

    async def sleep(self, seconds: float) -> None:
        if not _is_skipped(seconds):
            await self._module.sleep(seconds)


def _decide_in(needs_retry: Callable[..., Any]) -> Callable[..., Any]:
    def deciding(  # noqa: PLR0917 - the parameters are botocore's
        endpoint: Any,
        attempts: int,
        operation_model: Any,
        request_dict: Any,
        response: Any = None,
        caught_exception: BaseException | None = None,
    ) -> Any:
        token = _skips.set(_is_injected(response, caught_exception))
        try:
            return needs_retry(
                endpoint, attempts, operation_model, request_dict, response, caught_exception
            )
        finally:
            _skips.reset(token)

    return deciding


def _decide_async_in(needs_retry: Callable[..., Any]) -> Callable[..., Any]:
    async def deciding(  # noqa: PLR0917 - the parameters are botocore's
        endpoint: Any,
        attempts: int,
        operation_model: Any,
        request_dict: Any,
        response: Any = None,
        caught_exception: BaseException | None = None,
    ) -> Any:
        token = _skips.set(_is_injected(response, caught_exception))
        try:
            return await needs_retry(
                endpoint, attempts, operation_model, request_dict, response, caught_exception
            )
        finally:
            _skips.reset(token)

    return deciding


def _sleep_in(sleep: Callable[..., Any]) -> Callable[..., Any]:
    async def sleeping(endpoint: Any, seconds: float) -> None:
        if not _is_skipped(seconds):
            await sleep(endpoint, seconds)

    return sleeping


def _is_skipped(seconds: float) -> bool:
    """Whether a pause is left out; the clock goes on by it where that is needed."""
    if _skips.get() and in_force.options.rate_limits:
        # The rates' buckets would never fill otherwise.
        clock.advance(timedelta(seconds=seconds))
    return _skips.get()


def _detect_in(is_throttling_error: Callable[..., bool]) -> Callable[..., bool]:
    def detecting(detector: Any, **kwargs: Any) -> bool:
        if _is_injected(kwargs.get("response"), kwargs.get("caught_exception")):
            return False
        return is_throttling_error(detector, **kwargs)

    return detecting


def _is_injected(response: Any, caught_exception: BaseException | None) -> bool:
    """Whether what botocore got bears the mark, and pauses after that are to be left out."""
    answered = response[0] if response is not None else caught_exception
    return hasattr(answered, _MARK) and in_force.options.skip_backoff


class Backoff:
    """The patches that leave the sleeping out; they are up from the first mark after a start on."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_on = False
        self._are_up: list[Patch] = []
        self._patches = [
            Patch(botocore.endpoint.Endpoint, "_needs_retry", _decide_in),
            Patch(botocore.endpoint, "time", _Time),
            Patch(ThrottlingErrorDetector, "is_throttling_error", _detect_in),
        ]

    def start(self) -> None:
        """Get ready for marks."""
        with self._lock:
            self._is_on = True

    def mark(self, injected: object) -> None:
        """Have botocore not sleep when it gets this, an answer or an exception."""
        setattr(injected, _MARK, True)
        with self._lock:
            # A request may still be under way when the mock is turned off.
            if not self._is_on:
                return
            self._meet_aiobotocore()
            while len(self._are_up) < len(self._patches):
                patch = self._patches[len(self._are_up)]
                patch.put_up()
                self._are_up.append(patch)

    def _meet_aiobotocore(self) -> None:
        endpoint: Any = sys.modules.get("aiobotocore.endpoint")
        # The last of the module's names to be there while it is being imported.
        if not hasattr(endpoint, "AioEndpointCreator") or any(
            patch.owner is endpoint for patch in self._patches
        ):
            return
        self._patches.append(Patch(endpoint, "asyncio", _Asyncio))
        self._patches.append(Patch(endpoint.AioEndpoint, "_needs_retry", _decide_async_in))
        if hasattr(endpoint, "AnyioEndpoint"):
            self._patches.append(Patch(endpoint.AnyioEndpoint, "_sleep", _sleep_in))

    def stop(self) -> None:
        """Have everything as it was."""
        with self._lock:
            self._is_on = False
            while self._are_up:
                self._are_up.pop().take_down()


backoff = Backoff()
