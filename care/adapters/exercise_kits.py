"""Reads and writes exercise kits: a folder or a zip holding `kit.yaml`, three booklets and `documents/`.

A kit may come from a stranger: every size is bounded before anything is unpacked, and nothing is ever written to disk.
Every fault is told at once, each with its file, its key and its reason.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

import yaml

import kits
from care.adapters.kit_reading import KitError
from exercises.kit import Booklet, Bundle, Document, Kit
from exercises.kit_check import PLACEHOLDER, Fault, contractions
from exercises.kit_faults import UnplayableKitError, kit_of
from scanners.errors import system_reason
from scanners.model import Text
from scanners.read_yaml import YamlError, load_mapping

SHIPPED = Path(kits.__file__).parent / "exercises"
KIT = "kit.yaml"
DOCUMENTS = "documents/"
MAX_DOCUMENT_BYTES = 10_000_000
MAX_KIT_BYTES = 40_000_000
MAX_TEXT_BYTES = 2_000_000
MAX_FILES = 200
MAX_BOOKLET = 200_000
"""Bounds of ours: what goes by mail and on a USB stick."""
MOST_FAULTS = 60
"""As many as a person corrects before trying again."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The same kit gives the same bytes."""


_KNOWN = (KIT, *(f"{one}.md" for one in Booklet))
_DOCUMENT_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}\Z")
"""As `exercises.kit.DocumentName`."""
_LINES = {ord("\n"): None, ord("\t"): None}
_MOST_ENTRIES = 5_000
"""Entries of a zip, folders and leftovers included, before its directory is even read."""
_LEFT_BEHIND = re.compile(r"(^|/)(__MACOSX/|\.DS_Store\Z|Thumbs\.db\Z|desktop\.ini\Z)", re.IGNORECASE)
"""What systems add to a folder without being asked."""
_UNREADABLE = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, struct.error, ValueError)
"""What the library raises on a zip that is broken or no zip; RuntimeError when it is encrypted, NotImplementedError
when it asks for a version or a compression that the library does not know."""


class FaultyKitError(KitError):
    """A kit that cannot be played; `faults` are all that is wrong with it, in the order of its files."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(
            "\n".join((_headline(len(faults)).fr, *(f"- {one.file} : {_at(one)}{one.fr}" for one in faults))),
            "\n".join((_headline(len(faults)).en, *(f"- {one.file}: {_at(one)}{one.en}" for one in faults))),
        )
        self.faults = faults


def _at(fault: Fault) -> str:
    return "" if fault.key == "*" else f"{fault.key}, "


def _headline(count: int) -> Text:
    if count == 1:
        return Text("Ce kit ne peut pas être joué ; corrigez ceci :", "This kit cannot be played; correct this:")
    return Text(
        f"Ce kit ne peut pas être joué ; corrigez ces {count} points :",
        f"This kit cannot be played; correct these {count} points:",
    )


@cache
def shipped_kits() -> Mapping[str, Bundle]:
    """The kits of this version by id, read once in the life of a process. FaultyKitError at the first faulty one."""
    found = [read_folder(path.parent) for path in sorted(SHIPPED.glob(f"*/{KIT}"))]
    return MappingProxyType({bundle.kit.id: bundle for bundle in found})


def read_folder(folder: Path) -> Bundle:
    """The kit of a folder. FaultyKitError names every fault."""
    try:
        return bundle_of({name: path.read_bytes() for name, path in _files(folder)})
    except OSError as error:
        reason = system_reason(error)
        raise _refused(folder.name, reason.fr, reason.en) from error


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not path.is_symlink() and not _LEFT_BEHIND.search(name):
            if too_large := _too_large(name, path.stat().st_size):
                raise FaultyKitError((too_large,))
            yield name, path


def read_zip(content: bytes) -> Bundle:
    """The kit of a zip. FaultyKitError when it is no kit, too large, or tries to leave its folder."""
    if len(content) > MAX_KIT_BYTES:
        raise FaultyKitError((_larger_than("kit.zip", MAX_KIT_BYTES),))
    if content.count(b"PK\x01\x02") > _MOST_ENTRIES:
        raise _refused("kit.zip", f"plus de {MAX_FILES} fichiers", f"more than {MAX_FILES} files")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = _unpacked(archive)
    except _UNREADABLE as error:
        raise _refused("kit.zip", "ce n’est pas un zip lisible", "this is no readable zip") from error
    return bundle_of(files)


def _unpacked(archive: zipfile.ZipFile) -> Mapping[str, bytes]:
    """The files of a zip by name, without the folder that holds them all, when there is one. No more bytes of each than
    it said: a bomb lies about its size."""
    members = [one for one in archive.infolist() if not one.is_dir() and not _LEFT_BEHIND.search(one.filename)]
    if faults := tuple(_zip_faults(members)):
        raise FaultyKitError(faults[:MOST_FAULTS])
    start = _common_folder([one.filename for one in members])
    return {one.filename.removeprefix(start): _read(archive, one) for one in members}


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as stream:
        return stream.read(member.file_size)


def _zip_faults(members: list[zipfile.ZipInfo]) -> Iterator[Fault]:
    """What makes a zip dangerous, or too large to be looked at."""
    if len(members) > MAX_FILES:
        yield Fault("*", f"plus de {MAX_FILES} fichiers", f"more than {MAX_FILES} files", "kit.zip")
        return
    if sum(one.file_size for one in members) > MAX_KIT_BYTES:
        yield _larger_than("kit.zip", MAX_KIT_BYTES)
    for name, times in Counter(one.filename for one in members).items():
        if times > 1:
            yield Fault("*", f"ce fichier y figure {times} fois", f"this file stands there {times} times", name)
    for one in members:
        yield from _member_faults(one)


def _member_faults(member: zipfile.ZipInfo) -> Iterator[Fault]:
    name = member.filename
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name:
        yield Fault("*", "ce chemin sort du dossier du kit", "this path leaves the folder of the kit", name)
    elif stat.S_ISLNK(member.external_attr >> 16):
        yield Fault("*", "un lien : mettez le fichier lui-même", "a link: put the file itself", name)
    elif member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        yield Fault(
            "*", "compression inconnue : faites un zip ordinaire", "unknown compression: make a plain zip", name
        )
    elif too_large := _too_large(name, member.file_size):
        yield too_large


def _common_folder(names: list[str]) -> str:
    """`my-kit/` when every file is in it: people zip the folder rather than what it holds."""
    folders = {name.partition("/")[0] for name in names if "/" in name}
    whole = len(folders) == 1 and all("/" in name for name in names)
    return f"{folders.pop()}/" if whole and DOCUMENTS.rstrip("/") not in folders else ""


def bundle_of(files: Mapping[str, bytes]) -> Bundle:
    """The kit made of these files. FaultyKitError names every fault."""
    faults = list(_file_faults(files))
    kit: Kit | None = None
    try:
        kit = _kit(files)
    except FaultyKitError as faulty:
        faults += faulty.faults
    if kit is not None:
        faults += (*_attachment_faults(kit, files), *_booklet_faults(kit, files), *_contracted(kit, files))
    if kit is None or faults:
        raise FaultyKitError(tuple(faults[:MOST_FAULTS]))
    return Bundle(
        kit=kit,
        booklets=MappingProxyType({one: _text(files, f"{one}.md") for one in Booklet}),
        documents=tuple(
            Document(name.removeprefix(DOCUMENTS), files[name]) for name in sorted(files) if name.startswith(DOCUMENTS)
        ),
    )


def _file_faults(files: Mapping[str, bytes]) -> Iterator[Fault]:
    """Files that are missing, that have no place in a kit, or that cannot be read; `kit.yaml` is another matter."""
    for name in files:
        document = name.startswith(DOCUMENTS)
        if not document and name not in _KNOWN:
            known = f"{', '.join(_KNOWN)}, {DOCUMENTS}"
            fr, en = "n’est pas une partie de kit ; attendus", "is no part of a kit; expected"
            yield Fault("*", f"{fr} : {known}", f"{en}: {known}", name)
        elif document and not _DOCUMENT_NAME.match(name.removeprefix(DOCUMENTS)):
            yield Fault(
                "*",
                "nom refusé : minuscules, chiffres, points et tirets, sans espace ni sous-dossier",
                "name refused: lower case, digits, dots and hyphens, without space nor sub-folder",
                name,
            )
    for one in Booklet:
        try:
            text = _text(files, f"{one}.md")
        except FaultyKitError as faulty:
            yield from faulty.faults
        else:
            if len(text) > MAX_BOOKLET or not _fit_to_print(text):
                fr = f"plus de {MAX_BOOKLET} signes, ou un signe invisible (code de contrôle)"
                yield Fault("*", fr, f"more than {MAX_BOOKLET} characters, or an invisible sign", f"{one}.md")


def _kit(files: Mapping[str, bytes]) -> Kit:
    try:
        kit = kit_of(load_mapping(_text(files, KIT), KIT))
    except YamlError as error:
        raise _refused(KIT, error.text.fr, error.text.en) from error
    except UnplayableKitError as error:
        raise FaultyKitError(error.faults[:MOST_FAULTS]) from error
    if faults := tuple(_unprintable(kit.model_dump(mode="json", by_alias=True), "")):
        raise FaultyKitError(faults[:MOST_FAULTS])
    return kit


def _unprintable(value: object, key: str) -> Iterator[Fault]:
    """Texts with a sign that no database, page or paper takes (YAML lets them in as escapes)."""
    if isinstance(value, str) and not _fit_to_print(value):
        yield Fault(key, "un signe invisible (code de contrôle) : retapez ce texte", "an invisible sign: type it again")
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _unprintable(one, f"{key}.{name}".removeprefix("."))
    elif isinstance(value, list):
        for number, one in enumerate(value, 1):
            yield from _unprintable(one, f"{key}[{number}]")


def _fit_to_print(text: str) -> bool:
    return not any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text.translate(_LINES))


def _attachment_faults(kit: Kit, files: Mapping[str, bytes]) -> Iterator[Fault]:
    for number, stimulus in enumerate(kit.stimuli, 1):
        for name in stimulus.attachments:
            if f"{DOCUMENTS}{name}" not in files:
                key = f"stimuli[{number}].attachments"
                yield Fault(key, f"documents/{name} est absent", f"documents/{name} is missing")


def _booklet_faults(kit: Kit, files: Mapping[str, bytes]) -> Iterator[Fault]:
    """Variables of the booklets that the kit does not declare."""
    known = {one.key for one in kit.variables}
    for name in (f"{one}.md" for one in Booklet):
        text = files.get(name, b"").decode("utf-8-sig", errors="replace")
        for key in dict.fromkeys(PLACEHOLDER.findall(text)):
            if key not in known:
                said = f"{{{{{key}}}}}"
                fr, en = "cette variable n’est pas déclarée dans kit.yaml", "kit.yaml does not declare this variable"
                yield Fault(said, fr, en, name)


def _contracted(kit: Kit, files: Mapping[str, bytes]) -> Iterator[Fault]:
    """Variables of the booklets and of the documents in which they are replaced, after « de » or « à »."""
    for name, content in files.items():
        if name.endswith((".md", ".txt")):
            yield from contractions(kit, "*", content.decode("utf-8-sig", errors="replace"), name)


def _text(files: Mapping[str, bytes], name: str) -> str:
    if name not in files:
        raise _refused(name, "ce fichier est absent", "this file is missing")
    try:
        return files[name].decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise _refused(name, "le fichier n’est pas en UTF-8", "the file is not UTF-8") from error


def _refused(file: str, fr: str, en: str) -> FaultyKitError:
    return FaultyKitError((Fault("*", fr, en, file),))


def _too_large(name: str, size: int) -> Fault | None:
    most = MAX_DOCUMENT_BYTES if DOCUMENTS in name else MAX_TEXT_BYTES
    return _larger_than(name, most) if size > most else None


def _larger_than(name: str, most: int) -> Fault:
    return Fault("*", f"plus de {most // 1_000_000} Mo", f"more than {most // 1_000_000} MB", name)


def zip_of(bundle: Bundle) -> bytes:
    """The kit as a zip that `read_zip` gives back."""
    files = {KIT: yaml_of(bundle.kit).encode()}
    files |= {f"{one}.md": text.encode() for one, text in bundle.booklets.items()}
    files |= {f"{DOCUMENTS}{one.name}": one.content for one in bundle.documents}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def yaml_of(kit: Kit) -> str:
    """The kit as its file is written: what says nothing is left out."""
    document = kit.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude_none=True)
    written: str = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=110)
    return written


def schema() -> dict[str, Any]:
    """The JSON Schema of `kit.yaml`, for editors that check while one types."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Kit.model_json_schema()}
