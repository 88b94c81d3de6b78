"""The sealed book: evidence, an index to read, a signed manifest and the script that verifies them, in one archive.

The archive is laid out by the functions of the verifier itself (`reports.seal.verifier`), so that what is written and
what is accepted cannot differ. The same book gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import escape
from importlib import resources
from typing import BinaryIO

from reports.errors import ReportError
from reports.seal import verifier
from reports.seal.verifier import Said
from reports.words import Lang, day, number

_CHUNK = 1 << 20
_MAX_NAME = 100
# What a browser would run when a piece is opened from the unpacked folder wears `.txt` there.
_ACTIVE = frozenset({"text/html", "image/svg+xml", "application/xml"})


@dataclass(frozen=True, slots=True)
class BookPiece:
    """One piece of evidence. `filed` is what the chain says of it for ever; the rest is what people say of it.

    `size` is None for an address. `replaced` and `withdrawn` pieces are no longer in use.
    """

    filed: Mapping[str, str | int | None]
    media_type: str
    size: int | None
    title: str
    kind: Said
    owner: str
    note: str
    effective_from: date | None
    effective_to: date | None
    added_at: datetime
    added_by: str
    ties: tuple[Said, ...]
    current: bool

    @property
    def number(self) -> int:
        """Its number in the chain of the establishment."""
        return int(self.filed["number"] or 0)

    @property
    def sha256(self) -> str:
        """The hash of its file, empty for an address."""
        return str(self.filed["sha256"] or "")

    @property
    def path(self) -> str | None:
        """Where its file is in the book."""
        return piece_path(self.number, str(self.filed["name"]), self.media_type) if self.sha256 else None


@dataclass(frozen=True, slots=True)
class BookChain:
    """The part of the chain that the pieces lie in: the hash before link `first`, then that of each link's facts."""

    first: int
    previous: str
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BookCheckpoint:
    """A signature of the chain at one of its links."""

    number: int
    hash: str
    at: datetime
    key: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Book:
    """A book to seal. `keys` are the raw public keys of the checkpoints by fingerprint, that of the seal included."""

    establishment: str
    finess: str
    made_at: datetime
    made_by: str
    selection: Said
    pieces: tuple[BookPiece, ...]
    chain: BookChain
    checkpoints: tuple[BookCheckpoint, ...]
    key: str
    keys: Mapping[str, bytes]
    public_pem: bytes


OpenPiece = Callable[[BookPiece], AbstractContextManager[BinaryIO]]
Sign = Callable[[bytes], bytes]


def write_book(
    book: Book,
    out: BinaryIO,
    open_piece: OpenPiece,
    sign: Sign,
    progress: Callable[[float], None] = lambda _share: None,
) -> None:
    """Write the sealed archive to a seekable file, in flat memory. ReportError when a piece is damaged."""
    front = {
        "LISEZMOI.txt": _read_me(book).replace("\n", "\r\n").encode("utf-8-sig"),
        "index.html": _index(book, "fr").encode(),
        "index.en.html": _index(book, "en").encode(),
        verifier.KEY: book.public_pem,
        verifier.SCRIPT: resources.files("reports.seal").joinpath("verifier.py").read_bytes(),
    }
    files = [(piece.path, piece) for piece in book.pieces if piece.path is not None]
    seal_archive(out, front, _manifest(book, front), files, open_piece, sign, progress)


def seal_archive(
    out: BinaryIO,
    front: Mapping[str, bytes],
    manifest: bytes,
    files: Sequence[tuple[str, BookPiece]],
    open_piece: OpenPiece,
    sign: Sign,
    progress: Callable[[float], None] = lambda _share: None,
) -> None:
    """Write what an archive begins with, its manifest signed, then the files of pieces at their paths."""
    archive = _Archive(out)
    for name, content in (*front.items(), (verifier.MANIFEST, manifest), (verifier.SIGNATURE, sign(manifest))):
        archive.add(name, content)
    total = sum(piece.size or 0 for _path, piece in files) or 1
    written = 0
    for path, piece in files:
        with open_piece(piece) as file:
            archive.copy(path, piece, file)
        written += piece.size or 0
        progress(written / total)
    archive.end()


def listed(front: Mapping[str, bytes], files: Sequence[tuple[str, BookPiece]]) -> list[dict[str, object]]:
    """The files of an archive as its manifest names them: path, size in bytes, SHA-256."""
    own = [(name, len(one), hashlib.sha256(one).hexdigest()) for name, one in front.items()]
    theirs = [(path, one.size, one.sha256) for path, one in files]
    return [{"path": path, "size": size, "sha256": sha256} for path, size, sha256 in (*own, *theirs)]


def piece_path(number: int, name: str, media_type: str) -> str:
    """The name of a piece in the book: its number, then its own name in plain letters that any system can write."""
    return f"{verifier.PIECES}{number:04d}-{file_name(name, media_type)}"


def file_name(name: str, media_type: str) -> str:
    """A name in plain letters that any system can write; what a browser would run ends in `.txt`."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem, dot, extension = re.sub(r"[^A-Za-z0-9._-]+", "-", letters).strip("-._").rpartition(".")
    stem, extension = (stem, extension[:10]) if dot else (extension, "")
    kept = f"{stem[:_MAX_NAME] or 'piece'}{'.' if extension else ''}{extension}"
    return f"{kept}{'.txt' if media_type in _ACTIVE else ''}"


class _Archive:
    """Files stored one after the other, as `verifier.read_archive` expects them."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._offset = 0
        self._directory: list[bytes] = []

    def add(self, name: str, content: bytes) -> None:
        crc = zlib.crc32(content)
        self._out.write(verifier.local_header(name, crc, len(content)) + content)
        self._enter(name, crc, len(content))

    def copy(self, name: str, piece: BookPiece, content: BinaryIO) -> None:
        """The header holds the CRC: it is written once the content has gone by."""
        size = piece.size or 0
        self._out.write(verifier.local_header(name, 0, size))
        digest, crc, left = hashlib.sha256(), 0, size
        while chunk := content.read(min(_CHUNK, left + 1)):
            left -= len(chunk)
            digest.update(chunk)
            crc = zlib.crc32(chunk, crc)
            self._out.write(chunk)
        if left or digest.hexdigest() != piece.sha256:
            raise _damaged(piece)
        self._out.seek(self._offset)
        self._out.write(verifier.local_header(name, crc, size))
        self._out.seek(0, 2)
        self._enter(name, crc, size)

    def end(self) -> None:
        listed = b"".join(self._directory)
        self._out.write(listed + verifier.ending(len(self._directory), self._offset, len(listed)))

    def _enter(self, name: str, crc: int, size: int) -> None:
        self._directory.append(verifier.central_entry(name, crc, size, self._offset))
        self._offset += verifier.LOCAL_SIZE + len(name) + size


def _damaged(piece: BookPiece) -> ReportError:
    return ReportError(
        f"Le fichier de la preuve n° {piece.number} est abîmé : restaurez-le d’une sauvegarde, puis recommencez.",
        f"The file of evidence no. {piece.number} is damaged: restore it from a backup, then start again.",
    )


def _manifest(book: Book, front: Mapping[str, bytes]) -> bytes:
    """The signed part, as JSON that people can read."""
    content = {
        "format": verifier.FORMAT,
        "establishment": {"finess": book.finess, "name": book.establishment},
        "made_at": moment(book.made_at),
        "made_by": book.made_by,
        "selection": book.selection._asdict(),
        "key": book.key,
        "keys": {name: raw.hex() for name, raw in sorted(book.keys.items())},
        "files": listed(front, [(one.path, one) for one in book.pieces if one.path is not None]),
        "pieces": [piece_entry(one) for one in book.pieces],
        "chain": chain_entry(book.chain),
        "checkpoints": [checkpoint_entry(one) for one in book.checkpoints],
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"


def chain_entry(chain: BookChain) -> dict[str, object]:
    """A part of a chain as a manifest holds it."""
    return {"first": chain.first, "previous": chain.previous, "links": list(chain.links)}


def piece_entry(piece: BookPiece) -> dict[str, object]:
    """A piece as a manifest holds it."""
    return {
        "path": piece.path,
        "title": piece.title,
        "kind": piece.kind._asdict(),
        "owner": piece.owner,
        "note": piece.note,
        "effective_from": piece.effective_from and piece.effective_from.isoformat(),
        "effective_to": piece.effective_to and piece.effective_to.isoformat(),
        "ties": [tie._asdict() for tie in piece.ties],
        "current": piece.current,
        "filed": dict(piece.filed),
    }


def checkpoint_entry(mark: BookCheckpoint) -> dict[str, object]:
    """A signature as a manifest holds it."""
    return {
        "number": mark.number,
        "hash": mark.hash,
        "at": moment(mark.at),
        "key": mark.key,
        "signature": mark.signature.hex(),
    }


def moment(at: datetime) -> str:
    """An instant as manifests and signatures write it: UTC, microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


# The index: two static pages, one per language, with no script and nothing from elsewhere.

STYLE = """
:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}
caption{text-align:left;font-weight:600;padding:.5rem 0}
th,td{border-bottom:1px solid #8888;padding:.4rem .6rem;text-align:left;vertical-align:top}
td.num{text-align:right;white-space:nowrap}
code{font-size:.8rem;overflow-wrap:anywhere}
ul{margin:0;padding-left:1.1rem}
.table{overflow-x:auto}
"""
POLICY = f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"

_WORDS: Mapping[Lang, Mapping[str, str]] = {
    "fr": {
        "title": "Dossier de preuves scellé",
        "other": "In English",
        "made": "Scellé le {day} (UTC) par {who}.",
        "chosen": "Contenu : {selection}.",
        "count": "{count} pièces. Le fichier LISEZMOI.txt dit comment vérifier ce dossier.",
        "caption": "Pièces du dossier",
        "columns": "N°|Titre|Type|Période couverte|Responsable|Justifie|Déposée|Fichier",
        "former": "version remplacée ou retirée",
        "by": "par",
        "from": "du",
        "to": "au",
        "since": "depuis le",
        "until": "jusqu’au",
        "bytes": "octets",
        "link": "Adresse",
    },
    "en": {
        "title": "Sealed book of evidence",
        "other": "En français",
        "made": "Sealed on {day} (UTC) by {who}.",
        "chosen": "Contents: {selection}.",
        "count": "{count} pieces. The file LISEZMOI.txt tells how to verify this book.",
        "caption": "Pieces of the book",
        "columns": "No.|Title|Kind|Period covered|Owner|Proves|Added|File",
        "former": "replaced or withdrawn",
        "by": "by",
        "from": "from",
        "to": "to",
        "since": "since",
        "until": "until",
        "bytes": "bytes",
        "link": "Address",
    },
}


def _index(book: Book, lang: Lang) -> str:
    words = _WORDS[lang]
    other, address = ("en", "index.en.html") if lang == "fr" else ("fr", "index.html")
    title = f"{words['title']} – {escape(book.establishment)}"
    columns = "".join(f'<th scope="col">{escape(name)}</th>' for name in words["columns"].split("|"))
    rows = "\n".join(_row(piece, lang) for piece in book.pieces)
    made = words["made"].format(day=day(book.made_at.astimezone(UTC), lang), who=escape(book.made_by))
    chosen = words["chosen"].format(selection=escape(_in(book.selection, lang)))
    count = words["count"].format(count=number(len(book.pieces), lang))
    return f"""<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>FINESS {escape(book.finess)} · <a href="{address}" lang="{other}" hreflang="{other}">{words["other"]}</a></p>
<p>{made} {chosen}</p>
<p>{count}</p>
<div class="table" role="region" aria-label="{words["caption"]}" tabindex="0">
<table>
<caption>{words["caption"]}</caption>
<thead><tr>{columns}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
</div>
</main>
</body>
</html>
"""


def _row(piece: BookPiece, lang: Lang) -> str:
    words = _WORDS[lang]
    former = "" if piece.current else f"<br><em>{words['former']}</em>"
    note = f"<br>{escape(piece.note)}" if piece.note else ""
    ties = "".join(f"<li>{escape(_in(tie, lang))}</li>" for tie in piece.ties)
    added = f"{day(piece.added_at, lang)} {words['by']} {escape(piece.added_by)}"
    cells = (
        f'<td class="num">{piece.number}</td>',
        f'<th scope="row">{escape(piece.title)}{note}{former}</th>',
        f"<td>{escape(_in(piece.kind, lang))}</td>",
        f"<td>{_period(piece, lang)}</td>",
        f"<td>{escape(piece.owner)}</td>",
        f"<td>{f'<ul>{ties}</ul>' if ties else ''}</td>",
        f"<td>{added}</td>",
        f"<td>{_file(piece, lang)}</td>",
    )
    return f"<tr>{''.join(cells)}</tr>"


def _file(piece: BookPiece, lang: Lang) -> str:
    words = _WORDS[lang]
    if piece.path is None:
        return f"{words['link']}<br><code>{escape(str(piece.filed['link']))}</code>"
    size = f"{number(piece.size or 0, lang)} {words['bytes']}"
    name = escape(piece.path.removeprefix(verifier.PIECES))
    return f'<a href="{escape(piece.path)}" rel="noopener">{name}</a><br>{size}<br><code>{piece.sha256}</code>'


def _period(piece: BookPiece, lang: Lang) -> str:
    words, first, last = _WORDS[lang], piece.effective_from, piece.effective_to
    if first and last:
        return f"{words['from']} {day(first, lang)} {words['to']} {day(last, lang)}"
    if first or last:
        return f"{words['since']} {day(first, lang)}" if first else f"{words['until']} {day(last or date.min, lang)}"
    return ""


def _in(said: Said, lang: Lang) -> str:
    return said.fr if lang == "fr" else said.en


def _read_me(book: Book) -> str:
    parts: Sequence[str] = tuple(_read_me_parts(book))
    return "\n".join(parts)


def _read_me_parts(book: Book) -> Iterator[str]:
    key, count = verifier.grouped(book.key), len(book.pieces)
    yield f"""DOSSIER DE PREUVES SCELLÉ
{book.establishment} (FINESS {book.finess}), {count} pièces, scellé le {day(book.made_at.astimezone(UTC), "fr")}.

Lire : ouvrez index.html dans un navigateur.

Vérifier, sur un ordinateur qui a Python 3.8 ou plus récent, sans réseau :
  1. demandez à l’établissement l’empreinte de sa clé, par un autre moyen que ce dossier (téléphone, procès-verbal) ;
  2. prenez verifier.py d’une source de confiance : celui de ce dossier ne vaut que ce que vaut le dossier ;
  3. lancez : python3 verifier.py dossier.zip --empreinte "l’empreinte reçue"

L’empreinte que ce dossier déclare : {key}

La signature seule se vérifie aussi avec OpenSSL 3, sans notre script :
  openssl pkeyutl -verify -pubin -inkey cle-publique.pem -rawin -in manifest.json -sigfile manifest.sig

Les pièces qui contiennent du code (HTML, SVG, XML) portent ici l’extension .txt pour ne pas s’exécuter ; leur nom
d’origine est dans manifest.json.
"""
    yield f"""SEALED BOOK OF EVIDENCE
{book.establishment} (FINESS {book.finess}), {count} pieces, sealed on {day(book.made_at.astimezone(UTC), "en")}.

Read: open index.en.html in a browser.

Verify, on a computer that has Python 3.8 or later, without network:
  1. ask the establishment for the fingerprint of its key, by another way than this book (phone, minutes);
  2. take verifier.py from a source you trust: the one in this book is worth what the book is worth;
  3. run: python3 verifier.py book.zip --fingerprint "the fingerprint received"

The fingerprint this book declares: {key}

The signature alone can also be verified with OpenSSL 3, without our script:
  openssl pkeyutl -verify -pubin -inkey cle-publique.pem -rawin -in manifest.json -sigfile manifest.sig

Pieces that hold code (HTML, SVG, XML) wear the extension .txt here so that they do not run; their own name is in
manifest.json.
"""
