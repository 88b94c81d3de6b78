"""The overview of governance: one tile a register, in words already said in the reader's language.

A register adds its tile to `TILES`; the page of an establishment, of a legal entity or of a GHT shows them in order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from care.domain.access import Place, Right, Scope
from care.domain.governance import FigureGroup
from care.services.action_query import today
from care.services.frameworks.holders import Holder, seen_holder
from care.services.governance.budgets import budget_in
from care.services.governance.committees import committees_in
from care.services.governance.figures import figures_in
from care.services.governance.holding import HolderView, view_of
from care.services.governance.policy import policy_in
from care.services.governance.roles import staffing_in
from care.services.platform import Platform
from reports.words import day as written_day
from scanners.model import Lang, Text


class Tone(StrEnum):
    """How a tile stands out: good, to look at, or not known."""

    GOOD = "good"
    WATCH = "high"
    UNKNOWN = "unsure"


@dataclass(frozen=True, slots=True)
class Tile:
    """One register at a glance. `register` names its page; `figure` is large, `words` say what it is, `remarks` what
    to look at next."""

    register: str
    title: str
    icon: str
    figure: str
    words: str
    tone: Tone
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    """The governance of a holder at a glance."""

    holder: HolderView
    tiles: tuple[Tile, ...]


MakeTile = Callable[[Platform, Session, Scope, Holder, date], Tile | None]


def read_overview(platform: Platform, scope: Scope, place: Place) -> Overview:
    """The tiles of a holder. NotFound for who does not see all of it."""
    day = today(platform)
    with platform.database.read() as session:
        holder = seen_holder(session, scope, place, day, Right.SEE_PROGRAMME)
        found = [make(platform, session, scope, holder, day) for make in TILES]
        return Overview(view_of(platform, session, scope, holder), tuple(one for one in found if one is not None))


def _roles(platform: Platform, session: Session, scope: Scope, holder: Holder, day: date) -> Tile:
    found, lang = staffing_in(platform, session, scope, holder, day), scope.lang
    vacant = [one.title for one in found.vacancies]
    anyone = any(one.here or one.lent for one in found.functions)
    remarks = [
        Text(f"À pourvoir : {', '.join(vacant)}", f"To be filled: {', '.join(vacant)}") if vacant else None,
        Text(f"{found.total} ETP déclarés", f"{found.total} FTE declared") if found.total else None,
    ]
    return Tile(
        "roles",
        Text("Fonctions et moyens humains", "Functions and staffing").render(lang),
        "people",
        f"{found.named} / {len(found.functions)}",
        Text("fonctions pourvues", "functions filled").render(lang),
        (Tone.WATCH if anyone else Tone.UNKNOWN) if vacant else Tone.GOOD,
        _said(remarks, lang),
    )


def _budget(platform: Platform, session: Session, scope: Scope, holder: Holder, day: date) -> Tile:
    found, lang = budget_in(platform, session, scope, holder, day), scope.lang
    latest, title = found.latest, Text("Budget", "Budget").render(lang)
    words = Text("part du numérique : non renseignée", "digital share: not given")
    if latest is None:
        return Tile("budget", title, "cash-stack", "–", words.render(lang), Tone.UNKNOWN)
    aim = latest.against[-1]
    marks = [f"{one.title} : {one.written}" for one in latest.against]
    cyber = latest.cyber_of_digital.written
    said = Text(f"Cybersécurité : {cyber} du numérique", f"Cybersecurity: {cyber} of the digital")
    words = Text(f"part du numérique en {latest.year}", f"digital share in {latest.year}")
    return Tile(
        "budget",
        title,
        "cash-stack",
        latest.digital_share.written,
        words.render(lang),
        Tone.GOOD if aim.reached else Tone.WATCH,
        (*marks, *((said.render(lang),) if cyber else ())),
    )


def _policy(platform: Platform, session: Session, scope: Scope, holder: Holder, day: date) -> Tile:
    found, lang = policy_in(platform, session, scope, holder, day), scope.lang
    title = Text("Politique de sécurité (PSSI)", "Security policy (PSSI)").render(lang)
    if not found.pieces:
        words = Text("aucune PSSI déposée pour D2.P1", "no policy filed for D2.P1").render(lang)
        return Tile("committees", title, "file-earmark-text", "–", words, Tone.UNKNOWN)
    reviewed = _day(found.reviewed_on, lang)
    remarks = [
        Text(f"Prochaine révision : {_day(found.next_on, lang)}", f"Next review: {_day(found.next_on, lang)}")
        if found.next_on
        else Text("Prochaine révision : non renseignée", "Next review: not given")
    ]
    said = Text("dernière révision", "last review") if reviewed else Text("révision non datée", "review not dated")
    tone = Tone.WATCH if found.expired else Tone.GOOD if reviewed else Tone.UNKNOWN
    remark = _said(remarks, lang)
    return Tile("committees", title, "file-earmark-text", reviewed or "?", said.render(lang), tone, remark)


def _committees(platform: Platform, session: Session, scope: Scope, holder: Holder, day: date) -> Tile:
    found, lang = committees_in(platform, session, scope, holder, day), scope.lang
    title = Text("Comités", "Committees").render(lang)
    last, coming = found.last, found.next
    remarks = [
        Text(f"Prochain : {_day(coming.held_on, lang)}", f"Next: {_day(coming.held_on, lang)}")
        if coming
        else Text("Aucune réunion prévue", "No meeting planned"),
        Text(f"{found.unsaid} à renseigner", f"{found.unsaid} to be told of") if found.unsaid else None,
    ]
    words = (
        Text("dernière réunion tenue", "last meeting held") if last else Text("aucune réunion tenue", "none held yet")
    )
    tone = Tone.UNKNOWN if last is None else Tone.GOOD if coming and not found.unsaid else Tone.WATCH
    figure = _day(last.held_on, lang) if last else "–"
    return Tile("committees", title, "calendar-check", figure, words.render(lang), tone, _said(remarks, lang))


def _accounts(platform: Platform, session: Session, scope: Scope, holder: Holder, day: date) -> Tile:
    return _figures(platform, session, scope, holder, day, accounts=True)


def _services(platform: Platform, session: Session, scope: Scope, holder: Holder, day: date) -> Tile:
    return _figures(platform, session, scope, holder, day, accounts=False)


def _figures(platform: Platform, session: Session, scope: Scope, holder: Holder, day: date, *, accounts: bool) -> Tile:
    found, lang = figures_in(platform, session, scope, holder, day), scope.lang
    title = Text("Comptes et double facteur", "Accounts and second factor")
    if not accounts:
        title = Text("INS, Mon espace santé, MSS", "INS, Mon espace santé, MSS")
    shown = [one for one in found.all if (one.group is FigureGroup.ACCOUNTS) is accounts]
    known = [one for one in shown if one.latest]
    late = sum(bool(one.gaps) for one in known)
    remarks = [f"{one.title} : {one.latest.share or '–'} ({one.latest.name})" for one in known[:3] if one.latest]
    if late:
        lacking = Text(
            f"Mois manquants : {', '.join(one.title for one in known if one.gaps)}",
            f"Missing months: {', '.join(one.title for one in known if one.gaps)}",
        )
        remarks.append(lacking.render(lang))
    tone = Tone.UNKNOWN if not known else Tone.WATCH if late or len(known) < len(shown) else Tone.GOOD
    words = Text("indicateurs suivis", "indicators followed").render(lang)
    icon = "person-check" if accounts else "bar-chart"
    return Tile("figures", title.render(lang), icon, f"{len(known)} / {len(shown)}", words, tone, tuple(remarks))


def _said(remarks: list[Text | None] | list[Text], lang: Lang) -> tuple[str, ...]:
    return tuple(one.render(lang) for one in remarks if one is not None)


def _day(day: date | None, lang: Lang) -> str:
    return "" if day is None else written_day(day, "fr" if lang == "fr" else "en")


TILES: tuple[MakeTile, ...] = (_roles, _budget, _policy, _committees, _accounts, _services)
"""The tiles, in order."""
