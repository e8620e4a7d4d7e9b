"""The ledger of behaviours, and the marks by which tests name the rules of it that they prove.

Both are read as they are written, so that it makes no difference which tests a run selects. A test
file is about behaviour when its docstring names a part of the ledger: "(ledger: tags)"; then each
of its tests proves a rule.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

_HEADER = ["id", "behaviour", "evidence"]
_ID = re.compile("`[a-z0-9]+(-[a-z0-9]+)*`")
_LETTER = "(D|S′|S|I)"
# A clause, its letters, a remark: "the rest: S, I (disputed)".
_PART = rf"([^:;()]+: )?{_LETTER}(, {_LETTER})*( \([^()]+\))?"
_EVIDENCE = re.compile(rf"{_PART}(; {_PART})*|conventions of moto|the mock's own")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Have a rule's tests selected by ``-k 'rule[its-id]'``."""
    for mark in item.iter_markers("rule"):
        item.extra_keyword_matches.update(f"rule[{rule}]" for rule in mark.args)


def faults(ledger: Path, tests: Path) -> list[str]:
    """What is wrong with a ledger, and with the marks of the tests in a folder."""
    found, rules, proven = [], [], set()
    for row in _rows(ledger.read_text(encoding="utf-8")):
        rule, evidence = row[0].strip("`"), row[-1]
        if len(row) != len(_HEADER):
            found.append(f"{rule}: a row of {len(row)} cells")
        if not _ID.fullmatch(row[0]):
            found.append(f"{row[0]}: no id")
        if rule in rules:
            found.append(f"{rule}: in two rows")
        if not _EVIDENCE.fullmatch(evidence):
            found.append(f"{rule}: no evidence: {evidence}")
        rules.append(rule)
    for path in sorted(tests.glob("test_*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        is_about_behaviour = "(ledger: " in (ast.get_docstring(module) or "")
        for test, named in _tests(module):
            found += [f"{path.name}: {test}: no rule {rule}" for rule in sorted(named - {*rules})]
            if is_about_behaviour and not named:
                found.append(f"{path.name}: {test}: proves no rule")
            proven |= named
    return found + [f"{rule}: proven by no test" for rule in rules if rule not in proven]


def _rows(text: str) -> Iterator[list[str]]:
    """The rows of the ledger's tables, in cells; other tables are none of its."""
    for table in re.findall(r"^(?:\|.*\n)+", text, re.MULTILINE):
        header, _, *rows = (
            [cell.strip() for cell in line.strip().strip("|").split("|")]
            for line in table.splitlines()
        )
        if header == _HEADER:
            yield from rows


def _tests(parent: ast.Module | ast.ClassDef, named: Iterable[str] = ()) -> Iterator:
    """The tests in a module or class, each with the rules that it or what it is in names."""
    named = {*named, *_marks_of_all_in(parent)}
    for node in parent.body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from _tests(node, named | _named_by(node.decorator_list))
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if is_function and node.name.startswith("test_"):
            yield node.name, named | _named_by(node.decorator_list)


def _marks_of_all_in(parent: ast.Module | ast.ClassDef) -> set[str]:
    for node in parent.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            return _named_by(getattr(node.value, "elts", [node.value]))
    return set()


def _named_by(marks: Iterable[ast.expr]) -> set[str]:
    return {
        ast.unparse(argument).strip("'")
        for mark in marks
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.rule"
        for argument in mark.args
    }
