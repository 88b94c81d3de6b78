"""The overview of governance: one tile a register, in words already said in the reader's language.

A register adds its tile to `TILES`; the page of an establishment, of a legal entity or of a GHT shows them in order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.domain.governance import FigureGroup
from care.services.action_query import today
from care.services.awareness_reading import awareness_summary
from care.services.contracts import contracts_summary
from care.services.frameworks.holders import Holder, seen_holder
from care.services.governance.budgets import budget_in
from care.services.governance.committees import committees_in
from care.services.governance.figures import figures_in
from care.services.governance.holding import HolderView, view_of
from care.services.governance.policy import policy_in
from care.services.governance.roles import staffing_in
from care.services.hostings import hosting_summary
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
    found, lang = policy_in(platform, session, scope, holder, day, judged=False), scope.lang
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


def _awareness(platform: Platform, _session: Session, scope: Scope, holder: Holder, _today: date) -> Tile | None:
    if holder.place.level is not Level.ESTABLISHMENT:
        return None
    found, lang = awareness_summary(platform, scope, holder.place.id), scope.lang
    known = found.held or found.last_test
    remarks = [
        Text(f"Présence parmi les conviés : {_percent(found.rate)}", f"Came of those asked: {_percent(found.rate)}")
        if found.rate is not None
        else None,
        Text(
            f"Hameçonnage : {_percent(found.click_rate)} de clics au dernier test",
            f"Phishing: {_percent(found.click_rate)} clicked in the last test",
        )
        if found.click_rate is not None
        else Text("Aucun test d’hameçonnage noté", "No phishing test written down"),
        Text(f"{found.late} à renseigner", f"{found.late} to be filled in") if found.late else None,
    ]
    return Tile(
        "awareness.index",
        Text("Sensibilisation et formation", "Awareness and training").render(lang),
        "mortarboard",
        str(found.held) if known else "–",
        Text("actions tenues en douze mois", "actions held in twelve months").render(lang),
        (Tone.WATCH if found.late or not found.held else Tone.GOOD) if known else Tone.UNKNOWN,
        _said(remarks, lang),
    )


def _hosting(platform: Platform, _session: Session, scope: Scope, holder: Holder, _today: date) -> Tile | None:
    if holder.place.level is not Level.ESTABLISHMENT:
        return None
    found, lang = hosting_summary(platform, scope, holder.place.id), scope.lang
    remarks = [
        Text(
            f"{found.certified} sur {found.outside} à l’extérieur avec un certificat HDS en cours",
            f"{found.certified} of {found.outside} outside with an HDS certificate in force",
        )
        if found.outside
        else None,
        Text(f"{found.pressing} à traiter", f"{found.pressing} to deal with") if found.pressing else None,
        Text(f"{found.unknown} à compléter", f"{found.unknown} to complete") if found.unknown else None,
    ]
    return Tile(
        "hosting.index",
        Text("Hébergements de données de santé", "Hosting of health data").render(lang),
        "database-check",
        str(found.hostings) if found.hostings else "–",
        Text("hébergements notés", "hostings written down").render(lang),
        _tone(found.hostings, found.pressing, found.unknown),
        _said(remarks, lang),
    )


def _contracts(platform: Platform, _session: Session, scope: Scope, holder: Holder, _today: date) -> Tile | None:
    if holder.place.level is not Level.ESTABLISHMENT:
        return None
    found, lang = contracts_summary(platform, scope, holder.place.id), scope.lang
    notice = _day(found.next_notice, lang)
    unread = found.critical - found.read
    remarks = [
        Text(f"Prochain préavis : {notice}", f"Next notice: {notice}") if notice else None,
        Text(f"{found.pressing} à traiter", f"{found.pressing} to deal with") if found.pressing else None,
        Text(f"{unread} critiques aux clauses à relire", f"{unread} critical ones whose clauses are to be read")
        if unread
        else None,
    ]
    return Tile(
        "contracts.index",
        Text("Fournisseurs et contrats", "Suppliers and contracts").render(lang),
        "file-earmark-text",
        str(found.contracts) if found.contracts else "–",
        Text("contrats en cours", "contracts in being").render(lang),
        _tone(found.contracts, found.pressing, unread),
        _said(remarks, lang),
    )


def _tone(known: int, pressing: int, unknown: int) -> Tone:
    """Nothing known is not good; nor is what must be asked."""
    if not known:
        return Tone.UNKNOWN
    return Tone.WATCH if pressing else Tone.UNKNOWN if unknown else Tone.GOOD


def _percent(rate: float | None) -> str:
    return "" if rate is None else f"{round(100 * rate)}\u00a0%"


TILES: tuple[MakeTile, ...] = (
    _roles, _budget, _policy, _committees, _accounts, _services, _awareness, _hosting, _contracts,
)  # fmt: skip
"""The tiles, in order."""
