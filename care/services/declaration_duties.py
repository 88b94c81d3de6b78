"""Duties to declare an incident: those of the kit, rewritten by the establishment where it must, and their sheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.crisis import Confidence, Duty, DutyStep, time_limit
from care.domain.durations import LONGEST, written
from care.services.audit_report import DocumentError
from care.services.crisis_rows import FIELDS, check_version
from care.services.errors import Invalid, NotFound
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.services.typed_texts import length_faults, line_of, lines_of
from care.store.crisis import DeclarationDuty
from care.store.registry import Establishment
from reports.crisis_model import CrisisPack, DutyLimit, PackDuty, PaperField
from reports.crisis_pack import Sheet, render_sheets
from reports.errors import ReportError
from reports.words import Lang
from scanners.model import Scalar, Text

OWN = "own_"
"""Duties that the establishment added begin so."""
MAX_OWN = 20
MAX_STEPS = 8
MAX_NEEDS = 20
LONGEST_TEXT = 2_000
WITHOUT_DELAY = Text("sans délai", "without delay")
DOUBT = Text(
    "À confirmer avant de s’y fier : CaRE n’a pas lu ce texte.",
    "To be confirmed before relying on it: CaRE did not read this text.",
)
OWN_WORDS = Text("Texte de l’établissement", "The establishment’s own text")
FIELD_NAMES: Mapping[str, Text] = {
    "title": Text("le titre", "the title"),
    "authority": Text("le destinataire", "the recipient"),
    "who": Text("qui déclare", "who declares"),
    "what": Text("ce qui est déclaré", "what is declared"),
    "where": Text("où déclarer", "where to declare"),
    "steps": Text("les délais", "the time limits"),
    "needs": Text("ce qu’il faut préparer", "what to prepare"),
    "source": Text("la source", "the source"),
    "confidence": Text("la certitude", "the certainty"),
}
_TEXTS = ("title", "authority", "who", "what", "where", "source")


@dataclass(frozen=True, slots=True)
class StepDraft:
    """One thing to send; `minutes` after detection at the latest, None for “without delay”."""

    label: str
    minutes: int | None


@dataclass(frozen=True, slots=True)
class DutyDraft:
    """A duty in the words of the establishment."""

    title: str
    authority: str
    who: str
    what: str
    where: str
    steps: tuple[StepDraft, ...]
    needs: tuple[str, ...]
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class StepView:
    """One thing to send: `limit` in words; `until` when detection is known and there is a limit (reader's zone)."""

    label: str
    limit: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class DutyView:
    """A duty as it holds here. `changed_at` is None for the text of the kit; `own` when the establishment added it."""

    id: str
    draft: DutyDraft
    steps: tuple[StepView, ...]
    own: bool
    changed_at: datetime | None
    changed_by: str
    version: int


@dataclass(frozen=True, slots=True)
class Duties:
    """The duties of an establishment; `detected` is the hour asked for, in the installation's zone."""

    duties: tuple[DutyView, ...]
    detected: datetime | None
    may_change: bool


def list_duties(platform: Platform, scope: Scope, establishment_id: int, detected: datetime | None = None) -> Duties:
    """Every duty, with its limits when the hour of detection (aware) is given."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        may_change = scope.allows(Right.MANAGE_CONTINUITY, place.lineage)
        found = duties_here(platform, session, establishment_id, scope.lang)
    zone = ZoneInfo(platform.settings.timezone)
    here = detected.astimezone(zone) if detected is not None else None
    return Duties(tuple(_limited(duty, here, scope.lang) for duty in found), here, may_change)


def open_duty(platform: Platform, scope: Scope, establishment_id: int, duty_id: str) -> DutyView:
    """One duty; NotFound when there is none of that name."""
    found = {duty.id: duty for duty in list_duties(platform, scope, establishment_id).duties}
    if duty_id not in found:
        raise NotFound
    return found[duty_id]


def duties_here(platform: Platform, session: Session, establishment_id: int, lang: str) -> tuple[DutyView, ...]:
    """The duties that hold in an establishment, those of the kit first; who asks was checked before."""
    query = select(DeclarationDuty).where(DeclarationDuty.establishment_id == establishment_id)
    rows = {row.duty: row for row in session.scalars(query.order_by(DeclarationDuty.duty))}
    kit = [_view(one.id, _of_kit(one, lang), rows.pop(one.id, None)) for one in platform.kits.crisis.duties]
    own = [_view(name, _read(row.content), row) for name, row in rows.items() if name.startswith(OWN)]
    return (*kit, *own)


def _view(duty_id: str, draft: DutyDraft, row: DeclarationDuty | None) -> DutyView:
    return DutyView(
        id=duty_id,
        draft=draft if row is None else _read(row.content),
        steps=(),
        own=duty_id.startswith(OWN),
        changed_at=None if row is None else row.changed_at,
        changed_by="" if row is None else row.changed_by,
        version=0 if row is None else row.version,
    )


def _limited(duty: DutyView, detected: datetime | None, lang: str) -> DutyView:
    steps = tuple(
        StepView(one.label, limit_words(one.minutes, lang), _until(one, detected)) for one in duty.draft.steps
    )
    return DutyView(duty.id, duty.draft, steps, duty.own, duty.changed_at, duty.changed_by, duty.version)


def _until(step: StepDraft, detected: datetime | None) -> datetime | None:
    if detected is None:
        return None
    return time_limit(detected, DutyStep(Text(step.label, step.label), step.minutes))


def limit_words(minutes: int | None, lang: str) -> str:
    """A time limit as people say it: 72 h up to three days, then days."""
    if minutes is None:
        return WITHOUT_DELAY.render(lang)
    if minutes % 60 == 0 and minutes <= 72 * 60:
        return f"{minutes // 60} h"
    return written(minutes, "en" if lang == "en" else "fr")


def change_duty(
    platform: Platform, scope: Scope, establishment_id: int, duty_id: str, draft: DutyDraft, version: int
) -> None:
    """Rewrite a duty seen at `version` (0 for the text of the kit). Refused when somebody was quicker."""
    now = platform.clock.now()
    content = _written(_cleaned(draft))
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        row = _locked(session, establishment_id, duty_id)
        known = {duty.id: duty for duty in duties_here(platform, session, establishment_id, scope.lang)}
        if duty_id not in known:
            raise NotFound
        thing = _thing(establishment_id, duty_id)
        check_version(platform, session, row, version, thing, FIELD_NAMES)
        before = _written(known[duty_id].draft)
        changed = [name for name in content if content[name] != before[name]]
        if not changed:
            return
        if row is None:
            row = DeclarationDuty(establishment_id=establishment_id, duty=duty_id, version=0)
            session.add(row)
        row.content, row.version = content, row.version + 1
        row.changed_at, row.changed_by = now, scope.actor
        detail: dict[str, Scalar] = {FIELDS: ",".join(changed), "version": row.version}
        record(session, scope, "duty.changed", thing, now, detail)


def add_duty(platform: Platform, scope: Scope, establishment_id: int, draft: DutyDraft) -> str:
    """Add a duty of the establishment's own; returns its name."""
    now = platform.clock.now()
    content = _written(_cleaned(draft))
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        query = select(DeclarationDuty.duty).where(DeclarationDuty.establishment_id == establishment_id)
        taken = set(session.scalars(query))
        free = (f"{OWN}{number}" for number in range(1, MAX_OWN + 1))
        duty_id = next((name for name in free if name not in taken), None)
        if duty_id is None:
            raise Invalid({"title": Text(f"Au plus {MAX_OWN} devoirs ajoutés.", f"{MAX_OWN} duties of yours at most.")})
        session.add(
            DeclarationDuty(
                establishment_id=establishment_id,
                duty=duty_id,
                content=content,
                changed_at=now,
                changed_by=scope.actor,
                version=1,
            )
        )
        thing = _thing(establishment_id, duty_id)
        record(session, scope, "duty.added", thing, now, {"title": draft.title[:200], "version": 1})
        return duty_id


def reset_duty(platform: Platform, scope: Scope, establishment_id: int, duty_id: str, version: int) -> None:
    """Back to the text of the kit, or away with a duty of the establishment's own."""
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        row = _locked(session, establishment_id, duty_id)
        if row is None:
            raise NotFound
        thing = _thing(establishment_id, duty_id)
        check_version(platform, session, row, version, thing, FIELD_NAMES)
        title = str(row.content.get("title", ""))[:200]
        session.delete(row)
        record(session, scope, "duty.reset", thing, now, {"title": title})


def duties_pdf(platform: Platform, scope: Scope, establishment_id: int, detected: datetime | None = None) -> bytes:
    """The sheet of duties and the incident form to fill on paper, with the limits when detection is known."""
    found = list_duties(platform, scope, establishment_id, detected)
    with platform.database.read() as session:
        place = session.get_one(Establishment, establishment_id)
        name, finess = place.name, place.finess
    pack = CrisisPack(
        lang=cast("Lang", scope.lang),
        establishment=name,
        finess=finess,
        made_at=platform.clock.now().astimezone(ZoneInfo(platform.settings.timezone)),
        expires_on=None,
        duties=tuple(printed(duty, scope.lang) for duty in found.duties),
        detected="" if found.detected is None else hour(found.detected, scope.lang),
        form=form_fields(platform, scope.lang),
    )
    try:
        return render_sheets(pack, [Sheet.DUTIES, Sheet.FORM])
    except ReportError as error:
        raise DocumentError(error.fr, error.en) from error


def printed(duty: DutyView, lang: str) -> PackDuty:
    """A duty as documents print it."""
    steps = duty.steps or _limited(duty, None, lang).steps
    one = duty.draft
    return PackDuty(
        title=one.title,
        authority=one.authority,
        who=one.who,
        what=one.what,
        where=one.where,
        steps=tuple(DutyLimit(step.label, step.limit, "" if step.until is None else hour(step.until, lang))
                    for step in steps),
        needs=one.needs,
        source=one.source or OWN_WORDS.render(lang),
        doubt=DOUBT.render(lang) if one.confidence is Confidence.TO_CONFIRM else "",
    )  # fmt: skip


def form_fields(platform: Platform, lang: str) -> tuple[PaperField, ...]:
    """The incident form."""
    return tuple(
        PaperField(one.label.render(lang), one.kind.value, tuple(option.render(lang) for option in one.options))
        for one in platform.kits.crisis.form
    )


def hour(moment: datetime, lang: str) -> str:
    """A day and an hour that leave no doubt: lundi 23 novembre 2026 à 08:00."""
    pattern = "EEEE d MMMM y 'à' HH:mm" if lang == "fr" else "EEEE d MMMM y 'at' HH:mm"
    return str(format_datetime(moment, pattern, tzinfo=moment.tzinfo, locale=lang))


def _cleaned(draft: DutyDraft) -> DutyDraft:
    """Invalid names the fields that cannot be used."""
    texts = {name: lines_of(getattr(draft, name)) for name in _TEXTS} | {"title": line_of(draft.title)}
    faults = length_faults({name: (text, LONGEST_TEXT) for name, text in texts.items()})
    if not texts["title"]:
        faults["title"] = Text("Donnez un titre.", "Give a title.")
    labels = ((line_of(one.label), one.minutes) for one in draft.steps)
    steps = tuple(StepDraft(label, minutes) for label, minutes in labels if label)
    if not 0 < len(steps) <= MAX_STEPS:
        faults["steps"] = Text(f"De une à {MAX_STEPS} étapes.", f"One to {MAX_STEPS} steps.")
    elif fault := _step_fault(steps):
        faults["steps"] = fault
    needs = tuple(filter(None, map(line_of, draft.needs)))
    if len(needs) > MAX_NEEDS or any(len(one) > 300 for one in needs):
        faults["needs"] = Text(f"{MAX_NEEDS} lignes de 300 caractères au plus.", f"{MAX_NEEDS} short lines at most.")
    if faults:
        raise Invalid(faults)
    return DutyDraft(steps=steps, needs=needs, confidence=draft.confidence, **texts)


def _step_fault(steps: Iterable[StepDraft]) -> Text | None:
    for one in steps:
        if len(one.label) > 300:
            return Text("300 caractères par étape au plus.", "300 characters per step at most.")
        if one.minutes is not None and not 0 < one.minutes <= LONGEST:
            return Text(
                f"Le délai de « {one.label[:60]} » va d’une minute à un an ; laissez-le vide pour « sans délai ».",
                f"The limit of “{one.label[:60]}” goes from a minute to a year; leave it empty for “without delay”.",
            )
    return None


def _of_kit(duty: Duty, lang: str) -> DutyDraft:
    texts = {name: getattr(duty, name).render(lang) for name in _TEXTS}
    return DutyDraft(
        steps=tuple(StepDraft(one.label.render(lang), one.minutes) for one in duty.steps),
        needs=tuple(one.render(lang) for one in duty.needs),
        confidence=duty.confidence,
        **texts,
    )


def _written(draft: DutyDraft) -> dict[str, Any]:
    """A duty as a JSON value."""
    return {
        **{name: getattr(draft, name) for name in _TEXTS},
        "steps": [asdict(one) for one in draft.steps],
        "needs": list(draft.needs),
        "confidence": draft.confidence.value,
    }


def _read(content: Mapping[str, Any]) -> DutyDraft:
    return DutyDraft(
        steps=tuple(StepDraft(one["label"], one["minutes"]) for one in content["steps"]),
        needs=tuple(content["needs"]),
        confidence=Confidence(content["confidence"]),
        **{name: content[name] for name in _TEXTS},
    )


def _locked(session: Session, establishment_id: int, duty_id: str) -> DeclarationDuty | None:
    query = select(DeclarationDuty).where(
        DeclarationDuty.establishment_id == establishment_id, DeclarationDuty.duty == duty_id
    )
    return session.scalars(query.with_for_update()).one_or_none()


def _thing(establishment_id: int, duty_id: str) -> Thing:
    return Thing("duty", f"{establishment_id}:{duty_id}", establishment_id)
