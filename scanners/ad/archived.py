"""Directory columns to and from the parts of an archive. What comes in may have been written by a stranger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from scanners.ad.columns import (
    ALL_COLUMNS,
    INT_COLUMNS,
    OF_SCHEMA_1,
    TEXT_COLUMNS,
    IntColumn,
    Ints,
    Kind,
    Objects,
    TextColumn,
)
from scanners.ad.descriptors import MALFORMED, Descriptors
from scanners.ad.sysvol import Sysvol, pack_texts, unpack_texts

Arrays = dict[str, Ints]
Document = dict[str, Any]

MAX_OBJECTS = 5_000_000
"""More rows than the largest forests hold: beyond, an archive is not one of ours."""

MAX_VALUES = 100_000_000
"""Integers of all columns together (800 MB once widened): a domain of 100,000 objects has about four millions."""

_OBJECT_ARRAYS = ("kind", "sid_prefix", "sid_rid", "descriptor")
_TEXTS_OF_DESCRIPTORS = ("sids", "guids")
_INT = "int."
_SD, _SYSVOL_SD = "sd.", "sysvol.sd."


def pack(objects: Objects, descriptors: Descriptors) -> tuple[Document, Arrays]:
    """The columns taken apart. Integers are narrowed to the smallest type that holds them."""
    arrays: Arrays = {name: getattr(objects, name) for name in (*_OBJECT_ARRAYS, "member_of", "member")}
    for name, column in objects.int_columns.items():
        arrays[f"{_INT}{name}.rows"] = column.rows
        arrays[f"{_INT}{name}.values"] = column.values
    arrays |= _descriptor_arrays(descriptors, _SD)
    document = {
        "asked": sorted(objects.asked),
        "dn": objects.dn,
        "prefixes": objects.prefixes,
        "outside": _packed_texts(objects.outside),
        "texts": {name: _packed_texts(column) for name, column in objects.text_columns.items()},
        "sids": descriptors.sids,
        "guids": descriptors.guids,
    }
    return document, {name: _narrow(values) for name, values in arrays.items()}


def unpack(document: Mapping[str, Any], arrays: Mapping[str, Any]) -> tuple[Objects, Descriptors]:
    """The columns put together again; ValueError or KeyError when they disagree."""
    names = (*_OBJECT_ARRAYS, "member_of", "member", *_names_of_descriptors(_SD), *filter(_is_int_column, arrays))
    wide = _wide(arrays, names)
    descriptors = _descriptors(document, wide)
    return _objects(document, wide, len(descriptors)), descriptors


def pack_sysvol(sysvol: Sysvol) -> tuple[Document, Arrays]:
    """What was read of SYSVOL taken apart: one more JSON object, and arrays beside those of the directory."""
    arrays = _descriptor_arrays(sysvol.descriptors, _SYSVOL_SD)
    names = {"sids": sysvol.descriptors.sids, "guids": sysvol.descriptors.guids}
    return pack_texts(sysvol) | names, {name: _narrow(values) for name, values in arrays.items()}


def unpack_sysvol(document: Mapping[str, Any], arrays: Mapping[str, Any]) -> Sysvol:
    """SYSVOL put together again; ValueError or KeyError when its parts disagree."""
    wide = _wide(arrays, _names_of_descriptors(_SYSVOL_SD))
    return unpack_texts(document, _descriptors(document, wide, _SYSVOL_SD))


def _descriptor_arrays(descriptors: Descriptors, prefix: str) -> Arrays:
    return {name: getattr(descriptors, name.removeprefix(prefix)) for name in _names_of_descriptors(prefix)}


def _names_of_descriptors(prefix: str) -> list[str]:
    return [f"{prefix}{field.name}" for field in fields(Descriptors) if field.name not in _TEXTS_OF_DESCRIPTORS]


def _is_int_column(name: str) -> bool:
    """Whether an array is part of a column of integers; ValueError when no column has that name."""
    if not name.startswith(_INT):
        return False
    _known(name.removeprefix(_INT).removesuffix(".rows").removesuffix(".values"), INT_COLUMNS)
    return True


def _objects(document: Mapping[str, Any], arrays: Arrays, descriptor_count: int) -> Objects:
    dn = _strings(document["dn"])
    count = len(dn)
    if count > MAX_OBJECTS:
        raise ValueError("too many objects")
    prefixes = _strings(document["prefixes"])
    for name in _OBJECT_ARRAYS:
        _same_length(name, arrays[name], count)
    _within("kind", arrays["kind"], 0, len(Kind))
    _within("sid_prefix", arrays["sid_prefix"], -1, len(prefixes))
    _within("sid_rid", arrays["sid_rid"], -1, 1 << 32)
    _within("descriptor", arrays["descriptor"], MALFORMED, descriptor_count)
    _same_length("member", arrays["member"], len(arrays["member_of"]))
    _within("member_of", arrays["member_of"], 0, count)
    _within("member", arrays["member"], 0, count)
    return Objects(
        dn=dn,
        kind=arrays["kind"],
        prefixes=prefixes,
        sid_prefix=arrays["sid_prefix"],
        sid_rid=arrays["sid_rid"],
        descriptor=arrays["descriptor"],
        member_of=arrays["member_of"],
        member=arrays["member"],
        outside=_texts("outside", document["outside"], count),
        int_columns=_int_columns(arrays, count),
        text_columns={_known(name, TEXT_COLUMNS): _texts(name, raw, count) for name, raw in document["texts"].items()},
        asked=_asked(document),
    )


def _asked(document: Mapping[str, Any]) -> frozenset[str]:
    """The columns that were looked at. An archive of the first schema does not say: all those of its time."""
    if "asked" not in document:
        return OF_SCHEMA_1
    return frozenset(_known(name, ALL_COLUMNS) for name in _strings(document["asked"]))


def _int_columns(arrays: Arrays, count: int) -> dict[str, IntColumn]:
    names = [name.removeprefix(_INT).removesuffix(".rows") for name in arrays if name.endswith(".rows")]
    return {_known(name, INT_COLUMNS): _int_column(name, arrays, count) for name in names}


def _int_column(name: str, arrays: Arrays, count: int) -> IntColumn:
    column = IntColumn(arrays[f"{_INT}{name}.rows"], arrays[f"{_INT}{name}.values"])
    _same_length(name, column.values, len(column.rows))
    _ascending(name, column.rows, count)
    return column


def _descriptors(document: Mapping[str, Any], arrays: Arrays, prefix: str = _SD) -> Descriptors:
    columns = {name.removeprefix(prefix): arrays[name] for name in _names_of_descriptors(prefix)}
    sids, guids = _strings(document["sids"]), _strings(document["guids"])
    count, aces = len(columns["owner"]), len(columns["ace_type"])
    start, entries = columns["start"], columns["entries"]
    _same_length("start", start, count + 1)
    if start[0] != 0 or start[-1] != len(entries) or bool((np.diff(start) < 0).any()):
        raise ValueError("descriptors overlap")
    _same_length("control", columns["control"], count)
    for name in ("ace_flags", "ace_mask", "ace_object", "ace_inherited", "ace_trustee"):
        _same_length(name, columns[name], aces)
    _within("entries", entries, 0, aces)
    for name, limit in (("owner", sids), ("ace_trustee", sids), ("ace_object", guids), ("ace_inherited", guids)):
        _within(name, columns[name], -1, len(limit))
    for name, values in columns.items():
        _within(name, values, -1, 1 << 32)
    return Descriptors(**columns, sids=sids, guids=guids)


def _packed_texts(column: TextColumn) -> Document:
    return {"rows": list(column), "values": list(column.values())}


def _texts(name: str, raw: Mapping[str, Any], count: int) -> TextColumn:
    rows, values = raw["rows"], raw["values"]
    if not isinstance(rows, list) or not isinstance(values, list) or len(rows) != len(values):
        raise ValueError(f"column {name} is malformed")
    if not all(type(row) is int for row in rows):
        raise ValueError(f"column {name} has rows that are no numbers")
    _ascending(name, np.array(rows, dtype=np.int64), count)
    column = {row: _strings(texts) for row, texts in zip(rows, values, strict=True)}
    if not all(column.values()):
        raise ValueError(f"column {name} has an empty value")
    return column


def _strings(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(type(text) is str for text in raw):
        raise ValueError("a list of texts is malformed")
    "".join(raw).encode()  # half a character, which no page nor report could show, is a ValueError
    return tuple(raw)


def _known(name: str, columns: frozenset[str]) -> str:
    if name not in columns:
        raise ValueError(f"unknown column {name}")
    return name


def _same_length(name: str, values: Ints, count: int) -> None:
    if len(values) != count:
        raise ValueError(f"column {name} has {len(values)} values instead of {count}")


def _within(name: str, values: Ints, low: int, high: int) -> None:
    if len(values) and (int(values.min()) < low or int(values.max()) >= high):
        raise ValueError(f"column {name} points outside of the table")


def _ascending(name: str, rows: Ints, count: int) -> None:
    _within(name, rows, 0, count)
    if bool((np.diff(rows) <= 0).any()):
        raise ValueError(f"column {name} is not in order")


def _narrow(values: Ints) -> Ints:
    if not len(values):
        return values.astype(np.int8)
    low, high = int(values.min()), int(values.max())
    kind = np.promote_types(np.min_scalar_type(min(low, -1)), np.min_scalar_type(max(high, 0)))
    return values.astype(kind if kind.kind == "i" else np.int64)


def _wide(arrays: Mapping[str, Any], names: Iterable[str]) -> Arrays:
    """The arrays of these names, each integer on 8 bytes: none grows before its name and all sizes are known."""
    found = {name: arrays[name] for name in names}
    for name, values in found.items():
        if values.ndim != 1 or values.dtype.kind != "i":
            raise ValueError(f"column {name} is not a column of integers")
    if sum(len(values) for values in found.values()) > MAX_VALUES:
        raise ValueError("too many values")
    return {name: values.astype(np.int64) for name, values in found.items()}
