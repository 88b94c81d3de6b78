"""The awareness plan as a workbook, and the sheet to sign at a session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from care.domain.access import Right, Scope
from care.domain.awareness import Attendance, PhishingCounts
from care.services.action_query import today
from care.services.awareness_reading import OTHERS, AwarenessPlan, SessionLine, YearRow, open_session, read_plan
from care.services.errors import Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import Thing, record
from reports.errors import ReportError
from reports.sheets.sign_in import SignIn, sign_in_sheet
from reports.spreadsheets import Cell, Sheet, xlsx_bytes
from reports.words import Lang as ReportLang
from reports.words import day as written_day
from scanners.model import Text

_PLAN = (
    Text("Date", "Date"), Text("Nature", "Kind"), Text("Titre", "Title"), Text("État", "State"),
    Text("Risque numérique", "Digital risk"), Text("Conviés", "Asked"), Text("Présences", "Attendances"),
    Text("Taux de présence (%)", "Attendance rate (%)"), Text("Précisions", "Note"),
)  # fmt: skip
_PROFESSIONS = (
    Text("Métier", "Profession"), Text("Conviés aux séances", "Asked to sessions"),
    Text("Présences aux séances", "Attendances at sessions"), Text("Taux de présence (%)", "Attendance rate (%)"),
    Text("Présences aux formations", "Attendances at trainings"), Text("Effectif", "Staff"),
    Text("Personnes différentes sensibilisées", "Different people reached"),
    Text("Personnes différentes formées", "Different people trained"),
)  # fmt: skip
_TESTS = (
    Text("Date", "Date"), Text("Test", "Test"), Text("Groupe", "Group"), Text("Envoyés", "Sent"),
    Text("Ouverts", "Opened"), Text("Ont cliqué", "Clicked"), Text("Ont saisi des données", "Submitted data"),
    Text("Ont signalé", "Reported"), Text("Clics (%)", "Clicks (%)"), Text("Signalements (%)", "Reports (%)"),
)  # fmt: skip
_STATES = {
    "cancelled": Text("annulé", "cancelled"),
    "late": Text("prévu, à renseigner", "planned, to be filled in"),
    "planned": Text("prévu", "planned"),
    "held": Text("tenu", "held"),
}


def plan_xlsx(platform: Platform, scope: Scope, establishment_id: int, year: int) -> bytes:
    """The plan of a year, attendance by profession, and every test of phishing; the trail keeps who took it."""
    plan = read_plan(platform, scope, establishment_id, year)
    now = platform.clock.now()
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.EXPORT)
        record(session, scope, "awareness.exported", Thing("awareness_year", f"{place.id}-{year}", place.id), now,
               {"year": year})  # fmt: skip
    return xlsx_bytes(_sheets(plan, scope.lang), Text("Plan de sensibilisation", "Awareness plan").render(scope.lang))


def _sheets(plan: AwarenessPlan, lang: str) -> list[Sheet]:
    def heads(texts: Sequence[Text]) -> list[str]:
        return [one.render(lang) for one in texts]

    lines = sorted((*plan.coming, *plan.held, *plan.cancelled), key=lambda one: (one.held_on, one.id))
    return [
        Sheet(f"{Text('Plan', 'Plan').render(lang)} {plan.year}", heads(_PLAN), [_planned(one, lang) for one in lines]),
        Sheet(
            Text("Par métier", "By profession").render(lang),
            heads(_PROFESSIONS),
            [_profession(one) for one in (*plan.rows, plan.total)],
        ),
        Sheet(
            Text("Hameçonnage", "Phishing").render(lang),
            heads(_TESTS),
            [row for one in plan.phishing for row in _tested(one, lang)],
        ),
    ]


def _planned(one: SessionLine, lang: str) -> list[Cell]:
    state = "cancelled" if one.cancelled else "late" if one.late else "planned" if one.planned else "held"
    yes = Text("oui", "yes") if one.digital_risk else Text("non", "no")
    people = one.people
    return [
        one.held_on, one.kind_name, one.title, _STATES[state].render(lang), yes.render(lang), people.asked, people.came,
        _percent(one.rate), one.note,
    ]  # fmt: skip


def _profession(one: YearRow) -> list[Cell]:
    sessions: Attendance = one.sessions
    known = one.known
    return [
        one.name, sessions.asked, sessions.came, _percent(one.rate), one.trainings, known.staff, known.reached,
        known.trained,
    ]  # fmt: skip


def _tested(one: SessionLine, lang: str) -> list[list[Cell]]:
    if one.results is None:
        return []
    whole = Text("Ensemble", "Together").render(lang)
    groups = [(whole, one.results.all), *one.results.groups.items()]
    if one.results.others:
        groups.append((OTHERS.render(lang), one.results.others))
    return [_counted(one, name, counts) for name, counts in groups]


def _counted(one: SessionLine, name: str, counts: PhishingCounts) -> list[Cell]:
    return [
        one.held_on, one.title, name, counts.sent, counts.opened, counts.clicked, counts.submitted, counts.reported,
        _percent(counts.rate("clicked")), _percent(counts.rate("reported")),
    ]  # fmt: skip


def _percent(rate: float | None) -> float | None:
    return None if rate is None else round(100 * rate, 1)


def print_sign_in(platform: Platform, scope: Scope, session_id: int) -> bytes:
    """The sheet that people sign at a session, with empty lines. NotFound outside the scope."""
    view = open_session(platform, scope, session_id)
    with platform.database.read() as session:
        place = visible_establishment(session, scope, view.establishment_id)
    lang = cast(ReportLang, scope.lang)
    sheet = SignIn(
        establishment=place.name,
        kind=view.line.kind_name,
        title=view.line.title,
        day=written_day(view.line.held_on, lang),
        printed=written_day(today(platform), lang),
        professions=tuple(one.name.render(scope.lang) for one in platform.kits.professions.values()),
        lang=lang,
    )
    try:
        return sign_in_sheet(sheet)
    except ReportError as error:
        raise Refused(Text(error.fr, error.en)) from error
