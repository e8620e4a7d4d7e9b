"""The benchmarks run, and show what they measured; how fast anything is isn't asked here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parent.parent
GROUPS = [
    "calls",
    "tests",
    "processes",
    "servers",
    "threads",
    "sizes",
    "deletion",
    "expiry",
    "memory",
]
SVG = "{http://www.w3.org/2000/svg}"

# The tests may run against an installed package, the benchmarks are in the checkout only.
sys.path.append(str(ROOT))

from benchmarks import __main__ as command  # noqa: E402 - see above
from benchmarks import figures, showing  # noqa: E402 - see above
from benchmarks.figures import Figure  # noqa: E402 - see above


def run(*arguments):
    return subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-m", "benchmarks", "--quick", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("group", GROUPS)
def test_each_group_has_figures(group):
    finished = run("--json", group)

    assert finished.returncode == 0, finished.stderr
    measured = json.loads(finished.stdout)
    assert measured
    for figure in measured:
        is_count = figure["unit"] == "modules"
        assert figure["value"] == 0 if is_count else figure["value"] > 0


def test_all_groups_are_known():
    assert list(command.GROUPS) == GROUPS


def test_an_unknown_group_is_refused():
    finished = run("speed")

    assert finished.returncode == 2
    assert "'speed'" in finished.stderr
    assert "memory" in finished.stderr


def test_a_table_is_printed_and_a_chart_drawn(tmp_path):
    chart = tmp_path / "chart.svg"

    finished = run("tests", "--svg", str(chart))

    assert finished.returncode == 0, finished.stderr
    assert "| start and stop " in finished.stdout
    assert "start and stop" in chart.read_text(encoding="utf-8")


def clock_of(monkeypatch, *moments):
    left = iter(moments)
    monkeypatch.setattr(figures, "perf_counter", lambda: next(left))


def test_a_ratio_is_the_median_of_pairs_in_turn(monkeypatch):
    made = []
    # Of ours 2 and the peer's 1; the peer's 2 and ours 1; ours 9 and the peer's 3.
    clock_of(monkeypatch, 0, 2, 2, 3, 3, 5, 5, 6, 6, 15, 15, 18)

    ratio = figures.median_of_ratios(lambda: made.append("ours"), lambda: made.append("peers"), 3)

    assert ratio == 2
    assert made == ["ours", "peers", "ours", "peers", "peers", "ours", "ours", "peers"]


@pytest.mark.parametrize(
    ("value", "bounds", "holds"),
    [
        (1.104, {"most": 1.1}, True),
        (1.106, {"most": 1.1}, False),
        (0.795, {"least": 0.8}, True),
        (0.79, {"least": 0.8}, False),
        (9, {}, True),
    ],
)
def test_what_is_shown_is_held_against_what_was_promised(value, bounds, holds):
    assert Figure("call", "peer", value, **bounds).holds is holds


MEASURED = [
    Figure("call", "a <peer>", 0.5, most=0.4),
    Figure("request", "a server", 4, "x the rate", least=3.5),
    Figure("deletion", "", 12.3, "ms"),
    Figure("call among 10", "among 1", 1, is_charted=False),
]


def test_the_table_has_a_line_for_each_figure():
    lines = showing.table(MEASURED).splitlines()

    assert [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]] == [
        ["call", "0.50 x", "a <peer>", "not ≤ 0.4"],
        ["request", "4.00 x the rate", "a server", "≥ 3.5"],
        ["deletion", "12 ms", "", ""],
        ["call among 10", "1.00 x", "among 1", ""],
    ]
    assert len({len(line) for line in lines}) == 1


def test_the_chart_shows_time_where_the_peer_takes_one():
    root = ET.fromstring(showing.chart(MEASURED))  # noqa: S314 - our own

    texts = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert "call vs a <peer>" in texts
    assert {"0.50", "0.25"} <= set(texts)
    assert not any("deletion" in text or "among" in text for text in texts)
    widths = [float(bar.get("width")) for bar in root.iter(f"{SVG}rect")]
    assert widths[0] == 2 * widths[1]


def test_json_has_all_there_is_to_a_figure():
    first, *_ = json.loads(showing.as_json(MEASURED))

    assert first == {
        "name": "call",
        "peer": "a <peer>",
        "value": 0.5,
        "unit": "x",
        "least": None,
        "most": 0.4,
        "is_charted": True,
        "holds": False,
    }
