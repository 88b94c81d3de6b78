"""Security incidents: their words, how grave they are and why, how a year of them compares with the country. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from care.domain.programme import Extent, Gravity, IncidentKind, IncidentState, PatientImpact
from scanners.model import Text

LONG_OPEN = timedelta(days=30)
"""An incident open for longer is asked about again: our choice, the longest delay of a declaration."""
SMALL = 10
"""Below as many incidents a share says nothing: it is shown with that warning. Our choice."""

ORIGIN_NAMES: Mapping[IncidentKind, Text] = {
    IncidentKind.MALICIOUS: Text("Malveillante", "Malicious"),
    IncidentKind.ACCIDENTAL: Text("Accidentelle", "Accidental"),
    IncidentKind.UNKNOWN: Text("Pas encore connue", "Not known yet"),
}
IMPACT_NAMES: Mapping[PatientImpact, Text] = {
    PatientImpact.NONE: Text("Aucune", "None"),
    PatientImpact.POTENTIAL: Text("Possibles", "Possible"),
    PatientImpact.PROVEN: Text("Avérées", "Proven"),
    PatientImpact.UNKNOWN: Text("Pas encore connues", "Not known yet"),
}
EXTENT_NAMES: Mapping[Extent, Text] = {
    Extent.UNKNOWN: Text("Pas encore connue", "Not known yet"),
    Extent.LOCAL: Text("L’établissement", "The establishment"),
    Extent.DEPARTMENT: Text("Le département", "The department"),
    Extent.REGION: Text("La région", "The region"),
    Extent.NATIONAL: Text("Le pays", "The country"),
}
STATE_NAMES: Mapping[IncidentState, Text] = {
    IncidentState.OPEN: Text("En cours", "Under way"),
    IncidentState.CONTAINED: Text("Contenu", "Contained"),
    IncidentState.CLOSED: Text("Clos", "Closed"),
}
GRAVITY_NAMES: Mapping[Gravity, Text] = {
    Gravity.UNKNOWN: Text("À évaluer", "To be assessed"),
    Gravity.MINOR: Text("Sans critère de gravité", "No criterion of gravity"),
    Gravity.GRAVE: Text("Grave", "Grave"),
    Gravity.SIGNIFICANT: Text("Grave et significatif", "Grave and significant"),
}


class Happening(StrEnum):
    """What a line of the timeline of an incident is; people write the first three, and corrections of them."""

    FACT = "fact"
    DECISION = "decision"
    MEASURE = "measure"
    CORRECTION = "correction"
    STATE = "state"
    GRAVITY = "gravity"


WRITTEN = (Happening.FACT, Happening.DECISION, Happening.MEASURE)
HAPPENING_NAMES: Mapping[Happening, Text] = {
    Happening.FACT: Text("Fait", "Fact"),
    Happening.DECISION: Text("Décision", "Decision"),
    Happening.MEASURE: Text("Mesure", "Measure"),
    Happening.CORRECTION: Text("Correction", "Correction"),
    Happening.STATE: Text("Étape", "Stage"),
    Happening.GRAVITY: Text("Gravité", "Gravity"),
}


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """What is known of an incident and weighs on its gravity and its declarations; None is not known yet."""

    kind: IncidentKind = IncidentKind.UNKNOWN
    patient_impact: PatientImpact = PatientImpact.UNKNOWN
    confidentiality: bool | None = None
    integrity: bool | None = None
    availability: bool | None = None
    degraded_mode: bool | None = None
    personal_data: bool | None = None
    extent: Extent = Extent.UNKNOWN
    others_exposed: bool | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """How grave an incident is: `why` are the criteria that hold, `unknown` what should be known to be sure."""

    gravity: Gravity
    why: tuple[Text, ...] = ()
    unknown: tuple[Text, ...] = ()


def assess(facts: IncidentFacts) -> Assessment:
    """The gravity that the facts call for (Code de la santé publique, L.1111-8-2 and D.1111-16-2 to -4).

    Grave: safety of care, confidentiality or integrity of health data, normal functioning; a possible consequence for
    patients counts, out of caution. Significant: a grave one that reaches beyond the establishment, or may. What is
    not known is never taken for a no: without a criterion and with a blank, the gravity is to be assessed.
    """
    grave, blanks = tuple(_grave(facts)), tuple(_grave_blanks(facts))
    wide, wide_blanks = tuple(_wide(facts)), tuple(_wide_blanks(facts))
    if grave:
        gravity = Gravity.SIGNIFICANT if wide else Gravity.GRAVE
        return Assessment(gravity, (*grave, *wide), blanks if wide else (*blanks, *wide_blanks))
    if blanks:
        return Assessment(Gravity.UNKNOWN, wide, (*blanks, *wide_blanks))
    if wide:
        return Assessment(Gravity.UNKNOWN, (*wide, _WIDE_ALONE))
    if wide_blanks:
        return Assessment(Gravity.UNKNOWN, (), wide_blanks)
    return Assessment(Gravity.MINOR, (_NOTHING,))


_NOTHING = Text(
    "Aucun critère de gravité ne ressort de ce qui est renseigné.", "No criterion of gravity shows in what is known."
)
_WIDE_ALONE = Text(
    "Aucun critère de gravité n’est coché, mais l’incident dépasse l’établissement : une personne doit trancher.",
    "No criterion of gravity is ticked, yet the incident reaches beyond the establishment: a person must decide.",
)


def _grave(facts: IncidentFacts) -> Iterator[Text]:
    if facts.patient_impact is PatientImpact.PROVEN:
        yield Text("Conséquences avérées sur la sécurité des soins.", "Proven consequences on the safety of care.")
    if facts.patient_impact is PatientImpact.POTENTIAL:
        yield Text("Conséquences possibles sur la sécurité des soins.", "Possible consequences on the safety of care.")
    if facts.confidentiality:
        yield Text("Confidentialité de données de santé atteinte.", "Confidentiality of health data breached.")
    if facts.integrity:
        yield Text("Intégrité de données de santé atteinte.", "Integrity of health data breached.")
    if facts.availability or facts.degraded_mode:
        yield Text("Fonctionnement normal atteint.", "Normal functioning affected.")


def _grave_blanks(facts: IncidentFacts) -> Iterator[Text]:
    if facts.patient_impact is PatientImpact.UNKNOWN:
        yield Text("les conséquences pour les patients", "the consequences for patients")
    if facts.confidentiality is None:
        yield Text("la confidentialité des données de santé", "the confidentiality of health data")
    if facts.integrity is None:
        yield Text("l’intégrité des données de santé", "the integrity of health data")
    if None in (facts.availability, facts.degraded_mode) and not (facts.availability or facts.degraded_mode):
        yield Text("le fonctionnement normal (disponibilité, mode dégradé)", "normal functioning (availability, degraded mode)")  # fmt: skip # noqa: E501


def _wide(facts: IncidentFacts) -> Iterator[Text]:
    if facts.extent in (Extent.DEPARTMENT, Extent.REGION, Extent.NATIONAL):
        where = EXTENT_NAMES[facts.extent]
        yield Text(f"Retentissement au-delà : {where.fr.lower()}.", f"Repercussion beyond: {where.en.lower()}.")
    if facts.others_exposed:
        yield Text("D’autres structures peuvent être touchées.", "Other organisations may be affected.")


def _wide_blanks(facts: IncidentFacts) -> Iterator[Text]:
    if facts.extent is Extent.UNKNOWN:
        yield Text("l’étendue", "the extent")
    if facts.others_exposed is None:
        yield Text("l’exposition d’autres structures", "whether other organisations are exposed")


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `known` incidents; those where it is not known are left out and counted apart."""

    part: int
    known: int
    unknown: int

    @property
    def percent(self) -> int | None:
        """Rounded, None when nothing is known."""
        return round(100 * self.part / self.known) if self.known else None

    @property
    def small(self) -> bool:
        """Whether there are too few to compare."""
        return self.known < SMALL


@dataclass(frozen=True, slots=True)
class YearFigures:
    """The incidents detected in one year. `patients` counts possible and proven consequences, `proven` the latter."""

    year: int
    total: int
    malicious: Share
    patients: Share
    proven: Share
    degraded: Share


def figures_by_year(incidents: Iterable[tuple[int, IncidentFacts]]) -> tuple[YearFigures, ...]:
    """The figures of each year, the latest first, from (year of detection, facts)."""
    years: dict[int, list[IncidentFacts]] = {}
    for year, facts in incidents:
        years.setdefault(year, []).append(facts)
    return tuple(_figures(year, years[year]) for year in sorted(years, reverse=True))


def _figures(year: int, found: list[IncidentFacts]) -> YearFigures:
    impacts = [one.patient_impact for one in found]
    unknown = [impact is PatientImpact.UNKNOWN for impact in impacts]
    touched = [impact in (PatientImpact.POTENTIAL, PatientImpact.PROVEN) for impact in impacts]
    return YearFigures(
        year,
        len(found),
        malicious=_share(
            None if one.kind is IncidentKind.UNKNOWN else one.kind is IncidentKind.MALICIOUS for one in found
        ),
        patients=_share(None if blank else yes for blank, yes in zip(unknown, touched, strict=True)),
        proven=_share(
            None if blank else impact is PatientImpact.PROVEN for blank, impact in zip(unknown, impacts, strict=True)
        ),
        degraded=_share(one.degraded_mode for one in found),
    )


def _share(answers: Iterable[bool | None]) -> Share:
    told = list(answers)
    return Share(told.count(True), len(told) - told.count(None), told.count(None))


@dataclass(frozen=True, slots=True)
class National:
    """What the national observatory counted in a year; None is a figure that was not found."""

    year: int
    total: int | None
    malicious: int | None
    patients: int | None
    degraded: int | None
    note: Text


NATIONAL: tuple[National, ...] = (
    National(
        2024,
        None,
        None,
        None,
        None,
        Text("40 rançongiciels et 122 compromissions cités.", "40 ransomware attacks and 122 compromises quoted."),
    ),
    National(2023, 581, 50, 35, 32, Text("32 rançongiciels cités.", "32 ransomware attacks quoted.")),
    National(2022, 592, None, None, None, Text("Nombre approché.", "Approximate number.")),
)
"""Shares in percent of the reports of a year."""
NATIONAL_SOURCE = Text(
    "Observatoire national des incidents de sécurité en santé (CERT Santé), chiffres repris par la presse (LeMagIT) : "
    "de seconde main, à vérifier avant de les citer.",
    "National observatory of security incidents in health (CERT Santé), figures as quoted by the press (LeMagIT): "
    "second hand, to be checked before quoting them.",
)
