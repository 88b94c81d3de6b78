"""Reads the models of `kits/continuity/models`: one YAML file per activity, named after its id."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import kits
from care.adapters.kit_reading import Node, fault, read_document
from care.domain.actions import CareCriticality
from care.domain.bia import Objective, duration_fault, remarks
from care.domain.bia_scale import DEFAULT_SCALE
from care.domain.continuity import ActivityKind, Perimeter, ResourceKind, Strength
from care.domain.continuity_models import BiaModel, BiaModels, ModelImpact, ModelMode, ModelNeed
from scanners.model import Text

CONTINUITY = Path(kits.__file__).parent / "continuity"
MODEL = Text("La fiche modèle", "The model")
MAX_MODELS = 200

_ID = re.compile(r"[a-z][a-z0-9_]{2,59}\Z")
_LEVELS = re.compile(rf"[1-{DEFAULT_SCALE.top}]{{{len(DEFAULT_SCALE.steps)}}}\Z")
_KEYS = {
    "title", "description", "interview", "kind", "perimeter", "criticality", "keywords", "impacts", "objectives",
    "minimum_service", "minimum_percent", "peaks", "needs", "modes",
}  # fmt: skip


@cache
def models_of(folder: Path) -> BiaModels:
    """Every model of a folder, read once in the life of a process. KitError names the first fault."""
    paths = sorted(folder.glob("*.yaml"))
    if len(paths) > MAX_MODELS:
        raise fault(folder.name, "*.yaml", f"plus de {MAX_MODELS} modèles", f"more than {MAX_MODELS} models", MODEL)
    return BiaModels({path.stem: read_model(path) for path in paths})


def read_model(path: Path) -> BiaModel:
    """One model. KitError when the file or one of its keys is wrong."""
    if not _ID.match(path.stem):
        raise fault(path.name, "id", "minuscules, chiffres et _ seulement", "lower case, digits and _ only", MODEL)
    node = read_document(path, path.name, MODEL)
    durations, why = node.read("objectives", _objectives)
    model = BiaModel(
        id=path.stem,
        title=node.text("title"),
        description=node.text("description"),
        interview=tuple(node.many("interview", Node.itself, least=1)),
        kind=node.child("kind").of(ActivityKind),
        perimeter=node.child("perimeter").of(Perimeter) if node.has("perimeter") else None,
        criticality=node.child("criticality").of(CareCriticality),
        keywords=tuple(node.many("keywords", lambda one: one.words(60), least=1)),
        impacts=node.read("impacts", _impacts),
        durations=durations,
        durations_why=why,
        minimum_service=node.text("minimum_service"),
        minimum_percent=_percent(node),
        peaks=node.text("peaks"),
        needs=tuple(node.many("needs", _need, least=1)),
        modes=tuple(node.many("modes", _mode, least=1)),
    )
    node.only(_KEYS)
    _check_together(node, model)
    return model


def _check_together(node: Node, model: BiaModel) -> None:
    """A model that contradicts itself would teach people to."""
    answers = {key: dict(zip(DEFAULT_SCALE.steps, one.levels, strict=True)) for key, one in model.impacts.items()}
    said = remarks(DEFAULT_SCALE, answers, model.durations)
    if said:
        raise node.child("objectives").fault(said[0].text.fr, said[0].text.en)


def _impacts(node: Node) -> Mapping[str, ModelImpact]:
    keys = [axis.key for axis in DEFAULT_SCALE.axes]
    found = {key: node.read(key, _impact) for key in keys}
    node.only(set(keys))
    return MappingProxyType(found)


def _impact(node: Node) -> ModelImpact:
    """Levels are written as one digit per step; they never go down in a model."""
    digits = str(node.child("levels").value)
    if not _LEVELS.match(digits):
        most, count = DEFAULT_SCALE.top, len(DEFAULT_SCALE.steps)
        raise node.child("levels").fault(f"{count} chiffres de 1 à {most}", f"{count} digits from 1 to {most}")
    if list(digits) != sorted(digits):
        raise node.child("levels").fault("les niveaux ne décroissent pas", "levels do not go down")
    impact = ModelImpact(tuple(int(one) for one in digits), node.text("why"))
    node.only({"levels", "why"})
    return impact


def _objectives(node: Node) -> tuple[Mapping[Objective, int], Text]:
    durations = {one: node.minutes(one) for one in Objective}
    for one, minutes in durations.items():
        if said := duration_fault(one, minutes):
            raise node.child(one).fault(said.fr, said.en)
    why = node.text("why")
    node.only({*Objective, "why"})
    return MappingProxyType(durations), why


def _percent(node: Node) -> int:
    percent = node.number("minimum_percent")
    if percent > 100 or percent != int(percent):
        raise node.child("minimum_percent").fault("un entier de 1 à 100", "a whole number from 1 to 100")
    return int(percent)


def _need(node: Node) -> ModelNeed:
    need = ModelNeed(
        kind=node.child("kind").of(ResourceKind),
        name=Text(node.child("fr").words(120), node.child("en").words(120)),
        strength=node.child("strength").of(Strength) if node.has("strength") else Strength.ESSENTIAL,
        holds_minutes=node.minutes("holds"),
    )
    node.only({"kind", "fr", "en", "strength", "holds"})
    return need


def _mode(node: Node) -> ModelMode:
    mode = ModelMode(node.text("title"), tuple(node.many("steps", Node.itself, least=2)))
    node.only({"title", "steps"})
    return mode
