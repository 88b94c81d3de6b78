"""The follow-up of a campaign as a spreadsheet."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from care.domain.access import Right, Scope
from care.domain.regional import PROGRESS_NAMES
from care.services.errors import Forbidden
from care.services.platform import Platform
from care.services.regional.reading import follow_campaign
from care.services.trail import Thing, record
from reports.spreadsheets import Cell, csv_bytes
from scanners.model import Text

_HEADER = (
    Text("Établissement", "Establishment"),
    Text("GHT", "GHT"),
    Text("Avancement", "Progress"),
    Text("Dispense", "Excused"),
    Text("Exercice", "Exercise"),
    Text("Prévu le", "Planned on"),
    Text("Points de préparation faits", "Preparation items done"),
)


def follow_up_csv(platform: Platform, scope: Scope, campaign_id: int) -> bytes:
    """One line an establishment. NotFound, Forbidden."""
    view = follow_campaign(platform, scope, campaign_id)
    if not scope.allows_somewhere(Right.EXPORT):
        raise Forbidden
    zone = ZoneInfo(platform.settings.timezone)
    rows: list[list[Cell]] = [
        [
            one.name,
            one.ght,
            PROGRESS_NAMES[one.progress].render(scope.lang),
            one.excused,
            one.exercise,
            one.planned_at.astimezone(zone) if one.planned_at else None,
            one.steps,
        ]
        for one in view.places
    ]
    with platform.database.write() as session:
        thing = Thing("regional_campaign", campaign_id)
        record(session, scope, "regional_campaign.exported", thing, platform.clock.now(), {"form": "csv"})
    return csv_bytes([one.render(scope.lang) for one in _HEADER], rows)
