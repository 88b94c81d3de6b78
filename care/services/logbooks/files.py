"""Logbooks handed out: CSV, signed JSON that a script verifies offline, PDF to print and sign."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.exercises import ENTRY_KINDS, EntryKind
from care.services.errors import Refused
from care.services.exercises.rooms import content_of as event_content
from care.services.exercises.rooms import events_of
from care.services.logbooks.reading import EVENT, LogbookView, LogFilter, LogLine, read_logbook
from care.services.logbooks.rows import (
    Found,
    Which,
    cells_of,
    content_of,
    entries_of,
    find,
    last_hash,
)
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import Thing, record
from reports.errors import ReportError
from reports.logbook import LogbookReport, PrintedLine, render_logbook
from reports.seal.verifier import LOG_FORMAT, canonical
from reports.spreadsheets import Cell, csv_bytes
from reports.words import Lang as ReportLang
from scanners.model import Lang, Text

EVENT_NAME = Text("Exercice", "Exercise")
_HEADER = (
    Text("N°", "No."),
    Text("Heure des faits", "Time of the facts"),
    Text("Écrit à", "Written at"),
    Text("Nature", "Kind"),
    Text("Cellule", "Cell"),
    Text("Texte", "Text"),
    Text("Par", "By"),
    Text("Corrige la ligne", "Corrects line"),
    Text("Corrigée par la ligne", "Corrected by line"),
)


def logbook_csv(platform: Platform, scope: Scope, which: Which) -> bytes:
    """Every line in the order of the facts, hours in the zone of the establishment."""
    view = read_logbook(platform, scope, which, LogFilter(whole=True))
    zone = ZoneInfo(platform.settings.timezone)
    rows = [_row(line, zone, scope.lang) for line in reversed(view.lines)]
    _handed_out(platform, scope, which, "csv")
    return csv_bytes([one.render(scope.lang) for one in _HEADER], rows)


def _row(line: LogLine, zone: ZoneInfo, lang: Lang) -> list[Cell]:
    return [
        number_of(line),
        line.happened_at.astimezone(zone),
        line.at.astimezone(zone),
        kind_name(line.kind, lang),
        line.cell,
        line.text,
        line.by,
        line.corrects,
        line.corrected_by,
    ]


def number_of(line: LogLine) -> str:
    """How a line is called: 12, or E3 for the third event of the exercise."""
    return f"E{line.number}" if line.kind == EVENT else str(line.number)


def kind_name(kind: str, lang: Lang) -> str:
    """The kind of a line in words."""
    return (EVENT_NAME if kind == EVENT else ENTRY_KINDS[EntryKind(kind)]).render(lang)


def logbook_json(platform: Platform, scope: Scope, which: Which) -> bytes:
    """The chains as stored, signed by the installation (`care-log/1`, docs/formats.md); `verifier.py` reads it.

    What is altered in the database is handed out as it is: the script then names the line.
    """
    now = platform.clock.now()
    with platform.database.read() as session:
        content = _content(session, scope, which, now)
    signer = platform.signer
    key = signer.public_keys[signer.key_id]
    signed = {"format": LOG_FORMAT, "content": content, "key": key.hex()}
    whole = signed | {"signature": signer.sign(canonical(signed)).hex()}
    _handed_out(platform, scope, which, "json")
    return (json.dumps(whole, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def _content(session: Session, scope: Scope, which: Which, now: datetime) -> dict[str, Any]:
    found = find(session, scope, which)
    place = visible_establishment(session, scope, found.establishment_id)
    chains = []
    if found.row is not None:
        lines = [content_of(one) | {"hash": one.hash} for one in entries_of(session, found.row)]
        chains.append({"of": "logbook", "last": found.row.last_entry, "links": lines})
    if found.exercise is not None:
        events = [event_content(one) | {"hash": one.hash} for one in events_of(session, found.exercise.id)]
        chains.append({"of": "exercise", "last": found.exercise.last_event, "links": events})
    return {
        "establishment": {"finess": place.finess, "name": place.name},
        "title": _title(found),
        "cells": cells_of(found.exercise, scope.lang),
        "exported_at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "exported_by": scope.actor,
        "chains": chains,
    }


def _title(found: Found) -> str:
    if found.exercise is not None:
        return found.exercise.title
    return found.row.title if found.row is not None else ""


def logbook_pdf(platform: Platform, scope: Scope, which: Which) -> bytes:
    """The logbook to print, from its first line to its last, with the seal of its end. Refused when it is too long."""
    view = read_logbook(platform, scope, which, LogFilter(whole=True), checked=True)
    with platform.database.read() as session:
        found = find(session, scope, which)
        seal = last_hash(session, found.row) if found.row is not None else ""
    zone = ZoneInfo(platform.settings.timezone)
    report = LogbookReport(
        lang=cast(ReportLang, scope.lang),
        issued_at=platform.clock.now().astimezone(zone),
        place=view.establishment,
        finess=view.finess,
        title=view.title,
        opened=_opened(view, zone),
        exercise=view.exercise_id is not None,
        lines=tuple(_printed(line, zone, scope.lang) for line in reversed(view.lines)),
        seal=seal,
        fault=view.fault,
    )
    try:
        made = render_logbook(report)
    except ReportError as error:
        raise Refused(Text(error.fr, error.en)) from error
    _handed_out(platform, scope, which, "pdf")
    return made


def _opened(view: LogbookView, zone: ZoneInfo) -> tuple[datetime | None, str, datetime | None]:
    opened = view.opened_at.astimezone(zone) if view.opened_at else None
    closed = view.closed_at.astimezone(zone) if view.closed_at else None
    return opened, view.opened_by, closed


def _printed(line: LogLine, zone: ZoneInfo, lang: Lang) -> PrintedLine:
    return PrintedLine(
        number=number_of(line),
        at=line.happened_at.astimezone(zone),
        written_at=line.at.astimezone(zone) if line.late else None,
        kind=kind_name(line.kind, lang),
        cell=line.cell,
        text=line.text,
        by=line.by,
        corrects=line.corrects,
        corrected_by=line.corrected_by,
        event=line.kind == EVENT,
    )


def _handed_out(platform: Platform, scope: Scope, which: Which, form: str) -> None:
    """The trail keeps who took what away, and the end of the chain: a stronger anchor than the database's own word."""
    with platform.database.write() as session:
        found = find(session, scope, which)
        detail: dict[str, Any] = {"form": form, "lines": found.row.last_entry if found.row else 0}
        if found.row is not None:
            detail["hash"] = last_hash(session, found.row)
        thing = _thing(found)
        record(session, scope, "logbook.exported", thing, platform.clock.now(), detail)


def _thing(found: Found) -> Thing:
    if found.exercise is not None:
        return Thing("exercise", found.exercise.id, found.establishment_id)
    return Thing("logbook", found.row.id if found.row is not None else 0, found.establishment_id)
