"""The sheet of a supplier: what to ask it about its accesses, to send or to go through together. Nothing else of the
hospital is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.contracts import ClauseState
from care.domain.node_names import folded
from care.domain.remote_access import TECHNOLOGIES
from care.services.audit_report import DocumentError
from care.services.contract_clauses import named_clauses
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.register_rows import visible_row
from care.services.remote_access.handing import CLAUSE_SET, open_accesses
from care.services.remote_access.reading import AccessView, in_review_order, views_of
from care.services.trail import Thing, record
from care.store.remote_access import RemoteAccess
from reports.errors import ReportError
from reports.typed_sheet import TypedSheet, render_typed_sheet
from reports.words import Lang as ReportLang
from scanners.model import Lang, Scalar, Text

MOST_CLAUSES = 12
"""Clauses named on a sheet: it is read in a meeting; the others are counted, the workbook of clauses has them all."""
ASKED: Mapping[str, Text] = {
    "register_second_factor": Text(
        "Un second facteur pour chaque personne qui se connecte : lequel, et depuis quand ?",
        "A second factor for every person who connects: which one, since when?",
    ),
    "register_gateway": Text(
        "Le passage par notre passerelle dédiée : à partir de quelle date ?",
        "Coming in by our dedicated gateway: from which day on?",
    ),
    "register_unfiltered": Text(
        "Le chiffrement de bout en bout, et vos adresses fixes, les seules que nous laisserons entrer",
        "Encryption from end to end, and your fixed addresses, the only ones we shall let in",
    ),
    "register_tunnel": Text(
        "Une arrivée par VPN IPsec, à défaut TLS, à la place de la technologie actuelle",
        "Coming in by an IPsec VPN, TLS failing that, instead of the present technology",
    ),
    "register_ended": Text(
        "L’accès devait prendre fin : sa fermeture, ou sa prolongation écrite",
        "The access was to end: its closing, or its extension in writing",
    ),
    "register_open_intervention": Text(
        "Une ouverture à la demande, pour une intervention annoncée ; fermé le reste du temps",
        "Opening on demand, for an intervention announced; closed the rest of the time",
    ),
    "register_incomplete": Text(
        "Ce qui manque à notre registre : comptes employés et par qui, objet, dates de début et de fin",
        "What our register lacks: accounts used and by whom, purpose, first and last day",
    ),
    "register_flow_review": Text(
        "Les flux dont vous avez encore besoin : adresses, ports, raison",
        "The flows that you still need: addresses, ports, reason",
    ),
    "register_security_plan": Text(
        "Votre plan d’assurance sécurité, que nous devons accepter", "Your security assurance plan, for us to accept"
    ),
    "register_level": Text(
        "Votre engagement sur le guide PGSSI-S d’intervention à distance, et votre palier (1 ou 2)",
        "Your commitment to the PGSSI-S guide on remote interventions, and your level (1 or 2)",
    ),
    "register_protocol": Text(
        "Un protocole d’intervention : périmètre, obligations, moyens, procédures, règles",
        "An agreement on interventions: scope, duties, means, procedures, rules",
    ),
    "register_report": Text(
        "Un rapport après chaque intervention : qui, quand, sur quoi, ce qui a changé",
        "A report after each intervention: who, when, on what, what changed",
    ),
    "register_statement": Text(
        "Votre état de conformité de l’année au référentiel PAMS", "This year’s statement of compliance with PAMS"
    ),
    "register_trace_retention": Text(
        "Les traces de vos accès et de vos actions, gardées un an et remises sur demande",
        "The traces of your accesses and actions, kept a year and handed over on request",
    ),
}
"""What a supplier is asked for each rule that finds a fault with its accesses; the other rules are for the hospital."""
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
        same = folded(row.supplier)
        rows = [one for one in open_accesses(session, place.id) if folded(one.supplier) == same]
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
            after=_after(platform, session, views, scope.lang),
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
    return [name for name in names if name in ASKED]


def _asked(views: Sequence[AccessView], lang: Lang) -> tuple[tuple[str, ...], ...]:
    found: dict[str, list[str]] = {}
    for number, view in enumerate(views, 1):
        for name in _questions(view):
            found.setdefault(name, []).append(str(number))
    return tuple(
        (", ".join(found[name]), words.render(lang), _BLANK.render(lang))
        for name, words in ASKED.items()
        if name in found
    )


def _after(platform: Platform, session: Session, views: Sequence[AccessView], lang: Lang) -> str:
    contracts = sorted({view.draft.contract_id for view in views if view.draft.contract_id is not None})
    wanted = (ClauseState.ABSENT, ClauseState.PARTLY)
    clauses = named_clauses(platform, session, contracts, CLAUSE_SET, wanted, lang)
    parts = [_SIGNED.render(lang)]
    if clauses:
        more = len(clauses) - MOST_CLAUSES
        cut = [Text(f"Et {more} autres.", f"And {more} more.").render(lang)] if more > 0 else []
        parts.insert(0, "\n".join([_CLAUSES.render(lang), *clauses[:MOST_CLAUSES], *cut]))
    return "\n\n".join(parts)
