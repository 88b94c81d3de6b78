"""Every rule of the directory has its fault in the lab, or the reason why none can be planted.

Here the plantings are read; `tests/integration/test_ad_clean.py` says the same of the domains that they made.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from scanners.catalog import rules_of
from tests.lab.ad import READERS
from tests.lab.ad.not_plantable import NOT_PLANTABLE

LAB = Path(__file__).parents[2] / "lab" / "ad"
RULES = {rule.id for rule in rules_of("ad")}
SENTENCE = 80
"""A reason that holds in fewer characters does not say what was tried."""


def expectations() -> Iterator[tuple[str, ast.Call]]:
    """The calls by which the plantings say what must be found. They run under Samba's Python: here they are read."""
    for file in sorted(LAB.glob("faults*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "expect":
                yield f"{file.name}:{node.lineno}", node


def named(call: ast.Call) -> tuple[list[ast.expr], list[ast.expr]]:
    """Which rules a call names, and on which subjects: a domain says a rule, a share says a subject, first."""
    first, rest = call.args[:1], call.args[1:]
    of_share = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "share"
    return (rest, first) if of_share else (first, rest)


def ids(rules: list[ast.expr]) -> list[str]:
    """The ids of these rules, empty when one is not written as it is."""
    flat = [one for rule in rules for one in (spread(rule) if isinstance(rule, ast.Starred) else [rule])]
    values = [one.value for one in flat if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return [f"ad.{value}" for value in values] if len(values) == len(flat) else []


def spread(starred: ast.Starred) -> list[ast.expr]:
    return starred.value.elts if isinstance(starred.value, ast.Tuple) else [starred.value]


def planted() -> set[str]:
    return {name for _, call in expectations() for name in ids(named(call)[0])}


def test_each_expectation_names_rules_as_they_are_and_a_subject() -> None:
    vague = []
    for place, call in expectations():
        rules, subjects = named(call)
        if not ids(rules) or not subjects:
            vague.append(place)
    assert vague == []


def test_each_expectation_is_that_of_an_account_that_audits() -> None:
    readers = [key.value for _, call in expectations() for key in call.keywords if key.arg == "reader"]
    assert {ast.literal_eval(reader) for reader in readers} == set(READERS) - {"auditor"}


def test_each_rule_is_planted_or_said_not_to_be_plantable() -> None:
    assert sorted(RULES - planted() - set(NOT_PLANTABLE)) == []


def test_no_rule_is_both() -> None:
    assert sorted(planted() & set(NOT_PLANTABLE)) == []


def test_only_rules_that_exist_are_named() -> None:
    assert sorted((planted() | set(NOT_PLANTABLE)) - RULES) == []


def test_each_reason_says_what_was_tried() -> None:
    assert [name for name, reason in NOT_PLANTABLE.items() if len(reason) < SENTENCE or not reason.endswith(".")] == []
