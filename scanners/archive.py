"""Facts to and from one file on disk.

The file is a ZIP of `manifest.json`, `facts.json` and `arrays/<name>.npy` (never pickle: archives may come from
strangers). The same facts give the same bytes; the SHA-256 of the file is the identity of the facts.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import lzma
import os
import struct
import tempfile
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Generic, Protocol, TypeVar

import numpy as np
from pydantic import AfterValidator, AwareDatetime, TypeAdapter, ValidationError

from scanners.catalog import SCANNERS
from scanners.errors import ArchiveError, system_reason
from scanners.exchange import Directory, PublishesDirectory
from scanners.model import Facts

CONTAINER = "care-facts/1"
MANIFEST = "manifest.json"
MAX_UNPACKED_BYTES = 1 << 30
"""An archive that unpacks to more is refused: 100,000 directory objects take about 10 MB."""

_FIRST_YEAR, _LAST_YEAR = 1990, 2200
"""Facts are of our time: rules add and subtract years from the date of collection."""


def check_moment(moment: datetime) -> datetime:
    """The moment, ValueError when no audit can have been made then."""
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError("the date of collection is not of our time")
    return moment


CollectedAt = Annotated[AwareDatetime, AfterValidator(check_moment)]
"""The date of a collection, as it is checked when facts are read back."""

_NO_MEMORY = "it asks for more memory than is allowed"
_Z_MEM_ERROR = "Error -4 "
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    LookupError,
    ValueError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    OSError,
    lzma.LZMAError,
    tokenize.TokenError,
)
"""What the libraries raise on a damaged or hostile file."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
F = TypeVar("F")
JsonObject = dict[str, Any]
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Parts:
    """Facts taken apart: one JSON document and named arrays of numbers, booleans or fixed-width text."""

    document: JsonObject
    arrays: Mapping[str, Array] = field(default_factory=dict)


class FactsFormat(Protocol[F]):
    """How one scanner's facts are taken apart and put together; `FORMAT` of its `facts` module.

    `schema` grows when older code could no longer read the document; `unpack` raises ValueError on a bad document.
    """

    schema: int

    def pack(self, facts: F) -> Parts:
        """The facts taken apart."""

    def unpack(self, parts: Parts) -> F:
        """The facts put together again."""


class DataclassFormat(Generic[F]):
    """The format of facts made of frozen dataclasses and scalars only."""

    def __init__(self, facts_type: type[F], schema: int) -> None:
        self.schema = schema
        self._adapter: TypeAdapter[F] = TypeAdapter(facts_type)

    def pack(self, facts: F) -> Parts:
        """The facts as one JSON document."""
        return Parts(self._adapter.dump_python(facts, mode="json"))

    def unpack(self, parts: Parts) -> F:
        """The facts, validated; ValueError when the document does not hold them."""
        return self._adapter.validate_json(json.dumps(parts.document))


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself. Times are ISO 8601 in UTC."""

    scanner: str
    schema: int
    target: str
    started_at: str
    finished_at: str
    tool: str
    container: str = CONTAINER


@dataclass(frozen=True, slots=True)
class Archive(Generic[F]):
    """Facts read from, or just written to, a file. `sha256` is that of the whole file, in hexadecimal."""

    manifest: Manifest
    facts: F
    sha256: str

    @property
    def started_at(self) -> datetime:
        """When the collection began."""
        return datetime.fromisoformat(self.manifest.started_at)

    @property
    def finished_at(self) -> datetime:
        """When the collection ended."""
        return datetime.fromisoformat(self.manifest.finished_at)


def format_of(scanner: str) -> FactsFormat[Any]:
    """The facts format of a known scanner."""
    module = importlib.import_module(f"scanners.{scanner}.facts")
    facts_format: FactsFormat[Any] = module.FORMAT
    return facts_format


def write_archive(path: Path, manifest: Manifest, facts: Facts) -> str:
    """Write the file whole or not at all, and return its SHA-256.

    ArchiveError when the disk is full or the folder cannot be written.
    """
    content = _zipped(manifest, format_of(manifest.scanner).pack(facts))
    try:
        replace_file(path, content)
    except OSError as error:
        reason = system_reason(error)
        raise ArchiveError(
            f"Les faits n’ont pas pu être écrits dans {path} ({reason.fr}) ; libérez de l’espace ou choisissez un "
            "autre dossier, puis relancez l’audit.",
            f"The facts could not be written to {path} ({reason.en}); free some space or choose another folder, "
            "then run the audit again.",
        ) from error
    return hashlib.sha256(content).hexdigest()


def read_archive(path: Path) -> Archive[Any]:
    """Read and check an archive. ArchiveError says what is wrong with it and what to do."""
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = system_reason(error)
        raise ArchiveError(
            f"Le fichier de faits {path} ne peut pas être lu ({reason.fr}) ; vérifiez le chemin et les droits.",
            f"The facts file {path} cannot be read ({reason.en}); check the path and the permissions.",
        ) from error
    return parse_archive(content, str(path))


def read_directory(path: Path) -> Directory:
    """What a facts archive tells about a directory. ArchiveError when it cannot be read or tells nothing of one."""
    facts = read_archive(path).facts
    if not isinstance(facts, PublishesDirectory):
        raise ArchiveError(
            f"{path} ne contient pas les faits d’un annuaire ; donnez l’archive d’un audit « ad ».",
            f"{path} does not hold the facts of a directory; give the archive of an “ad” audit.",
        )
    return facts.directory()


def parse_archive(content: bytes, name: str) -> Archive[Any]:
    """The archive held by `content`; `name` is how error messages call it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            if sum(member.file_size for member in bundle.infolist()) > MAX_UNPACKED_BYTES:
                raise _malformed(name, "too large once unpacked")
            manifest = _manifest(bundle, name)
            parts = _parts(bundle)
        facts = format_of(manifest.scanner).unpack(parts)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise _malformed(name, f"{place}: {first['msg']}") from error
    except MemoryError as error:
        raise _malformed(name, _NO_MEMORY) from error
    except _UNREADABLE as error:
        short = isinstance(error, zlib.error) and str(error).startswith(_Z_MEM_ERROR)
        raise _malformed(name, _NO_MEMORY if short else str(error)) from error
    return Archive(manifest, facts, hashlib.sha256(content).hexdigest())


def _manifest(bundle: zipfile.ZipFile, name: str) -> Manifest:
    raw = json.loads(bundle.read(MANIFEST))
    container = raw.get("container", CONTAINER) if isinstance(raw, dict) else CONTAINER
    if container != CONTAINER:  # its fields may be others: said before they are read
        raise _newer(name, str(container)[:80])
    manifest = TypeAdapter(Manifest).validate_python(raw)
    if manifest.scanner not in SCANNERS:
        raise _newer(name, f"{manifest.container}, {manifest.scanner}")
    if manifest.schema > format_of(manifest.scanner).schema:
        raise _newer(name, f"{manifest.scanner} {manifest.schema}")
    if manifest.schema < 1:
        raise _malformed(name, f"schema {manifest.schema} never existed")
    datetime.fromisoformat(manifest.started_at)
    datetime.fromisoformat(manifest.finished_at)
    return manifest


def _parts(bundle: zipfile.ZipFile) -> Parts:
    document = json.loads(bundle.read("facts.json"))
    if not isinstance(document, dict):
        raise ValueError("facts.json is not an object")  # noqa: TRY004 - a fault of the file, not of a caller
    arrays = {
        member.removeprefix("arrays/").removesuffix(".npy"): _array(bundle.read(member))
        for member in bundle.namelist()
        if member.startswith("arrays/")
    }
    return Parts(document, arrays)


def _array(content: bytes) -> Array:
    loaded: Array = np.load(io.BytesIO(content), allow_pickle=False)
    return loaded


def _zipped(manifest: Manifest, parts: Parts) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as bundle:
        _add(bundle, MANIFEST, _json(asdict(manifest)))
        _add(bundle, "facts.json", _json(parts.document))
        for name in sorted(parts.arrays):
            column = io.BytesIO()
            np.save(column, parts.arrays[name], allow_pickle=False)
            _add(bundle, f"arrays/{name}.npy", column.getvalue())
    return buffer.getvalue()


def _add(bundle: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, date_time=_EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    bundle.writestr(entry, content)


def _json(document: JsonObject) -> bytes:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` in the file whole or not at all; OSError leaves what was there, and nothing beside it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def _malformed(name: str, detail: str) -> ArchiveError:
    return ArchiveError(
        f"{name} n’est pas une archive de faits lisible ({detail}) ; reprenez le fichier écrit par « care audit ».",
        f"{name} is not a readable facts archive ({detail}); take the file written by `care audit` again.",
    )


def _newer(name: str, found: str) -> ArchiveError:
    return ArchiveError(
        f"{name} a été écrit par une version plus récente de CaRE ({found}) ; mettez CaRE à jour pour le lire.",
        f"{name} was written by a newer version of CaRE ({found}); update CaRE to read it.",
    )
