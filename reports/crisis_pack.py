"""The crisis pack in print: one document with everything, and each of its sheets alone. Black on white throughout.

Accessible PDF (PDF/UA-1 and PDF/A-2a) by Typst; the same pack gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from babel.dates import format_date

from reports.crisis_model import CheckSheet, CrisisPack, PackCell, PackContact, PackDuty, PackMode
from reports.crisis_words import WORDS
from reports.plain import name_line, one_line, plain, unbroken
from reports.press import DEFAULT_LIMITS, PressLimits, typeset
from reports.rich import rich
from reports.words import Lang, instant

LOG_ROWS = 14
"""Blank lines of one log sheet: what fits a page with room to write."""
LOG_PAGES = 3
FORM_LINES = 3
"""Blank lines of a field that takes several."""

Json = dict[str, Any]


class Sheet(StrEnum):
    """The sheets of a pack, in their order."""

    FIRST_HOUR = "first_hour"
    CONTACTS = "contacts"
    MESSAGES = "messages"
    MODES = "modes"
    CUTS = "cuts"
    RESTART = "restart"
    ACTIVITIES = "activities"
    DUTIES = "duties"
    FORM = "form"
    LOG = "log"


def render_pack(pack: CrisisPack, limits: PressLimits = DEFAULT_LIMITS) -> bytes:
    """The whole pack: cover, contents and every sheet. ReportError when out of bounds."""
    return typeset("crisis_pack", compose(pack), pack.made_at, limits)


def render_sheets(pack: CrisisPack, sheets: Sequence[Sheet], limits: PressLimits = DEFAULT_LIMITS) -> bytes:
    """Some sheets of a pack without its cover."""
    return typeset("crisis_pack", compose(pack, sheets), pack.made_at, limits)


def render_mode(pack: CrisisPack, mode: PackMode, limits: PressLimits = DEFAULT_LIMITS) -> bytes:
    """One degraded-mode sheet alone."""
    document = _frame(pack, name_line(f"{mode.activity} – {mode.title}", pack.lang))
    document["sheets"] = [{"kind": "mode", **_mode(mode, pack.lang)}]
    return typeset("crisis_pack", document, pack.made_at, limits)


def render_checklist(sheet: CheckSheet, limits: PressLimits = DEFAULT_LIMITS) -> bytes:
    """A checklist with its answers, and boxes to tick where there is none."""
    return typeset("crisis_pack", compose_checklist(sheet), sheet.made_at, limits)


def compose(pack: CrisisPack, sheets: Sequence[Sheet] | None = None) -> Json:
    """The document: JSON values only, texts safe to set. Without `sheets`, all of them behind a cover."""
    words = WORDS[pack.lang]
    wanted = list(Sheet) if sheets is None else sheets
    title = words["title"] if sheets is None else words[f"sheet_{wanted[0]}"]
    document = _frame(pack, title)
    document["cover"] = sheets is None
    document["first_calls"] = [{**_contact(one, pack.lang), "lead": False} for one in pack.contacts if one.lead]
    document["sheets"] = [
        {"kind": sheet.value, "title": words[f"sheet_{sheet}"], **_BODIES[sheet](pack, pack.lang)} for sheet in wanted
    ]
    return document


def _frame(pack: CrisisPack, title: str) -> Json:
    lang = pack.lang
    expires = "" if pack.expires_on is None else format_date(pack.expires_on, "d MMMM y", locale=lang)
    return {
        "lang": lang,
        "words": WORDS[lang],
        "title": title,
        "cover": False,
        "establishment": name_line(pack.establishment, lang),
        "finess": one_line(pack.finess, lang),
        "made": instant(pack.made_at, lang),
        "expires": expires,
    }


def _first_hour(pack: CrisisPack, lang: Lang) -> Json:
    return {
        "lines": [
            {
                "until": one_line(line.until, lang, 60),
                "who": one_line(line.who, lang, 80),
                "do": one_line(line.do, lang, 600),
            }
            for line in pack.first_hour
        ]
    }


def _contacts(pack: CrisisPack, lang: Lang) -> Json:
    return {"cells": [_cell(cell, lang) for cell in pack.cells]}


def _cell(cell: PackCell, lang: Lang) -> Json:
    return {"name": name_line(cell.name, lang), "contacts": [_contact(one, lang) for one in cell.contacts]}


def _contact(contact: PackContact, lang: Lang) -> Json:
    person = ", ".join(one_line(one, lang) for one in (contact.name, contact.organisation) if one.strip())
    return {
        "function": name_line(contact.function, lang),
        "lead": contact.lead,
        "person": person,
        "phone": _whole(contact.phone, lang),
        "fallback": _whole(contact.fallback, lang),
        "mail": one_line(contact.mail, lang),
        "deputy": _whole(contact.deputy, lang),
        "note": _whole(contact.note, lang),
    }


def _whole(text: str, lang: Lang) -> str:
    """Numbers stay on one line: their blanks do not break."""
    return unbroken(one_line(text, lang))


def _messages(pack: CrisisPack, lang: Lang) -> Json:
    return {"lines": [{"title": name_line(one.title, lang), "text": plain(one.text, lang)} for one in pack.messages]}


def _modes(pack: CrisisPack, lang: Lang) -> Json:
    return {"modes": [_mode(mode, lang) for mode in pack.modes]}


def _mode(mode: PackMode, lang: Lang) -> Json:
    facts = {
        "holds": mode.holds,
        "capacity": mode.capacity,
        "owner": mode.owner,
        "version": mode.version,
        "covers": ", ".join(mode.covers),
    }
    parts = {
        "trigger": mode.trigger,
        "steps": mode.steps,
        "who_to_call": mode.who_to_call,
        "limits": mode.limits,
        "back_to_normal": mode.back_to_normal,
    }
    words = WORDS[lang]
    return {
        "activity": name_line(mode.activity, lang),
        "title": name_line(mode.title, lang),
        "facts": [
            {"name": words[f"mode_{key}"], "value": one_line(value, lang)} for key, value in facts.items() if value
        ],
        "parts": [
            {"name": words[f"mode_{key}"], "steps": key == "steps", "blocks": rich(unbroken(text), lang)}
            for key, text in parts.items()
            if text.strip()
        ],
        "kits": [[name_line(cell, lang) for cell in (kit.name, kit.place, kit.owner, kit.autonomy)]
                 for kit in mode.kits],
    }  # fmt: skip


def _cuts(pack: CrisisPack, lang: Lang) -> Json:
    words = WORDS[lang]
    rows = [
        {
            "cells": [
                name_line(one.supplier, lang),
                one_line(one.access, lang) or words["unsaid_access"],
                one_line(one.cut, lang, 600) or words["unsaid_cut"],
                _whole(one.contact, lang) or "–",
            ],
            "lost": one.lost,
        }
        for one in pack.cuts
    ]
    return {"rows": rows, "note": plain(pack.cuts_note, lang)}


def _restart(pack: CrisisPack, lang: Lang) -> Json:
    lines = [
        {
            "number": str(one.number),
            "name": name_line(one.name, lang),
            "kind": one_line(one.kind, lang),
            "owner": one_line(one.owner, lang),
            "urgency": name_line(one.urgency, lang),
            "after": name_line(", ".join(one.after), lang),
            "takes": name_line(one.takes, lang),
        }
        for one in pack.restart
    ]
    return {"lines": lines, "note": plain(pack.restart_note, lang)}


def _activities(pack: CrisisPack, lang: Lang) -> Json:
    words = WORDS[lang]
    rows = [
        [
            name_line(one.name, lang),
            name_line(one.criticality, lang),
            name_line(one.dmia, lang),
            name_line(one.owner, lang),
            str(one.modes) if one.modes else words["no_mode"],
        ]
        for one in pack.activities
    ]
    return {"rows": rows}


def _duties(pack: CrisisPack, lang: Lang) -> Json:
    return {"detected": one_line(pack.detected, lang), "duties": [_duty(one, lang) for one in pack.duties]}


def _duty(duty: PackDuty, lang: Lang) -> Json:
    words = WORDS[lang]
    facts = {"authority": duty.authority, "who": duty.who, "what": duty.what, "where": duty.where}
    return {
        "title": name_line(duty.title, lang),
        "doubt": one_line(duty.doubt, lang),
        "facts": [{"name": words[f"duty_{key}"], "value": plain(value, lang)} for key, value in facts.items() if value],
        "steps": [
            {
                "label": name_line(one.label, lang, 400),
                "limit": one_line(one.limit, lang),
                "until": one_line(one.until, lang),
            }
            for one in duty.steps
        ],
        "needs": [name_line(one, lang) for one in duty.needs],
        "source": plain(duty.source, lang),
    }


def _form(pack: CrisisPack, lang: Lang) -> Json:
    fields = [
        {
            "label": name_line(one.label, lang),
            "lines": FORM_LINES if one.kind == "lines" else 1,
            "boxes": [name_line(option, lang) for option in one.options],
        }
        for one in pack.form
    ]
    return {"fields": fields}


def _log(_pack: CrisisPack, _lang: Lang) -> Json:
    return {"rows": LOG_ROWS, "pages": LOG_PAGES}


_BODIES: Mapping[Sheet, Callable[[CrisisPack, Lang], Json]] = {
    Sheet.FIRST_HOUR: _first_hour,
    Sheet.CONTACTS: _contacts,
    Sheet.MESSAGES: _messages,
    Sheet.MODES: _modes,
    Sheet.CUTS: _cuts,
    Sheet.RESTART: _restart,
    Sheet.ACTIVITIES: _activities,
    Sheet.DUTIES: _duties,
    Sheet.FORM: _form,
    Sheet.LOG: _log,
}


def compose_checklist(sheet: CheckSheet) -> Json:
    """A checklist as a document: JSON values only, texts safe to set."""
    lang = sheet.lang
    parts = [
        {
            "title": name_line(part.title, lang),
            "intro": plain(part.intro, lang),
            "lines": [
                {
                    "text": name_line(one.text, lang, 600),
                    "why": plain(one.why, lang),
                    "refs": ", ".join(one_line(ref, lang) for ref in one.refs),
                    "state": one.state,
                    "state_name": one_line(one.state_name, lang),
                    "note": plain(one.note, lang),
                }
                for one in part.lines
            ],
        }
        for part in sheet.parts
    ]
    return {
        "lang": lang,
        "words": WORDS[lang],
        "title": name_line(sheet.title, lang),
        "cover": False,
        "establishment": name_line(sheet.establishment, lang),
        "finess": one_line(sheet.finess, lang),
        "made": instant(sheet.made_at, lang),
        "expires": "",
        "sheets": [
            {
                "kind": "checklist",
                "title": name_line(sheet.title, lang),
                "origin": plain(sheet.origin, lang),
                "progress": one_line(sheet.progress, lang),
                "parts": parts,
            }
        ],
    }
