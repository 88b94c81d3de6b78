"""What proves an open weakness of a thing: what was read, when, by which audit, in which sealed archive; of a known
vulnerability, besides, its kind, how sure it is, and whether attackers use it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.services.findings import message_of
from care.services.rule_texts import titles_of
from care.store.evidence import Evidence
from care.store.findings import FindingRow, SightingRow
from care.store.runs import Run
from scanners.catalog import rule_by_id
from scanners.model import Lang, Scalar, Severity, Text
from scanners.vulnerabilities.categories import category_of

MOST = 100
"""Weaknesses shown with their proof, the gravest first; more are counted."""
_SAID_OF_FLAWS = frozenset({"exploited_since", "ransomware", "epss", "confirmed"})
_CONFIRMED = Text(
    "confirmée : le suivi de la distribution dit que cette version a la faille",
    "confirmed: the tracker of the distribution says that this build has the flaw",
)
_ANNOUNCED = Text(
    "probable : la version annoncée est atteinte ; une bannière n’est pas une preuve, vérifiez sur la machine",
    "likely: the version announced is affected; a banner is no proof, check on the machine",
)
_TO_CONFIRM = Text(
    "à confirmer : le numéro est dans la plage, mais le paquet a pu être corrigé sans changer de numéro",
    "to confirm: the number is in the range, but the package may have been corrected without a new number",
)
_NO_VERSION = Text(
    "inconnue : la version n’a pas pu être lue, le produit a des failles exploitées",
    "unknown: the version could not be read, the product has exploited flaws",
)


@dataclass(frozen=True, slots=True)
class Proof:
    """Which audit saw a weakness last, and the archive of its facts, kept under its SHA-256."""

    run_id: int
    at: datetime
    archive_id: int | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """What is known of a flaw. `categories` come from its CWE, empty when nobody gave one that is common."""

    cves: str
    categories: tuple[str, ...]
    confidence: str
    exploited_since: date | None
    ransomware: bool
    epss: float | None


@dataclass(frozen=True, slots=True)
class WeaknessLine:
    """An open finding about a thing, under the title of its rule, with what proves it."""

    id: int
    title: str
    subject: str
    severity: Severity
    message: str
    evidence: tuple[tuple[str, Scalar], ...]
    proof: Proof | None
    vulnerability: Vulnerability | None


def proven(session: Session, target_id: int, ids: Iterable[int], lang: Lang) -> tuple[WeaknessLine, ...]:
    """The findings of these numbers, in their order, with what the audits of a target saw of them."""
    wanted = list(ids)[:MOST]
    rows = {row.id: row for row in session.scalars(select(FindingRow).where(FindingRow.id.in_(wanted)))}
    proofs = _proofs(session, target_id, wanted)
    titles = titles_of(session, {(row.establishment_id, row.rule) for row in rows.values()}, lang)
    return tuple(
        WeaknessLine(
            id=row.id,
            title=str(titles[row.establishment_id, row.rule]),
            subject=row.subject,
            severity=row.severity,
            message=message_of(rule_by_id(row.rule), row, lang),
            evidence=_left(row.evidence, known),
            proof=proofs.get(row.id),
            vulnerability=known,
        )
        for row in (rows[number] for number in wanted if number in rows)
        for known in [_vulnerability(row.rule, row.evidence, lang)]
    )


def _left(evidence: Mapping[str, Scalar], known: Vulnerability | None) -> tuple[tuple[str, Scalar], ...]:
    """The evidence that has something to say, without what is said of a vulnerability beside."""
    said = _SAID_OF_FLAWS if known is not None else frozenset[str]()
    return tuple((name, value) for name, value in evidence.items() if value not in (None, "") and name not in said)


def _proofs(session: Session, target_id: int, ids: list[int]) -> Mapping[int, Proof]:
    """By the date of the collection that saw each of them last."""
    query = (
        select(SightingRow.finding_id, Run.id, Run.collected_to, Run.facts_id, Evidence.sha256)
        .join(Run, (Run.target_id == SightingRow.target_id) & (Run.collected_to == SightingRow.last_seen_at))
        .outerjoin(Evidence, Evidence.id == Run.facts_id)
        .where(SightingRow.target_id == target_id, SightingRow.finding_id.in_(ids), Run.recorded_at.is_not(None))
        .order_by(Run.id)
    )
    return {
        finding: Proof(run, at, archive, sha256 or "")
        for finding, run, at, archive, sha256 in session.execute(query)
        if at is not None
    }


def _vulnerability(rule: str, evidence: Mapping[str, Scalar], lang: Lang) -> Vulnerability | None:
    if not {"cve", "cves", "exploited_since"} & evidence.keys():
        return None
    kinds = [category_of(one) for one in str(evidence.get("cwe") or "").split(", ")]
    epss = evidence.get("epss")
    return Vulnerability(
        cves=str(evidence.get("cve") or evidence.get("cves") or ""),
        categories=tuple(dict.fromkeys(kind.render(lang) for kind in kinds if kind is not None)),
        confidence=_confidence(rule, evidence).render(lang),
        exploited_since=_day(evidence.get("exploited_since")),
        ransomware=evidence.get("ransomware") is True,
        epss=epss if isinstance(epss, float) else None,
    )


def _day(written: Scalar) -> date | None:
    try:
        return date.fromisoformat(str(written))
    except ValueError:
        return None


def _confidence(rule: str, evidence: Mapping[str, Scalar]) -> Text:
    if evidence.get("confirmed") is True:
        return _CONFIRMED
    if rule.endswith("_to_confirm"):
        return _TO_CONFIRM
    return _ANNOUNCED if "confirmed" in evidence else _NO_VERSION
