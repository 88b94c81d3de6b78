"""A regional report with one indicator of each sort, a withheld figure, a hole in a series, a silent establishment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from reports.region_model import (
    Counts,
    Extent,
    NamedValue,
    OwnValue,
    Reckoning,
    RegionFamily,
    RegionFigure,
    RegionGoal,
    RegionIndicator,
    RegionPart,
    RegionReport,
    RegionSite,
)
from reports.region_words import months_of
from reports.words import Lang

MONTH, FIRST = 202610, 202510
DAY = date(2026, 10, 28)
SECRET_NAME = "Hôpital du Secret"
OURS = {"fr": "choix de CaRE, à vérifier", "en": "a choice of CaRE, to be checked"}


def counts(numerator: int, denominator: int, answered: int = 34, asked: int = 41, **more: object) -> Counts:
    whole = Counts(asked, answered, answered, 0, numerator, denominator, date(2026, 9, 2))
    return replace(whole, **more)


def _months() -> tuple[int, ...]:
    return (*(202500 + number for number in (10, 11, 12)), *(202600 + number for number in range(1, 11)))


def _series(reckoning: Reckoning) -> tuple[RegionFigure, ...]:
    """Thirteen months, one of which was never computed and one withheld."""
    found = []
    for rank, month in enumerate(_months()):
        if rank == 4:
            continue
        told = counts(10 + rank, 34) if reckoning is not Reckoning.COUNT else counts(2 * rank, 34)
        found.append(RegionFigure(month, "1", None if rank == 2 else told, hidden=rank == 2))
    return tuple(found)


def indicator(code: str, reckoning: Reckoning, lang: Lang = "fr", **more: object) -> RegionIndicator:
    french = lang == "fr"
    series = _series(reckoning)
    if reckoning is Reckoning.LEVEL:
        told = counts(96, 34, levels=((1, 8), (2, 9), (3, 11), (4, 6)))
        series = (*series[:-1], RegionFigure(MONTH, "1", told))
    made = RegionIndicator(
        code=code,
        version="1",
        title=f"Établissements du sujet {code}" if french else f"Establishments of subject {code}",
        formula="établissements avec / établissements concernés" if french else "those with / those concerned",
        unit="établissements" if french else "establishments",
        threshold="au moins une fois dans l’année" if french else "at least once in the year",
        note="",
        source="domain.md 11.2",
        doubt=OURS[lang] if reckoning is Reckoning.SHARE else "",
        audience="Tous les établissements" if french else "All establishments",
        reckoning=reckoning,
        better="plus haut est mieux" if french else "higher is better",
        direction="up",
        level_names=tuple((number, f"Niveau {number}") for number in range(1, 6)),
        goals=(RegionGoal(50, date(2023, 12, 31), "CaRE", ""), RegionGoal(100, date(2024, 12, 31), "CaRE", OURS[lang])),
        goal=RegionGoal(100, date(2024, 12, 31), "CaRE", OURS[lang], reached=False)
        if reckoning is Reckoning.REACHED
        else None,
        figure=series[-1],
        series=series,
        categories=(
            RegionFigure(MONTH, "1", counts(12, 14, 14, 15), category="CH"),
            RegionFigure(MONTH, "1", None, hidden=True, category="CHU"),
            RegionFigure(MONTH, "1", counts(8, 12, 12, 19), category="Clinique <MCO> & =SSR"),
        ),
    )
    return replace(made, **more)


def report(lang: Lang = "fr", *, public: bool = True) -> RegionReport:
    """The report of a region in one of its forms."""
    named = (
        NamedValue("Hôpital de la Baie", "350000011", "CH", 1, 1, DAY, "1"),
        NamedValue(SECRET_NAME, "350000029", "CH", None, None, None),
    )
    first = indicator("EXO-TX", Reckoning.REACHED, lang, named=() if public else named)
    families = (
        RegionFamily("exercises", "Exercices de crise" if lang == "fr" else "Crisis exercises", (first,)),
        RegionFamily(
            "directory", "Annuaire" if lang == "fr" else "Directory", (indicator("ADS-DIST", Reckoning.LEVEL, lang),)
        ),
        RegionFamily(
            "incidents",
            "Incidents",
            (
                indicator("INC-SIG", Reckoning.COUNT, lang),
                indicator("TLM-MFA", Reckoning.SHARE, lang),
                indicator("SILENT", Reckoning.SHARE, lang, figure=None, series=(), categories=()),
            ),
        ),
    )
    return RegionReport(
        lang=lang,
        issued_at=datetime(2026, 11, 11, 2, 20, tzinfo=UTC),
        month=MONTH,
        first=FIRST,
        extent=Extent.REGION,
        place="Bretagne",
        place_code="53",
        public=public,
        establishments=41,
        families=families,
        sites=() if public else SITES,
    )


SITES = (
    RegionSite("Hôpital de la Baie", 5, 5, -2.0255, 48.6493, "35"),
    RegionSite("Hôpital du Cap", 3, 5, department="29"),
    RegionSite(SECRET_NAME, 0, 5, department="56"),
    RegionSite("Clinique sans adresse", 0, 5),
)


def national(lang: Lang = "fr") -> RegionReport:
    """The report of the nation: three regions told, one withheld."""
    whole = report(lang)
    parts = tuple(
        RegionPart(code, name, RegionFigure(MONTH, "1", told, hidden=told is None))
        for code, name, told in (
            ("11", "Île-de-France", counts(40, 80, 80, 90)),
            ("53", "Bretagne", counts(22, 34)),
            ("75", "Nouvelle-Aquitaine", counts(3, 30, 30, 60)),
            ("94", "Corse", None),
        )
    )
    families = tuple(
        replace(family, indicators=tuple(replace(one, parts=parts) for one in family.indicators))
        for family in whole.families
    )
    return replace(whole, extent=Extent.PLATFORM, place="France entière", place_code="", families=families)


def own(lang: Lang = "fr") -> RegionReport:
    """The report of one establishment: its line beside its region's."""
    whole = report(lang)
    values = tuple(OwnValue(month, rank % 2, 1, DAY, "1") for rank, month in enumerate(months_of(whole)))
    families = tuple(
        replace(
            family,
            indicators=tuple(replace(one, own=values if one.code != "SILENT" else ()) for one in family.indicators),
        )
        for family in whole.families
    )
    return replace(
        whole,
        extent=Extent.ESTABLISHMENT,
        public=False,
        families=families,
        establishment="Hôpital de la Baie",
        finess="350000011",
    )
