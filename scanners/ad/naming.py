"""How the audited domain is called, and what the root of the server says of it."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, Final

from pydantic import TypeAdapter

HIDDEN_BY_DEFAULT: Final = re.compile(
    r"cn=(ntds quotas|microsoftdns|\d{4}-\d\d-\d\dt[^,{]*\{[0-9a-f-]{36}\}|[0-9a-f-]{36},cn=master root keys),"
    r"|([^,]*,)?cn=tpm devices,"
)
"""Names, in small letters, of what is hidden from ordinary accounts by default and no rule of a whole domain reads: in
that order quotas, DNS servers, keys of BitLocker below machines, keys of managed accounts (which have their own rule)
and security chips of machines."""
_AFTER_FIRST: Final = re.compile(r"(?:[^,\\]|\\.)*,")
_PARTITION: Final = re.compile(r"(?:^|,)(dc=[^,]+(?:,dc=[^,]+)*)$")


@dataclass(frozen=True, slots=True)
class ForestDomain:
    """One domain of the forest; `dn` is the head of its partition, `sid` empty when the controller does not say."""

    dn: str
    netbios: str
    sid: str


@dataclass(frozen=True, slots=True)
class Naming:
    """Names of one domain. Levels are those of `msDS-Behavior-Version` (7 = 2016), None when not published.

    `forest` lists the domains of its forest, itself included; empty when they were not readable.
    """

    domain: str
    netbios: str
    sid: str
    root_dn: str
    configuration_dn: str
    schema_dn: str
    forest_dn: str
    controller: str
    domain_level: int | None
    forest_level: int | None
    forest: tuple[ForestDomain, ...] = ()

    @property
    def forest_sid(self) -> str:
        """The SID of the root domain of the forest, which holds its administrators; empty when not known."""
        if self.forest_dn.lower() == self.root_dn.lower():
            return self.sid
        return next((one.sid for one in self.forest if one.dn.lower() == self.forest_dn.lower()), "")

    @property
    def other_domains(self) -> tuple[ForestDomain, ...]:
        """The other domains of the forest, which this audit did not read."""
        return tuple(one for one in self.forest if one.dn.lower() != self.root_dn.lower())

    def owns(self, dn: str) -> bool:
        """Whether a name is one of the audited domain: neither of a domain below it, nor of a partition of its own."""
        partition = _PARTITION.search(dn.lower())
        return partition is not None and partition[1] == self.root_dn.lower()

    def section_of(self, dn: str) -> str:
        """The section a gap names for an object: that of its naming context; empty when it is of another domain."""
        small = dn.lower()
        contexts = ((self.schema_dn, "schema"), (self.configuration_dn, "configuration"))
        for context, section in contexts:
            if small.endswith(context.lower()):
                return section
        if small.endswith((f"dc=domaindnszones,{self.root_dn}".lower(), f"dc=forestdnszones,{self.forest_dn}".lower())):
            return "dns"
        return "domain" if small.endswith(self.root_dn.lower()) else ""

    @property
    def system_dn(self) -> str:
        """The container of the domain's own settings."""
        return f"CN=System,{self.root_dn}"

    @property
    def pki_dn(self) -> str:
        """The container of the forest's certification authorities and certificate templates."""
        return f"CN=Public Key Services,CN=Services,{self.configuration_dn}"

    @property
    def settings_dn(self) -> str:
        """The object that holds dSHeuristics."""
        return f"CN=Directory Service,CN=Windows NT,CN=Services,{self.configuration_dn}"

    def as_json(self) -> dict[str, Any]:
        """The names as one JSON object."""
        return asdict(self)

    @staticmethod
    def from_json(raw: object) -> Naming:
        """The names read back; ValueError when one is absent or of another type."""
        return TypeAdapter(Naming).validate_python(raw, strict=False)


def domain_name(dn: str) -> str:
    """The DNS name of a domain, in small letters: `DC=hopital,DC=test` → `hopital.test`."""
    return ".".join(part.partition("=")[2] for part in dn.lower().split(","))


def common_name(dn: str) -> str:
    """The name of an object inside its container, escapes undone: `CN=Poste\\, fixe,OU=X` → `Poste, fixe`."""
    value, at = "", dn.find("=") + 1
    while at < len(dn) and dn[at] != ",":
        at += dn[at] == "\\"
        value += dn[at : at + 1]
        at += 1
    return value


def unit_of(dn: str) -> str:
    """The organisational unit that an object stands in, “” when it stands in none: `CN=PC-1,OU=Urgences,…`."""
    parent = _AFTER_FIRST.match(dn)
    return common_name(dn[parent.end() :]) if parent and dn[parent.end() :].upper().startswith("OU=") else ""
