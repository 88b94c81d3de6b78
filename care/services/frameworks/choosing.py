"""Which frameworks a place answers: its profile where a framework has several, or why it is not concerned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.domain.frameworks import Framework
from care.services.errors import Invalid
from care.services.frameworks.answering import framework_in_use, lock_holder
from care.services.frameworks.assessing import mark_due
from care.services.frameworks.holders import seen_holder
from care.services.library import today
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.trail import Thing, record
from care.services.typed_texts import line_of
from care.store.frameworks import FrameworkChoice
from scanners.model import Scalar, Text

MAX_REASON = 300
_NAMES: Mapping[str, Text] = {
    "profile": Text("le profil", "the profile"),
    "concerned": Text("si la structure est concernée", "whether the structure is concerned"),
    "reason": Text("le motif", "the reason"),
}


@dataclass(frozen=True, slots=True)
class ChoiceDraft:
    """What a place answers of a framework: `profile` one of its own, or empty; the reason when it is not concerned."""

    profile: str = ""
    concerned: bool = True
    reason: str = ""


def choose_framework(
    platform: Platform, scope: Scope, place: Place, framework_id: str, draft: ChoiceDraft, seen: int
) -> None:
    """Keep a choice seen at version `seen` (0 when there was none).

    Invalid names the field. Refused when somebody chose otherwise since. NotFound, Forbidden.
    """
    with platform.database.write() as session:
        seen_holder(session, scope, place, today(platform), Right.MANAGE_PROGRAMME)
        framework = framework_in_use(platform, session, framework_id)
        holder = place.key
        lock_holder(session, holder)
        known = session.get(FrameworkChoice, (holder, framework_id), populate_existing=True)
        _check_seen(platform, session, known, _thing(place, framework_id), seen)
        tidy = ChoiceDraft(draft.profile, draft.concerned, line_of(draft.reason) if not draft.concerned else "")
        _check(framework, tidy)
        changed = _changed(known, tidy)
        if changed:
            _keep(platform, session, scope, (place, framework_id), known, tidy, changed)


def _thing(place: Place, framework_id: str) -> Thing:
    site = place.id if place.level is Level.ESTABLISHMENT else None
    return Thing("framework_choice", f"{place.key}/{framework_id}", site)


def _check_seen(platform: Platform, session: Session, known: FrameworkChoice | None, thing: Thing, seen: int) -> None:
    if known is not None and known.version != seen:
        refuse_stale(platform, session, thing, (known.changed_at, known.changed_by), seen, _NAMES)


def _check(framework: Framework, draft: ChoiceDraft) -> None:
    faults: dict[str, Text] = {}
    if draft.profile and draft.profile not in framework.profiles:
        faults["profile"] = Text("Choisissez l’un des profils proposés.", "Choose one of the profiles offered.")
    if not draft.concerned and not draft.reason:
        faults["reason"] = Text("Dites pourquoi, en une phrase.", "Say why, in a sentence.")
    if len(draft.reason) > MAX_REASON:
        faults["reason"] = Text(f"{MAX_REASON} signes au plus.", f"At most {MAX_REASON} characters.")
    if faults:
        raise Invalid(faults)


def _changed(known: FrameworkChoice | None, draft: ChoiceDraft) -> list[str]:
    before = ChoiceDraft(known.profile, known.concerned, known.reason) if known else ChoiceDraft()
    return [name for name in _NAMES if getattr(before, name) != getattr(draft, name)]


def _keep(
    platform: Platform,
    session: Session,
    scope: Scope,
    of: tuple[Place, str],
    known: FrameworkChoice | None,
    draft: ChoiceDraft,
    changed: list[str],
) -> None:
    (place, framework_id), now = of, platform.clock.now()
    row = known or FrameworkChoice(holder=place.key, framework=framework_id, version=0)
    row.profile, row.concerned, row.reason = draft.profile, draft.concerned, draft.reason
    row.version, row.changed_at, row.changed_by = row.version + 1, now, scope.name or scope.actor
    session.add(row)
    session.flush()
    mark_due(session, place, now)
    detail: dict[str, Scalar] = {
        "version": row.version,
        "fields": ", ".join(changed),
        "profile": draft.profile,
        "concerned": draft.concerned,
    }
    record(session, scope, "framework.chosen", _thing(place, framework_id), now, detail)
