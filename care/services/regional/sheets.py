"""The answers of an establishment to a questionnaire: a draft that its people share, then sent once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.questionnaires import Answer, Question, Tally, disclosed
from care.domain.regional import CampaignKind, SheetProgress
from care.services.crisis_rows import FIELDS, check_version
from care.services.errors import Invalid, NotFound, Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.regional.campaigns import days_of
from care.services.regional.elsewhere import answers_elsewhere, arrived_at, asker
from care.services.regional.questions import questions_of, shown_answers
from care.services.regional.results import tallies_of
from care.services.trail import Thing, record
from care.store.regional import CampaignPlace, RegionalCampaign
from care.store.support import CampaignAnswer, CampaignQuestion
from scanners.model import Scalar, Text

ANSWER = "regional_answer"
_NAMES = {"answers": Text("les réponses", "the answers"), "sent": Text("l’envoi", "the sending")}
_MISSING = Text(
    "Répondez, ou cochez « non connu » : rien ne part sans réponse.",
    "Answer, or tick “not known”: nothing leaves without an answer.",
)
_OVER = Text("La campagne est terminée.", "The campaign is over.")
_EXCUSED = Text("Votre établissement est dispensé de cette campagne.", "This campaign excuses your establishment.")
_SENT = Text(
    "Les réponses ont été envoyées : reprenez-les d’abord pour les corriger.",
    "The answers were sent: take them back first to correct them.",
)


@dataclass(frozen=True, slots=True)
class AskedSheet:
    """A questionnaire in the list of what is asked of an establishment. `asked_by_link`: by a region that has another
    installation."""

    id: int
    title: str
    place: str
    note: str
    opens_on: date
    closes_on: date
    over: bool
    excused: str
    questions: int
    progress: SheetProgress
    asked_by_link: bool


@dataclass(frozen=True, slots=True)
class SheetView:
    """The sheet of an establishment. `version` is 0 before anybody wrote. `results` are those of all establishments,
    told once the campaign is over; None before, and when the counts are with the region that asks, in another
    installation. `arrived_at`: when that one received a bundle with what was sent. `elsewhere`: the
    installation of the establishment, which answers for it, empty when it answers here."""

    asked: AskedSheet
    establishment_id: int
    questions: tuple[Question, ...]
    answers: Mapping[int, Answer]
    sent_at: datetime | None
    changed_at: datetime | None
    changed_by: str
    version: int
    may_answer: bool
    results: tuple[Tally, ...] | None
    arrived_at: datetime | None
    elsewhere: str


def asked_sheets(platform: Platform, scope: Scope, establishment_id: int) -> tuple[AskedSheet, ...]:
    """The questionnaires asked of an establishment, the latest first; those without a question are not ready. NotFound,
    Forbidden."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_ACTIONS)
        ready = select(CampaignQuestion.campaign_id)
        rows = session.execute(
            select(RegionalCampaign, CampaignPlace.excused, CampaignAnswer)
            .join(CampaignPlace, CampaignPlace.campaign_id == RegionalCampaign.id)
            .outerjoin(
                CampaignAnswer,
                (CampaignAnswer.campaign_id == RegionalCampaign.id) & (CampaignAnswer.establishment_id == place.id),
            )
            .where(
                CampaignPlace.establishment_id == place.id,
                RegionalCampaign.kind == CampaignKind.QUESTIONNAIRE,
                RegionalCampaign.id.in_(ready),
            )
            .order_by(RegionalCampaign.opens_at.desc(), RegionalCampaign.id.desc())
        ).all()
        return tuple(
            _asked(platform, session, scope, row, excused, sheet, len(questions_of(session, row.id)))
            for row, excused, sheet in rows
        )


def _asked(
    platform: Platform,
    session: Session,
    scope: Scope,
    row: RegionalCampaign,
    excused: str,
    sheet: CampaignAnswer | None,
    questions: int,
) -> AskedSheet:
    opens_on, closes_on = days_of(row, ZoneInfo(platform.settings.timezone))
    return AskedSheet(
        id=row.id,
        title=row.title,
        place=asker(session, row, scope.lang),
        note=row.note,
        opens_on=opens_on,
        closes_on=closes_on,
        over=row.closes_at < platform.clock.now(),
        excused=excused,
        questions=questions,
        progress=progress_of(excused, sheet),
        asked_by_link=row.link_id is not None,
    )


def progress_of(excused: str, sheet: CampaignAnswer | None) -> SheetProgress:
    """How far an establishment is."""
    if excused:
        return SheetProgress.EXCUSED
    if sheet is None:
        return SheetProgress.NOTHING
    return SheetProgress.SENT if sheet.sent_at is not None else SheetProgress.DRAFT


def open_sheet(platform: Platform, scope: Scope, establishment_id: int, campaign_id: int) -> SheetView:
    """The sheet of an establishment. NotFound for what does not ask it anything, Forbidden."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_ACTIONS)
        row, excused, questions = _of_place(session, campaign_id, place.id)
        sheet = session.get(CampaignAnswer, (row.id, place.id))
        asked = _asked(platform, session, scope, row, excused, sheet, len(questions))
        writes = scope.allows(Right.MANAGE_PROGRAMME, place.lineage)
        told = asked.over and row.link_id is None
        results = tuple(map(disclosed, tallies_of(session, row.id, questions))) if told else None
        other = answers_elsewhere(session, row, place.id)
        return SheetView(
            asked=asked,
            establishment_id=place.id,
            questions=questions,
            answers=shown_answers(questions, sheet.answers if sheet else {}),
            sent_at=sheet.sent_at if sheet else None,
            changed_at=sheet.changed_at if sheet else None,
            changed_by=sheet.changed_by if sheet else "",
            version=sheet.version if sheet else 0,
            may_answer=writes and not asked.over and not excused and not other,
            results=results,
            arrived_at=arrived_at(session, row, sheet.sent_at if sheet else None),
            elsewhere=other,
        )


def _of_place(
    session: Session, campaign_id: int, establishment_id: int, *, lock: bool = False
) -> tuple[RegionalCampaign, str, tuple[Question, ...]]:
    row = session.get(RegionalCampaign, campaign_id, with_for_update=lock or None)
    place = session.get(CampaignPlace, (campaign_id, establishment_id))
    if row is None or place is None or row.kind is not CampaignKind.QUESTIONNAIRE:
        raise NotFound
    questions = questions_of(session, row.id)
    if not questions:
        raise NotFound
    return row, place.excused, questions


def save_sheet(
    platform: Platform,
    scope: Scope,
    establishment_id: int,
    campaign_id: int,
    typed: Mapping[int, str],
    version: int,
    *,
    send: bool = False,
) -> None:
    """Keep the answers typed, by number of question, in a sheet seen at `version`; final when `send`.

    Invalid names each faulty question as `question-<number>`: every one must be answered to be sent. Refused when
    somebody changed them since, once they were sent, when the campaign is over or excuses the establishment.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.MANAGE_PROGRAMME)
        # The campaign stays locked: two people who begin at once make one sheet, and questions stay what they were.
        row, excused, questions = _of_place(session, campaign_id, place.id, lock=True)
        sheet = session.get(CampaignAnswer, (row.id, place.id), with_for_update=True)
        thing = Thing(ANSWER, f"{row.id}-{place.id}", place.id)
        _check_open(row, excused, now)
        _check_here(session, row, place.id)
        check_version(platform, session, sheet, version, thing, _NAMES)
        if sheet is not None and sheet.sent_at is not None:
            raise Refused(_SENT)
        answers = _read(questions, typed, send=send)
        if sheet is None:
            sheet = CampaignAnswer(campaign_id=row.id, establishment_id=place.id, answers={}, version=0, changed_at=now,
                                   changed_by="")  # fmt: skip
            session.add(sheet)
        sheet.answers, sheet.sent_at = answers, now if send else None
        sheet.version, sheet.changed_at, sheet.changed_by = sheet.version + 1, now, scope.name or scope.actor
        session.flush()
        detail: dict[str, Scalar] = {FIELDS: "answers", "answers": len(answers), "version": sheet.version}
        action = "regional_campaign.answered" if send else "regional_campaign.answers_kept"
        record(session, scope, action, thing, now, detail)


def _check_open(row: RegionalCampaign, excused: str, now: datetime) -> None:
    if excused:
        raise Refused(_EXCUSED)
    if row.closes_at < now:
        raise Refused(_OVER)
    if row.opens_at > now:
        raise Refused(Text("La campagne n’est pas encore ouverte.", "The campaign is not open yet."))


def _check_here(session: Session, row: RegionalCampaign, establishment_id: int) -> None:
    """One voice for one establishment: that of its own installation, when it has one."""
    other = answers_elsewhere(session, row, establishment_id)
    if other:
        raise Refused(
            Text(
                f"Votre établissement a sa propre installation CaRE, « {other} », qui répond pour lui : répondez-y.",
                f"Your establishment has its own CaRE installation, “{other}”, which answers for it: answer there.",
            )
        )


def _read(questions: Sequence[Question], typed: Mapping[int, str], *, send: bool) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    faults: dict[str, Text] = {}
    for one in questions:
        answer = one.read(typed.get(one.number, ""))
        if isinstance(answer, Text):
            faults[f"question-{one.number}"] = answer
        elif answer is not None:
            answers[str(one.number)] = answer
        elif send:
            faults[f"question-{one.number}"] = _MISSING
    if faults:
        raise Invalid(faults)
    return answers


def take_back(platform: Platform, scope: Scope, establishment_id: int, campaign_id: int, version: int) -> None:
    """Make answers that were sent a draft again, while the campaign lasts. Refused, NotFound, Forbidden."""
    now = platform.clock.now()
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.MANAGE_PROGRAMME)
        row, excused, _questions = _of_place(session, campaign_id, place.id, lock=True)
        sheet = session.get(CampaignAnswer, (row.id, place.id), with_for_update=True)
        thing = Thing(ANSWER, f"{row.id}-{place.id}", place.id)
        _check_open(row, excused, now)
        _check_here(session, row, place.id)
        check_version(platform, session, sheet, version, thing, _NAMES)
        if sheet is None or sheet.sent_at is None:
            raise Refused(Text("Rien n’a été envoyé.", "Nothing was sent."))
        sheet.sent_at = None
        sheet.version, sheet.changed_at, sheet.changed_by = sheet.version + 1, now, scope.name or scope.actor
        detail: dict[str, Scalar] = {FIELDS: "sent", "version": sheet.version}
        record(session, scope, "regional_campaign.taken_back", thing, now, detail)
