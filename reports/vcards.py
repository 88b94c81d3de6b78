"""Contacts for telephones: cards in, the bytes of a vCard file out (RFC 2426, version 3.0, which every phone reads)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reports.content_lines import escaped, folded

MEDIA_TYPE = "text/vcard"


@dataclass(frozen=True, slots=True)
class Card:
    """One contact: `name` is what the phone shows; the first of `phones` is tried first."""

    name: str
    organisation: str = ""
    title: str = ""
    phones: tuple[str, ...] = ()
    mail: str = ""
    note: str = ""


def cards(contacts: Iterable[Card]) -> bytes:
    """A vCard file in UTF-8, contacts in the order given; the same contacts give the same bytes."""
    return b"".join(folded(line) for contact in contacts for line in _lines(contact))


def _lines(contact: Card) -> Iterator[str]:
    yield "BEGIN:VCARD"
    yield "VERSION:3.0"
    yield f"FN:{escaped(contact.name)}"
    yield f"N:{escaped(contact.name)};;;;"
    if contact.organisation:
        yield f"ORG:{escaped(contact.organisation)}"
    if contact.title:
        yield f"TITLE:{escaped(contact.title)}"
    for rank, phone in enumerate(contact.phones):
        yield f"TEL;TYPE={'WORK,VOICE,PREF' if rank == 0 else 'CELL,VOICE'}:{escaped(phone)}"
    if contact.mail:
        yield f"EMAIL;TYPE=INTERNET:{escaped(contact.mail)}"
    if contact.note:
        yield f"NOTE:{escaped(contact.note)}"
    yield "END:VCARD"
