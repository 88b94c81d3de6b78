"""What the side of the page offers: only what this person may open, here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from care.domain.access import Right, Scope, lineage
from care.services.federation import links
from care.services.outbox import count_troubled
from care.services.registry import EstablishmentView
from care.web.people import platform
from care.web.place import may, several_places


@dataclass(frozen=True)
class Entry:
    """One link. It stands for every page of its subject (`subject.page`), unless `alone`.

    `apart` names pages of its subject that have their own link, `also` pages of other subjects. `count` is shown beside
    the words when it is not zero; `counted` says what it counts.
    """

    words: str
    icon: str
    endpoint: str
    values: dict[str, int] = field(default_factory=dict)
    alone: bool = False
    count: int = 0
    counted: str = ""
    apart: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @cached_property
    def address(self) -> str:
        """Where it leads."""
        return url_for(self.endpoint, **dict[str, Any](self.values))

    @property
    def here(self) -> bool:
        """Whether the page shown is this one or belongs to it."""
        shown = request.endpoint or ""
        same_subject = shown.split(".")[0] == self.endpoint.split(".")[0]
        belongs = not self.alone and same_subject and shown not in self.apart
        return belongs or shown in (self.endpoint, *self.also)


@dataclass(frozen=True)
class Section:
    """Links under one title."""

    title: str
    entries: tuple[Entry, ...]


def navigation() -> list[Section]:
    """The sections this person sees."""
    who: Scope | None = g.get("scope")
    if who is None or g.get("half"):
        return []
    place: EstablishmentView | None = g.get("place")
    sections = [
        *(_of_place(place) if place else ()),
        Section(_("Ensemble"), tuple(_of_all(who))),
        Section(_("Territoire"), tuple(_of_region(who))),
        Section(_("Référence"), tuple(_reference(who))),
        Section(_("Administration"), tuple(_administration(who))),
    ]
    return [section for section in sections if section.entries]


def _reference(who: Scope) -> Iterator[Entry]:
    """What holds for everybody."""
    if who.allows_somewhere(Right.SEE_PROGRAMME):
        yield Entry(_("Référentiels"), "folder", "frameworks.index")
    yield Entry(_("Définition des indicateurs"), "bar-chart", "indicators.index")
    yield Entry(_("Règles de contrôle"), "shield-check", "rules.index")
    yield Entry(_("Remédiation"), "bandaid", "remediation.index")
    yield Entry(_("Où trouver de l’aide"), "link-45deg", "catalogue.index")


def _of_place(place: EstablishmentView) -> Iterator[Section]:
    here = {"establishment_id": place.id}
    home = Entry(_("Accueil"), "house", "establishments.home", here, alone=True)
    incidents = (Entry(_("Incidents"), "bell", "incidents.index", here),) if may(Right.SEE_INCIDENTS, place) else ()
    own = Entry(_("Mes indicateurs"), "bar-chart", "territory.mine", here, alone=True, also=("territory.mine_one",))
    figures = (own,) if may(Right.SEE_FINDINGS, place) else ()
    yield Section("", (home, Entry(_("Échéances"), "calendar3", "deadlines.index", here), *incidents, *figures))
    yield Section(_("Trouver"), tuple(_to_find(place, here)))
    yield Section(_("Corriger"), tuple(_to_fix(place, here)))
    yield Section(_("Continuer"), tuple(_to_continue(place, here)))
    yield Section(_("S’exercer"), tuple(_to_exercise(place, here)))
    yield Section(_("Programme et certification"), tuple(_to_certify(place, here)))
    if may(Right.SEE_EVIDENCE, place):
        yield Section(_("Prouver"), (Entry(_("Preuves"), "clipboard-check", "evidence.index", here),))


def _to_find(place: EstablishmentView, here: dict[str, int]) -> Iterator[Entry]:
    if may(Right.SEE_FINDINGS, place):
        yield Entry(_("Constats"), "list-check", "findings.index", here)
        yield Entry(_("Audits"), "activity", "runs.index", here)
        yield Entry(_("Annuaire"), "diagram-3", "directory.index", here)
        yield Entry(_("Exposition Internet"), "globe2", "exposure.index", here)
        yield Entry(_("Machines"), "laptop", "machines.index", here)
        yield Entry(_("Accès distants"), "key", "remote_accesses.index", here, also=_OF_ACCESSES)
        yield Entry(_("Sauvegardes"), "database-check", "backups.index", here, also=_OF_BACKUPS)
        yield Entry(_("Essais de restauration"), "arrow-repeat", "drills.index", here, also=_OF_DRILLS)
        yield Entry(_("Imports"), "cloud-arrow-up", "imports.index", here)
        yield Entry(_("Listes"), "table", "lists.index", here)
        yield Entry(_("Cibles"), "crosshair", "targets.index", here)
        yield Entry(_("Mandats"), "file-earmark-check", "mandates.index", here)
        yield Entry(_("Exclusions et horaires"), "slash-circle", "restraints.index", here)
        yield Entry(_("Alertes"), "megaphone", "alerts.own", here, apart=_REGION_ALERTS)
        yield Entry(
            _("Vulnérabilités connues"),
            "shield-exclamation",
            "vulnerabilities.own",
            here,
            apart=("vulnerabilities.index",),
        )


def _to_fix(place: EstablishmentView, here: dict[str, int]) -> Iterator[Entry]:
    if may(Right.SEE_ACTIONS, place):
        views = ("plans.over_time", "plans.by_effort", "investment.of_action")
        yield Entry(_("Actions"), "tools", "actions.index", here, apart=("actions.everywhere",), also=views)
        yield Entry(_("Plan d’investissement"), "cash-stack", "investment.index", here, alone=True)


_PAGES = ("index", "new", "create", "one", "change")
_OF_BACKUPS = (
    *(f"backup_{files}.{page}" for files in ("systems", "copies", "steps") for page in ("import_file", "preview_file")),
    *(f"backup_{things}.{page}" for things in ("repositories", "ties") for page in _PAGES),
    *(f"backup_statements.{page}" for page in ("index", "write")),
)
"""The files of the inventory of backups, its repositories and jobs, what is said of backups as a whole."""
_OF_DRILLS = tuple(f"isolation.{page}" for page in ("index", "one", "new", "create", "edit", "change"))
"""Isolation drills."""
_OF_ACCESSES = tuple(f"access_links.{page}" for page in ("index", "make", "answers", "take", "review_list", "review"))
"""What suppliers and owners are asked about remote accesses."""

_TABLES = ("import_files", "receive_files", "preview_files", "new_dependency", "edit_dependency")
"""Pages about activities and resources alike: they belong to the first entry."""


def _to_continue(place: EstablishmentView, here: dict[str, int]) -> Iterator[Entry]:
    """Continuity and recovery; several entries share the subject `continuity`, hence `alone` and `also`."""
    if may(Right.SEE_CONTINUITY, place):
        of_activities = ("new_activity", "activity", "edit_activity", "create_activity", "change_activity", *_TABLES)
        of_resources = ("new_resource", "resource", "edit_resource", "create_resource", "change_resource")
        also = [tuple(f"continuity.{page}" for page in pages) for pages in (of_activities, of_resources)]
        yield Entry(_("Activités"), "heart-pulse", "continuity.activities_list", here, alone=True, also=also[0])
        yield Entry(_("Ressources"), "hdd-stack", "continuity.resources_list", here, alone=True, also=also[1])
        yield Entry(_("Bilans d’impact"), "clipboard-pulse", "bia.index", here)
        kit_pages = ("kit", "check", "edit_kit", "change_kit", "create_kit", "new_kit")
        of_kits = tuple(f"degraded.{page}" for page in kit_pages)
        apart = ("degraded.all_kits", *of_kits)
        yield Entry(_("Modes dégradés"), "file-medical", "degraded.index", here, apart=apart)
        yield Entry(_("Kits papier"), "box-seam", "degraded.all_kits", here, alone=True, also=of_kits)
        yield Entry(_("Et si cela tombait ?"), "diagram-3", "whatif.index", here)
        yield Entry(_("Essais"), "calendar-check", "tests.index", here)
        yield Entry(_("Règle des 66 %"), "percent", "coverage.index")
        yield from _plans(place, here)
        of_packs = ("crisis.packs", "crisis.locked_pack")
        yield Entry(_("Crise"), "shield-exclamation", "crisis.index", here, apart=of_packs)
        if may(Right.SEE_CONTACTS, place):
            yield Entry(_("Mains courantes"), "journal-text", "logbooks.index", here, apart=_OF_EXERCISES)
        yield Entry(_("Mallette de crise"), "file-earmark-pdf", "crisis.packs", here, alone=True, also=of_packs)


_OF_EXERCISES = (
    "logbooks.of_exercise",
    "logbooks.write_of_exercise",
    "maturity.of_exercise",
    "maturity.answer_of_exercise",
)
"""The logbook of an exercise, and what it says of maturity, are pages of it."""


def _to_exercise(place: EstablishmentView, here: dict[str, int]) -> Iterator[Entry]:
    if may(Right.SEE_EXERCISES, place):
        yield Entry(_("Exercices"), "megaphone", "exercises.index", here, also=_OF_EXERCISES)
        yield Entry(_("Maturité de crise"), "bar-chart", "maturity.index", here, apart=_OF_EXERCISES)


_OF_CANDIDATES = tuple(f"applications.{page}" for page in ("candidate", "one", "edit", "mistake"))


def _to_certify(place: EstablishmentView, here: dict[str, int]) -> Iterator[Entry]:
    """What the programme, the HAS and the regulation ask, and what the establishment answers."""
    if may(Right.SEE_PROGRAMME, place):
        yield Entry(_("Exigences"), "list-check", "needs.index", here)
        yield Entry(_("Questions"), "question-circle", "questions.index", here)
        yield Entry(_("Dossiers CaRE"), "folder", "applications.here", here, alone=True, also=_OF_CANDIDATES)
        yield Entry(_("Socle cyber"), "cash-stack", "socle.here", here, apart=("socle.everywhere",))
        yield Entry(_("Certification"), "award", "certification.index", here)
        yield Entry(_("Visites de certification"), "eye", "visits.index", here)
        yield Entry(_("Gouvernance"), "building", "governance.index", here)
        yield Entry(_("Sensibilisation"), "mortarboard", "awareness.index", here)
        yield Entry(_("Hébergements"), "database-check", "hosting.index", here)
        yield Entry(_("Fournisseurs"), "file-earmark-text", "contracts.index", here)
    if may(Right.SEE_ACTIONS, place):
        yield Entry(_("Votre région"), "geo-alt", "support.one", here, alone=True)
    if may(Right.SEE_FINDINGS, place) and may(Right.EXPORT, place):
        yield Entry(_("Dans la région"), "file-earmark-text", "regional_reports.own", here, alone=True)


def _plans(place: EstablishmentView, here: dict[str, int]) -> Iterator[Entry]:
    apart = ("pcra.measured", "pcra.consistency")
    yield Entry(_("Plans (PCRA)"), "journal-medical", "pcra.index", here, apart=apart)
    yield Entry(_("Promis et mesuré"), "stopwatch", "pcra.measured", here, alone=True)
    if may(Right.SEE_FINDINGS, place):
        yield Entry(_("Cohérence"), "shield-check", "pcra.consistency", here, alone=True)


def _of_all(who: Scope) -> Iterator[Entry]:
    """What is read over several establishments at once."""
    if several_places() and who.allows_somewhere(Right.SEE_FINDINGS):
        yield Entry(_("Faiblesses communes"), "diagram-3", "weaknesses.index")
    if several_places() and who.allows_somewhere(Right.SEE_ACTIONS):
        views = ("plans.everywhere_over_time", "plans.everywhere_by_effort")
        yield Entry(_("Toutes les actions"), "tools", "actions.everywhere", alone=True, also=views)
        yield Entry(_("Tous les investissements"), "cash-stack", "investment.everywhere", alone=True)
    if g.get("place") is None and who.allows_somewhere(Right.SEE_CONTINUITY):
        yield Entry(_("Règle des 66 %"), "percent", "coverage.index")
    if several_places() and who.allows_somewhere(Right.SEE_PROGRAMME):
        yield Entry(_("Tous les dossiers CaRE"), "folder", "applications.index", alone=True)
        yield Entry(_("Socle cyber, tous"), "cash-stack", "socle.everywhere", alone=True)


def _of_region(who: Scope) -> Iterator[Entry]:
    """What is done for the establishments of a region, a GHT or the nation."""
    if who.allows_somewhere(Right.SEE_REGION):
        yield Entry(_("Indicateurs"), "bar-chart", "territory.index", apart=("territory.mine", "territory.mine_one"))
    if who.allows_somewhere(Right.MANAGE_REGION):
        yield Entry(_("Accompagnement"), "people", "support.index", alone=True, also=_OF_SUPPORT)
        yield Entry(_("Fiches des établissements"), "list-check", "profile_files.index")
        yield Entry(_("Services du centre"), "box-seam", "support.services", alone=True)
        yield Entry(_("Installations fédérées"), "hdd-stack", "installations.index")
        yield Entry(_("Alertes"), "megaphone", "alerts.index", apart=_OWN_ALERTS)
    if who.allows_somewhere(Right.RUN_CAMPAIGN):
        yield Entry(_("Campagnes régionales"), "flag", "regional_campaigns.index", apart=("regional_campaigns.asked",))
    if who.allows_somewhere(Right.SEE_REGION):
        of_places = ("regional_reports.own", "regional_reports.ask_own")
        yield Entry(_("Rapports régionaux"), "file-earmark-text", "regional_reports.index", apart=of_places)


_REGION_ALERTS = tuple(f"alerts.{name}" for name in ("index", "new", "create", "one", "edit", "correct"))
_OWN_ALERTS = ("alerts.own", "alerts.own_one", "alerts.say")
_OF_SUPPORT = ("support.edit", "support.contact", "support.new_contact")


def _administration(who: Scope) -> Iterator[Entry]:
    yield Entry(_("Établissements"), "hospital", "establishments.choose", alone=True)
    if who.allows_somewhere(Right.MANAGE_ACCOUNTS):
        yield Entry(_("Comptes"), "people", "accounts.index")
        troubled = count_troubled(platform(), who)
        counted = ngettext("message à voir", "messages à voir", troubled)
        yield Entry(_("Boîte d’envoi"), "envelope", "outbox.index", count=troubled, counted=counted)
    if who.allows(Right.MANAGE_FEDERATION, lineage()):
        waiting = links.count_troubled(platform(), who)
        counted = ngettext("envoi à voir", "envois à voir", waiting)
        yield Entry(_("Envois aux régions"), "send", "region_links.index", count=waiting, counted=counted)
        yield Entry(_("Sauvegardes de CaRE"), "database-check", "instance.index")
    if who.reach(Right.MANAGE_REGISTRY).everywhere:
        yield Entry(
            _("Listes de vulnérabilités"), "shield-exclamation", "vulnerabilities.index", apart=("vulnerabilities.own",)
        )
    if who.allows_somewhere(Right.READ_TRAIL):
        yield Entry(_("Journal"), "journal-text", "trail.index")
