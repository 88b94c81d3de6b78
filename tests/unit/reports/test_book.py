"""The sealed book and its verifier: any byte changed is caught, hostile archives are harmless, no clock is read."""

from __future__ import annotations

import ast
import base64
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import BinaryIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from care.domain.chains import GENESIS
from care.domain.evidence import ChainKind, Filed, checkpoint_message, linked
from reports.book import Book, BookChain, BookCheckpoint, BookPiece, piece_path, write_book
from reports.errors import ReportError
from reports.seal import verifier
from reports.seal.verifier import Said

SCRIPT = Path(verifier.__file__)
FINESS = "010000032"
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CONTENTS = (b"%PDF-1.7 politique", b"<svg onload='alert(1)'/>", None, b"nom;date\nA;1\n")
NAMES = ("PSSI signée é.pdf", "logo.svg", "ged.hopital.fr", "../../x.csv")
TYPES = ("application/pdf", "image/svg+xml", "text/uri-list", "text/csv")
SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def public_pem(secret: Ed25519PrivateKey) -> bytes:
    return secret.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def fingerprint(secret: Ed25519PrivateKey) -> str:
    return hashlib.sha256(secret.public_key().public_bytes_raw()).hexdigest()


def filed(number: int) -> Filed:
    content = CONTENTS[number - 1]
    return Filed(
        establishment=FINESS,
        number=number,
        kind="policy",
        name=NAMES[number - 1],
        media_type=TYPES[number - 1],
        sha256=None if content is None else hashlib.sha256(content).hexdigest(),
        link="" if content is not None else "https://ged.hopital.fr/1",
        effective_from=date(2026, 1, 1),
        effective_to=None,
        added_at=AT,
        added_by="rssi",
        replaces=None,
    )


def piece(number: int) -> BookPiece:
    content = CONTENTS[number - 1]
    return BookPiece(
        filed=filed(number).facts(),
        media_type=TYPES[number - 1],
        size=None if content is None else len(content),
        title=f"Pièce <{number}>",
        kind=Said("Politique", "Policy"),
        owner="RSSI",
        note="",
        effective_from=date(2026, 1, 1),
        effective_to=None,
        added_at=AT,
        added_by="rssi",
        ties=(Said("Action : durcir l’annuaire", "Action: harden the directory"),),
        current=True,
    )


def book(secret: Ed25519PrivateKey = SECRET, first: int = 1) -> Book:
    hashes = [GENESIS]
    for number in range(1, 5):
        hashes.append(linked(hashes[-1], filed(number).hash))
    key = fingerprint(secret)
    message = checkpoint_message(ChainKind.EVIDENCE, FINESS, 4, hashes[4], AT, key)
    return Book(
        establishment="Hôpital de la Vallée",
        finess=FINESS,
        made_at=AT,
        made_by="rssi",
        selection=Said("tout", "everything"),
        pieces=tuple(piece(number) for number in range(first, 5)),
        chain=BookChain(first, hashes[first - 1], tuple(filed(number).hash for number in range(first, 5))),
        checkpoints=(BookCheckpoint(4, hashes[4], AT, key, secret.sign(message)),),
        key=key,
        keys={key: secret.public_key().public_bytes_raw()},
        public_pem=public_pem(secret),
    )


def open_piece(one: BookPiece) -> AbstractContextManager[BinaryIO]:
    return io.BytesIO(CONTENTS[one.number - 1] or b"")


def written(made: Book, secret: Ed25519PrivateKey = SECRET) -> bytes:
    out = io.BytesIO()
    write_book(made, out, open_piece, secret.sign)
    return out.getvalue()


@cache
def sealed() -> bytes:
    return written(book())


def said(content: bytes, tmp_path: Path, asked: str = "") -> str:
    place = tmp_path / "dossier.zip"
    place.write_bytes(content)
    return " ".join(problem.fr for problem in verifier.verify(place, asked).problems)


def unpacked(tmp_path: Path, content: bytes | None = None) -> Path:
    with zipfile.ZipFile(io.BytesIO(content or sealed())) as archive:
        archive.extractall(tmp_path / "dossier")
    return tmp_path / "dossier"


def test_a_sealed_book_is_intact_as_archive_and_unpacked(tmp_path: Path) -> None:
    assert said(sealed(), tmp_path) == ""
    assert verifier.verify(unpacked(tmp_path)).problems == ()
    (tmp_path / "d.zip").write_bytes(sealed())
    verdict = verifier.verify(tmp_path / "d.zip", verifier.grouped(fingerprint(SECRET)).upper())
    assert (verdict.confirmed, verdict.problems) == (True, ())
    assert "4 pièces" in verdict.told.fr


def test_other_tools_read_the_archive() -> None:
    with zipfile.ZipFile(io.BytesIO(sealed())) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[-3:] == [
            "pieces/0001-PSSI-signee-e.pdf",
            "pieces/0002-logo.svg.txt",
            "pieces/0004-x.csv",
        ]


def test_the_same_book_gives_the_same_bytes() -> None:
    assert written(book()) == sealed()
    later = written(replace(book(), made_at=AT.replace(year=2027)))
    assert later != sealed()


def test_part_of_a_chain_is_verified_too(tmp_path: Path) -> None:
    assert said(written(book(first=3)), tmp_path) == ""


# Every region of the archive, byte by byte where they are small, and anywhere at all.


def regions() -> dict[str, range]:
    """The ranges of offsets that hold each file with its header, and the directory."""
    found, start = {}, 0
    with zipfile.ZipFile(io.BytesIO(sealed())) as archive:
        for info in archive.infolist():
            end = info.header_offset + verifier.LOCAL_SIZE + len(info.filename) + info.file_size
            found[info.filename] = range(info.header_offset, end)
            start = end
    return {**found, "directory": range(start, len(sealed()))}


@pytest.mark.parametrize("region", sorted(regions()))
def test_one_byte_changed_in_any_region_is_caught(region: str, tmp_path: Path) -> None:
    place = regions()[region]
    offsets = place if len(place) <= 200 else [*place[:60], *place[60 :: len(place) // 60], place[-1]]
    for offset in offsets:
        changed = bytearray(sealed())
        changed[offset] ^= 0x01
        assert said(bytes(changed), tmp_path), f"byte {offset} of {region}"


@settings(max_examples=150)
@given(offset=st.integers(0, len(sealed()) - 1), flip=st.integers(1, 255))
def test_any_byte_changed_anywhere_is_caught(offset: int, flip: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    changed = bytearray(sealed())
    changed[offset] ^= flip
    assert said(bytes(changed), tmp_path_factory.mktemp("one"))


@settings(max_examples=40)
@given(cut=st.integers(0, len(sealed()) - 1), more=st.binary(min_size=1, max_size=30))
def test_a_book_cut_or_lengthened_is_caught(cut: int, more: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("cut")
    assert said(sealed() + more, folder)
    assert said(sealed()[:cut], folder)


@pytest.mark.parametrize("name", ["pieces/0001-PSSI-signee-e.pdf", "index.html", "verifier.py", "cle-publique.pem"])
def test_a_file_removed_added_or_changed_is_named(name: str, tmp_path: Path) -> None:
    folder = unpacked(tmp_path)
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content + b"x")
    assert problems_of(folder)
    (folder / name).unlink()
    assert f"Il manque : {name}" in problems_of(folder)
    (folder / name).write_bytes(content)
    (folder / "pieces" / "9999-autre.pdf").write_bytes(b"x")
    assert "Ajouté après le scellement : 'pieces/9999-autre.pdf'" in problems_of(folder)


def problems_of(folder: Path) -> str:
    return " ".join(problem.fr for problem in verifier.verify(folder).problems)


def test_a_book_made_again_with_another_key_is_caught_by_the_fingerprint(tmp_path: Path) -> None:
    other = Ed25519PrivateKey.generate()
    forged = written(book(other), other)
    assert said(forged, tmp_path) == ""
    assert "autre clé" in said(forged, tmp_path, fingerprint(SECRET))


def test_only_the_key_swapped_is_caught(tmp_path: Path) -> None:
    folder = unpacked(tmp_path)
    (folder / "cle-publique.pem").write_bytes(public_pem(Ed25519PrivateKey.generate()))
    assert "La signature ne correspond pas" in problems_of(folder)


def resigned(folder: Path, change: dict[str, object]) -> str:
    """What is said of a manifest changed and signed again by who holds the key."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest.update(change)
    content = json.dumps(manifest).encode()
    (folder / "manifest.json").write_bytes(content)
    (folder / "manifest.sig").write_bytes(SECRET.sign(content))
    return problems_of(folder)


def test_a_signed_manifest_cannot_contradict_its_chain(tmp_path: Path) -> None:
    folder = unpacked(tmp_path)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    pieces = manifest["pieces"]
    changed = [{**pieces[0], "filed": {**pieces[0]["filed"], "added_at": "2020-01-01T00:00:00.000000+00:00"}}]
    assert "pièce n° 1" in resigned(folder, {"pieces": changed + pieces[1:]})
    links = manifest["chain"]["links"]
    assert "jalon signé n° 4" in resigned(
        folder, {"pieces": pieces, "chain": {**manifest["chain"], "links": [*links[:3], "0" * 64]}}
    )
    swapped = [{**pieces[0], "path": pieces[3]["path"]}, *pieces[1:]]
    assert "pièce n° 1" in resigned(folder, {"pieces": swapped, "chain": manifest["chain"]})


@pytest.mark.parametrize(
    "change",
    [
        {"format": "care-book/9"},
        {"pieces": None},
        {"files": [{"path": "../../etc/passwd", "size": 1, "sha256": "0"}]},
        {"chain": {"first": 1, "previous": "f" * 64, "links": []}},
        {"checkpoints": [{"number": 4, "hash": "0", "at": "", "key": "0", "signature": ""}]},
        {"establishment": []},
        {"made_at": 3},
    ],
)
def test_a_signed_but_senseless_manifest_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    assert resigned(unpacked(tmp_path), change)


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"format":"care-book/1","format":"x"}', b"\xff", b"null", b"{}"])
def test_a_signed_manifest_that_is_no_json_is_refused(content: bytes, tmp_path: Path) -> None:
    folder = unpacked(tmp_path)
    (folder / "manifest.json").write_bytes(content)
    (folder / "manifest.sig").write_bytes(SECRET.sign(content))
    assert "malformé" in problems_of(folder)


# Hostile archives and folders.


def repacked(change: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sealed())) as source, zipfile.ZipFile(made, "w") as target:
        for info in source.infolist():
            again = zipfile.ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0))
            again.external_attr = verifier._MODE
            if change == "deflated":
                again.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(again, source.read(info))
        if change == "slip":
            target.writestr("../../outside.txt", "x")
        if change == "bomb":
            target.writestr(zipfile.ZipInfo("pieces/bomb"), bytes(50 << 20), zipfile.ZIP_DEFLATED)
        if change == "symlink":
            link = zipfile.ZipInfo("pieces/link", (1980, 1, 1, 0, 0, 0))
            link.external_attr = 0o120777 << 16
            target.writestr(link, "/etc/passwd")
        if change == "commented":
            target.comment = b"hello"
    return made.getvalue()


@pytest.mark.parametrize("change", ["deflated", "slip", "bomb", "symlink", "commented"])
def test_a_hostile_or_repacked_archive_is_told_apart_and_nothing_is_written(change: str, tmp_path: Path) -> None:
    assert said(repacked(change), tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["dossier.zip"]


def test_a_repacked_book_is_intact_once_unpacked(tmp_path: Path) -> None:
    assert "Décompressez-la" in said(repacked("deflated"), tmp_path)
    assert problems_of(unpacked(tmp_path, repacked("deflated"))) == ""


@pytest.mark.parametrize("twin", ["index.html", "INDEX.html"])
def test_a_name_given_twice_is_refused(twin: str, tmp_path: Path) -> None:
    entry = verifier.local_header(twin, 0, 0)
    assert "malformée" in said(sealed()[: regions()["directory"].start] + entry, tmp_path)


def test_a_header_that_promises_more_than_there_is_costs_nothing(tmp_path: Path) -> None:
    assert "malformée" in said(verifier.local_header("manifest.json", 0, 0xFFFFFFF0), tmp_path)


def test_a_link_in_a_folder_is_not_followed(tmp_path: Path) -> None:
    folder = unpacked(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (folder / "pieces" / "more").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (folder / "index.html").rename(tmp_path / "index.html")
    (folder / "index.html").symlink_to(tmp_path / "index.html")
    os.mkfifo(folder / "pipe")
    told = problems_of(folder)
    assert told.count("Ce n’est pas un fichier ordinaire") == 3
    assert "Il manque : index.html" in told


# The command.


def run(*arguments: str, python: str = sys.executable, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [python, "-I", "-X", "utf8", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


def test_the_script_runs_alone_from_the_unpacked_book(tmp_path: Path) -> None:
    folder = unpacked(tmp_path)
    done = run(str(folder / "verifier.py"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("DOSSIER INTACT, mais lui seul répond de sa clé.")
    assert "--empreinte" in done.stdout
    assert "BOOK INTACT" in done.stdout
    assert run(str(folder / "verifier.py"), "--empreinte", fingerprint(SECRET)[:40]).stdout.startswith(
        "DOSSIER INTACT, signé par la clé attendue."
    )
    (folder / "index.html").write_text("autre")
    altered = run(str(SCRIPT), str(folder))
    assert (altered.returncode, "Modifié : index.html" in altered.stdout) == (1, True)


@pytest.mark.parametrize(
    "arguments", [("absent.zip",), ("--empreinte", "abcd", "absent.zip"), ("--unknown",), (str(Path(__file__).parent),)]
)
def test_what_cannot_be_verified_ends_with_two(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert run(str(SCRIPT), *arguments, cwd=tmp_path).returncode == 2


def test_the_script_imports_only_the_standard_library_and_reads_as_python_3_8() -> None:
    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 8))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names
    assert not imported & {"time", "datetime", "socket", "urllib", "http", "subprocess", "tempfile", "shutil"}
    later = {"removeprefix", "removesuffix", "file_digest", "is_relative_to", "readlink", "bit_count"}
    assert not {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & later


def test_openssl_verifies_the_signature_too(tmp_path: Path) -> None:
    folder = unpacked(tmp_path)
    command = "openssl pkeyutl -verify -pubin -inkey cle-publique.pem -rawin -in manifest.json -sigfile manifest.sig"
    done = subprocess.run(command.split(), cwd=folder, capture_output=True, text=True, check=False)
    assert "Verified Successfully" in done.stdout, done.stderr


def test_a_console_without_accents_gets_question_marks(tmp_path: Path) -> None:
    (tmp_path / "d.zip").write_bytes(sealed())
    command = [sys.executable, str(SCRIPT), str(tmp_path / "d.zip")]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0
    assert "4 pi?ces" in done.stdout


# The writer.


def test_a_damaged_piece_stops_the_book() -> None:
    for wrong in (b"%PDF-1.7 politiquf", b"%PDF", b"%PDF-1.7 politique et plus"):
        with pytest.raises(ReportError, match=r"no\. 1"):
            write_book(book(), io.BytesIO(), lambda _piece, found=wrong: io.BytesIO(found), SECRET.sign)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../x", "pieces/0007-x"),
        ("a" * 300 + ".pdf", f"pieces/0007-{'a' * 100}.pdf"),
        ("文書", "pieces/0007-piece"),
        ("con.txt", "pieces/0007-con.txt"),
        (".htaccess", "pieces/0007-htaccess"),
    ],
)
def test_names_suit_every_system(name: str, kept: str) -> None:
    assert piece_path(7, name, "text/plain") == kept
    assert verifier._NAME.match(kept)


def test_the_index_is_static_and_escapes_what_it_shows() -> None:
    with zipfile.ZipFile(io.BytesIO(sealed())) as archive:
        for name, lang in (("index.html", "fr"), ("index.en.html", "en")):
            page = archive.read(name).decode()
            assert f'<html lang="{lang}">' in page
            assert "Pièce &lt;1&gt;" in page
            assert "<script" not in page
            style = page.partition("<style>")[2].partition("</style>")[0]
            digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
            assert f"sha256-{digest}" in page


def test_a_large_archive_uses_the_large_ending() -> None:
    few, many = verifier.ending(3, 100, 50), verifier.ending(70_000, 5 << 30, 50)
    assert (len(few), len(many)) == (22, 22 + 56 + 20)
    assert len(verifier.central_entry("a", 0, 0, 5 << 30)) == 46 + 1 + 12
    made = io.BytesIO()
    made.write(b"".join(verifier.central_entry(f"f{number}", 0, 0, 0) for number in range(70_000)))
    made.write(verifier.ending(70_000, 0, made.tell()))
    with zipfile.ZipFile(made) as archive:
        assert len(archive.namelist()) == 70_000


# Ed25519 itself.

# RFC 8032, 7.1: public key, message, signature
VECTORS = (
    """d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a
    -
    e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155
    5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b""",
    """3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c
    72
    92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da
    085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00""",
    """fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025
    af82
    6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac
    18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a""",
)


@pytest.mark.parametrize("vector", VECTORS)
def test_the_vectors_of_the_rfc_hold(vector: str) -> None:
    public, message, *signature = (bytes.fromhex(part.strip("-")) for part in vector.split())
    assert verifier.signature_holds(public, message, b"".join(signature))
    assert not verifier.signature_holds(public, message + b"x", b"".join(signature))


@settings(max_examples=30)
@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200), place=st.integers(0, 511))
def test_it_agrees_with_cryptography(seed: bytes, message: bytes, place: int) -> None:
    secret = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = secret.public_key().public_bytes_raw(), bytearray(secret.sign(message))
    assert verifier.signature_holds(public, message, bytes(signature))
    signature[place // 8] ^= 1 << place % 8
    assert not verifier.signature_holds(public, message, bytes(signature))


def test_forms_that_the_rfc_forbids_are_refused() -> None:
    secret, message = SECRET, b"message"
    public, signature = secret.public_key().public_bytes_raw(), secret.sign(message)
    scalar = int.from_bytes(signature[32:], "little") + verifier.ORDER
    assert not verifier.signature_holds(public, message, signature[:32] + scalar.to_bytes(32, "little"))
    neutral = verifier.encoded(verifier.NEUTRAL)
    assert not verifier.signature_holds(neutral, message, neutral + bytes(32))
    assert not verifier.signature_holds(b"\xff" * 32, message, signature)
    assert not verifier.signature_holds(public[:31], message, signature)
    assert not verifier.signature_holds(public, message, signature[:63])
