#!/usr/bin/env python3
"""Vérifie un dossier scellé, une main courante ou un journal de CaRE / verifies a sealed book, a logbook or a trail.

    python3 verifier.py dossier.zip --empreinte "ab12 cd34 …"
    python3 verifier.py main-courante.json --empreinte "ab12 cd34 …"
    python3 verifier.py journal.jsonl --empreinte "ab12 cd34 …"

Un seul fichier, Python 3.8 ou plus récent, rien à installer, aucun accès au réseau ni à l’horloge. Il lit l’archive ZIP
ou le dossier décompressé, n’écrit rien, et finit par 0 (intact), 1 (altéré) ou 2 (vérification impossible).

One file, Python 3.8 or later, nothing to install, neither network nor clock. It reads the ZIP archive or the unpacked
folder, writes nothing, and ends with 0 (intact), 1 (altered) or 2 (could not verify).

The format is described in docs/formats.md (`care-book/1`): manifest.json names every other file with its SHA-256,
manifest.sig is its Ed25519 signature (RFC 8032), and the archive itself is written in one way only, without
compression, so that no byte of it can change unseen. A logbook (`care-log/1`) is one JSON file: its lines, and the
events of its exercise, each hashed with the one before, under the same kind of signature. A declaration dossier
(`care-dossier/1`) is a book whose pieces may belong to several establishments, each with its chain. An audit trail
(`care-trail/1`) is a file of one JSON object a line: what it is and its signed checkpoints, then its events, each
hashed with the one before, then the signature of all that precedes.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import os
import re
import stat
import struct
import sys
import zlib
from pathlib import Path
from typing import Any, BinaryIO, Dict, Iterator, List, NamedTuple, Optional, Set, TextIO, Tuple

FORMAT = "care-book/1"
DOSSIER_FORMAT = "care-dossier/1"
LOG_FORMAT = "care-log/1"
TRAIL_FORMAT = "care-trail/1"
TRAIL_HEAD = b'{"format":"care-trail/1"}\n'
"""The first line of a trail."""
MANIFEST, SIGNATURE, KEY, SCRIPT = "manifest.json", "manifest.sig", "cle-publique.pem", "verifier.py"
PIECES = "pieces/"
GENESIS = "0" * 64

MAX_FILES = 100_000
MAX_MANIFEST = 256 << 20
MAX_SMALL = 4096
MAX_LINE = 1 << 20
MAX_SHOWN = 50
CHUNK = 1 << 20
SHORTEST_FINGERPRINT = 32
"""Hexadecimal digits of a fingerprint below which another key could be made to match: 128 bits."""

INTACT, ALTERED, IMPOSSIBLE = 0, 1, 2


class Said(NamedTuple):
    """One sentence in both languages."""

    fr: str
    en: str


class Broken(Exception):  # noqa: N818 - read aloud in the messages of this script, not by callers
    """The book is altered in a way that ends the reading; `said` is the sentence."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.said = Said(fr, en)


class Impossible(Exception):  # noqa: N818 - as above
    """Nothing can be verified: no such file, no book there, a wrong call."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.said = Said(fr, en)


# Ed25519, RFC 8032 section 5.1. Verification only; speed does not matter, secrets are not involved.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
Point = Tuple[int, int, int, int]
"""Extended homogeneous coordinates: x = X/Z, y = Y/Z, x·y = T/Z."""
NEUTRAL: Point = (0, 1, 1, 0)


def signature_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is that of `message` under this raw key; forms that RFC 8032 forbids are refused."""
    key = decoded(public) if len(public) == 32 and len(signature) == 64 else None
    if key is None or encoded(multiplied(8, key)) == encoded(NEUTRAL):
        return False
    scalar = int.from_bytes(signature[32:], "little")
    if scalar >= ORDER:
        return False
    hashed = hashlib.sha512(signature[:32] + public)
    hashed.update(message)
    challenge = int.from_bytes(hashed.digest(), "little") % ORDER
    expected = added(multiplied(scalar, BASE), multiplied(ORDER - challenge, key))
    return encoded(expected) == signature[:32]


def added(first: Point, second: Point) -> Point:
    """The sum of two points (RFC 8032, 5.1.4)."""
    a = (first[1] - first[0]) * (second[1] - second[0]) % P
    b = (first[1] + first[0]) * (second[1] + second[0]) % P
    c = 2 * first[3] * second[3] * D % P
    d = 2 * first[2] * second[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiplied(scalar: int, point: Point) -> Point:
    """`scalar` times a point, by doubling and adding."""
    total = NEUTRAL
    while scalar:
        if scalar & 1:
            total = added(total, point)
        point = added(point, point)
        scalar >>= 1
    return total


def encoded(point: Point) -> bytes:
    """32 bytes: y, and the parity of x in the last bit."""
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decoded(content: bytes) -> Optional[Point]:
    """The point of 32 bytes, None when they are those of none."""
    y, parity = int.from_bytes(content, "little"), content[31] >> 7
    y &= (1 << 255) - 1
    x = _x_of(y, parity) if y < P else None
    return None if x is None else (x, y, 1, x * y % P)


def _x_of(y: int, parity: int) -> Optional[int]:
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and parity):
        return None
    return P - x if x & 1 != parity else x


_BASE_Y = 4 * pow(5, P - 2, P) % P
_BASE_X = _x_of(_BASE_Y, 0) or 0
BASE: Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % P)


# The archive: ZIP (APPNOTE 6.3), files stored one after the other, every field that could vary held to one value.

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}(/[A-Za-z0-9][A-Za-z0-9._-]{0,199})?\Z")
_JANUARY_1980 = 33
_MODE = 0o100644 << 16
_BIG = 0xFFFFFFFF
LOCAL_SIZE = 30


def local_header(name: str, crc: int, size: int) -> bytes:
    """What stands before a file's bytes."""
    written = name.encode("ascii")
    fixed = (b"PK\x03\x04", 20, 0, 0, 0, _JANUARY_1980, crc, size, size, len(written), 0)
    return struct.pack("<4sHHHHHLLLHH", *fixed) + written


def central_entry(name: str, crc: int, size: int, offset: int) -> bytes:
    """The line of a file in the directory that ends the archive."""
    written, far = name.encode("ascii"), offset >= _BIG
    extra = struct.pack("<HHQ", 1, 8, offset) if far else b""
    needed = 45 if far else 20
    fixed = (b"PK\x01\x02", 3 << 8 | needed, needed, 0, 0, 0, _JANUARY_1980, crc, size, size, len(written))
    more = (len(extra), 0, 0, 0, _MODE, min(offset, _BIG))
    return struct.pack("<4sHHHHHHLLLH", *fixed) + struct.pack("<HHHHLL", *more) + written + extra


def ending(count: int, offset: int, size: int) -> bytes:
    """What ends an archive whose directory of `count` lines takes `size` bytes from `offset` on."""
    far = b""
    if count >= 0xFFFF or offset >= _BIG or size >= _BIG:
        far = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 3 << 8 | 45, 45, 0, 0, count, count, size, offset)
        far += struct.pack("<4sLQL", b"PK\x06\x07", 0, offset + size, 1)
    few = min(count, 0xFFFF)
    return far + struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, few, few, min(size, _BIG), min(offset, _BIG), 0)


class Found(NamedTuple):
    """A file of the book as it is: its size and SHA-256 (hexadecimal), and its bytes when it is one of the seal's."""

    size: int
    sha256: str
    content: bytes = b""


Files = Dict[str, Found]


def read_archive(file: BinaryIO, problems: List[Said]) -> Files:
    """The files of an archive, read once from end to end. What its envelope should not be goes to `problems`.

    Nothing is decompressed: an archive that was packed again by another tool is told apart and not read.
    """
    files: Files = {}
    directory: List[bytes] = []
    folded: Set[str] = set()
    offset, size = 0, _size_of(file)
    while True:
        header = file.read(LOCAL_SIZE)
        if not header.startswith(b"PK\x03\x04"):
            break
        name, crc, length = _read_header(file, header)
        if name.lower() in folded or len(folded) >= MAX_FILES or offset + length > size:
            raise Broken(f"L’archive est malformée à l’octet {offset}.", f"The archive is malformed at byte {offset}.")
        folded.add(name.lower())
        files[name], actual = _read_file(file, name, length)
        if crc != actual:
            problems.append(_envelope(offset))
        directory.append(central_entry(name, crc, length, offset))
        offset += LOCAL_SIZE + len(name) + length
    listed = b"".join(directory)
    expected = listed + ending(len(directory), offset, len(listed))
    if not files or header + file.read(len(expected) + 1) != expected:
        problems.append(_envelope(offset))
    return files


def _read_header(file: BinaryIO, header: bytes) -> Tuple[str, int, int]:
    """Name, CRC and size of the file that begins here; Broken unless the header is written in our one way."""
    if len(header) == LOCAL_SIZE:
        crc, _, length, name_length = struct.unpack("<LLLH", header[14:28])
        name = file.read(name_length).decode("ascii", "replace")
        if _NAME.match(name) and header + name.encode("ascii") == local_header(name, crc, length):
            return name, crc, length
    raise Broken(
        "Cette archive n’est pas écrite comme CaRE l’écrit : elle a été modifiée, ou recompressée par un autre outil. "
        "Décompressez-la et vérifiez le dossier obtenu pour savoir si son contenu est intact.",
        "This archive is not written as CaRE writes it: it was altered, or packed again by another tool. Unpack it and "
        "verify the folder you get to know whether its content is intact.",
    )


def _read_file(file: BinaryIO, name: str, length: int) -> Tuple[Found, int]:
    """A file of `length` bytes from here on, and its CRC."""
    digest, crc, kept, left = hashlib.sha256(), 0, [], length
    keep = length <= (MAX_MANIFEST if name == MANIFEST else MAX_SMALL if name in (SIGNATURE, KEY) else -1)
    while left:
        chunk = file.read(min(CHUNK, left))
        if not chunk:
            raise Broken("L’archive est coupée avant sa fin.", "The archive is cut before its end.")
        digest.update(chunk)
        crc = zlib.crc32(chunk, crc)
        left -= len(chunk)
        if keep:
            kept.append(chunk)
    return Found(length, digest.hexdigest(), b"".join(kept)), crc


def _size_of(file: BinaryIO) -> int:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size


def _envelope(offset: int) -> Said:
    return Said(
        f"L’enveloppe de l’archive a été modifiée vers l’octet {offset}.",
        f"The envelope of the archive was altered near byte {offset}.",
    )


def read_folder(root: Path, problems: List[Said]) -> Files:
    """The files of an unpacked book. Links and devices are never followed."""
    files: Files = {}
    for folder, folders, names in os.walk(str(root), followlinks=False):
        for name in sorted(names + [one for one in folders if os.path.islink(os.path.join(folder, one))]):
            path = Path(folder) / name
            shown = path.relative_to(root).as_posix()
            if not stat.S_ISREG(path.lstat().st_mode):
                problems.append(
                    Said(f"Ce n’est pas un fichier ordinaire : {shown!r}.", f"Not a regular file: {shown!r}.")
                )
                continue
            if len(files) >= MAX_FILES:
                raise Impossible("Ce dossier contient trop de fichiers.", "This folder holds too many files.")
            with path.open("rb") as file:
                files[shown] = _read_file(file, shown, path.stat().st_size)[0]
    return files


# The book: what its manifest says against what is there.


class Verdict(NamedTuple):
    """What was found: no problem means an intact book, then told in one sentence; `key` is the fingerprint of the key
    that signed it, `confirmed` says that it is the one asked for, `kind` what it is (`book`, `log`, `trail`)."""

    problems: Tuple[Said, ...]
    told: Said = Said("", "")
    key: str = ""
    confirmed: bool = False
    kind: str = "book"


def verify(place: Path, fingerprint: str = "") -> Verdict:
    """Verify an archive or an unpacked folder. Impossible when there is nothing to verify."""
    problems: List[Said] = []
    asked = _asked(fingerprint)
    beginning = _beginning(place)
    if beginning == TRAIL_HEAD:
        return verify_trail(place, asked)
    if beginning[:1] == b"{":
        return verify_log(place, asked)
    try:
        files = _read(place, problems)
        if not problems and not {MANIFEST, SIGNATURE, KEY} & set(files):
            raise Impossible("Il n’y a pas de dossier scellé ici.", "There is no sealed book here.")
        manifest, public = _authentic(files)
        key = hashlib.sha256(public).hexdigest()
        _check_key(key, asked, problems)
        _check_files(manifest, files, problems)
        _check_chain(manifest, problems)
        return Verdict(tuple(problems), _told(manifest), key, bool(asked))
    except Broken as broken:
        return Verdict((*problems, broken.said))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as wrong:
        name = type(wrong).__name__
        said = Said(f"Le manifeste est malformé ({name}).", f"The manifest is malformed ({name}).")
        return Verdict((*problems, said))


def _read(place: Path, problems: List[Said]) -> Files:
    try:
        if place.is_dir():
            return read_folder(place, problems)
        with place.open("rb") as file:
            return read_archive(file, problems)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Impossible(f"{place} ne peut pas être lu ({reason}).", f"{place} cannot be read ({reason}).") from error


def _asked(fingerprint: str) -> str:
    asked = re.sub(r"[\s:.-]", "", fingerprint).lower()
    if asked and (len(asked) < SHORTEST_FINGERPRINT or len(asked) > 64 or re.search("[^0-9a-f]", asked)):
        raise Impossible(
            f"Une empreinte a 64 chiffres hexadécimaux ; donnez-en au moins les {SHORTEST_FINGERPRINT} premiers.",
            f"A fingerprint has 64 hexadecimal digits; give at least the first {SHORTEST_FINGERPRINT}.",
        )
    return asked


def _authentic(files: Files) -> Tuple[Dict[str, Any], bytes]:
    """The manifest, once its signature is known to hold, and the raw key that made it."""
    for name in (MANIFEST, SIGNATURE, KEY):
        if name not in files:
            raise Broken(f"Il manque : {name}.", f"Missing: {name}.")
    public = raw_key(files[KEY].content)
    if public is None:
        raise Broken(f"La clé {KEY} a été modifiée.", f"The key {KEY} was altered.")
    content = files[MANIFEST].content
    if not signature_holds(public, content, files[SIGNATURE].content):
        raise Broken(
            "La signature ne correspond pas : le manifeste, sa signature ou la clé ont été modifiés.",
            "The signature does not match: the manifest, its signature or the key were altered.",
        )
    manifest = json.loads(content.decode("utf-8"), object_pairs_hook=_no_twice)
    if manifest["format"] not in (FORMAT, DOSSIER_FORMAT):
        raise Broken(f"Le format {manifest['format']!r} est inconnu.", f"The format {manifest['format']!r} is unknown.")
    return manifest, public


def _no_twice(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


_SPKI = bytes.fromhex("302a300506032b6570032100")


def raw_key(pem: bytes) -> Optional[bytes]:
    """The 32 bytes of an Ed25519 public key in PEM (RFC 8410), None when it is not one."""
    lines = pem.decode("ascii", "replace").split("\n")
    try:
        der = base64.b64decode("".join(lines[1:-2]), validate=True)
    except (binascii.Error, ValueError):
        return None
    framed = (lines[0], lines[-2:]) == ("-----BEGIN PUBLIC KEY-----", ["-----END PUBLIC KEY-----", ""])
    return der[len(_SPKI) :] if framed and der.startswith(_SPKI) and len(der) == len(_SPKI) + 32 else None


def _check_key(known: str, asked: str, problems: List[Said]) -> None:
    if asked and not known.startswith(asked):
        problems.append(
            Said(
                f"Ce dossier est signé par une autre clé que celle que vous attendez : {grouped(known)}.",
                f"This book is signed by another key than the one you expect: {grouped(known)}.",
            )
        )


def grouped(fingerprint: str) -> str:
    """A fingerprint as people read it: groups of four."""
    return " ".join(fingerprint[place : place + 4] for place in range(0, len(fingerprint), 4))


def _check_files(manifest: Dict[str, Any], files: Files, problems: List[Said]) -> None:
    """Every file of the manifest is there and unchanged, and nothing else is there."""
    listed: Dict[str, Tuple[int, str]] = {}
    for one in manifest["files"]:
        if one["path"] in listed or not _NAME.match(one["path"]):
            raise ValueError(one["path"])
        listed[one["path"]] = (one["size"], one["sha256"])
    for name, (size, sha256) in listed.items():
        found = files.get(name)
        if found is None:
            problems.append(Said(f"Il manque : {name}.", f"Missing: {name}."))
        elif (found.size, found.sha256) != (size, sha256):
            problems.append(Said(f"Modifié : {name}.", f"Altered: {name}."))
    for name in sorted(set(files) - set(listed) - {MANIFEST, SIGNATURE}):
        problems.append(Said(f"Ajouté après le scellement : {name!r}.", f"Added after sealing: {name!r}."))
    for piece in manifest["pieces"]:
        sha256 = piece["filed"]["sha256"]
        paths = [path for path in (piece["path"], *piece.get("copies", ())) if path is not None]
        if any(listed.get(path, (0, ""))[1] != sha256 for path in paths):
            problems.append(_mismatch(piece))


def _mismatch(piece: Dict[str, Any]) -> Said:
    number = int(piece["filed"]["number"])
    return Said(
        f"La pièce n° {number} ne correspond pas à ce que dit la chaîne.",
        f"Piece no. {number} does not match what the chain says.",
    )


def canonical(content: Dict[str, Any]) -> bytes:
    """The one way of writing plain values that hashes and signatures cover."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def _digest(content: Dict[str, Any]) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()


def _check_chain(manifest: Dict[str, Any], problems: List[Said]) -> None:
    """Every piece is a link of the chain of its establishment at its number, and each chain goes through its signed
    checkpoints."""
    parts = _parts(manifest)
    for piece in manifest["pieces"]:
        filed = piece["filed"]
        part = parts.get(filed["establishment"])
        if part is None or not _is_link(filed, part["chain"]):
            problems.append(_mismatch(piece))
    for finess, part in parts.items():
        _check_marks(manifest, finess, part, problems)


def _parts(manifest: Dict[str, Any]) -> Dict[str, Dict[str, Any]]:
    """The chain and the checkpoints of each establishment: one in a book, perhaps several in a dossier."""
    parts = [manifest] if manifest["format"] == FORMAT else manifest["parts"]
    found = {part["establishment"]["finess"]: part for part in parts}
    if len(found) != len(parts):
        raise ValueError("an establishment twice")
    return found


def _is_link(filed: Dict[str, Any], chain: Dict[str, Any]) -> bool:
    place = filed["number"] - chain["first"]
    return bool(0 <= place < len(chain["links"]) and chain["links"][place] == _digest(filed))


def _check_marks(manifest: Dict[str, Any], finess: str, part: Dict[str, Any], problems: List[Said]) -> None:
    hashes = dict(_hashes(part["chain"]))
    for mark in part["checkpoints"]:
        if hashes.get(mark["number"]) != mark["hash"] or not _mark_holds(mark, finess, manifest["keys"], "evidence"):
            problems.append(_broken_mark(int(mark["number"])))


def _broken_mark(number: int) -> Said:
    return Said(f"La chaîne est rompue au jalon signé n° {number}.", f"The chain is broken at checkpoint no. {number}.")


def _hashes(chain: Dict[str, Any]) -> Iterator[Tuple[int, str]]:
    """The hash of the chain at each number, from the one before the first link on."""
    number, previous = chain["first"] - 1, chain["previous"]
    if number == 0 and previous != GENESIS:
        raise ValueError("another beginning")
    yield number, previous
    for link in chain["links"]:
        number, previous = number + 1, _digest({"facts": link, "previous": previous})
        yield number, previous


def _mark_holds(mark: Dict[str, Any], finess: Optional[str], keys: Dict[str, str], chain: str) -> bool:
    public = bytes.fromhex(keys[mark["key"]])
    signed = {name: mark[name] for name in ("number", "hash", "at", "key")}
    signed.update(format="care-checkpoint/1", chain=chain, establishment=finess)
    known = hashlib.sha256(public).hexdigest() == mark["key"]
    return known and signature_holds(public, canonical(signed), bytes.fromhex(mark["signature"]))


# A logbook: one JSON file.


def _beginning(place: Path) -> bytes:
    """The first bytes of a file; none for a folder or when nothing is there, which the reading of books says."""
    try:
        with place.open("rb") as file:
            return file.read(len(TRAIL_HEAD))
    except OSError:
        return b""


def verify_log(place: Path, asked: str = "") -> Verdict:
    """Verify the file of a logbook: its signature, then each of its chains, line after line."""
    problems: List[Said] = []
    try:
        signed, signature = _read_log(place)
        public, content = bytes.fromhex(signed["key"]), signed["content"]
        if not signature_holds(public, canonical(signed), signature):
            problems.append(
                Said(
                    "La signature ne correspond pas : le fichier a été modifié après son export.",
                    "The signature does not match: the file was altered after it was exported.",
                )
            )
        key = hashlib.sha256(public).hexdigest()
        _check_key(key, asked, problems)
        for chain in content["chains"]:
            _check_links(chain, problems)
        return Verdict(tuple(problems), _told_log(content), key, bool(asked), kind="log")
    except Broken as broken:
        return Verdict((*problems, broken.said), kind="log")
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as wrong:
        name = type(wrong).__name__
        said = Said(f"Le fichier est malformé ({name}).", f"The file is malformed ({name}).")
        return Verdict((*problems, said), kind="log")


def _read_log(place: Path) -> Tuple[Dict[str, Any], bytes]:
    """What a logbook says and what its signature covers, nothing more; ValueError and the like when it is none."""
    with place.open("rb") as file:
        text = file.read(MAX_MANIFEST + 1)
    if len(text) > MAX_MANIFEST:
        raise Impossible("Ce fichier est trop grand.", "This file is too large.")
    signed = json.loads(text.decode("utf-8"), object_pairs_hook=_no_twice)
    signature = bytes.fromhex(signed.pop("signature"))
    if signed["format"] != LOG_FORMAT or set(signed) != {"format", "content", "key"}:
        raise Broken(f"Le format {signed['format']!r} est inconnu.", f"The format {signed['format']!r} is unknown.")
    return signed, signature


def _check_links(chain: Dict[str, Any], problems: List[Said]) -> None:
    """Each link has its number and the hash of itself and of the one before; the first that does not is named."""
    fr, en = {"logbook": ("La ligne", "Line"), "exercise": ("L’événement", "Event")}[chain["of"]]
    number, previous = 0, GENESIS
    for link in chain["links"]:
        number += 1
        if link["number"] != number:
            problems.append(Said(f"{fr} n° {number} manque.", f"{en} no. {number} is missing."))
            return
        content = {name: value for name, value in link.items() if name != "hash"}
        if link["hash"] != _digest(dict(content, previous=previous)):
            problems.append(
                Said(
                    f"{fr} n° {number} ne correspond pas à son empreinte, ou ne suit pas ce qui précède.",
                    f"{en} no. {number} does not match its hash, or does not follow what precedes.",
                )
            )
            return
        previous = link["hash"]
    if number < chain["last"]:
        problems.append(Said(f"{fr} n° {number + 1} manque.", f"{en} no. {number + 1} is missing."))


# An audit trail: one JSON object a line, read line by line.


def trail_message(sha256: str) -> bytes:
    """What the signature of a trail covers: the SHA-256 of every byte that precedes its last line."""
    return canonical({"format": TRAIL_FORMAT, "sha256": sha256})


def verify_trail(place: Path, asked: str = "") -> Verdict:
    """Verify an exported trail: its signature, each event after the one before, each signed checkpoint."""
    problems: List[Said] = []
    try:
        with place.open("rb") as file:
            about, sha256, signature = _read_trail(file, problems)
        public = bytes.fromhex(about["key"])
        if not signature_holds(public, trail_message(sha256), signature):
            problems.insert(
                0,
                Said(
                    "La signature ne correspond pas : le fichier a été modifié ou coupé après son export.",
                    "The signature does not match: the file was altered or cut after it was exported.",
                ),
            )
        key = hashlib.sha256(public).hexdigest()
        _check_key(key, asked, problems)
        return Verdict(tuple(problems), _told_trail(about), key, bool(asked), kind="trail")
    except Broken as broken:
        return Verdict((*problems, broken.said), kind="trail")
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as wrong:
        name = type(wrong).__name__
        said = Said(f"Le fichier est malformé ({name}).", f"The file is malformed ({name}).")
        return Verdict((*problems, said), kind="trail")


def _read_trail(file: BinaryIO, problems: List[Said]) -> Tuple[Dict[str, Any], str, bytes]:
    """What the trail says of itself, the SHA-256 of what is signed, and the signature that ends it."""
    digest = hashlib.sha256(file.readline())
    line = _trail_line(file, MAX_MANIFEST)
    digest.update(line)
    about = _object(line)
    marks = _trail_marks(about, problems)
    number, previous, sound = 0, GENESIS, True
    while True:
        line = _trail_line(file, MAX_LINE)
        event = _object(line)
        if set(event) == {"signature"}:
            break
        digest.update(line)
        number += 1
        sound = sound and _check_event(event, number, previous, problems)
        previous = event["hash"]
        if sound and marks.pop(number, previous) != previous:
            problems.append(_broken_mark(number))
    if sound and number < about["last"]:
        problems.append(Said(f"L’événement n° {number + 1} manque.", f"Event no. {number + 1} is missing."))
    elif sound and marks:
        problems.append(_broken_mark(min(marks)))
    if file.read(1):
        problems.append(Said("Du texte suit la signature.", "Text follows the signature."))
    return about, digest.hexdigest(), bytes.fromhex(event["signature"])


def _trail_line(file: BinaryIO, limit: int) -> bytes:
    line = file.readline(limit)
    if not line.endswith(b"\n"):
        raise Broken("Le journal est coupé avant sa signature.", "The trail is cut before its signature.")
    return line


def _object(line: bytes) -> Dict[str, Any]:
    found = json.loads(line.decode("utf-8"), object_pairs_hook=_no_twice)
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return found


def _trail_marks(about: Dict[str, Any], problems: List[Said]) -> Dict[int, str]:
    """The hash that each signed checkpoint expects at its number."""
    marks: Dict[int, str] = {}
    for mark in about["checkpoints"]:
        marks[int(mark["number"])] = mark["hash"]
        if not _mark_holds(mark, None, about["keys"], "trail"):
            problems.append(_broken_mark(int(mark["number"])))
    return marks


def _check_event(event: Dict[str, Any], number: int, previous: str, problems: List[Said]) -> bool:
    """Whether an event stands at its number, follows the one before and matches its hash; said when it does not."""
    content = {name: value for name, value in event.items() if name != "hash"}
    if event["number"] != number:
        problems.append(Said(f"L’événement n° {number} manque.", f"Event no. {number} is missing."))
    elif content["previous_hash"] != previous or event["hash"] != _digest(content):
        problems.append(
            Said(
                f"L’événement n° {number} ne correspond pas à son empreinte, ou ne suit pas ce qui précède.",
                f"Event no. {number} does not match its hash, or does not follow what precedes.",
            )
        )
    else:
        return True
    return False


def _told_trail(about: Dict[str, Any]) -> Said:
    """What the trail is, in its own words."""
    last, marks, day = int(about["last"]), len(about["checkpoints"]), _shown(about["exported_at"])[:10]
    return Said(
        f"Journal d’audit : {last} événements, {marks} jalons signés, exportés le {day}.",
        f"Audit trail: {last} events, {marks} signed checkpoints, exported on {day}.",
    )


def _told_log(content: Dict[str, Any]) -> Said:
    """What the logbook is, in its own words."""
    place = content["establishment"]
    counts = {chain["of"]: len(chain["links"]) for chain in content["chains"]}
    lines, events = counts.get("logbook", 0), counts.get("exercise", 0)
    name, finess, title = _shown(place["name"]), _shown(place["finess"]), _shown(content["title"])
    day = _shown(content["exported_at"])[:10]
    return Said(
        f"« {title} », {name} (FINESS {finess}) : {lines} lignes, {events} événements d’exercice, exportés le {day}.",
        f"“{title}”, {name} (FINESS {finess}): {lines} lines, {events} events of an exercise, exported on {day}.",
    )


def _told(manifest: Dict[str, Any]) -> Said:
    """What the book is, in its own words."""
    if manifest["format"] == DOSSIER_FORMAT:
        return _told_dossier(manifest)
    place, count, day = manifest["establishment"], len(manifest["pieces"]), manifest["made_at"][:10]
    name, finess = _shown(place["name"]), _shown(place["finess"])
    return Said(
        f"{count} pièces de {name} (FINESS {finess}), scellées le {day}.",
        f"{count} pieces of {name} (FINESS {finess}), sealed on {day}.",
    )


def _told_dossier(manifest: Dict[str, Any]) -> Said:
    """What a declaration dossier is, in its own words."""
    count, day, name = len(manifest["pieces"]), manifest["made_at"][:10], _shown(manifest["candidate"])
    fr, en = (_shown(manifest["domain"][lang]) for lang in ("fr", "en"))
    return Said(
        f"Dossier de déclaration de {name}, « {fr} » : {count} pièces, scellées le {day}.",
        f"Declaration dossier of {name}, “{en}”: {count} pieces, sealed on {day}.",
    )


def _shown(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text)[:200]


_NAMES = {"book": ("DOSSIER", "BOOK"), "log": ("MAIN COURANTE", "LOGBOOK"), "trail": ("JOURNAL", "TRAIL")}


def _sentences(verdict: Verdict) -> Tuple[List[Said], int]:
    """What to say, worst first, and the exit code."""
    fr, en = _NAMES[verdict.kind]
    log = verdict.kind == "log"
    intact, altered = ("INTACTE", "ALTÉRÉE") if log else ("INTACT", "ALTÉRÉ")
    if verdict.problems:
        head = Said(f"{fr} {altered}. Ne vous y fiez pas.", f"{en} ALTERED. Do not rely on it.")
        shown = list(verdict.problems[:MAX_SHOWN])
        more = len(verdict.problems) - len(shown)
        if more:
            shown.append(Said(f"… et {more} autres anomalies.", f"… and {more} more problems."))
        return [head, *shown], ALTERED
    if verdict.confirmed:
        by = "signée" if log else "signé"
        head = Said(f"{fr} {intact}, {by} par la clé attendue.", f"{en} INTACT, signed by the expected key.")
        return [head, verdict.told], INTACT
    alone = "elle seule" if log else "lui seul"
    head = Said(
        f"{fr} {intact}, mais {alone} répond de sa clé.", f"{en} INTACT, but nothing but itself vouches for its key."
    )
    key = grouped(verdict.key)
    doubt = Said(
        f"Empreinte de la clé : {key}. Demandez-la à l’établissement par un autre moyen (téléphone, procès-verbal), "
        "puis relancez avec --empreinte : sinon, n’importe qui a pu refaire un dossier avec sa propre clé.",
        f"Fingerprint of the key: {key}. Ask the establishment for it by another way (phone, minutes), then run again "
        "with --fingerprint: otherwise anyone may have made another book with their own key.",
    )
    return [head, verdict.told, doubt], INTACT


def _say(sentences: List[Said], stream: TextIO) -> None:
    """Everything in French, then everything in English; signs that the console lacks become “?”."""
    french = "".join(said.fr + "\n" for said in sentences)
    english = "".join(said.en + "\n" for said in sentences)
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(f"{french}\n{english}".encode(encoding, "replace").decode(encoding))


def main(arguments: Optional[List[str]] = None) -> int:
    """Verify what the command line names; returns the exit code."""
    words = argparse.ArgumentParser(
        prog="verifier.py",
        description="Vérifie un dossier, une main courante ou un journal / verifies a book, a logbook or a trail.",
    )
    words.add_argument(
        "dossier",
        nargs="?",
        help="archive ZIP, dossier, main courante ou journal / ZIP archive, folder, logbook or trail",
    )
    words.add_argument("--empreinte", "--fingerprint", default="", help="empreinte attendue / expected fingerprint")
    asked = words.parse_args(arguments)
    place = Path(asked.dossier) if asked.dossier else Path(__file__).resolve().parent
    try:
        sentences, code = _sentences(verify(place, asked.empreinte))
    except Impossible as impossible:
        _say([Said("VÉRIFICATION IMPOSSIBLE.", "COULD NOT VERIFY."), impossible.said], sys.stderr)
        return IMPOSSIBLE
    _say(sentences, sys.stdout)
    return code


if __name__ == "__main__":
    sys.exit(main())
