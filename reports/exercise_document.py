"""Decides what the report of an exercise (RETEX) says: figures in words, texts safe to set."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import datetime
from typing import Any

from reports.exercise_model import (
    Asked,
    Attestation,
    CriterionRow,
    Eligibility,
    ExerciseReport,
    LessonRow,
    Questionnaire,
    QuestionRow,
    ReactionRow,
    ScoreRow,
    StimulusRow,
    Timing,
)
from reports.exercise_words import WORDS
from reports.plain import name_line, one_line, plain
from reports.timeline_svg import TimelineMark, timeline_charts
from reports.words import Lang, counted, day, instant, number, percent

MOST_STIMULI = 600
"""Lines of the timeline at most: the 500 of the largest kit, and those that were added."""
MOST_NOTES = 400
MOST_WORDS = 60
"""Answers in words of one question at most; the platform keeps them all."""
_SURE = 0.5
"""Share of the weights somebody must have observed before a score is said without a warning: half."""
Json = dict[str, Any]


def compose(report: ExerciseReport) -> Json:
    """The report: JSON values only, texts safe to set."""
    lang = report.lang
    return {
        **head(report),
        "words": WORDS[lang],
        "exercise": name_line(report.title, lang),
        "draft": report.draft,
        "conclusion": _conclusion(report),
        "figures": _figures(report),
        "played": _played_facts(report),
        "summary": plain(report.summary, lang),
        "cells": [_cell(report, rank) for rank in range(len(report.cells))],
        "objectives": [_score(one, lang) for one in report.objectives],
        "overall": _score(report.overall, lang),
        "by_cell": [_score(one, lang) for one in report.by_cell],
        "charts": _charts(report),
        "stimuli": [_stimulus(one, lang) for one in report.stimuli[:MOST_STIMULI]],
        "reactions": [_reaction(one, of, report) for of in report.stimuli for one in of.reactions],
        "counts": _counts(report),
        "moments": [
            {
                "hour": f"{one.at:%H:%M}",
                "minute": _minute(one.minute, lang),
                "text": plain(one.text, lang),
                "by": one_line(one.by, lang),
            }
            for one in report.moments
        ],
        "criteria": [_criterion(one, lang) for one in report.criteria],
        "grid_notes": _grid_notes(report),
        "questionnaires": [_questionnaire(one, lang) for one in report.questionnaires],
        "strengths": [_lesson(one, lang) for one in report.lessons if one.strength],
        "gaps": [_lesson(one, lang) for one in report.lessons if not one.strength],
        "eligibility": [_eligibility(one, lang) for one in report.eligibility],
        "previous": _previous(report),
        "integrity": integrity(report),
    }


def head(report: ExerciseReport | Attestation) -> Json:
    """For whom the paper is, and when it was made."""
    lang = report.lang
    return {
        "lang": lang,
        "establishment": name_line(report.establishment, lang),
        "finess": one_line(report.finess, lang),
        "issued": instant(report.issued_at, lang),
        "issued_day": day(report.issued_at, lang),
    }


def _conclusion(report: ExerciseReport) -> Json:
    """How much of what was expected was done, and what that rests on."""
    lang, score = report.lang, report.overall
    if score.share is None:
        unknown = {
            "fr": "Personne n’a observé de réaction attendue\u00a0: cet exercice n’a pas de score.",
            "en": "Nobody observed an expected reaction: this exercise has no score.",
        }[lang]
        return {"tone": "unknown", "findings": unknown, "unseen": ""}
    done, seen = _share(score.share, lang), _share(score.observed, lang)
    found = {
        "fr": f"Score pondéré\u00a0: {done} de ce qui était attendu, observé sur {seen} du poids total.",
        "en": f"Weighted score: {done} of what was expected, observed on {seen} of the whole weight.",
    }[lang]
    missing = _by_timing(report)[Timing.UNOBSERVED]
    unseen = ""
    if missing:
        names = {
            "fr": ("réaction n’a été observée", "réactions n’ont été observées"),
            "en": ("reaction was not observed", "reactions were not observed"),
        }
        end = {"fr": " par personne : rien n’en est dit.", "en": " by anybody: nothing is said of them."}
        unseen = counted(missing, *names[lang], lang) + end[lang].replace(" :", "\u00a0:")
    return {"tone": "good" if score.observed >= _SURE else "warning", "findings": found, "unseen": unseen}


def _by_timing(report: ExerciseReport) -> Counter[Timing]:
    return Counter(one.timing for of in report.stimuli for one in of.reactions)


def _figures(report: ExerciseReport) -> list[Json]:
    """The figures of the first page: each a number and what it counts."""
    lang, words = report.lang, WORDS[report.lang]
    played = sum(one.played is not None for one in report.stimuli)
    timings = _by_timing(report)
    last = next((one for one in reversed(report.questionnaires) if one.filled), None)
    found = [
        (number(report.participants, lang), words["people"]),
        (duration(report.lasted * 60, lang), words["lasted"]),
        (f"{number(played, lang)}/{number(len(report.stimuli), lang)}", words["stimuli_played"]),
        *(
            (number(timings[timing], lang), f"{words['reactions']}{words['colon']}{report.timings[timing].lower()}")
            for timing in Timing
        ),
        (_seconds(report.reactions_median, lang), words["median"]),
        (_share(last.satisfaction, lang) if last else "–", words["satisfaction"]),
        (_share(last.objectives, lang) if last else "–", words["reached"]),
    ]
    return [{"value": value, "name": name} for value, name in found]


def _played_facts(report: ExerciseReport) -> list[list[str]]:
    lang, words = report.lang, WORDS[report.lang]
    lasted = duration(report.lasted * 60, lang)
    planned = f"{lasted} ({words['planned_for']}{words['colon']}{duration(report.duration * 60, lang)})"
    people = number(report.participants, lang)
    found = [
        (words["kit"], f"{report.kit} {report.kit_version}"),
        (words["level"], f"{report.level} · {report.format}"),
        (words["dates"], between(report.started_at, report.ended_at, lang)),
        (words["lasted"], planned),
        (words["place"], report.place),
        (words["director"], report.director),
        (words["people"], people),
        (words["observers"], number(report.observers, lang)),
    ]
    return [[name, one_line(value, lang)] for name, value in found if value.strip()]


def between(start: datetime, end: datetime, lang: Lang) -> str:
    """`22/11/2026, de 14:00 à 17:50`; both days when it went over midnight."""
    first, last = f"{start:%H:%M}", f"{end:%H:%M}"
    if start.date() != end.date():
        last = f"{day(end, lang)} {last}"
    return f"{day(start, lang)}, de {first} à {last}" if lang == "fr" else f"{day(start, lang)}, {first} to {last}"


def duration(seconds: float, lang: Lang) -> str:
    """How long something lasted: `3 h 50`, `20 min`."""
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return f"{minutes}\u00a0min"
    return f"{number(hours, lang)}\u00a0h\u00a0{minutes:02}" if minutes else f"{number(hours, lang)}\u00a0h"


def _seconds(minutes: float | None, lang: Lang) -> str:
    """A delay, to the second: rounded to the minute, one that was late would look in time."""
    if minutes is None:
        return "–"
    whole, seconds = divmod(round(minutes * 60), 60)
    if not whole:
        return f"{seconds}\u00a0s"
    rest = f"\u00a0{seconds:02}\u00a0s" if seconds else ""
    return f"{number(whole, lang)}\u00a0min{rest}"


def _minute(minute: float | None, lang: Lang) -> str:
    """A minute of the exercise clock: `T+62 min`."""
    return "–" if minute is None else f"T+{number(int(minute), lang)}\u00a0min"


def _share(share: float | None, lang: Lang) -> str:
    return "–" if share is None else percent(round(share * 100), lang)


def _cell(report: ExerciseReport, rank: int) -> Json:
    lang, one = report.lang, report.cells[rank]
    return {
        "name": name_line(one.name, lang),
        "mission": plain(one.mission, lang),
        "people": number(one.people, lang),
    }


def _score(score: ScoreRow, lang: Lang) -> Json:
    return {
        "name": name_line(score.name, lang, 700),
        "share": None if score.share is None else round(score.share, 3),
        "said": _share(score.share, lang),
        "observed": _share(score.observed, lang),
        "weak": score.share is not None and score.observed < _SURE,
        "reactions": number(score.reactions, lang),
        "references": [name_line(one, lang) for one in score.references],
    }


def _charts(report: ExerciseReport) -> list[Json]:
    marks = [
        TimelineMark(one.id, one.title, one.planned, one.played)
        for one in report.stimuli[:MOST_STIMULI]
        if one.planned is not None or one.played is not None
    ]
    return [asdict(one) for one in timeline_charts(marks, report.duration, report.lang)]


def _stimulus(one: StimulusRow, lang: Lang) -> Json:
    return {
        "id": name_line(one.id, lang),
        "title": name_line(one.title, lang, 200),
        "channel": one_line(one.channel, lang),
        "cells": ", ".join(name_line(cell, lang, 120) for cell in one.cells),
        "planned": _minute(one.planned, lang),
        "played": one_line(one.fate, lang) if one.played is None else _minute(one.played, lang),
        "hour": f"{one.played_at:%H:%M}" if one.played_at else "–",
        "gap": _gap(one, lang),
        "why": one_line(one.why, lang),
    }


def _gap(one: StimulusRow, lang: Lang) -> str:
    if one.planned is None or one.played is None:
        return "–"
    minutes = round(one.played - one.planned)
    return f"{'+' if minutes > 0 else '−' if minutes else ''}{number(abs(minutes), lang)}\u00a0min"


def _reaction(one: ReactionRow, of: StimulusRow, report: ExerciseReport) -> Json:
    lang = report.lang
    return {
        "stimulus": name_line(of.id, lang),
        "text": plain(one.text, lang) or "–",
        "cell": name_line(one.cell, lang),
        "within": f"{number(one.within, lang)}\u00a0min",
        "took": _seconds(one.minutes, lang),
        "timing": one.timing.value,
        "said": report.timings[one.timing] + (f", {WORDS[lang]['partial']}" if one.partial else ""),
        "weight": number(one.weight, lang),
        "note": plain(one.note, lang),
    }


def _counts(report: ExerciseReport) -> list[Json]:
    found = _by_timing(report)
    return [
        {"timing": timing.value, "name": report.timings[timing], "count": number(found[timing], report.lang)}
        for timing in Timing
    ]


def _criterion(one: CriterionRow, lang: Lang) -> Json:
    mean = "–" if one.mean is None else _decimal(one.mean, lang)
    return {
        "text": plain(one.text, lang) or "–",
        "cell": one_line(one.cell, lang),
        "mean": mean,
        "observers": number(one.observers, lang),
    }


def _decimal(value: float, lang: Lang) -> str:
    return f"{value:.1f}".replace(".", "," if lang == "fr" else ".")


def _grid_notes(report: ExerciseReport) -> list[Json]:
    lang = report.lang
    found = [(one, note) for one in report.criteria for note in one.notes if note.strip()]
    return [
        {"about": one_line(f"{one.text} ({one.cell})" if one.cell else one.text, lang), "note": plain(note, lang)}
        for one, note in found[:MOST_NOTES]
    ]


def _questionnaire(one: Questionnaire, lang: Lang) -> Json:
    filled = {"fr": ("réponse", "réponses"), "en": ("answer", "answers")}[lang]
    return {
        "name": name_line(one.name, lang),
        "filled": counted(one.filled, *filled, lang),
        "satisfaction": _share(one.satisfaction, lang),
        "objectives": _share(one.objectives, lang),
        "questions": [_question(question, lang) for question in one.questions if question.kind is not Asked.WORDS],
        "words": [
            {
                "text": plain(question.text, lang) or "–",
                "said": [plain(said, lang) for said in question.words[:MOST_WORDS] if said.strip()],
            }
            for question in one.questions
            if any(said.strip() for said in question.words)
        ],
    }


def _question(one: QuestionRow, lang: Lang) -> Json:
    if one.kind is Asked.SCALE:
        answer = "–" if one.mean is None else f"{_decimal(one.mean, lang)}\u00a0/\u00a05"
    else:
        answer = "–" if one.share is None else f"{WORDS[lang]['yes']}{WORDS[lang]['colon']}{_share(one.share, lang)}"
    return {"text": plain(one.text, lang) or "–", "answer": answer, "count": number(one.count, lang)}


def _lesson(one: LessonRow, lang: Lang) -> Json:
    words, action = WORDS[lang], one.action
    return {
        "text": plain(one.text, lang) or "–",
        "about": one_line(one.about, lang),
        "action": None
        if action is None
        else {
            "number": number(action.number, lang),
            "title": name_line(action.title, lang, 200),
            "owner": one_line(action.owner, lang, 120) or words["nobody"],
            "due": day(action.due_on, lang) if action.due_on else words["no_date"],
            "state": one_line(action.state, lang),
        },
    }


def _eligibility(one: Eligibility, lang: Lang) -> Json:
    words = WORDS[lang]
    met = {True: words["yes"], False: words["no"], None: words["unknown"]}
    return {
        "name": name_line(one.name, lang),
        "verdict": plain(one.verdict, lang) or "–",
        "tone": {True: "good", False: "warning", None: "unknown"}[one.counts],
        "conditions": [
            {
                "text": plain(condition.text, lang) or "–",
                "met": met[condition.met],
                "mark": {True: "✓", False: "✗", None: "?"}[condition.met],
                "shown_by": plain(condition.shown_by, lang),
            }
            for condition in one.conditions
        ],
    }


def _previous(report: ExerciseReport) -> Json | None:
    lang, found = report.lang, report.previous
    if found is None:
        return None
    return {
        "title": name_line(found.title, lang),
        "day": day(found.played_on, lang),
        "figures": [[name_line(cell, lang) for cell in (one.name, one.before, one.now)] for one in found.figures],
    }


def integrity(report: ExerciseReport | Attestation) -> Json | None:
    """What the chain of events says."""
    found = report.integrity
    if found is None:
        return None
    return {"events": number(found.events, report.lang), "sha256": found.sha256, "whole": found.whole}
