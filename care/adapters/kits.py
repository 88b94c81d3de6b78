"""Reads what `kits/remediation` packages: one YAML file per sheet, named after its id, one folder per playbook.

A fault names the file, the key and the reason: a sheet is written by people who know systems, not YAML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import kits
from care.adapters.awareness_kit import AWARENESS, professions_of
from care.adapters.catalogue import catalogue_of
from care.adapters.certification_kit import visit_kit_of
from care.adapters.continuity_kits import CONTINUITY, models_of
from care.adapters.crisis_kits import crisis_kit_of
from care.adapters.exercise_kits import FaultyKitError, read_zip, shipped_kits, zip_of
from care.adapters.framework_files import read_framework_file, themes
from care.adapters.framework_workbook import framework_workbook
from care.adapters.framework_yaml import framework_yaml
from care.adapters.frameworks import imported_framework, shipped_frameworks
from care.adapters.governance_kit import GOVERNANCE, governance_of
from care.adapters.has_manual import manual_template
from care.adapters.indicator_kit import indicators_of
from care.adapters.kit_reading import MAX_TEXT, KitError, Node, fault, read_document, read_text
from care.adapters.maturity_framework import FRAMEWORKS, maturity_of
from care.adapters.questions import FOLDER as QUESTIONS
from care.adapters.questions import questions_of
from care.adapters.sample_hospital import hospital_of
from care.domain.awareness import Profession
from care.domain.catalogue import Offer
from care.domain.certification import VisitKit
from care.domain.continuity_models import BiaModels
from care.domain.crisis import CrisisKit
from care.domain.framework_files import FileFacts, FrameworkFile
from care.domain.frameworks import Framework
from care.domain.governance import GovernanceKit
from care.domain.indicators import IndicatorDefinition
from care.domain.maturity import Maturity
from care.domain.playbooks import Recipe, Recipes, System, Targets, Variable
from care.domain.questions import Questionnaire
from care.domain.remediation import CareRisk, Cost, Effort, Sheet, Sheets, Source, Step, Who
from care.domain.sample_hospital import SampleHospital
from exercises.kit import Bundle
from exercises.kit_check import Fault
from scanners.catalog import SCANNERS, all_rules, rule_by_id
from scanners.model import Lang, Text
from scanners.read_yaml import YamlError, load_list

REMEDIATION = Path(kits.__file__).parent / "remediation"

MAX_SHEETS = 500
MAX_COMMANDS = 6_000
"""Bounds of ours: a sheet that needs more is two sheets."""

_ID = re.compile(r"[a-z][a-z0-9_]{2,59}\Z")
_FOREIGN = re.compile(r"[a-z][a-z0-9_]*\.\S{1,100}\Z")
_VARIABLE = re.compile(r"care_[a-z0-9_]{1,40}\Z")
_URL = re.compile(r"https://\S+\Z")


@dataclass(frozen=True)
class PackagedKits:
    """The packaged kits: sheets, playbooks and models, read once in the life of a process, when first asked for."""

    folder: Path = REMEDIATION
    continuity: Path = CONTINUITY

    @property
    def models(self) -> BiaModels:
        """Every model of impact analysis. KitError at the first fault."""
        return models_of(self.continuity / "models")

    @property
    def crisis(self) -> CrisisKit:
        """The crisis kit. KitError at the first fault."""
        return crisis_kit_of(self.continuity)

    @property
    def catalogue(self) -> tuple[Offer, ...]:
        """The tools, documents and services. KitError at the first fault."""
        return catalogue_of()

    @property
    def visits(self) -> VisitKit:
        """The themes of certification visits. KitError at the first fault."""
        return visit_kit_of()

    @property
    def maturity(self) -> Maturity:
        """The self-assessment of crisis maturity. KitError at the first fault."""
        return maturity_of(FRAMEWORKS / "anssi-crisis.yaml")

    @property
    def frameworks(self) -> tuple[Framework, ...]:
        """Every framework. KitError at the first fault."""
        return shipped_frameworks()

    @property
    def indicators(self) -> tuple[IndicatorDefinition, ...]:
        """Every version of every packaged indicator. KitError at the first fault."""
        return indicators_of()

    def read_framework(self, document: bytes, sha256: str) -> Framework:
        """An imported framework, already checked when it was."""
        return imported_framework(document, sha256)

    def read_framework_file(self, name: str, content: bytes, facts: FileFacts) -> FrameworkFile:
        """The framework of a file of any format taken. SaidError or Invalid say what is wrong."""
        return read_framework_file(name, content, facts)

    def framework_document(self, framework: Framework) -> bytes:
        """A framework as a YAML file."""
        return framework_yaml(framework)

    def framework_workbook(self, framework: Framework, lang: Lang) -> bytes:
        """A framework as a workbook."""
        return framework_workbook(framework, lang)

    def manual_template(self, lang: Lang) -> bytes:
        """An empty workbook for a manual of criteria."""
        return manual_template(themes(), lang)

    @property
    def professions(self) -> Mapping[str, Profession]:
        """The families of professions by id, in order. KitError at the first fault."""
        return professions_of(AWARENESS / "professions.yaml")

    @property
    def questions(self) -> Questionnaire:
        """The questions on our own rules. KitError at the first fault."""
        return questions_of(QUESTIONS / "care-rules.yaml")

    @property
    def governance(self) -> GovernanceKit:
        """What governance follows. KitError at the first fault."""
        return governance_of(GOVERNANCE)

    @property
    def exercises(self) -> Mapping[str, Bundle]:
        """Every kit of a crisis exercise. KitError at the first fault."""
        return shipped_kits()

    def read_exercise(self, content: bytes) -> Bundle | tuple[Fault, ...]:
        """The exercise kit of a zip, or everything that is wrong with it."""
        try:
            return read_zip(content)
        except FaultyKitError as faulty:
            return faulty.faults

    def write_exercise(self, bundle: Bundle) -> bytes:
        """An exercise kit as a zip that can be read again."""
        return zip_of(bundle)

    @property
    def hospital(self) -> SampleHospital:
        """The sample hospital. KitError at the first fault."""
        return hospital_of(self.continuity)

    @property
    def sheets(self) -> Sheets:
        """Every sheet. KitError at the first fault."""
        return _sheets_once(self.folder)

    @property
    def recipes(self) -> Recipes:
        """Every playbook. KitError at the first fault."""
        return _recipes_once(self.folder / "playbooks")


@cache
def _sheets_once(folder: Path) -> Sheets:
    return read_sheets(folder)


@cache
def _recipes_once(folder: Path) -> Recipes:
    return read_recipes(folder)


def read_sheets(folder: Path) -> Sheets:
    """All the sheets of `folder`, each rule treated by one sheet at most. KitError names the first fault."""
    paths = sorted(folder.glob("*.yaml"))
    if len(paths) > MAX_SHEETS:
        raise fault(folder.name, "*.yaml", f"plus de {MAX_SHEETS} fiches", f"more than {MAX_SHEETS} sheets")
    by_id: dict[str, Sheet] = {}
    treated: dict[str, str] = {}
    for path in paths:
        sheet = read_sheet(path)
        for rule in (*sheet.rules, *sheet.foreign):
            other = treated.setdefault(rule.casefold(), sheet.id)
            if other != sheet.id:
                raise fault(path.name, "rules", f"{rule} est déjà traitée par {other}", f"{other} treats {rule} too")
        by_id[sheet.id] = sheet
    return Sheets(by_id, _known_as())


def _known_as() -> Mapping[str, str]:
    """`pingcastle.a-krbtgt` → `ad.krbtgt_password_age`: our references name the rules of other tools. Gravest first.

    The points that an ADS result of ANSSI names are those of the framework `anssi-ad`.
    """
    found: dict[str, str] = {}
    for rule in sorted(all_rules().values(), key=lambda rule: rule.severity.rank):
        for ref in rule.refs:
            tool = "ads" if ref.framework == "anssi-ad" else ref.framework
            found.setdefault(f"{tool}.{ref.item}".casefold(), rule.id)
    return found


def read_sheet(path: Path) -> Sheet:
    """One sheet. KitError when the file, one of its keys or one of its rules is wrong."""
    if not _ID.match(path.stem):
        raise fault(path.name, "id", "minuscules, chiffres et _ seulement", "lower case, digits and _ only")
    node = read_document(path, path.name)
    sheet = Sheet(
        id=path.stem,
        title=node.text("title"),
        rules=tuple(node.many("rules", _rule, least=0)),
        foreign=tuple(node.many("foreign", _foreign, least=0)),
        applies_to=node.text("applies_to"),
        why=node.text("why"),
        effort=node.read("effort", _effort),
        cost=node.read("cost", _cost) if "cost" in node.value else None,
        risk=node.read("care_risk", lambda one: one.child("level").of(CareRisk)),
        care=node.read("care_risk", lambda one: one.text("text")),
        prerequisites=tuple(node.many("prerequisites", Node.itself, least=0)),
        steps=tuple(node.many("steps", _step, least=2)),
        verification=node.text("verification"),
        communication=node.text("communication") if "communication" in node.value else None,
        references=tuple(node.many("references", _source, least=0)),
        playbook=node.plain("playbook", _ID) if "playbook" in node.value else "",
    )
    node.only(_SHEET_KEYS)
    if not sheet.rules and not sheet.foreign:
        raise fault(path.name, "rules", "la fiche ne traite aucune règle", "the sheet treats no rule")
    return sheet


_SHEET_KEYS = {
    "title", "rules", "foreign", "applies_to", "why", "effort", "cost", "care_risk", "prerequisites", "steps",
    "verification", "communication", "references", "playbook",
}  # fmt: skip


def _rule(node: Node) -> str:
    rule = rule_by_id(node.words(100))
    if rule is None:
        raise node.fault(f"la règle {node.value} n’existe pas", f"there is no rule {node.value}")
    return rule.id


def _foreign(node: Node) -> str:
    words = node.words(120)
    if not _FOREIGN.match(words) or rule_by_id(words) is not None:
        raise node.fault(f"{words!r} n’est pas outil.règle", f"{words!r} is not tool.rule")
    return words


def _effort(node: Node) -> Effort:
    effort = Effort(float(node.number("days")), node.text("basis"))
    node.only({"days", "basis"})
    return effort


def _cost(node: Node) -> Cost:
    cost = Cost(int(node.number("low")), int(node.number("high")), node.text("source"))
    node.only({"low", "high", "source"})
    if cost.low > cost.high:
        raise node.fault("low dépasse high", "low is above high")
    return cost


def _step(node: Node) -> Step:
    step = Step(
        who=tuple(node.many("who", _who, least=1)),
        do=node.text("do"),
        check=node.text("check"),
        run=node.child("run").words(MAX_COMMANDS) if "run" in node.value else "",
        back=node.text("back") if "back" in node.value else None,
    )
    node.only({"who", "do", "check", "run", "back"})
    return step


def _who(node: Node) -> Who:
    return node.of(Who)


def _source(node: Node) -> Source:
    source = Source(
        Text(node.child("fr").words(MAX_TEXT), node.child("en").words(MAX_TEXT)),
        node.plain("url", _URL) if "url" in node.value else "",
    )
    node.only({"fr", "en", "url"})
    return source


def read_recipes(folder: Path) -> Recipes:
    """Every packaged playbook of `folder`. KitError names the first fault."""
    if not folder.is_dir():
        return Recipes()
    return Recipes({path.name: read_recipe(path) for path in sorted(folder.iterdir()) if path.is_dir()})


def read_recipe(folder: Path) -> Recipe:
    """One playbook: `recipe.yaml`, `tasks.yml`, and where it has them `handlers.yml` and `templates/`."""
    path = folder / "recipe.yaml"
    node = read_document(path, f"{folder.name}/{path.name}")
    node.only({"title", "system", "targets", "accounts", "notes", "rules", "variables"})
    recipe = Recipe(
        name=folder.name,
        title=node.text("title"),
        system=node.child("system").of(System),
        targets=node.child("targets").of(Targets),
        rules=_recipe_rules(node.child("rules")),
        files=_role_files(folder),
        variables=tuple(node.many("variables", _variable, least=0)),
        notes=tuple(node.many("notes", Node.itself, least=0)),
        accounts=node.value.get("accounts") is True,
    )
    known = {one.name for one in recipe.variables}
    for rule, settings in recipe.rules.items():
        if unknown := sorted(set(settings) - known):
            raise node.fault(
                f"{rule} règle {unknown[0]}, qui n’est pas déclaré", f"{rule} sets undeclared {unknown[0]}"
            )
    return recipe


def _recipe_rules(node: Node) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(node.value, dict) or not node.value:
        raise node.fault("au moins une règle est attendue", "at least one rule is expected")
    for rule, settings in node.value.items():
        if not isinstance(settings, dict):
            raise node.fault(f"{rule} : des réglages sont attendus", f"{rule}: settings are expected")
        if rule_by_id(rule) is None and not (_FOREIGN.match(rule) and rule.partition(".")[0] not in SCANNERS):
            raise node.fault(f"la règle {rule} n’existe pas", f"there is no rule {rule}")
    return MappingProxyType({rule: MappingProxyType(settings) for rule, settings in node.value.items()})


def _variable(node: Node) -> Variable:
    variable = Variable(
        name=node.plain("name", _VARIABLE),
        text=Text(node.child("fr").words(MAX_TEXT), node.child("en").words(MAX_TEXT)),
        default=node.value.get("default"),
        required=node.value.get("required") is True,
    )
    node.only({"name", "fr", "en", "default", "required"})
    if variable.required == ("default" in node.value):
        raise node.fault("default, ou required: true", "default, or required: true")
    return variable


def _role_files(folder: Path) -> Mapping[str, str]:
    files = {}
    for name in ("tasks", "handlers"):
        path = folder / f"{name}.yml"
        if path.is_file() or name == "tasks":
            text = read_text(path, f"{folder.name}/{path.name}")
            try:
                load_list(text, f"{folder.name}/{path.name}")
            except YamlError as error:
                raise KitError(error.text.fr, error.text.en) from error
            files[f"{name}/main.yml"] = text
    for path in sorted((folder / "templates").glob("*.j2")):
        files[f"templates/{path.name}"] = read_text(path, f"{folder.name}/{path.name}")
    return MappingProxyType(files)
