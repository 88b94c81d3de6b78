"""Decides what the attestation of an exercise says: texts safe to set."""

from __future__ import annotations

from collections.abc import Sequence

from reports.exercise_document import Json, between, duration, head, integrity
from reports.exercise_model import Attendee, Attestation
from reports.exercise_words import WORDS
from reports.plain import name_line, one_line
from reports.words import Lang, number

MOST_ATTESTED = 8
"""Objectives on an attestation at most: it has one page."""


def compose_attestation(attestation: Attestation) -> Json:
    """The attestation: JSON values only, texts safe to set."""
    lang, words = attestation.lang, WORDS[attestation.lang]
    people: Sequence[Attendee | None] = attestation.people or (None,)
    return {
        **head(attestation),
        "words": words,
        "title": words["attestation_person"] if attestation.people else words["attestation"],
        "personal": bool(attestation.people),
        "facts": _attested(attestation),
        "objectives": _some(attestation.objectives, lang),
        "verdicts": [] if attestation.people else _some(attestation.verdicts, lang, 400),
        "director": one_line(attestation.director, lang, 120),
        "pages": [_attested_person(attestation, one) for one in people],
        "integrity": integrity(attestation),
    }


def _some(texts: Sequence[str], lang: Lang, longest: int = 130) -> list[str]:
    """Short enough, and few enough, to leave room for the signature on the one page."""
    shown = [one for one in texts if one.strip()]
    more = [f"… + {number(len(shown) - MOST_ATTESTED, lang)}"] if len(shown) > MOST_ATTESTED else []
    return [one_line(one, lang, longest) for one in shown[:MOST_ATTESTED]] + more


def _attested(attestation: Attestation) -> list[list[str]]:
    lang, words = attestation.lang, WORDS[attestation.lang]
    cells = ", ".join(_some(attestation.cells, lang))
    found = [
        (words["exercise"], attestation.title),
        (words["kit"], f"{attestation.kit} {attestation.kit_version}"),
        (words["level"], f"{attestation.level} · {attestation.format}"),
        (words["dates"], between(attestation.started_at, attestation.ended_at, lang)),
        (words["lasted"], duration(attestation.lasted * 60, lang)),
        (words["place"], attestation.place),
        (words["people"], number(attestation.participants, lang)),
    ]
    return [[name, one_line(value, lang)] for name, value in found if value.strip()] + (
        [[words["cells"], cells]] if cells else []
    )


def _attested_person(attestation: Attestation, who: Attendee | None) -> Json:
    """What one page attests, and of whom."""
    lang = attestation.lang
    place = name_line(attestation.establishment, lang)
    if who is None:
        said = {
            "fr": "L’établissement ci-dessous a préparé et joué cet exercice de gestion de crise.",
            "en": "The establishment below prepared and played this crisis exercise.",
        }[lang]
        finess = one_line(attestation.finess, lang)
        return {"said": said, "name": place, "detail": f"{WORDS[lang]['finess']} {finess}" if finess else ""}
    said = {
        "fr": "La personne ci-dessous a participé à cet exercice de gestion de crise.",
        "en": "The person below took part in this crisis exercise.",
    }[lang]
    detail = " · ".join(name_line(one, lang) for one in (who.function, who.role, who.cell) if one.strip())
    return {"said": said, "name": name_line(who.name, lang), "detail": detail}
