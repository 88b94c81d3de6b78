"""What documents of certification say of an establishment, read at once, in the words of their reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.domain.certification import FRESHNESS_NAMES, Freshness, SourceKind
from care.domain.frameworks import LEVEL_NAMES
from care.domain.frameworks import Level as Weight
from care.domain.has_score import Score
from care.domain.judging import STATUS_NAMES
from care.domain.programme import INQUIRIES, VERDICTS, AnswerVerdict, VisitState
from care.services.certification.mock_reading import Meeting, MockView, mock_in
from care.services.certification.mock_rows import mock_visits_of
from care.services.certification.self_assessment import (
    AnswerView,
    CriterionView,
    ElementView,
    PieceView,
    SelfAssessment,
    assessment_in,
    called,
)
from care.services.certification.theme_evidence import EvidenceByTheme, Shown, SourceView, ThemeView, themes_in
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.bulk import among
from care.store.evidence import Evidence
from care.store.registry import Establishment
from reports import certification as printed
from reports.words import COLON, SEMICOLON, Lang, day
from scanners.model import Text

MOST_MOCKS = 3
"""Mock visits told in a document, the latest."""


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is known of an establishment for its certification, and the pieces that documents name."""

    site: Establishment
    assessment: SelfAssessment
    evidence: EvidenceByTheme
    mocks: tuple[MockView, ...]

    @property
    def pieces(self) -> frozenset[int]:
        """The evidence that the document names, by id."""
        tied = {piece.id for element in self.assessment.elements for piece in element.pieces}
        shown = {
            line.id
            for theme in self.evidence.themes
            for source in theme.sources
            if source.kind is SourceKind.DOCUMENTS
            for line in source.lines
            if line.id
        }
        return frozenset(tied | shown)


def dossier_of(platform: Platform, session: Session, scope: Scope, establishment_id: int, manual: str = "") -> Dossier:
    """Everything of one establishment. NotFound, Forbidden for who may not hand it out."""
    site = visible_establishment(session, scope, establishment_id, Right.EXPORT)
    place = Place(Level.ESTABLISHMENT, site.id)
    assessment = assessment_in(platform, session, scope, place, manual)
    rows = [row for row in mock_visits_of(session, site.id) if row.scope.get("frameworks") == [assessment.manual.id]]
    return Dossier(
        site=site,
        assessment=assessment,
        evidence=themes_in(platform, session, scope, site),
        mocks=tuple(mock_in(platform, session, scope, row, site) for row in rows[:MOST_MOCKS]),
    )


def numbers_of(session: Session, pieces: frozenset[int]) -> Mapping[int, int | None]:
    """The place of each piece in the chain of its establishment."""
    rows = session.execute(select(Evidence.id, Evidence.number).where(among(session, Evidence.id, sorted(pieces))))
    return dict(rows.all())


def printed_site(dossier: Dossier, numbers: Mapping[int, int | None], lang: Lang) -> printed.PrintedSite:
    """An establishment as documents print it."""
    assessment = dossier.assessment
    manual = assessment.manual
    return printed.PrintedSite(
        name=dossier.site.name,
        finess=dossier.site.finess,
        manual=f"{manual.title} ({manual.version})",
        source=assessment.source,
        notice=assessment.notice,
        scored=assessment.score is not None,
        score=_whole(assessment),
        sections=tuple(_score(title, depth, score) for title, depth, score in assessment.sections),
        criteria=tuple(_criterion(one, numbers, lang) for one in assessment.criteria),
        themes=tuple(_theme(one, lang) for one in dossier.evidence.themes if _concerns(one, assessment)),
        gaps=tuple(gaps_of(dossier, lang)),
        mocks=tuple(_mock(one, lang) for one in dossier.mocks),
    )


def _concerns(theme: ThemeView, assessment: SelfAssessment) -> bool:
    """Whether the manual speaks of a theme at all; every theme of ours when it does not tie any."""
    spoken = {name for element in assessment.elements for name in element.themes}
    return not spoken or theme.id in spoken


def _whole(assessment: SelfAssessment) -> printed.PrintedScore:
    found = assessment.score
    return printed.PrintedScore(
        title=assessment.manual.title,
        depth=0,
        percent=found.percent if found else None,
        answered=assessment.answered,
        asked=len(assessment.elements),
    )


def _score(title: str, depth: int, score: Score) -> printed.PrintedScore:
    return printed.PrintedScore(title, depth, score.percent, score.answered, score.asked)


def _criterion(one: CriterionView, numbers: Mapping[int, int | None], lang: Lang) -> printed.PrintedCriterion:
    answered = len(one.elements) - one.unanswered
    percent = one.score.percent if one.score else None
    return printed.PrintedCriterion(
        id=one.id,
        title=one.title,
        above=" › ".join(one.above),
        score=printed.PrintedScore(one.title, 0, percent, answered, len(one.elements)),
        elements=tuple(_element(element, numbers, lang) for element in one.elements),
    )


def _element(one: ElementView, numbers: Mapping[int, int | None], lang: Lang) -> printed.PrintedElement:
    return printed.PrintedElement(
        id=one.id if one.id[:1].isdecimal() else "",
        title=one.title,
        text=one.text,
        level="" if one.level is Weight.STANDARD else LEVEL_NAMES[one.level].render(lang),
        alarming=one.alarming,
        status=STATUS_NAMES[one.status].render(lang),
        answer=VERDICTS[one.answer.verdict].render(lang) if one.answer else "",
        note=one.answer.note if one.answer else "",
        given=_given(one.answer, lang) if one.answer else "",
        why=one.why,
        missing=one.missing,
        pieces=tuple(_piece(piece, numbers, lang) for piece in one.pieces),
    )


def _given(answer: AnswerView, lang: Lang) -> str:
    said = f"{day(answer.given_on, lang)}, {answer.by}"
    where = f" ({answer.where})" if answer.where else ""
    doubt = Text("à confirmer", "to confirm").render(lang) if answer.doubtful else ""
    return f"{said}{where}{SEMICOLON[lang] + doubt if doubt else ''}"


def _piece(one: PieceView, numbers: Mapping[int, int | None], lang: Lang) -> printed.PrintedPiece:
    name = FRESHNESS_NAMES[one.freshness].render(lang)
    return printed.PrintedPiece(one.title, one.kind, one.day, one.until, numbers.get(one.id), one.freshness.value, name)


def _theme(one: ThemeView, lang: Lang) -> printed.PrintedTheme:
    return printed.PrintedTheme(one.title, one.rule, tuple(_source(source, lang) for source in one.sources))


def _source(one: SourceView, lang: Lang) -> printed.PrintedSource:
    return printed.PrintedSource(
        name=one.name,
        by=", ".join(INQUIRIES[method].render(lang) for method in one.by),
        state=one.freshness.value,
        state_name=FRESHNESS_NAMES[one.freshness].render(lang),
        lines=tuple(_line(line, lang) for line in one.lines),
        more=one.more,
        hidden=one.hidden,
    )


def _line(one: Shown, lang: Lang) -> printed.PrintedLine:
    name = FRESHNESS_NAMES[one.freshness].render(lang)
    return printed.PrintedLine(one.title, one.said, one.day, one.until, one.freshness.value, name)


def _mock(visit: MockView, lang: Lang) -> printed.PrintedMock:
    contradicted = visit.met(Meeting.CONTRADICTED)
    open_ = Text("en cours", "under way").render(lang) if visit.line.state is VisitState.OPEN else ""
    return printed.PrintedMock(
        title=f"{visit.line.title} ({open_})" if open_ else visit.line.title,
        on=visit.line.starts_on,
        noted=visit.line.noted,
        expected=visit.line.expected,
        gaps=len(visit.gaps),
        contradictions=tuple(
            (
                line.title,
                " / ".join(VERDICTS[one].render(lang) if one else "–" for one in (line.seen, line.declared)),
                " ".join(note.note for _, note in line.by if note.note),
            )
            for line in contradicted
        ),
        conclusion=visit.conclusion,
    )


_SORTS = {
    "imperative": Text("Impératif", "Imperative"),
    "answer": Text("Réponse « non »", "Answer “no”"),
    "unanswered": Text("Sans réponse", "No answer"),
    "mock": Text("Visite à blanc", "Mock visit"),
}
_AGAINST = frozenset({AnswerVerdict.NO, AnswerVerdict.PARTLY, AnswerVerdict.INADEQUATE})


def gaps_of(dossier: Dossier, lang: Lang) -> Iterator[printed.PrintedGap]:
    """What is to mend, the gravest kinds first: imperatives, contradictions, noes, stale sources, empty ones."""
    elements = dossier.assessment.elements
    yield from (_answer_gap(one, lang) for one in elements if one.alarming)
    yield from _mock_gaps(dossier.mocks, lang)
    yield from (_answer_gap(one, lang) for one in elements if _against(one) and not one.alarming)
    for state in (Freshness.STALE, Freshness.UNDATED, Freshness.ABSENT):
        yield from _source_gaps(dossier, state, lang)
    unanswered = _SORTS["unanswered"].render(lang)
    yield from (
        printed.PrintedGap(unanswered, one.name, " ".join(one.missing[:2]), grave=False)
        for one in elements
        if one.answer is None
    )


def _against(one: ElementView) -> bool:
    return one.answer is not None and one.answer.verdict in _AGAINST


def _answer_gap(one: ElementView, lang: Lang) -> printed.PrintedGap:
    sort = _SORTS["imperative" if one.alarming else "answer"].render(lang)
    return printed.PrintedGap(sort, one.name, one.answer.note if one.answer else "", grave=one.alarming)


def _mock_gaps(mocks: Sequence[MockView], lang: Lang) -> Iterator[printed.PrintedGap]:
    """Of the last mock visit alone: those before are history."""
    for visit in mocks[:1]:
        contradicted = {one.item for one in visit.met(Meeting.CONTRADICTED)}
        for gap in visit.gaps:
            said = f"{INQUIRIES[gap.method].render(lang)}{COLON[lang]}{gap.note}"
            sort = _SORTS["mock"].render(lang)
            yield printed.PrintedGap(sort, called(gap.item, gap.title), said, grave=gap.item in contradicted)


def _source_gaps(dossier: Dossier, state: Freshness, lang: Lang) -> Iterator[printed.PrintedGap]:
    for theme, source in dossier.evidence.to_mend(state):
        if not _concerns(theme, dossier.assessment):
            continue
        faulty = [line for line in source.lines if line.freshness is state]
        words = SEMICOLON[lang].join(f"{line.title}{_until(line, lang)}" for line in faulty[:5])
        name = FRESHNESS_NAMES[state].render(lang)
        yield printed.PrintedGap(name, f"{theme.title}{COLON[lang]}{source.name}", words, grave=False)


def _until(line: Shown, lang: Lang) -> str:
    return f" → {day(line.until, lang)}" if line.until else ""
