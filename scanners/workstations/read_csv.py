"""Reads lists of machines exported by other tools (GLPI, SCCM, Intune, EDR consoles) as CSV, in bounded memory.

The separator is found, headers are matched without case or accents, lines are read by blocks and kept as compact
columns. What makes the whole file doubtful (no name column, a header twice, a broken line) is refused with file and
line; a value that cannot be understood is counted, with its first line.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from scanners.errors import CollectError
from scanners.workstations.facts import MAX_MACHINES, NAME_BYTES, NEVER, NO, UNKNOWN, YES

_SEPARATORS = ";\t,|"
_BLOCK_LINES = 50_000
_NAME = re.compile(r"[A-Z0-9_][A-Z0-9_.-]*")
_TRUTH: Mapping[str, int] = {
    **dict.fromkeys(("oui", "yes", "true", "vrai", "1", "on", "active", "enabled", "chiffre", "encrypted"), YES),
    **dict.fromkeys(
        ("non", "no", "false", "faux", "0", "off", "inactive", "disabled", "non chiffre", "not encrypted"), NO
    ),
}
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ T].*)?\Z")
_YEAR_FIRST = re.compile(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?:[ T].*)?\Z")

ColumnType = Literal["name", "text", "date", "truth"]


@dataclass(frozen=True)
class Column:
    """One column we understand: its type and the headers it may have (lower case, no accent, words only)."""

    type: ColumnType
    headers: tuple[str, ...]


INVENTORY: Mapping[str, Column] = {
    "name": Column(
        "name",
        (
            "nom",
            "name",
            "device name",
            "nom de la machine",
            "nom ordinateur",
            "computer name",
            "machine",
            "hostname",
            "poste",
        ),
    ),
    "serial": Column("text", ("numero de serie", "serial number", "serial", "n de serie", "serialnumber")),
    "system": Column(
        "text", ("systeme d exploitation", "systeme d exploitation nom", "operating system", "os", "os name")
    ),
    "version": Column(
        "text",
        ("systeme d exploitation version", "version du systeme", "os version", "build number", "build", "version"),
    ),
    "kind": Column("text", ("type", "categorie", "chassis", "chassis type", "device type", "form factor")),
    "patched": Column(
        "date",
        (
            "dernier correctif",
            "derniere mise a jour",
            "last patch",
            "last update",
            "last patched",
            "date du dernier correctif",
        ),
    ),
    "encrypted": Column(
        "truth", ("chiffre", "chiffrement", "encrypted", "encryption", "bitlocker", "chiffrement du disque")
    ),
    "isolated": Column("truth", ("isole", "isolated", "cloisonne")),
}
"""Columns of an inventory. Only the name is required."""

EDR: Mapping[str, Column] = {
    "name": Column("name", (*INVENTORY["name"].headers, "endpoint", "endpoint name", "host", "agent")),
    "serial": INVENTORY["serial"],
    "edr_seen": Column(
        "date",
        (
            "derniere connexion",
            "dernier contact",
            "last seen",
            "last contact",
            "last check in",
            "last communication",
            "derniere communication",
            "vu le",
        ),
    ),
}
"""Columns of an EDR or antivirus console. Only the name is required."""


@dataclass
class Table:
    """A list read: one row per machine (the first of each name), the columns found, what could not be understood.

    `unread` tells, for each column (and `name`), how many values were not understood and the line of the first.
    """

    frame: pd.DataFrame
    columns: tuple[str, ...]
    lines: int = 0
    duplicates: int = 0
    unread: dict[str, tuple[int, int]] = field(default_factory=dict)


def read_table(text: str, name: str, columns: Mapping[str, Column]) -> Table:
    """The machines listed in `text`; `name` is what messages call the file. CollectError says what to correct."""
    text = text.removeprefix("\ufeff")
    if "\x00" in text[:1_000]:
        raise _refused(
            name, "UTF-16 ou fichier binaire, enregistrez-le en CSV UTF-8", "UTF-16 or binary, save it as UTF-8 CSV"
        )
    first_line = 2 if text[:20].casefold().startswith("sep=") else 1
    if first_line == 2:
        text = text.partition("\n")[2]
    separator, header = _header(text, name)
    places = _places(header, columns, name, first_line)
    table = Table(pd.DataFrame(), tuple(places))
    blocks = []
    try:
        reader = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            header=0,
            names=list(range(len(header))),
            usecols=list(places.values()),
            dtype=str,
            keep_default_na=False,
            na_filter=False,
            skip_blank_lines=False,
            chunksize=_BLOCK_LINES,
            index_col=False,
        )
        for block in reader:
            blocks.append(_compact(block, places, columns, table, first_line + 1))
    except (pd.errors.ParserError, csv.Error, OverflowError) as error:
        detail = " ".join(str(error).split())[:200]
        raise _refused(name, f"ligne mal formée ({detail})", f"malformed line ({detail})") from error
    frame = pd.concat(blocks, ignore_index=True) if blocks else pd.DataFrame({place: [] for place in places})
    table.frame = frame.drop_duplicates("name", ignore_index=True)
    table.duplicates = len(frame) - len(table.frame)
    return table


def short_name(raw: str) -> str:
    """A machine's name as every list can write it: upper case, without domain suffix, DOMAIN\\ prefix or trailing $."""
    name = raw.strip().rpartition("\\")[2].removesuffix("$").upper()
    if not re.fullmatch(r"[0-9.]+", name):
        name = name.partition(".")[0]
    return name if _NAME.fullmatch(name) and len(name) <= NAME_BYTES else ""


def _header(text: str, name: str) -> tuple[str, list[str]]:
    line = text[:100_000].partition("\n")[0].rstrip("\r")
    bare = re.sub(r'"[^"]*"', "", line)
    separator = max(_SEPARATORS, key=bare.count)
    header = next(csv.reader([line], delimiter=separator), [])
    if not any(cell.strip() for cell in header):
        raise _refused(name, "fichier vide ou sans ligne d’en-tête", "empty file or no header line")
    return separator, header


def _places(header: list[str], columns: Mapping[str, Column], name: str, line: int) -> dict[str, int]:
    """Which of our columns each header is."""
    places: dict[str, int] = {}
    for place, cell in enumerate(header):
        word = _plain(cell)
        for column, known in columns.items():
            if word not in known.headers:
                continue
            if column in places:
                twice = f"“{header[places[column]]}”, “{cell}”"
                raise _refused(
                    name,
                    f"ligne {line} : deux colonnes disent la même chose ({twice}), retirez-en une",
                    f"line {line}: two columns say the same ({twice}), remove one",
                )
            places[column] = place
    if "name" not in places:
        found, wanted = ", ".join(header)[:200], ", ".join(columns["name"].headers[:4])
        raise _refused(
            name,
            f"ligne {line} : aucune colonne de nom de machine parmi « {found} », appelez-la par exemple {wanted}",
            f"line {line}: no machine name column among “{found}”, call it for instance {wanted}",
        )
    return places


def _compact(
    block: pd.DataFrame, places: Mapping[str, int], columns: Mapping[str, Column], table: Table, first_line: int
) -> pd.DataFrame:
    """One block as compact columns, blank lines left out."""
    lines = first_line + table.lines
    table.lines += len(block)
    if table.lines > MAX_MACHINES:
        raise _refused("CSV", f"plus de {MAX_MACHINES} lignes", f"more than {MAX_MACHINES} lines")
    compact = pd.DataFrame(index=block.index)
    for column, place in places.items():
        compact[column] = _convert(block[place], columns[column].type)
        _count_unread(table, column, block[place], compact[column], columns[column].type, lines)
    return compact[compact["name"] != ""]


def _convert(values: pd.Series[str], kind: ColumnType) -> pd.Series[str] | pd.Series[int]:
    """A column in its type; each distinct value is looked at once."""
    if kind == "name":
        return values.map(short_name)
    if kind == "text":
        return values.str.strip()
    convert = _day if kind == "date" else _truth
    return values.map({value: convert(value) for value in values.unique()}).astype("int32")


def _count_unread(
    table: Table, column: str, raw: pd.Series[str], read: pd.Series[str] | pd.Series[int], kind: ColumnType, lines: int
) -> None:
    if kind == "text":
        return
    empty = "" if kind == "name" else NEVER
    bad = (read == empty) & (raw.str.strip() != "")
    if bad.any():
        count, first = table.unread.get(column, (0, lines + int(bad.to_numpy().argmax())))
        table.unread[column] = (count + int(bad.sum()), first)


def _day(raw: str) -> int:
    """Days since 1970 of a date written year first, or day first as in France; `NEVER` when it is neither."""
    text = raw.strip()
    if match := _YEAR_FIRST.match(text):
        year, month, day = match.groups()
    elif match := _DAY_FIRST.match(text):
        day, month, year = match.groups()
    else:
        return NEVER
    moment = pd.to_datetime(f"{year}-{month:0>2}-{day:0>2}", format="%Y-%m-%d", errors="coerce")
    return NEVER if pd.isna(moment) or moment.year < 1970 else int((moment - pd.Timestamp(0)).days)


def _truth(raw: str) -> int:
    return _TRUTH.get(_plain(raw), UNKNOWN)


def _plain(text: str) -> str:
    """Lower case, no accent, words separated by one space."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(re.findall(r"[a-z0-9]+", bare))


def _refused(name: str, fr: str, en: str) -> CollectError:
    return CollectError(
        f"Le fichier {name} est refusé : {fr} (colonnes acceptées : docs/formats.md).",
        f"The file {name} is refused: {en} (accepted columns: docs/formats.md).",
    )
