"""The sheet of a supplier: what to ask it about its accesses, to send or to go through together. Nothing else of the
hospital is in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.access_links import Fault
from care.domain.contracts import ClauseState
from care.domain.remote_access import TECHNOLOGIES
from care.domain.supplier_questions import REQUESTS
from care.domain.suppliers import supplier_key
from care.services.access_links.comparing import last_answers
from care.services.audit_report import DocumentError
from care.services.contract_clauses import named_clauses
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.register_rows import visible_row
from care.services.remote_access.handing import CLAUSE_SET, by_supplier
from care.services.remote_access.reading import AccessView, in_review_order, views_of
from care.services.trail import Thing, record
from care.store.remote_access import RemoteAccess
from reports.errors import ReportError
from reports.typed_sheet import TypedSheet, render_typed_sheet
from reports.words import Lang as ReportLang
from scanners.catalog import rule_by_id
from scanners.model import Lang, Scalar, Text

MOST_CLAUSES = 12
"""Clauses named on a sheet: it is read in a meeting; the others are counted, the workbook of clauses has them all."""
MOST_BELIED = 12
_BELIED = Text("VOS RÉPONSES QUI NE CONCORDENT PAS AVEC NOS MESURES", "YOUR ANSWERS THAT OUR MEASURES CONTRADICT")
_UNSAID = Text(
    "- Compte ouvert à votre nom et que vous ne citez pas : {name} ({place}).",
    "- Account open in your name and that you do not mention: {name} ({place}).",
)
_SHEET = Text("Fiche du fournisseur", "Supplier sheet")
_ACCESSES = Text("VOS ACCÈS CHEZ NOUS", "YOUR ACCESSES HERE")
_ANSWERS = Text("NOS DEMANDES", "OUR REQUESTS")
_NOTHING = Text(
    "Rien à demander d’après notre registre. Confirmez que ces accès servent encore.",
    "Nothing to ask as far as our register tells. Confirm that these accesses are still needed.",
)
_EACH = Text(
    "Répondez à chaque ligne ; un non s’explique, avec la date à laquelle il deviendra un oui.",
    "Answer each line; a no is explained, with the day on which it becomes a yes.",
)
_CLAUSES = Text("CLAUSES ABSENTES OU INCOMPLÈTES DE VOTRE CONTRAT", "CLAUSES ABSENT OR INCOMPLETE IN YOUR CONTRACT")
_SIGNED = Text("Nom, fonction, date et signature :", "Name, function, date and signature:")
_HEADER = (
    Text("Accès", "Accesses"),
    Text("Ce que nous demandons", "What we ask"),
    Text("Votre réponse", "Your answer"),
)
_BLANK = Text("oui / non, le …………", "yes / no, on …………")


def supplier_sheet(platform: Platform, scope: Scope, access_id: int) -> tuple[str, bytes]:
    """The sheet of the supplier of an access, with all its open accesses: its file name and its PDF.

    The trail keeps who took it. NotFound outside the scope.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        row = visible_row(session, scope, RemoteAccess, access_id, see=Right.SEE_FINDINGS)
        place = visible_establishment(session, scope, row.establishment_id, Right.EXPORT)
        rows = by_supplier(session, place.id).get(supplier_key(row.supplier), [])
        views = in_review_order(views_of(platform, session, rows, scope.lang))
        sheet = TypedSheet(
            lang=cast("ReportLang", scope.lang),
            issued_at=now.astimezone(ZoneInfo(platform.settings.timezone)),
            title=f"{_SHEET.render(scope.lang)} – {row.supplier}",
            place=place.name,
            finess=place.finess,
            about=Text("Accès distants", "Remote accesses").render(scope.lang),
            text=_said(views, scope.lang),
            header=tuple(one.render(scope.lang) for one in _HEADER),
            rows=_asked(views, scope.lang),
            after=_after(platform, session, views, row, scope.lang),
        )
        detail: dict[str, Scalar] = {"supplier": row.supplier, "count": len(views)}
        thing = Thing("remote_access", row.id, row.establishment_id)
        record(session, scope, "remote_access.sheet_taken", thing, now, detail)
    try:
        return f"fiche-fournisseur-{access_id}.pdf", render_typed_sheet(sheet)
    except ReportError as error:
        raise DocumentError(error.fr, error.en) from error


def _said(views: Sequence[AccessView], lang: Lang) -> str:
    lines = [f"{number}. {_access(view, lang)}" for number, view in enumerate(views, 1)]
    asked = _EACH if any(_questions(view) for view in views) else _NOTHING
    head = _ANSWERS.render(lang)
    return "\n".join([_ACCESSES.render(lang), *lines]) + f"\n\n{head}\n{asked.render(lang)}"


def _access(view: AccessView, lang: Lang) -> str:
    one = view.draft
    technology = TECHNOLOGIES[one.technology].render(lang) if one.technology else ""
    accounts = ", ".join(one.accounts)
    return " · ".join(filter(None, (one.equipment, one.purpose, technology, accounts)))


def _questions(view: AccessView) -> list[str]:
    """The rules at fault that the supplier can answer for."""
    names = [lack.rule.partition(".")[2] for lack in view.lacks]
    return [name for name in names if name in REQUESTS]


def _asked(views: Sequence[AccessView], lang: Lang) -> tuple[tuple[str, ...], ...]:
    found: dict[str, list[str]] = {}
    for number, view in enumerate(views, 1):
        for name in _questions(view):
            found.setdefault(name, []).append(str(number))
    return tuple(
        (", ".join(found[name]), words.render(lang), _BLANK.render(lang))
        for name, words in REQUESTS.items()
        if name in found
    )


def _after(platform: Platform, session: Session, views: Sequence[AccessView], row: RemoteAccess, lang: Lang) -> str:
    contracts = sorted({view.draft.contract_id for view in views if view.draft.contract_id is not None})
    wanted = (ClauseState.ABSENT, ClauseState.PARTLY)
    clauses = named_clauses(platform, session, contracts, CLAUSE_SET, wanted, lang)
    parts = [_SIGNED.render(lang)]
    belied = _belied(platform, session, row, lang)
    if belied:
        more = len(belied) - MOST_BELIED
        cut = [Text(f"Et {more} autres.", f"And {more} more.").render(lang)] if more > 0 else []
        parts.insert(0, "\n".join([_BELIED.render(lang), *belied[:MOST_BELIED], *cut]))
    if clauses:
        more = len(clauses) - MOST_CLAUSES
        cut = [Text(f"Et {more} autres.", f"And {more} more.").render(lang)] if more > 0 else []
        parts.insert(-1, "\n".join([_CLAUSES.render(lang), *clauses[:MOST_CLAUSES], *cut]))
    return "\n\n".join(parts)


def _belied(platform: Platform, session: Session, row: RemoteAccess, lang: Lang) -> list[str]:
    """What the supplier last answered and that is not what was measured, and its accounts that it does not name."""
    answered, unsaid = last_answers(platform, session, row.establishment_id, row.supplier)
    lines = []
    for access in answered:
        for one in access.lines:
            if one.contradicted:
                found = [text.render(lang) for text in one.measured]
                found += [_found(fault, lang) for fault in one.against]
                lines.append(f"- {access.equipment}, « {one.asked.title.render(lang)} » : {' '.join(found)}")
    return [*lines, *(_UNSAID.render(lang).format(name=one.name, place=one.place) for one in unsaid)]


def _found(fault: Fault, lang: Lang) -> str:
    rule = rule_by_id(fault.rule)
    return f"{rule.title.render(lang) if rule else fault.rule} ({fault.account})."
