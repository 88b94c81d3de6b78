"""Who applies for a domain: a GHT for all its parties, else a legal entity; and who may see or run its file."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.domain.frameworks import Framework
from care.domain.funded_domains import DOMAINS, FundedDomain
from care.services.action_query import today
from care.services.coverage_candidates import candidate
from care.services.errors import NotFound
from care.services.frameworks.library import frameworks_in_use
from care.services.places import node
from care.services.platform import Platform
from care.store.programme import ApplicationFile
from care.store.registry import Establishment, Ght, LegalEntity
from scanners.model import Text


def domain_of(framework: str) -> FundedDomain:
    """A funded domain by its framework; NotFound for what is none."""
    found = DOMAINS.get(framework)
    if found is None:
        raise NotFound
    return found


def framework_of(platform: Platform, session: Session, domain: FundedDomain) -> Framework:
    """The version in use of its objectives, with the values entered."""
    return frameworks_in_use(platform, session, today(platform))[domain.framework]


def sites_of(session: Session, scope: Scope, place: Place, right: Right = Right.SEE_PROGRAMME) -> list[Establishment]:
    """The establishments of a candidate. NotFound for who does not see all of it, Forbidden for who lacks `right`."""
    return candidate(session, scope, place, right)


def candidate_of(establishment: Establishment) -> Place:
    """Who applies for an establishment: its GHT, else its legal entity."""
    entity = establishment.legal_entity
    if entity.ght_id is not None:
        return Place(Level.GHT, entity.ght_id)
    return Place(Level.LEGAL_ENTITY, entity.id)


def ght_above(session: Session, place: Place) -> Ght | None:
    """The GHT that a legal entity belongs to."""
    row = node(session, place)
    return row.ght if isinstance(row, LegalEntity) else None


def not_its_own(domain: FundedDomain, ght: str) -> Text:
    """Why a legal entity of a GHT has no file of its own."""
    name = domain.name
    return Text(
        f"Pour « {name.fr} », un GHT dépose un seul dossier pour tous ses membres : celui du {ght}.",
        f"For “{name.en}”, a GHT files one dossier for all its members: that of {ght}.",
    )


def perhaps_not_its_own(ght: str) -> Text:
    """What is said of a legal entity of a GHT where no text read says who applies."""
    return Text(
        f"Aucun texte lu ne dit si un membre du {ght} peut déposer son propre dossier : vérifiez auprès de l’ARS.",
        f"No text read says whether a member of {ght} may file a dossier of its own: check with the ARS.",
    )


def find_file(session: Session, place: Place, framework: str, *, lock: bool = False) -> ApplicationFile | None:
    """The file of a candidate for a domain."""
    query = select(ApplicationFile).where(ApplicationFile.holder == place.key, ApplicationFile.framework == framework)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()
