"""Facts of one Active Directory domain, and what every rule needs to know of them.

Sections a gap can name: `domain`, `configuration`, `schema` and `dns`, one per naming context, and `sysvol`. What is
withheld on single objects shows in the columns: descriptor `WITHHELD`, attribute `MISSING`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache, partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from scanners.ad import sids
from scanners.ad.access import Holders
from scanners.ad.archived import pack, pack_sysvol, unpack, unpack_sysvol
from scanners.ad.columns import ALL_COLUMNS, INT_COLUMNS, MISSING, Ints, Kind, Mask, Objects, TextColumn
from scanners.ad.control_paths.certificate_edges import certificate_edges
from scanners.ad.control_paths.delegation_edges import delegation_edges
from scanners.ad.control_paths.graph import ControlGraph, build_graph
from scanners.ad.control_paths.sparse import Numbers, grouped, ranges
from scanners.ad.descriptors import Descriptors
from scanners.ad.naming import Naming, unit_of
from scanners.ad.subjects.enrolment import Enrolment, authority_hosts, need_stores, who_enrols
from scanners.ad.subjects.local_passwords import Secret, local_password_edges, who_reads
from scanners.ad.sysvol import Sysvol
from scanners.ad.transport import Transport
from scanners.archive import Parts, check_moment
from scanners.exchange import Directory, Machine, Principal
from scanners.lifecycle import LifeCycle, rows_as_json, rows_from_json
from scanners.model import Gap, NotAssessable, Scalar, Text

ACCOUNTS: Final = (Kind.USER, Kind.COMPUTER, Kind.GMSA, Kind.SMSA, Kind.DMSA)
PRINCIPALS: Final = (*ACCOUNTS, Kind.GROUP, Kind.FOREIGN)

UAC_DISABLED: Final = 0x2
UAC_PASSWORD_NOT_REQUIRED: Final = 0x20
UAC_REVERSIBLE: Final = 0x80
UAC_TRUST_ACCOUNT: Final = 0x800
UAC_WORKSTATION: Final = 0x1000
UAC_CONTROLLER: Final = 0x2000
UAC_NEVER_EXPIRES: Final = 0x10000
UAC_SMARTCARD: Final = 0x40000
UAC_UNCONSTRAINED: Final = 0x80000
UAC_NOT_DELEGATED: Final = 0x100000
UAC_DES_ONLY: Final = 0x200000
UAC_NO_PREAUTH: Final = 0x400000
UAC_PROTOCOL_TRANSITION: Final = 0x1000000
UAC_PARTIAL_SECRETS: Final = 0x4000000

EDGE_COLUMNS: Final = (
    *("gPLink", "gPOptions", "managedBy", "serverReference", "sIDHistory"),
    *("lDAPDisplayName", "schemaIDGUID", "searchFlags"),
    *("msDS-AllowedToActOnBehalfOfOtherIdentity", "msDS-AllowedToDelegateTo", "msDS-GroupMSAMembership"),
    *("certificateTemplates", "pKIExtendedKeyUsage", "msPKI-Certificate-Application-Policy", "msPKI-RA-Signature"),
    *("msPKI-Certificate-Name-Flag", "msPKI-Enrollment-Flag", "msPKI-Template-Schema-Version", "msDS-OIDToGroupLink"),
    *("msPKI-Cert-Template-OID", "msPKI-Certificate-Policy", "msPKI-RA-Application-Policies"),
)
"""What the edges of the control graph are made of, besides members and permissions."""
_OF_ENTRA = ("azureadssoacc$", "azureadkerberos$")
MAX_GAPS: Final = 1000
MAX_CLOCK_GAP: Final = timedelta(days=1)
"""Between the clock of the controller and ours: beyond, every age would be wrong, and there is no audit."""
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_NEVER = (1 << 63) - 1
TICKS_PER_DAY: Final = 864_000_000_000


@dataclass(frozen=True)
class DirectoryFacts:
    """One domain as an account saw it at `collected_at` (UTC), the date against which every age is computed."""

    collected_at: datetime
    naming: Naming
    objects: Objects
    permissions: Descriptors
    gaps: tuple[Gap, ...] = ()
    only_control: bool = False
    sysvol: Sysvol | None = None
    """None when its reading was not asked for, or brought nothing (a gap then says why)."""
    transport: Transport | None = None
    clock_ahead: float | None = None
    """By how many seconds the clock of the controller is ahead of ours (behind, below zero); None when unknown."""
    lifecycle: tuple[LifeCycle, ...] = ()
    """Ends of support imported over the packaged table."""

    @property
    def descriptors(self) -> Descriptors:
        """The security descriptors, whole. NotAssessable when the source kept only what gives control: what is absent
        from such `permissions` may have been left out."""
        self.need_whole()
        return self.permissions

    def need_whole(self) -> None:
        """NotAssessable when the source is a collection of dangerous rights: absence proves nothing there."""
        if self.only_control:
            raise NotAssessable(
                "Cette source ne garde que les droits dangereux et une partie des objets ; lancez l’audit LDAP.",
                "This source keeps dangerous rights and some of the objects only; run the LDAP audit.",
            )

    # ── who is who ──────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def accounts(self) -> Mask:
        """Users, computers and managed service accounts."""
        return self.objects.of(*ACCOUNTS)

    @cached_property
    def users(self) -> Mask:
        """User accounts, without those that carry a trust."""
        return self.objects.of(Kind.USER) & ~self.flag(UAC_TRUST_ACCOUNT)

    @cached_property
    def enabled(self) -> Mask:
        """Accounts not known to be disabled: one whose flags are withheld may be in use (`hidden`)."""
        return self.accounts & ~self.flag(UAC_DISABLED)

    @cached_property
    def hidden(self) -> Mask:
        """Accounts whose flags were withheld: nothing sure can be said of them."""
        unknown: Mask = self.accounts & (self.objects.ints("userAccountControl") == MISSING)
        return unknown

    @cached_property
    def controllers(self) -> Mask:
        """Domain controllers, read-only ones included."""
        groups = (sids.RID_DOMAIN_CONTROLLERS, sids.RID_READ_ONLY_CONTROLLERS)
        return self.objects.of(Kind.COMPUTER) & np.isin(self.objects.ints("primaryGroupID"), groups)

    @cached_property
    def servers(self) -> Mask:
        """Computers whose operating system is a server edition, domain controllers left out."""
        rows = [row for row, values in self.objects.texts("operatingSystem").items() if "server" in values[0].lower()]
        return self.mask(rows) & self.objects.of(Kind.COMPUTER) & ~self.controllers

    @cached_property
    def domain_row(self) -> int:
        """The head of the domain; NotAssessable when it was not readable."""
        return self.row_at(self.naming.root_dn)

    @cached_property
    def membership(self) -> tuple[Ints, Ints]:
        """Every membership as (rows of groups, rows of members), primary groups included, deleted objects left out.

        Well-known identities may be several objects: all stand for the one of `row_of`.
        """
        primary = self.objects.ints("primaryGroupID")
        members = np.flatnonzero(self.accounts & (primary != MISSING))
        rids, which = np.unique(primary[members], return_inverse=True)
        groups = np.array([self.row_of_rid(rid) for rid in rids.tolist()], dtype=np.int64)[which]
        known = groups >= 0
        one_row = np.arange(len(self.objects))
        for row in np.flatnonzero(self.objects.of(Kind.FOREIGN)).tolist():
            one_row[row] = self.objects.row_by_sid.get(self.objects.sid(row), row)
        parents = np.concatenate([self.objects.member_of, groups[known]])
        children = one_row[np.concatenate([self.objects.member, members[known]])]
        gone = self.objects.of(Kind.DELETED)
        if gone.any():
            living = ~gone[parents] & ~gone[children]
            parents, children = parents[living], children[living]
        return parents, children

    @cached_property
    def privileged_groups(self) -> Mask:
        """The groups ANSSI holds for privileged, without those nested in them."""
        naming = self.naming
        rows = (self.row_of(sid) for sid in sids.privileged_group_sids(naming.sid, naming.forest_sid))
        return self.mask(row for row in rows if row >= 0)

    @cached_property
    def forest_privileged(self) -> frozenset[str]:
        """SIDs of the privileged groups of every domain of the forest: a forest is one, its domains are no borders."""
        forest = self.naming.forest_sid
        domains = {self.naming.sid, *(one.sid for one in self.naming.forest if one.sid)}
        return frozenset(sid for domain in domains for sid in sids.privileged_group_sids(domain, forest))

    @cached_property
    def privileged(self) -> Mask:
        """Privileged groups, the groups nested in them, and all their members."""
        return self.members_of(self.privileged_groups)

    @cached_property
    def privileged_users(self) -> Mask:
        """Privileged accounts of people and services: controllers left out."""
        kinds = self.objects.of(Kind.USER, Kind.COMPUTER, Kind.GMSA, Kind.SMSA, Kind.DMSA)
        return self.privileged & kinds & ~self.controllers

    @cached_property
    def tier_zero(self) -> Mask:
        """What gives the domain away.

        Privileged groups and members, controllers, the head of the domain, AdminSDHolder, krbtgt, and the machines of
        the certification authorities, which sign certificates for anybody.
        """
        heads = (self.naming.root_dn, f"CN=AdminSDHolder,{self.naming.system_dn}")
        rows = (self.objects.row_by_dn.get(dn.lower(), -1) for dn in heads)
        krbtgt = self.row_of_rid(sids.RID_KRBTGT)
        strongest = self.privileged | self.controllers | self.authority_hosts
        return strongest | self.mask(row for row in (*rows, krbtgt) if row >= 0)

    def members_of(self, groups: Mask) -> Mask:
        """These groups with all that is in them, nested or not. Loops end."""
        parents, children = self.membership
        inside = groups.copy()
        while True:
            grown = inside.copy()
            grown[children[inside[parents]]] = True
            if bool((grown == inside).all()):
                return inside
            inside = grown

    def holding(self, sid: str) -> Mask:
        """The principals that act with a SID: its object, all that is in it, everyone when it means everyone."""
        inside = self._inside(sid)
        return self.objects.of(*PRINCIPALS) if inside is None else self.mask(inside.tolist())

    def acting_as(self, sid: str) -> int:
        """How many enabled accounts act with a SID."""
        if sid not in self._acting:
            inside = self._inside(sid)
            self._acting[sid] = int((self.enabled if inside is None else self.enabled[inside]).sum())
        return self._acting[sid]

    def _inside(self, sid: str) -> Ints | None:
        """Rows of an object and of all that is in it, None for those that mean everyone or hold who does."""
        row = self.row_of(sid)
        everybody = {self.row_of(each) for each in sids.EVERYBODY} - {-1}
        if sid in sids.EVERYBODY or row in everybody:
            return None
        found = {row} - {-1}
        fresh = np.array(list(found), dtype=np.int64)
        order, start = self._members_by_group
        children = self.membership[1]
        while len(fresh):
            below = np.unique(children[order[ranges(start[fresh], start[fresh + 1])]]).tolist()
            fresh = np.array([each for each in below if each not in found], dtype=np.int64)
            found.update(fresh.tolist())
            if found & everybody:
                return None
        return np.array(sorted(found), dtype=np.int64)

    @cached_property
    def _members_by_group(self) -> tuple[Numbers, Ints]:
        return grouped(self.membership[0], len(self.objects))

    @cached_property
    def _acting(self) -> dict[str, int]:
        return {}

    @cached_property
    def inhabited(self) -> Mask:
        """Accounts in use, principals from elsewhere, and the groups that hold one of them, nested or not."""
        parents, children = self.membership
        inside = self.enabled | self.objects.of(Kind.FOREIGN) | self.mask(self.objects.outside)
        while True:
            grown = inside.copy()
            grown[parents[inside[children]]] = True
            if bool((grown == inside).all()):
                return inside
            inside = grown

    def direct_members(self, group: int) -> Ints:
        """Rows of the direct members of one group."""
        parents, children = self.membership
        return np.unique(children[parents == group])

    # ── who controls whom ───────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def graph(self) -> ControlGraph:
        """The control graph of the domain."""
        # An edge that is found counts, wherever it is from: what was not asked for makes fewer of them (`need_edges`).
        objects = self.objects if self.objects.asked == ALL_COLUMNS else replace(self.objects, asked=ALL_COLUMNS)
        steps = (partial(certificate_edges, self), partial(local_password_edges, self), partial(delegation_edges, self))
        return build_graph(objects, self.permissions, self.membership, self.enabled, steps)

    def need_edges(self) -> None:
        """NotAssessable when some edges of the graph were not asked for, or the certificates that make some do not
        show: that there is no path is then not known."""
        for column in EDGE_COLUMNS:
            (self.objects.ints if column in INT_COLUMNS else self.objects.texts)(column)
        need_stores(self)

    @cached_property
    def local_passwords(self) -> tuple[tuple[Secret, Holders], ...]:
        """Who may read each password that LAPS keeps in the directory."""
        return who_reads(self)

    @cached_property
    def authority_hosts(self) -> Mask:
        """The machines of the certification authorities of the forest, as far as they are of this domain."""
        return authority_hosts(self)

    @cached_property
    def enrolment(self) -> Mapping[int, Enrolment]:
        """Who may ask for a certificate of each published template, by row."""
        return who_enrols(self)

    # ── one object ──────────────────────────────────────────────────────────────────────────────────────────────

    def row_of(self, sid: str) -> int:
        """The row of a SID, -1 when no object read has it."""
        return self.objects.row_by_sid.get(sid, -1)

    def row_of_rid(self, rid: int) -> int:
        """The row of an object of the audited domain by the last number of its SID, -1 when it was not read."""
        return self.row_of(f"{self.naming.sid}-{rid}")

    def row_at(self, dn: str) -> int:
        """The row of a distinguished name; NotAssessable when the object was not readable."""
        row = self.objects.row_by_dn.get(dn.lower(), -1)
        if row < 0:
            raise NotAssessable(
                f"L’objet {dn} n’est pas lisible par le compte d’audit ; donnez-lui le droit de le lire.",
                f"The object {dn} is not readable by the audit account; grant it the right to read it.",
            )
        return row

    def subject(self, row: int) -> str:
        """How findings name an object: `NETBIOS\\account` for principals, the distinguished name for others."""
        account = self._account_names.get(row)
        if account and account[0] and self._principals[row]:
            return f"{self.naming.netbios}\\{account[0]}"
        return self.objects.dn[row]

    def evidence(self, row: int, **more: Scalar) -> Mapping[str, Scalar]:
        """What identifies an object in a finding, and the numbers that justify it."""
        return {"dn": self.objects.dn[row], "sid": self.objects.sid(row), **more}

    def name_of(self, sid: str) -> str:
        """How people know a SID: its account here, its well-known name, or the SID itself."""
        row = self.row_of(sid)
        if row >= 0 and self.objects.text("sAMAccountName", row):
            return self.subject(row)
        return sids.well_known_name(sid) or sid

    # ── columns ─────────────────────────────────────────────────────────────────────────────────────────────────

    def mask(self, rows: Iterable[int]) -> Mask:
        """The objects at these rows."""
        chosen = np.zeros(len(self.objects), dtype=np.bool_)
        chosen[list(rows)] = True
        return chosen

    def having(self, attribute: str) -> Mask:
        """The objects that have a text attribute."""
        return self.mask(self.objects.texts(attribute))

    def flag(self, bit: int, attribute: str = "userAccountControl") -> Mask:
        """The objects whose integer attribute is known and has this bit."""
        values = self.objects.ints(attribute)
        flagged: Mask = (values != MISSING) & (values & bit != 0)
        return flagged

    def days_since(self, attribute: str) -> NDArray[np.float64]:
        """Days from a date attribute to the collection; NaN when the object has none (never, or not readable)."""
        values = self.objects.ints(attribute)
        known = (values > 0) & (values < _NEVER)
        return np.where(known, (self._now_ticks - np.where(known, values, 0)) / TICKS_PER_DAY, np.nan)

    def date(self, attribute: str, row: int) -> datetime | None:
        """A date attribute of one object, None when it has none."""
        return _as_datetime(int(self.objects.ints(attribute)[row]))

    def iso_date(self, attribute: str, row: int) -> str:
        """A date attribute of one object as an ISO day, empty when it has none."""
        return iso_day(int(self.objects.ints(attribute)[row]))

    @cached_property
    def _account_names(self) -> TextColumn:
        return self.objects.texts("sAMAccountName")

    @cached_property
    def _principals(self) -> Mask:
        return self.objects.of(*PRINCIPALS)

    @cached_property
    def _now_ticks(self) -> int:
        return (self.collected_at - _EPOCH) // timedelta(microseconds=1) * 10

    # ── what other scanners read ────────────────────────────────────────────────────────────────────────────────

    def directory(self) -> Directory:
        """What other scanners may know of this domain (`scanners.exchange`). The level is not judged here."""
        from scanners.ad.subjects.stations import station_policies  # it is about facts: at the top, a loop

        names = self.objects.texts("sAMAccountName")
        return Directory(
            domain=self.naming.domain,
            netbios=self.naming.netbios,
            collected_at=self.collected_at,
            machines=tuple(self._machine(row) for row in np.flatnonzero(self.real_machines).tolist()),
            laps_installed=self.laps_installed,
            account_names=_lower(names, self.users & self.enabled),
            closed_names=_lower(names, self.users & ~self.enabled),
            group_names=_lower(names, self.objects.of(Kind.GROUP)),
            level=None,
            gaps=self.gaps,
            policies=station_policies(self),
            sid=self.naming.sid,
            principal=self.principal,
        )

    def principal(self, sid: str) -> Principal | None:
        """What a SID is in this directory; None when no object read has it."""
        row = self.row_of(sid)
        if row < 0:
            return None
        name = self.objects.text("sAMAccountName", row) or self.objects.dn[row]
        gone = self.objects.of(Kind.DELETED) | (self.accounts & ~self.enabled)
        return Principal(name, not bool(gone[row]))

    @cached_property
    def laps_installed(self) -> bool | None:
        """Whether the schema knows one of the two generations of LAPS, None when the schema was not readable."""
        known = [values[0] for values in self.objects.texts("lDAPDisplayName").values()]
        if not known or any(gap.section == "schema" for gap in self.gaps):
            return None
        return bool({"ms-Mcs-AdmPwdExpirationTime", "msLAPS-PasswordExpirationTime"} & set(known))

    @cached_property
    def laps_managed(self) -> Mask:
        """The machines of which LAPS set the password once at least."""
        managed: Mask = ~np.isnan(self.days_since("msLAPS-PasswordExpirationTime"))
        return managed | ~np.isnan(self.days_since("ms-Mcs-AdmPwdExpirationTime"))

    def laps_expiry(self, row: int) -> datetime | None:
        """When the local administrator's password of a machine is to be changed, None when LAPS never set one."""
        return self.date("msLAPS-PasswordExpirationTime", row) or self.date("ms-Mcs-AdmPwdExpirationTime", row)

    @cached_property
    def real_machines(self) -> Mask:
        """Computers, without the accounts that Entra makes for sign-on: no system, and no machine behind them."""
        computers = self.objects.of(Kind.COMPUTER) & ~self.having("operatingSystem")
        names = self.objects.texts("sAMAccountName")
        silent = np.flatnonzero(computers).tolist()
        paper = self.mask(row for row in silent if names.get(row, ("",))[0].lower() in _OF_ENTRA)
        return self.objects.of(Kind.COMPUTER) & ~paper

    def _machine(self, row: int) -> Machine:
        return Machine(
            name=self.objects.text("sAMAccountName", row).rstrip("$"),
            sid=self.objects.sid(row),
            operating_system=self.objects.text("operatingSystem", row),
            operating_system_version=self.objects.text("operatingSystemVersion", row),
            enabled=bool(self.enabled[row]),
            server=bool(self.servers[row] or self.controllers[row]),
            created=self.date("whenCreated", row),
            last_logon=self.date("lastLogonTimestamp", row),
            password_set=self.date("pwdLastSet", row),
            laps_expires=self.laps_expiry(row),
            controller=bool(self.controllers[row]),
            unit=unit_of(self.objects.dn[row]),
        )


def file_time(moment: datetime) -> int:
    """A date (UTC) as Windows writes it: 100 ns since 1601."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * 10


def _lower(names: TextColumn, mask: Mask) -> frozenset[str]:
    return frozenset(names[row][0].lower() for row in np.flatnonzero(mask).tolist() if row in names)


def iso_day(value: int) -> str:
    """A date as Windows writes it, as an ISO day; empty when it is none."""
    return _iso_day(value // TICKS_PER_DAY) if 0 < value < _NEVER else ""


@lru_cache(maxsize=4096)
def _iso_day(days: int) -> str:
    """A day as people write it, from the days since 1601; lists of accounts share few days. Empty out of reach."""
    try:
        return (_EPOCH + timedelta(days=days)).date().isoformat()
    except OverflowError:
        return ""


def _as_datetime(value: int) -> datetime | None:
    if not 0 < value < _NEVER:
        return None
    try:
        return _EPOCH + timedelta(microseconds=value // 10)
    except OverflowError:
        return None


class DirectoryFormat:
    """Facts as columns in the archive; see `scanners.ad.archived`."""

    schema = 2

    def pack(self, facts: DirectoryFacts) -> Parts:
        """The facts taken apart."""
        document, arrays = pack(facts.objects, facts.permissions)
        if facts.sysvol is not None:
            document["sysvol"], more = pack_sysvol(facts.sysvol)
            arrays |= more
        header: dict[str, Any] = {
            "collected_at": facts.collected_at.isoformat(),
            "naming": facts.naming.as_json(),
            "only_control": facts.only_control,
            "transport": facts.transport.as_json() if facts.transport else None,
            "clock_ahead": facts.clock_ahead,
            "lifecycle": rows_as_json(facts.lifecycle),
            "gaps": [
                {"section": gap.section, "fr": gap.reason.fr, "en": gap.reason.en, "truncated": gap.truncated}
                for gap in facts.gaps
            ],
        }
        return Parts(header | document, arrays)

    def unpack(self, parts: Parts) -> DirectoryFacts:
        """The facts put together; ValueError when columns disagree or point outside of the table."""
        try:
            _check_texts(parts.document)
            objects, permissions = unpack(parts.document, parts.arrays)
            sysvol = parts.document.get("sysvol")
            return DirectoryFacts(
                collected_at=_aware(parts.document["collected_at"]),
                naming=Naming.from_json(parts.document["naming"]),
                objects=objects,
                permissions=permissions,
                gaps=_gaps(parts.document["gaps"]),
                only_control=parts.document.get("only_control", False) is True,
                sysvol=unpack_sysvol(sysvol, parts.arrays) if sysvol is not None else None,
                transport=_transport(parts.document.get("transport")),
                clock_ahead=_gap_of_clocks(parts.document.get("clock_ahead")),
                lifecycle=rows_from_json(parts.document.get("lifecycle")),
            )
        except (TypeError, AttributeError, IndexError, OverflowError) as error:
            raise ValueError(f"the document is not that of a directory: {error}") from error


FORMAT = DirectoryFormat()


def _transport(raw: object) -> Transport | None:
    return None if raw is None else Transport.from_json(raw)


def _gap_of_clocks(raw: object) -> float | None:
    """Seconds; ValueError beyond a day, which stops an audit, and for what is no number."""
    if raw is None:
        return None
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not abs(raw) <= MAX_CLOCK_GAP.total_seconds():
        raise ValueError("the gap of the clocks is malformed")
    return float(raw)


def _aware(text: object) -> datetime:
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError("the date of collection has no time zone")
    return check_moment(moment).astimezone(UTC)


def _check_texts(document: Mapping[str, Any]) -> None:
    """ValueError for what no page nor database could keep; columns check theirs."""
    header = {name: document.get(name) for name in ("naming", "transport", "gaps", "lifecycle")}
    json.dumps(header, ensure_ascii=False).encode()


def _gaps(raw: object) -> tuple[Gap, ...]:
    if not isinstance(raw, list) or len(raw) > MAX_GAPS:
        raise ValueError("gaps are malformed")
    return tuple(
        Gap(str(gap["section"]), Text(str(gap["fr"]), str(gap["en"])), gap["truncated"] is True) for gap in raw
    )
