"""The ledger of behaviours and the marks on the tests agree, and what checks it finds every fault."""

from __future__ import annotations

from pathlib import Path

import pytest
from ledger import faults

TESTS = Path(__file__).parent

LEDGER = """\
| evidence | meaning |
| --- | --- |
| D | documented |

| id | behaviour | evidence |
| --- | --- | --- |
| `a-rule` | It is so. | {} |
"""
SOURCE = '''\
"""What is so (ledger: rules)."""

import pytest

{}
'''
PROOF = """\
@pytest.mark.rule("a-rule")
def test_it():
    pass
"""


def faults_of(folder, ledger, source):
    (folder / "behaviour.md").write_text(ledger, encoding="utf-8")
    (folder / "test_it.py").write_text(source, encoding="utf-8")
    return faults(folder / "behaviour.md", folder)


def test_every_rule_is_proven_and_every_test_of_behaviour_proves_one():
    assert faults(TESTS.parent / "docs" / "behaviour.md", TESTS) == []


@pytest.mark.parametrize(
    "evidence",
    [
        "D",
        "S′",
        "D, S′",
        "S, I (disputed: one program relies on it)",
        "the first, the second: D; the rest: S, I (so far); the last: S",
        "conventions of moto",
        "the mock's own",
    ],
)
def test_evidence_is_made_of_letters(tmp_path, evidence):
    assert faults_of(tmp_path, LEDGER.format(evidence), SOURCE.format(PROOF)) == []


@pytest.mark.parametrize(
    "evidence", ["", "d", "X", "DS", "D S", "D,S", "D; ", "I think so", "the rest", "conventions"]
)
def test_other_evidence_is_none(tmp_path, evidence):
    found = faults_of(tmp_path, LEDGER.format(evidence), SOURCE.format(PROOF))

    assert found == [f"a-rule: no evidence: {evidence.strip()}"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("| `b-rule` | It is so. | D |", ["b-rule: proven by no test"]),
        ("| `a-rule` | It is so. | D |", ["a-rule: in two rows"]),
        ("| a-rule | It is so. | D |", ["a-rule: no id", "a-rule: in two rows"]),
        ("| `A_rule` | It is so. | D |", ["`A_rule`: no id", "A_rule: proven by no test"]),
        (
            "| `b-rule` | `a|b` | D |",
            ["b-rule: a row of 4 cells", "b-rule: proven by no test"],
        ),
        ("| `b-rule` |", ["b-rule: a row of 1 cells", "b-rule: no evidence: `b-rule`"]),
    ],
)
def test_faulty_row_is_found(tmp_path, row, expected):
    found = faults_of(tmp_path, LEDGER.format("D") + f"{row}\n", SOURCE.format(PROOF))

    assert found[: len(expected)] == expected


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        (PROOF.replace("a-rule", "b-rule"), "test_it: no rule b-rule"),
        (PROOF.replace('"a-rule"', '"a-rule", "b-rule"'), "test_it: no rule b-rule"),
        (PROOF.replace('"a-rule"', "RULE"), "test_it: no rule RULE"),
        (f"{PROOF}\ndef test_more():\n    pass", "test_more: proves no rule"),
        (f"{PROOF}\nasync def test_more():\n    pass", "test_more: proves no rule"),
        (
            f"{PROOF}\nclass TestMore:\n    @pytest.fixture\n    def test_more(self):\n        pass",
            "test_more: proves no rule",
        ),
        (f"{PROOF}\n@pytest.mark.rule\ndef test_more():\n    pass", "test_more: proves no rule"),
    ],
)
def test_faulty_mark_is_found(tmp_path, tests, expected):
    found = faults_of(tmp_path, LEDGER.format("D"), SOURCE.format(tests))

    assert found[0] == f"test_it.py: {expected}"


@pytest.mark.parametrize(
    "tests",
    [
        f"{PROOF}\ndef more():\n    pass\n\nclass More:\n    def test_it(self):\n        pass",
        PROOF.replace("def", "async def"),
        PROOF.replace("@", "@pytest.mark.parametrize('x', [1])\n@"),
        'pytestmark = pytest.mark.rule("a-rule")\n\ndef test_it():\n    pass',
        'pytestmark = [pytest.mark.rule("a-rule"), other]\n\ndef test_it():\n    pass',
        '@pytest.mark.rule("a-rule")\nclass TestIt:\n    def test_it(self):\n        pass',
        """\
class TestIt:
    pytestmark = pytest.mark.rule("a-rule")
    def test_it(self):
        pass
""",
        """\
class TestIt:
    class TestThat:
        @pytest.mark.rule("a-rule")
        def test_it(self):
            pass
""",
    ],
)
def test_marks_are_read_wherever_pytest_takes_them(tmp_path, tests):
    assert faults_of(tmp_path, LEDGER.format("D"), SOURCE.format(tests)) == []


@pytest.mark.parametrize("source", ['"""Something else."""\n', ""])
def test_tests_of_something_else_may_prove_no_rule(tmp_path, source):
    (tmp_path / "test_else.py").write_text(f"{source}def test_it():\n    pass", encoding="utf-8")

    assert faults_of(tmp_path, LEDGER.format("D"), SOURCE.format(PROOF)) == []


def test_tests_of_a_rule_can_be_selected(pytester):
    pytester.makeconftest("from ledger import pytest_itemcollected")
    more = PROOF.replace("a-rule", "a-rule-more").replace("test_it", "test_more")
    pytester.makepyfile(SOURCE.format(PROOF + more))

    result = pytester.runpytest("-k", "rule[a-rule]")

    result.assert_outcomes(passed=1, deselected=1)
