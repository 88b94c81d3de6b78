"""What rules say of known vulnerabilities, from the comparison that the facts hold and the age of its data. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.products import is_recognised_by_pages
from scanners.model import Finding, NotAssessable, Scalar, Text, Verdict, judged
from scanners.vulnerabilities.model import (
    MAX_SUBJECTS,
    NEEDED,
    STALE_AFTER,
    Compared,
    Confidence,
    Flaw,
    KnownFlaws,
    Source,
)
from scanners.vulnerabilities.names import family

_SHOWN = 5
_CURE_FR = (
    "importez-les (page « Vulnérabilités connues » ou « care vulnerabilities import »), puis relancez l’audit ou "
    "rejugez ses faits (« care judge --vulnerabilities »)."
)
_CURE_EN = (
    "import them (page “Known vulnerabilities” or `care vulnerabilities import`), then run the audit again or judge "
    "its facts again (`care judge --vulnerabilities`)."
)


@dataclass(frozen=True, slots=True)
class Held:
    """A flaw that a product may have, where it was seen."""

    subject: str
    compared: Compared
    flaw: Flaw


def one_by_one(facts: ExposureFacts, wanted: Callable[[Flaw], bool]) -> Verdict:
    """A finding for each flaw wanted, each place and each product there, which are its subject.

    The product bears the first name of its family: tools call it otherwise from one day to the next.
    """
    known = _known(facts)
    found = (held for held in _held(known) if wanted(held.flaw))
    findings = (Finding(_subject(held), _evidence(known, held)) for held in found)
    further = (
        _subject(Held(place, one, flaw))
        for one in known.products
        for flaw in one.flaws
        if one.further and wanted(flaw)
        for place in one.further
    )
    return _told(facts, known, findings, further)


def _subject(held: Held) -> str:
    return f"{held.subject} {family(held.compared.product)[0]} {held.flaw.cve}"


def by_product(facts: ExposureFacts, wanted: Callable[[Flaw], bool]) -> Verdict:
    """A finding for each product and place that may have flaws wanted, with their count and the most pressing."""
    known = _known(facts)
    findings, further = [], []
    for one in known.products:
        flaws = [flaw for flaw in one.flaws if wanted(flaw)]
        if flaws:
            evidence = _summary(known, one, flaws)
            findings += [Finding(f"{subject} {one.product}", evidence) for subject in one.subjects]
            further += [f"{place} {one.product}" for place in one.further]
    return _told(facts, known, findings, further)


def without_version(facts: ExposureFacts) -> Verdict:
    """A finding for each product betrayed by its pages whose flaws are being exploited, of a version not read.

    A server that hides its version, as it is advised to, is no finding."""
    known = _known(facts)
    hidden = [one for one in known.products if one.exploited and is_recognised_by_pages(one.product)]
    findings = (
        Finding(
            f"{subject} {one.product}",
            {
                "product": one.product,
                "exploited": one.exploited,
                "exploited_since": one.exploited_last,
                **_age(known),
            },
        )
        for one in hidden
        for subject in one.subjects
    )
    return _told(facts, known, findings, (f"{place} {one.product}" for one in hidden for place in one.further))


def _known(facts: ExposureFacts) -> KnownFlaws:
    if facts.vulnerabilities is not None:
        return facts.vulnerabilities
    if not facts.endpoints():
        return KnownFlaws(facts.collected_at, ())
    raise NotAssessable(
        "Aucune donnée de vulnérabilités connues n’était importée lors de cet audit : " + _CURE_FR,
        "No data of known vulnerabilities had been imported when this audit was made: " + _CURE_EN,
    )


def _held(known: KnownFlaws) -> Iterator[Held]:
    for one in known.products:
        for flaw in one.flaws:
            for subject in one.subjects:
                yield Held(subject, one, flaw)


def _told(facts: ExposureFacts, known: KnownFlaws, findings: Iterable[Finding], further: Iterable[str]) -> Verdict:
    """What was found stands; silence is believed only of data that is whole and recent.

    `further` are the subjects that have the same flaws where nothing is told one by one: their silence mends nothing.
    """
    doubt = (_missing(known) or _stale(known)) if facts.endpoints() else None
    untold = tuple(further) if doubt is None else ()
    return judged(known.population, findings, untold, doubt or (_beyond(len(untold)) if untold else None))


def _beyond(count: int) -> Text:
    return Text(
        f"Au-delà de {MAX_SUBJECTS} endroits d’un même logiciel, le reste n’est pas dit un à un ({count} de plus, au "
        "même défaut) : corrigez le logiciel partout, ou découpez l’audit pour les voir.",
        f"Beyond {MAX_SUBJECTS} places of one product, the rest is not told one by one ({count} more, with the same "
        "flaw): mend the product everywhere, or split the audit to see them.",
    )


def _missing(known: KnownFlaws) -> Text | None:
    if known.trouble is not None:
        return known.trouble
    missing = [source for source in NEEDED if known.source(source) is None]
    if missing:
        names = ", ".join(source.value.upper() for source in missing)
        return Text(
            f"Il manque des données de vulnérabilités connues ({names}) : {_CURE_FR}",
            f"Data of known vulnerabilities is missing ({names}): {_CURE_EN}",
        )
    nvd = known.source(Source.NVD)
    if nvd is not None and nvd.missing_years:
        return Text(
            f"Les données du NVD ne couvrent pas les années {nvd.missing} : {_CURE_FR}",
            f"The data of the NVD does not cover the years {nvd.missing}: {_CURE_EN}",
        )
    return None


def _stale(known: KnownFlaws) -> Text | None:
    old = [one for one in known.sources if one.source in NEEDED and one.stale(known.compared_at)]
    if not old:
        return None
    oldest = min(one.dated for one in old)
    return Text(
        f"Les données de vulnérabilités connues datent du {oldest:%d/%m/%Y}, de plus de {STALE_AFTER.days} jours : ce "
        f"qu’elles ne citent pas n’est pas écarté ; {_CURE_FR}",
        f"The data of known vulnerabilities dates from {oldest:%Y-%m-%d}, more than {STALE_AFTER.days} days ago: what "
        f"it does not name is not ruled out; {_CURE_EN}",
    )


def _evidence(known: KnownFlaws, held: Held) -> dict[str, Scalar]:
    flaw = held.flaw
    return {
        "cve": flaw.cve,
        "product": held.compared.product,
        "version": held.compared.version,
        "affected": flaw.versions,
        "cvss": flaw.score,
        "exploited_since": flaw.exploited_since,
        "ransomware": flaw.ransomware,
        "epss": flaw.epss,
        "confirmed": flaw.confidence is Confidence.CONFIRMED,
        "fixed_in": flaw.fixed_in,
        "notice": flaw.notice,
        "cwe": flaw.weakness,
        **_age(known),
    }


def _summary(known: KnownFlaws, one: Compared, flaws: list[Flaw]) -> dict[str, Scalar]:
    scores = [flaw.score for flaw in flaws if flaw.score is not None]
    return {
        "product": one.product,
        "version": one.version,
        "count": len(flaws) + one.more,
        "cves": ", ".join(flaw.cve for flaw in flaws[:_SHOWN]),
        "cwe": ", ".join(dict.fromkeys(flaw.weakness for flaw in flaws[:_SHOWN] if flaw.weakness)),
        "cvss": max(scores, default=None),
        "epss": max((flaw.epss for flaw in flaws if flaw.epss is not None), default=None),
        "confirmed": any(flaw.confidence is Confidence.CONFIRMED for flaw in flaws),
        **_age(known),
    }


def _age(known: KnownFlaws) -> dict[str, Scalar]:
    dates: list[datetime] = [one.dated for one in known.sources if one.source in NEEDED]
    return {
        "data_date": min(dates).date().isoformat() if dates else "",
        "data_stale": any(one.stale(known.compared_at) for one in known.sources if one.source in NEEDED),
    }
