"""The pages of the crisis organisation, and its first one."""

from __future__ import annotations

from flask import render_template

from care.domain.access import Right
from care.services import checklists, crisis_contacts, crisis_pack, declaration_duties
from care.services.errors import Forbidden
from care.services.logbooks.reading import list_logbooks
from care.web.crisis import checklist, contacts, duties, packs
from care.web.crisis.blueprint import HERE, pages
from care.web.people import platform, scope
from care.web.place import may

__all__ = ["checklist", "contacts", "duties", "packs", "pages"]


@pages.get(HERE)
def index(establishment_id: int) -> str:
    """Where the crisis organisation stands: what is missing, what to do next."""
    if not may(Right.SEE_CONTINUITY):
        raise Forbidden
    sees_contacts = may(Right.SEE_CONTACTS)
    directory = crisis_contacts.open_directory(platform(), scope(), establishment_id) if sees_contacts else None
    return render_template(
        "crisis/index.html",
        directory=directory,
        logbooks=list_logbooks(platform(), scope(), establishment_id) if sees_contacts else None,
        packs=crisis_pack.list_packs(platform(), scope(), establishment_id),
        duties=declaration_duties.list_duties(platform(), scope(), establishment_id).duties,
        checklist=checklists.open_checklist(platform(), scope(), establishment_id),
    )
