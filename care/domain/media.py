"""What a file is, decided by its first and last bytes and never by its name. Pure.

An own table rather than a library: what matters here is less to name everything than to refuse what we cannot name,
and libmagic reads untrusted bytes in C. Signatures are those of the formats' own specifications.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

from scanners.model import Text

HEAD_BYTES = 64 << 10
"""How much of each end of a file is looked at."""


@dataclass(frozen=True, slots=True)
class Media:
    """A kind of file: its media type, the extensions it may wear, whether a browser may show it in place."""

    type: str
    extensions: tuple[str, ...]
    inline: bool = False


class UnwantedFileError(ValueError):
    """A file that is not taken as evidence; `text` says why and what to do."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


PDF = Media("application/pdf", ("pdf",), inline=True)
PNG = Media("image/png", ("png",), inline=True)
JPEG = Media("image/jpeg", ("jpg", "jpeg", "jpe"), inline=True)
PLAIN = Media(
    "text/plain", ("txt", "text", "log", "md", "ini", "cfg", "conf", "yaml", "yml", "pem", "asc"), inline=True
)
CSV = Media("text/csv", ("csv", "tsv"))
JSON = Media("application/json", ("json", "jsonl", "ndjson"))
XML = Media("application/xml", ("xml", "nessus", "xsd"))
HTML = Media("text/html", ("html", "htm", "xhtml"))
SVG = Media("image/svg+xml", ("svg",))
MAIL = Media("message/rfc822", ("eml",))
ZIP = Media("application/zip", ("zip", "care", "ora"))
_TEXT_MEDIA = (PLAIN, CSV, JSON, XML, HTML, SVG, MAIL)
_TEXT_EXTENSIONS = frozenset(extension for media in _TEXT_MEDIA for extension in media.extensions)
"""A text is taken for what its author calls it, as long as no system would run it."""
OLE = Media("application/x-ole-storage", ("doc", "xls", "ppt", "msg", "vsd", "pub"))

INLINE = frozenset(media.type for media in (PDF, PNG, JPEG, PLAIN) if media.inline)
"""What a browser may show in place; everything else is only ever downloaded."""

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
_ZIPPED: tuple[tuple[bytes, Media], ...] = (
    (b"word/document", Media(f"{_OFFICE}wordprocessingml.document", ("docx", "docm"))),
    (b"xl/workbook", Media(f"{_OFFICE}spreadsheetml.sheet", ("xlsx", "xlsm", "xlsb"))),
    (b"ppt/presentation", Media(f"{_OFFICE}presentationml.presentation", ("pptx", "pptm"))),
    (b"visio/document", Media("application/vnd.ms-visio.drawing", ("vsdx",))),
    (f"mimetype{_OPEN}text".encode(), Media(f"{_OPEN}text", ("odt",))),
    (f"mimetype{_OPEN}spreadsheet".encode(), Media(f"{_OPEN}spreadsheet", ("ods",))),
    (f"mimetype{_OPEN}presentation".encode(), Media(f"{_OPEN}presentation", ("odp",))),
    (f"mimetype{_OPEN}graphics".encode(), Media(f"{_OPEN}graphics", ("odg",))),
    (b"META-INF/ASiCManifest", Media("application/vnd.etsi.asic-e+zip", ("asice",))),
)
_SIGNATURES: tuple[tuple[int, bytes, Media], ...] = (
    (0, b"%PDF-", PDF),
    (0, b"\x89PNG\r\n\x1a\n", PNG),
    (0, b"\xff\xd8\xff", JPEG),
    (0, b"GIF87a", Media("image/gif", ("gif",))),
    (0, b"GIF89a", Media("image/gif", ("gif",))),
    (8, b"WEBP", Media("image/webp", ("webp",))),
    (0, b"II*\x00", Media("image/tiff", ("tif", "tiff"))),
    (0, b"MM\x00*", Media("image/tiff", ("tif", "tiff"))),
    (4, b"ftyp", Media("video/mp4", ("mp4", "m4v", "m4a", "mov", "heic"))),
    (0, b"\x1aE\xdf\xa3", Media("video/webm", ("webm", "mkv"))),
    (8, b"WAVE", Media("audio/wav", ("wav",))),
    (0, b"ID3", Media("audio/mpeg", ("mp3",))),
    (0, b"OggS", Media("application/ogg", ("ogg", "oga", "ogv"))),
    (0, b"{\\rtf", Media("application/rtf", ("rtf",))),
    (0, b"\x1f\x8b\x08", Media("application/gzip", ("gz", "tgz"))),
    (0, b"7z\xbc\xaf\x27\x1c", Media("application/x-7z-compressed", ("7z",))),
    (257, b"ustar", Media("application/x-tar", ("tar",))),
    (0, b"ElfFile\x00", Media("application/x-evtx", ("evtx",))),
    (0, b"\xd4\xc3\xb2\xa1", Media("application/vnd.tcpdump.pcap", ("pcap", "cap"))),
    (0, b"\x0a\x0d\x0d\x0a", Media("application/x-pcapng", ("pcapng",))),
)
# A DER sequence whose length takes two bytes: certificates (X.509), detached and attached signatures (PKCS #7).
_DER = Media("application/pkcs7-mime", ("p7m", "p7s", "p7b", "p7c", "cer", "crt", "der"))

_PROGRAMS: tuple[tuple[int, bytes], ...] = (
    (0, b"MZ"),
    (0, b"\x7fELF"),
    (0, b"\xca\xfe\xba\xbe"),
    (0, b"\xfe\xed\xfa"),
    (0, b"\xce\xfa\xed\xfe"),
    (0, b"\xcf\xfa\xed\xfe"),
    (0, b"#!"),
    (0, b"\x00asm"),
    (0, b"!<arch>\n"),  # a Debian package or a library
    (0, b"\xed\xab\xee\xdb"),  # an RPM package
    (0, b"L\x00\x00\x00\x01\x14\x02\x00"),  # a Windows shortcut
    (0, b"MSCF"),  # a Windows cabinet
)
_PROGRAM_ARCHIVES = (b"META-INF/MANIFEST.MF", b"AndroidManifest.xml", b"AppxManifest.xml")
# A macOS image or a Windows installer hides behind a general signature: the class of an MSI's root is in clear.
_INSTALLER_CLASS = bytes.fromhex("84100c0000000000c000000000000046")

_EMPTY = Text("Ce fichier est vide ; choisissez-en un autre.", "This file is empty; choose another one.")
_PROGRAM = Text(
    "Ce fichier est un programme ou un script exécutable, qui n’est pas accepté comme preuve ; déposez plutôt une "
    "capture d’écran, un export ou une archive ZIP.",
    "This file is a program or an executable script, which is not taken as evidence; upload a screenshot, an export or "
    "a ZIP archive instead.",
)
_UNKNOWN = Text(
    "Ce fichier n’est d’aucun type accepté (PDF, image, texte, bureautique, courriel, archive ZIP…) ; exportez-le en "
    "PDF, ou placez-le dans une archive ZIP.",
    "This file is of no accepted type (PDF, image, text, office document, mail, ZIP archive…); export it as PDF, or "
    "put it in a ZIP archive.",
)


def recognise(head: bytes, tail: bytes) -> Media:
    """What a file is, from its first and last `HEAD_BYTES`. UnwantedFileError: empty, a program, or unknown."""
    if not head:
        raise UnwantedFileError(_EMPTY)
    if any(head.startswith(sign, place) for place, sign in _PROGRAMS):
        raise UnwantedFileError(_PROGRAM)
    for told in (_by_signature, _container, _text):
        media = told(head, tail)
        if media is not None:
            return media
    raise UnwantedFileError(_UNKNOWN)


def named_for(name: str, media: Media) -> str:
    """`name` ending as its content says: a PDF called `x.exe` becomes `x.exe.pdf`, a text `x.ps1`, `x.ps1.txt`."""
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    worn = _TEXT_EXTENSIONS if media in _TEXT_MEDIA else frozenset(media.extensions)
    return name if extension in worn else f"{name}.{media.extensions[0]}"


def _by_signature(head: bytes, _tail: bytes) -> Media | None:
    found = (media for place, sign, media in _SIGNATURES if head.startswith(sign, place))
    return next(found, None)


def _container(head: bytes, tail: bytes) -> Media | None:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(head + tail)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if _INSTALLER_CLASS in head or _INSTALLER_CLASS in tail:
            raise UnwantedFileError(_PROGRAM)
        return OLE
    return _DER if head.startswith((b"\x30\x82", b"\x30\x83", b"\x30\x80")) else None


def _zipped(seen: bytes) -> Media:
    if any(name in seen for name in _PROGRAM_ARCHIVES) and b"META-INF/ASiCManifest" not in seen:
        raise UnwantedFileError(_PROGRAM)
    return next((media for name, media in _ZIPPED if name in seen), ZIP)


def _text(head: bytes, _tail: bytes) -> Media | None:
    text = _decoded(head)
    if text is None:
        return None
    return next((media for media, told in _TEXTS if told(text)), PLAIN)


_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def _decoded(content: bytes) -> str | None:
    """The text of these bytes (UTF-8, UTF-16 with its mark, else the Windows code page), None when they are none."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = content.decode("utf-16", "replace")
    else:
        text = _utf8(content) or content.decode("cp1252", "replace")
    return None if _CONTROLS.search(text) else text


def _utf8(content: bytes) -> str | None:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        return decoder.decode(content)  # what is cut at the end stays in the decoder
    except UnicodeDecodeError:
        return None


_HTML = re.compile(
    r"<\s*(!doctype\s+html|html|head|body|script|iframe|object|embed|meta|img|form|link|style)\b", re.IGNORECASE
)
_SVG = re.compile(r"<\s*([a-z]+:)?svg\b", re.IGNORECASE)
_MAIL_HEADER = re.compile(
    r"(received|return-path|from|date|message-id|mime-version|delivered-to|x-[a-z-]+): ", re.IGNORECASE
)
_CSV_LINE = re.compile(r"[^\n;,\t]*([;,\t])[^\n]*\n[^\n]*\1")


def _is_mail(text: str) -> bool:
    head = text.partition("\n\n")[0].partition("\r\n\r\n")[0]
    return (
        _MAIL_HEADER.match(text) is not None
        and re.search(r"^message-id: |^mime-version: ", head, re.IGNORECASE | re.MULTILINE) is not None
    )


_TEXTS: tuple[tuple[Media, Callable[[str], object]], ...] = (
    (MAIL, _is_mail),
    (SVG, _SVG.search),
    (HTML, _HTML.search),
    (XML, lambda text: text.lstrip().startswith("<?xml") or re.match(r"\s*<[A-Za-z][\w:.-]*[\s>]", text)),
    (JSON, lambda text: re.match(r'\s*(\{\s*["}]|\[\s*[\[{"\d\]])', text)),
    (CSV, _CSV_LINE.match),
)
