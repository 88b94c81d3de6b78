"""Questions on paper: a form to print, known by its code, and found again by it to type in what was written."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.questions import CODE_LENGTH, CODE_LETTERS, ValueKind, typed_code
from care.services.errors import Invalid, NotFound, Refused
from care.services.library import today
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.questionnaire import QuestionLine, SectionView, Stand, open_lines
from care.services.sheet_prints import Printed
from care.services.trail import Thing, record
from care.store.frameworks import QuestionPaper
from reports.errors import ReportError
from reports.sheets.question_form import PaperQuestion, QuestionForm, question_form
from reports.words import Lang as ReportLang
from reports.words import day as day_text
from scanners.model import Text

RECENT = 5
"""How many of the last forms printed a page names."""


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A form that was printed."""

    code: str
    questions: int
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class PaperView:
    """A form to type in: its questions in the order of the paper."""

    paper: PaperLine
    sheet: SectionView


def print_form(
    platform: Platform, scope: Scope, establishment_id: int, sections: Sequence[str], *, unanswered: bool = True
) -> str:
    """Prepare a form of these sections and return its code. Refused when nothing of them is left to ask."""
    chosen = [one for one in platform.kits.questions.sections if one.id in sections]
    if not chosen:
        raise Invalid({"sections": Text("Choisissez une partie au moins.", "Choose one part at least.")})
    items = [one.item for section in chosen for one in section.questions]
    lines = open_lines(platform, scope, establishment_id, items).lines
    asked = [one.item for one in lines if not unanswered or one.stand is Stand.TODO]
    if not asked:
        raise Refused(_NOTHING)
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_PROGRAMME)
        code = _free_code(session)
        session.add(
            QuestionPaper(
                establishment_id=establishment_id,
                code=code,
                framework=platform.kits.questions.framework,
                items=asked,
                printed_at=platform.clock.now(),
                printed_by=scope.name or scope.actor,
            )
        )
        thing = Thing("question_paper", code, establishment_id)
        record(session, scope, "questions.printed", thing, platform.clock.now(), {"questions": len(asked)})
    return code


def recent_forms(platform: Platform, scope: Scope, establishment_id: int) -> tuple[PaperLine, ...]:
    """The last forms printed, the newest first."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_PROGRAMME)
        rows = session.scalars(
            select(QuestionPaper)
            .where(QuestionPaper.establishment_id == establishment_id)
            .order_by(QuestionPaper.id.desc())
            .limit(RECENT)
        )
        return tuple(_line(row) for row in rows)


def find_form(platform: Platform, scope: Scope, establishment_id: int, typed: str) -> str:
    """The code of a form of this establishment, as somebody typed it. Refused when there is none."""
    code = typed_code(typed)
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_PROGRAMME)
        if _row(session, establishment_id, code) is None:
            raise Refused(_UNKNOWN)
    return code


def open_form(platform: Platform, scope: Scope, establishment_id: int, code: str) -> PaperView:
    """A form and its questions as they stand now. NotFound for another establishment’s."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_PROGRAMME)
        row = _row(session, establishment_id, typed_code(code))
        if row is None or row.framework != platform.kits.questions.framework:
            raise NotFound
        paper, items = _line(row), list(row.items)
    return PaperView(paper, open_lines(platform, scope, establishment_id, items))


def form_pdf(platform: Platform, scope: Scope, establishment_id: int, code: str) -> Printed:
    """The form as a PDF, in the reader's language."""
    view = open_form(platform, scope, establishment_id, code)
    lang = cast(ReportLang, scope.lang)
    form = QuestionForm(
        establishment=view.sheet.name,
        code=view.paper.code,
        printed=day_text(today(platform), lang),
        questions=tuple(_on_paper(one, lang) for one in view.sheet.lines),
        lang=lang,
    )
    try:
        return Printed(f"questions-{view.paper.code}.pdf", question_form(form))
    except ReportError as error:
        raise Refused(Text(error.fr, error.en)) from error


def paper_mark(code: str, filled_by: str) -> str:
    """What the note of an answer typed from paper ends with."""
    return f"[{code}{' – ' if filled_by else ''}{filled_by}]"


def _on_paper(line: QuestionLine, lang: ReportLang) -> PaperQuestion:
    value = line.question.value
    return PaperQuestion(
        item=line.item,
        title=line.title,
        look=line.look,
        ask=line.ask,
        absent=line.absent,
        unit=value.unit.render(lang) if value and value.kind is ValueKind.NUMBER and value.unit else "",
        dated=value is not None and value.kind is ValueKind.DATE,
        choices=tuple(one.title.render(lang) for one in value.choices) if value else (),
    )


def _line(row: QuestionPaper) -> PaperLine:
    return PaperLine(row.code, len(row.items), row.printed_at, row.printed_by)


def _row(session: Session, establishment_id: int, code: str) -> QuestionPaper | None:
    query = select(QuestionPaper).where(QuestionPaper.establishment_id == establishment_id, QuestionPaper.code == code)
    return session.scalars(query).one_or_none()


def _free_code(session: Session) -> str:
    """A code that no form has, of a thousand million: the second try is never needed."""
    tried = ("".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH)) for _ in range(_TRIES))
    free = (one for one in tried if session.scalar(select(QuestionPaper.id).where(QuestionPaper.code == one)) is None)
    return next(free)


_TRIES = 20
_NOTHING = Text(
    "Toutes ces questions ont une réponse : cochez « aussi les questions répondues » pour les imprimer quand même.",
    "All these questions are answered: tick “answered questions too” to print them all the same.",
)
_UNKNOWN = Text(
    "Aucun formulaire de cet établissement n’a ce code : vérifiez-le en haut de la feuille.",
    "No form of this establishment has this code: check it at the top of the sheet.",
)
