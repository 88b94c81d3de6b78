"""The figures of the incidents of an establishment, beside those of the country, and the register handed out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.declaration_clocks import CLOCK_NAMES
from care.domain.incidents import (
    EXTENT_NAMES,
    GRAVITY_NAMES,
    HAPPENING_NAMES,
    IMPACT_NAMES,
    NATIONAL,
    NATIONAL_SOURCE,
    ORIGIN_NAMES,
    STATE_NAMES,
    National,
    Share,
    YearFigures,
    figures_by_year,
)
from care.services.audit_report import DocumentError
from care.services.errors import NotFound
from care.services.incidents.clocks import clocks_here
from care.services.incidents.reading import rows_of, timeline_of
from care.services.incidents.rows import facts_of, gravity_of
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.incidents import Incident
from reports.errors import ReportError
from reports.spreadsheets import Cell, Sheet, csv_bytes, xlsx_bytes
from scanners.model import Lang, Text

_YES_NO: Mapping[bool | None, Text] = {
    True: Text("oui", "yes"),
    False: Text("non", "no"),
    None: Text("non renseigné", "not known"),
}
_TITLE = Text("Registre des incidents", "Register of incidents")
_HEADER = (
    Text("N°", "No."),
    Text("Titre", "Title"),
    Text("Détecté le", "Detected"),
    Text("Début", "Beginning"),
    Text("Contenu le", "Contained"),
    Text("Clos le", "Closed"),
    Text("État", "State"),
    Text("Gravité", "Gravity"),
    Text("Décidée par une personne", "Decided by a person"),
    Text("Raison", "Reason"),
    Text("Origine", "Origin"),
    Text("Cause", "Cause"),
    Text("Services touchés", "Services affected"),
    Text("Mode dégradé", "Degraded mode"),
    Text("Mode dégradé (minutes)", "Degraded mode (minutes)"),
    Text("Conséquences pour les patients", "Consequences for patients"),
    Text("Confidentialité atteinte", "Confidentiality breached"),
    Text("Intégrité atteinte", "Integrity breached"),
    Text("Disponibilité atteinte", "Availability breached"),
    Text("Données personnelles", "Personal data"),
    Text("Personnes concernées", "People concerned"),
    Text("Étendue", "Extent"),
    Text("Autres structures exposées", "Other organisations exposed"),
    Text("Description", "Description"),
    Text("Enseignements", "Lessons"),
)
_TIMELINE = (
    Text("Incident", "Incident"),
    Text("Ligne", "Line"),
    Text("Heure des faits", "Time of the facts"),
    Text("Nature", "Kind"),
    Text("Texte", "Text"),
    Text("Par", "By"),
    Text("Écrit le", "Written"),
    Text("Corrige la ligne", "Corrects line"),
)
_DECLARATIONS = (
    Text("Incident", "Incident"),
    Text("Déclaration", "Declaration"),
    Text("Étape", "Step"),
    Text("Délai", "Limit"),
    Text("Avant le", "Before"),
    Text("État", "State"),
    Text("Envoyée le", "Sent"),
    Text("Référence", "Reference"),
    Text("Remarque", "Remark"),
)
_FIGURES = (
    Text("Année", "Year"),
    Text("Où", "Where"),
    Text("Incidents", "Incidents"),
    Text("Malveillants (%)", "Malicious (%)"),
    Text("Avec conséquences pour les patients (%)", "With consequences for patients (%)"),
    Text("En mode dégradé (%)", "In degraded mode (%)"),
    Text("Remarque", "Remark"),
)
_FEW = Text("moins de dix réponses : ne pas comparer", "fewer than ten answers: do not compare")
_COUNTRY = Text("France", "France")


@dataclass(frozen=True, slots=True)
class YearLine:
    """One year: what happened here, None when nothing did, and in the country, None when no figure was found."""

    year: int
    here: YearFigures | None
    country: National | None

    @property
    def few(self) -> bool:
        """Whether what happened here is too little to compare."""
        here = self.here
        return here is not None and any(one.small for one in (here.malicious, here.patients, here.degraded))


@dataclass(frozen=True, slots=True)
class Figures:
    """The years of an establishment and of the country, the latest first; `source` is that of the country."""

    years: tuple[YearLine, ...]
    source: str
    may_export: bool


def incident_figures(platform: Platform, scope: Scope, establishment_id: int) -> Figures:
    """The figures of an establishment beside those of the country. NotFound, Forbidden."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_INCIDENTS)
        rows = rows_of(session, place.id)
        return Figures(
            years=_years(rows, ZoneInfo(platform.settings.timezone)),
            source=NATIONAL_SOURCE.render(scope.lang),
            may_export=scope.allows(Right.EXPORT, place.lineage),
        )


def _years(rows: Sequence[Incident], zone: ZoneInfo) -> tuple[YearLine, ...]:
    here = {
        one.year: one for one in figures_by_year((row.detected_at.astimezone(zone).year, facts_of(row)) for row in rows)
    }
    country = {one.year: one for one in NATIONAL}
    return tuple(YearLine(year, here.get(year), country.get(year)) for year in sorted({*here, *country}, reverse=True))


def register_file(platform: Platform, scope: Scope, establishment_id: int, form: str) -> bytes:
    """The register as CSV, or as a workbook with timelines, declarations and figures. NotFound for another form;
    Forbidden without EXPORT; DocumentError when too long."""
    if form not in ("csv", "xlsx"):
        raise NotFound
    lang, now, zone = scope.lang, platform.clock.now(), ZoneInfo(platform.settings.timezone)
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_INCIDENTS)
        visible_establishment(session, scope, establishment_id, Right.EXPORT)
        rows = list(reversed(rows_of(session, place.id)))
        register = [_row(row, zone, lang) for row in rows]
        sheets = _sheets(platform, session, rows, zone, lang) if form == "xlsx" else []
        title = f"{_TITLE.render(lang)} – {place.name}"
        thing = Thing("incident_register", place.id, place.id)
        record(session, scope, "incident.register_exported", thing, now, {"format": form, "count": len(rows)})
    if form == "csv":
        return csv_bytes(_named(_HEADER, lang), register)
    try:
        return xlsx_bytes([Sheet(_TITLE.render(lang), _named(_HEADER, lang), register), *sheets], title)
    except ReportError as error:
        raise DocumentError(error.fr, error.en) from error


def _named(texts: Sequence[Text], lang: Lang) -> list[str]:
    return [text.render(lang) for text in texts]


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return moment and moment.astimezone(zone)


def _row(row: Incident, zone: ZoneInfo, lang: Lang) -> list[Cell]:
    return [
        row.number,
        row.title,
        *(_local(one, zone) for one in (row.detected_at, row.began_at, row.contained_at, row.closed_at)),
        STATE_NAMES[row.state].render(lang),
        GRAVITY_NAMES[gravity_of(row)].render(lang),
        _YES_NO[row.gravity != "unknown"].render(lang),
        row.gravity_why,
        ORIGIN_NAMES[row.kind].render(lang),
        row.cause,
        row.services,
        _YES_NO[row.degraded_mode].render(lang),
        row.degraded_minutes,
        IMPACT_NAMES[row.patient_impact].render(lang),
        *(
            _YES_NO[one].render(lang)
            for one in (row.confidentiality, row.integrity, row.availability, row.personal_data)
        ),
        row.people_concerned,
        EXTENT_NAMES[row.extent].render(lang),
        _YES_NO[row.others_exposed].render(lang),
        row.description,
        row.lessons,
    ]


def _sheets(platform: Platform, session: Session, rows: Sequence[Incident], zone: ZoneInfo, lang: Lang) -> list[Sheet]:
    timeline: list[list[Cell]] = [
        [row.number, one.number, _local(one.happened_at, zone), HAPPENING_NAMES[one.what].render(lang), one.text,
         one.by, _local(one.at, zone), one.corrects]
        for row in rows for one in reversed(timeline_of(session, row))
    ]  # fmt: skip
    clocks = clocks_here(platform, session, rows, lang)
    declarations: list[list[Cell]] = [
        [row.number, duty.duty.draft.title, one.label, one.limit, _local(one.until, zone),
         CLOCK_NAMES[one.state].render(lang), _local(one.settled.sent_at, zone) if one.settled else None,
         one.settled.reference if one.settled else "", one.settled.note if one.settled else ""]
        for row in rows for duty in clocks[row.id] for one in duty.clocks
    ]  # fmt: skip
    years = [line for one in _years(rows, zone) for line in _figure_rows(one, lang)]
    return [
        Sheet(Text("Chronologies", "Timelines").render(lang), _named(_TIMELINE, lang), timeline),
        Sheet(Text("Déclarations", "Declarations").render(lang), _named(_DECLARATIONS, lang), declarations),
        Sheet(Text("Chiffres", "Figures").render(lang), _named(_FIGURES, lang), years),
    ]


def _figure_rows(one: YearLine, lang: Lang) -> list[list[Cell]]:
    found: list[list[Cell]] = []
    if one.here is not None:
        shares: list[Cell] = [_percent(share) for share in (one.here.malicious, one.here.patients, one.here.degraded)]
        place = Text("Ici", "Here").render(lang)
        found.append([one.year, place, one.here.total, *shares, _FEW.render(lang) if one.few else ""])
    if one.country is not None:
        country = one.country
        note = f"{country.note.render(lang)} {NATIONAL_SOURCE.render(lang)}"
        found.append([one.year, _COUNTRY.render(lang), country.total, country.malicious, country.patients,
                      country.degraded, note])  # fmt: skip
    return found


def _percent(share: Share) -> int | None:
    return share.percent
