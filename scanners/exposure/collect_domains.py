"""What DNS says of each domain: mail policies, mail servers, name servers, DNSSEC, CAA.

Everything is asked of the resolver. Only two things are contacted besides it, and only inside the mandate: a name
server that is asked for the whole zone (AXFR), and the server of the MTA-STS policy.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import dns.dnssec
import dns.exception
import dns.name
import dns.query
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from scanners.exposure import collect_http as web
from scanners.exposure.collect_dns import Answer, Resolver, State, plain, together
from scanners.exposure.collect_tls import Trust, certificate_fault, lenient_context, machine_trust
from scanners.exposure.collect_wire import ConversationOver, Pace, Reach
from scanners.exposure.domain_facts import (
    MAX_TEXT,
    MAX_TEXTS,
    DkimKey,
    DmarcRecord,
    Domain,
    MailServer,
    MtaSts,
    NameServer,
    Policy,
    Signature,
    SpfRecord,
)
from scanners.exposure.facts import clean
from scanners.exposure.mail_policy import is_spf, spf_references
from scanners.exposure.targets import Address, is_name
from scanners.model import Gap, Text

MAX_SPF_RECORDS = 40
"""Records fetched of one SPF policy: receivers stop at ten."""
MAX_SERVERS = 16
"""Mail or name servers kept of one domain."""
DNS_PORT = 53
TRANSFER_SECONDS = 15.0
MAX_TRANSFERRED = 20_000
"""Names taken from one zone transfer."""
SELECTORS = (
    "default", "dkim", "mail", "smtp", "selector1", "selector2", "s1", "s2", "k1", "k2", "k3", "key1", "google",
    "20161025", "20210112", "20230601", "mandrill", "mte1", "mte2", "mailjet", "brevo", "sib", "brevo1", "brevo2",
    "sendgrid", "smtpapi", "amazonses", "zoho", "protonmail", "everlytickey1", "mxvault", "ovhmo1-selector1",
    "ovhmo1-selector2", "zimbra", "proofpoint", "fm1", "fm2", "fm3", "cm", "pm", "dkim1", "dkim2",
)  # fmt: skip
"""Usual selectors of mail suites and senders. DKIM has no list of them: others exist, which only the sender knows."""
HTTPS_PORT = 443
PaceOf = Callable[[str], Pace]
"""The pace at which an address is contacted."""
Inside = Callable[[str, Address], bool]
"""Whether the mandate lets us contact an address under a name."""


@dataclass(frozen=True, slots=True)
class DomainOrder:
    """One domain to look at, with the DKIM selectors its administrator knows."""

    name: str
    selectors: tuple[str, ...] = ()


@dataclass
class DomainReading:
    """One domain read: its facts, the names its zone gave away, and what could not be read."""

    domain: Domain
    transferred: tuple[str, ...] = ()
    gaps: list[Gap] = field(default_factory=list)


def unhurried(_address: str) -> Pace:
    """No delay between two conversations."""
    return Pace(0)


def read_domain(
    order: DomainOrder,
    resolver: Resolver,
    inside: Inside,
    pace_of: PaceOf | None = unhurried,
    authorities: Trust | None = None,
) -> DomainReading:
    """Everything the rules need of one domain; without `pace_of` nothing but the resolver is asked.

    The certificate of its MTA-STS policy is checked against `authorities`, those of this machine when None.
    """
    return _Domain(order, resolver, inside, pace_of, authorities or machine_trust()).read()


class _Domain:
    def __init__(
        self, order: DomainOrder, resolver: Resolver, inside: Inside, pace_of: PaceOf | None, authorities: Trust
    ) -> None:
        self._authorities = authorities
        self._name, self._order, self._resolver, self._inside = order.name, order, resolver, inside
        self._pace_of = pace_of
        self._gaps: list[Gap] = []
        self._unread: set[str] = set()
        self._transferred: tuple[str, ...] = ()

    def read(self) -> DomainReading:
        """The domain; NXDOMAIN and failures are gaps, never clean records."""
        apex = self._resolver.ask(self._name, "SOA")
        if apex.state in {State.FAILED, State.NOWHERE}:
            self._missed(apex)
            return DomainReading(Domain(self._name, unread=(f"SOA {self._name}",)), gaps=self._gaps)
        servers, null_mx = self._mail_servers()
        signature, detail = self._signature()
        domain = Domain(
            name=self._name,
            spf=self._spf(),
            dmarc=self._dmarc(),
            dkim=self._dkim(),
            mail_servers=servers,
            null_mx=null_mx,
            mta_sts=self._mta_sts(),
            tls_rpt=self._texts(f"_smtp._tls.{self._name}", lambda text: text.lower().startswith("v=tlsrptv1")),
            caa=self._caa(),
            name_servers=self._name_servers(),
            signature=signature,
            signature_detail=detail,
            wildcard=answers_any_name(self._resolver, self._name) != (),
        )
        return DomainReading(replace(domain, unread=tuple(sorted(self._unread))), self._transferred, self._gaps)

    def _missed(self, apex: Answer) -> None:
        if apex.state is State.NOWHERE:
            fr = f"Le domaine {self._name} n’existe pas selon le serveur DNS ; corrigez-le dans la cible."
            en = f"The domain {self._name} does not exist according to the DNS server; correct it in the target."
        else:
            fr = f"Le domaine {self._name} n’a pas pu être lu ; vérifiez ses serveurs DNS, puis relancez l’audit."
            en = f"The domain {self._name} could not be read; check its DNS servers, then run the audit again."
        self._gaps += [Gap(section, Text(fr, en), truncated=True, subject=self._name) for section in ("dns", "mail")]

    def _gap(self, section: str, kind: str, name: str) -> None:
        self._unread.add(f"{kind} {name}")
        fr = f"Le serveur DNS n’a pas répondu au sujet de {name} ; relancez l’audit."
        en = f"The DNS server did not answer about {name}; run the audit again."
        self._gaps.append(Gap(section, Text(fr, en), truncated=True, subject=self._name))

    def _texts(self, name: str, wanted: Callable[[str], bool]) -> tuple[str, ...]:
        found = self._resolver.texts(name, wanted)
        if found is None:
            self._gap("mail", "TXT", name)
        return found or ()

    # -------------------------------------------------------------------- mail

    def _spf(self) -> tuple[SpfRecord, ...]:
        """The records of the domain and, breadth first, of all it includes."""
        records: dict[str, SpfRecord] = {}
        waiting = [self._name]
        while waiting and len(records) < MAX_SPF_RECORDS:
            name = waiting.pop(0)
            if name in records or not is_name(name):
                continue
            records[name] = SpfRecord(name, self._texts(name, is_spf))
            waiting += [found for text in records[name].texts for found in spf_references(text)]
        return tuple(records.values())

    def _dmarc(self) -> DmarcRecord | None:
        labels = self._name.split(".")
        for start in range(len(labels) - 1):
            parent = ".".join(labels[start:])
            texts = self._texts(f"_dmarc.{parent}", lambda text: text.lower().startswith("v=dmarc1"))
            if texts:
                return DmarcRecord(parent, texts)
        return None

    def _dkim(self) -> tuple[DkimKey, ...]:
        """The keys of the selectors that answer; none where any selector answers the same (a wildcard)."""
        selectors = dict.fromkeys((*self._order.selectors, *SELECTORS))
        if self._key_texts(f"care-{secrets.token_hex(6)}"):
            selectors = dict.fromkeys(self._order.selectors)
        found = together(lambda selector: (selector, self._key_texts(selector)), selectors)
        return tuple(read_key(selector, texts[0]) for selector, texts in found if texts)

    def _key_texts(self, selector: str) -> tuple[str, ...]:
        return self._texts(f"{selector}._domainkey.{self._name}", lambda text: "p=" in text.replace(" ", ""))

    def _mail_servers(self) -> tuple[tuple[MailServer, ...], bool]:
        answer = self._resolver.ask(self._name, "MX")
        if answer.failed:
            self._gap("mail", "MX", self._name)
        found = sorted(
            (int(getattr(record, "preference", 0)), plain(str(getattr(record, "exchange", ""))))
            for record in answer.records
        )
        if [name for _, name in found] == [""]:
            return (), True
        return tuple(together(self._mail_server, found[:MAX_SERVERS])), False

    def _mail_server(self, entry: tuple[int, str]) -> MailServer:
        preference, name = entry
        place = self._resolver.locate(name) if is_name(name) else None
        if place is None or place.state is State.FAILED:
            if place is not None:
                self._gap("mail", "A", name)
            return MailServer(name, preference)
        asked = self._resolver.ask(f"_25._tcp.{name}", "TLSA")
        if asked.failed:
            self._unread.add(f"TLSA _25._tcp.{name}")
        tlsa = tuple(clean(record.to_text()) for record in asked.records)[:MAX_TEXTS]
        return MailServer(
            name=name,
            preference=preference,
            addresses=tuple(str(address) for address in place.addresses),
            alias=bool(place.alias),
            tlsa=tlsa,
            signed=self._is_signed(asked) if tlsa else None,
            missing=(place.alias or name) if place.state is State.NOWHERE else "",
        )

    def _is_signed(self, asked: Answer) -> bool | None:
        """Whether signatures came with an answer; None when they may have been lost on the way.

        The root is always signed: a resolver that shows no signature there strips them.
        """
        return _signed(asked) or (False if _signed(self._resolver.ask(".", "NS")) else None)

    def _mta_sts(self) -> MtaSts:
        texts = self._texts(f"_mta-sts.{self._name}", lambda text: text.lower().startswith("v=stsv1"))
        if not texts:
            return MtaSts()
        name = f"mta-sts.{self._name}"
        place = self._resolver.locate(name)
        if place.state is State.FAILED:
            self._gap("mail", "A", name)
        allowed = [address for address in place.addresses if self._inside(name, address)]
        if place.addresses and not allowed:
            return MtaSts(texts, Policy.OUTSIDE)
        if allowed and self._pace_of is None:
            self._left_in_peace("mail", name)
            return MtaSts(texts, Policy.UNASKED)
        pace_of = self._pace_of or unhurried
        for address in map(str, allowed[:2]):
            policy = fetch_policy(address, name, pace_of(address))
            if policy:
                fault = certificate_fault(Reach(address, HTTPS_PORT, pace_of(address), name), self._authorities)
                return MtaSts(texts, Policy.READ, policy, fault)
        return MtaSts(texts, Policy.UNREAD)

    # -------------------------------------------------------------------- DNS

    def _caa(self) -> tuple[str, ...]:
        """The CAA records that apply: those of the domain or of the first of its parents that has some (RFC 8659)."""
        labels = self._name.split(".")
        for start in range(len(labels) - 1):
            parent = ".".join(labels[start:])
            found = self._resolver.written(parent, "CAA")
            if found is None:
                self._gap("dns", "CAA", parent)
                return ()
            if found:
                return found
        return ()

    def _name_servers(self) -> tuple[NameServer, ...]:
        answer = self._resolver.ask(self._name, "NS")
        if answer.failed:
            self._gap("dns", "NS", self._name)
        names = sorted(plain(record.to_text()) for record in answer.records)[:MAX_SERVERS]
        return tuple(self._name_server(name) for name in names)

    def _name_server(self, name: str) -> NameServer:
        place = self._resolver.locate(name) if is_name(name) else None
        if place is None:
            return NameServer(name)
        if place.state is State.FAILED:
            self._gap("dns", "A", name)
        allowed = [str(address) for address in place.addresses if self._inside(name, address)]
        answers = [self._transfer(address) for address in allowed[:2]]
        heard = [names for names in answers if names is not None]
        self._transferred = next(filter(None, (self._transferred, *heard)), ())
        if allowed and self._pace_of is None:
            self._left_in_peace("dns", name)
        return NameServer(
            name,
            tuple(str(address) for address in place.addresses),
            any(heard) if heard else None,
            unheard=len(heard) < len(answers),
        )

    def _transfer(self, address: str) -> tuple[str, ...] | None:
        if self._pace_of is None:
            return None
        try:
            pace = self._pace_of(address)
            if pace.forbids(DNS_PORT):
                return None
            with pace.turn():
                return transfer(address, self._name)
        except ConversationOver:
            return None

    def _left_in_peace(self, section: str, name: str) -> None:
        fr = f"{name} n’a pas été interrogé : le profil choisi n’écrit à aucune machine."
        en = f"{name} was not questioned: the chosen profile writes to no machine."
        self._gaps.append(Gap(section, Text(fr, en), truncated=True, subject=self._name))

    def _signature(self) -> tuple[Signature, str]:
        ds, keys, start = (self._resolver.ask(self._name, kind) for kind in ("DS", "DNSKEY", "SOA"))
        if ds.failed or keys.failed or start.failed:
            self._gap("dns", "DNSKEY", self._name)
            return Signature.UNKNOWN, ""
        if not ds.records:
            return (Signature.NO_DS if keys.records else Signature.NONE), ""
        return _checked(dns.name.from_text(self._name), ds, keys, start)


def _checked(name: dns.name.Name, ds: Answer, keys: Answer, start: Answer) -> tuple[Signature, str]:
    """Whether a key that the parent names signs the keys, and these the start of the zone."""
    if not keys.records:
        return Signature.BROKEN, "DS, DNSKEY: 0"
    try:
        trusted = [key for key in keys.records if any(_is_named(name, key, one) for one in ds.records)]
        if not trusted:
            return Signature.BROKEN, "DS ≠ DNSKEY"
        _validate(name, keys, dns.rdatatype.DNSKEY, trusted)
        _validate(name, start, dns.rdatatype.SOA, list(keys.records))
    except dns.exception.UnsupportedAlgorithm:
        return Signature.UNKNOWN, ""
    except KeyError as absent:
        # A resolver that strips signatures strips those of the DS, which its parent always signs, as well.
        return (
            (Signature.BROKEN, f"RRSIG: 0 {clean(str(absent), 100)}".strip())
            if _signed(ds)
            else (Signature.UNKNOWN, "")
        )
    except (dns.exception.DNSException, ValueError) as error:
        return Signature.BROKEN, clean(str(error) or type(error).__name__, 120)
    return Signature.SOUND, ""


def _is_named(name: dns.name.Name, key: dns.rdata.Rdata, ds: dns.rdata.Rdata) -> bool:
    digest = getattr(ds, "digest_type", None)
    return digest is not None and dns.dnssec.make_ds(name, key, digest, validating=True) == ds


def _validate(name: dns.name.Name, answer: Answer, kind: dns.rdatatype.RdataType, keys: list[dns.rdata.Rdata]) -> None:
    message = answer.message
    if message is None:
        raise KeyError(kind)
    records = message.find_rrset(message.answer, name, dns.rdataclass.IN, kind)
    signatures = message.find_rrset(message.answer, name, dns.rdataclass.IN, dns.rdatatype.RRSIG, kind)
    dns.dnssec.validate(records, signatures, {name: dns.rdataset.from_rdata_list(300, keys)})


def _signed(answer: Answer) -> bool:
    kinds = {found.rdtype for found in (answer.message.answer if answer.message else ())}
    return dns.rdatatype.RRSIG in kinds


def answers_any_name(resolver: Resolver, domain: str) -> tuple[Address, ...]:
    """The addresses given for a name nobody chose: a wildcard answers to everything, and proves no name."""
    return resolver.locate(f"care-{secrets.token_hex(8)}.{domain}").addresses


def read_key(selector: str, text: str) -> DkimKey:
    """The DKIM key a record holds."""
    pairs = (part.partition("=") for part in text.split(";"))
    tags = {key.strip().lower(): "".join(value.split()) for key, _, value in pairs}
    kind, raw = tags.get("k", "rsa").lower()[:20], tags.get("p", "")
    if not raw:
        return DkimKey(selector, kind, revoked=True)
    if kind == "ed25519":
        return DkimKey(selector, kind, 256)
    try:
        key = load_der_public_key(base64.b64decode(raw, validate=True))
    except (ValueError, UnsupportedAlgorithm, TypeError):
        return DkimKey(selector, kind)
    return DkimKey(selector, kind, key.key_size if isinstance(key, rsa.RSAPublicKey) else 0)


def transfer(address: str, zone: str) -> tuple[str, ...] | None:
    """The names a server gives away when asked for the whole zone; none when it refuses, None when it is not there."""
    names: dict[str, None] = {}
    try:
        messages = dns.query.xfr(
            address, zone, port=DNS_PORT, relativize=False, timeout=TRANSFER_SECONDS / 3, lifetime=TRANSFER_SECONDS
        )
        for message in messages:
            names |= dict.fromkeys(plain(found.name) for found in message.answer)
            if len(names) > MAX_TRANSFERRED:
                break
    except (OSError, dns.exception.Timeout):
        return tuple(names) or None
    except (EOFError, dns.exception.DNSException):
        return tuple(names)
    return tuple(names)


def fetch_policy(address: str, name: str, pace: Pace) -> str:
    """The MTA-STS policy, its lines cleaned; empty when it cannot be had. The address was checked beforehand."""
    try:
        with Reach(address, HTTPS_PORT, pace, name).call() as wire:
            wire.start_tls(lenient_context(), name)
            answer = web.get(wire, name, "/.well-known/mta-sts.txt")
    except OSError:
        return ""
    if web.status_of(answer) != 200:
        return ""
    lines = answer.partition(b"\r\n\r\n")[2][:MAX_TEXT].splitlines()
    return "\n".join(clean(line, 200) for line in lines[:60])
