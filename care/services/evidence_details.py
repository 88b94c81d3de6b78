"""What people say of a piece of evidence, and where it comes from: checked before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlsplit

from care.domain.evidence import FILED_BY_PEOPLE, EvidenceKind
from care.services import evidence_files
from care.services.errors import Invalid
from care.services.evidence_files import Kept, Upload, clean_name
from care.services.platform import Platform
from scanners.model import Text

LINK_MEDIA_TYPE = "text/uri-list"
MAX_LINK = 2000
MAX_TITLE = 200
MAX_NOTE = 10_000
_NEEDED = Text("Ce champ est obligatoire.", "This field is required.")
_BACKWARDS = Text("La fin précède le début.", "The end comes before the beginning.")
_NO_LINK = Text(
    "Donnez une adresse complète du type https://serveur/document, sans mot de passe.",
    "Give a full address such as https://server/document, without a password.",
)
_NO_SUCH_KIND = Text("Choisissez un des types proposés.", "Choose one of the types offered.")
_FILE_OR_LINK = Text("Choisissez un fichier ou donnez une adresse.", "Choose a file or give an address.")


@dataclass(frozen=True, slots=True)
class EvidenceDraft:
    """What a piece of evidence is, for whoever records one in his own transaction (audits, imports, mandates)."""

    establishment_id: int
    kind: EvidenceKind
    name: str
    media_type: str
    effective_from: date | None = None
    effective_to: date | None = None
    title: str = ""
    note: str = ""
    owner: str = ""
    owner_account_id: int | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """What people say of a piece of evidence, and may correct later. The owner is whoever keeps it up to date."""

    kind: EvidenceKind
    title: str
    owner: str = ""
    owner_account_id: int | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    note: str = ""


Source = Upload | Kept | str
"""A file, a file already kept, or an address."""


def received(
    platform: Platform, establishment_id: int, details: Details, source: Source
) -> tuple[Details, EvidenceDraft, Kept | None]:
    """What was given, checked; a file sent is stored. Invalid names every faulty field at once."""
    faults: dict[str, Text] = {} if details.kind in FILED_BY_PEOPLE else {"kind": _NO_SUCH_KIND}
    checked, kept, name, media_type = details, None, "", ""
    try:
        checked = tidied(details)
    except Invalid as invalid:
        faults.update(invalid.fields)
    try:
        if isinstance(source, str):
            name, media_type = _link_name(source), LINK_MEDIA_TYPE
        else:
            kept = evidence_files.kept(platform, source)
            name, media_type = kept.name, kept.media_type
    except Invalid as invalid:
        faults.update(invalid.fields)
    if faults:
        raise Invalid(faults)
    draft = EvidenceDraft(
        establishment_id,
        checked.kind,
        name,
        media_type,
        checked.effective_from,
        checked.effective_to,
        checked.title,
        checked.note,
        checked.owner,
        checked.owner_account_id,
    )
    return checked, draft, kept


def tidied(details: Details) -> Details:
    """The same without stray spaces; Invalid on each field that cannot be used."""
    faults: dict[str, Text] = {}
    tidy = replace(
        details, title=" ".join(details.title.split()), owner=" ".join(details.owner.split()), note=details.note.strip()
    )
    if not tidy.title:
        faults["title"] = _NEEDED
    for name, longest in (("title", MAX_TITLE), ("owner", MAX_TITLE), ("note", MAX_NOTE)):
        if len(getattr(tidy, name)) > longest:
            faults[name] = Text(f"{longest} caractères au plus.", f"{longest} characters at most.")
        if not all(sign.isprintable() or sign in "\n\r\t" for sign in getattr(tidy, name)):
            faults[name] = Text("Ce texte contient des caractères de contrôle.", "This text holds control characters.")
    if tidy.effective_from and tidy.effective_to and tidy.effective_to < tidy.effective_from:
        faults["effective_to"] = _BACKWARDS
    if faults:
        raise Invalid(faults)
    return tidy


def _link_name(link: str) -> str:
    """The name under which an address is shown. Invalid unless it is http(s) without credentials."""
    if not link:
        raise Invalid({"file": _FILE_OR_LINK})
    try:
        parts = urlsplit(link)
        usable = parts.scheme in {"http", "https"} and parts.hostname and not (parts.username or parts.password)
    except ValueError:
        usable = False
    if not usable or len(link) > MAX_LINK or not link.isprintable() or " " in link:
        raise Invalid({"link": _NO_LINK})
    return clean_name(parts.hostname or "")
