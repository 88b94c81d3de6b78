"""Machines that bear one name in two domains: they keep their domain in their name, so that they stay two. Pure.

A list that holds one name under two domains proves it, or the SID of another domain beside a name of the directory. A
suffix alone proves nothing: it may be that of DHCP.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scanners.workstations.facts import NAME_BYTES, MachineList

_NO_DOMAINS = frozenset(("", "workgroup", "groupe de travail", "groupedetravail", "mshome", "azuread", "local", "n/a"))
_DOMAIN_SIDS = "S-1-5-21-"

Frames = Mapping[MachineList, pd.DataFrame]
Texts = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Home:
    """The domain whose directory was given, or nothing: its DNS and NetBIOS names."""

    dns: str = ""
    netbios: str = ""


def told_apart(
    frames: dict[MachineList, pd.DataFrame], home: Home
) -> tuple[dict[MachineList, pd.DataFrame], list[str]]:
    """The lists, machines of another domain renamed where a name is borne twice, and those names."""
    domains = {kind: _domains(frame, home) for kind, frame in frames.items() if "domain" in frame}
    clashes: set[str] = set()
    for kind in frames:
        strangers = _strangers(frames, kind)
        if strangers is not None:
            told = domains.get(kind, np.full(len(strangers), "", dtype=object))
            unsaid = (strangers != "") & ((told == "") | (told == home.dns.lower()))
            domains[kind] = np.where(unsaid, strangers, told)
            clashes |= set(frames[kind]["name"].to_numpy()[strangers != ""]) & set(frames["directory"]["name"])
        if kind in domains:
            clashes |= _twice(frames[kind]["name"], domains[kind])
    if not clashes:
        return frames, []
    ours = home.dns.lower() or _usual(domains)
    apart = {kind: _renamed(frame, domains.get(kind), clashes, ours) for kind, frame in frames.items()}
    return apart, sorted(clashes)


def _twice(names: pd.Series[str], domains: Texts) -> set[str]:
    """The names that one list holds under two domains."""
    rows = np.flatnonzero(names.duplicated(keep=False).to_numpy() & (domains != ""))
    pairs = set(zip(names.iloc[rows].tolist(), domains[rows].tolist(), strict=True))
    return {name for name, count in Counter(name for name, _domain in pairs).items() if count > 1}


def _renamed(frame: pd.DataFrame, domains: Texts | None, clashes: set[str], ours: str) -> pd.DataFrame:
    if domains is None:
        return frame
    foreign = frame["name"].isin(clashes).to_numpy() & (domains != "") & (domains != ours)
    names = frame["name"].to_numpy(dtype=object).copy()
    for row in np.flatnonzero(foreign).tolist():
        names[row] = f"{names[row]}.{domains[row].upper()}"[:NAME_BYTES]
    return frame.assign(name=names)


def _usual(domains: Mapping[MachineList, Texts]) -> str:
    """The domain that most lines tell."""
    counts = Counter(one for told in domains.values() for one in told.tolist() if one)
    return counts.most_common(1)[0][0] if counts else ""


def _domains(frame: pd.DataFrame, home: Home) -> Texts:
    """The DNS name of each line's domain: ours for its NetBIOS name, “” for a workgroup or none."""
    written = frame["domain"].fillna("")
    said = {one: one.strip().strip(".").lower() for one in written.unique().tolist()}
    known = set(said.values()) - _NO_DOMAINS
    whole: dict[str, set[str]] = {}
    for one in known:
        if "." in one:
            whole.setdefault(one.partition(".")[0], set()).add(one)
    flat = {one: min(whole[one]) for one in known if len(whole.get(one, ())) == 1}
    ours = {home.netbios.lower(): home.dns.lower()} if home.netbios else {}
    names = {**{one: one for one in known}, **flat, **ours}
    told = written.map({one: names.get(short, "") for one, short in said.items()})
    return told.to_numpy(dtype=object)


def _strangers(frames: Frames, kind: MachineList) -> Texts | None:
    """What stands for the domain of lines whose SID is of another domain than the directory's; None when none is."""
    if kind == "directory" or "directory" not in frames or "sid" not in frames[kind]:
        return None
    ours = Counter(sid.upper().rpartition("-")[0] for sid in frames["directory"]["sid"].tolist() if sid)
    if not ours:
        return None
    own = ours.most_common(1)[0][0]
    theirs = [sid.strip().upper().rpartition("-")[0] for sid in frames[kind]["sid"].fillna("").tolist()]
    foreign = [
        "" if one == own or not one.startswith(_DOMAIN_SIDS) else f"sid-{one.rpartition('-')[2]}" for one in theirs
    ]
    return np.array(foreign, dtype=object) if any(foreign) else None
