"""The documents of a debrief: the report (RETEX) and the attestation, filled from what the debrief shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.exercise_references import reference_name
from care.domain.exercises import ExerciseStage, GuestRole, LessonKind
from care.services.action_events import STATES
from care.services.continuity_test_reading import AnswerView
from care.services.errors import Refused
from care.services.exercises.attendees import attendees
from care.services.exercises.debriefing import Debriefing, StimulusView, debriefing_of
from care.services.exercises.figures import Before, Figures
from care.services.exercises.lessons import Lesson, read_lessons
from care.services.exercises.outcome import Closing
from care.services.exercises.questionnaires import RoundResult
from care.services.exercises.rooms import exercise_row, kit_of_row
from care.services.exercises.words import CHANNELS, FATES, FORMATS, LEVELS, ROLES, ROUNDS, TIMINGS, WHY
from care.services.platform import Platform
from care.store.exercises import Exercise
from care.store.registry import Establishment
from exercises.kit import Kit
from reports import exercise_model as model
from reports.errors import ReportError
from reports.exercise import render_attestation, render_exercise
from reports.words import COLON
from reports.words import Lang as ReportLang
from scanners.errors import SaidError
from scanners.model import Lang, Text


@dataclass(frozen=True, slots=True)
class Paper:
    """A file and its name."""

    name: str
    content: bytes


def report_pdf(platform: Platform, scope: Scope, exercise_id: int) -> Paper:
    """The report of an exercise. Once closed it is the very file that was sealed, as long as it can be read; before, a
    draft that says so. NotFound, Forbidden; Refused before FINEX or when it cannot be typeset."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.SEE_EXERCISES)
        name = f"retex-{row.id}.pdf"
        sealed = _sealed(platform, row)
        if sealed is not None:
            return Paper(name, sealed)
        report = report_of(platform, session, scope, row)
    return Paper(name, typeset(report))


def attestation_pdf(platform: Platform, scope: Scope, exercise_id: int, *, people: bool = False) -> Paper:
    """The attestation that the exercise was played: one page for the establishment, or one for each who took part.

    NotFound, Forbidden: names are for who conducts exercises; Refused before FINEX.
    """
    right = Right.RUN_EXERCISE if people else Right.SEE_EXERCISES
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, right)
        attestation = _attestation(platform, session, scope, row, people=people)
    if people and not attestation.people:
        raise Refused(Text("Personne ne s’est inscrit à cet exercice.", "Nobody signed in to this exercise."))
    try:
        content = render_attestation(attestation)
    except ReportError as error:
        raise Refused(Text(error.fr, error.en)) from error
    return Paper(f"attestation{'s' if people else ''}-{row.id}.pdf", content)


def typeset(report: model.ExerciseReport) -> bytes:
    """The report as PDF; Refused, in one sentence, when it cannot be."""
    try:
        return render_exercise(report)
    except ReportError as error:
        raise Refused(Text(error.fr, error.en)) from error


def _sealed(platform: Platform, row: Exercise) -> bytes | None:
    """The report filed at the closing, None when there is none or when it can no longer be read whole."""
    sha256 = (row.result or {}).get("report")
    if row.stage is not ExerciseStage.CLOSED or not sha256:
        return None
    try:
        return platform.evidence.path(str(sha256)).read_bytes() if platform.evidence.intact(str(sha256)) else None
    except (SaidError, OSError):
        return None


def report_of(
    platform: Platform, session: Session, scope: Scope, row: Exercise, typed: Closing | None = None
) -> model.ExerciseReport:
    """The report of an exercise that is over; `typed` is how it is being closed, else it is a draft."""
    lang, zone = scope.lang, ZoneInfo(platform.settings.timezone)
    seen = debriefing_of(platform, session, row, lang, typed)
    place = session.get_one(Establishment, row.establishment_id)
    kit = kit_of_row(row)
    figures, started, ended = seen.figures, *_times(row, zone)
    people = seen.closing.outcome.participants
    return model.ExerciseReport(
        lang=_lang(lang),
        issued_at=platform.clock.now().astimezone(zone),
        establishment=place.name,
        finess=place.finess,
        title=row.title,
        kit=kit.title,
        kit_version=row.kit_version,
        level=LEVELS[kit.level].render(lang),
        format=FORMATS[kit.format].render(lang),
        summary=kit.summary,
        place=row.place,
        director=row.director,
        started_at=started,
        ended_at=ended,
        duration=kit.duration,
        lasted=figures.lasted_minutes,
        participants=figures.players if people is None else people,
        observers=figures.observers,
        overall=model.ScoreRow(_ALL.render(lang), figures.score, figures.observed, figures.reactions),
        draft=typed is None and row.stage is not ExerciseStage.CLOSED,
        timings={model.Timing(one): said.render(lang) for one, said in TIMINGS.items()},
        reactions_median=figures.reaction_minutes,
        cells=tuple(
            model.CellRow(one.name, cell.mission, one.people) for one, cell in zip(seen.cells, kit.cells, strict=True)
        ),
        objectives=tuple(
            model.ScoreRow(
                one.text,
                one.share,
                one.observed,
                one.reactions,
                tuple(reference_name(ref).render(lang) for ref in one.references),
            )
            for one in seen.objectives
        ),
        by_cell=tuple(model.ScoreRow(one.name, one.share, one.observed, one.reactions) for one in seen.cells),
        stimuli=tuple(_stimulus(one, zone, lang) for one in seen.stimuli),
        moments=tuple(model.Moment(one.at.astimezone(zone), one.minute, one.text, one.by) for one in seen.moments),
        criteria=tuple(
            model.CriterionRow(
                one.text, one.cell, one.mean, len(one.marks), tuple(mark.note for mark in one.marks if mark.note)
            )
            for one in seen.criteria
        ),
        questionnaires=tuple(_questionnaire(one, lang) for one in seen.rounds if one.filled),
        lessons=tuple(_lesson(one, lang) for one in read_lessons(session, scope, row)),
        eligibility=tuple(_eligibility(one, lang) for one in seen.worth),
        previous=_previous(seen, zone, lang),
        integrity=_integrity(seen),
    )


_ALL = Text("Ensemble des réactions attendues", "All expected reactions")


def _lang(lang: Lang) -> ReportLang:
    return "fr" if lang == "fr" else "en"


def _times(row: Exercise, zone: ZoneInfo) -> tuple[datetime, datetime]:
    if row.started_at is None or row.ended_at is None:
        raise ValueError("an exercise that is over has a start and an end")
    return row.started_at.astimezone(zone), row.ended_at.astimezone(zone)


def _integrity(seen: Debriefing) -> model.Integrity:
    return model.Integrity(len(seen.chain.events), seen.chain.sha256, seen.chain.whole)


def _stimulus(one: StimulusView, zone: ZoneInfo, lang: Lang) -> model.StimulusRow:
    return model.StimulusRow(
        id=one.id,
        title=one.title,
        channel=CHANNELS[one.channel].render(lang),
        cells=one.cells,
        fate=FATES[one.standing].render(lang),
        planned=one.planned,
        played=one.played,
        played_at=one.played_at.astimezone(zone) if one.played_at else None,
        why=WHY[one.why].render(lang) if one.why else "",
        reactions=tuple(
            model.ReactionRow(
                text=each.text,
                cell=each.cell,
                within=each.within,
                timing=model.Timing(each.timing),
                partial=each.partial,
                minutes=each.minutes,
                weight=each.weight,
                note=each.note,
            )
            for each in one.reactions
        ),
    )


def _questionnaire(one: RoundResult, lang: Lang) -> model.Questionnaire:
    return model.Questionnaire(
        name=ROUNDS[one.round].render(lang),
        filled=one.filled,
        satisfaction=one.satisfaction,
        objectives=one.objectives,
        questions=tuple(
            model.QuestionRow(
                text=each.question.text,
                kind=model.Asked(each.question.kind),
                count=each.answered.count,
                mean=each.answered.mean,
                share=each.answered.share,
                words=(*each.answered.words, *(_set_aside(why).render(lang) for why in each.aside)),
            )
            for each in one.questions
        ),
    )


def _set_aside(why: str) -> Text:
    return Text(f"[Réponse écartée par l’animation : {why}]", f"[Answer set aside by the facilitation: {why}]")


def _lesson(one: Lesson, lang: Lang) -> model.LessonRow:
    known, action = one.action, None
    if known is not None:
        state = STATES[known.state].render(lang)
        action = model.ActionRow(known.id, known.title, known.owner, known.due_on, state)
    return model.LessonRow(one.kind is LessonKind.STRENGTH, one.text, " · ".join(one.about), action)


def _eligibility(one: AnswerView, lang: Lang) -> model.Eligibility:
    return model.Eligibility(one.name, one.counts, verdict(one, lang))


def verdict(one: AnswerView, lang: Lang) -> str:
    """Whether it counts, in one sentence."""
    if one.counts:
        return Text("L’exercice compte.", "The exercise counts.").render(lang)
    why = ", ".join(one.reasons)
    return Text(f"L’exercice ne compte pas : {why}.", f"The exercise does not count: {why}.").render(lang)


def _previous(seen: Debriefing, zone: ZoneInfo, lang: Lang) -> model.Previous | None:
    if seen.before is None:
        return None
    played_on = seen.before.started_at.astimezone(zone).date()
    return model.Previous(seen.before.title, played_on, tuple(compared(seen.figures, seen.before, lang)))


_COMPARED: Sequence[tuple[str, Text, str]] = (
    ("score", Text("Score des réactions", "Score of the reactions"), "share"),
    ("observed", Text("Part observée", "Share observed"), "share"),
    ("grid", Text("Grille d’observation", "Observation grid"), "share"),
    ("reaction_minutes", Text("Délai médian de réaction", "Median time to react"), "minutes"),
    ("answer_minutes", Text("Délai médian de réponse", "Median time to answer"), "minutes"),
    ("satisfaction", Text("Satisfaction des participants", "Satisfaction of participants"), "share"),
    ("objectives_felt", Text("Objectifs atteints, dit par eux", "Objectives reached, as they say"), "share"),
    ("players", Text("Joueurs inscrits", "Players signed in"), "number"),
    ("gaps", Text("Écarts notés", "Gaps noted"), "number"),
)


def compared(now: Figures, before: Before, lang: Lang) -> Iterator[model.Figure]:
    """The figures of an exercise beside those of the one before, in words."""
    for name, words, unit in _COMPARED:
        then, here = getattr(before.figures, name), getattr(now, name)
        yield model.Figure(words.render(lang), _written(then, unit, lang), _written(here, unit, lang))
    reached = Text("Objectifs atteints", "Objectives reached")
    yield model.Figure(reached.render(lang), _reached(before.figures), _reached(now))


def _reached(figures: Figures) -> str:
    return f"{figures.reached} / {figures.known}" if figures.known else "–"


def _written(value: float | None, unit: str, lang: Lang) -> str:
    if value is None:
        return "–"
    if unit == "share":
        return f"{round(100 * value)} %" if lang == "fr" else f"{round(100 * value)}%"
    return f"{round(value)} min" if unit == "minutes" else str(round(value))


def _attestation(
    platform: Platform, session: Session, scope: Scope, row: Exercise, *, people: bool
) -> model.Attestation:
    lang, zone = scope.lang, ZoneInfo(platform.settings.timezone)
    seen = debriefing_of(platform, session, row, lang)
    place = session.get_one(Establishment, row.establishment_id)
    kit = kit_of_row(row)
    started, ended = _times(row, zone)
    counted = seen.closing.outcome.participants
    return model.Attestation(
        lang=_lang(lang),
        issued_at=platform.clock.now().astimezone(zone),
        establishment=place.name,
        finess=place.finess,
        title=row.title,
        kit=kit.title,
        kit_version=row.kit_version,
        level=LEVELS[kit.level].render(lang),
        format=FORMATS[kit.format].render(lang),
        place=row.place,
        director=row.director,
        started_at=started,
        ended_at=ended,
        lasted=seen.figures.lasted_minutes,
        participants=seen.figures.players if counted is None else counted,
        cells=tuple(one.name for one in kit.cells),
        objectives=tuple(one.text for one in kit.objectives),
        verdicts=() if people else tuple(f"{one.name}{COLON[_lang(lang)]}{verdict(one, lang)}" for one in seen.worth),
        people=tuple(_attendees(session, row, kit, lang)) if people else (),
        integrity=_integrity(seen),
    )


def _attendees(session: Session, row: Exercise, kit: Kit, lang: Lang) -> Iterator[model.Attendee]:
    names = kit.cell_names
    for one in attendees(session, row.id):
        yield model.Attendee(one.name, one.function, ROLES[GuestRole(one.seat)].render(lang), names.get(one.cell, ""))
