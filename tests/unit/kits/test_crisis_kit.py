"""The crisis kit: read in full, sources and doubts told, faults named with their file and key."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from care.adapters.continuity_kits import CONTINUITY
from care.adapters.crisis_kits import KitError, crisis_kit_of
from care.domain.continuity import CellKind
from care.domain.crisis import CELLS, Confidence, CrisisKit, FieldKind

KIT = crisis_kit_of(CONTINUITY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("duties.yaml", "crisis.yaml", "plan-blanc.yaml"):
        shutil.copy(CONTINUITY / name, tmp_path / name)
    return tmp_path


def changed(folder: Path, name: str, old: str, new: str) -> Path:
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return folder


def test_the_duties_that_people_are_asked_about() -> None:
    duties = {duty.id: duty for duty in KIT.duties}
    assert [step.minutes for step in duties["cert_sante"].steps] == [None, None]
    assert "L.1111-8-2" in duties["cert_sante"].source.fr
    assert [step.minutes for step in duties["cnil"].steps] == [72 * 60]
    assert [step.minutes for step in duties["nis2"].steps] == [24 * 60, 72 * 60, 30 * 24 * 60]
    assert duties["nis2"].confidence is Confidence.TO_CONFIRM


def test_every_cell_has_a_head_to_appoint() -> None:
    assert {one.cell for one in KIT.functions} == set(CellKind)
    assert set(CELLS) == set(CellKind) - {CellKind.NONE}


def test_the_checklist_has_three_parts_a_reason_each_and_serves_the_objective() -> None:
    assert [part.id for part in KIT.checklist.parts] == ["prevention", "anticipation", "technical"]
    assert all(item.why.fr and item.why.en for item in KIT.checklist.items)
    assert sum("care-d2:O1.B" in item.refs for item in KIT.checklist.items) >= 5
    assert "officielles" in KIT.checklist.origin.fr


def test_french_is_typographic() -> None:
    for name in ("duties.yaml", "crisis.yaml", "plan-blanc.yaml"):
        text = (CONTINUITY / name).read_text("utf-8")
        french = [line for line in text.splitlines() if not line.lstrip().startswith(("#", "en:"))]
        assert [line for line in french if "'" in line.split(", en:")[0].replace(": '", "").rstrip("'}")] == []


@pytest.mark.parametrize(
    ("name", "old", "new", "key"),
    [
        ("duties.yaml", "minutes: 4320", "minutes: -3", "duties[2].steps[1].minutes"),
        ("duties.yaml", "    confidence: read", "    confidence: sure", "duties[1].confidence"),
        ("duties.yaml", "id: cnil", "id: cert_sante", "cert_sante"),
        ("duties.yaml", "kind: boxes", "kind: line", "form[4]"),
        ("duties.yaml", "form:", "forms:", "form"),
        ("crisis.yaml", "cell: decision", "cell: réanimation", "functions[1].cell"),
        ("crisis.yaml", "until: {fr: tout de suite, en: at once}", "until: demain", "first_hour[1].until"),
        ("plan-blanc.yaml", "id: purchases", "id: rssi", "rssi"),
        ("plan-blanc.yaml", "care-d2:O1.C", "D2.O1.C", "parts[1].items[5].refs[1]"),
    ],
)
def test_a_fault_is_named_with_its_file_and_key(folder: Path, name: str, old: str, new: str, key: str) -> None:
    with pytest.raises(KitError) as refused:
        crisis_kit_of(changed(folder, name, old, new))
    assert name in refused.value.text.fr
    assert key in refused.value.text.fr


def test_the_files_hold_what_was_read() -> None:
    assert isinstance(KIT, CrisisKit)
    written = yaml.safe_load((CONTINUITY / "plan-blanc.yaml").read_text("utf-8"))
    assert sum(len(part["items"]) for part in written["parts"]) == len(KIT.checklist.items)
    assert all(bool(field.options) == (field.kind is FieldKind.BOXES) for field in KIT.form)
