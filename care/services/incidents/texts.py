"""Prepared texts: what an incident’s sheet says, in the order an authority asks for it; what nobody knows stays blank.

They are in French, whoever reads: they are for French authorities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.declaration_clocks import CERT_SANTE, CNIL, COMPLAINT, NIS2
from care.domain.durations import written
from care.domain.incidents import EXTENT_NAMES, GRAVITY_NAMES, IMPACT_NAMES, ORIGIN_NAMES, Happening
from care.domain.programme import Extent, Gravity, IncidentKind, PatientImpact
from care.services.audit_report import DocumentError
from care.services.declaration_duties import DutyView, duties_here, hour
from care.services.errors import NotFound
from care.services.incidents.clocks import Noted, notices_of
from care.services.incidents.reading import timeline_of
from care.services.incidents.rows import find, gravity_of, thing_of
from care.services.platform import Platform
from care.services.trail import record
from care.store.incidents import Incident
from care.store.registry import Establishment
from reports.errors import ReportError
from reports.typed_sheet import TypedSheet, render_typed_sheet
from scanners.model import Scalar

BLANK = "[à compléter]"
_YES_NO = {True: "oui", False: "non", None: BLANK}
_WRITTEN = (Happening.FACT, Happening.DECISION, Happening.MEASURE, Happening.CORRECTION)


def prepared_text(platform: Platform, scope: Scope, incident_id: int, duty_id: str, step: int) -> str:
    """The words to send for one step: those kept last, else those made from the sheet. NotFound, Forbidden."""
    with platform.database.read() as session:
        row, place = find(session, scope, incident_id)
        duty = _duty(platform, session, place.id, duty_id, step)
        noted = notices_of(session, [row.id]).get((row.id, duty_id, step), Noted(()))
        kept = next((one.text for one in reversed(noted.lines) if one.text), "")
        return kept or _made(platform, session, row, place, duty, step)


def fresh_text(platform: Platform, scope: Scope, incident_id: int, duty_id: str, step: int) -> str:
    """The words made from the sheet as it is now, whatever was kept."""
    with platform.database.read() as session:
        row, place = find(session, scope, incident_id)
        duty = _duty(platform, session, place.id, duty_id, step)
        return _made(platform, session, row, place, duty, step)


def declaration_file(platform: Platform, scope: Scope, incident_id: int, duty_id: str, step: int, form: str) -> bytes:
    """The words to send as plain text or as an accessible PDF. NotFound for another form; Forbidden without EXPORT."""
    text = prepared_text(platform, scope, incident_id, duty_id, step)
    now = platform.clock.now()
    with platform.database.write() as session:
        row, place = find(session, scope, incident_id, Right.EXPORT)
        duty = _duty(platform, session, place.id, duty_id, step)
        sheet = TypedSheet(
            lang="fr",
            issued_at=now.astimezone(ZoneInfo(platform.settings.timezone)),
            title=duty.draft.title,
            place=place.name,
            finess=place.finess,
            about=f"Incident n° {row.number} – {row.title}",
            text=text,
        )
        detail: dict[str, Scalar] = {"duty": duty_id, "step": step, "format": form}
        record(session, scope, "incident.declaration_taken", thing_of(row), now, detail)
    if form == "txt":
        return b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    if form != "pdf":
        raise NotFound
    try:
        return render_typed_sheet(sheet)
    except ReportError as error:
        raise DocumentError(error.fr, error.en) from error


def _duty(platform: Platform, session: Session, establishment_id: int, duty_id: str, step: int) -> DutyView:
    duties = {one.id: one for one in duties_here(platform, session, establishment_id, "fr")}
    if duty_id not in duties or not 0 <= step < len(duties[duty_id].draft.steps):
        raise NotFound
    return duties[duty_id]


def _made(platform: Platform, session: Session, row: Incident, place: Establishment, duty: DutyView, step: int) -> str:
    zone = ZoneInfo(platform.settings.timezone)
    facts = _Said(row, place, zone)
    one = duty.draft
    parts = [
        f"{one.title.upper()}\n{one.steps[step].label}",
        f"Destinataire : {one.authority or BLANK}\nDéclarant (nom, fonction, numéro hors du standard) : {BLANK}",
        facts.identity(),
        facts.harm(),
        "MESURES ET CHRONOLOGIE\n" + _timeline(session, row, zone),
    ]
    if needs := [_need(duty, rank, text, facts) for rank, text in enumerate(one.needs)]:
        parts.append("RENSEIGNEMENTS DEMANDÉS\n" + "\n".join(needs))
    return "\n\n".join(parts) + "\n"


def _need(duty: DutyView, rank: int, text: str, facts: _Said) -> str:
    """What is asked, with the answer that the sheet holds; the words of an establishment are theirs to answer."""
    known = FILLED.get((duty.id, rank)) if not duty.changed_at and not duty.own else None
    return f"– {text} : {known(facts) if known else BLANK}"


def _timeline(session: Session, row: Incident, zone: ZoneInfo) -> str:
    lines = [one for one in reversed(timeline_of(session, row)) if one.what in _WRITTEN and one.corrected_by is None]
    told = (f"– {one.happened_at.astimezone(zone):%d/%m/%Y %H:%M} : {' '.join(one.text.split())}" for one in lines)
    return "\n".join(told) or BLANK


class _Said:
    """The sheet of an incident in French, blank where nothing is known."""

    def __init__(self, row: Incident, place: Establishment, zone: ZoneInfo) -> None:
        self.row, self.place, self.zone = row, place, zone

    def identity(self) -> str:
        """Who, what, when."""
        row = self.row
        lines = [
            "ÉTABLISSEMENT ET INCIDENT",
            f"Établissement : {self.place.name} (FINESS {self.place.finess})",
            f"Incident n° {row.number} : {row.title}",
            f"Détecté le : {self.moment(row.detected_at)}",
            f"Début estimé : {self.moment(row.began_at)}",
            f"Contenu le : {self.moment(row.contained_at)}",
            f"Origine : {self.origin()}",
            f"Cause : {row.cause or BLANK}",
            f"Description : {row.description or BLANK}",
        ]
        return "\n".join(lines)

    def harm(self) -> str:
        """What it does."""
        row = self.row
        gravity = gravity_of(row)
        lines = [
            "CONSÉQUENCES",
            f"Gravité : {BLANK if gravity is Gravity.UNKNOWN else GRAVITY_NAMES[gravity].fr.lower()}",
            f"Services et activités touchés : {self.services()}",
            f"Mode dégradé : {self.degraded()}",
            f"Conséquences pour les patients : {self.patients()}",
            f"Données : {self.data()}",
            f"Données personnelles touchées : {_YES_NO[row.personal_data]}",
            f"Personnes concernées (nombre) : {self.people()}",
            f"Étendue : {self.extent()}",
        ]
        return "\n".join(lines)

    def moment(self, at: datetime | None) -> str:
        """A day and an hour."""
        return BLANK if at is None else hour(at.astimezone(self.zone), "fr")

    def detected(self) -> str:
        """When, and by whom: the latter is not on the sheet."""
        return f"{self.moment(self.row.detected_at)}, par {BLANK}"

    def origin(self) -> str:
        """Where it comes from."""
        return BLANK if self.row.kind is IncidentKind.UNKNOWN else ORIGIN_NAMES[self.row.kind].fr.lower()

    def services(self) -> str:
        """What is touched, on one line."""
        return " ; ".join(filter(None, map(str.strip, self.row.services.splitlines()))) or BLANK

    def degraded(self) -> str:
        """Whether, and for how long."""
        said = _YES_NO[self.row.degraded_mode]
        minutes = self.row.degraded_minutes
        return said if minutes is None else f"{said}, pendant {written(minutes, 'fr')}"

    def patients(self) -> str:
        """The consequences for patients."""
        impact = self.row.patient_impact
        return BLANK if impact is PatientImpact.UNKNOWN else IMPACT_NAMES[impact].fr.lower()

    def data(self) -> str:
        """Confidentiality, integrity, availability."""
        row = self.row
        named = (("confidentialité", row.confidentiality), ("intégrité", row.integrity),
                 ("disponibilité", row.availability))  # fmt: skip
        return ", ".join(f"{name} atteinte : {_YES_NO[value]}" for name, value in named)

    def people(self) -> str:
        """How many people."""
        return BLANK if self.row.people_concerned is None else str(self.row.people_concerned)

    def extent(self) -> str:
        """How far, and whether others are exposed."""
        row = self.row
        extent = BLANK if row.extent is Extent.UNKNOWN else EXTENT_NAMES[row.extent].fr.lower()
        return f"{extent} ; autres structures exposées : {_YES_NO[row.others_exposed]}"

    def touched(self) -> str:
        """Services and degraded modes."""
        return f"{self.services()} ; mode dégradé : {self.degraded()}"

    def measures(self) -> str:
        """They are in the timeline."""
        return "voir la chronologie ci-dessus"

    def breach(self) -> str:
        """The nature of a breach."""
        return self.data()

    def weight(self) -> str:
        """A first assessment."""
        gravity = gravity_of(self.row)
        return BLANK if gravity is Gravity.UNKNOWN else GRAVITY_NAMES[gravity].fr.lower()

    def cause(self) -> str:
        """The likely cause."""
        return self.row.cause or BLANK


FILLED: Mapping[tuple[str, int], Callable[[_Said], str]] = {
    (CERT_SANTE, 0): _Said.detected,
    (CERT_SANTE, 1): _Said.touched,
    (CERT_SANTE, 2): _Said.patients,
    (CERT_SANTE, 3): _Said.data,
    (CERT_SANTE, 4): _Said.extent,
    (CERT_SANTE, 5): _Said.measures,
    (CNIL, 0): _Said.breach,
    (CNIL, 1): _Said.people,
    (CNIL, 4): _Said.measures,
    (NIS2, 0): _Said.origin,
    (NIS2, 1): _Said.weight,
    (NIS2, 2): _Said.cause,
    (COMPLAINT, 0): _Said.measures,
}
"""The renseignements of the kit, by duty and rank, that the sheet can answer."""
