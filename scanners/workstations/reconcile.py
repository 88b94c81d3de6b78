"""Puts the lists together: one row per machine, whatever each list calls it. Pure.

A machine is known by its short name. A line takes another name than its own when its SID is that of an account of the
directory, or when its serial number is that of a machine that another list knows under another name (renamed,
reinstalled). Names are numbered first: everything after is arithmetic on columns.

What would make one machine of two is never done, since the one that vanishes would be protected by nothing and missed
by nobody: a serial number that two machines of one list bear, or that makers leave unset, identifies nobody; nor does a
line move when its list already holds the name it would take. ADR 0033.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from scanners.exchange import Directory, Machine
from scanners.workstations.facts import (
    MACHINE_LISTS,
    MAX_NAMED,
    MAX_PLACES,
    NAME_BYTES,
    NEVER,
    NO,
    UNKNOWN,
    YES,
    MachineList,
    Machines,
    Matching,
    SharedSerial,
    System,
    day_number,
)
from scanners.workstations.homonyms import Frames, Home, told_apart
from scanners.workstations.places import service_of, site_of

NETBIOS_LENGTH = 15
"""The directory cuts machine names there; inventories often keep the whole name."""
_LEAST_SERIAL = 3
_DROPPED = str.maketrans("", "", " .-_/:")
_BLANK_SERIALS = frozenset(
    (
        *("TOBEFILLEDBYOEM", "DEFAULTSTRING", "SYSTEMSERIALNUMBER", "CHASSISSERIALNUMBER", "SERIALNUMBER", "OEM"),
        *("NONE", "NULL", "NA", "N/A", "NIL", "EMPTY", "INVALID", "UNKNOWN", "NOTSPECIFIED", "NOTAPPLICABLE"),
        *("NOTAVAILABLE", "INCONNU", "AUCUN", "AUCUNE", "SANSNUMERO", "NONRENSEIGNE", "NONDISPONIBLE", "OEMSERIAL"),
        *("123456789", "1234567890", "0123456789", "12345678", "1234567", "123456", "12345", "1234", "123"),
        *("SYSTEMSERIAL", "TBD", "XXXXXXX", "EVAL", "INNOTEK", "SERIAL", "NUMERODESERIE", "OEMOEM"),
    )
)
_LAPTOP = "portable|laptop|notebook|mobile|convertible|detachable|tablet"
_SERVER = "serveu?r|domain controller|contr[oô]leur de domaine"
_LAPTOP_CHASSIS = frozenset(("8", "9", "10", "11", "12", "14", "18", "21", "30", "31", "32"))
_SERVER_CHASSIS = frozenset(("17", "23", "28"))
"""Chassis numbers of SMBIOS 3, table 17, as SCCM writes them."""
_NO_AGENT = "can be onboarded|peut etre integre|unsupported|non pris en charge|insufficient|not installed|non installe|"
_NO_AGENT += "uninstall|desinstall|decommission|unmanaged|non gere|not managed|removed|rogue"
"""What a console says of a machine that it saw without its agent, or that it has let go."""

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Park:
    """The machines, what they run, where they are, and how their lists were put together."""

    machines: Machines
    systems: tuple[System, ...]
    sites: tuple[str, ...]
    services: tuple[str, ...]
    matching: Matching


def directory_frame(directory: Directory, short_names: Mapping[str, str]) -> pd.DataFrame:
    """The machines of the directory; `short_names` gives the short name of each."""
    rows = [_directory_row(machine, short_names[machine.name]) for machine in directory.machines]
    columns = (
        *("name", "sid", "system", "version", "unit", "enabled", "controller", "server"),
        *("created", "last_logon", "laps_expires"),
    )
    frame = pd.DataFrame([row for row in rows if row[0]], columns=list(columns))
    return frame.drop_duplicates("name", ignore_index=True)


def _directory_row(machine: Machine, name: str) -> tuple[Any, ...]:
    return (
        name,
        machine.sid,
        machine.operating_system,
        machine.operating_system_version,
        machine.unit,
        machine.enabled,
        machine.controller,
        YES if machine.server else NO,
        _day(machine.created),
        _day(machine.last_logon),
        _day(machine.laps_expires),
    )


def reconcile(frames: Frames, isolated: Iterable[str], home: Home, used_since: int) -> Park:
    """One row per machine. `used_since`: an account of the directory that signed in from that day on is in use."""
    given = {kind: _agents_only(kind, frames[kind]) for kind in MACHINE_LISTS if kind in frames}
    given, clashes = told_apart(given, home)
    numbered = _Numbered(given)
    numbered.cut_names()
    by_sid = numbered.take_sids()
    serials = _serials(given)
    by_serial, shared = _Serials(numbered, serials, used_since).settle()
    matching = Matching(
        by_sid=by_sid,
        by_serial=by_serial,
        blank=sum(_blank(given[kind]["serial"], clean) for kind, clean in serials.items()),
        shared=shared[:MAX_NAMED],
        clashes=tuple(clashes[:MAX_NAMED]),
    )
    return _Columns(numbered).park(set(isolated), matching)


# ── names ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _agents_only(kind: MachineList, frame: pd.DataFrame) -> pd.DataFrame:
    """Without the machines that a console merely saw, or that its agent has left."""
    if kind not in {"edr", "antivirus"} or "state" not in frame:
        return frame
    said = frame["state"].str.normalize("NFKD").str.encode("ascii", "ignore").str.decode("ascii").str.lower()
    return frame[~said.str.contains(_NO_AGENT, regex=True)].reset_index(drop=True)


class _Numbered:
    """The lines of each list, by the number of their machine; `names` says who has which number."""

    def __init__(self, frames: dict[MachineList, pd.DataFrame]) -> None:
        self.frames = frames
        every = [frame["name"].to_numpy(dtype=object) for frame in frames.values()]
        codes, names = pd.factorize(np.concatenate(every) if every else np.array([], dtype=object), sort=True)
        self.names: npt.NDArray[Any] = np.asarray(names, dtype=object)
        ends = np.cumsum([len(one) for one in every])[:-1]
        self.rows: dict[MachineList, Ints] = dict(zip(frames, np.split(codes.astype(np.int64), ends), strict=False))
        self.former = np.full(len(self.names), -1, dtype=np.int64)
        """Of each machine, the name that another list gives it."""

    def known_to(self, kind: MachineList) -> Bools:
        """Which machines a list knows."""
        known = np.zeros(len(self.names), dtype=np.bool_)
        if kind in self.rows:
            known[self.rows[kind]] = True
        return known

    def cut_names(self) -> None:
        """A name longer than the directory keeps takes its form, when it knows it and no other name is cut to it."""
        long = [(code, name) for code, name in enumerate(self.names.tolist()) if len(name) > NETBIOS_LENGTH]
        if "directory" not in self.rows or not long:
            return
        known = {self.names[code]: code for code in self.rows["directory"].tolist()}
        cut: dict[int, list[int]] = {}
        for code, name in long:
            account = known.get(name[:NETBIOS_LENGTH].rstrip("-"))
            if account is not None and name not in known and "." not in name:
                cut.setdefault(account, []).append(code)
        target = np.arange(len(self.names))
        for account, codes in cut.items():
            if len(codes) == 1:
                target[codes[0]] = account
        for kind in self.rows:
            self.rows[kind] = target[self.rows[kind]]

    def take_sids(self) -> int:
        """Lines that tell the SID of an account of the directory take its name; how many had another."""
        telling = [kind for kind in self.rows if kind != "directory" and "sid" in self.frames[kind]]
        if "directory" not in self.rows or not telling:
            return 0
        sids = self.frames["directory"]["sid"].str.upper()
        owner = dict(zip(sids.tolist(), self.rows["directory"].tolist(), strict=True))
        owner.pop("", None)
        moved = 0
        for kind in telling:
            told = self.frames[kind]["sid"].str.strip().str.upper().map(owner)
            moved += self.move(kind, np.flatnonzero(told.notna()), told.dropna().to_numpy(dtype=np.int64))
        return moved

    def move(self, kind: MachineList, lines: npt.NDArray[np.intp], targets: Ints) -> int:
        """Give lines of a list to other machines; how many went. None goes where its list already has a line."""
        rows = self.rows[kind]
        differ = rows[lines] != targets
        lines, targets = lines[differ], targets[differ]
        free = ~np.isin(targets, rows)
        free &= ~pd.Series(targets).duplicated(keep=False).to_numpy()
        lines, targets = lines[free], targets[free]
        self.former[targets] = rows[lines]
        rows[lines] = targets
        return len(lines)


# ── serial numbers ──────────────────────────────────────────────────────────────────────────────────────────────────


def clean_serial(raw: str) -> str:
    """A serial number without the ways to write it; “” for one that identifies nobody."""
    bare = raw.upper() if raw.isalnum() else raw.upper().translate(_DROPPED)
    if len(bare) < _LEAST_SERIAL or bare in _BLANK_SERIALS or not bare.strip(bare[0]):
        return ""
    return bare


def _serials(frames: Mapping[MachineList, pd.DataFrame]) -> dict[MachineList, npt.NDArray[Any]]:
    """The serial numbers of each list; one that several lists write alike is looked at once."""
    clean: dict[str, str] = {}
    found: dict[MachineList, npt.NDArray[Any]] = {}
    for kind, frame in frames.items():
        if "serial" in frame:
            written = frame["serial"].tolist()
            clean |= {raw: clean_serial(raw) for raw in set(written) - clean.keys()}
            found[kind] = np.array(list(map(clean.__getitem__, written)), dtype=object)
    return found


def _blank(raw: pd.Series[str], clean: npt.NDArray[Any]) -> int:
    return sum(1 for one in raw[clean == ""].tolist() if one.strip())


class _Line(NamedTuple):
    """A line that tells a disputed serial number: its list, its place there, the number of its name."""

    kind: MachineList
    line: int
    name: int


class _Serials:
    """The serial numbers that lists give to different names, settled one by one: they are few."""

    def __init__(self, numbered: _Numbered, serials: Mapping[MachineList, npt.NDArray[Any]], used_since: int) -> None:
        self._numbered, self._serials = numbered, serials
        self._weight, self._live = _weights(numbered, used_since)
        self._held = {kind: set(numbered.rows[kind].tolist()) for kind in serials}
        """The names that a list has a line for: none is given to another line of it."""

    def settle(self) -> tuple[int, tuple[SharedSerial, ...]]:
        """How many lines took the name of their machine, and the serial numbers that could not be used."""
        moved, shared = 0, list[SharedSerial]()
        for serial, lines in sorted(self._disputed().items()):
            refused = self._refused(serial, lines)
            given = self._give(lines) if refused is None else 0
            if refused is None and not given:
                refused = SharedSerial(serial[:NAME_BYTES], "", self._names(lines))
            if refused is not None:
                shared.append(refused)
            moved += given
        return moved, tuple(sorted(shared, key=lambda one: (one.where, one.serial)))

    def _disputed(self) -> dict[str, list[_Line]]:
        """The lines of the serial numbers that have several names."""
        told = [(kind, clean, np.flatnonzero(clean != "")) for kind, clean in self._serials.items()]
        if not told:
            return {}
        codes, values = pd.factorize(np.concatenate([clean[lines] for _kind, clean, lines in told]))
        names = np.concatenate([self._numbered.rows[kind][lines] for kind, _clean, lines in told])
        least = np.full(len(values), len(self._numbered.names), dtype=np.int64)
        np.minimum.at(least, codes, names)
        several = np.zeros(len(values), dtype=np.bool_)
        several[codes[names != least[codes]]] = True
        found: dict[str, list[_Line]] = {}
        kinds = [kind for kind, _clean, lines in told for _line in range(len(lines))]
        places = np.concatenate([lines for _kind, _clean, lines in told])
        for row in np.flatnonzero(several[codes]).tolist():
            one = _Line(kinds[row], int(places[row]), int(names[row]))
            found.setdefault(str(values[codes[row]]), []).append(one)
        return found

    def _refused(self, serial: str, lines: list[_Line]) -> SharedSerial | None:
        """The serial number when it does not tell whose it is: twice in one list, or on two machines in use."""
        names = self._names(lines)
        for kind in self._serials:
            if len({one.name for one in lines if one.kind == kind}) > 1:
                return SharedSerial(serial[:NAME_BYTES], kind, names)
        live = {one.name for one in lines if self._live[one.name]}
        return SharedSerial(serial[:NAME_BYTES], "", names) if len(live) > 1 else None

    def _names(self, lines: list[_Line]) -> tuple[str, ...]:
        return tuple(sorted({str(self._numbered.names[one.name]) for one in lines}))

    def _give(self, lines: list[_Line]) -> int:
        """Move its lines to the likeliest name that all of them can take."""
        for target in sorted({one.name for one in lines}, key=lambda name: self._weight[name], reverse=True):
            others = [one for one in lines if one.name != target]
            if not any(target in self._held[one.kind] for one in others):
                for one in others:
                    self._numbered.rows[one.kind][one.line] = target
                    self._numbered.former[target] = one.name
                    self._held[one.kind].add(target)
                return len(others)
        return 0


def _weights(numbered: _Numbered, used_since: int) -> tuple[list[tuple[int, int]], Bools]:
    """What makes a name the likeliest (its last sign-in, the lists that know it), and the accounts in use."""
    known = np.zeros(len(numbered.names), dtype=np.int64)
    for kind in numbered.rows:
        known += numbered.known_to(kind)
    logon = np.full(len(numbered.names), NEVER, dtype=np.int64)
    if "directory" in numbered.rows:
        frame = numbered.frames["directory"]
        used = np.where(frame["enabled"].to_numpy(dtype=np.bool_), frame["last_logon"].to_numpy(dtype=np.int64), NEVER)
        logon[numbered.rows["directory"]] = used
    return list(zip(logon.tolist(), known.tolist(), strict=True)), (logon != NEVER) & (logon >= used_since)


# ── columns ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Columns:
    """The columns of the machines that at least one list knows."""

    def __init__(self, numbered: _Numbered) -> None:
        self._numbered = numbered
        self._size = len(numbered.names)

    def park(self, isolated: set[str], matching: Matching) -> Park:
        """All of it, machines without any line left out."""
        numbered = self._numbered
        known = {kind: numbered.known_to(kind) for kind in MACHINE_LISTS}
        kept = np.logical_or.reduce(list(known.values()))
        systems, system = self._systems()
        sites, site = self._places("site")
        services, service = self._places("service")
        names = numbered.names.astype(f"S{NAME_BYTES}")
        named = np.isin(numbered.names, list(isolated))
        other = np.where(numbered.former >= 0, names[numbered.former], b"").astype(f"S{NAME_BYTES}")
        columns: dict[str, Any] = {
            "name": names,
            **{str(kind): column for kind, column in known.items()},
            **{name: self._truth(name) for name in ("enabled", "controller")},
            **{name: self._flag(name) for name in ("encrypted", "protected", "fresh", "firewall", "compliant")},
            **{name: self._day(name) for name in ("created", "last_logon", "laps_expires", "patched", "edr_seen")},
            **{name: self._day(name) for name in ("antivirus_seen", "signatures", "patch_seen")},
            **{name: self._flag(name) for name in ("changeable", "dedicated_admin", "admin_link")},
            "exposed": self._flag("exposed", holds=YES),
            "isolated": np.where(named, YES, self._flag("isolated")).astype(np.int8),
            **self._kinds(systems, system),
            "system": system,
            "site": site,
            "service": service,
            "other_name": other,
        }
        machines = Machines(**{name: column[kept] for name, column in columns.items()})
        return Park(machines, systems, sites, services, matching)

    def _told(self, column: str) -> Iterator[tuple[MachineList, Ints, pd.Series[Any]]]:
        """The lists that hold a column, in the order in which they are believed."""
        for kind, rows in self._numbered.rows.items():
            if column in self._numbered.frames[kind]:
                yield kind, rows, self._numbered.frames[kind][column]

    def _truth(self, column: str) -> Bools:
        out = np.zeros(self._size, dtype=np.bool_)
        for _kind, rows, values in self._told(column):
            out[rows[values.to_numpy(dtype=np.bool_)]] = True
        return out

    def _flag(self, column: str, holds: int = NO) -> npt.NDArray[np.int8]:
        """What `holds` when any line says it, else the contrary when any says it."""
        out = np.full(self._size, UNKNOWN, dtype=np.int8)
        for wanted in (YES + NO - holds, holds):
            for _kind, rows, values in self._told(column):
                out[rows[values.to_numpy() == wanted]] = wanted
        return out

    def _day(self, column: str) -> npt.NDArray[np.int32]:
        """The latest day that any line says."""
        out = np.full(self._size, NEVER, dtype=np.int32)
        for _kind, rows, values in self._told(column):
            np.maximum.at(out, rows, values.to_numpy(dtype=np.int32))
        return out

    def _text(self, column: str) -> tuple[npt.NDArray[np.int32], list[str]]:
        """Row of each machine in the texts of a column, -1 when nobody says: the first list that speaks is believed."""
        told = list(self._told(column))
        codes, texts = pd.factorize(_texts([values for _kind, _rows, values in told]))
        out = np.full(self._size, -1, dtype=np.int32)
        spoken = np.array([bool(text) for text in texts] + [False])
        ends = np.cumsum([len(rows) for _kind, rows, _values in told])[:-1]
        for (_kind, rows, _values), said in reversed(list(zip(told, np.split(codes, ends), strict=False))):
            heard = spoken[said]
            out[rows[heard][::-1]] = said[heard][::-1]
        return out, [str(text) for text in texts]

    def _systems(self) -> tuple[tuple[System, ...], npt.NDArray[np.int32]]:
        """Distinct systems, and the row of each machine's. Name and version come from the same list."""
        names: list[pd.Series[Any]] = []
        versions: list[pd.Series[Any]] = []
        told = list(self._told("system"))
        for kind, _rows, values in told:
            frame = self._numbered.frames[kind]
            names.append(values)
            versions.append(frame["version"] if "version" in frame else pd.Series("", index=frame.index))
        name_codes, known = pd.factorize(_texts(names))
        version_codes, written = pd.factorize(_texts(versions))
        pairs, distinct = pd.factorize(name_codes.astype(np.int64) * (len(written) + 1) + version_codes)
        systems = [
            System(str(known[pair // (len(written) + 1)]), str(written[pair % (len(written) + 1)]))
            for pair in distinct.tolist()
        ]
        order = sorted(((one.name, one.version), place) for place, one in enumerate(systems) if one.name)
        final = np.full(len(systems) + 1, -1, dtype=np.int32)
        for rank, (_key, place) in enumerate(order):
            final[place] = rank
        out = np.full(self._size, -1, dtype=np.int32)
        ends = np.cumsum([len(rows) for _kind, rows, _values in told])[:-1]
        for (_kind, rows, _values), said in reversed(list(zip(told, np.split(final[pairs], ends), strict=False))):
            heard = said >= 0
            out[rows[heard][::-1]] = said[heard][::-1]
        return tuple(systems[place] for _key, place in order), out

    def _kinds(self, systems: tuple[System, ...], system: npt.NDArray[np.int32]) -> dict[str, npt.NDArray[np.int8]]:
        """Which machines are servers, which are laptops: the directory, else the type in a list, else the system;
        UNKNOWN when none of them tells."""
        laptop = np.full(self._size, UNKNOWN, dtype=np.int8)
        server = np.full(self._size, UNKNOWN, dtype=np.int8)
        runs_server = np.array(["server" in one.name.casefold() for one in systems] + [False])
        server[system >= 0] = NO
        server[runs_server[system]] = YES
        for column in ("kind", "chassis"):
            codes, texts = self._text(column)
            words = pd.Series([text.casefold() for text in texts] + [""])
            said = codes >= 0
            portable = (words.str.contains(_LAPTOP) | words.isin(_LAPTOP_CHASSIS)).to_numpy()[codes]
            serves = (words.str.contains(_SERVER) | words.isin(_SERVER_CHASSIS)).to_numpy()[codes]
            laptop[said & (laptop != YES)] = NO
            laptop[said & portable] = YES
            server[said & (server == UNKNOWN)] = NO
            server[said & serves] = YES
        told = self._flag("server")
        return {"server": np.where(told != UNKNOWN, told, server).astype(np.int8), "laptop": laptop}

    def _places(self, what: str) -> tuple[tuple[str, ...], npt.NDArray[np.int32]]:
        """Distinct places, the most frequent ones when they are too many, and that of each machine."""
        sources = ("site", "location", "entity") if what == "site" else ("service", "group", "unit")
        shorten = site_of if what == "site" else service_of
        out = np.full(self._size, -1, dtype=np.int32)
        places: dict[str, int] = {}
        for column in sources:
            codes, texts = self._text(column)
            named = np.array([_place(places, shorten(column, text)) for text in texts] + [-1], dtype=np.int32)
            free = out < 0
            out[free] = named[codes[free]]
        return _ranked(list(places), out)


def _texts(values: list[pd.Series[Any]]) -> npt.NDArray[Any]:
    """Columns of text one after the other."""
    if not values:
        return np.array([], dtype=object)
    return np.concatenate([one.fillna("").to_numpy(dtype=object) for one in values])


def _place(places: dict[str, int], name: str) -> int:
    return places.setdefault(name, len(places)) if name else -1


def _ranked(places: list[str], rows: npt.NDArray[np.int32]) -> tuple[tuple[str, ...], npt.NDArray[np.int32]]:
    """The places that machines are in, by name, and the rows in that order."""
    counts = np.bincount(rows[rows >= 0], minlength=len(places)) if len(places) else np.array([], dtype=np.int64)
    used = [place for place in np.argsort(-counts, kind="stable").tolist() if counts[place]][:MAX_PLACES]
    kept = sorted(used, key=lambda place: (places[place].casefold(), places[place]))
    final = np.full(len(places) + 1, -1, dtype=np.int32)
    final[kept] = np.arange(len(kept), dtype=np.int32)
    return tuple(places[place] for place in kept), final[rows]


def _day(moment: datetime | None) -> int:
    return day_number(moment.astimezone(UTC).date()) if moment is not None else NEVER
