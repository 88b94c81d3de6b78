"""What DNS says of the establishment's domains, and the names discovery found. Frozen, bounded, free of secrets. Pure.

Texts are kept as published; what they mean is worked out by `mail_policy.py` and by the rules. Sections of `gaps`:
`dns` (zone, name servers, DNSSEC, CAA), `mail` (SPF, DKIM, DMARC, MTA-STS…), `names` (discovery).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scanners.exposure.targets import is_private

MAX_FOUND = 5000
"""Names of one audit."""
MAX_TEXTS = 20
"""Records of one kind kept of one name."""
MAX_TEXT = 2000
"""Characters kept of one record or of one MTA-STS policy."""


class Signature(StrEnum):
    """What DNSSEC says of a domain: no key, keys that the parent does not know, wrong signatures, sound ones."""

    NONE = "none"
    NO_DS = "no_ds"
    BROKEN = "broken"
    SOUND = "sound"
    UNKNOWN = "unknown"


class Policy(StrEnum):
    """How far the MTA-STS policy of a domain could be read.

    `OUTSIDE`: its server is not in the mandate; `UNASKED`: the profile forbids to write to it.
    """

    ABSENT = "absent"
    READ = "read"
    UNREAD = "unread"
    OUTSIDE = "outside"
    UNASKED = "unasked"


class NameOrigin(StrEnum):
    """Where a name was found; `KNOWN`: by former audits only, and it still exists."""

    TARGET = "target"
    FILE = "file"
    TRANSFER = "transfer"
    WORDLIST = "wordlist"
    REVERSE = "reverse"
    CERTIFICATE = "certificate"
    DNS = "dns"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """The SPF records at one name: that of the domain comes first, then those it includes, none missing from the list.

    `texts` is empty where the name has none (receivers then give up on the whole policy).
    """

    name: str
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """The DMARC records that apply: those of `name`, the domain itself or the first of its parents that has one."""

    name: str
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DkimKey:
    """One DKIM key. `bits` is 0 when the key cannot be read; an empty key is a `revoked` one."""

    selector: str
    kind: str
    bits: int = 0
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class MailServer:
    """One MX. `alias` tells a CNAME, forbidden there; `tlsa` the DANE records of its port 25, `signed` their zone.

    `signed` is None when there is no record, or when the resolver passes no signature on. `missing` is the name that
    does not exist: its own, or that where its alias ends; empty when it exists.

    `dane_matches` is None when there is no TLSA record, or when the server is not in the mandate or did not answer.
    """

    name: str
    preference: int = 0
    addresses: tuple[str, ...] = ()
    alias: bool = False
    tlsa: tuple[str, ...] = ()
    signed: bool | None = None
    dane_matches: bool | None = None
    missing: str = ""


@dataclass(frozen=True, slots=True)
class NameServer:
    """One name server. `transfer` tells whether it hands the whole zone to a stranger (None: it was not asked).

    `unheard`: one of its addresses is in the mandate, and did not answer or was left in peace.
    """

    name: str
    addresses: tuple[str, ...] = ()
    transfer: bool | None = None
    unheard: bool = False


@dataclass(frozen=True, slots=True)
class MtaSts:
    """The MTA-STS record and policy of a domain.

    `certificate_fault` is why senders refuse the certificate of the policy’s server: `dates`, `name` or `untrusted`;
    empty when they take it, None when that could not be found out.
    """

    texts: tuple[str, ...] = ()
    state: Policy = Policy.ABSENT
    policy: str = ""
    certificate_fault: str | None = None


@dataclass(frozen=True, slots=True)
class Domain:
    """One domain of the mandate. `null_mx` tells that it says to receive no mail; `wildcard` that any name answers.

    `unread` lists the questions left without an answer (`MX hopital.fr`): what is empty for that reason proves nothing.
    """

    name: str
    spf: tuple[SpfRecord, ...] = ()
    dmarc: DmarcRecord | None = None
    dkim: tuple[DkimKey, ...] = ()
    mail_servers: tuple[MailServer, ...] = ()
    null_mx: bool = False
    mta_sts: MtaSts = MtaSts()
    tls_rpt: tuple[str, ...] = ()
    caa: tuple[str, ...] = ()
    name_servers: tuple[NameServer, ...] = ()
    signature: Signature = Signature.UNKNOWN
    signature_detail: str = ""
    wildcard: bool = False
    unread: tuple[str, ...] = ()

    def unanswered(self, *starts: str) -> str:
        """The name of the first question that starts so and got no answer; empty when all were answered."""
        return next((one.partition(" ")[2] for one in self.unread if one.startswith(starts)), "")

    def seen_from_inside(self) -> bool:
        """Whether every name server has only private addresses: what was read is then what the inside is told."""
        addresses = [address for server in self.name_servers for address in server.addresses]
        return bool(addresses) and all(is_private(address) for address in addresses)


@dataclass(frozen=True, slots=True)
class FoundName:
    """One name of the establishment. `alias` is where its CNAME leads (empty: none), `gone` that nothing is there.

    `outside` lists its addresses that the mandate does not cover or excludes: reported, never contacted; `spared` are
    those of them that the mandate or a person excludes; `moved_to` those that are new to the name, which wait for a
    person to say yes: former audits looked at it at `lived_at`.
    """

    name: str
    source: NameOrigin
    addresses: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    alias: str = ""
    gone: bool = False
    spared: tuple[str, ...] = ()
    moved_to: tuple[str, ...] = ()
    lived_at: tuple[str, ...] = ()
