"""Our own requirements as the catalogue of rules lists them: measured, computed, or asked of a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from care.adapters.frameworks import FOLDER, framework_of
from care.adapters.questions import FOLDER as QUESTIONS
from care.adapters.questions import questions_of
from care.domain.frameworks import Item
from care.domain.questions import Question
from scanners.catalog import all_rules
from scanners.model import Kind

_FILE = "care-rules.yaml"
_SUREST = (Kind.MEASURED, Kind.COMPUTED)


@dataclass(frozen=True, slots=True)
class Asked:
    """A requirement with its question. `kind` is how it is seen at best: measured or computed when one of `rules` (ids)
    does so, declared when only people can tell. `section` is the one of the questionnaire."""

    ref: str
    kind: Kind
    item: Item
    question: Question
    section: str
    rules: tuple[str, ...]


def asked_requirements() -> Iterator[Asked]:
    """Every requirement that has a question, in the order of the framework."""
    framework, questions = framework_of(FOLDER / _FILE), questions_of(QUESTIONS / _FILE)
    found: dict[str, list[tuple[Kind, str]]] = defaultdict(list)
    for rule in all_rules().values():
        for ref in rule.refs:
            found[str(ref)].append((rule.kind, rule.id))
    for item in framework.requirements:
        question = questions.by_item.get(item.id)
        if question is not None:
            name = str(framework.ref(item))
            kinds = {kind for kind, _rule in found[name]}
            surest = next((one for one in _SUREST if one in kinds), Kind.DECLARED)
            rules = tuple(rule for _kind, rule in found[name])
            yield Asked(name, surest, item, question, questions.section_of[item.id].id, rules)
