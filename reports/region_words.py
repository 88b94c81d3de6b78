"""Words of regional reports: how a figure, a month, a coverage is said, in both languages."""

from __future__ import annotations

from fractions import Fraction

from reports.region_model import Counts, Reckoning, RegionFigure, RegionGoal, RegionIndicator, RegionReport
from reports.words import Lang, counted, day, number, percent

NOTHING = "–"
_MONTHS: dict[Lang, tuple[str, ...]] = {
    "fr": (
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ),
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}


def month_name(month: int, lang: Lang) -> str:
    """November 2026."""
    year, rank = divmod(month, 100)
    return f"{_MONTHS[lang][rank - 1]} {year}"


def month_code(month: int) -> str:
    """2026-11, as files and charts write it."""
    return f"{month // 100}-{month % 100:02}"


def months_of(report: RegionReport) -> tuple[int, ...]:
    """Every month of the series of a report, oldest first, whether it has figures or not."""
    found, month = [], report.first
    while month <= report.month:
        found.append(month)
        month += 1 if month % 100 < 12 else 89
    return tuple(found)


def share_text(share: Fraction | None, lang: Lang) -> str:
    """A share in whole percent, never rounded up: 99,9 % is not all."""
    return NOTHING if share is None else percent(int(share * 100), lang)


def cut_percent(share: Fraction, decimals: int) -> float:
    """A share in percent with so many decimals, never rounded up either."""
    scale: int = 10**decimals
    return int(share * 100 * scale) / scale


def counts_ratio(counts: Counts, lang: Lang) -> str:
    """n / N of a figure; nothing when there is nothing to measure."""
    return ratio_text(counts.numerator, counts.denominator, lang) if counts.denominator else NOTHING


def ratio_text(numerator: int, denominator: int, lang: Lang) -> str:
    """n / N."""
    return f"{number(numerator, lang)}\u00a0/\u00a0{number(denominator, lang)}"


def value_text(indicator: RegionIndicator, counts: Counts, lang: Lang) -> str:
    """The figure itself: a share with its n/N, a sum, a breakdown by level."""
    if counts.measured == 0:
        return WORDS[lang]["no_measure" if counts.answered else "no_answer"]
    if indicator.reckoning is Reckoning.COUNT:
        return f"{number(counts.numerator, lang)} {indicator.unit}".strip()
    if indicator.reckoning is Reckoning.LEVEL:
        return levels_text(indicator, counts, lang)
    return f"{share_text(counts.share, lang)} ({ratio_text(counts.numerator, counts.denominator, lang)})"


def levels_text(indicator: RegionIndicator, counts: Counts, lang: Lang) -> str:
    """Establishments by level, or why they are not told."""
    if not counts.levels:
        return WORDS[lang]["levels_withheld"]
    names, found = dict(indicator.level_names), dict(counts.levels)
    shown = [f"{names.get(level, str(level))}\u00a0: {number(count, lang)}" for level, count in sorted(found.items())]
    return " · ".join(shown)


def short_text(indicator: RegionIndicator, figure: RegionFigure | None, lang: Lang) -> str:
    """The figure in a few signs, for a card or a cell: 63 %, 41, « masqué »."""
    if figure is None:
        return NOTHING
    if figure.counts is None:
        return WORDS[lang]["withheld_short"]
    counts = figure.counts
    if counts.measured == 0:
        return NOTHING
    if indicator.reckoning is Reckoning.COUNT:
        return number(counts.numerator, lang)
    if indicator.reckoning is Reckoning.LEVEL:
        return median_level(indicator, counts, lang)
    return share_text(counts.share, lang)


def median_level(indicator: RegionIndicator, counts: Counts, lang: Lang) -> str:
    """The level that half of the establishments reach or stay under; nothing when the breakdown is not told."""
    total, seen = sum(count for _level, count in counts.levels), 0
    for level, count in sorted(counts.levels):
        seen += count
        if 2 * seen >= total:
            return dict(indicator.level_names).get(level, number(level, lang))
    return NOTHING


def base_text(figure: RegionFigure | None, lang: Lang) -> str:
    """On what a figure rests: who answered of whom, the day of the oldest value, who did not answer."""
    words = WORDS[lang]
    if figure is None:
        return words["not_computed"]
    if figure.counts is None:
        return words["withheld"]
    counts = figure.counts
    parts = [f"{words['answered']} {ratio_text(counts.answered, counts.asked, lang)}"]
    parts.append(f"{words['silent']} {number(counts.silent, lang)}")
    if counts.other_version:
        parts.append(f"{words['other_version']} {number(counts.other_version, lang)}")
    if counts.oldest_on:
        parts.append(f"{words['oldest']} {day(counts.oldest_on, lang)}")
    return " · ".join(parts)


def goal_text(goal: RegionGoal, lang: Lang) -> str:
    """A goal with its date and who says so; a choice of ours is said to be one."""
    source = ", ".join(filter(None, (goal.source, goal.doubt)))
    said = f"{percent(goal.percent, lang)} {WORDS[lang]['since']} {day(goal.since, lang)}"
    return f"{said} ({source})" if source else said


def report_title(report: RegionReport) -> str:
    """What the document is called."""
    words = WORDS[report.lang]
    return words["title_own"] if report.establishment else words[f"title_{report.extent.value}"]


def form_text(report: RegionReport) -> str:
    """For whom this form of the report is, after what the installation says of itself."""
    words = WORDS[report.lang]
    if report.establishment:
        form = words["form_own"]
    else:
        form = words["form_public"] if report.public else words["form_entitled"]
    return f"{report.notice} {form}".lstrip()


def establishments_text(count: int, lang: Lang) -> str:
    """12 establishments."""
    return (
        counted(count, "établissement", "établissements", lang)
        if lang == "fr"
        else counted(count, "establishment", "establishments", lang)
    )


WORDS: dict[Lang, dict[str, str]] = {
    "fr": {
        "title_platform": "Rapport national de cyber-résilience",
        "title_region": "Rapport régional de cyber-résilience",
        "title_ght": "Rapport de cyber-résilience du GHT",
        "title_own": "Votre établissement dans sa région",
        "form_public": "Forme publique : aucun établissement n’est nommé, les petits effectifs sont masqués",
        "form_entitled": "Réservé aux personnes habilitées : chiffres non diffusables",
        "form_own": "Réservé à l’établissement : sa ligne, et la distribution anonyme de sa région",
        "withheld": "Chiffre masqué : moins de cinq établissements, ou un chiffre que les autres laisseraient deviner",
        "withheld_short": "masqué",
        "levels_withheld": "détail par niveau masqué (un niveau réunit moins de cinq établissements)",
        "not_computed": "Aucun chiffre calculé pour ce mois",
        "no_measure": "rien à mesurer",
        "no_answer": "aucune réponse",
        "answered": "répondants",
        "silent": "sans réponse",
        "other_version": "autre version, mis de côté",
        "oldest": "valeur la plus ancienne",
        "since": "à partir du",
        "unanswered": "non répondu",
        "masked": "répond sous pseudonyme",
    },
    "en": {
        "title_platform": "National cyber-resilience report",
        "title_region": "Regional cyber-resilience report",
        "title_ght": "Cyber-resilience report of the GHT",
        "title_own": "Your establishment in its region",
        "form_public": "Public form: no establishment is named, small numbers are hidden",
        "form_entitled": "For entitled readers only: figures not to be circulated",
        "form_own": "For the establishment only: its own line, and the anonymous distribution of its region",
        "withheld": "Figure hidden: fewer than five establishments, or one that the others would give away",
        "withheld_short": "hidden",
        "levels_withheld": "breakdown by level hidden (a level gathers fewer than five establishments)",
        "not_computed": "No figure computed for this month",
        "no_measure": "nothing to measure",
        "no_answer": "no answer",
        "answered": "answered",
        "silent": "not answering",
        "other_version": "other version, set aside",
        "oldest": "oldest value",
        "since": "from",
        "unanswered": "not answered",
        "masked": "answers under a pseudonym",
    },
}
