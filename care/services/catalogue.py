"""The single entry point: tools, documents and services shipped, and those a region or the platform added; searched,
and pointed to from the findings and requirements where each helps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope, lineage
from care.domain.catalogue import HELP, OFFER_KINDS, RULE, THEMES, URL, Offer, OfferKind, Theme, closest
from care.domain.frameworks import Confidence
from care.domain.node_names import folded
from care.services.action_query import today
from care.services.crisis_rows import FIELDS, check_version
from care.services.errors import Forbidden, Invalid, NotFound
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.services.typed_texts import length_faults, line_of, lines_of
from care.store.frameworks import CatalogueEntry
from care.store.registry import Establishment, Region, visible_ids
from scanners.catalog import rule_by_id
from scanners.model import Lang, Scalar, Text

THING = "catalogue_entry"
SHOWN = 4
"""Offers beside a finding or a requirement: more is a list nobody reads."""
MOST_HELPS = 30
MOST_ENTRIES = 500
_LENGTHS = {
    "title": 200,
    "summary": 2_000,
    "offered_by": 200,
    "audience": 200,
    "cost": 200,
    "address": 300,
    "source": 300,
}
_FIELD_NAMES = {
    "title": Text("le titre", "the title"),
    "summary": Text("la description", "the description"),
    "offered_by": Text("qui l’offre", "who offers it"),
    "audience": Text("pour qui", "for whom"),
    "cost": Text("le coût", "the cost"),
    "address": Text("l’adresse", "the address"),
    "source": Text("la source", "the source"),
    "kind": Text("la nature", "the kind"),
    "themes": Text("les thèmes", "the themes"),
    "helps": Text("ce que cela aide", "what it helps with"),
    "base": Text("l’appartenance au socle", "whether it is part of the base"),
}


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """An offer as somebody types it in, in one language. `region_id` None: for the whole platform.

    `helps` are requirements and rules; `base`: part of the minimal base of the regional resource centre.
    """

    kind: OfferKind
    title: str
    summary: str = ""
    offered_by: str = ""
    audience: str = ""
    cost: str = ""
    address: str = ""
    source: str = ""
    themes: tuple[Theme, ...] = ()
    helps: tuple[str, ...] = ()
    base: bool = False
    region_id: int | None = None


@dataclass(frozen=True, slots=True)
class OfferView:
    """An offer in the reader’s language. `cost` and `address` are empty when not known.

    One that was added has an `entry_id`, who wrote it and when; `confidence` is None then: its source is theirs.
    """

    id: str
    kind: OfferKind
    title: str
    summary: str
    offered_by: str
    audience: str
    cost: str
    address: str
    source: str
    confidence: Confidence | None
    themes: tuple[str, ...]
    region: str
    base: bool
    entry_id: int | None = None
    changed_at: datetime | None = None
    changed_by: str = ""
    may_change: bool = False


@dataclass(frozen=True, slots=True)
class RegionChoice:
    """A region of the reader; `id` 0 is the whole platform. `to_check`: nobody confirmed the name of its GRADeS."""

    id: int
    name: str
    grades: str = ""
    to_check: bool = False


@dataclass(frozen=True, slots=True)
class CatalogueFilter:
    """What a reader asked to see; None asks for everything."""

    search: str = ""
    kind: OfferKind | None = None
    theme: Theme | None = None
    base_only: bool = False


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The offers that fit, those of the reader’s regions first; `total` counts them without the filter.

    `writable` are the places for which this person may add one.
    """

    offers: tuple[OfferView, ...]
    total: int
    regions: tuple[RegionChoice, ...]
    writable: tuple[RegionChoice, ...]


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry to change."""

    id: int
    draft: EntryDraft
    place: str
    version: int


@dataclass(frozen=True, slots=True)
class _Known:
    """An offer and, when it was added, its row."""

    offer: Offer
    row: CatalogueEntry | None = None
    region: str = ""


def list_offers(platform: Platform, scope: Scope, wanted: CatalogueFilter) -> Catalogue:
    """The catalogue for whoever is signed in: what is shipped, what the platform and the reader’s regions added."""
    with platform.database.read() as session:
        regions = _regions(session, scope)
        known = _known(platform, session, regions)
        kept = [one for one in known if _keeps(wanted, one, scope.lang)]
        return Catalogue(
            offers=tuple(_view(one, scope) for one in kept),
            total=len(known),
            regions=tuple(_choice(one) for one in regions),
            writable=_writable(session, scope),
        )


def help_with(platform: Platform, scope: Scope, refs: Iterable[str]) -> tuple[OfferView, ...]:
    """The offers that help with some requirements (`care-d2:O3.A`) or rules (`rule:ad.krbtgt`), the closest first."""
    with platform.database.read() as session:
        known = _known(platform, session, _regions(session, scope))
    found = closest([one.offer for one in known], refs, SHOWN)
    by_id = {one.offer.id: one for one in known}
    return tuple(_view(by_id[one.id], scope) for one in found)


def help_with_rules(platform: Platform, scope: Scope, rules: Iterable[str]) -> tuple[OfferView, ...]:
    """The same for rules and the requirements they refer to."""
    refs: list[str] = []
    for rule_id in rules:
        rule = rule_by_id(rule_id)
        refs += [f"{RULE}:{rule_id}", *(map(str, rule.refs) if rule else ())]
    return help_with(platform, scope, refs)


def _regions(session: Session, scope: Scope) -> Sequence[Region]:
    """The regions the reader has to do with: held as a whole, or through an establishment."""
    reach = scope.reach(Right.SEE)
    query = select(Region).order_by(Region.name)
    if not reach.everywhere:
        seen = select(Establishment.region_id).where(Establishment.id.in_(visible_ids(reach)))
        query = query.where(or_(Region.id.in_(reach.regions), Region.id.in_(seen)))
    return session.scalars(query).all()


def _known(platform: Platform, session: Session, regions: Sequence[Region]) -> list[_Known]:
    """Regional ones first, then those of the platform, then those shipped."""
    names = {one.id: one.name for one in regions}
    query = select(CatalogueEntry).where(
        CatalogueEntry.ended_on.is_(None),
        or_(CatalogueEntry.region_id.is_(None), CatalogueEntry.region_id.in_(names)),
    )
    rows = session.scalars(query.order_by(CatalogueEntry.region_id.is_(None), CatalogueEntry.id)).all()
    added = [_Known(_offer(row), row, names.get(row.region_id or 0, "")) for row in rows]
    return [*added, *map(_Known, platform.kits.catalogue)]


def _offer(row: CatalogueEntry) -> Offer:
    draft = _draft(row)

    def said(words: str) -> Text:
        return Text(words, words)

    return Offer(
        id=f"entry-{row.id}",
        kind=draft.kind,
        title=said(draft.title),
        summary=said(draft.summary),
        offered_by=said(draft.offered_by),
        audience=said(draft.audience),
        cost=said(draft.cost) if draft.cost else None,
        address=draft.address,
        source=draft.source,
        confidence=Confidence.OURS,
        themes=draft.themes,
        helps=draft.helps,
        base=draft.base,
    )


def _draft(row: CatalogueEntry) -> EntryDraft:
    content = dict(row.content)
    return EntryDraft(
        kind=OfferKind(content["kind"]),
        themes=tuple(Theme(one) for one in content["themes"]),
        helps=tuple(content["helps"]),
        base=bool(content["base"]),
        region_id=row.region_id,
        **{name: content[name] for name in _LENGTHS},
    )


def _view(known: _Known, scope: Scope) -> OfferView:
    one, row, lang = known.offer, known.row, scope.lang
    return OfferView(
        id=one.id,
        kind=one.kind,
        title=one.title.render(lang),
        summary=one.summary.render(lang),
        offered_by=one.offered_by.render(lang),
        audience=one.audience.render(lang),
        cost=one.cost.render(lang) if one.cost else "",
        address=one.address,
        source=one.source,
        confidence=one.confidence if row is None else None,
        themes=tuple(THEMES[theme].render(lang) for theme in one.themes),
        region=known.region,
        base=one.base,
        entry_id=row.id if row else None,
        changed_at=row.changed_at if row else None,
        changed_by=row.changed_by if row else "",
        may_change=row is not None and may_write(scope, row.region_id),
    )


def _keeps(wanted: CatalogueFilter, known: _Known, lang: Lang) -> bool:
    one = known.offer
    if wanted.kind is not None and one.kind is not wanted.kind:
        return False
    if wanted.theme is not None and wanted.theme not in one.themes:
        return False
    if wanted.base_only and not one.base:
        return False
    texts = [one.title, one.summary, one.offered_by, one.audience, OFFER_KINDS[one.kind], *map(THEMES.get, one.themes)]
    said = folded(" ".join(text.render(lang) for text in texts if text) + f" {one.address} {known.region}")
    return all(word in said for word in folded(wanted.search).split())


def _choice(row: Region) -> RegionChoice:
    return RegionChoice(row.id, row.name, row.grades, row.to_check)


def may_write(scope: Scope, region_id: int | None) -> bool:
    """Whether this person keeps the offers of a region (who acts for it), or of the platform (its frameworks)."""
    if region_id is None:
        return scope.allows(Right.MANAGE_FRAMEWORKS, lineage())
    return scope.allows(Right.RUN_CAMPAIGN, lineage(region=region_id))


def _writable(session: Session, scope: Scope) -> tuple[RegionChoice, ...]:
    found = [_choice(one) for one in session.scalars(select(Region).order_by(Region.name)) if may_write(scope, one.id)]
    if may_write(scope, None):
        found.insert(0, RegionChoice(0, Text("Toute la plateforme", "The whole platform").render(scope.lang)))
    return tuple(found)


def places_to_write(platform: Platform, scope: Scope) -> tuple[RegionChoice, ...]:
    """The places for which this person may add an offer. Forbidden when there is none."""
    with platform.database.read() as session:
        found = _writable(session, scope)
    if not found:
        raise Forbidden
    return found


def open_entry(platform: Platform, scope: Scope, entry_id: int) -> EntryView:
    """An entry to change. NotFound for who does not see its region, Forbidden for who only reads."""
    with platform.database.read() as session:
        row = _writable_row(session, scope, entry_id)
        region = session.get(Region, row.region_id) if row.region_id is not None else None
        place = region.name if region else Text("Toute la plateforme", "The whole platform").render(scope.lang)
        return EntryView(row.id, _draft(row), place, row.version)


def add_entry(platform: Platform, scope: Scope, draft: EntryDraft) -> int:
    """Add an offer for a region or for the platform; returns its number. The same title twice is one offer.

    Invalid names the fields; Forbidden, NotFound for another region.
    """
    now, draft = platform.clock.now(), _cleaned(draft)
    with platform.database.write() as session:
        _check_place(session, scope, draft.region_id)
        rows = session.scalars(select(CatalogueEntry).where(CatalogueEntry.ended_on.is_(None))).all()
        same = [one.id for one in rows if one.region_id == draft.region_id and one.content["title"] == draft.title]
        if same:
            raise Invalid({"title": Text("Cette offre est déjà au catalogue.", "This offer is already listed.")})
        if len(rows) >= MOST_ENTRIES:
            raise Invalid({"title": Text(f"{MOST_ENTRIES} offres au plus.", f"{MOST_ENTRIES} offers at most.")})
        row = CatalogueEntry(
            region_id=draft.region_id, content=_content(draft), changed_at=now, changed_by=_who(scope), version=1
        )
        session.add(row)
        session.flush()
        record(session, scope, "catalogue.added", Thing(THING, row.id), now, {"title": draft.title, "version": 1})
        return row.id


def change_entry(platform: Platform, scope: Scope, entry_id: int, draft: EntryDraft, version: int) -> None:
    """Change an offer seen at `version`; its region stays. Refused when somebody was quicker."""
    now, draft = platform.clock.now(), _cleaned(draft)
    with platform.database.write() as session:
        row = _writable_row(session, scope, entry_id, lock=True)
        check_version(platform, session, row, version, Thing(THING, row.id), _FIELD_NAMES)
        content = _content(draft)
        changed = [name for name in content if content[name] != row.content[name]]
        if not changed:
            return
        row.content, row.version = content, row.version + 1
        row.changed_at, row.changed_by = now, _who(scope)
        detail: dict[str, Scalar] = {FIELDS: ",".join(changed), "version": row.version}
        record(session, scope, "catalogue.changed", Thing(THING, row.id), now, detail)


def end_entry(platform: Platform, scope: Scope, entry_id: int, version: int) -> None:
    """Take an offer out of the catalogue, from today; it stays in the trail."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _writable_row(session, scope, entry_id, lock=True)
        check_version(platform, session, row, version, Thing(THING, row.id), _FIELD_NAMES)
        row.ended_on, row.version = today(platform), row.version + 1
        row.changed_at, row.changed_by = now, _who(scope)
        title = str(row.content["title"])
        record(session, scope, "catalogue.ended", Thing(THING, row.id), now, {"title": title, "version": row.version})


def _who(scope: Scope) -> str:
    return scope.name or scope.actor


def _check_place(session: Session, scope: Scope, region_id: int | None) -> None:
    if region_id is not None and session.get(Region, region_id) is None:
        raise NotFound
    if not may_write(scope, region_id):
        raise Forbidden


def _writable_row(session: Session, scope: Scope, entry_id: int, *, lock: bool = False) -> CatalogueEntry:
    row = session.get(CatalogueEntry, entry_id, with_for_update=lock or None)
    if row is None or row.ended_on is not None:
        raise NotFound
    if row.region_id is not None and row.region_id not in {one.id for one in _regions(session, scope)}:
        raise NotFound
    if not may_write(scope, row.region_id):
        raise Forbidden
    return row


def _content(draft: EntryDraft) -> dict[str, Any]:
    return {
        "kind": draft.kind.value,
        "themes": [one.value for one in draft.themes],
        "helps": list(draft.helps),
        "base": draft.base,
        **{name: getattr(draft, name) for name in _LENGTHS},
    }


def _cleaned(draft: EntryDraft) -> EntryDraft:
    """The draft made fit. Invalid names the fields that cannot be used."""
    texts = {name: (lines_of if name == "summary" else line_of)(getattr(draft, name)) for name in _LENGTHS}
    faults = length_faults({name: (text, _LENGTHS[name]) for name, text in texts.items()})
    if not texts["title"]:
        faults["title"] = Text("Donnez un titre.", "Give a title.")
    if texts["address"] and not URL.match(texts["address"]):
        faults.setdefault("address", Text("Une adresse commence par https://.", "An address begins with https://."))
    helps = tuple(dict.fromkeys(filter(None, map(line_of, draft.helps))))
    if fault := _help_fault(helps):
        faults["helps"] = fault
    if not draft.themes:
        faults["themes"] = Text("Choisissez au moins un thème.", "Choose at least one theme.")
    if faults:
        raise Invalid(faults)
    themes = tuple(dict.fromkeys(draft.themes))
    return EntryDraft(kind=draft.kind, themes=themes, helps=helps, base=draft.base, region_id=draft.region_id, **texts)


def _help_fault(helps: Collection[str]) -> Text | None:
    if len(helps) > MOST_HELPS:
        return Text(f"{MOST_HELPS} lignes au plus.", f"{MOST_HELPS} lines at most.")
    wrong = next((one for one in helps if not HELP.match(one)), None)
    if wrong is None:
        return None
    return Text(
        f"« {wrong[:60]} » n’est ni une exigence (care-d2:O3.A) ni une règle (rule:exposure.*).",
        f"“{wrong[:60]}” is no requirement (care-d2:O3.A) and no rule (rule:exposure.*).",
    )
