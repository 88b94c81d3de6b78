"""What is still to do for a requirement, line by line, and which page does it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from care.domain.findings import State
from care.domain.frameworks import Framework, Item, Method
from care.domain.judging import CONTRADICTED, PEOPLE, Heard, Say
from care.domain.node_names import folded
from care.services.frameworks.assessing import Assessed, heard
from care.services.frameworks.computed import unknown_value
from care.services.frameworks.ground import Checked, Ground, ref_of
from care.services.frameworks.voices import SERVES, rules_heard
from scanners.model import Lang, Rule, Status, Text


class Way(StrEnum):
    """The page that does it. `rule` names one in `Todo.value`, `audit` a scanner."""

    EVIDENCE = "evidence"
    ANSWER = "answer"
    ACTION = "action"
    RULE = "rule"
    AUDIT = "audit"
    ADS = "ads"
    COVERAGE = "coverage"
    EXERCISES = "exercises"
    FRAMEWORK = "framework"
    PARAMETER = "parameter"


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do. Lines of several requirements with one `key` are done together; `value` is for its page."""

    words: str
    way: Way
    key: str
    value: str = ""


_OF_COMPUTATION: Mapping[str, tuple[Way, str]] = {
    "care-d1:O1.A": (Way.ADS, ""),
    "care-d1:O2.B": (Way.AUDIT, "exposure"),
    "care-d2:P1": (Way.EVIDENCE, ""),
    "care-d2:O1.C": (Way.COVERAGE, ""),
    "care-d2:O1.D": (Way.COVERAGE, ""),
    "care-d2:O2.A": (Way.EVIDENCE, ""),
    "has:exercices_crise": (Way.EXERCISES, ""),
    "has:audits_plan_action": (Way.AUDIT, ""),
}
"""Where what a computation lacks is given; the text of the framework otherwise."""


def todo_lines(ground: Ground, framework: Framework, item: Item, lang: Lang, *, findings: bool) -> tuple[Todo, ...]:
    """Everything a requirement lacks, once each. `findings`: the reader may know what audits found."""
    lines = [*_lines(ground, framework, item, lang, findings=findings)]
    return tuple({(one.key, one.words): one for one in lines}.values())


def _lines(ground: Ground, framework: Framework, item: Item, lang: Lang, *, findings: bool) -> Iterator[Todo]:
    ref = ref_of(framework, item)
    if item.uncovered is not None:
        yield Todo(item.uncovered.render(lang), Way.FRAMEWORK, f"text:{framework.id}:{item.uncovered.fr}", framework.id)
    voices = tuple(heard(ground, framework, item))
    for voice in voices:
        if voice.method is Method.RULE:
            yield from _of_rules(ground, rules_heard(ground, framework, item), lang, findings=findings)
        elif voice.method is Method.COMPUTED:
            yield from _computed(framework, ref, voice, lang)
        elif voice.method is Method.DOCUMENT:
            yield from _documents(item, voice, lang)
        else:
            yield from _people(framework, item, voice, lang)
    if _needs_a_person(voices):
        yield Todo(_CONFIRM.render(lang), Way.ANSWER, _answer_key(framework, item))


def _needs_a_person(voices: tuple[Heard, ...]) -> bool:
    """Whether the document is there and nobody yet confirmed what it shows."""
    said = {voice.method: voice.say for voice in voices}
    return said.get(Method.DOCUMENT) is Say.YES and not PEOPLE & said.keys()


_CONFIRM = Text(
    "La confirmation d’une personne : un document déposé ne suffit pas",
    "The confirmation of a person: a document filed is not enough",
)


def _answer_key(framework: Framework, item: Item) -> str:
    return f"answer:{framework.id}:{item.parent}"


def _of_rules(ground: Ground, rules: Sequence[Rule[Any]], lang: Lang, *, findings: bool) -> Iterator[Todo]:
    """What each check lacks, those that found something first."""
    found = [(rule, _rule(rule, ground.checked.get(rule.id), lang)) for rule in rules]
    lines = [(rule, line) for rule, line in found if line is not None]
    for rule, line in sorted(lines, key=lambda one: one[1].way is not Way.RULE):
        yield line if findings or line.way is Way.AUDIT else _discreet(rule, lang)


def _discreet(rule: Rule[Any], lang: Lang) -> Todo:
    said = Text("Un contrôle automatique à mettre en conformité", "An automatic check to comply with")
    return Todo(said.render(lang), Way.RULE, "rules", rule.id)


def _rule(rule: Rule[Any], checked: Checked | None, lang: Lang) -> Todo | None:
    title = rule.title.render(lang)
    if checked is None or not (checked.outcomes or checked.findings.get(State.OPEN)):
        said = Text(f"Un premier contrôle : {title}", f"A first check: {title}")
        return Todo(said.render(lang), Way.AUDIT, f"audit:{rule.scanner}", rule.scanner)
    if opened := checked.findings.get(State.OPEN, 0):
        many = "s" if opened > 1 else ""
        said = Text(f"{title} : {opened} constat{many} à corriger", f"{title}: {opened} finding{many} to fix")
        return Todo(said.render(lang), Way.RULE, f"rule:{rule.id}", rule.id)
    if checked.findings.get(State.ACCEPTED) or checked.findings.get(State.POSTPONED):
        said = Text(
            f"{title} : risque accepté ou reporté, à confirmer", f"{title}: risk accepted or postponed, to be confirmed"
        )
        return Todo(said.render(lang), Way.RULE, f"rule:{rule.id}", rule.id)
    if checked.outcomes.get(Status.NOT_ASSESSABLE) or checked.outcomes.get(Status.ERROR):
        said = Text(f"Rendre évaluable : {title}", f"Make assessable: {title}")
        return Todo(said.render(lang), Way.AUDIT, f"assess:{rule.id}", rule.scanner)
    return None


def _computed(framework: Framework, ref: str, voice: Heard, lang: Lang) -> Iterator[Todo]:
    way, value = _OF_COMPUTATION.get(ref, (Way.FRAMEWORK, framework.id))
    unknown = {unknown_value(framework, name): name for name in framework.parameters}
    for text in voice.missing:
        words = text.render(lang)
        if text in unknown:
            yield Todo(words, Way.PARAMETER, f"parameter:{framework.id}:{unknown[text]}", framework.id)
        else:
            yield Todo(words, way, f"computed:{way}:{folded(text.fr)}", value)


def _documents(item: Item, voice: Heard, lang: Lang) -> Iterator[Todo]:
    """One line a document; a piece of another requirement that may serve belongs to the first of them."""
    kinds = {folded(one.what.fr): one.kind for one in item.expects}
    first = ""
    for text in voice.missing:
        name = folded(text.fr.rpartition(" (")[0] or text.fr)
        key = f"document:{kinds.get(name, '')}:{name}"
        first = first or key
        yield Todo(text.render(lang), Way.EVIDENCE, first if SERVES.fr in text.fr else key)


def _people(framework: Framework, item: Item, voice: Heard, lang: Lang) -> Iterator[Todo]:
    for text in voice.missing:
        yield Todo(text.render(lang), Way.ANSWER, _answer_key(framework, item))
    if not voice.missing and voice.say in (Say.NO, Say.BEGUN):
        yield Todo(_DO.render(lang), Way.ACTION, f"do:{ref_of(framework, item)}")


_DO = Text(
    "Faire ce que la réponse dit manquer, puis répondre de nouveau", "Do what the answer lacks, then answer again"
)


def told_why(ground: Ground, framework: Framework, one: Assessed, lang: Lang, *, findings: bool) -> tuple[str, ...]:
    """The sentences of a judgement, those of automatic checks made one; who may not know what audits found reads only
    that there are some."""
    told = [text.render(lang) for text in one.why]
    if not findings:
        told = [words.removeprefix(CONTRADICTED.render(lang)) for words in told]
    rules = rules_heard(ground, framework, one.item)
    titles = [rule.title.render(lang) for rule in rules]
    kept = [words for words in told if not any(words.startswith(title) for title in titles)]
    if len(kept) == len(told):
        return tuple(kept)
    summary = _tally([ground.checked.get(rule.id) for rule in rules]) if findings else _CHECKS
    return (summary.render(lang), *kept)


def _tally(checks: Sequence[Checked | None]) -> Text:
    """How many automatic checks find something, how many find nothing, how many were not made or cannot tell."""
    made = [one for one in checks if one is not None and (one.outcomes or one.findings.get(State.OPEN))]
    bad = sum(1 for one in made if one.findings.get(State.OPEN))
    good = sum(1 for one in made if not one.findings.get(State.OPEN) and set(one.outcomes) == {Status.PASSED})
    other = len(checks) - bad - good
    parts = [(bad, "non conforme", "failing"), (good, "conforme", "passing"), (other, "sans réponse", "without answer")]
    fr = ", ".join(f"{count} {_agreed(one, count)}" for count, one, _ in parts if count)
    en = ", ".join(f"{count} {one}" for count, _, one in parts if count)
    return Text(f"Contrôles automatiques : {fr}", f"Automatic checks: {en}")


def _agreed(word: str, count: int) -> str:
    if count < 2 or word.startswith("sans"):
        return word
    return " ".join(part if part == "non" else f"{part}s" for part in word.split())


_CHECKS = Text(
    "Des contrôles automatiques, dont votre rôle ne montre pas le détail",
    "Automatic checks, whose detail your role does not show",
)
