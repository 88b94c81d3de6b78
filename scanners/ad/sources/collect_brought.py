"""The child process that reads what someone collected elsewhere: `python -m scanners.ad.sources.collect_brought`.

Either a facts archive that `care audit ad` wrote on another machine, or a BloodHound collection. Both come from
strangers: reading one is bounded in time and memory. The order is JSON on standard input; the facts made of a
BloodHound collection are written to a file, and only they are kept: the collection itself may hold passwords. On
standard output come lines of progress, then `{"done": {…}}`, the fields of `scanners.ad.collection.Brought`, or
`{"failed": {"fr", "en"}}`. The other end is `scanners.ad.collection`.
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

import numpy as np

from scanners.ad.columns import Kind
from scanners.ad.facts import ACCOUNTS, FORMAT, DirectoryFacts
from scanners.ad.sources.read_bloodhound import read_bloodhound
from scanners.archive import MANIFEST, Manifest, parse_archive, write_archive
from scanners.child import Order, follow_order, say
from scanners.errors import CollectError
from scanners.lifecycle import imported_rows
from scanners.model import Text
from scanners.vocabulary import SCANNER_NAMES

_BETWEEN_ZONES = timedelta(hours=26)
"""Between the clocks of the two ends of the world: what is further in the future is a wrong clock."""

MAX_UNPACKED_BYTES = 8 << 30
"""A BloodHound collection of 100,000 objects weighs about 1 GB. Our choice."""

_MOST_TEXT = 250
_READING = Text("Lecture du fichier.", "Reading the file.")
_MAKING = Text("Lecture de la collecte BloodHound.", "Reading the BloodHound collection.")


def main() -> int:
    """Read one file; exit code 0 when its facts are known, 3 when it could not be read."""
    return follow_order(_read, _too_little_memory)


def _read(order: Order, channel: TextIO) -> Mapping[str, object]:
    path, name = Path(order["path"]), str(order["name"])
    of_ours = _is_archive(path, name)
    _progress(channel, 0.1, _READING if of_ours else _MAKING)
    if of_ours:
        return _of_archive(path, name)
    facts = _dated(read_bloodhound(path, name), ZoneInfo(order["time_zone"]), datetime.fromisoformat(order["now"]))
    facts = replace(facts, lifecycle=imported_rows(str(order["lifecycle_yaml"])))
    at = facts.collected_at.isoformat()
    manifest = Manifest("ad", FORMAT.schema, facts.naming.domain or name, at, at, "BloodHound")
    write_archive(Path(order["out"]), manifest, facts)
    return _told(facts, manifest, bloodhound=True)


def _progress(channel: TextIO, share: float, text: Text) -> None:
    say(channel, {"progress": share, "text": {"fr": text.fr, "en": text.en}})


def _is_archive(path: Path, name: str) -> bool:
    """Whether a ZIP file is one of our archives. CollectError when it is no ZIP file, or one that would swell."""
    try:
        with zipfile.ZipFile(path) as bundle:
            size = sum(member.file_size for member in bundle.infolist())
            of_ours = MANIFEST in bundle.namelist()
    except (OSError, zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, NotImplementedError) as error:
        raise CollectError(
            f"{name} est abîmé, ou n’est pas un fichier ZIP ({error}) ; reprenez le fichier tel que l’outil l’a écrit.",
            f"{name} is damaged, or is no ZIP file ({error}); take the file again as the tool wrote it.",
        ) from error
    if size > MAX_UNPACKED_BYTES:
        gibibytes = MAX_UNPACKED_BYTES >> 30
        raise CollectError(
            f"{name} dépasserait {gibibytes} Gio une fois décompressé : aucun annuaire n’en demande autant ; reprenez "
            "le fichier tel que l’outil l’a écrit.",
            f"{name} would be over {gibibytes} GiB once unpacked: no directory needs as much; take the file again as "
            "the tool wrote it.",
        )
    return of_ours


def _of_archive(path: Path, name: str) -> dict[str, Any]:
    archive = parse_archive(path.read_bytes(), name)
    if not isinstance(archive.facts, DirectoryFacts):
        found = SCANNER_NAMES[archive.manifest.scanner]
        raise CollectError(
            f"{name} vient d’un audit « {found.fr} » ; seules les collectes d’un annuaire s’importent ici.",
            f"{name} comes from a “{found.en}” audit; only collections of a directory are imported here.",
        )
    return _told(archive.facts, archive.manifest, bloodhound=False)


def _dated(facts: DirectoryFacts, zone: ZoneInfo, now: datetime) -> DirectoryFacts:
    """The facts at the clock of the machine that collected them, taken to be in the zone of the installation; never
    later than now, as that clock may be elsewhere."""
    at = facts.collected_at.replace(tzinfo=zone).astimezone(UTC)
    return replace(facts, collected_at=now if now < at <= now + _BETWEEN_ZONES else at)


def _told(facts: DirectoryFacts, manifest: Manifest, *, bloodhound: bool) -> dict[str, Any]:
    kinds = np.bincount(facts.objects.kind, minlength=max(Kind) + 1)
    groups, computers = int(kinds[Kind.GROUP]), int(kinds[Kind.COMPUTER])
    return {
        "bloodhound": bloodhound,
        "tool": _shown(manifest.tool),
        "source": _shown(manifest.target),
        "started_at": manifest.started_at,
        "finished_at": manifest.finished_at,
        "domain": _shown(facts.naming.domain),
        "sid": _shown(facts.naming.sid),
        "objects": len(facts.objects),
        "accounts": int(kinds[list(ACCOUNTS)].sum()) - computers,
        "computers": computers,
        "groups": groups,
    }


def _shown(text: str) -> str:
    """What a stranger wrote, fit to be shown on one line."""
    return "".join(sign for sign in text if sign.isprintable())[:_MOST_TEXT]


def _too_little_memory(_order: Order, mebibytes: int) -> Text:
    return Text(
        f"La lecture de ce fichier a dépassé sa limite de mémoire ({mebibytes} Mio) et a été arrêtée ; vérifiez "
        "qu’il vient bien de l’outil.",
        f"Reading this file went over its memory limit ({mebibytes} MiB) and was stopped; check that it does "
        "come from the tool.",
    )


if __name__ == "__main__":
    sys.exit(main())
