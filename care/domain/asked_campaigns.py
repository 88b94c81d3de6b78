"""What a region asks of the establishments of another installation, `care-campaigns/1`: signed by the region. Pure.

A document tells every campaign that asks something now, whole: the latest one is the truth, and one that is older than
the last taken is not. Its texts are those of the region, to be shown as texts. It is apart from the document of alerts,
so that nothing wrong here ever keeps an alert from arriving.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from care.domain.bundles import written_moment
from care.domain.questionnaires import Question, QuestionKind, fault_of
from care.domain.regional import CampaignKind
from care.domain.signed_documents import (
    FINESS,
    MOMENT,
    UUID,
    DocumentError,
    canonical,
    check_signature,
    object_of,
    read_signed,
    signed_object,
    string_of,
    text_of,
    wrong_value,
)
from scanners.model import Text

FORMAT = 1
CONTEXT = b"care-campaigns/1\n"
OFFERED = (CampaignKind.QUESTIONNAIRE, CampaignKind.EXPOSURE)
"""What another installation may be asked for."""
MOST_CAMPAIGNS = 60
MOST_PLACES = 2_000
MAX_TITLE = 200
MAX_NOTE = 4_000
MAX_EXCUSED = 300
_DOCUMENT = frozenset({"format", "for", "at", "campaigns"})
_CAMPAIGN = frozenset({"campaign", "kind", "title", "note", "opens_at", "closes_at", "questions", "establishments"})
_QUESTION = frozenset({"words", "kind", "choices"})
_PLACE = frozenset({"finess", "excused"})
_WHERE = Text("les campagnes", "the campaigns")


@dataclass(frozen=True, slots=True)
class AskedPlace:
    """An establishment that is asked; `excused` says why it no longer is, empty otherwise."""

    finess: str
    excused: str


@dataclass(frozen=True, slots=True)
class AskedCampaign:
    """A campaign as it travels. Only a questionnaire has questions, at least one, numbered from 1."""

    identifier: str
    kind: CampaignKind
    title: str
    note: str
    opens_at: datetime
    closes_at: datetime
    questions: tuple[Question, ...]
    places: tuple[AskedPlace, ...]


@dataclass(frozen=True, slots=True)
class AskedDocument:
    """A document whose form and signature hold: for which installation, when it was written."""

    audience: str
    at: datetime
    campaigns: tuple[AskedCampaign, ...]


def questions_mark(questions: Sequence[Question]) -> str:
    """By what an answer tells to which questions it was given: SHA-256 of what was asked, in hexadecimal."""
    return hashlib.sha256(canonical({"questions": [_written_question(one) for one in questions]})).hexdigest()


def written_campaign(one: AskedCampaign) -> dict[str, Any]:
    """A campaign as the document writes it."""
    return {
        "campaign": one.identifier,
        "kind": one.kind.value,
        "title": one.title,
        "note": one.note,
        "opens_at": written_moment(one.opens_at),
        "closes_at": written_moment(one.closes_at),
        "questions": [_written_question(each) for each in one.questions],
        "establishments": [{"finess": each.finess, "excused": each.excused} for each in one.places],
    }


def _written_question(one: Question) -> dict[str, Any]:
    return {"words": one.words, "kind": one.kind.value, "choices": list(one.choices)}


def write_asked(
    audience: str, at: datetime, campaigns: Sequence[Mapping[str, Any]], sign: Callable[[bytes], bytes]
) -> bytes:
    """The document, one line, of campaigns already written."""
    payload = {"format": FORMAT, "for": audience, "at": written_moment(at), "campaigns": list(campaigns)}
    return canonical(signed_object(payload, CONTEXT, sign)) + b"\n"


def read_asked(content: bytes, region_key: bytes) -> AskedDocument:
    """A document that this region signed; DocumentError says what is wrong, and nothing of it is then believed."""
    payload, signature = read_signed(content, _DOCUMENT, _WHERE)
    check_signature(payload, CONTEXT, region_key, signature)
    if payload["format"] != FORMAT or type(payload["format"]) is not int:
        raise DocumentError(
            "Ces campagnes sont écrites dans un format plus récent : mettez CaRE à jour ici.",
            "These campaigns are written in a newer format: update CaRE here.",
        )
    campaigns = tuple(_campaign(one) for one in _list(payload, "campaigns", MOST_CAMPAIGNS))
    if len({one.identifier for one in campaigns}) < len(campaigns):
        raise wrong_value("campaigns", "×2")
    return AskedDocument(text_of(payload, "for", UUID), _moment(payload, "at"), campaigns)


def _campaign(told: object) -> AskedCampaign:
    entry = object_of(told, _CAMPAIGN, Text("une campagne", "a campaign"))
    kind = _kind(entry)
    questions = tuple(_question(one, number) for number, one in enumerate(_list(entry, "questions", 40), start=1))
    if bool(questions) is not (kind is CampaignKind.QUESTIONNAIRE):
        raise wrong_value("questions", len(questions))
    places = tuple(_place(one) for one in _list(entry, "establishments", MOST_PLACES))
    if len({one.finess for one in places}) < len(places):
        raise wrong_value("establishments", "×2")
    opens_at, closes_at = _moment(entry, "opens_at"), _moment(entry, "closes_at")
    if closes_at <= opens_at:
        raise wrong_value("closes_at", entry["closes_at"])
    return AskedCampaign(
        identifier=text_of(entry, "campaign", UUID),
        kind=kind,
        title=_text(entry, "title", MAX_TITLE, least=1),
        note=_text(entry, "note", MAX_NOTE),
        opens_at=opens_at,
        closes_at=closes_at,
        questions=questions,
        places=places,
    )


def _kind(entry: Mapping[str, Any]) -> CampaignKind:
    told = string_of(entry, "kind")
    if told not in OFFERED:
        raise DocumentError(
            "La région demande quelque chose que cette version ne connaît pas : mettez CaRE à jour ici.",
            "The region asks something that this version does not know: update CaRE here.",
        )
    return CampaignKind(told)


def _question(told: object, number: int) -> Question:
    entry = object_of(told, _QUESTION, Text("une question", "a question"))
    kind, choices = string_of(entry, "kind"), _list(entry, "choices", 100)
    if kind not in list(QuestionKind) or not all(isinstance(one, str) for one in choices):
        raise wrong_value("questions", kind)
    found = Question(number, string_of(entry, "words"), QuestionKind(kind), tuple(choices))
    if fault_of(found) is not None or (found.choices and found.kind is not QuestionKind.CHOICE):
        raise wrong_value("questions", found.words)
    return found


def _place(told: object) -> AskedPlace:
    entry = object_of(told, _PLACE, Text("un établissement", "an establishment"))
    return AskedPlace(text_of(entry, "finess", FINESS), _text(entry, "excused", MAX_EXCUSED))


def _list(entry: Mapping[str, Any], field: str, most: int) -> list[Any]:
    told = entry[field]
    if not isinstance(told, list):
        raise wrong_value(field, told)
    if len(told) > most:
        raise wrong_value(field, len(told))
    return told


def _text(entry: Mapping[str, Any], field: str, most: int, least: int = 0) -> str:
    told = string_of(entry, field)
    if not least <= len(told.strip()) or len(told) > most:
        raise wrong_value(field, told)
    return told


def _moment(entry: Mapping[str, Any], field: str) -> datetime:
    told = text_of(entry, field, MOMENT)
    try:
        return datetime.fromisoformat(told)
    except ValueError:
        raise wrong_value(field, told) from None
