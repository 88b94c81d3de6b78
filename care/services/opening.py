"""Opening an establishment with whatever of its legal entity and GHT the registry does not hold yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from care.domain.access import Scope
from care.services.errors import Invalid
from care.services.platform import Platform
from care.services.registry import (
    EstablishmentDraft,
    EstablishmentView,
    LegalEntityDraft,
    add_establishment,
    add_legal_entity,
    find_establishment,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Opening:
    """An establishment to create. `legal_entity` is the one to create above it, None when it is already known."""

    establishment: EstablishmentDraft
    legal_entity: LegalEntityDraft | None = None


def open_establishment(platform: Platform, scope: Scope, opening: Opening) -> EstablishmentView:
    """Create the whole in one transaction. Invalid names the fields; those of the entity begin with `entity_`."""
    with platform.database.write() as session:
        draft, above = opening.establishment, opening.legal_entity
        if above is not None:
            entity = _about_entity(lambda: add_legal_entity(session, platform, scope, above))
            draft = replace(draft, legal_entity_id=entity.id)
        created_id = add_establishment(session, platform, scope, draft).id
    return find_establishment(platform, scope, created_id)


def _about_entity(add: Callable[[], T]) -> T:
    try:
        return add()
    except Invalid as refusal:
        raise Invalid({f"entity_{field}": text for field, text in refusal.fields.items()}) from refusal
