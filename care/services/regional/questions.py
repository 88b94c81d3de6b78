"""The questions of a questionnaire campaign: written by who runs it, until an establishment began to answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.questionnaires import MOST_QUESTIONS, Question, QuestionKind, fault_of
from care.domain.regional import CampaignKind
from care.services.errors import Invalid, Refused
from care.services.platform import Platform
from care.services.regional.campaigns import campaign_row
from care.services.stale import refuse_stale
from care.services.trail import Thing, record
from care.services.typed_texts import line_of
from care.store.support import CampaignAnswer, CampaignQuestion
from scanners.model import Scalar, Text

_NAMES = {"questions": Text("les questions", "the questions")}
_ANSWERED = Text(
    "Un établissement a commencé à répondre : les questions ne changent plus. Ouvrez une autre campagne.",
    "An establishment has begun to answer: questions no longer change. Open another campaign.",
)


def questions_of(session: Session, campaign_id: int) -> tuple[Question, ...]:
    """The questions of a campaign, in order."""
    query = select(CampaignQuestion).where(CampaignQuestion.campaign_id == campaign_id)
    return tuple(
        Question(row.number, row.words, QuestionKind(row.kind), tuple(row.choices))
        for row in session.scalars(query.order_by(CampaignQuestion.number))
    )


def set_questions(
    platform: Platform, scope: Scope, campaign_id: int, questions: Sequence[Question], version: int
) -> None:
    """Write the questions of a campaign seen at `version`, in their order; numbers are given anew.

    Invalid names each faulty question as `question-<rank from 0>`; Refused once somebody began to answer, or when
    somebody changed the campaign since; NotFound.
    """
    now, kept = platform.clock.now(), _checked(questions)
    with platform.database.write() as session:
        row = campaign_row(session, scope, campaign_id, lock=True, kind=CampaignKind.QUESTIONNAIRE)
        thing = Thing("regional_campaign", row.id)
        if row.version != version:
            refuse_stale(platform, session, thing, (row.changed_at, row.changed_by), version, _NAMES)
        if session.scalar(select(CampaignAnswer.establishment_id).where(CampaignAnswer.campaign_id == row.id).limit(1)):
            raise Refused(_ANSWERED)
        session.execute(delete(CampaignQuestion).where(CampaignQuestion.campaign_id == row.id))
        session.add_all(
            CampaignQuestion(
                campaign_id=row.id, number=number, words=one.words, kind=one.kind.value, choices=list(one.choices)
            )
            for number, one in enumerate(kept, start=1)
        )
        row.version, row.changed_at, row.changed_by = row.version + 1, now, scope.actor
        session.flush()
        detail: dict[str, Scalar] = {"fields": "questions", "questions": len(kept), "version": row.version}
        record(session, scope, "regional_campaign.questions_set", thing, now, detail)


def _checked(questions: Sequence[Question]) -> list[Question]:
    kept = [
        Question(one.number, line_of(one.words), one.kind, tuple(filter(None, map(line_of, one.choices))))
        for one in questions
    ]
    faults = {f"question-{rank}": fault for rank, one in enumerate(kept) if (fault := fault_of(one))}
    if len(kept) > MOST_QUESTIONS:
        faults["questions"] = Text(f"{MOST_QUESTIONS} questions au plus.", f"At most {MOST_QUESTIONS} questions.")
    if not kept:
        faults["questions"] = Text("Écrivez au moins une question.", "Write at least one question.")
    if faults:
        raise Invalid(faults)
    return [one if one.kind is QuestionKind.CHOICE else Question(one.number, one.words, one.kind) for one in kept]


def shown_answers(questions: Sequence[Question], answers: Mapping[str, object]) -> dict[int, str | int]:
    """The answers kept with a sheet, by number of question; those of no question are left out."""
    found: dict[int, str | int] = {}
    for one in questions:
        answer = answers.get(str(one.number))
        if isinstance(answer, str | int):
            found[one.number] = answer
    return found
