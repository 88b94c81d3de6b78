"""What a new version would change, in the reader's language: for the page that asks for a confirmation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from care.domain.access import Scope
from care.domain.framework_changes import FactPair, Fate, ItemPair, ParameterPair
from care.domain.frameworks import CONFIDENCE_NAMES, KIND_NAMES, UNIT_NAMES, Item, Level, Parameter
from care.domain.text_changes import ChangedLine, LineChange, changed_lines
from care.services.frameworks.parameters import shown_value
from care.services.frameworks.versions import Preview, preview
from care.services.platform import Platform
from scanners.model import Lang, Text

MOST_SHOWN = 300
"""Lines of each list that a page shows; the others are counted."""
_FACTS: Mapping[str, Text] = {
    "version": Text("Version", "Version"),
    "title": Text("Titre", "Title"),
    "kind": Text("Nature", "Kind"),
    "unit": Text("Qui répond", "Who answers"),
    "source": Text("Source", "Source"),
    "url": Text("Lien", "Link"),
    "confidence": Text("Confiance", "Confidence"),
    "starts": Text("Vaut à partir du", "Holds from"),
    "ends": Text("Ne vaut plus à partir du", "No longer holds from"),
    "profiles": Text("Profils", "Profiles"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """Something before and after, each empty where it is not."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ShownItem:
    """A requirement that comes or goes."""

    id: str
    title: str
    text: str
    level: Level


@dataclass(frozen=True, slots=True)
class Rewording:
    """A requirement whose words change, line by line; `former` is the id it takes over, empty when it keeps its own.
    `elsewhere`: only the words of the other language change."""

    id: str
    former: str
    title: str
    lines: tuple[ChangedLine, ...]
    same: bool
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class Relevelled:
    """A requirement whose level changes."""

    id: str
    title: str
    before: Level
    after: Level


@dataclass(frozen=True, slots=True)
class ImpactLine:
    """How much is touched by one fate."""

    fate: Fate
    answers: int
    ties: int
    places: int


@dataclass(frozen=True)
class PreviewPage:
    """The whole page. Lists are cut at `MOST_SHOWN`; `counts` are whole, by the name of the list."""

    id: int
    file_name: str
    framework: str
    title: str
    version: str
    source: str
    requirements: int
    before_version: str
    starts: date | None
    begins_later: bool
    notes: tuple[str, ...]
    blocked: str
    mark: str
    created_at: datetime
    created_by: str
    places: int
    impact: tuple[ImpactLine, ...]
    facts: tuple[Difference, ...]
    parameters: tuple[Difference, ...]
    added: tuple[ShownItem, ...]
    removed: tuple[ShownItem, ...]
    moved: tuple[Rewording, ...]
    reworded: tuple[Rewording, ...]
    relevelled: tuple[Relevelled, ...]
    adjusted: tuple[ShownItem, ...]
    sections: int
    counts: Mapping[str, int]
    nothing: bool


def shown_preview(platform: Platform, scope: Scope, draft_id: int) -> PreviewPage:
    """What confirming a file would do now. NotFound once confirmed, given up or a day old; Forbidden."""
    found, lang = preview(platform, scope, draft_id), scope.lang
    made, after = found.changes, found.after
    lists: Mapping[str, Sequence[object]] = {
        "added": made.added, "removed": made.removed, "moved": made.moved, "reworded": made.reworded,
        "relevelled": made.relevelled, "adjusted": made.adjusted,
    }  # fmt: skip
    return PreviewPage(
        id=found.id,
        file_name=found.file_name,
        framework=after.id,
        title=after.title.render(lang),
        version=after.version,
        source=after.source.render(lang),
        requirements=len(after.requirements),
        before_version=found.before.version if found.before else "",
        starts=after.starts,
        begins_later=found.begins_later,
        notes=tuple(one.render(lang) for one in found.notes),
        blocked=found.blocked.render(lang) if found.blocked else "",
        mark=found.mark,
        created_at=found.created_at,
        created_by=found.created_by,
        places=found.places,
        impact=tuple(_impact(found)),
        facts=tuple(_fact(one, lang) for one in made.facts) if found.before else (),
        parameters=tuple(_parameter(one, lang) for one in made.parameters),
        added=_items(made.added, lang),
        removed=_items(made.removed, lang),
        moved=_rewordings(made.moved, lang),
        reworded=_rewordings(made.reworded, lang),
        relevelled=tuple(_relevelled(one, lang) for one in made.relevelled[:MOST_SHOWN]),
        adjusted=_items([one.after for one in made.adjusted], lang),
        sections=made.sections,
        counts={name: len(one) for name, one in lists.items()},
        nothing=not made.any,
    )


def _impact(found: Preview) -> Iterator[ImpactLine]:
    for fate, touched in found.impact.items():
        if touched.answers or touched.ties:
            yield ImpactLine(fate, touched.answers, touched.ties, len(touched.places))


def _items(items: Sequence[Item], lang: Lang) -> tuple[ShownItem, ...]:
    return tuple(
        ShownItem(one.id, one.title.render(lang), one.text.render(lang) if one.text else "", one.level)
        for one in items[:MOST_SHOWN]
    )


def _rewordings(pairs: Sequence[ItemPair], lang: Lang) -> tuple[Rewording, ...]:
    return tuple(_rewording(one, lang) for one in pairs[:MOST_SHOWN])


def _rewording(pair: ItemPair, lang: Lang) -> Rewording:
    former = pair.before.id if pair.before.id != pair.after.id else ""
    lines = changed_lines(_words(pair.before, lang), _words(pair.after, lang))
    same = pair.before.wording == pair.after.wording
    elsewhere = not same and all(one.change is LineChange.SAME for one in lines)
    return Rewording(pair.after.id, former, pair.after.title.render(lang), lines, same, elsewhere)


def _words(item: Item, lang: Lang) -> str:
    return "\n".join([item.title.render(lang), *([item.text.render(lang)] if item.text else [])])


def _relevelled(pair: ItemPair, lang: Lang) -> Relevelled:
    return Relevelled(pair.after.id, pair.after.title.render(lang), pair.before.level, pair.after.level)


def _parameter(pair: ParameterPair, lang: Lang) -> Difference:
    one = pair.after or pair.before
    title = one.title.render(lang) if one else pair.id
    return Difference(title, _told(pair.before, lang), _told(pair.after, lang))


_UNKNOWN = Text("non donnée par le texte", "not given by the text")


def _told(parameter: Parameter | None, lang: Lang) -> str:
    if parameter is None:
        return ""
    value = shown_value(parameter, lang) or _UNKNOWN.render(lang)
    return f"{value} ({parameter.source}, {CONFIDENCE_NAMES[parameter.confidence].render(lang)})"


def _fact(pair: FactPair, lang: Lang) -> Difference:
    return Difference(_FACTS[pair.name].render(lang), _fact_words(pair.before, lang), _fact_words(pair.after, lang))


def _fact_words(value: object, lang: Lang) -> str:
    if value is None:
        return ""
    if isinstance(value, Text):
        return value.render(lang)
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}" if lang == "fr" else value.isoformat()
    for names in (KIND_NAMES, UNIT_NAMES, CONFIDENCE_NAMES):
        for key, text in names.items():
            if value is key:
                return text.render(lang)
    return str(value)
