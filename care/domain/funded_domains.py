"""The funded domains of the programme: their full names, who applies, the windows of their calendar. Pure.

Two numberings coexist: that of 2023 (five domains announced) and that of the orders published since. A number alone
deceives, hence the full name beside it everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from care.domain.frameworks import Confidence, Framework, Parameter
from scanners.model import Text


@dataclass(frozen=True, slots=True)
class FundedDomain:
    """One domain. `framework` holds its objectives; `numbering` says which number it bore or could be taken for.

    `one_file_per_ght`: a text read says that a GHT files one file for all its parties.
    """

    framework: str
    name: Text
    numbering: Text
    one_file_per_ght: bool


DOMAINS: Mapping[str, FundedDomain] = {
    one.framework: one
    for one in (
        FundedDomain(
            "care-d1",
            Text(
                "Domaine 1 – Annuaires techniques et exposition sur Internet",
                "Domain 1 – Technical directories and Internet exposure",
            ),
            Text(
                "Domaine 1 dans les deux numérotations, celle de 2023 et celle des arrêtés.",
                "Domain 1 in both numberings, that of 2023 and that of the orders.",
            ),
            one_file_per_ght=True,
        ),
        FundedDomain(
            "care-d1bis",
            Text(
                "Domaine 1 bis – Annuaires techniques et exposition sur Internet, second appel",
                "Domain 1 bis – Technical directories and Internet exposure, second call",
            ),
            Text("Second appel du domaine 1, ouvert en 2026.", "Second call of domain 1, opened in 2026."),
            one_file_per_ght=False,
        ),
        FundedDomain(
            "care-d2",
            Text(
                "Domaine 2 – Stratégie de continuité et de reprise d’activité",
                "Domain 2 – Continuity and recovery strategy",
            ),
            Text(
                "Domaine 2 de l’arrêté de 2025. En 2023, « domaine 2 » désignait les postes de travail et la "
                "détection, et la sauvegarde était le domaine 4.",
                "Domain 2 of the order of 2025. In 2023, “domain 2” meant workstations and detection, and backup was "
                "domain 4.",
            ),
            one_file_per_ght=True,
        ),
        FundedDomain(
            "hospiconnect",
            Text(
                "HospiConnect – Identités, double facteur et accès au DMP",
                "HospiConnect – Identities, two factors and access to the DMP",
            ),
            Text(
                "Sans numéro, hors des domaines annoncés en 2023.", "No number, outside the domains announced in 2023."
            ),
            one_file_per_ght=False,
        ),
    )
}


class Window(StrEnum):
    """The windows of a domain, as the ids of its parameters begin: `candidacy_from`, `candidacy_until`."""

    CANDIDACY = "candidacy"
    DECLARATION = "declaration"
    PAYMENT = "payment"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The ends of a window, both included; None when no text read gives one. `hearsay`: one is to be checked."""

    first: date | None = None
    last: date | None = None
    hearsay: bool = False


def bounds_of(framework: Framework, window: Window) -> Bounds:
    """The ends of a window, from the parameters of a framework."""
    ends = [framework.parameters.get(f"{window}_{end}") for end in ("from", "until")]
    first, last = (_day(one) for one in ends)
    hearsay = any(one is not None and one.value is not None and one.confidence is not _SURE for one in ends)
    return Bounds(first, last, hearsay)


_SURE = Confidence.OFFICIAL


def _day(parameter: Parameter | None) -> date | None:
    value = parameter.value if parameter else None
    return value if isinstance(value, date) else None


@dataclass(frozen=True, slots=True)
class FileDates:
    """The days of a file."""

    candidacy_on: date | None = None
    declaration_on: date | None = None
    paid_on: date | None = None
    declare_until: date | None = None


_ACTS: Mapping[Window, Text] = {
    Window.CANDIDACY: Text("La candidature", "The candidacy"),
    Window.DECLARATION: Text("La déclaration", "The declaration"),
    Window.PAYMENT: Text("Le paiement", "The payment"),
}


def remarks(dates: FileDates, framework: Framework) -> tuple[Text, ...]:
    """What does not fit the calendar: recorded all the same, but said."""
    own = bounds_of(framework, Window.DECLARATION)
    declaration = Bounds(own.first, dates.declare_until) if dates.declare_until else own
    found = (
        *_outside(Window.CANDIDACY, dates.candidacy_on, bounds_of(framework, Window.CANDIDACY)),
        *_outside(Window.DECLARATION, dates.declaration_on, declaration),
        *_outside(Window.PAYMENT, dates.paid_on, Bounds(None, bounds_of(framework, Window.PAYMENT).last)),
    )
    return (*found, *_order(dates))


def _outside(window: Window, day: date | None, bounds: Bounds) -> tuple[Text, ...]:
    act = _ACTS[window]
    doubt = Text(" (date à vérifier)", " (date to be checked)") if bounds.hearsay else Text("", "")
    if day is not None and bounds.first is not None and day < bounds.first:
        return (
            Text(
                f"{act.fr} du {day:%d/%m/%Y} précède l’ouverture de sa fenêtre, le {bounds.first:%d/%m/%Y}{doubt.fr}.",
                f"{act.en} of {day} precedes the opening of its window, on {bounds.first}{doubt.en}.",
            ),
        )
    if day is not None and bounds.last is not None and day > bounds.last:
        return (
            Text(
                f"{act.fr} du {day:%d/%m/%Y} suit la fin de sa fenêtre, le {bounds.last:%d/%m/%Y}{doubt.fr}.",
                f"{act.en} of {day} follows the end of its window, on {bounds.last}{doubt.en}.",
            ),
        )
    return ()


def _order(dates: FileDates) -> tuple[Text, ...]:
    first, second = dates.candidacy_on, dates.declaration_on
    if first is None or second is None or first <= second:
        return ()
    return (
        Text(
            f"La déclaration ({second:%d/%m/%Y}) précède la candidature ({first:%d/%m/%Y}) : vérifiez les deux dates.",
            f"The declaration ({second}) precedes the candidacy ({first}): check both dates.",
        ),
    )
