"""Collects the facts of one domain over LDAP, read-only, with an ordinary account.

One paged search per naming context and an explicit list of attributes; no search per object, except the rest of a
group whose members the server cuts in ranges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated

import ldap3
import numpy as np
from pydantic import Field, field_validator, model_validator
from pydantic.dataclasses import dataclass

from scanners.ad import collect_ber as ber
from scanners.ad import collect_errors as errors
from scanners.ad.collect_connect import (
    Access,
    RootDse,
    close,
    connect,
    domain_sid,
    forest_domains,
    parse_address,
)
from scanners.ad.collect_dump import PagedReader, Search
from scanners.ad.collect_extras import EXTRAS, Extra
from scanners.ad.collect_table import ATTRIBUTES, TableBuilder
from scanners.ad.columns import Kind, Objects
from scanners.ad.descriptors import Descriptors
from scanners.ad.facts import DirectoryFacts
from scanners.ad.naming import Naming
from scanners.collect import Context
from scanners.errors import CollectError
from scanners.model import Gap, Text

SECRET = "password"  # noqa: S105 - the name under which the context holds it

_NO_SUCH_OBJECT = 32
_LIMITS = {3, 4, 11}
"""Time, size and administrative limits (RFC 4511): what came before them is true, but not all."""
_OPAQUE = ("cn=ntds quotas,", "cn=microsoftdns,")
_MAX_RANGES = 100_000


@dataclass(frozen=True)
class Request:
    """Which controller to read, and as whom. The password is the secret `password`.

    `server` is an `ldaps://` or `ldap://` URL; `user` is a UPN, `NETBIOS\\name` or a distinguished name; `ca_pem` is
    the certificate of the authority to trust (the system's authorities when empty). `start_tls` encrypts an
    `ldap://` connection; `allow_clear_text` lets the password travel unencrypted. `seconds` bounds each answer.
    """

    server: str
    user: Annotated[str, Field(min_length=1, max_length=512)]
    ca_pem: Annotated[str, Field(max_length=1 << 20)] = ""
    start_tls: bool = True
    allow_clear_text: bool = False
    page_size: Annotated[int, Field(ge=10, le=5000)] = 1000
    seconds: Annotated[int, Field(ge=1, le=600)] = 60

    @field_validator("server")
    @classmethod
    def _is_an_address(cls, server: str) -> str:
        parse_address(server)
        return server

    @field_validator("ca_pem")
    @classmethod
    def _is_pem(cls, ca_pem: str) -> str:
        if ca_pem.strip() and "-----BEGIN CERTIFICATE-----" not in ca_pem:
            raise errors.malformed_authority()
        return ca_pem.strip()

    @model_validator(mode="after")
    def _clear_text_means_no_tls(self) -> Request:
        if self.allow_clear_text and self.start_tls and self.server.startswith("ldap://"):
            object.__setattr__(self, "start_tls", False)
        return self


def target_name(request: Request) -> str:
    """How the audit names what it looked at: the URL of the controller."""
    return request.server


def collect(request: Request, context: Context) -> DirectoryFacts:
    """Read the whole domain. CollectError when nothing can be read; a part that could not be is a gap."""
    access = Access(
        address=parse_address(request.server),
        user=request.user,
        password=_password(context),
        ca_pem=request.ca_pem,
        start_tls=request.start_tls,
        clear_text=request.allow_clear_text,
        seconds=request.seconds,
    )
    context.progress(0.0, Text("Connexion au contrôleur de domaine", "Connecting to the domain controller"))
    connection, root = connect(access)
    try:
        naming = _naming(connection, root)
        connection.socket.settimeout(request.seconds)
        reading = Reading(PagedReader(connection.socket, request.page_size), context, access.address.host)
        reading.everything(root)
    finally:
        close(connection)
    objects, descriptors = reading.builder.tables()
    gaps = (*reading.gaps, *_withheld(objects, descriptors, naming))
    return DirectoryFacts(context.now, naming, objects, descriptors, gaps)


class Reading:
    """The dump of all naming contexts, and what was missing from it."""

    def __init__(self, reader: PagedReader, context: Context, host: str) -> None:
        self.builder = TableBuilder()
        self.gaps: list[Gap] = []
        self._reader = reader
        self._context = context
        self._host = host
        self._broken = ""

    def everything(self, root: RootDse) -> None:
        """The domain first: without it there is nothing to judge."""
        domain = root["defaultNamingContext"][0]
        self._section("domain", domain, ber.present("objectClass"), 0.1)
        if not self.builder.accounts:
            raise self._nothing(domain)
        self._section("configuration", root["configurationNamingContext"][0], ber.present("objectClass"), 0.6)
        self._section("schema", root["schemaNamingContext"][0], ber.present("objectClass"), 0.8)
        no_records = ber.negation(ber.equals("objectClass", "dnsNode"))
        for base in root["namingContexts"]:
            if base.lower().startswith(("dc=domaindnszones,", "dc=forestdnszones,")):
                self._section("dns", base, no_records, 0.9)
        self._rest_of_ranges()
        for extra in EXTRAS:
            self._extra(extra, root)

    def _extra(self, extra: Extra, root: RootDse) -> None:
        """What it was to tell stays unknown as soon as one of its searches fails."""
        builder = self.builder

        def entry(dn: bytes, attributes: list[ber.Attribute]) -> None:
            extra.entry(builder, dn.decode("utf-8", "replace"), attributes)

        try:
            done = [self._reader.dump(search, entry) for search in extra.searches(builder, root) if not self._broken]
        except errors.BrokenAnswer as error:
            self._broken = str(error)
            builder.could_not_ask(*extra.columns)
        else:
            if self._broken or any(one.code for one in done):
                builder.could_not_ask(*extra.columns)

    def _section(self, section: str, base: str, match: bytes, share: float) -> None:
        before = len(self.builder)
        self._context.progress(share, Text(f"Lecture de {base}", f"Reading {base}"))
        self._search(section, Search(base, match, ATTRIBUTES), self.builder.add, lambda: len(self.builder) > before)

    def _search(
        self,
        section: str,
        search: Search,
        entry: Callable[[bytes, list[ber.Attribute]], None],
        something: Callable[[], bool],
    ) -> None:
        if self._broken:
            self.gaps.append(Gap(section, _cut(self._broken)))
            return
        try:
            done = self._reader.dump(search, entry)
        except errors.BrokenAnswer as error:
            self._broken = str(error)
            self.gaps.append(Gap(section, _cut(self._broken), truncated=something()))
            return
        if done.code:
            self.gaps.append(Gap(section, _refused(search.base, done), truncated=something()))

    def _rest_of_ranges(self) -> None:
        """The members that the server kept for later (AD gives 1,500 at a time)."""
        for _ in range(_MAX_RANGES):
            if not self.builder.unfinished or self._broken:
                break
            dn, first = self.builder.unfinished.popitem()
            row = self.builder.row_of(dn)
            search = Search(dn, ber.present("objectClass"), [f"member;range={first}-*"], ber.SCOPE_BASE)

            def entry(_dn: bytes, attributes: list[ber.Attribute], row: int = row) -> None:
                self.builder.add_members(row, attributes)

            self._search("domain", search, entry, lambda: True)
        if self.builder.unfinished:
            self.gaps.append(Gap("domain", _cut(self._broken), truncated=True))

    def _nothing(self, domain: str) -> CollectError:
        if self._broken:
            return errors.cut_before_anything(self._host, self._broken)
        if self.gaps:
            return errors.search_refused(domain, self.gaps[0].reason.en)
        return errors.empty_directory(domain)


def _password(context: Context) -> str:
    password = context.secrets.get(SECRET, "")
    if not password:
        raise CollectError(
            "Le mot de passe du compte d’audit est vide : le contrôleur ouvrirait une session anonyme ; fournissez-le.",
            "The password of the audit account is empty: the controller would open an anonymous session; give it.",
        )
    return password


def _naming(connection: ldap3.Connection, root: RootDse) -> Naming:
    base = root["defaultNamingContext"][0]
    domain = ".".join(part.partition("=")[2] for part in base.split(","))
    sid = domain_sid(connection, root)
    if not sid:
        raise errors.empty_directory(base)
    forest = forest_domains(connection, root)
    netbios = next((one.netbios for one in forest if one.dn.lower() == base.lower()), "")
    return Naming(
        domain=domain.lower(),
        netbios=netbios or domain.partition(".")[0].upper(),
        sid=sid,
        root_dn=base,
        configuration_dn=root["configurationNamingContext"][0],
        schema_dn=root["schemaNamingContext"][0],
        forest_dn=(root["rootDomainNamingContext"] or (base,))[0],
        controller=(root["dnsHostName"] or ("",))[0],
        domain_level=_number(root["domainFunctionality"]),
        forest_level=_number(root["forestFunctionality"]),
        forest=forest,
    )


def _withheld(objects: Objects, descriptors: Descriptors, naming: Naming) -> Iterator[Gap]:
    """Gaps that show once all is read: no descriptor at all, or objects of which not even the class is readable.

    Quotas, DNS containers and what is in CN=System (IPsec policies, DPAPI secrets) are withheld from ordinary accounts
    by default; the last have their own rules.
    """
    if len(descriptors) == 0:
        yield Gap("domain", _NO_DESCRIPTORS, truncated=True)
    system, base = naming.system_dn.lower(), naming.root_dn.lower()
    opaque = [objects.dn[row].lower() for row in np.flatnonzero(objects.of(Kind.OPAQUE)).tolist()]
    hidden = [dn for dn in opaque if dn.endswith(base) and not dn.endswith(system) and not dn.startswith(_OPAQUE)]
    if hidden:
        yield Gap("domain", _opaque(len(hidden), hidden[0]), truncated=True)


def _opaque(count: int, example: str) -> Text:
    return Text(
        f"{count} objet(s) du domaine sont cachés au compte d’audit, dont {example} ; accordez-lui leur lecture.",
        f"{count} object(s) of the domain are hidden from the audit account, among them {example}; grant it their "
        "reading.",
    )


def _number(values: tuple[str, ...]) -> int | None:
    return int(values[0]) if values and values[0].isdigit() else None


def _cut(detail: str) -> Text:
    return Text(
        f"La connexion s’est interrompue pendant la lecture ({detail}) : relancez l’audit.",
        f"The connection ended during the reading ({detail}): run the audit again.",
    )


def _refused(base: str, done: ber.Done) -> Text:
    if done.code == _NO_SUCH_OBJECT:
        return Text(
            f"{base} n’est pas lisible par le compte d’audit.",
            f"{base} is not readable by the audit account.",
        )
    if done.code in _LIMITS:
        return Text(
            f"Le contrôleur a limité la lecture de {base} (code {done.code}) : réduisez la taille de page ou relevez "
            "ses limites.",
            f"The controller limited the reading of {base} (code {done.code}): lower the page size or raise its "
            "limits.",
        )
    return Text(
        f"Le contrôleur a refusé la lecture de {base} (code {done.code}, {done.diagnostic}).",
        f"The controller refused the reading of {base} (code {done.code}, {done.diagnostic}).",
    )


_NO_DESCRIPTORS = Text(
    "Le contrôleur n’a donné aucun descripteur de sécurité au compte d’audit ; accordez-lui le droit de lire les "
    "autorisations.",
    "The controller gave the audit account no security descriptor; grant it the right to read permissions.",
)
