"""The models of impact analyses: all read, none contradicts itself, a fault names file, key and reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from care.adapters.continuity_kits import CONTINUITY, read_model
from care.adapters.kit_reading import KitError
from care.adapters.kits import PackagedKits
from care.domain.bia import Objective, suggest_dmia
from care.domain.bia_content import Stage, lacks
from care.domain.bia_scale import DEFAULT_SCALE
from care.domain.continuity import Perimeter, ResourceKind

MODELS = PackagedKits().models.by_id
ASKED = {
    "urgences", "bloc_operatoire", "reanimation", "samu_regulation", "pharmacie", "laboratoire", "imagerie",
    "sterilisation", "maternite_neonatologie", "dialyse", "hospitalisation_medecine", "psychiatrie", "had", "ehpad",
    "consultations", "admissions_facturation", "identitovigilance", "paie_rh", "achats_finances",
    "standard_telephonique", "restauration", "blanchisserie", "transport_brancardage", "dossier_patient_archives",
    "cancerologie",
}  # fmt: skip


def test_the_usual_activities_have_a_model_and_the_three_perimeters_are_there() -> None:
    assert set(MODELS) >= ASKED
    assert {one.perimeter for one in MODELS.values()} == {*Perimeter, None}


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_model_makes_a_draft_that_only_lacks_who_answered(name: str) -> None:
    model = MODELS[name]
    for lang in ("fr", "en"):
        (lack,) = lacks(model.content(DEFAULT_SCALE, lang))
        assert lack.stage is Stage.ABOUT
    content = model.content(DEFAULT_SCALE, "fr")
    suggested = suggest_dmia(DEFAULT_SCALE, content.answers).minutes
    dmia = content.durations[Objective.DMIA]
    assert suggested is None or (dmia is not None and dmia <= suggested)
    assert {ResourceKind.PEOPLE} <= {need.kind for need in model.needs}
    assert len({need.name.fr for need in model.needs}) == len(model.needs)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_model_is_written_in_two_languages_with_french_typography(name: str) -> None:
    text = (CONTINUITY / "models" / f"{name}.yaml").read_text(encoding="utf-8")
    assert "'" not in text
    model = MODELS[name]
    texts = [model.title, model.description, model.minimum_service, model.peaks, model.durations_why]
    texts += [one.why for one in model.impacts.values()] + [step for mode in model.modes for step in mode.steps]
    assert [one.fr for one in texts if one.fr == one.en] == []


@pytest.mark.parametrize(
    ("activity", "model"),
    [
        ("Urgences adultes", "urgences"),
        ("Bloc opératoire central", "bloc_operatoire"),
        ("PUI", "pharmacie"),
        ("Brancardage", "transport_brancardage"),
        ("Hôpital de jour d’oncologie", "cancerologie"),
        ("HAD Nord", "had"),
        ("Cuisine centrale", "restauration"),
        ("Unité de soins palliatifs", None),
        ("Crèche du personnel", None),
    ],
)
def test_a_model_is_proposed_by_the_name_of_the_activity(activity: str, model: str | None) -> None:
    found = PackagedKits().models.likely(activity)
    assert (found.id if found else None) == model


def broken(tmp_path: Path, change: Any) -> str:
    document = yaml.safe_load((CONTINUITY / "models" / "urgences.yaml").read_text(encoding="utf-8"))
    change(document)
    path = tmp_path / "urgences.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    with pytest.raises(KitError) as fault:
        read_model(path)
    return fault.value.text.fr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.pop("title"), "title, absent"),
        (lambda d: d.update(surplus=1), "clé inconnue : surplus"),
        (lambda d: d["impacts"].pop("staff"), "impacts.staff, absent"),
        (lambda d: d["impacts"]["staff"].update(levels="12"), "impacts.staff.levels, 9 chiffres de 1 à 4"),
        (lambda d: d["impacts"]["staff"].update(levels="123454444"), "impacts.staff.levels, 9 chiffres de 1 à 4"),
        (lambda d: d["impacts"]["staff"].update(levels="432222222"), "impacts.staff.levels, les niveaux ne décr"),
        (lambda d: d["objectives"].update(dmia="0 min"), "objectives.dmia, Une interruption nulle"),
        (lambda d: d["objectives"].update(dmia="bientôt"), "objectives.dmia, 'bientôt' n’est pas une durée"),
        (lambda d: d["objectives"].update(rto="3 h"), "objectives, La reprise visée (3 h)"),
        (lambda d: d["objectives"].update(dmia="3 j"), "objectives, Vos réponses plaident pour 4 h au plus"),
        (lambda d: d.update(minimum_percent=101), "minimum_percent, un entier"),
        (lambda d: d["needs"][0].update(kind="robot"), "needs[1].kind, 'robot' n’est pas l’un de"),
        (lambda d: d["modes"][0]["steps"].clear(), "modes[1].steps, une liste de 2"),
    ],
)
def test_a_fault_of_a_model_names_the_file_the_key_and_the_reason(tmp_path: Path, change: Any, said: str) -> None:
    message = broken(tmp_path, change)
    assert message.startswith("La fiche modèle urgences.yaml ne peut pas être lue : ")
    assert said in message
