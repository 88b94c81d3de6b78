"""A continuity and recovery plan (PCRA) as an accessible PDF. Without a signature every page says it is a project."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from reports.pcra_model import (
    PlanActivity,
    PlanDocument,
    PlanMode,
    PlanPicture,
    PlanResource,
    PlanRestart,
    PlanTest,
)
from reports.pcra_words import WORDS
from reports.plain import name_line, one_line, plain
from reports.press import DEFAULT_LIMITS, PressLimits, typeset
from reports.rich import rich
from reports.words import SEMICOLON, Lang, day, instant, number

MOST_ROWS = 400
"""Lines of one table at most."""
MOST_MODES = 120
WIDEST = 950.0
"""Units of a picture that an A4 page still shows with letters of about 7 points; a wider one takes an A3 page."""
_VIEW = re.compile(r'viewBox="0 0 ([0-9.]+) ')

Json = dict[str, Any]


def render_pcra(document: PlanDocument, limits: PressLimits = DEFAULT_LIMITS) -> bytes:
    """The plan as PDF/UA-1 and PDF/A-2a; the same plan gives the same bytes. ReportError when out of bounds."""
    return typeset("pcra", compose(document), document.issued_at, limits)


def compose(document: PlanDocument) -> Json:
    """The document: JSON values only, texts safe to set."""
    lang, words = document.lang, WORDS[document.lang]
    draft = document.signature is None
    return {
        "lang": lang,
        "words": words | {"marking": words["project"] if draft else words["marking"]},
        "draft": draft,
        "establishment": name_line(document.establishment, lang),
        "finess": one_line(document.finess, lang),
        "title": name_line(document.title, lang, 200),
        "number": str(document.number),
        "issued": instant(document.issued_at, lang),
        "issued_day": day(document.issued_at, lang),
        "validated": validated_words(document),
        "signature": _signature(document),
        "remarks": [plain(one, lang) for one in document.remarks[:MOST_ROWS]],
        "former": [plain(one, lang) for one in document.former[:MOST_ROWS]],
        "chapters": [
            {"key": one.key, "title": name_line(one.title, lang), "text": rich(one.text, lang)}
            for one in document.chapters
        ],
        "cells": [[name_line(one.name, lang), _list(one.functions, lang, SEMICOLON[lang])] for one in document.cells],
        "activities": [_activity(one, lang) for one in document.activities[:MOST_ROWS]],
        "resources": [_resource(one, lang) for one in document.resources[:MOST_ROWS]],
        "resources_cut": _cut(len(document.resources), MOST_ROWS, lang),
        "picture": _picture(document.picture),
        "restart": [_restart(one, lang) for one in document.restart[:MOST_ROWS]],
        "restart_cut": _cut(len(document.restart), MOST_ROWS, lang),
        "restart_notes": [plain(one, lang) for one in document.restart_notes[:20]],
        "modes": [_mode(one, lang) for one in document.modes[:MOST_MODES]],
        "modes_cut": _cut(len(document.modes), MOST_MODES, lang),
        "tests": [_test(one, lang) for one in document.tests[:MOST_ROWS]],
    }


def validated_words(document: PlanDocument) -> str:
    """One sentence: who validated the plan and until when it holds, or that it is a project."""
    signed, lang = document.signature, document.lang
    if signed is None:
        return WORDS[lang]["project_note"]
    return WORDS[lang]["validated"].format(
        name=name_line(signed.name, lang),
        title=name_line(signed.title, lang),
        day=day(signed.on, lang),
        review=day(signed.review_on, lang),
    )


def _signature(document: PlanDocument) -> Json | None:
    signed, lang = document.signature, document.lang
    if signed is None:
        return None
    return {
        "name": name_line(signed.name, lang),
        "title": name_line(signed.title, lang),
        "on": day(signed.on, lang),
        "review_on": day(signed.review_on, lang),
    }


def _activity(one: PlanActivity, lang: Lang) -> Json:
    return {
        "name": name_line(one.name, lang, 200),
        "kind": one_line(one.kind, lang),
        "criticality": one_line(one.criticality, lang),
        "perimeter": one_line(one.perimeter, lang),
        "owner": one_line(one.owner, lang, 200),
        "times": [value or "–" for value in (one.dmia, one.rto, one.pdma, one.dmard)],
        "minimum": rich(one.minimum, lang),
        "peaks": plain(one.peaks, lang),
        "needs": _list(one.needs, lang, ", "),
    }


def _resource(one: PlanResource, lang: Lang) -> Json:
    return {
        "name": name_line(one.name, lang, 200),
        "about": " · ".join(one_line(text, lang, 120) for text in (one.kind, one.owner, one.place) if text),
        "asked": [one.asked_dmia or "–", one.asked_pdma or "–"],
        "by": one_line(one.asked_by, lang, 120),
        "declared": [value or "–" for value in (one.rto, one.pdma, one.dmard)],
        "backup": one.backup,
    }


def _restart(one: PlanRestart, lang: Lang) -> Json:
    return {
        "number": number(one.number, lang),
        "name": name_line(one.name, lang, 200),
        "kind": one_line(one.kind, lang),
        "after": _list(one.after, lang, ", ") or "–",
        "ready": one.ready or "–",
        "asked": one.asked or "–",
        "by": one_line(one.asked_by, lang, 120),
        "late": one.late,
    }


def _mode(one: PlanMode, lang: Lang) -> Json:
    words = WORDS[lang]
    facts = [(words["holds"], one.holds or words["not_measured"]), (words["capacity"], one.capacity)]
    facts += [
        (words["replaces"], one.replaces or words["any"]),
        (words["kits"], _list(one.kits, lang, SEMICOLON[lang])),
    ]
    texts = [
        (words["when"], rich(one.trigger, lang)),
        (words["steps"], rich(one.steps, lang, numbered=True)),
        (words["limits"], rich(one.limits, lang)),
        (words["call"], rich(one.who_to_call, lang)),
        (words["back"], rich(one.back_to_normal, lang)),
    ]
    return {
        "title": f"{name_line(one.activity, lang, 200)} – {name_line(one.title, lang, 200)}",
        "facts": " · ".join(f"{name}{words['colon']}{one_line(value, lang, 400)}" for name, value in facts if value),
        "texts": [{"title": title, "text": text} for title, text in texts if text],
    }


def _test(one: PlanTest, lang: Lang) -> Json:
    return {
        "title": name_line(one.title, lang, 200),
        "kind": one_line(one.kind, lang),
        "on": day(one.on, lang),
        "state": " – ".join(one_line(text, lang) for text in (one.state, one.result) if text),
        "covers": _list(one.covers, lang, ", ") or "–",
    }


def _picture(picture: PlanPicture | None) -> Json | None:
    if picture is None:
        return None
    wide = _VIEW.search(picture.svg)
    return {
        "svg": picture.svg,
        "title": picture.title,
        "description": picture.description,
        "large": wide is not None and float(wide[1]) > WIDEST,
    }


def _list(names: Iterable[str], lang: Lang, joint: str, most: int = 12) -> str:
    """Names on one line, the first ones, then how many more."""
    found: Sequence[str] = tuple(names)
    shown = joint.join(name_line(name, lang, 120) for name in found[:most])
    return shown if len(found) <= most else f"{shown} + {number(len(found) - most, lang)}"


def _cut(found: int, shown: int, lang: Lang) -> str:
    return WORDS[lang]["cut"].format(rest=number(found - shown, lang)) if found > shown else ""
