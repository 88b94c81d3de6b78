"""What an exposure audit saw: hosts, open ports, and what answered on each. Frozen, bounded, free of secrets.

Sections of `gaps`: `hosts` (an address not scanned, a name not resolved), `services` (an open port not questioned),
`tls`, `http` and `ssh` (a port of that kind whose details were not read), and those of `domain_facts.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from scanners.archive import CollectedAt, DataclassFormat
from scanners.exposure.crypto import weaknesses
from scanners.exposure.domain_facts import Domain, FoundName
from scanners.exposure.subjects import written
from scanners.foreign_text import MAX_SHOWN
from scanners.foreign_text import clean as clean
from scanners.lifecycle import LifeCycle
from scanners.model import Gap, NotAssessable, Scalar
from scanners.ssh_offer import MAX_NAMES as MAX_NAMES
from scanners.ssh_offer import Ssh
from scanners.vulnerabilities.model import KnownFlaws

MAX_BANNER = MAX_SHOWN
MAX_PAGE = 2000
"""Characters kept of the text of a page."""
MAX_HEADERS = 40
"""Headers kept of an HTTP answer."""
_PASSING_HEADERS = frozenset({"date", "age", "expires", "set-cookie"})
"""Headers that tell when a page was made; what matters of cookies is in `Http.cookies`."""
INVENTED_NAME = "care-audit.invalid"
"""A name nobody can have (RFC 2606), announced to see whether a site redirects to it."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """One X.509 certificate. Times are UTC; `key_bits` is 0 when the key has no size (Ed25519)."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    key_type: str
    key_bits: int
    signature_hash: str
    self_signed: bool
    sha256: str
    must_staple: bool = False


@dataclass(frozen=True, slots=True)
class Tls:
    """The TLS posture of a port: versions accepted (`SSL 2.0` … `TLS 1.3`) and weak suites accepted (IANA names).

    `started_by` is the protocol whose STARTTLS led there, empty when the port speaks TLS at once. `static_ciphers` are
    the suites accepted that have no forward secrecy. Of every other answer None means that it could not be read, or
    that the question does not arise: `forward_secrecy` and `authenticated_modes` (GCM, CCM, ChaCha20) tell whether at
    least one such suite is accepted, TLS 1.3 included; `server_order` whether the server's order of suites prevails;
    `dh_bits` is the smallest finite-field group seen (0: none); `trusted` whether the chain leads to an authority that
    the collecting machine or the request knows, `trust_error` and `missing_issuer` why it does not; `chain_ordered`
    whether each certificate sent is followed by its issuer's; `stapled` whether an OCSP answer came with it; `second`
    is the certificate shown to clients that know another kind of key only.
    """

    versions: tuple[str, ...]
    weak_ciphers: tuple[str, ...] = ()
    certificate: Certificate | None = None
    started_by: str = ""
    static_ciphers: tuple[str, ...] = ()
    forward_secrecy: bool | None = None
    authenticated_modes: bool | None = None
    server_order: bool | None = None
    dh_bits: int = 0
    secure_renegotiation: bool | None = None
    compression: bool | None = None
    fallback_refused: bool | None = None
    trusted: bool | None = None
    trust_error: str = ""
    missing_issuer: str = ""
    chain: tuple[str, ...] = ()
    chain_ordered: bool | None = None
    stapled: bool | None = None
    second: Certificate | None = None

    @property
    def weaknesses(self) -> dict[str, str]:
        """Weak suite accepted -> its flaw. Mail servers offer anonymous ones to others, which check nobody anyway."""
        return weaknesses(self.weak_ciphers, anonymous_is_fine=self.started_by == "smtp")

    @property
    def before_13(self) -> bool:
        """Whether a version older than TLS 1.3 is accepted: most questions arise only there."""
        return any(version != "TLS 1.3" for version in self.versions)


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie a page sets, without its value. `same_site` is as written, empty when absent."""

    name: str
    secure: bool
    http_only: bool
    same_site: str = ""


@dataclass(frozen=True, slots=True)
class SecurityText:
    """What `/.well-known/security.txt` holds; `expires` is None when it says no date that can be read."""

    found: bool = False
    contacts: tuple[str, ...] = ()
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Http:
    """The answer to `GET /`, after a few redirections inside the same port.

    `location` is where the first answer redirects to (empty when it does not), `redirects` where each of them does,
    the one that leaves the port included; `loops` tells that they never end. Header names are in lower case, cookies
    come without their values; `text` is the beginning of the page, tags included; `password_field` tells whether all
    that was read of it asks for a password. `security_text` is None when it was not asked for, and so is `invented`:
    where the page redirects when asked under `INVENTED_NAME` (empty: nowhere).
    """

    status: int
    title: str = ""
    location: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    text: str = ""
    password_field: bool = False
    redirects: tuple[str, ...] = ()
    loops: bool = False
    cookies: tuple[Cookie, ...] = ()
    security_text: SecurityText | None = None
    invented: str | None = None
    doors: tuple[str, ...] = ()

    def header(self, name: str) -> str:
        """The first header of that name, empty when absent."""
        return next((value for key, value in self.headers if key == name), "")


@dataclass(frozen=True, slots=True)
class Service:
    """What answers on a port.

    `name` is a term of `ports.py` (`ftp`, `dicom`…), empty when nothing recognised it. `source` tells how it is
    known: `answer` (it said so), `nmap`, or `port` (deduced from the number only: nothing was sent). `open_access` is
    True when it served us without authentication, `encrypted` tells whether it offers TLS inside the protocol; None
    when unknown. `traits` are words proper to the protocol: `nla_required` or `nla_not_required`,
    `signing_required` or `signing_not_required`, `smb1` or `smb1_refused`, `control_open` or `control_refused`.
    """

    name: str = ""
    product: str = ""
    version: str = ""
    banner: str = ""
    source: str = "answer"
    open_access: bool | None = None
    encrypted: bool | None = None
    traits: tuple[str, ...] = ()
    cpes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """What a web port answers under one more name (Host and SNI); the first name is the port's own answer."""

    name: str
    http: Http
    certificate: Certificate | None = None


@dataclass(frozen=True, slots=True)
class Port:
    """One open port with all that was learnt about it. `asked_as` is the name under which it answered, when it refused
    the first of its host (a relay that only knows some)."""

    number: int
    service: Service = Service()
    tls: Tls | None = None
    http: Http | None = None
    ssh: Ssh | None = None
    protocol: str = "tcp"
    sites: tuple[Site, ...] = ()
    asked_as: str = ""


@dataclass(frozen=True, slots=True)
class Host:
    """One address. `names` are the targets that led to it; `answers_everything` marks a SYN proxy or a tarpit."""

    address: str
    names: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()
    closed: int = 0
    filtered: int = 0
    answers_everything: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One open port of one host, as rules look at it; `site` is the further name under which a web port was asked."""

    host: Host
    port: Port
    site: str = ""

    @property
    def subject(self) -> str:
        """The canonical subject of findings: `127.0.20.1:443/tcp`, `[2001:db8::1]:443/tcp`.

        Under a further name: `127.0.20.1:443/tcp (agenda.hopital.fr)`.
        """
        return written(self.host.address, self.port.number, self.port.protocol, self.site)

    def sites(self) -> tuple[Endpoint, ...]:
        """The same port under each of its names, itself first."""
        return (self, *(self._under(site) for site in self.port.sites))

    def repeats(self, own: Endpoint) -> bool:
        """Whether this further name gets the answer of the port itself: the default site, seen under one more name."""
        return bool(self.site) and self._answer() == own._answer()

    def _answer(self) -> tuple[Http | None, Certificate | None]:
        tls, http = self.port.tls, self.port.http
        if http is not None:
            lasting = tuple((key, value) for key, value in http.headers if key not in _PASSING_HEADERS)
            http = replace(http, headers=lasting, invented=None)
        return http, tls.certificate if tls is not None else None

    def _under(self, site: Site) -> Endpoint:
        tls = replace(self.port.tls, certificate=site.certificate, second=None) if self.port.tls is not None else None
        port = replace(self.port, http=site.http, tls=tls, sites=(), asked_as="")
        return Endpoint(replace(self.host, names=(site.name,)), port, site.name)

    @property
    def service(self) -> Service:
        """What answers there."""
        return self.port.service

    def evidence(self) -> dict[str, Scalar]:
        """What identifies the service: its name, product, version, banner and how it is known."""
        service = self.port.service
        return {
            "service": service.name,
            "product": service.product,
            "version": service.version,
            "banner": service.banner,
            "source": service.source,
            "names": ", ".join(self.host.names),
        }


@dataclass(frozen=True, slots=True)
class RawScan:
    """The XML nmap wrote: its SHA-256 and, when small enough, the gzip of it in base 64 (else empty)."""

    sha256: str
    gzip_base64: str = ""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What a person excluded from an audit, beside the mandate: an address, a network, a name or `*.suffix`, why, and
    until which day. `mode` is `no_scan` (never contacted) or `no_report` (looked at, its findings postponed).

    `addresses` are those of the audit that it concerned.
    """

    what: str
    mode: str
    reason: str
    until: str
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Barred:
    """What the mandate itself excludes, as it writes it, and the addresses that an audit left alone because of it."""

    what: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a person allowed: the protocol of controllers that may be asked who it is, the last day, and who did."""

    protocol: str
    until: str
    by: str


@dataclass(frozen=True)
class ExposureFacts:
    """One audit. `collected_at` is the UTC date against which ages are computed; `ports` the TCP ports tried,
    `udp_ports` those asked over UDP.

    `left_out` lists the addresses of a target that the mandate or an exclusion leaves out: they were not contacted;
    `barred` those of a target, or behind a name found, that the mandate itself excludes; `unfinished` those that an
    audit cut short did not end with: a next one may take them alone; `found_names` the names discovered, and those of
    targets that lead out of the mandate; `absent_names` those that former audits knew, asked again, and that have no
    address any more.
    `mandate_document` is the SHA-256 of the signed document of the mandate, empty when nobody gave it.
    `never_written` are the lines of ports that the establishment wants no byte sent to (`never_written.py`),
    `permissions` what it allowed to be asked.
    `lifecycle` are the ends of support imported over the packaged tables.
    `vulnerabilities` is what comparing the products seen with imported data gave, None when there was no data.
    """

    collected_at: CollectedAt
    targets: tuple[str, ...]
    mandate_reference: str
    authorised_by: str
    profile: str
    ports: str
    hosts: tuple[Host, ...]
    nmap_version: str = ""
    raw_scans: tuple[RawScan, ...] = ()
    left_out: tuple[str, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    unfinished: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    vulnerabilities: KnownFlaws | None = None
    domains: tuple[Domain, ...] = ()
    found_names: tuple[FoundName, ...] = ()
    udp_ports: str = ""
    lifecycle: tuple[LifeCycle, ...] = ()
    absent_names: tuple[str, ...] = ()
    mandate_document: str = ""
    never_written: tuple[str, ...] = ()
    permissions: tuple[Allowed, ...] = ()
    barred: tuple[Barred, ...] = ()

    def endpoints(self, *services: str) -> tuple[Endpoint, ...]:
        """Open ports in order, of the named services only when any is given."""
        found = (Endpoint(host, port) for host in self.hosts for port in host.ports)
        return tuple(endpoint for endpoint in found if not services or endpoint.service.name in services)

    def over_tls(self) -> tuple[tuple[Endpoint, Tls], ...]:
        """Ports that speak TLS."""
        return tuple((endpoint, tls) for endpoint in self.endpoints() if (tls := endpoint.port.tls) is not None)

    def certificates(self) -> tuple[tuple[Endpoint, Certificate], ...]:
        """Ports that showed a certificate, and each other one they showed under a further name."""
        shown: dict[tuple[str, int, str], tuple[Endpoint, Certificate]] = {}
        for end, seen in self.certificates_by_name():
            shown.setdefault((end.host.address, end.port.number, seen.sha256), (end, seen))
        return tuple(shown.values())

    def certificates_by_name(self) -> tuple[tuple[Endpoint, Certificate], ...]:
        """Ports that showed a certificate, under each of their names."""
        named = (found for endpoint in self.endpoints() for found in endpoint.sites())
        shown = ((end, tls) for end in named if (tls := end.port.tls) is not None)
        return tuple((end, one) for end, tls in shown for one in (tls.certificate, tls.second) if one is not None)

    def web(self) -> tuple[tuple[Endpoint, Http], ...]:
        """Ports that answered to HTTP, in clear or over TLS, and what they answer else under other names."""
        named = (found for own in self.endpoints() for found in own.sites() if not found.repeats(own))
        return tuple((end, http) for end in named if (http := end.port.http) is not None)

    def known_domains(self) -> tuple[Domain, ...]:
        """The domains that were read; NotAssessable when none was: nobody's mail is then known to be safe."""
        if not self.domains:
            raise NotAssessable(
                "Aucun domaine n’est connu de cet audit ; indiquez ceux de l’établissement (messagerie, site) dans la "
                "cible et dans le mandat, puis relancez l’audit.",
                "This audit knows no domain; name those of the establishment (mail, web site) in the target and in "
                "the mandate, then run the audit again.",
            )
        return self.domains

    def is_ours(self, name: str) -> bool:
        """Whether a name stands in a domain that was read: nobody else can create it."""
        return any(name == domain.name or name.endswith(f".{domain.name}") for domain in self.domains)

    def searched_names(self) -> tuple[FoundName, ...]:
        """The names found; NotAssessable when there was nothing to look for, neither a name nor a domain."""
        if not self.found_names and not self.domains:
            raise NotAssessable(
                "Aucun nom n’a été cherché ; ajoutez un domaine à la cible.",
                "No name was looked for; add a domain to the target.",
            )
        return self.found_names

    def ssh(self) -> tuple[tuple[Endpoint, Ssh], ...]:
        """Ports that speak SSH."""
        return tuple((endpoint, ssh) for endpoint in self.endpoints() if (ssh := endpoint.port.ssh) is not None)


FORMAT = DataclassFormat(ExposureFacts, schema=1)
