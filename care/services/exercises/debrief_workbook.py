"""An exercise that was played, as a workbook: for those who compute, compare or keep it elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.services.errors import Refused
from care.services.exercises.debriefing import Debriefing, debriefing_of
from care.services.exercises.playing import messages_of
from care.services.exercises.retex import Paper
from care.services.exercises.rooms import EVENTS, enter, exercise_row
from care.services.exercises.words import CHANNELS, FATES, MESSAGES, NO, TIMINGS, WHY, YES
from care.services.platform import Platform
from care.store.exercises import Exercise
from reports.errors import ReportError
from reports.spreadsheets import Cell, Sheet, xlsx_bytes
from scanners.model import Lang, Text

_TITLE = Text("Exercice", "Exercise")


def debrief_xlsx(platform: Platform, scope: Scope, exercise_id: int) -> Paper:
    """Stimuli, reactions, scores, marks, messages and events of an exercise. Times are those of the installation.

    NotFound, Forbidden; Refused before FINEX.
    """
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        seen = debriefing_of(platform, session, row, scope.lang)
        book = _Book(seen, scope.lang, ZoneInfo(platform.settings.timezone))
        names = enter(session, platform.rooms, row).state.kit.cell_names
        sheets = [*book.sheets(), _messages(session, row, names, book), _events(seen, book)]
    try:
        content = xlsx_bytes(sheets, f"{_TITLE.render(scope.lang)} – {row.title}")
    except ReportError as error:
        raise Refused(Text(error.fr, error.en)) from error
    return Paper(f"exercice-{row.id}.xlsx", content)


class _Book:
    """The sheets that come from the debriefing."""

    def __init__(self, seen: Debriefing, lang: Lang, zone: ZoneInfo) -> None:
        self.seen, self.lang, self.zone = seen, lang, zone

    def sheets(self) -> Iterator[Sheet]:
        yield self.sheet(Text("Déroulé", "Timeline"), _TIMELINE, self._timeline())
        yield self.sheet(Text("Réactions attendues", "Expected reactions"), _REACTIONS, self._reactions())
        yield self.sheet(Text("Objectifs", "Objectives"), _OBJECTIVES, self._objectives())
        yield self.sheet(Text("Cellules", "Cells"), _CELLS, self._cells())
        yield self.sheet(Text("Grille", "Grid"), _GRID, self._grid())

    def sheet(self, name: Text, header: Sequence[Text], rows: Iterable[Sequence[Cell]]) -> Sheet:
        return Sheet(name.render(self.lang), [one.render(self.lang) for one in header], list(rows))

    def said(self, text: Text | None) -> str:
        return text.render(self.lang) if text else ""

    def local(self, at: datetime | None) -> datetime | None:
        return at and at.astimezone(self.zone)

    def _timeline(self) -> Iterator[Sequence[Cell]]:
        for one in self.seen.stimuli:
            yield (
                one.id, one.title, one.sender, ", ".join(one.cells), self.said(CHANNELS[one.channel]), one.phase,
                self.said(FATES[one.standing]), _tenth(one.planned), _tenth(one.played), _tenth(one.late),
                self.local(one.played_at), self.said(WHY.get(one.why) if one.why else None), one.by,
            )  # fmt: skip

    def _reactions(self) -> Iterator[Sequence[Cell]]:
        for stimulus in self.seen.stimuli:
            for one in stimulus.reactions:
                yield (
                    one.id, one.text, one.cell, one.objective, one.weight, one.within, self.said(TIMINGS[one.timing]),
                    self.said(YES if one.partial else NO), _tenth(one.minutes), one.note, one.by,
                )  # fmt: skip

    def _objectives(self) -> Iterator[Sequence[Cell]]:
        for one in self.seen.objectives:
            yield one.text, _percent(one.share), _percent(one.observed), one.reactions, _percent(one.grid)

    def _cells(self) -> Iterator[Sequence[Cell]]:
        for one in self.seen.cells:
            yield (
                one.name, one.people, _percent(one.share), _percent(one.observed), one.reactions,
                _tenth(one.reaction_minutes), one.answered, _tenth(one.answer_minutes),
            )  # fmt: skip

    def _grid(self) -> Iterator[Sequence[Cell]]:
        for one in self.seen.criteria:
            for mark in one.marks:
                yield one.text, one.objective, one.cell, mark.observer, mark.mark, mark.note


def _messages(session: Session, row: Exercise, names: dict[str, str], book: _Book) -> Sheet:
    rows = [
        (
            book.local(one.at), names.get(one.cell, one.cell), book.said(MESSAGES[one.kind]), one.stimulus,
            one.author, one.body,
        )
        for one in messages_of(session, row.id)
    ]  # fmt: skip
    return book.sheet(Text("Messages", "Messages"), _MESSAGES, rows)


def _events(seen: Debriefing, book: _Book) -> Sheet:
    rows = [
        (number, book.local(one.at), one.by, one.event.what, EVENTS.dump_json(one.event, by_alias=True).decode())
        for number, one in enumerate(seen.chain.events, 1)
    ]
    return book.sheet(Text("Événements", "Events"), _EVENTS, rows)


def _tenth(minutes: float | None) -> float | None:
    return None if minutes is None else round(minutes, 1)


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


_STIMULUS = Text("Stimulus", "Stimulus")
_CELL = Text("Cellule", "Cell")
_OBJECTIVE = Text("Objectif", "Objective")
_AT = Text("Heure", "Time")
_BY = Text("Par", "By")
_SHARE = Text("Atteint (%)", "Reached (%)")
_RESTS = Text("Part observée (%)", "Share observed (%)")
_COUNT = Text("Réactions attendues", "Expected reactions")
_TIMELINE = (
    _STIMULUS, Text("Titre", "Title"), Text("Émetteur", "Sender"), Text("Destinataires", "Receivers"),
    Text("Canal", "Channel"), Text("Phase", "Phase"), Text("État", "State"), Text("Prévu (min)", "Planned (min)"),
    Text("Joué (min)", "Played (min)"), Text("Écart (min)", "Gap (min)"), Text("Joué à", "Played at"),
    Text("Motif", "Why"), _BY,
)  # fmt: skip
_REACTIONS = (
    Text("Réaction", "Reaction"), Text("Texte", "Text"), _CELL, _OBJECTIVE, Text("Poids", "Weight"),
    Text("Délai (min)", "Within (min)"), Text("Constat", "Seen"), Text("Partielle", "Partial"),
    Text("Venue en (min)", "Came in (min)"), Text("Note", "Note"), _BY,
)  # fmt: skip
_OBJECTIVES = (_OBJECTIVE, _SHARE, _RESTS, _COUNT, Text("Grille (%)", "Grid (%)"))
_CELLS = (
    _CELL, Text("Personnes", "People"), _SHARE, _RESTS, _COUNT, Text("Réaction médiane (min)", "Median reaction (min)"),
    Text("Stimuli répondus", "Stimuli answered"), Text("Réponse médiane (min)", "Median answer (min)"),
)  # fmt: skip
_GRID = (
    Text("Critère", "Criterion"), _OBJECTIVE, _CELL, Text("Observateur", "Observer"),
    Text("Note (0 à 3)", "Mark (0 to 3)"),
    Text("Remarque", "Remark"),
)  # fmt: skip
_MESSAGES = (_AT, _CELL, Text("Nature", "Kind"), _STIMULUS, Text("Auteur", "Author"), Text("Texte", "Text"))
_EVENTS = (Text("Numéro", "Number"), _AT, _BY, Text("Événement", "Event"), Text("Contenu", "Content"))
