"""Facts of a domain from a collection of SharpHound or BloodHound.py (format of BloodHound CE, versions 5 and 6).

Each object becomes the raw entry that a controller would have sent, and goes through the same columns. A collection
keeps only the access entries that give control, no configuration but the PKI, no schema: what fails can be told, but
nothing in it proves that all is well. Every section is therefore a gap, and what it does not carry was never asked.
"""

from __future__ import annotations

import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

import ijson

from scanners.ad.facts import DirectoryFacts
from scanners.ad.naming import ForestDomain, Naming
from scanners.ad.sources.collect_table import TableBuilder
from scanners.ad.sources.read_bloodhound_entries import (
    ACCOUNT_COLUMNS,
    CLASSES,
    PKI_COLUMNS,
    Raw,
    Record,
    account,
    binary_sid,
    common,
    dn_of,
    identifier,
    listed,
    properties,
    stranger,
    template,
)
from scanners.archive import check_moment
from scanners.errors import CollectError
from scanners.model import Gap, Text

MAX_BYTES: Final = 4 << 30
"""Of one file, uncompressed: a collection of 100,000 objects weighs about 1 GB."""
_CHUNK: Final = 1 << 16
_LEVELS: Final = {"2003": 2, "2008": 3, "2008 R2": 4, "2012": 5, "2012 R2": 6, "2016": 7, "2025": 10}
_ENFORCED: Final = 2
"""The option of a link of policy that its `gPLink` bears (MS-GPOL 2.2.2)."""
_BAD_ZIP: Final = (
    OSError,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    UnicodeError,
)


def read_bloodhound(collection: Path, name: str = "") -> DirectoryFacts:
    """The facts of the domain that a collection (a ZIP of JSON files) tells most about.

    They are dated by the newest file of the ZIP. CollectError when it is no such collection, or a damaged one; `name`
    is how its sentence calls the file, when not by its own name.
    """
    called = name or collection.name
    try:
        with zipfile.ZipFile(collection) as bundle:
            return _Reading(bundle, called).facts()
    except _BAD_ZIP as error:
        raise _unreadable(called, str(error)) from error


@dataclass(frozen=True, slots=True)
class _Domain:
    """One domain of the collection, as its own record tells."""

    sid: str
    dn: str
    name: str
    level: int | None


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes:
        """Some bytes, none at the end."""


class _Reading:
    """One collection, read file after file: once to know the names that others point to, once for the entries."""

    def __init__(self, bundle: zipfile.ZipFile, name: str) -> None:
        self._bundle = bundle
        self._name = name
        self._files = _by_type(bundle)
        self._dn: dict[str, str] = {}
        self._builder = TableBuilder()
        self._date = _date(bundle, name)

    def facts(self) -> DirectoryFacts:
        """Everything of one domain."""
        domains = [_domain(record) for record in self._records("domains")]
        if not domains:
            raise _no_domain(self._name)
        counts = Counter(self._learn(record) for kind in CLASSES for record in self._records(kind))
        chosen = max(domains, key=lambda one: counts[one.sid])
        members = [found for kind in CLASSES for found in self._add_all(kind, chosen)]
        for row, identifiers in members:
            names = [self._dn.get(one) or self._stranger(one, chosen) for one in identifiers]
            self._builder.add_more(row, [(b"member", [name.encode() for name in names])])
        return self._finished(chosen, domains)

    def _records(self, kind: str) -> Iterator[Record]:
        for member in self._files.get(kind, ()):
            with self._bundle.open(member) as stream:
                try:
                    for record in ijson.items(_Bounded(stream, self._name), "data.item", use_float=True):
                        if isinstance(record, dict):
                            yield record
                except (ijson.JSONError, UnicodeError) as error:
                    raise _unreadable(self._name, f"{member}: {error}") from error

    def _learn(self, record: Record) -> str:
        """Where an object stands; returns the SID of its domain."""
        self._dn[identifier(record)] = dn_of(record)
        return identifier(properties(record), "domainsid")

    def _add_all(self, kind: str, domain: _Domain) -> Iterator[tuple[int, list[str]]]:
        """Add the objects of one type that belong to the domain; yields the members of its groups."""
        for record in self._records(kind):
            elsewhere = identifier(properties(record), "domainsid") not in (domain.sid, "")
            if elsewhere or not dn_of(record) or record.get("IsDeleted") is True:
                continue
            self._builder.add(dn_of(record).encode(), [*common(kind, record), *self._more(kind, record)])
            members = [identifier(one) for one in listed(record, "Members")] if kind == "groups" else []
            if members:
                yield len(self._builder) - 1, members

    def _stranger(self, sid: str, domain: _Domain) -> str:
        """Where the domain keeps an identity that is not its own, as Authenticated Users: collectors name no place.

        An identity of the domain that was not collected stays what it is, a bare SID.
        """
        binary = binary_sid(sid)
        if not binary or sid.startswith(f"{domain.sid}-"):
            return sid
        dn = f"CN={sid},CN=ForeignSecurityPrincipals,{domain.dn}"
        self._builder.add(dn.encode(), stranger(binary))
        self._dn[sid] = dn
        return dn

    def _more(self, kind: str, record: Record) -> Raw:
        """What objects of one type have besides."""
        if kind in ("users", "computers"):
            return account(kind, record)
        if kind in ("domains", "ous"):
            return self._links(record)
        if kind == "certtemplates":
            return template(record)
        return self._published(record) if kind == "enterprisecas" else []

    def _links(self, record: Record) -> Raw:
        """Links of policies, as `gPLink` writes them."""
        links = [(self._dn.get(identifier(one, "GUID"), ""), one.get("IsEnforced")) for one in listed(record, "Links")]
        written = "".join(f"[LDAP://{dn};{_ENFORCED if enforced is True else 0}]" for dn, enforced in links if dn)
        return [(b"gPLink", [written.encode()])] if written else []

    def _published(self, record: Record) -> Raw:
        """The templates that an authority issues, by their common names."""
        found = [self._dn.get(identifier(one), "") for one in listed(record, "EnabledCertTemplates")]
        names = [dn.partition(",")[0].partition("=")[2].encode() for dn in found if dn]
        return [(b"certificateTemplates", names)] if names else []

    def _finished(self, domain: _Domain, domains: list[_Domain]) -> DirectoryFacts:
        with_pki = "certtemplates" in self._files
        self._builder.asked = ACCOUNT_COLUMNS | (PKI_COLUMNS if with_pki else frozenset())
        objects, permissions = self._builder.tables()
        left_out = self._builder.rejected
        undecodable = [_undecodable(left_out, self._builder.last_rejected)] if left_out else []
        gaps = (
            *(Gap("domain", reason, truncated=True) for reason in undecodable),
            Gap("domain", _NO_PROOF, truncated=True),
            Gap("configuration", _NO_PROOF, truncated=with_pki),
            Gap("schema", _NO_PROOF),
            Gap("dns", _NO_PROOF),
        )
        return DirectoryFacts(self._date, _naming(domain, domains), objects, permissions, gaps, only_control=True)


class _Bounded:
    """A member of the ZIP that stops at the bound, whatever its header says."""

    def __init__(self, stream: _Stream, name: str) -> None:
        self._stream, self._name, self._count = stream, name, 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes; CollectError beyond the bound."""
        chunk = self._stream.read(size if size >= 0 else _CHUNK)
        self._count += len(chunk)
        if self._count > MAX_BYTES:
            raise _unreadable(self._name, f"> {MAX_BYTES} bytes")
        return chunk


def _date(bundle: zipfile.ZipFile, name: str) -> datetime:
    """ZIP files bear no time zone: some hours more or less change no age that a rule looks at. CollectError when they
    bear no date of our time: ages would be computed from it."""
    try:
        newest = max(datetime(*info.date_time, tzinfo=UTC) for info in bundle.infolist())
        return check_moment(newest)
    except ValueError as error:
        raise _undated(name) from error


def _by_type(bundle: zipfile.ZipFile) -> dict[str, list[str]]:
    """The JSON files of each type: `20260101120000_users.json`, or `users.json`."""
    files: dict[str, list[str]] = {}
    for name in bundle.namelist():
        stem = name.rpartition("/")[2].lower()
        kind = stem.removesuffix(".json").rpartition("_")[2]
        if stem.endswith(".json") and kind in CLASSES:
            files.setdefault(kind, []).append(name)
    return files


def _domain(record: Record) -> _Domain:
    told = properties(record)
    level = _LEVELS.get(str(told.get("functionallevel") or "").removeprefix("Windows Server ").strip())
    return _Domain(identifier(record), dn_of(record), str(told.get("name") or "").lower(), level)


def _naming(domain: _Domain, domains: Iterable[_Domain]) -> Naming:
    """Names of the domain. The root of the forest is the domain of the shortest name that ours ends with."""
    parents = [one for one in domains if domain.dn.lower().endswith(one.dn.lower())]
    root = min(parents, key=lambda one: len(one.dn)).dn
    configuration = f"CN=Configuration,{root}"
    return Naming(
        domain=domain.name,
        netbios=domain.name.partition(".")[0].upper(),
        sid=domain.sid,
        root_dn=domain.dn,
        configuration_dn=configuration,
        schema_dn=f"CN=Schema,{configuration}",
        forest_dn=root,
        controller="",
        domain_level=domain.level,
        forest_level=None,
        forest=tuple(ForestDomain(one.dn, one.name.partition(".")[0].upper(), one.sid) for one in domains),
    )


_NO_PROOF: Final = Text(
    "Une collecte BloodHound ne garde que les droits dangereux et une partie des objets : elle montre ce qui échoue, "
    "sans prouver que le reste va bien ; lancez l’audit LDAP pour le savoir.",
    "A BloodHound collection keeps dangerous rights and some of the objects only: it shows what fails, and does not "
    "prove that the rest is well; run the LDAP audit to know.",
)


def _undecodable(count: int, example: str) -> Text:
    return Text(
        f"{count} valeur(s) ou permissions de la collecte sont indéchiffrables ou trop nombreuses pour un objet, dont "
        f"une de {example} ; vérifiez cet objet, ou lancez l’audit LDAP.",
        f"{count} value(s) or permissions of the collection cannot be decoded or are too many for one object, one of "
        f"them of {example}; check that object, or run the LDAP audit.",
    )


def _undated(name: str) -> CollectError:
    return CollectError(
        f"Les fichiers de {name} ne portent pas la date de la collecte, dont dépend l’âge des mots de passe ; donnez "
        "le fichier ZIP tel que le collecteur l’a écrit.",
        f"The files of {name} do not bear the date of the collection, on which the age of passwords depends; give the "
        "ZIP file as the collector wrote it.",
    )


def _unreadable(name: str, detail: str) -> CollectError:
    return CollectError(
        f"{name} n’est pas lisible comme une collecte SharpHound ou BloodHound.py ({detail}) ; refaites la collecte, "
        "et donnez le fichier ZIP tel quel.",
        f"{name} cannot be read as a SharpHound or BloodHound.py collection ({detail}); collect again, and give the "
        "ZIP file as it is.",
    )


def _no_domain(name: str) -> CollectError:
    return CollectError(
        f"{name} ne contient pas le fichier « domains » d’une collecte SharpHound ou BloodHound.py, version CE ; "
        "collectez avec la méthode All ou DCOnly.",
        f"{name} does not hold the “domains” file of a SharpHound or BloodHound.py collection, CE version; collect "
        "with the method All or DCOnly.",
    )
