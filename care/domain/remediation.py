"""Remediation sheets: how a weakness is closed, step by step, by people who also keep the care going.

A sheet treats a family of rules. Everything here is frozen and comes checked from `care.adapters.kits`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from scanners.model import Text


class Who(StrEnum):
    """Who carries out a step."""

    CISO = "ciso"
    DIRECTORY = "directory"
    SYSTEMS = "systems"
    WORKSTATIONS = "workstations"
    NETWORK = "network"
    BACKUP = "backup"
    BIOMEDICAL = "biomedical"
    SUPPLIER = "supplier"
    OWNER = "owner"
    CARE = "care"
    DIRECTION = "direction"
    PURCHASING = "purchasing"
    HUMAN_RESOURCES = "human_resources"
    SUPPORT = "support"


class CareRisk(StrEnum):
    """How much the work may disturb care while it is done."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Effort:
    """Our own estimate in person-days, and what it supposes."""

    days: float
    basis: Text


@dataclass(frozen=True, slots=True)
class Cost:
    """A usual range of price in euros, and who says so: never given without its source."""

    low: int
    high: int
    source: Text


@dataclass(frozen=True, slots=True)
class Step:
    """One step: who does what, with which commands, how they see it worked, and how they go back.

    `run` is the same in every language: commands, or lines of configuration. No `back` means nothing to undo.
    """

    who: tuple[Who, ...]
    do: Text
    check: Text
    run: str = ""
    back: Text | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where more can be read; `url` is empty for a document without a public address."""

    text: Text
    url: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """How one family of weaknesses is closed. `foreign` names rules of other tools (`nessus.57608`, `tool.Prefix*`)."""

    id: str
    title: Text
    rules: tuple[str, ...]
    applies_to: Text
    why: Text
    effort: Effort
    risk: CareRisk
    care: Text
    prerequisites: tuple[Text, ...]
    steps: tuple[Step, ...]
    verification: Text
    foreign: tuple[str, ...] = ()
    cost: Cost | None = None
    communication: Text | None = None
    references: tuple[Source, ...] = ()
    playbook: str = ""


@dataclass(frozen=True, slots=True)
class Sheets:
    """Every sheet by id. `known_as` gives, for a rule of another tool, the rule of ours that sees the same thing."""

    by_id: Mapping[str, Sheet]
    known_as: Mapping[str, str] = field(default_factory=dict)
    _by_rule: Mapping[str, Sheet] = field(init=False, default_factory=dict, repr=False)
    _by_prefix: tuple[tuple[str, Sheet], ...] = field(init=False, default=(), repr=False)

    def __post_init__(self) -> None:
        exact = {name.casefold(): sheet for sheet in self.by_id.values() for name in _exact(sheet)}
        prefixes = [
            (name[:-1].casefold(), sheet)
            for sheet in self.by_id.values()
            for name in sheet.foreign
            if name.endswith("*")
        ]
        object.__setattr__(self, "by_id", MappingProxyType(dict(self.by_id)))
        object.__setattr__(self, "_by_rule", MappingProxyType(exact))
        object.__setattr__(self, "_by_prefix", tuple(sorted(prefixes, key=lambda one: (-len(one[0]), one[0]))))

    def treating(self, rule_id: str) -> Sheet | None:
        """The sheet that treats a rule, ours or another tool's, case apart; None when no sheet does.

        An exact id wins over the rule of ours that is known as it, which wins over the longest prefix.
        """
        wanted = rule_id.casefold()
        found = self._by_rule.get(wanted) or self._by_rule.get(self.known_as.get(wanted, ""))
        return found or next((sheet for prefix, sheet in self._by_prefix if wanted.startswith(prefix)), None)

    def untreated(self, rule_ids: Iterable[str]) -> tuple[str, ...]:
        """Those of `rule_ids` that no sheet treats, sorted."""
        return tuple(sorted(rule for rule in rule_ids if self.treating(rule) is None))


def _exact(sheet: Sheet) -> tuple[str, ...]:
    return (*sheet.rules, *(name for name in sheet.foreign if not name.endswith("*")))


WHO_NAMES: Mapping[Who, Text] = MappingProxyType(
    {
        Who.CISO: Text("RSSI", "CISO"),
        Who.DIRECTORY: Text("Administrateur de l’annuaire", "Directory administrator"),
        Who.SYSTEMS: Text("Administrateur des serveurs", "Server administrator"),
        Who.WORKSTATIONS: Text("Équipe des postes de travail", "Workstation team"),
        Who.NETWORK: Text("Administrateur du réseau", "Network administrator"),
        Who.BACKUP: Text("Administrateur des sauvegardes", "Backup administrator"),
        Who.BIOMEDICAL: Text("Service biomédical", "Biomedical department"),
        Who.SUPPLIER: Text("Fournisseur", "Supplier"),
        Who.OWNER: Text("Responsable de l’activité", "Owner of the activity"),
        Who.CARE: Text("Cadre de santé", "Head nurse"),
        Who.DIRECTION: Text("Direction", "Direction"),
        Who.PURCHASING: Text("Achats et juridique", "Purchasing and legal"),
        Who.HUMAN_RESOURCES: Text("Ressources humaines", "Human resources"),
        Who.SUPPORT: Text("Support aux utilisateurs", "User support"),
    }
)

RISK_NAMES: Mapping[CareRisk, Text] = MappingProxyType(
    {
        CareRisk.LOW: Text("faible", "low"),
        CareRisk.MEDIUM: Text("moyen", "medium"),
        CareRisk.HIGH: Text("élevé", "high"),
    }
)
