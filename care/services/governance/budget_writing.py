"""Typing the budget of a year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Place, Right, Scope
from care.domain.governance import EARLIEST_YEAR, MAX_EUROS
from care.services.action_query import today
from care.services.errors import Invalid
from care.services.frameworks.assessing import mark_due
from care.services.frameworks.holders import Holder, seen_holder
from care.services.governance.holding import thing
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.trail import record
from care.services.typed_texts import length_faults, line_of
from care.store.governance import BudgetYear
from care.store.upsert import insert_missing
from scanners.model import Scalar, Text

MAX_SOURCE = 300
FIELDS: Mapping[str, Text] = {
    "operating": Text("les dépenses de fonctionnement", "the operating expenses"),
    "digital": Text("les dépenses du numérique", "the digital expenses"),
    "cyber": Text("les dépenses de cybersécurité", "the cyber expenses"),
    "source": Text("la source", "the source"),
    "voted": Text("la nature du budget", "the nature of the budget"),
}
_NO_AMOUNT = Text(
    "Un montant en euros entiers : 12 500 000. Laissez vide si personne ne le sait.",
    "An amount in whole euros: 12500000. Leave it empty if nobody knows.",
)


@dataclass(frozen=True, slots=True)
class BudgetDraft:
    """A year as typed, in whole euros; empty is unknown. `voted`: a budget voted, not yet expenses observed."""

    operating: str = ""
    digital: str = ""
    cyber: str = ""
    source: str = ""
    voted: bool = False


def set_budget(platform: Platform, scope: Scope, place: Place, year: int, draft: BudgetDraft, version: int) -> None:
    """Keep what a holder says of a year, seen at `version` (0: nothing was said). Invalid names each faulty field."""
    now = platform.clock.now()
    with platform.database.write() as session:
        holder = seen_holder(session, scope, place, today(platform), Right.MANAGE_PROGRAMME)
        values = _checked(draft, year, today(platform).year)
        row = _locked(platform, session, scope, holder, year)
        about = thing("budget_year", f"{holder.key}/{year}", holder)
        if row.version != version:
            refuse_stale(platform, session, about, (row.changed_at, row.changed_by), version, FIELDS)
        before = {name: getattr(row, name) for name in values}
        changed = [name for name, value in values.items() if before[name] != value]
        if not changed and version:
            return
        for name, value in values.items():
            setattr(row, name, value)
        row.version, row.changed_at, row.changed_by = version + 1, now, scope.actor
        session.flush()
        mark_due(session, place, now)
        detail: dict[str, Scalar] = {"year": year, "fields": ", ".join(changed), "version": row.version}
        for name in changed:
            detail |= {f"{name}_before": before[name], f"{name}_after": getattr(row, name)}
        record(session, scope, "budget_year.set", about, now, detail)


def euros_of(words: str) -> int:
    """Whole euros as typed: `12 500 000`, `12.500.000 €`. ValueError when it is no such amount."""
    text = "".join(words.replace("€", "").split())
    for mark in (".", ",", "’", "'"):
        groups = text.split(mark)
        if len(groups) > 1 and all(len(one) == 3 for one in groups[1:]) and 0 < len(groups[0]) <= 3:
            text = "".join(groups)
    if not (text.isascii() and text.isdigit()) or int(text) > MAX_EUROS:
        raise ValueError(words)
    return int(text)


def _checked(draft: BudgetDraft, year: int, this_year: int) -> dict[str, int | str | bool | None]:
    source = line_of(draft.source)
    faults = length_faults({"source": (source, MAX_SOURCE)})
    if not EARLIEST_YEAR <= year <= this_year + 1:
        faults["year"] = Text(
            f"De {EARLIEST_YEAR} à {this_year + 1} : au-delà, rien n’est voté.",
            f"From {EARLIEST_YEAR} to {this_year + 1}: beyond, nothing is voted.",
        )
    amounts = {name: _amount(name, getattr(draft, name), faults) for name in ("operating", "digital", "cyber")}
    _check_parts(amounts, faults)
    if any(value is not None for value in amounts.values()) and not source:
        faults["source"] = Text(
            "Dites d’où viennent ces montants (EPRD, compte financier, contrôle de gestion…).",
            "Say where these amounts come from (voted budget, accounts, management control…).",
        )
    if year > this_year and not draft.voted:
        faults["voted"] = Text(
            "Une année à venir ne peut être qu’un budget voté : cochez la case.",
            "A year to come can only be a budget voted: tick the box.",
        )
    if faults:
        raise Invalid(faults)
    return {**amounts, "source": source, "voted": draft.voted}


def _amount(name: str, words: str, faults: dict[str, Text]) -> int | None:
    if not words.strip():
        return None
    try:
        return euros_of(words)
    except ValueError:
        faults[name] = _NO_AMOUNT
        return None


def _check_parts(amounts: Mapping[str, int | None], faults: dict[str, Text]) -> None:
    operating, digital, cyber = (amounts[name] for name in ("operating", "digital", "cyber"))
    if operating is not None and digital is not None and digital > operating:
        faults["digital"] = Text(
            "Le numérique dépasse l’ensemble des dépenses de fonctionnement : vérifiez les deux montants.",
            "The digital exceeds all operating expenses: check both amounts.",
        )
    whole = digital if digital is not None else operating
    if whole is not None and cyber is not None and cyber > whole:
        faults["cyber"] = Text(
            "La cybersécurité est une part du numérique : elle ne peut pas le dépasser.",
            "Cybersecurity is a part of the digital: it cannot exceed it.",
        )


def _locked(platform: Platform, session: Session, scope: Scope, holder: Holder, year: int) -> BudgetYear:
    blank = {"changed_at": platform.clock.now(), "changed_by": scope.actor, "version": 0, "source": "", "voted": False}
    insert_missing(session, BudgetYear, holder=holder.key, year=year, **blank)
    return session.scalars(
        select(BudgetYear)
        .where(BudgetYear.holder == holder.key, BudgetYear.year == year)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
