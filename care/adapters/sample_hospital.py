"""Reads the sample hospital of `kits/continuity/hospital`. A fault names the file, the key and the reason.

`hospital.yaml` holds its name and the origin of weights, `resources.yaml` what activities rely on, `activities/` one
file per activity, named after its id, with its needs, impact analysis, degraded modes and paper kits; `contacts.yaml`,
`plans.yaml`, `tests.yaml` and `checklist.yaml` the crisis directory, plans, tests and plan blanc. Texts that people
read are in both languages (`fr`, `en`). The schema of each is the reader below: what it does not read it refuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from care.adapters.continuity_kits import models_of
from care.adapters.crisis_kits import crisis_kit_of
from care.adapters.kit_reading import MAX_TEXT, Node, fault, read_document
from care.adapters.sample_checks import check_answers, check_ids, check_plans, check_tests, check_ties
from care.domain.actions import CareCriticality
from care.domain.bia import Objective, duration_fault
from care.domain.continuity import ActivityKind, CellKind, Perimeter, ResourceKind, Strength, TestKind, TestResult
from care.domain.continuity_models import BiaModel, BiaModels
from care.domain.crisis import ItemState
from care.domain.plans import SectionKey
from care.domain.sample_hospital import (
    NOTHING,
    SampleActivity,
    SampleAnswer,
    SampleBia,
    SampleContact,
    SampleHospital,
    SampleKit,
    SampleMode,
    SampleNeed,
    SamplePlan,
    SampleResource,
    SampleResult,
    SampleTest,
    SampleTested,
)
from scanners.model import Text

FILE = Text("La fiche de l’hôpital d’exemple", "The sample hospital file")
MAX_DAYS = 3_650
"""No event of the sample is further away than ten years: our choice."""

T = TypeVar("T")
_ID = re.compile(r"[a-z][a-z0-9_]{1,39}\Z")
_WEIGHT = re.compile(r"\d{1,6}(\.\d{1,3})?\Z")
_DURATIONS = {
    "rto": "rto_minutes",
    "pdma": "pdma_minutes",
    "dmard": "dmard_minutes",
    "backup_every": "backup_every_minutes",
    "restart": "restart_minutes",
}
"""The durations of a resource in the kit, and their columns."""
_TIMES = {
    "recovery": "recovery_minutes",
    "data_loss": "data_loss_minutes",
    "restore": "restore_minutes",
    "held": "held_minutes",
}
"""What a test measures in the kit, and the columns."""


@cache
def hospital_of(continuity: Path) -> SampleHospital:
    """The sample of a `kits/continuity`, read once in the life of a process. KitError names the first fault."""
    folder = continuity / "hospital"
    top = read_document(folder / "hospital.yaml", "hospital.yaml", FILE)
    listed = read_document(folder / "resources.yaml", "resources.yaml", FILE)
    contacts, plans, tests, answers = (
        read_document(folder / f"{name}.yaml", f"{name}.yaml", FILE)
        for name in ("contacts", "plans", "tests", "checklist")
    )
    models = models_of(continuity / "models")
    hospital = SampleHospital(
        name=top.text("name"),
        weight_origin=top.text("weight_origin"),
        resources=tuple(listed.many("resources", _resource, least=1)),
        activities=tuple(read_activity(path, models) for path in sorted((folder / "activities").glob("*.yaml"))),
        contacts=tuple(contacts.many("contacts", _contact, least=1)),
        plans=tuple(plans.many("plans", _plan, least=1)),
        tests=tuple(tests.many("tests", _test, least=1)),
        answers=tuple(answers.many("answers", _answer, least=1)),
    )
    top.only({"name", "weight_origin"})
    for node, name in (
        (listed, "resources"),
        (contacts, "contacts"),
        (plans, "plans"),
        (tests, "tests"),
        (answers, "answers"),
    ):
        node.only({name})
    check_ids(listed, hospital)
    check_ties(listed, hospital)
    check_plans(plans, hospital)
    check_tests(tests, hospital)
    check_answers(answers, hospital, crisis_kit_of(continuity).checklist)
    return hospital


def read_activity(path: Path, models: BiaModels) -> SampleActivity:
    """One activity. KitError when the file, one of its keys or its model is wrong."""
    node = read_document(path, path.name, FILE)
    if not _ID.match(path.stem):
        raise fault(path.name, "id", "minuscules, chiffres et _ seulement", "lower case, digits and _ only", FILE)
    model = node.read("model", lambda one: _model(one, models))
    activity = SampleActivity(
        id=path.stem,
        name=node.text("name"),
        kind=node.child("kind").of(ActivityKind),
        criticality=node.child("criticality").of(CareCriticality),
        perimeter=_maybe(node, "perimeter", lambda one: one.of(Perimeter), None),
        model=model.id,
        description=node.text("description"),
        owner=node.text("owner"),
        correspondent=_text(node, "correspondent"),
        weight=node.plain("weight", _WEIGHT),
        needs=tuple(node.many("needs", _need, least=1)),
        bia=node.read("bia", _bia),
        modes=tuple(node.many("modes", lambda one: _mode(one, model), least=0)),
        kits=tuple(node.many("kits", _kit, least=0)),
    )
    node.only({"name", "kind", "criticality", "perimeter", "model", "description", "owner", "correspondent", "weight",
               "needs", "bia", "modes", "kits"})  # fmt: skip
    return activity


def _maybe(node: Node, name: str, reader: Callable[[Node], T], default: T) -> T:
    return node.read(name, reader) if node.has(name) else default


def _text(node: Node, name: str) -> Text:
    return _maybe(node, name, Node.itself, NOTHING)


def _model(node: Node, models: BiaModels) -> BiaModel:
    found = models.by_id.get(node.words(60))
    if found is None:
        raise node.fault(f"le modèle {node.value} n’existe pas", f"there is no model {node.value}")
    return found


def _resource(node: Node) -> SampleResource:
    resource = SampleResource(
        id=node.plain("id", _ID),
        kind=node.child("kind").of(ResourceKind),
        name=node.text("name"),
        description=_text(node, "description"),
        owner=_text(node, "owner"),
        place=_text(node, "place"),
        contact=_maybe(node, "contact", lambda one: one.words(300), ""),
        durations=MappingProxyType(
            {column: node.minutes(name) for name, column in _DURATIONS.items() if node.has(name)}
        ),
        remote_access=_text(node, "remote_access"),
        cut=_text(node, "cut"),
        needs=tuple(node.many("needs", _need, least=0)),
    )
    node.only({"id", "kind", "name", "description", "owner", "place", "contact", "remote_access", "cut", "needs",
               *_DURATIONS})  # fmt: skip
    return resource


def _need(node: Node) -> SampleNeed:
    need = SampleNeed(
        what=node.plain("what", _ID),
        holds_minutes=node.minutes("holds"),
        strength=_maybe(node, "strength", lambda one: one.of(Strength), Strength.ESSENTIAL),
        instead=_maybe(node, "instead", lambda one: one.words(60), ""),
        note=_text(node, "note"),
    )
    node.only({"what", "holds", "strength", "instead", "note"})
    return need


def _bia(node: Node) -> SampleBia:
    bia = SampleBia(
        answered_days_ago=_days(node, "answered_days_ago"),
        interviewed=node.text("interviewed"),
        durations=MappingProxyType({one: _objective(node, one) for one in Objective if node.has(one)}),
        minimum_percent=_percent(node, "minimum_percent") if node.has("minimum_percent") else None,
        notes=_text(node, "notes"),
    )
    node.only({"answered_days_ago", "interviewed", "minimum_percent", "notes", *Objective})
    return bia


def _objective(node: Node, objective: Objective) -> int:
    minutes = node.minutes(objective)
    if said := duration_fault(objective, minutes):
        raise node.child(objective).fault(said.fr, said.en)
    return minutes


def _mode(node: Node, model: BiaModel) -> SampleMode:
    title, steps = _words_of_mode(node, model)
    mode = SampleMode(
        title=title,
        trigger=node.text("trigger"),
        steps=steps,
        limits=node.text("limits"),
        back_to_normal=_text(node, "back_to_normal"),
        who_to_call=node.text("who_to_call"),
        covers=tuple(node.many("covers", lambda one: one.words(40), least=0)),
        holds_minutes=node.minutes("holds"),
        capacity_percent=_percent(node, "capacity_percent"),
    )
    node.only({"model", "title", "trigger", "steps", "limits", "back_to_normal", "who_to_call", "covers", "holds",
               "capacity_percent"})  # fmt: skip
    return mode


def _words_of_mode(node: Node, model: BiaModel) -> tuple[Text, Text]:
    """Its title and its steps: its own, or those of a mode of the model, by its rank (from 1)."""
    if not node.has("model"):
        return node.text("title"), node.text("steps")
    rank = int(node.number("model"))
    if not 1 <= rank <= len(model.modes):
        raise node.child("model").fault(
            f"le modèle {model.id} a {len(model.modes)} modes", f"model {model.id} has {len(model.modes)} modes"
        )
    mode = model.modes[rank - 1]
    return mode.title, Text(_numbered(one.fr for one in mode.steps), _numbered(one.en for one in mode.steps))


def _numbered(steps: Iterable[str]) -> str:
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))


def _kit(node: Node) -> SampleKit:
    kit = SampleKit(
        name=node.text("name"),
        place=node.text("place"),
        owner=node.text("owner"),
        contents=node.text("contents"),
        check_every_days=_days(node, "check_every_days"),
        autonomy_minutes=node.minutes("autonomy"),
        checked_days_ago=_days(node, "checked_days_ago"),
        checked_by=node.child("checked_by").words(MAX_TEXT),
    )
    node.only({"name", "place", "owner", "contents", "check_every_days", "autonomy", "checked_days_ago", "checked_by"})
    return kit


def _contact(node: Node) -> SampleContact:
    contact = SampleContact(
        cell=node.child("cell").of(CellKind),
        function=node.text("function"),
        name=_line(node, "name"),
        organisation=_line(node, "organisation"),
        phone=node.child("phone").words(60),
        fallback=_line(node, "fallback"),
        deputy=_line(node, "deputy"),
        note=_text(node, "note"),
        checked_days_ago=_days(node, "checked_days_ago"),
    )
    node.only({"cell", "function", "name", "organisation", "phone", "fallback", "deputy", "note", "checked_days_ago"})
    return contact


def _line(node: Node, name: str) -> str:
    return _maybe(node, name, lambda one: one.words(200), "")


def _plan(node: Node) -> SamplePlan:
    sections = node.child("sections")
    found = {key: sections.text(key) for key in SectionKey if sections.has(key)}
    sections.only(set(SectionKey))
    signature = node.child("signature") if node.has("signature") else None
    if signature is not None:
        signature.only({"name", "title", "review_in_days"})
    plan = SamplePlan(
        id=node.plain("id", _ID),
        title=node.text("title"),
        covers=tuple(node.many("covers", lambda one: one.words(40), least=1)),
        sections=MappingProxyType(found),
        signed_by=signature.child("name").words(200) if signature else "",
        signed_as=signature.text("title") if signature else NOTHING,
        review_in_days=_days(signature, "review_in_days") if signature else 0,
    )
    node.only({"id", "title", "covers", "sections", "signature"})
    return plan


def _test(node: Node) -> SampleTest:
    done = _maybe(node, "done", _result, None)
    test = SampleTest(
        kind=node.child("kind").of(TestKind),
        title=node.text("title"),
        scope=node.text("scope"),
        leader=node.child("leader").words(200),
        plan=_line(node, "plan"),
        in_days=-_days(node, "done_days_ago") if done else _days(node, "planned_in_days"),
        tested=tuple(node.many("things", _tested, least=1)),
        done=done,
    )
    days = "done_days_ago" if done else "planned_in_days"
    node.only({"kind", "title", "scope", "leader", "plan", "things", "done", days})
    return test


def _tested(node: Node) -> SampleTested:
    times = {column: node.minutes(name) for name, column in _TIMES.items() if node.has(name)}
    node.only({"what", *_TIMES})
    return SampleTested(node.plain("what", _ID), MappingProxyType(times))


def _result(node: Node) -> SampleResult:
    result = SampleResult(
        result=node.child("result").of(TestResult),
        participants=_whole(node, "participants", 10_000),
        cyber_triggered=_yes(node, "cyber_triggered"),
        degraded_played=_yes(node, "degraded_played"),
        management_present=_yes(node, "management_present"),
        directorates=node.text("directorates"),
        observed=node.text("observed"),
        gaps=node.text("gaps"),
    )
    node.only({"result", "participants", "cyber_triggered", "degraded_played", "management_present", "directorates",
               "observed", "gaps"})  # fmt: skip
    return result


def _yes(node: Node, name: str) -> bool:
    child = node.child(name)
    if not isinstance(child.value, bool):
        raise child.fault("true ou false", "true or false")
    return child.value


def _answer(node: Node) -> SampleAnswer:
    answer = SampleAnswer(node.plain("item", _ID), node.child("state").of(ItemState), _text(node, "note"))
    node.only({"item", "state", "note"})
    return answer


def _days(node: Node, name: str) -> int:
    return _whole(node, name, MAX_DAYS)


def _percent(node: Node, name: str) -> int:
    return _whole(node, name, 100)


def _whole(node: Node, name: str, most: int) -> int:
    number = node.number(name)
    if number > most or number != int(number):
        raise node.child(name).fault(f"un entier de 1 à {most}", f"a whole number from 1 to {most}")
    return int(number)
