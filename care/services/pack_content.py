"""What a crisis pack says, gathered from everything the establishment wrote: one read of its present state."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from care.domain.continuity import RESOURCE_KINDS, ResourceKind, SheetState
from care.domain.durations import written
from care.domain.graph import DIGITAL, Graph, gravest_first
from care.domain.restart import Restart, Step, restart_order
from care.domain.suppliers import same_supplier
from care.services.action_exports import CRITICALITIES
from care.services.contact_files import csv_of, printed_cells, vcard_of
from care.services.continuity_graph import load_graph
from care.services.crisis_contacts import directory_rows, draft_of
from care.services.declaration_duties import duties_here, form_fields, printed
from care.services.platform import Platform
from care.services.remote_access.cutting import cut_lines, cuts_note, outside_lines
from care.store.continuity import DegradedMode, PaperKit, Resource
from care.store.registry import Establishment
from reports.crisis_model import (
    ActivityLine,
    CrisisPack,
    CutLine,
    FirstLine,
    MessageLine,
    PackMode,
    PaperKitLine,
    RestartLine,
)
from reports.words import Lang, day, percent
from scanners.model import Text

MOST_LINES = 400
"""Lines of one list of the pack at most: what is longer is not read in a crisis; the rest is counted in a note."""


@dataclass(frozen=True, slots=True)
class Content:
    """A pack without its dates, the files that go with it, and the fingerprint of it all."""

    pack: CrisisPack
    extra: Mapping[str, bytes]
    fingerprint: str


def gather(platform: Platform, session: Session, place: Establishment, lang: str) -> Content:
    """The content of the pack of an establishment, as it is now; who asks was checked before."""
    now = platform.clock.now().astimezone(ZoneInfo(platform.settings.timezone))
    rows = directory_rows(session, place.id)
    graph = load_graph(session, place.id, now.date())
    restart = restart_order(graph, [node.id for node in graph.nodes if node.kind in DIGITAL])
    kit = platform.kits.crisis
    drafts = [(row.id, draft_of(row)) for row in rows]
    pack = CrisisPack(
        lang=cast("Lang", lang),
        establishment=place.name,
        finess=place.finess,
        made_at=now,
        expires_on=None,
        cells=printed_cells([draft for _, draft in drafts], lang),
        modes=_modes(session, graph, lang),
        restart=tuple(_restart(graph, step, lang) for step in restart.steps[:MOST_LINES]),
        restart_note=_restart_note(graph, restart, lang),
        cuts=_cuts(session, place.id, now.date(), lang),
        cuts_note=cuts_note(platform, session, place.id, lang),
        activities=_activities(graph, lang),
        duties=tuple(printed(duty, lang) for duty in duties_here(platform, session, place.id, lang)),
        form=form_fields(platform, lang),
        first_hour=tuple(
            FirstLine(one.until.render(lang), one.who.render(lang), one.do.render(lang)) for one in kit.first_hour
        ),
        messages=tuple(MessageLine(one.title.render(lang), one.text.render(lang)) for one in kit.messages),
    )
    extra = {
        "contacts.csv": csv_of(drafts, lang),
        "contacts.vcf": vcard_of([draft for _, draft in drafts], place.name, lang),
    }
    return Content(pack, extra, fingerprint_of(pack, extra))


def fingerprint_of(pack: CrisisPack, extra: Mapping[str, bytes]) -> str:
    """SHA-256 of what a pack says, its dates left out."""
    said = {name: value for name, value in asdict(pack).items() if name not in {"made_at", "expires_on"}}
    files = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(extra.items())}
    text = json.dumps([said, files], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _activities(graph: Graph, lang: str) -> tuple[ActivityLine, ...]:
    nodes = sorted((node for node in graph.nodes if node.is_activity), key=gravest_first)
    return tuple(
        ActivityLine(
            name=node.name,
            criticality=CRITICALITIES[node.criticality].render(lang) if node.criticality else "",
            owner=node.owner,
            dmia=_duration(node.dmia, lang),
            modes=len(node.fallbacks),
        )
        for node in nodes[:MOST_LINES]
    )


def _modes(session: Session, graph: Graph, lang: str) -> tuple[PackMode, ...]:
    """The sheets in force, those of the most urgent activities first."""
    activities = {node.id: node for node in graph.nodes if node.is_activity}
    names = {node.id: node.name for node in graph.nodes}
    query = select(DegradedMode).where(
        DegradedMode.activity_id.in_(activities), DegradedMode.state == SheetState.CURRENT
    )
    rows = sorted(
        session.scalars(query), key=lambda row: (gravest_first(activities[row.activity_id]), row.title, row.id)
    )
    kits = _kits(session, activities, lang)
    return tuple(
        _mode(row, activities[row.activity_id].name, names, kits[row.activity_id], lang) for row in rows[:MOST_LINES]
    )


def _mode(
    row: DegradedMode, activity: str, names: Mapping[int, str], kits: Sequence[PaperKitLine], lang: str
) -> PackMode:
    return PackMode(
        activity=activity,
        title=row.title,
        trigger=row.trigger,
        steps=row.steps,
        limits=row.limits,
        back_to_normal=row.back_to_normal,
        who_to_call=row.who_to_call,
        holds=_duration(row.holds_minutes, lang),
        capacity="" if row.capacity_percent is None else percent(row.capacity_percent, cast("Lang", lang)),
        owner=row.owner,
        version=_version(row, lang),
        covers=tuple(names[one] for one in row.covers if one in names),
        kits=tuple(kits),
    )


def _version(row: DegradedMode, lang: str) -> str:
    if row.in_force_on is None:
        return str(row.number)
    since = day(row.in_force_on, cast("Lang", lang))
    return Text(f"{row.number}, depuis le {since}", f"{row.number}, since {since}").render(lang)


def _kits(session: Session, activities: Iterable[int], lang: str) -> Mapping[int, list[PaperKitLine]]:
    query = select(PaperKit).where(PaperKit.activity_id.in_(list(activities)), PaperKit.retired_on.is_(None))
    found: dict[int, list[PaperKitLine]] = defaultdict(list)
    for row in session.scalars(query.order_by(PaperKit.activity_id, PaperKit.name, PaperKit.id)):
        autonomy = _duration(row.autonomy_minutes, lang)
        found[row.activity_id].append(PaperKitLine(row.name, row.place, row.owner, autonomy))
    return found


def _cuts(session: Session, establishment_id: int, day: date, lang: str) -> tuple[CutLine, ...]:
    """The open accesses of the register, then the suppliers among resources that it does not know."""
    listed = cut_lines(session, establishment_id, lang)
    query = (
        select(Resource)
        .where(Resource.establishment_id == establishment_id, Resource.kind == ResourceKind.SUPPLIER)
        .where(or_(Resource.ended_on.is_(None), Resource.ended_on > day))
        .where(or_(Resource.remote_access != "", Resource.cut != ""))
        .order_by(Resource.name, Resource.id)
    )
    declared = (
        CutLine(row.name, row.remote_access, row.cut, row.contact, lost=not (row.cut and row.contact))
        for row in session.scalars(query)
        if not any(same_supplier(row.name, one.supplier) for one in listed)
    )
    return (*listed, *declared, *outside_lines(session, establishment_id, lang))


def _restart(graph: Graph, step: Step, lang: str) -> RestartLine:
    kind = RESOURCE_KINDS[ResourceKind(step.node.kind)].render(lang)
    urgency = ""
    if step.urgency is not None:
        limit, activity = written(step.urgency.minutes, cast("Lang", lang)), graph.node(step.urgency.by).name
        urgency = Text(f"{activity}, {limit} au plus", f"{activity}, within {limit}").render(lang)
    return RestartLine(
        number=step.number,
        name=step.node.name,
        kind=kind,
        urgency=urgency,
        after=tuple(graph.node(one).name for one in step.after),
        takes=_duration(step.node.restart, lang),
        owner=step.node.owner,
    )


def _restart_note(graph: Graph, restart: Restart, lang: str) -> str:
    """What the order supposes, how long it takes at best, what it could not follow."""
    if not restart.steps:
        return ""
    takes = written(restart.minutes, cast("Lang", lang))
    fr = ["Applications et infrastructures sont toutes supposées arrêtées."]
    en = ["All applications and infrastructure are supposed to be down."]
    if restart.minutes:
        fr.append(f"Au mieux, en démarrant tout dès que possible : {takes}.")
        en.append(f"At best, starting everything as soon as possible: {takes}.")
    if restart.untimed:
        fr.append(f"Sans durée de redémarrage connue : {restart.untimed}.")
        en.append(f"Without a known restart time: {restart.untimed}.")
    for tie in restart.ignored[:5]:
        dependent, needed = graph.node(tie.dependent).name, graph.node(tie.needed).name
        fr.append(f"Dépendance circulaire : {dependent} démarre avant {needed}, dont il a besoin.")
        en.append(f"Circular dependency: {dependent} starts before {needed}, which it needs.")
    if len(restart.steps) > MOST_LINES:
        fr.append(f"{len(restart.steps) - MOST_LINES} lignes de plus ne sont pas imprimées.")
        en.append(f"{len(restart.steps) - MOST_LINES} more lines are not printed.")
    return Text(" ".join(fr), " ".join(en)).render(lang)


def _duration(minutes: int | None, lang: str) -> str:
    return "" if minutes is None else written(minutes, cast("Lang", lang))
