"""The establishment's own words for the variables of a kit, looked for among what it recorded, seen in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.continuity import ResourceKind
from care.domain.exercises import ExerciseStage
from care.services.crisis_contacts import directory_rows
from care.services.exercises.kit_library import open_kit
from care.services.exercises.rooms import exercise_row
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.continuity import Activity, Resource
from care.store.exercises import Exercise
from care.store.registry import Establishment
from exercises.fitting import said, words_of
from exercises.kit import Channel, Kit, Source, Stimulus, Variable
from exercises.kit_check import PLACEHOLDER, texts_of
from exercises.proposing import Candidate, Proposal, proposals

AROUND = 60
"""Characters shown on each side of a word: enough to hear the sentence."""
_SOURCES = {
    ResourceKind.APPLICATION: Source.APPLICATION,
    ResourceKind.INFRASTRUCTURE: Source.INFRASTRUCTURE,
    ResourceKind.SUPPLIER: Source.SUPPLIER,
    ResourceKind.PREMISES: Source.PREMISES,
}


@dataclass(frozen=True, slots=True)
class Snippet:
    """A word in its sentence: what comes before, the word, what comes after."""

    before: str
    word: str
    after: str


@dataclass(frozen=True, slots=True)
class WordChoice:
    """A variable to fill. `word` is that of the establishment, "" for the kit's own (`default`); `proposed` is what was
    found for it, `others` everything of its kind. `times` counts where it is said."""

    key: str
    label: str
    default: str
    source: Source
    word: str
    proposed: str
    others: tuple[str, ...]
    times: int
    snippet: Snippet | None


@dataclass(frozen=True, slots=True)
class Preview:
    """A stimulus in the establishment's words: that which says most of them."""

    id: str
    channel: Channel
    sender: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class WordsView:
    """The words of an exercise. `changeable`: it is still being prepared; `version` is that of the exercise."""

    establishment_id: int
    exercise_id: int
    choices: tuple[WordChoice, ...]
    preview: Preview | None
    changeable: bool
    version: int

    @property
    def unsaid(self) -> int:
        """How many variables keep the kit's own word."""
        return sum(not one.word for one in self.choices)


def open_words(platform: Platform, scope: Scope, exercise_id: int, typed: Mapping[str, str] | None = None) -> WordsView:
    """The words of an exercise, or those typed in and not yet recorded, seen in its texts. NotFound, Forbidden."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        kit = Kit.model_validate(row.content)
        found = _proposals(session, scope, row.establishment_id, kit.variables)
        return _view(row, kit, found, row.words if typed is None else typed)


def propose_words(platform: Platform, scope: Scope, establishment_id: int, kit_name: str) -> dict[str, str]:
    """The best word found for each variable of a kit, by its key; none where nothing fits. NotFound, Forbidden."""
    kit = open_kit(platform, scope, establishment_id, kit_name).kit
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.RUN_EXERCISE)
        found = _proposals(session, scope, establishment_id, kit.variables)
    return {one.variable.key: one.best for one in found if one.best}


def _proposals(
    session: Session, scope: Scope, establishment_id: int, variables: Iterable[Variable]
) -> tuple[Proposal, ...]:
    wanted = tuple(variables)
    place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
    candidates = [Candidate(Source.ESTABLISHMENT, place.name), *_nodes(session, place.id)]
    if scope.allows(Right.SEE_CONTACTS, place.lineage):
        candidates += _contacts(session, place)
    return proposals(wanted, candidates)


def _nodes(session: Session, establishment_id: int) -> Iterable[Candidate]:
    activities = select(Activity).where(Activity.establishment_id == establishment_id, Activity.ended_on.is_(None))
    for activity in session.scalars(activities):
        yield Candidate(Source.ACTIVITY, activity.name, f"{activity.model} {activity.description}")
    resources = select(Resource).where(Resource.establishment_id == establishment_id, Resource.ended_on.is_(None))
    for resource in session.scalars(resources):
        if source := _SOURCES.get(resource.kind):
            yield Candidate(source, resource.name, f"{resource.description} {resource.place}")


def _contacts(session: Session, place: Establishment) -> Iterable[Candidate]:
    """The people and organisations of the crisis directory; an organisation may stand for a supplier too."""
    for row in directory_rows(session, place.id):
        about = f"{row.function} {row.organisation} {row.name}"
        yield Candidate(Source.CONTACT, row.organisation or row.name or row.function, about)
        if row.organisation:
            yield Candidate(Source.SUPPLIER, row.organisation, row.function)


def _view(row: Exercise, kit: Kit, found: Iterable[Proposal], chosen: Mapping[str, str]) -> WordsView:
    words = words_of(kit, chosen)
    texts = [text for _key, text in texts_of(kit)] + list(row.booklets.values())
    return WordsView(
        establishment_id=row.establishment_id,
        exercise_id=row.id,
        choices=tuple(_choice(one, chosen, texts, words) for one in found),
        preview=_preview(kit, words),
        changeable=row.stage is ExerciseStage.PREPARED,
        version=row.version,
    )


def _choice(found: Proposal, chosen: Mapping[str, str], texts: list[str], words: Mapping[str, str]) -> WordChoice:
    variable = found.variable
    return WordChoice(
        key=variable.key,
        label=variable.label,
        default=variable.default,
        source=variable.source,
        word=chosen.get(variable.key, "").strip(),
        proposed=found.best,
        others=found.others,
        times=sum(PLACEHOLDER.findall(text).count(variable.key) for text in texts),
        snippet=_snippet(variable.key, texts, words),
    )


def _snippet(key: str, texts: Iterable[str], words: Mapping[str, str]) -> Snippet | None:
    """The first sentence that says a variable, the others replaced."""
    for text in texts:
        for found in PLACEHOLDER.finditer(text):
            if found[1] == key:
                before = said(text[: found.start()], words)
                after = said(text[found.end() :], words)
                return Snippet(_end(before), words[key], _start(after))
    return None


def _end(text: str) -> str:
    """The last words of a text, on one line; the sign says that it was cut."""
    line = text.rpartition("\n\n")[2].replace("\n", " ")
    return line if len(line) <= AROUND else "… " + line[-AROUND:].partition(" ")[2]


def _start(text: str) -> str:
    line = text.partition("\n\n")[0].replace("\n", " ")
    return line if len(line) <= AROUND else line[:AROUND].rpartition(" ")[0] + " …"


def _preview(kit: Kit, words: Mapping[str, str]) -> Preview | None:
    told = max(kit.stimuli, key=_said_in, default=None)
    if told is None or not _said_in(told):
        return None
    return Preview(told.id, told.channel, said(told.sender, words), said(told.title, words), said(told.body, words))


def _said_in(stimulus: Stimulus) -> int:
    """How many different variables a stimulus says."""
    return len(set(PLACEHOLDER.findall(f"{stimulus.sender} {stimulus.title} {stimulus.body}")))
