"""What a place lacks, over all its frameworks: the fewest things to do that move the most requirements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from care.domain.access import Place, Right, Scope
from care.domain.frameworks import Framework, FrameworkKind
from care.domain.judging import RequirementStatus
from care.services.frameworks.assessing import Assessed, assess_on
from care.services.frameworks.ground import Ground, ref_of
from care.services.frameworks.reading import PlaceLink, may, places_around_holder, seen_ground, shown_frameworks
from care.services.frameworks.todo import Todo, Way, todo_lines
from care.services.library import today
from care.services.platform import Platform
from scanners.catalog import rule_by_id
from scanners.model import Lang, Text
from scanners.vocabulary import SCANNER_NAMES

DONE = frozenset({RequirementStatus.MET, RequirementStatus.NOT_APPLICABLE})
MOST = 40
"""How many things to do a page shows: more is no list to work from."""
DUE = "due"
"""What is shown unless asked otherwise: what funds, certifies or binds; guides are asked for."""
_DUE_KINDS = (FrameworkKind.PROGRAMME, FrameworkKind.CERTIFICATION, FrameworkKind.REGULATION)


@dataclass(frozen=True, slots=True)
class Served:
    """A requirement that a thing to do moves; `alone`: it is all that this requirement still lacks."""

    framework: str
    framework_title: str
    item: str
    title: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing to do, and every requirement it moves, programmes first."""

    words: str
    way: Way
    value: str
    serves: tuple[Served, ...]
    section: str = ""

    @property
    def alone(self) -> int:
        """How many requirements lack nothing else."""
        return sum(one.alone for one in self.serves)


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a place lacks: the first `MOST` things to do, of `total`; `open` requirements are not met."""

    place: Place
    name: str
    lacks: tuple[Lack, ...]
    total: int
    open: int
    kinds: Mapping[FrameworkKind, int]
    around: tuple[PlaceLink, ...]
    may_answer: bool
    may_act: bool


@dataclass(frozen=True, slots=True)
class _Line:
    """A thing to do of one requirement."""

    framework: Framework
    assessed: Assessed
    todo: Todo
    alone: bool

    @property
    def ref(self) -> str:
        return ref_of(self.framework, self.assessed.item)


def what_is_lacking(platform: Platform, scope: Scope, place: Place, framework_id: str = "", kind: str = "") -> Lacking:
    """What a place lacks, of one framework, of one kind of them, or of those that are `DUE`. NotFound, Forbidden."""
    day = today(platform)
    with platform.database.read() as session:
        ground = seen_ground(platform, session, scope, place, day)
        findings = may(scope, ground, Right.SEE_FINDINGS)
        shown = shown_frameworks(ground)
        wanted = [one for one in shown if _wanted(one, framework_id, kind)]
        lines: list[_Line] = []
        unmet = 0
        for framework in wanted:
            for one in assess_on(ground, framework):
                if one.status not in DONE:
                    unmet += 1
                    lines += _lines(ground, framework, one, scope.lang, findings=findings)
        lacks = sorted(_grouped(ground, lines, scope.lang), key=_urgency)
        return Lacking(
            place=place,
            name=ground.holder.name,
            lacks=tuple(lacks[:MOST]),
            total=len(lacks),
            open=unmet,
            kinds={one: sum(framework.kind is one for framework in shown) for one in _kinds(shown)},
            around=places_around_holder(session, scope, ground),
            may_answer=may(scope, ground),
            may_act=may(scope, ground, Right.MANAGE_ACTIONS),
        )


def _wanted(framework: Framework, framework_id: str, kind: str) -> bool:
    if framework_id:
        return framework.id == framework_id
    return framework.kind in _DUE_KINDS if kind == DUE else kind in ("", framework.kind)


def _kinds(shown: Iterable[Framework]) -> list[FrameworkKind]:
    present = {framework.kind for framework in shown}
    return [kind for kind in FrameworkKind if kind in present]


def _lines(ground: Ground, framework: Framework, one: Assessed, lang: Lang, *, findings: bool) -> list[_Line]:
    todo = todo_lines(ground, framework, one.item, lang, findings=findings)
    return [_Line(framework, one, each, alone=len({other.key for other in todo}) == 1) for each in todo]


def _urgency(lack: Lack) -> tuple[bool, int, int, int, str]:
    """What moves the most requirements for one thing done, a document or an audit before answers to give one by one;
    what only a text not yet read would move comes last."""
    each = 1 if lack.way is Way.ANSWER else len(lack.serves)
    return lack.way is Way.FRAMEWORK, -each, -lack.alone, -len(lack.serves), lack.words


def _grouped(ground: Ground, lines: Sequence[_Line], lang: Lang) -> list[Lack]:
    groups: dict[str, list[_Line]] = defaultdict(list)
    joined = _same_documents(ground, lines)
    for line in lines:
        groups[joined.get((line.ref, line.todo.key), line.todo.key)].append(line)
    return [_lack(found, lang) for found in groups.values()]


def _same_documents(ground: Ground, lines: Sequence[_Line]) -> Mapping[tuple[str, str], str]:
    """The group of each missing document: one of the same name, or of the same kind for a requirement that asks the
    same, is one document filed once."""
    documents = [line for line in lines if line.todo.way is Way.EVIDENCE]
    above: dict[str, str] = {line.todo.key: line.todo.key for line in documents}

    def root(key: str) -> str:
        while above[key] != key:
            key = above[key]
        return key

    by_ref: dict[str, list[str]] = defaultdict(list)
    for line in documents:
        by_ref[line.ref].append(line.todo.key)
    for line in documents:
        for other in ground.equivalents.get(line.ref, ()):
            for key in by_ref.get(other, ()):
                if _kind(key) and _kind(key) == _kind(line.todo.key):
                    first, second = sorted((root(key), root(line.todo.key)))
                    above[second] = first
    return {(line.ref, line.todo.key): root(line.todo.key) for line in documents}


def _kind(key: str) -> str:
    """The kind of a document, as its key tells; empty for what has none."""
    return key.split(":")[1]


def _lack(lines: Sequence[_Line], lang: Lang) -> Lack:
    first = lines[0]
    serves = {line.ref: _served(line, lang) for line in reversed(lines)}
    if any(line.alone for line in lines):
        serves |= {line.ref: _served(line, lang) for line in lines if line.alone}
    ordered = [serves[ref] for ref in dict.fromkeys(line.ref for line in lines)]
    return Lack(
        words=_words(first, len(ordered), lang),
        way=first.todo.way,
        value=first.todo.value,
        serves=tuple(ordered),
        section=first.assessed.item.parent if first.todo.way is Way.ANSWER else "",
    )


def _served(line: _Line, lang: Lang) -> Served:
    item = line.assessed.item
    return Served(
        line.framework.id, line.framework.title.render(lang), item.id, item.title.render(lang), alone=line.alone
    )


def _words(line: _Line, count: int, lang: Lang) -> str:
    """What there is to do, said for the whole group."""
    todo = line.todo
    if todo.way is Way.AUDIT and todo.key.startswith("audit:") and todo.value in SCANNER_NAMES:
        name = SCANNER_NAMES[todo.value]
        return Text(f"Un premier audit : {name.fr}", f"A first audit: {name.en}").render(lang)
    if todo.way is Way.RULE and (rule := rule_by_id(todo.value)) is not None and todo.key.startswith("rule:"):
        return todo.words if count == 1 else rule.title.render(lang)
    if todo.way is Way.ANSWER and count > 1:
        return _answers_to(line, lang)
    return todo.words


def _answers_to(line: _Line, lang: Lang) -> str:
    path = line.framework.path(line.assessed.item)
    where = path[-1].title if path else line.framework.title
    return Text(f"Répondre aux exigences : {where.fr}", f"Answer the requirements: {where.en}").render(lang)
