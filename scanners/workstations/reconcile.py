"""Puts the lists together: one row per machine, by name, then by serial number where two lists give it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from scanners.exchange import Machine
from scanners.workstations.facts import NAME_BYTES, NEVER, NO, UNKNOWN, YES, Machines, System, day_number

NETBIOS_LENGTH = 15
"""The directory cuts machine names there; inventories often keep the whole name."""


def directory_frame(machines: Iterable[Machine], short_names: Mapping[str, str]) -> pd.DataFrame:
    """The machines of the directory; `short_names` gives the short name of each."""
    rows = [
        (
            short_names[machine.name],
            machine.operating_system,
            machine.operating_system_version,
            machine.enabled,
            machine.controller,
            YES if machine.server else NO,
            _day(machine.created),
            _day(machine.last_logon),
            _day(machine.laps_expires),
        )
        for machine in machines
        if short_names[machine.name]
    ]
    columns = ["name", "system", "version", "enabled", "controller", "server", "created", "last_logon", "laps_expires"]
    return pd.DataFrame(rows, columns=columns).drop_duplicates("name", ignore_index=True)


def reconcile(
    directory: pd.DataFrame | None, inventory: pd.DataFrame | None, edr: pd.DataFrame | None, isolated: Iterable[str]
) -> tuple[Machines, tuple[System, ...]]:
    """One row per machine and the systems they run. A list that was not given is None."""
    inventory = _long_names(inventory, directory)
    edr = _long_names(_by_serial(edr, inventory), directory)
    merged = _marked(directory, "directory")
    for frame, mark in ((inventory, "inventory"), (edr, "edr")):
        merged = merged.merge(_marked(frame, mark), on="name", how="outer", suffixes=("", "_listed"))
    merged = merged.sort_values("name", ignore_index=True)
    systems, codes = _systems(merged)
    server = _flag(merged, "server")
    kind = _text(merged, "kind").str.casefold()
    listed_server = kind.str.contains("serv") | _text(merged, "system_listed").str.contains("server", case=False)
    inventoried = _truth(merged, "inventory")
    server = np.where(server != UNKNOWN, server, np.where(inventoried, listed_server, UNKNOWN)).astype(np.int8)
    laptop = np.where(kind != "", kind.str.contains("portable|laptop|notebook|mobile"), UNKNOWN).astype(np.int8)
    named = merged["name"].isin(set(isolated)).to_numpy()
    return Machines(
        name=merged["name"].to_numpy(dtype=f"S{NAME_BYTES}"),
        directory=_truth(merged, "directory"),
        inventory=inventoried,
        edr=_truth(merged, "edr"),
        enabled=_truth(merged, "enabled"),
        controller=_truth(merged, "controller"),
        server=server,
        laptop=laptop,
        encrypted=_flag(merged, "encrypted"),
        isolated=np.where(named, YES, _flag(merged, "isolated")).astype(np.int8),
        system=codes,
        created=_days(merged, "created"),
        last_logon=_days(merged, "last_logon"),
        laps_expires=_days(merged, "laps_expires"),
        patched=_days(merged, "patched"),
        edr_seen=_days(merged, "edr_seen"),
    ), systems


def _marked(frame: pd.DataFrame | None, mark: str) -> pd.DataFrame:
    base = frame if frame is not None else pd.DataFrame({"name": pd.Series(dtype=str)})
    return base.drop(columns=["serial"], errors="ignore").assign(**{mark: True})


def _by_serial(edr: pd.DataFrame | None, inventory: pd.DataFrame | None) -> pd.DataFrame | None:
    """Agents under a name the inventory does not know take the name that has their serial number."""
    if edr is None or inventory is None or "serial" not in edr or "serial" not in inventory:
        return edr
    known = inventory[inventory["serial"] != ""].drop_duplicates("serial", keep=False).set_index("serial")["name"]
    lost = ~edr["name"].isin(set(inventory["name"])) & edr["serial"].isin(set(known.index))
    renamed = edr["name"].where(~lost, edr["serial"].map(known))
    return edr.assign(name=renamed).drop_duplicates("name", ignore_index=True)


def _long_names(frame: pd.DataFrame | None, directory: pd.DataFrame | None) -> pd.DataFrame | None:
    """Names longer than the directory keeps take its form, when it knows it."""
    if frame is None or directory is None:
        return frame
    known = set(directory["name"])
    cut = frame["name"].str.slice(0, NETBIOS_LENGTH).str.rstrip("-")
    long = (frame["name"].str.len() > NETBIOS_LENGTH) & ~frame["name"].isin(known) & cut.isin(known)
    return frame.assign(name=frame["name"].where(~long, cut)).drop_duplicates("name", ignore_index=True)


def _systems(merged: pd.DataFrame) -> tuple[tuple[System, ...], np.ndarray[tuple[int], np.dtype[np.int32]]]:
    """Distinct systems, and the row of each machine's: what the directory says, else the inventory."""
    told = _text(merged, "system") != ""
    name = _text(merged, "system").where(told, _text(merged, "system_listed"))
    version = _text(merged, "version").where(told, _text(merged, "version_listed"))
    pairs = pd.MultiIndex.from_arrays([name, version])
    codes, distinct = pairs.factorize(sort=True)
    systems = tuple(System(str(system), str(build)) for system, build in distinct)
    blank = np.array([not system.name for system in systems] + [True])
    return systems, np.where(blank[codes], -1, codes).astype(np.int32)


def _text(merged: pd.DataFrame, column: str) -> pd.Series[str]:
    if column not in merged:
        return pd.Series("", index=merged.index, dtype=str)
    return merged[column].fillna("").astype(str)


def _truth(merged: pd.DataFrame, column: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if column not in merged:
        return np.zeros(len(merged), dtype=np.bool_)
    return merged[column].eq(True).fillna(value=False).to_numpy(dtype=np.bool_)


def _flag(merged: pd.DataFrame, column: str) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    if column not in merged:
        return np.full(len(merged), UNKNOWN, dtype=np.int8)
    return merged[column].fillna(UNKNOWN).to_numpy(dtype=np.int8)


def _days(merged: pd.DataFrame, column: str) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    if column not in merged:
        return np.full(len(merged), NEVER, dtype=np.int32)
    return merged[column].fillna(NEVER).to_numpy(dtype=np.int32)


def _day(moment: datetime | None) -> int:
    return day_number(moment.astimezone(UTC).date()) if moment is not None else NEVER
