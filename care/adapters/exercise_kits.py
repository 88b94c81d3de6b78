"""Reads and writes exercise kits: a folder or a zip holding `kit.yaml`, three booklets and `documents/`.

A kit may come from a stranger: every size is bounded before anything is unpacked, and a fault names file, key, reason.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

import kits
from care.adapters.kit_reading import KitError, fault
from exercises.kit import Booklet, Bundle, Document, Kit
from exercises.kit_check import faults_of
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
"""Bounds of ours: what goes by mail and on a USB stick."""
NOUN = Text("La partie de kit", "The part of a kit")
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The same kit gives the same bytes."""

_SAID: Mapping[str, Text] = {
    "missing": Text("absent", "missing"),
    "extra_forbidden": Text("clé inconnue", "unknown key"),
    "string_type": Text("un texte est attendu (mettez-le entre guillemets)", "a text is expected (quote it)"),
    "string_too_short": Text("vide", "empty"),
    "string_too_long": Text("plus de {max_length} caractères", "more than {max_length} characters"),
    "string_pattern_mismatch": Text("mal écrit (attendu : {pattern})", "badly written (expected: {pattern})"),
    "enum": Text("n’est pas l’un de : {expected}", "is none of: {expected}"),
    "literal_error": Text("attendu : {expected}", "expected: {expected}"),
    "int_type": Text("un nombre entier est attendu", "a whole number is expected"),
    "int_parsing": Text("un nombre entier est attendu", "a whole number is expected"),
    "int_from_float": Text("un nombre entier est attendu", "a whole number is expected"),
    "bool_type": Text("true ou false est attendu", "true or false is expected"),
    "bool_parsing": Text("true ou false est attendu", "true or false is expected"),
    "greater_than_equal": Text("au moins {ge}", "at least {ge}"),
    "less_than_equal": Text("au plus {le}", "at most {le}"),
    "less_than": Text("moins de {lt}", "less than {lt}"),
    "too_short": Text("au moins {min_length} élément(s)", "at least {min_length} item(s)"),
    "too_long": Text("au plus {max_length} éléments", "at most {max_length} items"),
    "tuple_type": Text("une liste est attendue", "a list is expected"),
    "model_type": Text("des lignes « nom: valeur » sont attendues", "lines “name: value” are expected"),
    "model_attributes_type": Text("des lignes « nom: valeur » sont attendues", "lines “name: value” are expected"),
}


@cache
def shipped_kits() -> Mapping[str, Bundle]:
    """The kits of this version by id, read once in the life of a process. KitError names the first fault."""
    found = [read_folder(path.parent) for path in sorted(SHIPPED.glob(f"*/{KIT}"))]
    return MappingProxyType({bundle.kit.id: bundle for bundle in found})


def read_folder(folder: Path) -> Bundle:
    """The kit of a folder. KitError names file, key and reason."""
    try:
        return bundle_of({name: path.read_bytes() for name, path in _files(folder)})
    except OSError as error:
        reason = system_reason(error)
        raise fault(folder.name, "*", reason.fr, reason.en, NOUN) from error


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            name = path.relative_to(folder).as_posix()
            _bounded(name, path.stat().st_size)
            yield name, path


def read_zip(content: bytes) -> Bundle:
    """The kit of a zip. KitError when it is no kit, too large, or tries to leave its folder."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            if len(members) > MAX_FILES:
                raise fault("kit.zip", "*", f"plus de {MAX_FILES} fichiers", f"more than {MAX_FILES} files", NOUN)
            for one in members:
                _bounded(one.filename, one.file_size)
            if sum(one.file_size for one in members) > MAX_KIT_BYTES:
                raise _too_large("kit.zip", MAX_KIT_BYTES)
            return bundle_of({one.filename: _unpacked(archive, one) for one in members})
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        # The middle two: a compression or an encryption that the library cannot undo.
        raise fault("kit.zip", "*", "ce n’est pas un zip lisible", "this is no readable zip", NOUN) from error


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """No more bytes than the member said: a bomb lies about its size."""
    with archive.open(member) as stream:
        return stream.read(member.file_size)


def bundle_of(files: Mapping[str, bytes]) -> Bundle:
    """The kit made of these files. KitError names the first fault."""
    known = {KIT, *(f"{one}.md" for one in Booklet)}
    for name in files:
        if name not in known and not name.startswith(DOCUMENTS):
            raise fault(name, "*", f"attendus : {', '.join(sorted(known))}, documents/", "not part of a kit", NOUN)
    kit = _kit(_text(files, KIT))
    bundle = Bundle(
        kit=kit,
        booklets=MappingProxyType({one: _text(files, f"{one}.md") for one in Booklet}),
        documents=tuple(
            Document(name.removeprefix(DOCUMENTS), files[name]) for name in sorted(files) if name.startswith(DOCUMENTS)
        ),
    )
    _attachments(bundle)
    return bundle


def _kit(text: str) -> Kit:
    try:
        kit = Kit.model_validate(load_mapping(text, KIT))
    except YamlError as error:
        raise KitError(error.text.fr, error.text.en) from error
    except ValidationError as error:
        first = error.errors()[0]
        said = _said(first)
        raise fault(KIT, _path(first["loc"]), said.fr, said.en, NOUN) from error
    for one in faults_of(kit):
        raise fault(KIT, one.key, one.fr, one.en, NOUN)
    return kit


def _path(steps: tuple[int | str, ...]) -> str:
    """`stimuli[3].to` for ("stimuli", 2, "to")."""
    return "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def _said(error: ErrorDetails) -> Text:
    known = _SAID.get(error["type"])
    if known is None:
        return Text(f"valeur refusée ({error['msg']})", f"value refused ({error['msg']})")
    context = error.get("ctx", {})
    return Text(known.fr.format_map(context), known.en.format_map(context))


def _attachments(bundle: Bundle) -> None:
    there = {one.name for one in bundle.documents}
    for number, stimulus in enumerate(bundle.kit.stimuli, 1):
        for name in stimulus.attachments:
            if name not in there:
                key = f"stimuli[{number}].attachments"
                raise fault(KIT, key, f"documents/{name} est absent", f"documents/{name} is missing", NOUN)


def _text(files: Mapping[str, bytes], name: str) -> str:
    if name not in files:
        raise fault(name, "*", "ce fichier est absent", "this file is missing", NOUN)
    try:
        return files[name].decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise fault(name, "*", "le fichier n’est pas en UTF-8", "the file is not UTF-8", NOUN) from error


def _bounded(name: str, size: int) -> None:
    most = MAX_DOCUMENT_BYTES if name.startswith(DOCUMENTS) else MAX_TEXT_BYTES
    if size > most:
        raise _too_large(name, most)


def _too_large(name: str, most: int) -> KitError:
    return fault(name, "*", f"plus de {most // 1_000_000} Mo", f"more than {most // 1_000_000} MB", NOUN)


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
