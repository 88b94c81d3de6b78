"""The frameworks shipped: each can be read, and they and the rules point to one another."""

from __future__ import annotations

from collections.abc import Mapping

from care.adapters.frameworks import shipped_frameworks
from care.domain.frameworks import Framework, Method
from scanners.catalog import all_rules

SHIPPED: Mapping[str, Framework] = {one.id: one for one in shipped_frameworks()}
REFS = {ref for rule in all_rules().values() for ref in rule.refs if ref.framework in SHIPPED}


def test_every_reference_of_a_rule_exists() -> None:
    assert REFS
    assert [str(ref) for ref in sorted(REFS) if not _exists(str(ref))] == []


def test_a_requirement_is_assessed_by_a_rule_exactly_when_one_refers_to_it() -> None:
    named = {str(ref) for ref in REFS}
    wrong = [
        ref
        for one in SHIPPED.values()
        for item in one.requirements
        if (Method.RULE in item.assessed_by) != ((ref := str(one.ref(item))) in named)
    ]
    assert wrong == []


def test_what_a_requirement_maps_to_exists() -> None:
    maps = [str(other) for one in SHIPPED.values() for item in one.items for other in item.maps]
    assert maps
    assert [other for other in maps if not _exists(other)] == []


def _exists(ref: str) -> bool:
    framework, _colon, item = ref.partition(":")
    return framework in SHIPPED and item in SHIPPED[framework].by_id
