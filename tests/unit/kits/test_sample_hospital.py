"""The sample hospital as data: read in full, nobody real in it, faults named with their file and key."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from care.adapters.continuity_kits import CONTINUITY
from care.adapters.kit_reading import KitError
from care.adapters.sample_hospital import hospital_of
from care.domain.continuity import Perimeter, ResourceKind

HOSPITAL = hospital_of(CONTINUITY)
FILES = sorted((CONTINUITY / "hospital").rglob("*.yaml"))
# The ranges that ARCEP keeps for works of fiction: nobody answers there.
FICTION = re.compile(r"(01 99 00|02 61 91|03 53 01|04 65 71|05 36 49|06 39 98) \d\d \d\d\Z")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of what the sample needs, to be broken."""
    for name in ("hospital", "models"):
        shutil.copytree(CONTINUITY / name, tmp_path / name)
    return tmp_path


def test_a_whole_hospital() -> None:
    assert len(HOSPITAL.activities) == 15
    assert {one.kind for one in HOSPITAL.resources} == set(ResourceKind)
    assert HOSPITAL.dependencies >= 110
    assert {one.perimeter for one in HOSPITAL.activities} == {*Perimeter, None}
    assert sum(int(one.weight) for one in HOSPITAL.activities) == 900
    suppliers = [one for one in HOSPITAL.resources if one.remote_access.fr]
    assert len(suppliers) >= 3
    assert all(one.kind is ResourceKind.SUPPLIER and one.cut.fr for one in suppliers)


def test_every_number_is_kept_for_fiction() -> None:
    numbers = [found for path in FILES for found in re.findall(r"\b0\d(?: \d\d){4}\b", path.read_text("utf-8"))]
    assert len(numbers) >= 15
    assert [number for number in numbers if not FICTION.match(number)] == []


def test_french_is_typographic() -> None:
    for path in FILES:
        lines = [line for line in path.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")]
        assert [line for line in lines if "'" in line] == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("resources.yaml", "kind: people", "kind: poeple", "resources[38].kind"),
        ("resources.yaml", "what: equipe_si", "what: equipe_sj", "virtualisation nomme equipe_sj"),
        ("resources.yaml", "what: equipe_si", "what: urgences", "virtualisation nomme urgences"),
        ("resources.yaml", 'rto: "30 min"', 'rto: "trente"', "resources[1].rto"),
        ("activities/urgences.yaml", "model: urgences", "model: urgence", "le modèle urgence n’existe pas"),
        ("activities/urgences.yaml", "  - model: 2", "  - model: 3", "modes[2].model"),
        ("activities/urgences.yaml", 'weight: "92"', 'weight: "beaucoup"', "weight"),
        ("activities/urgences.yaml", "covers: [laboratoire", "covers: [laborantin", "urgences nomme laborantin"),
        ("activities/urgences.yaml", "perimeter: care", "perimetre: care", "clé inconnue : perimetre"),
        ("activities/bloc.yaml", 'fr: "Bloc opératoire"', 'fr: "Urgences"', "« Urgences » est écrit deux fois"),
        ("hospital.yaml", "weight_origin:", "origin:", "weight_origin, absent"),
    ],
)
def test_a_fault_names_file_key_and_reason(folder: Path, file: str, old: str, new: str, said: str) -> None:
    path = folder / "hospital" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(KitError) as fault:
        hospital_of(folder)
    assert said in fault.value.text.fr
    assert "La fiche de l’hôpital d’exemple" in fault.value.text.fr
