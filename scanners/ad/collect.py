"""Collects the facts of one domain over LDAP, read-only, with an ordinary account.

One paged search per naming context and an explicit list of attributes; no search per object, except the rest of a
group whose members the server cuts in ranges.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic.dataclasses import dataclass

from scanners.ad.facts import MAX_CLOCK_GAP, DirectoryFacts
from scanners.ad.ldap import collect_ber as ber
from scanners.ad.ldap import collect_errors as errors
from scanners.ad.ldap.collect_connect import (
    Access,
    RootDse,
    close,
    connect,
    domain_as_written,
    domain_sid,
    forest_domains,
    parse_address,
    partitions,
    peer,
)
from scanners.ad.ldap.collect_dump import PagedReader, Search
from scanners.ad.ldap.collect_pace import Pace, parse_hours
from scanners.ad.ldap.collect_probes import not_tried, probe
from scanners.ad.ldap.collect_sasl import ACCOUNT, Authentication
from scanners.ad.naming import Naming
from scanners.ad.sources.collect_extras import EXTRAS, Extra
from scanners.ad.sources.collect_gaps import withheld
from scanners.ad.sources.collect_sysvol import Share, read_sysvol
from scanners.ad.sources.collect_table import ATTRIBUTES, TableBuilder
from scanners.ad.sources.read_bloodhound import read_bloodhound
from scanners.ad.transport import Transport
from scanners.collect import Context
from scanners.errors import CollectError
from scanners.lifecycle import imported_rows
from scanners.model import Gap, Text
from scanners.read_yaml import MAX_CHARACTERS

SECRET = "password"  # noqa: S105 - the name under which the context holds it

_NO_SUCH_OBJECT = 32
_LIMITS = {3, 4, 11}
"""Time, size and administrative limits (RFC 4511): what came before them is true, but not all."""
_REFERRAL = 10
_LATER = {51, 52}
"""Busy, unavailable."""
_WILL_NOT = {12, 53}
"""A critical control is unknown, or the server is unwilling: a page size or a cookie it does not like."""
_MAX_RANGES = 100_000


@dataclass(frozen=True)
class Request:
    """Which controller to read, and as whom. The password is the secret `password`.

    `server` is an `ldaps://` or `ldap://` URL; `user` is a UPN, `NETBIOS\\name` or a distinguished name; `ca_pem` is
    the certificate of the authority to trust (the system's authorities when empty). `authentication` is `simple`,
    `ntlm` or `kerberos`; on an `ldap://` connection the last two sign and encrypt by themselves, `start_tls` encrypts
    a simple one and `allow_clear_text` lets its password travel unencrypted when the server has no TLS to offer.
    `seconds` bounds each answer.
    `sysvol` also reads the files of group policies, over SMB on the same controller.
    `pages_per_second` slows the reading down (0: as fast as the server answers), `hours` (`22:00-06:00`, on the clock
    of `time_zone`) is when it may take place. `probe` then tries what the controller protects. `collection`, in place
    of the server and the user, is the path of a BloodHound collection (too large to be handed over). `lifecycle_yaml`
    is the table of ends of support imported over the packaged one.
    """

    collection: str = ""
    server: Annotated[str, Field(validate_default=True)] = ""
    user: Annotated[str, Field(max_length=512, validate_default=True)] = ""
    ca_pem: Annotated[str, Field(max_length=1 << 20)] = ""
    start_tls: bool = True
    allow_clear_text: bool = False
    sysvol: bool = False
    page_size: Annotated[int, Field(ge=10, le=5000)] = 1000
    seconds: Annotated[int, Field(ge=1, le=600)] = 60
    authentication: Authentication = Authentication.SIMPLE
    pages_per_second: Annotated[float, Field(ge=0, le=1000)] = 0
    hours: Annotated[str, Field(max_length=40)] = ""
    time_zone: Annotated[str, Field(max_length=60)] = ""
    probe: bool = False
    lifecycle_yaml: Annotated[str, Field(max_length=MAX_CHARACTERS)] = ""

    @field_validator("server", "user")
    @classmethod
    def _says_one_source(cls, value: str, info: ValidationInfo) -> str:
        """A controller and an account, or a collection in their place."""
        if info.data.get("collection"):
            if value:
                raise errors.two_sources()
        elif not value:
            raise errors.no_controller() if info.field_name == "server" else errors.no_account()
        return value

    @field_validator("server")
    @classmethod
    def _is_an_address(cls, server: str) -> str:
        if server:
            parse_address(server)
        return server

    @field_validator("ca_pem")
    @classmethod
    def _is_pem(cls, ca_pem: str) -> str:
        if ca_pem.strip() and "-----BEGIN CERTIFICATE-----" not in ca_pem:
            raise errors.malformed_authority()
        return ca_pem.strip()

    @model_validator(mode="after")
    def _one_protection_is_enough(self) -> Request:
        """NTLM and Kerberos seal by themselves."""
        if self.authentication is not Authentication.SIMPLE and self.server.startswith("ldap://"):
            object.__setattr__(self, "start_tls", False)
        return self

    @model_validator(mode="after")
    def _has_an_account_and_hours(self) -> Request:
        if self.authentication is not Authentication.SIMPLE and not ACCOUNT.fullmatch(self.user):
            raise errors.malformed_account(self.user)
        parse_hours(self.hours, self.time_zone)
        return self


def target_name(request: Request) -> str:
    """How the audit names what it looked at: the URL of the controller, or the file of the collection."""
    return request.server or Path(request.collection).name


def collect(request: Request, context: Context) -> DirectoryFacts:
    """Read the whole domain. CollectError when nothing can be read; a part that could not be is a gap."""
    table = imported_rows(request.lifecycle_yaml)
    if request.collection:
        context.progress(0.0, Text("Lecture de la collecte BloodHound", "Reading the BloodHound collection"))
        return replace(read_bloodhound(Path(request.collection)), lifecycle=table)
    return replace(_of_controller(request, context), lifecycle=table)


def _of_controller(request: Request, context: Context) -> DirectoryFacts:
    pace = _pace(request, context)
    access = Access(
        address=parse_address(request.server),
        user=request.user,
        password=_password(context),
        ca_pem=request.ca_pem,
        start_tls=request.start_tls,
        clear_text=request.allow_clear_text,
        seconds=request.seconds,
        authentication=request.authentication,
    )
    context.progress(0.0, Text("Connexion au contrôleur de domaine", "Connecting to the domain controller"))
    began = time.monotonic()
    session = connect(access)
    took = timedelta(seconds=time.monotonic() - began)
    try:
        ahead = clock_ahead(session.root, context.now, took)
        _require_same_clock(ahead, access.address.host)
        reader = PagedReader(session.channel, request.page_size, seconds=request.seconds, may_ask=pace)
        naming, unnamed = _naming(reader, session.root)
        controller = peer(session.connection, access.address.host)
        reading = Reading(reader, context, access.address.host)
        with _no_search_for_cycles():
            reading.everything(session.root)
    finally:
        close(session.connection)
    objects, descriptors = reading.builder.tables()
    gaps = (*unnamed, *reading.gaps, *withheld(objects, descriptors, naming, session.root["namingContexts"]))
    transport = _transport(request, access, session.root, context)
    clock = None if ahead is None else ahead.total_seconds()
    facts = DirectoryFacts(context.now, naming, objects, descriptors, gaps, transport=transport, clock_ahead=clock)
    return _with_sysvol(facts, access, controller, context, pace) if request.sysvol else facts


def _with_sysvol(
    facts: DirectoryFacts, access: Access, controller: str, context: Context, pace: Pace
) -> DirectoryFacts:
    """The facts with the policies of the very machine that answered: its name may be that of several."""
    context.progress(0.93, Text("Lecture de SYSVOL", "Reading SYSVOL"))
    user = access.user
    row = facts.objects.row_by_dn.get(user.lower(), -1)
    if row >= 0:  # SMB knows no distinguished names
        user = f"{facts.naming.netbios}\\{facts.objects.text('sAMAccountName', row)}"
    share = Share(controller, facts.naming.domain, user, access.password, access.seconds)
    sysvol, gaps = read_sysvol(share, context.progress, pace)
    return replace(facts, sysvol=sysvol, gaps=(*facts.gaps, *gaps))


def _transport(request: Request, access: Access, root: RootDse, context: Context) -> Transport | None:
    """What the controller protects, when it is to be tried; once the hours are over, why it was not."""
    if not request.probe:
        return None
    hours = parse_hours(request.hours, request.time_zone)
    if hours and not hours.contain(now := datetime.now(UTC)):
        return not_tried(errors.probe_outside_hours(str(hours), hours.told(now)))
    context.progress(0.92, Text("Essai des protections du contrôleur", "Trying the protections of the controller"))
    return probe(access, root)


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """The columns of a dump grow to millions of values and hold no cycle: looking for some takes 6 % of its time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class Reading:
    """The dump of all naming contexts, and what was missing from it."""

    def __init__(self, reader: PagedReader, context: Context, host: str) -> None:
        self.builder = TableBuilder()
        self.gaps: list[Gap] = []
        self._reader = reader
        self._context = context
        self._host = host
        self._broken: Text | None = None

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
            self._broken = error.gap
            builder.could_not_ask(*extra.columns)
        else:
            if self._broken or any(one.code for one in done):
                builder.could_not_ask(*extra.columns)

    def _section(self, section: str, base: str, match: bytes, share: float) -> None:
        before, rejected = len(self.builder), self.builder.rejected
        self._context.progress(share, Text(f"Lecture de {base}", f"Reading {base}"))
        self._search(section, Search(base, match, ATTRIBUTES), self.builder.add, lambda: len(self.builder) > before)
        if left_out := self.builder.rejected - rejected:
            self.gaps.append(Gap(section, _undecodable(left_out, self.builder.last_rejected), truncated=True))

    def _search(
        self,
        section: str,
        search: Search,
        entry: Callable[[bytes, list[ber.Attribute]], None],
        something: Callable[[], bool],
    ) -> None:
        if self._broken:
            self.gaps.append(Gap(section, self._broken))
            return
        try:
            done = self._reader.dump(search, entry)
        except errors.BrokenAnswer as error:
            self._broken = error.gap
            self.gaps.append(Gap(section, error.gap, truncated=something()))
            return
        if done.code:
            self.gaps.append(Gap(section, _refused(search.base, done), truncated=something()))

    def _rest_of_ranges(self) -> None:
        """The values that the server kept for later (AD gives 1,500 at a time)."""
        unfinished, rejected = self.builder.unfinished, self.builder.rejected
        for _ in range(_MAX_RANGES):
            if not unfinished or self._broken:
                break
            (dn, attribute), first = next(iter(unfinished.items()))
            row, gaps = self.builder.row_of(dn), len(self.gaps)
            search = Search(dn, ber.present("objectClass"), [f"{attribute};range={first}-*"], ber.SCOPE_BASE)

            def entry(_dn: bytes, attributes: list[ber.Attribute], row: int = row) -> None:
                self.builder.add_more(row, attributes)

            self._search("domain", search, entry, lambda: True)
            if unfinished.get((dn, attribute)) == first:  # nothing that goes on from there: never asked again
                del unfinished[dn, attribute]
                told = len(self.gaps) > gaps
                self.gaps += [] if told else [Gap("domain", _without_rest(dn, attribute, first), truncated=True)]
                rejected = self.builder.rejected
        if unfinished:
            self.gaps.append(Gap("domain", self._broken or _TOO_MANY_RANGES, truncated=True))
        if left_out := self.builder.rejected - rejected:
            self.gaps.append(Gap("domain", _undecodable(left_out, self.builder.last_rejected), truncated=True))

    def _nothing(self, domain: str) -> CollectError:
        if self.gaps:
            return _stopped(self.gaps[0].reason)
        return errors.empty_directory(domain)


def _password(context: Context) -> str:
    password = context.secrets.get(SECRET, "")
    if not password:
        raise CollectError(
            "Le mot de passe du compte d’audit est vide : le contrôleur ouvrirait une session anonyme ; fournissez-le.",
            "The password of the audit account is empty: the controller would open an anonymous session; give it.",
        )
    return password


def _pace(request: Request, context: Context) -> Pace:
    hours = parse_hours(request.hours, request.time_zone)
    if hours and not hours.contain(context.now):
        raise errors.outside_hours(str(hours), hours.told(context.now))
    return Pace(request.pages_per_second, hours, lambda: datetime.now(UTC))


def _require_same_clock(ahead: timedelta | None, host: str) -> None:
    """Ages are computed on our clock from dates that controllers wrote: beyond a day, CollectError."""
    if ahead is not None and abs(ahead) > MAX_CLOCK_GAP:
        raise errors.clocks_disagree(host, round(abs(ahead) / timedelta(hours=1)))


def clock_ahead(root: RootDse, asked: datetime, took: timedelta) -> timedelta | None:
    """By how much the controller's clock is ahead of ours, less than zero when behind; None when it does not say.

    It told its time some moment of the `took` after `asked`: whatever that moment explains is no difference.
    """
    told = controller_time(root)
    return None if told is None else told - min(max(told, asked), asked + took)


def controller_time(root: RootDse) -> datetime | None:
    """What time it is for the controller, None when it does not say."""
    told = (root["currentTime"] or ("",))[0].partition(".")[0].rstrip("Z")
    try:
        return datetime.strptime(told, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _naming(reader: PagedReader, root: RootDse) -> tuple[Naming, list[Gap]]:
    """The names of the domain and of its forest, and what is missing from them.

    Below the root of a forest, without its partitions, its administrators would look like strangers: CollectError.
    """
    base, domain = root["defaultNamingContext"][0], domain_as_written(root)
    forest_dn = (root["rootDomainNamingContext"] or (base,))[0]
    try:
        sid, of_sid = domain_sid(reader, root)
        forest, of_forest = forest_domains(reader, root)
    except errors.BrokenAnswer as error:
        raise CollectError(error.gap.fr, error.gap.en) from error
    if not sid:
        raise _stopped(_refused(base, of_sid)) if of_sid.code else errors.empty_directory(base)
    missing = [_refused(partitions(root), of_forest)] if of_forest.code else []
    if missing and forest_dn.lower() != base.lower():
        raise _stopped(missing[0])
    netbios = next((one.netbios for one in forest if one.dn.lower() == base.lower()), "")
    naming = Naming(
        domain=domain.lower(),
        netbios=netbios or domain.partition(".")[0].upper(),
        sid=sid,
        root_dn=base,
        configuration_dn=root["configurationNamingContext"][0],
        schema_dn=root["schemaNamingContext"][0],
        forest_dn=forest_dn,
        controller=(root["dnsHostName"] or ("",))[0],
        domain_level=_number(root["domainFunctionality"]),
        forest_level=_number(root["forestFunctionality"]),
        forest=forest,
    )
    return naming, [Gap("configuration", reason, truncated=True) for reason in missing]


def _stopped(reason: Text) -> CollectError:
    return CollectError(reason.fr, reason.en)


def _undecodable(count: int, example: str) -> Text:
    return Text(
        f"{count} valeur(s) envoyées par le contrôleur sont indéchiffrables, dont une de {example} ; vérifiez cet "
        "objet et la santé du contrôleur (dcdiag), puis relancez l’audit.",
        f"{count} value(s) sent by the controller cannot be decoded, one of them of {example}; check that object "
        "and the health of the controller (dcdiag), then run the audit again.",
    )


def _without_rest(dn: str, attribute: str, first: int) -> Text:
    return Text(
        f"Le contrôleur n’a pas donné la suite de {attribute} de {dn} (à partir de la valeur {first}) ; vérifiez la "
        "santé du contrôleur (dcdiag), puis relancez l’audit.",
        f"The controller did not give the rest of {attribute} of {dn} (from value {first}); check the health of the "
        "controller (dcdiag), then run the audit again.",
    )


def _number(values: tuple[str, ...]) -> int | None:
    return int(values[0]) if values and values[0].isdigit() else None


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
    if done.code == _REFERRAL:
        return Text(
            f"Le contrôleur renvoie vers un autre serveur pour lire {base} ; CaRE ne suit pas les renvois : donnez "
            "l’adresse d’un contrôleur de ce domaine.",
            f"The controller refers to another server for reading {base}; CaRE follows no referral: give the address "
            "of a controller of that domain.",
        )
    if done.code in _LATER:
        return Text(
            f"Le contrôleur est trop occupé pour donner {base} (code {done.code}) ; relancez l’audit plus tard, ou "
            "limitez le nombre de pages par seconde.",
            f"The controller is too busy to give {base} (code {done.code}); run the audit later, or limit the number "
            "of pages a second.",
        )
    if done.code in _WILL_NOT:
        return Text(
            f"Le contrôleur refuse de donner {base} page par page (code {done.code}, {done.diagnostic}) : réduisez la "
            "taille de page, ou donnez un autre contrôleur.",
            f"The controller refuses to give {base} page by page (code {done.code}, {done.diagnostic}): lower the page "
            "size, or give another controller.",
        )
    return Text(
        f"Le contrôleur a refusé la lecture de {base} (code {done.code}, {done.diagnostic}).",
        f"The controller refused the reading of {base} (code {done.code}, {done.diagnostic}).",
    )


_TOO_MANY_RANGES = Text(
    "Un groupe a plus de membres que CaRE n’en lit ; signalez-le.",
    "A group has more members than CaRE reads; report it.",
)
