"""The switch: what is on, in which order it came on, and what is put back when it goes off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import RLock
from typing import Any

from . import interception
from .backends import backends
from .clock import clock
from .environment import Environment
from .faults import Decide, Fault, faults
from .history import history
from .ids import ids
from .options import DEFAULTS, Options, in_force, overlay
from .rates import rate_limits
from .report import recorder


@dataclass(eq=False, slots=True)
class Entry:
    """A mock that was turned on, once.

    :ivar given: its own options
    :ivar options: those in force while it is the last
    """

    mock: object
    given: Mapping[str, Any]
    options: Options
    environment: Environment | None


class Switch:
    """What is on: our own mocks, entered one inside the other or crosswise, and moto's."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._entries: list[Entry] = []
        self._moto_is_on = False
        self._moto_replaces: dict[str, bool] = {}
        self._left_to_moto: list[Environment] = []

    def enter(self, mock: object, given: Mapping[str, Any]) -> None:
        with self._lock:
            outer = self._entries[-1].options if self._entries else None
            options = overlay(outer or DEFAULTS, given)
            changes_environment = outer is None or (
                (outer.region_name, outer.passthrough) != (options.region_name, options.passthrough)
            )
            environment = None
            if changes_environment:
                environment = Environment(options, is_inside_moto=self._moto_is_on)
            if outer is None and not self._moto_is_on:
                _forget()
                _begin_record()
                backends.hide_from_moto(hidden=True)
            recorder.enter()
            self._entries.append(Entry(mock, given, options, environment))
            self._settle()

    def leave(self, mock: object) -> list[Fault]:
        """Take an entry of a mock off.

        :returns: the faults that were armed in it and not used, if that is to be complained of
        """
        with self._lock:
            entry = self._entry_of(mock)
            if entry is None:
                raise RuntimeError("stop() was called on a mock that is not on; start() it first.")
            unused = self._judge(entry)
            if self._entries == [entry]:
                recorder.remember_state()
                faults.clear()
            later = self._entries[self._entries.index(entry) + 1 :]
            self._entries.remove(entry)
            if entry.environment is not None:
                if later and later[0].environment is None:
                    later[0].environment = entry.environment
                elif entry.environment.has_moto_inside:
                    self._left_to_moto.append(entry.environment)
                else:
                    entry.environment.leave()
            if not self._entries and backends.are_hidden_from_moto:
                if not self._moto_is_on:
                    _forget()
                backends.hide_from_moto(hidden=False)
            self._settle()
            for heir in later:
                if heir.environment is not None:
                    heir.environment.set(heir.options)
        return unused

    def arm(self, mock: object, fault: Fault) -> None:
        """Arm a fault, for which the last entry of the mock answers."""
        with self._lock:
            fault.armed_by = self.require(mock)
            faults.arm(fault)

    def decide_by(self, mock: object, decide: Decide) -> None:
        """Have a function decide of faults, until the last entry of the mock ends."""
        with self._lock:
            faults.decide_by(decide, armed_by=self.require(mock))

    def take_unused(self, mock: object) -> list[Fault]:
        """The faults that were armed in the last entry of a mock and not used; they are disarmed."""
        with self._lock:
            return faults.unused(armed_by=self.require(mock))

    def hand_faults_on(self, mock: object) -> None:
        """Have the entry around the last one of a mock answer for the faults armed there."""
        with self._lock:
            entry = self.require(mock)
            outer = self._entries[: self._entries.index(entry)]
            if outer:
                faults.hand_on(armed_by=entry, to=outer[-1])

    def require(self, mock: object) -> Entry:
        """The last entry of a mock.

        :raises RuntimeError: it isn't on
        """
        entry = self._entry_of(mock)
        if entry is None:
            raise RuntimeError(
                "The mock is not on, so there is nothing to steer. Enter it first: with "
                "mock_chime_identity() as mock."
            )
        return entry

    def _entry_of(self, mock: object) -> Entry | None:
        return next((entry for entry in reversed(self._entries) if entry.mock is mock), None)

    def _judge(self, entry: Entry) -> list[Fault]:
        unused = faults.end(armed_by=entry)
        return unused if entry.options.assert_faults_used else []

    def current(self) -> Any:
        """The mock that was turned on last.

        :raises RuntimeError: none is on
        """
        if not self._entries:
            raise RuntimeError(
                "No mock is on that has a handle (mock_aws alone has none). Enter one first: with "
                "mock_chime_identity() as mock, the decorator @mock_chime_identity, or pytest's "
                "fixture chime_identity_mock."
            )
        return self._entries[-1].mock

    def moto_switched(self, is_on: bool) -> None:
        """moto's ``mock_aws`` went on or off.

        It puts back what stood there when it went on. Started inside ours and stopped after it,
        that is ours; so what was around ours is put back only then. Started around ours and stopped
        before it, it is the user's; so ours goes in its place again.
        """
        with self._lock:
            self._moto_is_on = is_on
            if is_on:
                self._moto_replaces = interception.what_moto_replaces()
                if not self._entries:
                    _start_over()
                    _begin_record()
            else:
                self._follow_moto()
            for entry in self._entries:
                if entry.environment is not None:
                    entry.environment.has_moto_inside = is_on
            self._settle()

    def _follow_moto(self) -> None:
        is_crosswise = bool(self._left_to_moto)
        while self._left_to_moto:
            self._left_to_moto.pop().leave()
        if not self._entries:
            recorder.remember_state()
            clock.reset()
            return
        backends.hide_from_moto(hidden=True)
        environments = [entry.environment for entry in self._entries if entry.environment]
        if environments[0].is_inside_moto:
            is_crosswise = True
            environments[0].take_over_from_moto(**self._moto_replaces)
        if is_crosswise:
            environments[-1].set(self._entries[-1].options)

    def reset(self) -> None:
        """Forget all data, calls and faults, and set the clock back."""
        _forget()
        history.clear()

    def _settle(self) -> None:
        options = DEFAULTS
        for entry in self._entries:
            entry.options = options = overlay(options, entry.given)
        in_force.options = options
        interception.doors.set(
            are_open=bool(self._entries) or self._moto_is_on, are_guarded=bool(self._entries)
        )


def _forget() -> None:
    backends.clear()
    faults.clear()
    _start_over()


def _start_over() -> None:
    clock.reset()
    ids.reset()
    rate_limits.reset()


def _begin_record() -> None:
    history.clear()
    recorder.forget_state()


switch = Switch()
interception.on_moto_switch(switch.moto_switched)
