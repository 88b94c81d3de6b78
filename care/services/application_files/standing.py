"""Where the objectives of a domain stand for a candidate, what its file still lacks, and how that is kept for ever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from care.domain.access import Place
from care.domain.frameworks import Framework, Parameter
from care.domain.funded_domains import FundedDomain
from care.domain.judging import STATUS_NAMES, RequirementStatus
from care.services.application_files.candidates import framework_of
from care.services.frameworks.assessing import Assessed, assess
from care.services.frameworks.holders import holder_at
from care.services.platform import Platform
from scanners.model import Lang, Text

_PREFIXES = {"care-d1": "D1", "care-d1bis": "D1bis", "care-d2": "D2"}


class Ready(StrEnum):
    """Whether a file may be declared: every objective is met; some are only not applicable, which the portal may
    contest; or something is lacking."""

    YES = "yes"
    RESERVED = "reserved"
    NO = "no"


READY_NAMES: Mapping[Ready, Text] = {
    Ready.YES: Text("Prêt à déclarer", "Ready to declare"),
    Ready.RESERVED: Text("Prêt, sous réserve des objectifs non applicables", "Ready, but for what is not applicable"),
    Ready.NO: Text("Pas encore prêt à déclarer", "Not ready to declare yet"),
}


def readiness(statuses: Sequence[RequirementStatus]) -> Ready:
    """Only what is met counts: neither what is to confirm nor what has evidence nobody confirmed."""
    said = set(statuses)
    if said and said <= {RequirementStatus.MET}:
        return Ready.YES
    reserved = bool(said) and said <= {RequirementStatus.MET, RequirementStatus.NOT_APPLICABLE}
    return Ready.RESERVED if reserved and RequirementStatus.MET in said else Ready.NO


@dataclass(frozen=True, slots=True)
class PieceLine:
    """A piece of evidence tied to an objective."""

    id: int
    establishment_id: int
    title: str


@dataclass(frozen=True, slots=True)
class ObjectiveLine:
    """One objective in the reader's language: `number` as the domain writes it, `section` what it belongs to."""

    id: str
    number: str
    title: str
    section: str
    status: RequirementStatus
    why: tuple[str, ...]
    missing: tuple[str, ...]
    pieces: tuple[PieceLine, ...]

    @property
    def lacks(self) -> bool:
        """Whether something must still be done about it."""
        return self.status not in (RequirementStatus.MET, RequirementStatus.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class SectionLine:
    """How many objectives of a section are met: the milestones of HospiConnect are sections."""

    title: str
    met: int
    total: int


@dataclass(frozen=True, slots=True)
class Completeness:
    """Where all the objectives of a domain stand, by the version of its framework that is in use."""

    ready: Ready
    words: str
    version: str
    lines: tuple[ObjectiveLine, ...]
    sections: tuple[SectionLine, ...]
    counts: Mapping[RequirementStatus, int]

    @property
    def met(self) -> int:
        """How many are met."""
        return self.counts.get(RequirementStatus.MET, 0)

    @property
    def lacking(self) -> tuple[ObjectiveLine, ...]:
        """Those that still lack something."""
        return tuple(one for one in self.lines if one.lacks)


def completeness(
    platform: Platform, session: Session, place: Place, framework: Framework, day: date, lang: Lang
) -> Completeness:
    """Every objective of a domain for a candidate; who asks was checked before."""
    found = assess(platform, session, holder_at(session, place, day), framework, day)
    return completeness_of(framework, found, lang)


def completeness_of(framework: Framework, found: Sequence[Assessed], lang: Lang) -> Completeness:
    """What an assessment says of a file."""
    ready = readiness([one.status for one in found])
    lines = tuple(_line(framework, one, lang) for one in found)
    return Completeness(
        ready=ready,
        words=READY_NAMES[ready].render(lang),
        version=framework.version,
        lines=lines,
        sections=_sections(lines),
        counts=Counter(one.status for one in found),
    )


def _sections(lines: Sequence[ObjectiveLine]) -> tuple[SectionLine, ...]:
    """The sections in their order; what belongs to none has no line."""
    titles = dict.fromkeys(one.section for one in lines if one.section)
    inside = {title: [one.status for one in lines if one.section == title] for title in titles}
    return tuple(SectionLine(title, said.count(RequirementStatus.MET), len(said)) for title, said in inside.items())


def number_of(framework: Framework, item: str) -> str:
    """An objective as the texts of the programme write it: `D2.O1.C`."""
    prefix = _PREFIXES.get(framework.id)
    return f"{prefix}.{item}" if prefix else item


def _line(framework: Framework, one: Assessed, lang: Lang) -> ObjectiveLine:
    path = framework.path(one.item)
    return ObjectiveLine(
        id=one.item.id,
        number=number_of(framework, one.item.id),
        title=one.item.title.render(lang),
        section=path[0].title.render(lang) if path else "",
        status=one.status,
        why=tuple(text.render(lang) for text in one.why),
        missing=tuple(text.render(lang) for text in one.missing),
        pieces=tuple(PieceLine(piece.id, piece.establishment_id, piece.title) for piece in one.pieces),
    )


def stood_at(platform: Platform, session: Session, place: Place, domain: FundedDomain, day: date) -> dict[str, Any]:
    """The objectives as they stand, with the versions and values that apply, as plain JSON in both languages."""
    framework = framework_of(platform, session, domain)
    return stood(framework, assess(platform, session, holder_at(session, place, day), framework, day))


def stood(framework: Framework, found: Sequence[Assessed]) -> dict[str, Any]:
    """The same, of an assessment already made."""
    return {
        "framework": framework.id,
        "version": framework.version,
        "ready": readiness([one.status for one in found]).value,
        "parameters": {one.id: _parameter(one) for one in framework.parameters.values()},
        "requirements": {one.item.id: _requirement(framework, one) for one in found},
    }


def _parameter(one: Parameter) -> dict[str, Any]:
    value = one.value.isoformat() if isinstance(one.value, date) else one.value
    return {"value": value, "source": one.source, "confidence": one.confidence.value, "title": _both(one.title)}


def _requirement(framework: Framework, one: Assessed) -> dict[str, Any]:
    return {
        "number": number_of(framework, one.item.id),
        "title": _both(one.item.title),
        "wording": one.item.wording,
        "status": one.status.value,
        "status_name": _both(STATUS_NAMES[one.status]),
        "why": [_both(text) for text in one.why],
        "missing": [_both(text) for text in one.missing],
        "evidence": [piece.id for piece in one.pieces],
        "answers": [
            {"verdict": given.verdict.value, "on": given.given_on.isoformat(), "by": given.by, "note": given.note}
            for given in one.answers
        ],
    }


def _both(text: Text) -> dict[str, str]:
    return {"fr": text.fr, "en": text.en}
