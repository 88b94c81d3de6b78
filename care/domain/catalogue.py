"""Where to find help: tools, documents and services, who offers them, for whom, and what each helps with. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from care.domain.frameworks import Confidence
from scanners.model import Text

RULE = "rule"
"""What helps with a rule of ours is written `rule:exposure.rdp`, or `rule:exposure.*` for all that begin so."""
HELP = re.compile(r"[a-z][a-z0-9-]{1,40}:(\*|[A-Za-z0-9][A-Za-z0-9._/-]{0,80}\*?)\Z")
URL = re.compile(r"https://[^\s<>\"']{3,300}\Z")


class OfferKind(StrEnum):
    """What is offered."""

    TOOL = "tool"
    DOCUMENT = "document"
    SERVICE = "service"


OFFER_KINDS: Mapping[OfferKind, Text] = {
    OfferKind.TOOL: Text("Outil", "Tool"),
    OfferKind.DOCUMENT: Text("Document", "Document"),
    OfferKind.SERVICE: Text("Service", "Service"),
}


class Theme(StrEnum):
    """What it is about; the strands of the programme, not those of a framework."""

    DIRECTORY = "directory"
    EXPOSURE = "exposure"
    REMOTE_ACCESS = "remote_access"
    WORKSTATIONS = "workstations"
    BACKUP = "backup"
    CONTINUITY = "continuity"
    EXERCISES = "exercises"
    INCIDENTS = "incidents"
    GOVERNANCE = "governance"
    SUPPLIERS = "suppliers"
    PROGRAMME = "programme"


THEMES: Mapping[Theme, Text] = {
    Theme.DIRECTORY: Text("Annuaires", "Directories"),
    Theme.EXPOSURE: Text("Exposition sur Internet", "Internet exposure"),
    Theme.REMOTE_ACCESS: Text("Accès distants", "Remote accesses"),
    Theme.WORKSTATIONS: Text("Postes et détection", "Workstations and detection"),
    Theme.BACKUP: Text("Sauvegardes", "Backups"),
    Theme.CONTINUITY: Text("Continuité et reprise", "Continuity and recovery"),
    Theme.EXERCISES: Text("Exercices de crise", "Crisis exercises"),
    Theme.INCIDENTS: Text("Incidents", "Incidents"),
    Theme.GOVERNANCE: Text("Gouvernance", "Governance"),
    Theme.SUPPLIERS: Text("Fournisseurs et contrats", "Suppliers and contracts"),
    Theme.PROGRAMME: Text("Programme et financement", "Programme and funding"),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A tool, a document or a service. `cost` None and `address` empty are not known: never free, never nowhere.

    `helps` are requirements and rules, written as `HELP` says; `base`: part of the minimal base of a regional centre.
    """

    id: str
    kind: OfferKind
    title: Text
    summary: Text
    offered_by: Text
    audience: Text
    cost: Text | None
    address: str
    source: str
    confidence: Confidence
    themes: tuple[Theme, ...]
    helps: tuple[str, ...] = ()
    base: bool = False


def closeness(offer: Offer, refs: Iterable[str]) -> int:
    """How closely an offer helps with one of some requirements and rules: the length of the longest match, 0 for none.

    A level (`@2`) is left aside; one that names the very requirement is closer than one that names its chapter.
    """
    asked = [ref.partition("@")[0] for ref in refs]
    return max((_matched(pattern, ref) for pattern in offer.helps for ref in asked), default=0)


def _matched(pattern: str, ref: str) -> int:
    if pattern.endswith("*"):
        return len(pattern) - 1 if ref.startswith(pattern[:-1]) else 0
    return len(pattern) + 1 if ref == pattern else 0


def closest(offers: Sequence[Offer], refs: Iterable[str], most: int) -> list[Offer]:
    """The offers that help with some requirements and rules, the closest first, as many as wanted."""
    wanted = tuple(refs)
    found = [(closeness(one, wanted), one) for one in offers]
    helping = sorted((pair for pair in found if pair[0]), key=lambda pair: -pair[0])
    return [one for _, one in helping[:most]]
