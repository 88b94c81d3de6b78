"""What governance follows, as data: everything sourced, nothing official without a text, faults named."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from care.adapters.governance_kit import GOVERNANCE, governance_of
from care.adapters.kit_reading import KitError
from care.domain.frameworks import Confidence
from care.domain.governance import Direction, FigureGroup

KIT = governance_of(GOVERNANCE)


def test_nothing_is_said_to_be_official() -> None:
    sourced = [
        *KIT.functions.values(),
        *KIT.indicators.values(),
        *KIT.benchmarks.values(),
        *(target for one in KIT.indicators.values() for target in one.targets),
    ]
    assert all(one.source.fr and one.source.en for one in sourced)
    assert {one.confidence for one in sourced} <= {Confidence.COPY, Confidence.SECOND_HAND, Confidence.OURS}


def test_the_budget_figures_are_second_hand() -> None:
    assert {one.id: (one.per_mille, one.confidence) for one in KIT.benchmarks.values()} == {
        "national": (16, Confidence.SECOND_HAND),
        "target": (20, Confidence.SECOND_HAND),
    }


def test_every_group_is_followed_and_core_services_have_no_invented_target() -> None:
    assert {one.group for one in KIT.indicators.values()} == set(FigureGroup)
    assert not any(KIT.indicators[name].targets for name in ("ins_qualified", "mes_documents", "mss_letters"))
    lower = {one.id for one in KIT.indicators.values() if one.direction is Direction.LOWER}
    assert lower == {"mss_rejected", *(one.id for one in KIT.indicators.values() if one.group is FigureGroup.OSE)}


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("functions.yaml", "id: dpo", "id: rssi", "rssi est écrit deux fois"),
        ("functions.yaml", "confidence: copy", "confidence: sure", "n’est pas l’un de"),
        ("indicators.yaml", "percent: 75", "percent: 101", "un nombre entier jusqu’à 100"),
        ("indicators.yaml", "year: 2027, percent: 75", "year: 2029, percent: 75", "l’ordre des années"),
        ("budget.yaml", "per_mille: 16", "per_mille: 1.6", "un nombre entier"),
        ("committees.yaml", "- id: security", "- name: x\n    id: security", "clé inconnue"),
    ],
)
def test_a_fault_names_the_file_and_the_reason(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    folder = tmp_path / "governance"
    copytree(GOVERNANCE, folder)
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))
    with pytest.raises(KitError) as fault:
        governance_of(folder)
    assert file in fault.value.text.fr
    assert said in fault.value.text.fr
