"""A flaw that its supplier leaves open is the hospital’s to bear, on machines it may not patch itself.

TLM-21: clausier santé O-7.2 wants a patch within three months for a score of 7 to 8.9, within one month above. Counted
from the day the flaw was published to the day its patch was given, or to that of the register: 92 and 31 days. Below 7,
the next minor release has no date: these are not judged. A line without a score stays in doubt.
"""

from __future__ import annotations

from datetime import date

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.listed import SUPPLIER_PATCHES, ListedPatch
from scanners.remote_access.listed_judgement import as_of, need

HIGH, ABOVE = 7.0, 8.9
THREE_MONTHS, ONE_MONTH = 92, 31


def check(facts: RemoteAccessFacts) -> Verdict:
    """Flaws whose patch came too late, or did not come."""
    need(facts, SUPPLIER_PATCHES, "delivered")
    today, patches = as_of(facts, SUPPLIER_PATCHES), facts.listed.patches
    counted = [one for one in patches if one.score is not None and one.score >= HIGH and one.published is not None]
    unread = [_subject(one) for one in patches if one.score is None or one.published is None]
    doubt = (
        Text(
            f"{len(unread)} ligne(s) du registre n’ont pas de score CVSS ou de date lisible, dont {unread[0]} ; "
            "complétez-les.",
            f"{len(unread)} line(s) of the register have no readable CVSS score or day, among them {unread[0]}; "
            "complete them.",
        )
        if unread
        else None
    )
    findings = (_finding(one, days) for one in counted if (days := _days(one, today)) > _limit(one))
    return judged(len(counted), findings, unread, doubt)


def _days(one: ListedPatch, today: date) -> int:
    return ((one.delivered or today) - one.published).days if one.published else 0


def _limit(one: ListedPatch) -> int:
    return ONE_MONTH if (one.score or 0) > ABOVE else THREE_MONTHS


def _subject(one: ListedPatch) -> str:
    return "/".join(part for part in ("patch", one.supplier, one.equipment, one.flaw) if part)


def _finding(one: ListedPatch, days: int) -> Finding:
    return Finding(
        _subject(one),
        {"score": one.score or 0, "days": days, "threshold": _limit(one), "delivered": bool(one.delivered)},
    )


RULE = Rule(
    id="remote_access.supplier_patches_late",
    title=Text("Correctif de fournisseur trop tardif", "Supplier’s patch too late"),
    message=Text(
        "{subject} (score {score}) : {days} jours pour un correctif attendu en {threshold} (remis : {delivered}).",
        "{subject} (score {score}): {days} days for a patch expected within {threshold} (given: {delivered}).",
    ),
    remediation=Text(
        "Rappelez au fournisseur la clause de correctifs et demandez une date et un contournement écrits ; en "
        "attendant, isolez l’équipement et fermez l’accès distant hors intervention.",
        "Remind the supplier of the patch clause and ask for a date and a workaround in writing; meanwhile isolate the "
        "equipment and close the remote access outside interventions.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:TLM-21", "clausier-sante:O-7.2"),
    check=check,
    reads=(SUPPLIER_PATCHES,),
    kind=Kind.COMPUTED,
)
