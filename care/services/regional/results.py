"""The answers to a questionnaire over a region: for who runs it, establishment by establishment and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.questionnaires import Answer, Question, Tally, tally
from care.domain.regional import SHEET_NAMES, CampaignKind, SheetProgress
from care.services.errors import Forbidden
from care.services.place_choices import SeenSite, seen_sites
from care.services.platform import Platform
from care.services.regional.campaigns import campaign_row
from care.services.regional.elsewhere import Elsewhere, elsewhere
from care.services.regional.questions import questions_of, shown_answers
from care.services.regional.reading import CampaignLine, campaign_lines
from care.services.trail import Thing, record
from care.store.regional import CampaignPlace, RegionalCampaign
from care.store.registry import Establishment
from care.store.support import CampaignAnswer
from reports.spreadsheets import Cell, Sheet, xlsx_bytes
from scanners.model import Text


@dataclass(frozen=True, slots=True)
class SheetLine:
    """How far one establishment is; `answers` are empty until they were sent. `elsewhere`: its own installation, which
    answers for it, and when what it said was so."""

    establishment_id: int
    name: str
    ght: str
    progress: SheetProgress
    excused: str
    sent_at: datetime | None
    answers: Mapping[int, Answer]
    elsewhere: Elsewhere | None
    said_at: datetime | None


@dataclass(frozen=True, slots=True)
class QuestionnaireView:
    """A questionnaire: who answered and who did not, those who did not first; what was answered, counted. `locked`:
    somebody began to answer, its questions no longer change."""

    campaign: CampaignLine
    questions: tuple[Question, ...]
    places: tuple[SheetLine, ...]
    counts: Mapping[SheetProgress, int]
    results: tuple[Tally, ...]
    locked: bool


def follow_questionnaire(platform: Platform, scope: Scope, campaign_id: int) -> QuestionnaireView:
    """A questionnaire, for who runs it. NotFound."""
    with platform.database.read() as session:
        row = campaign_row(session, scope, campaign_id, kind=CampaignKind.QUESTIONNAIRE)
        questions = questions_of(session, row.id)
        sheets = _sheets(session, row.id)
        places = _places(session, row, questions, sheets)
        line = campaign_lines(platform, session, scope, [row])[0]
    rank = list(SHEET_NAMES)
    places.sort(key=lambda one: (rank.index(one.progress), one.name))
    return QuestionnaireView(
        campaign=line,
        questions=questions,
        places=tuple(places),
        counts=Counter(one.progress for one in places),
        results=_tallies(questions, sheets),
        locked=bool(sheets),
    )


def _sheets(session: Session, campaign_id: int) -> Mapping[int, CampaignAnswer]:
    rows = session.scalars(select(CampaignAnswer).where(CampaignAnswer.campaign_id == campaign_id))
    return {row.establishment_id: row for row in rows}


def _places(
    session: Session, row: RegionalCampaign, questions: Sequence[Question], sheets: Mapping[int, CampaignAnswer]
) -> list[SheetLine]:
    asked = {
        one.establishment_id: one
        for one in session.scalars(select(CampaignPlace).where(CampaignPlace.campaign_id == row.id))
    }
    mine = select(CampaignPlace.establishment_id).where(CampaignPlace.campaign_id == row.id)
    sites = seen_sites(session, [Establishment.id.in_(mine)])
    others = elsewhere(session, asked)
    return [_line(site, asked[site.id], sheets.get(site.id), questions, others.get(site.id)) for site in sites]


def _line(
    site: SeenSite,
    place: CampaignPlace,
    sheet: CampaignAnswer | None,
    questions: Sequence[Question],
    other: Elsewhere | None,
) -> SheetLine:
    sent_at = sheet.sent_at if sheet else None
    progress = SheetProgress.NOTHING if sheet is None else SheetProgress.SENT if sent_at else SheetProgress.DRAFT
    return SheetLine(
        establishment_id=site.id,
        name=site.name,
        ght=site.ght or "",
        progress=SheetProgress.EXCUSED if place.excused else progress,
        excused=place.excused,
        sent_at=sent_at,
        answers=shown_answers(questions, sheet.answers) if sheet and sent_at else {},
        elsewhere=other,
        said_at=place.said_at,
    )


def tallies_of(session: Session, campaign_id: int, questions: Sequence[Question]) -> tuple[Tally, ...]:
    """What was sent, counted question by question, not yet made fit to be told.

    Those of an establishment excused since stay: excusing one after the other would tell what each of them said.
    """
    return _tallies(questions, _sheets(session, campaign_id))


def _tallies(questions: Sequence[Question], sheets: Mapping[int, CampaignAnswer]) -> tuple[Tally, ...]:
    sent = [shown_answers(questions, one.answers) for one in sheets.values() if one.sent_at is not None]
    return tuple(tally(one, [answers[one.number] for answers in sent if one.number in answers]) for one in questions)


def answers_xlsx(platform: Platform, scope: Scope, campaign_id: int) -> bytes:
    """Every answer sent, a line an establishment, those that did not answer included; then the counts. NotFound,
    Forbidden."""
    view = follow_questionnaire(platform, scope, campaign_id)
    if not scope.allows_somewhere(Right.EXPORT):
        raise Forbidden
    zone, lang = ZoneInfo(platform.settings.timezone), scope.lang
    with platform.database.write() as session:
        thing = Thing("regional_campaign", campaign_id)
        record(session, scope, "regional_campaign.exported", thing, platform.clock.now(), {"form": "xlsx"})
    head = [Text("Établissement", "Establishment"), Text("GHT", "GHT"), Text("Avancement", "Progress"),
            Text("Dispense", "Excused"), Text("Envoyé le", "Sent on")]  # fmt: skip
    answers = Sheet(
        Text("Réponses", "Answers").render(lang),
        [*(one.render(lang) for one in head), *(f"{one.number}. {one.words}" for one in view.questions)],
        [_cells(one, view.questions, zone, lang) for one in view.places],
    )
    words = (Text("Question", "Question"), Text("Réponse", "Answer"), Text("Établissements", "Establishments"),
             Text("Sur (réponses envoyées)", "Of (answers sent)"))  # fmt: skip
    counts = Sheet(
        Text("Synthèse", "Summary").render(lang),
        [one.render(lang) for one in words],
        [row for one in view.results for row in _counted(one, lang)],
    )
    return xlsx_bytes([answers, counts], view.campaign.title)


def _cells(one: SheetLine, questions: Sequence[Question], zone: ZoneInfo, lang: str) -> list[Cell]:
    sent_at = one.sent_at.astimezone(zone) if one.sent_at else None
    told = [_cell(question, one.answers.get(question.number), lang) for question in questions]
    return [one.name, one.ght, SHEET_NAMES[one.progress].render(lang), one.excused, sent_at, *told]


def _cell(question: Question, answer: Answer | None, lang: str) -> Cell:
    if answer is None:
        return None
    shown = question.shown(answer)
    return shown.render(lang) if isinstance(shown, Text) else shown


def _counted(one: Tally, lang: str) -> list[list[Cell]]:
    return [
        [f"{one.question.number}. {one.question.words}", one.question.name_of(name).render(lang), count, one.answered]
        for name, count in one.counts.items()
    ]
