"""What the service keeps, put back as it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from .backends import backends
from .clock import clock
from .ids import Sequences, ids
from .models import (
    AppInstance,
)
from .pages import Listing
from .rates import rate_limits
from .texts import counted
from .transactions import Transaction


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """What was kept at one moment, of every account and region, and how far the clock was ahead."""

    _app_instances: Mapping[tuple[str, str], Listing[AppInstance]]
    _last_positions: Mapping[tuple[str, str], int]
    _sequences: Sequences
    _advanced_by: timedelta

    def __repr__(self) -> str:
        number = sum(map(len, self._app_instances.values()))
        return f"<Snapshot of {counted(number, 'app instance')}>"


def snapshot() -> Snapshot:
    """What is kept now."""
    app_instances, last_positions = {}, {}
    for place, backend in backends.in_use():
        transaction = Transaction()
        # It ends here, too, and so holds on to nothing of what was copied.
        with backend.transaction, transaction:
            app_instances[place] = _copied(backend.app_instances, transaction)
            last_positions[place] = backend.last_position
    return Snapshot(app_instances, last_positions, ids.sequences(), clock.advanced_by)


def restore(snapshot: Snapshot) -> None:
    """Have everything as it was.

    :raises TypeError: it is no snapshot
    """
    if not isinstance(snapshot, Snapshot):
        raise TypeError(f"restore() takes what snapshot() gave, not {snapshot!r}.")
    for place in snapshot._app_instances:
        backends.at(*place)
    for place, backend in backends.in_use():
        with backend.transaction:
            kept = snapshot._app_instances.get(place, Listing(backend.transaction))
            backend.app_instances = _copied(kept, backend.transaction)
            # Never back: a position given twice would confuse the order of creation.
            backend.last_position = max(
                backend.last_position, snapshot._last_positions.get(place, 0)
            )
    ids.restore(snapshot._sequences)
    clock.reset(to=snapshot._advanced_by)
    # What was used up by a clock that was further ahead would take as long to fill again.
    rate_limits.reset()


def _copied(listing: Listing[AppInstance], transaction: Transaction) -> Listing[AppInstance]:
    copied = listing.copy(transaction)
    for instance in listing:
        copied.replace(instance.app_instance_arn, instance.copy(transaction))
    return copied
