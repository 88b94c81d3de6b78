"""The remediation plan of a place as an accessible PDF: where it stands, what comes first, what is late, it all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from reports.charts import severity_chart
from reports.investment import days_of_work
from reports.plain import SENTENCE, name_line, one_line, plain
from reports.press import DEFAULT_LIMITS, PressLimits, typeset
from reports.words import SEVERITY_NAMES, Lang, Severity, counted, day, euros, instant, number

MOST_ACTIONS = 300
"""Open actions printed in full at most, the first by priority; the workbook holds them all."""
MOST_DONE = 200
"""Finished actions in the table at the end, the latest."""
MOST_LATE = 50
MOST_FINDINGS = 8
"""Findings named under one action at most."""
MOST_SITES = 12
"""Establishments named under one action at most."""

Json = dict[str, Any]


class Progress(StrEnum):
    """Where an action stands; same values as `care.domain.actions.ActionState`."""

    TO_DO = "to_do"
    IN_PROGRESS = "in_progress"
    BLOCKED = "blocked"
    TO_VERIFY = "to_verify"
    CLOSED = "closed"
    ABANDONED = "abandoned"

    @property
    def over(self) -> bool:
        """Whether nothing more is expected."""
        return self in {Progress.CLOSED, Progress.ABANDONED}


@dataclass(frozen=True, slots=True)
class PlanSite:
    """An action in one establishment; `ended_on` when it is over there."""

    name: str
    state: Progress
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class PlanAction:
    """One action, texts in the reader's language.

    `late_days` counts from the due date, negative before it and None once over. `cents` is what the sites of this plan
    bear, None when nobody priced it; `effort_days` in days of work, None when unknown. `findings` name the first of
    `finding_count` findings to close. `reason` says why it has its rank.
    """

    number: int
    title: str
    severity: Severity
    criticality: str
    state: Progress
    sites: tuple[PlanSite, ...]
    due_on: date
    late_days: int | None
    owner: str
    cents: int | None
    effort_days: float | None
    funding: str
    findings: tuple[str, ...]
    finding_count: int
    reason: str
    description: str = ""

    @property
    def late(self) -> bool:
        """Whether it is overdue."""
        return self.late_days is not None and self.late_days > 0


@dataclass(frozen=True, slots=True)
class ActionPlan:
    """The plan of a place: `actions` by priority, over ones included; `first` are those to do first.

    `several_sites` when it covers more than one establishment. `narrowed` says which filters apply, "" for none.
    """

    lang: Lang
    issued_at: datetime
    day: date
    place: str
    finess: str
    actions: tuple[PlanAction, ...]
    first: tuple[PlanAction, ...]
    several_sites: bool = False
    narrowed: str = ""


def render_plan(plan: ActionPlan, limits: PressLimits = DEFAULT_LIMITS) -> bytes:
    """The plan as PDF/UA-1 and PDF/A-2a; the same plan gives the same bytes. ReportError when out of bounds."""
    return typeset("plan_actions", compose(plan), plan.issued_at, limits)


def compose(plan: ActionPlan) -> Json:
    """The document: JSON values only, texts safe to set."""
    lang = plan.lang
    pending = [action for action in plan.actions if not action.state.over]
    late = sorted((action for action in pending if action.late), key=lambda one: (one.due_on, one.number))
    over = sorted((action for action in plan.actions if action.state.over), key=_ended, reverse=True)
    return {
        "lang": lang,
        "words": _WORDS[lang],
        "place": name_line(plan.place, lang),
        "finess": one_line(plan.finess, lang),
        "issued": instant(plan.issued_at, lang),
        "issued_day": day(plan.day, lang),
        "narrowed": one_line(plan.narrowed, lang, 160),
        "conclusion": _conclusion(plan, pending, late),
        "chart": asdict(severity_chart(Counter(action.severity for action in pending), lang, _CHART[lang])),
        "states": _states(plan),
        "money": _money(pending, lang),
        "first": [_first(action, lang) for action in plan.first],
        "late": [_late(action, plan) for action in late[:MOST_LATE]],
        "late_cut": _cut(len(late), MOST_LATE, lang),
        "sections": _sections(pending[:MOST_ACTIONS], plan),
        "sections_cut": _cut(len(pending), MOST_ACTIONS, lang),
        "over": [_over(action, plan) for action in over[:MOST_DONE]],
        "over_cut": _cut(len(over), MOST_DONE, lang),
        "several_sites": plan.several_sites,
    }


def _ended(action: PlanAction) -> tuple[date, int]:
    return max((site.ended_on for site in action.sites if site.ended_on), default=date.min), action.number


def _conclusion(plan: ActionPlan, pending: Sequence[PlanAction], late: Sequence[PlanAction]) -> Json:
    lang = plan.lang
    if not plan.actions:
        return {"tone": "unknown", "findings": _WORDS[lang]["nothing"], "unseen": ""}
    grave = sum(action.severity in {Severity.CRITICAL, Severity.HIGH} for action in pending)
    if lang == "fr":
        found = f"{counted(len(pending), 'action en cours ou à faire', 'actions en cours ou à faire', lang)}"
        found += f", dont {number(grave, lang)} de gravité critique ou élevée." if grave else "."
        overdue = f"{counted(len(late), 'action est en retard', 'actions sont en retard', lang)}."
        none_late = "Aucune n’est en retard."
    else:
        found = f"{counted(len(pending), 'open action', 'open actions', lang)}"
        found += f", {number(grave, lang)} of critical or high severity." if grave else "."
        overdue = f"{counted(len(late), 'action is late', 'actions are late', lang)}."
        none_late = "None is late."
    tone = "alert" if late else "warning" if grave else "good"
    return {"tone": tone, "findings": found, "unseen": overdue if late else none_late if pending else ""}


def _states(plan: ActionPlan) -> list[Json]:
    """How many actions stand in each state, those of the whole place."""
    counts = Counter(action.state for action in plan.actions)
    names = STATE_NAMES[plan.lang]
    return [{"name": names[state], "count": number(counts[state], plan.lang)} for state in Progress]


def _money(pending: Sequence[PlanAction], lang: Lang) -> str:
    """What the open actions cost, and how many nobody priced."""
    priced = [action.cents for action in pending if action.cents is not None]
    missing = len(pending) - len(priced)
    if lang == "fr":
        known = f"Coût des actions ouvertes chiffrées\u00a0: {euros(sum(priced), lang)}."
        unsaid = f"{counted(missing, 'action n’est pas chiffrée', 'actions ne sont pas chiffrées', lang)}."
    else:
        known = f"Cost of the priced open actions: {euros(sum(priced), lang)}."
        unsaid = f"{counted(missing, 'action is not priced', 'actions are not priced', lang)}."
    return " ".join([known] * bool(priced) + [unsaid] * bool(missing))


def _first(action: PlanAction, lang: Lang) -> Json:
    return {
        "number": number(action.number, lang),
        "severity": action.severity.value,
        "severity_name": SEVERITY_NAMES[lang][action.severity],
        "title": name_line(action.title, lang, 100),
        "reason": one_line(action.reason, lang, 160),
        "owner": name_line(action.owner, lang, 40),
        "due": day(action.due_on, lang),
    }


def _late(action: PlanAction, plan: ActionPlan) -> Json:
    lang = plan.lang
    return {
        "number": number(action.number, lang),
        "title": name_line(action.title, lang, 160),
        "sites": _names(action, lang) if plan.several_sites else "",
        "severity": action.severity.value,
        "severity_name": SEVERITY_NAMES[lang][action.severity],
        "due": day(action.due_on, lang),
        "late": _lateness(action, lang),
        "owner": name_line(action.owner, lang, 80),
    }


def _lateness(action: PlanAction, lang: Lang) -> str:
    days = action.late_days or 0
    return counted(days, "jour", "jours", lang) if lang == "fr" else counted(days, "day", "days", lang)


def _names(action: PlanAction, lang: Lang, most: int = 4) -> str:
    shown = ", ".join(name_line(site.name, lang, 80) for site in action.sites[:most])
    return shown if len(action.sites) <= most else f"{shown} + {number(len(action.sites) - most, lang)}"


def _sections(pending: Sequence[PlanAction], plan: ActionPlan) -> list[Json]:
    """The open actions by severity, by priority inside."""
    sections = []
    for severity in Severity:
        mine = [action for action in pending if action.severity is severity]
        if mine:
            name = SEVERITY_NAMES[plan.lang][severity]
            sections.append({"severity": severity.value, "name": name, "actions": [_card(one, plan) for one in mine]})
    return sections


def _card(action: PlanAction, plan: ActionPlan) -> Json:
    lang, words = plan.lang, _WORDS[plan.lang]
    rest = action.finding_count - len(action.findings[:MOST_FINDINGS])
    more_sites = len(action.sites) - MOST_SITES
    fields = [
        (words["owner"], name_line(action.owner, lang, 80)),
        (words["due"], day(action.due_on, lang)),
        (
            words["effort"],
            days_of_work(action.effort_days, lang) if action.effort_days is not None else words["unsaid"],
        ),
        (words["cost"], euros(action.cents, lang) if action.cents is not None else words["unpriced"]),
        (words["funding"], one_line(action.funding, lang, 120)),
        (words["criticality"], one_line(action.criticality, lang, 80)),
    ]
    return {
        "number": number(action.number, lang),
        "title": name_line(action.title, lang, 200),
        "state": STATE_NAMES[lang][action.state],
        "late": f"{words['late_of']} {_lateness(action, lang)}" if action.late else "",
        "fields": [{"name": name, "value": value} for name, value in fields if value],
        "reason": one_line(action.reason, lang, 300),
        "description": plain(action.description, lang, SENTENCE),
        "sites": [_site(site, lang) for site in action.sites[:MOST_SITES]] if plan.several_sites else [],
        "sites_more": f"+ {number(more_sites, lang)}" if more_sites > 0 and plan.several_sites else "",
        "finding_count": counted(action.finding_count, words["finding"], words["findings"], lang),
        "findings": [one_line(finding, lang, 160) or "–" for finding in action.findings[:MOST_FINDINGS]],
        "findings_more": f"… + {number(rest, lang)}" if rest > 0 else "",
    }


def _site(site: PlanSite, lang: Lang) -> str:
    ended = f" ({day(site.ended_on, lang)})" if site.ended_on else ""
    return f"{name_line(site.name, lang, 80)} – {STATE_NAMES[lang][site.state].lower()}{ended}"


def _over(action: PlanAction, plan: ActionPlan) -> Json:
    lang = plan.lang
    ended = _ended(action)[0]
    return {
        "number": number(action.number, lang),
        "title": name_line(action.title, lang, 160),
        "sites": _names(action, lang) if plan.several_sites else "",
        "state": STATE_NAMES[lang][action.state],
        "ended": day(ended, lang) if ended != date.min else "–",
    }


def _cut(found: int, shown: int, lang: Lang) -> str:
    if found <= shown:
        return ""
    rest = number(found - shown, lang)
    if lang == "fr":
        return f"{rest} actions de plus ne sont pas imprimées\u00a0; le classeur des actions les donne toutes."
    return f"{rest} more actions are not printed; the workbook of actions gives them all."


STATE_NAMES: dict[Lang, dict[Progress, str]] = {
    "fr": {
        Progress.TO_DO: "À faire",
        Progress.IN_PROGRESS: "En cours",
        Progress.BLOCKED: "Bloquée",
        Progress.TO_VERIFY: "À vérifier",
        Progress.CLOSED: "Close",
        Progress.ABANDONED: "Abandonnée",
    },
    "en": {
        Progress.TO_DO: "To do",
        Progress.IN_PROGRESS: "In progress",
        Progress.BLOCKED: "Blocked",
        Progress.TO_VERIFY: "To verify",
        Progress.CLOSED: "Closed",
        Progress.ABANDONED: "Abandoned",
    },
}
_CHART: dict[Lang, tuple[str, str]] = {
    "fr": ("Actions ouvertes par gravité", "Actions ouvertes"),
    "en": ("Open actions by severity", "Open actions"),
}
_WORDS: dict[Lang, dict[str, str]] = {
    "fr": {
        "title": "Plan de remédiation",
        "marking": "Diffusion restreinte",
        "finess": "FINESS",
        "issued": "Édité le",
        "narrowed": "Limité à",
        "colon": "\u00a0: ",
        "page": "Page",
        "of": "sur",
        "no": "n°",
        "synthesis": "Synthèse",
        "nothing": "Ce plan ne contient aucune action.",
        "first": "Les cinq prochaines actions",
        "nothing_first": "Rien ne reste à faire.",
        "late": "Ce qui est en retard",
        "nothing_late": "Aucune action n’est en retard.",
        "late_of": "en retard de",
        "lateness": "Retard",
        "plan": "Actions par gravité, puis par priorité",
        "nothing_open": "Aucune action n’est ouverte.",
        "over": "Actions terminées",
        "nothing_over": "Aucune action n’est terminée.",
        "ended": "Terminée le",
        "action": "Action",
        "severity": "Gravité",
        "state": "État",
        "owner": "Responsable",
        "due": "Échéance",
        "effort": "Effort",
        "cost": "Coût",
        "unpriced": "non chiffré",
        "unsaid": "non estimé",
        "funding": "Financement",
        "criticality": "Importance pour les soins",
        "sites": "Établissements",
        "why": "Pourquoi à ce rang",
        "finding": "constat à fermer",
        "findings": "constats à fermer",
    },
    "en": {
        "title": "Remediation plan",
        "marking": "Restricted circulation",
        "finess": "FINESS",
        "issued": "Issued on",
        "narrowed": "Limited to",
        "colon": ": ",
        "page": "Page",
        "of": "of",
        "no": "no.",
        "synthesis": "Summary",
        "nothing": "This plan holds no action.",
        "first": "The next five actions",
        "nothing_first": "Nothing is left to do.",
        "late": "What is late",
        "nothing_late": "No action is late.",
        "late_of": "late by",
        "lateness": "Late by",
        "plan": "Actions by severity, then by priority",
        "nothing_open": "No action is open.",
        "over": "Finished actions",
        "nothing_over": "No action is finished.",
        "ended": "Finished on",
        "action": "Action",
        "severity": "Severity",
        "state": "State",
        "owner": "Owner",
        "due": "Due",
        "effort": "Effort",
        "cost": "Cost",
        "unpriced": "not priced",
        "unsaid": "not estimated",
        "funding": "Funding",
        "criticality": "Care criticality",
        "sites": "Establishments",
        "why": "Why at this rank",
        "finding": "finding to close",
        "findings": "findings to close",
    },
}
