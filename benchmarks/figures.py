"""What is measured: a figure, and how calls are measured against each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from time import perf_counter

Call = Callable[[], object]


@dataclass(frozen=True)
class Effort:
    """How much is done for a figure.

    :ivar share: of all the repetitions
    :ivar sizes: how many users there are in what grows
    """

    share: float = 1
    sizes: tuple[int, ...] = (100, 1_000, 10_000, 100_000)

    def times(self, number: int) -> int:
        """So many repetitions, or the share of them."""
        return max(round(number * self.share), 1)


FULL = Effort()
QUICK = Effort(share=0.004, sizes=(10, 20))


@dataclass(frozen=True)
class Figure:
    """Something measured.

    :ivar name: what of ours
    :ivar peer: what it is measured against; empty where it stands for itself
    :ivar unit: of the value: ``x`` for a ratio of the time that ours takes, to that of the peer;
        ``x the rate`` for one of requests a second; else a measure
    :ivar least: what it is to be at least, if that was promised
    :ivar most: what it is to be at the most, likewise
    :ivar is_charted: whether it is one of those that the chart shows
    """

    name: str
    peer: str
    value: float
    unit: str = "x"
    least: float | None = None
    most: float | None = None
    is_charted: bool = True

    @property
    def holds(self) -> bool:
        """Whether it is as promised, to the digits that are shown."""
        shown = float(f"{self.value:.2f}")
        return (self.least is None or shown >= self.least) and (
            self.most is None or shown <= self.most
        )


Figures = Iterator[Figure]


def seconds(call: Call) -> float:
    """How long a call takes."""
    start = perf_counter()
    call()
    return perf_counter() - start


def median_of_ratios(ours: Call, peers: Call, pairs: int) -> float:
    """How many times as long as the peer's call ours takes.

    A machine's speed drifts, so what is measured apart can't be compared: each ratio is one of two
    calls made one right after the other, ours first in every second pair.
    """
    ours()
    peers()
    ratios = []
    for number in range(pairs):
        if number % 2:
            of_peer, of_ours = seconds(peers), seconds(ours)
        else:
            of_ours, of_peer = seconds(ours), seconds(peers)
        ratios.append(of_ours / of_peer)
    return median(ratios)
