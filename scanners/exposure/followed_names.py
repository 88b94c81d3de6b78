"""Names found and domains read, as things that one follows from audit to audit: where a name leads, how far the mail
and the DNS of a domain are protected. Pure.

Traits are words of a short list, or what was published; one that could not be read is left empty. What proves them is
kept apart (`proof`), as it was published.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from scanners.exposure.domain_facts import Domain, FoundName, Policy, Signature
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.mail_policy import read_dmarc, read_spf, sts_mode
from scanners.exposure.providers import provider_of

_SPF_ENDS: Mapping[str, str] = {"-": "refused", "~": "doubtful", "?": "neutral", "+": "everyone"}
_SIGNATURES: Mapping[Signature, str] = {
    Signature.SOUND: "sound", Signature.BROKEN: "broken", Signature.NO_DS: "no_ds", Signature.NONE: "missing",
}  # fmt: skip
_SHOWN = 20


def names(facts: ExposureFacts) -> Iterator[tuple[str, dict[str, str], dict[str, str]]]:
    """Each name with its traits and what proves them: those that led to an address, and those found elsewhere."""
    led: dict[str, list[str]] = {}
    for host in facts.hosts:
        for name in host.names:
            led.setdefault(name, []).append(host.address)
    found = {one.name: one for one in facts.found_names}
    for name in dict.fromkeys((*led, *found)):
        yield name, *_name(led.get(name, []), found.get(name))


def _name(led: list[str], found: FoundName | None) -> tuple[dict[str, str], dict[str, str]]:
    inside = sorted({*led, *(found.addresses if found else ())})
    outside = sorted(found.outside) if found else []
    alias = found.alias if found else ""
    traits = {
        "leads": _leads(inside, outside, found),
        "addresses": _listed((*inside, *outside)) or "none",
        "alias": alias or ("none" if found else ""),
    }
    return traits, {
        "origin": str(found.source) if found else "",
        "outside": _listed(outside),
        "supplier": provider_of(alias) if alias else "",
    }


def _leads(inside: list[str], outside: list[str], found: FoundName | None) -> str:
    """Where a name leads: to a place that waits for a yes, inside the mandate, outside, both, to nothing (an alias of
    what is gone), nowhere."""
    if found is not None and found.moved_to:
        return "waiting"
    if inside:
        return "both" if outside else "inside"
    if outside:
        return "outside"
    return "dangling" if found is not None and found.gone and found.alias else "nowhere"


def domain(read: Domain) -> tuple[dict[str, str], dict[str, str]]:
    """The traits of a domain and what proves them."""
    if read.unanswered("SOA "):
        return {}, {}
    traits = {
        "spf": _spf(read),
        "dkim": _dkim(read),
        "dmarc": _dmarc(read),
        "mta_sts": _mta_sts(read),
        "tls_rpt": _there(read, bool(read.tls_rpt), f"TXT _smtp._tls.{read.name}"),
        "dnssec": _SIGNATURES.get(read.signature, ""),
        "caa": _there(read, bool(read.caa), "CAA "),
        "mail_servers": _listed(one.name for one in read.mail_servers) or ("" if read.unanswered("MX ") else "none"),
        "name_servers": _listed(one.name for one in read.name_servers),
    }
    proof = {
        "spf_record": _listed(read.spf[0].texts) if read.spf else "",
        "dmarc_record": _listed(read.dmarc.texts) if read.dmarc else "",
        "mta_sts_policy": read.mta_sts.policy,
        "tls_rpt_record": _listed(read.tls_rpt),
        "caa_record": _listed(read.caa),
        "dnssec_detail": read.signature_detail,
        "unread": _listed(read.unread),
    }
    return traits, proof


def _there(read: Domain, there: bool, question: str) -> str:
    if there:
        return "present"
    return "" if read.unanswered(question) else "missing"


def _spf(read: Domain) -> str:
    if not (read.spf and read.spf[0].texts):
        return "" if read.unanswered(f"TXT {read.name}") else "missing"
    known = read_spf(read.spf)
    if known.everyone:
        return "everyone"
    if known.wrong or len(read.spf[0].texts) > 1:
        return "invalid"
    return _SPF_ENDS.get(known.end, "neutral")


def _dmarc(read: Domain) -> str:
    if read.dmarc is None:
        return "" if read.unanswered("TXT _dmarc.") else "missing"
    return read_dmarc(read.dmarc, read.name).policy or "invalid"


def _dkim(read: Domain) -> str:
    """The keys seen: DKIM has no list, so that none seen proves nothing."""
    keys = sorted(f"{key.selector} {key.bits}" if key.bits else key.selector for key in read.dkim if not key.revoked)
    return _listed(keys) or "unseen"


def _mta_sts(read: Domain) -> str:
    if not read.mta_sts.texts:
        return "" if read.unanswered("TXT _mta-sts.") else "missing"
    if read.mta_sts.state is not Policy.READ:
        return "invalid" if read.mta_sts.state is Policy.UNREAD else ""
    return sts_mode(read.mta_sts.policy) or "invalid"


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(list(texts)[:_SHOWN])
