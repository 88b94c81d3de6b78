"""The state of a place in words: what its figures say together, in a few sentences that stand alone.

Nothing is said of an indicator that was not computed, or of one that may not be told; one on which too few answered is
said to be unknown, whatever it shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from reports.region_model import Counts, Reckoning, RegionIndicator, RegionReport
from reports.region_words import establishments_text, month_name, ratio_text, share_text
from reports.words import Lang, number, percent

ENOUGH = Fraction(1, 2)
"""Of the establishments concerned, the share that must have answered before a figure says anything of the whole: our
choice."""
MOVED = Fraction(5, 100)
"""Five points in a year are worth a sentence: our choice."""
FEWEST = 5
"""Establishments with a value on both sides: under that, one that changes its answer would look like a movement."""
_MOST = 6


def state_of(report: RegionReport) -> tuple[str, ...]:
    """Sentences, what matters most first."""
    told = [(one, one.figure.counts) for one in report.indicators if one.figure and one.figure.counts]
    if not told:
        return (_NOTHING[report.lang].format(month=month_name(report.month, report.lang)),)
    sure = [(one, counts) for one, counts in told if _answered_enough(counts)]
    return (
        _answers(report, [counts for _one, counts in told]),
        *_goals(report, sure),
        *_moves(report, sure),
        *_unknown(report, [one for one, counts in told if not _answered_enough(counts)]),
        *_withheld(report),
    )


def _answered_enough(counts: Counts) -> bool:
    return counts.asked > 0 and counts.answered >= ENOUGH * counts.asked


def _answers(report: RegionReport, told: Sequence[Counts]) -> str:
    """How many answered, at least and at most."""
    lang, least, most = report.lang, min(one.answered for one in told), max(one.answered for one in told)
    words = _WORDS[lang]["answers_same" if least == most else "answers"]
    return words.format(
        month=month_name(report.month, lang),
        least=number(least, lang),
        most=number(most, lang),
        all=establishments_text(report.establishments, lang),
    )


def _goals(report: RegionReport, sure: Sequence[tuple[RegionIndicator, Counts]]) -> Iterator[str]:
    """What is below its goal, what hangs on who did not answer, then what is there; a goal is of shares."""
    lang = report.lang
    found: dict[bool | None, list[str]] = {False: [], None: [], True: []}
    for one, counts in sure:
        if one.goal is None or counts.share is None or not one.is_share:
            continue
        said = _WORDS[lang][_GOAL_SAID[one.goal.reached]].format(
            title=one.title,
            share=share_text(counts.share, lang),
            ratio=ratio_text(counts.numerator, counts.denominator, lang),
            goal=percent(one.goal.percent, lang),
            more=_missing(one, counts, one.goal.percent, lang),
            silent=number(counts.missing, lang),
        )
        found[one.goal.reached].append(said)
    for said_alike in found.values():
        yield from said_alike[:_MOST]


_GOAL_SAID: dict[bool | None, str] = {False: "goal_missed", None: "goal_open", True: "goal_met"}


def _missing(one: RegionIndicator, counts: Counts, goal: int, lang: Lang) -> str:
    """How many more establishments it takes of all those asked, and how many of them did not answer; nothing to add up
    where less is better, or where things are counted."""
    more = -(-goal * (counts.denominator + counts.missing) // 100) - counts.numerator
    if one.direction == "down" or one.reckoning is not Reckoning.REACHED or more <= 0:
        return ""
    words = _WORDS[lang]["missing_some" if counts.missing else "missing"]
    return words.format(count=number(more, lang), silent=number(counts.missing, lang))


def _moves(report: RegionReport, sure: Sequence[tuple[RegionIndicator, Counts]]) -> Iterator[str]:
    """What moved most since the first month of the series, where both figures are told."""
    lang, found = report.lang, list[tuple[Fraction, str]]()
    for one, counts in sure:
        before = _before(one, report.first)
        if before is None or before.share is None or counts.share is None or not one.is_share:
            continue
        by = counts.share - before.share
        if abs(by) >= MOVED and _answered_enough(before) and min(before.measured, counts.measured) >= FEWEST:
            words = _WORDS[lang]["moved"].format(
                title=one.title,
                month=month_name(report.first, lang),
                before=share_text(before.share, lang),
                before_ratio=ratio_text(before.numerator, before.denominator, lang),
                now=share_text(counts.share, lang),
                now_ratio=ratio_text(counts.numerator, counts.denominator, lang),
            )
            found.append((abs(by), words))
    found.sort(key=lambda pair: -pair[0])
    yield from (words for _by, words in found[:_MOST])


def _before(one: RegionIndicator, month: int) -> Counts | None:
    """The figure of a month, if it follows the definition of the last one."""
    now = one.figure.version if one.figure else ""
    return next((each.counts for each in one.series if each.month == month and each.version == now), None)


def _unknown(report: RegionReport, unsure: Sequence[RegionIndicator]) -> Iterator[str]:
    if unsure:
        names = ", ".join(one.title for one in unsure[:_MOST])
        more = len(unsure) - _MOST
        lang = report.lang
        rest = "" if more <= 0 else _WORDS[lang]["and_more"].format(count=number(more, lang))
        yield _WORDS[lang]["unknown"].format(names=f"{names}{rest}")


def _withheld(report: RegionReport) -> Iterator[str]:
    kept = sum(one.figure is not None and one.figure.counts is None for one in report.indicators)
    if kept:
        yield _WORDS[report.lang]["withheld_one" if kept == 1 else "withheld"].format(count=number(kept, report.lang))


_NOTHING: dict[Lang, str] = {
    "fr": "Aucun chiffre ne peut être dit pour {month} : rien n’a été calculé, ou tout est masqué.",
    "en": "No figure can be told for {month}: nothing was computed, or everything is hidden.",
}
_WORDS: dict[Lang, dict[str, str]] = {
    "fr": {
        "answers": "En {month}, selon l’indicateur, de {least} à {most} établissements ont répondu ; le territoire en "
        "compte {all}. Ceux qui n’ont pas répondu ne sont comptés ni en bien ni en mal.",
        "answers_same": "En {month}, {most} établissements ont répondu ; le territoire en compte {all}. Ceux qui n’ont "
        "pas répondu ne sont comptés ni en bien ni en mal.",
        "goal_missed": "« {title} » : {share} ({ratio}) pour un objectif de {goal}{more}.",
        "goal_met": "« {title} » : {share} ({ratio}), l’objectif de {goal} est atteint.",
        "moved": "« {title} » : de {before} ({before_ratio}) en {month} à {now} ({now_ratio}).",
        "unknown": "Moins de la moitié des établissements concernés ont répondu, rien ne peut en être conclu : "
        "{names}.",
        "goal_open": "« {title} » : {share} ({ratio}) ; rien ne dit si l’objectif de {goal} est atteint : "
        "{silent} sans réponse.",
        "missing": " ; il en manque {count}",
        "missing_some": " ; il en manque {count}, dont {silent} sans réponse",
        "and_more": " et {count} autres",
        "withheld": "{count} indicateurs sont masqués : moins de cinq établissements, ou un chiffre qui en laisserait "
        "deviner un autre.",
        "withheld_one": "Un indicateur est masqué : moins de cinq établissements, ou un chiffre qui en laisserait "
        "deviner un autre.",
    },
    "en": {
        "answers": "In {month}, from {least} to {most} establishments answered, depending on the indicator; the place "
        "has {all}. Those that did not answer count neither for good nor for bad.",
        "answers_same": "In {month}, {most} establishments answered; the place has {all}. Those that did not answer "
        "count neither for good nor for bad.",
        "goal_missed": "“{title}”: {share} ({ratio}) for a goal of {goal}{more}.",
        "goal_met": "“{title}”: {share} ({ratio}), the goal of {goal} is reached.",
        "moved": "“{title}”: from {before} ({before_ratio}) in {month} to {now} ({now_ratio}).",
        "unknown": "Fewer than half of the establishments concerned answered, nothing can be concluded: {names}.",
        "goal_open": "“{title}”: {share} ({ratio}); nothing tells whether the goal of {goal} is reached: "
        "{silent} did not answer.",
        "missing": "; {count} more are needed",
        "missing_some": "; {count} more are needed, {silent} of which did not answer",
        "and_more": " and {count} others",
        "withheld": "{count} indicators are hidden: fewer than five establishments, or a figure that would give "
        "another away.",
        "withheld_one": "One indicator is hidden: fewer than five establishments, or a figure that would give another "
        "away.",
    },
}
