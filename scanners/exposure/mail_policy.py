"""What SPF, DMARC, MTA-STS and DKIM records mean. Pure: the records were fetched elsewhere.

SPF is RFC 7208, DMARC RFC 7489, MTA-STS RFC 8461, DKIM RFC 6376. Only what the rules ask is read: no message is ever
checked. A valid `+all` is no fault of syntax, and lets anyone send: that is told apart from errors.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scanners.exposure.domain_facts import DmarcRecord, Domain, Policy, SpfRecord
from scanners.model import NotAssessable

MAX_LOOKUPS = 10
"""Terms that make receivers ask DNS, counted through the includes (RFC 7208, 4.6.4)."""
_MAX_DEPTH = 20
_WIDE_V4, _WIDE_V6 = 7, 15
"""A network this wide is everyone, or as good as."""
_ASKING = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
_NETWORKS = {"ip4": 4, "ip6": 6}
_MECHANISMS = _ASKING | {"all", *_NETWORKS}
_TERM = re.compile(r"(?P<qualifier>[+?~-]?)(?P<name>[a-z][a-z0-9_.-]*)(?P<value>[:=/].*)?\Z", re.IGNORECASE)
_DMARC = re.compile(r"v\s*=\s*DMARC1\s*(?:;|\Z)")


@dataclass(frozen=True, slots=True)
class SpfTerm:
    """One term: `qualifier` is `+`, `-`, `~` or `?`, `value` what follows the colon, the equals sign or the slash."""

    qualifier: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class SpfReading:
    """What an SPF policy comes to. `end` is the qualifier of its `all` (empty: it has none).

    `loop` and `missing` name the include at fault, `wrong` the first term that cannot be read; `elsewhere` tells that
    the end depends on a redirection built from the message (a macro).
    """

    lookups: int = 0
    everyone: str = ""
    end: str = ""
    loop: str = ""
    missing: str = ""
    wrong: str = ""
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class DmarcReading:
    """What a DMARC record asks of receivers for the domain. `policy` is empty when the record is not valid.

    `subdomains` is its own word (`sp`) about those below, empty when it has none: they then follow the domain.
    """

    policy: str = ""
    percent: int = 100
    reports: str = ""
    subdomains: str = ""


def is_spf(text: str) -> bool:
    """Whether a TXT record is an SPF one."""
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


def spf_terms(text: str) -> Iterator[SpfTerm]:
    """The terms of a record; one that cannot be read has an empty name and itself as its value."""
    for word in text.split()[1:]:
        match = _TERM.match(word)
        name = match["name"].lower() if match else ""
        value = (match["value"] or "") if match else ""
        modifier = value.startswith("=")
        if match is None or (not modifier and name not in _MECHANISMS):
            yield SpfTerm("+", "", word)
        else:
            yield SpfTerm(match["qualifier"] or "+", name, value.lstrip(":=") if value[:1] in {":", "="} else value)


def spf_references(text: str) -> tuple[str, ...]:
    """The names a record includes or redirects to; those built from the message (macros) are left out."""
    return tuple(
        name
        for term in spf_terms(text)
        if term.name in {"include", "redirect"} and (name := term.value.lower().removesuffix(".")) and "%" not in name
    )


def read_spf(records: Sequence[SpfRecord]) -> SpfReading:
    """What the policy of the first record comes to, through its includes."""
    return _Spf({record.name: record.texts for record in records}).read(records[0].name)


class _Spf:
    def __init__(self, texts: Mapping[str, tuple[str, ...]]) -> None:
        self._texts = texts
        self._lookups = 0
        self._everyone = self._loop = self._missing = self._wrong = ""
        self._elsewhere = False

    def read(self, name: str) -> SpfReading:
        end = self._walk(name, ())
        return SpfReading(self._lookups, self._everyone, end, self._loop, self._missing, self._wrong, self._elsewhere)

    def _walk(self, name: str, path: tuple[str, ...]) -> str:
        """Add what the record at a name says, and give the qualifier of its `all`."""
        if name in path or len(path) >= _MAX_DEPTH:
            self._loop = self._loop or name
            return ""
        texts = self._texts.get(name)
        if not texts or len(texts) > 1:
            self._missing = self._missing or name
            return ""
        end = redirect = ""
        for term in spf_terms(texts[0]):
            self._lookups += term.name in _ASKING
            self._note(term)
            if term.name == "all":
                end = end or term.qualifier
            elif term.name == "redirect":
                redirect = term.value.lower().removesuffix(".")
            elif term.name == "include" and "%" not in term.value:
                self._walk(term.value.lower().removesuffix("."), (*path, name))
        if end or not redirect:
            return end
        self._elsewhere = self._elsewhere or "%" in redirect
        return "" if "%" in redirect else self._walk(redirect, (*path, name))

    def _note(self, term: SpfTerm) -> None:
        if not term.name or (term.name in _NETWORKS and _network(term) is None):
            self._wrong = self._wrong or (f"{term.name}:{term.value}" if term.name else term.value)
        elif term.qualifier == "+" and _is_everyone(term):
            self._everyone = self._everyone or (f"{term.name}:{term.value}" if term.value else f"+{term.name}")


def _is_everyone(term: SpfTerm) -> bool:
    if term.name == "all":
        return True
    network = _network(term)
    return network is not None and network.prefixlen <= (_WIDE_V4 if network.version == 4 else _WIDE_V6)


def _network(term: SpfTerm) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The network of an `ip4` or `ip6` term; None for another term, or when it is not written as one."""
    try:
        network = ipaddress.ip_network(term.value, strict=False)
    except ValueError:
        return None
    return network if _NETWORKS.get(term.name) == network.version else None


def read_dmarc(record: DmarcRecord, domain: str) -> DmarcReading:
    """What the record asks for `domain`: its `sp` counts when it is that of a parent. Two records are none."""
    valid = [text for text in record.texts if _DMARC.match(text)]
    if len(valid) != 1:
        return DmarcReading()
    tags = _tags(valid[0])
    policy = tags.get("p", "").lower()
    if record.name != domain:
        policy = tags.get("sp", policy).lower()
    percent = tags.get("pct", "100")
    if policy not in {"none", "quarantine", "reject"}:
        return DmarcReading(reports=tags.get("rua", ""))
    share = int(percent) if percent.isdecimal() and len(percent) <= 3 else 100
    return DmarcReading(policy, share, tags.get("rua", ""), tags.get("sp", "").lower()[:20])


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {key.strip().lower(): value.strip() for key, _, value in pairs}


def check_policy_was_asked(domain: Domain) -> None:
    """NotAssessable when the server of the MTA-STS policy could not be asked for it."""
    if domain.mta_sts.state is Policy.OUTSIDE:
        raise NotAssessable(
            f"Le serveur mta-sts.{domain.name} est hors du mandat ; faites-le étendre pour lire sa politique.",
            f"The server mta-sts.{domain.name} is outside the mandate; have it extended to read its policy.",
        )
    if domain.mta_sts.state is Policy.UNASKED:
        raise NotAssessable(
            f"Le profil choisi n’écrit à aucune machine : la politique de mta-sts.{domain.name} n’a pas été lue ; "
            "relancez l’audit avec un autre profil.",
            f"The chosen profile writes to no machine: the policy of mta-sts.{domain.name} was not read; run the audit "
            "again with another profile.",
        )


def sts_mode(policy: str) -> str:
    """The mode of an MTA-STS policy: `enforce`, `testing` or `none`; empty when it is not a policy."""
    fields = _fields(policy)
    mode = next((value for key, value in fields if key == "mode"), "")
    return mode if ("version", "STSv1") in fields and mode in {"enforce", "testing", "none"} else ""


def sts_servers(policy: str) -> tuple[str, ...]:
    """The mail servers an MTA-STS policy allows, in lower case: names, or `*.suffix`."""
    return tuple(value.lower() for key, value in _fields(policy) if key == "mx")


def sts_allows(servers: Sequence[str], name: str) -> bool:
    """Whether a policy allows a mail server; `*.x` stands for one label."""
    parent = name.partition(".")[2]
    return any(server == name or (server.startswith("*.") and server[2:] == parent) for server in servers)


def _fields(policy: str) -> list[tuple[str, str]]:
    pairs = (line.partition(":") for line in policy.splitlines())
    return [(key.strip().lower(), value.strip()) for key, _, value in pairs]
