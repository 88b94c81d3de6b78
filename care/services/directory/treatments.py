"""Which remediation sheet closes a rule, told as the level of a directory wants to know it. Loads no store."""

from __future__ import annotations

from care.domain.remediation import Sheets
from scanners.ad.level import Treatment
from scanners.result import Treated


def treated_by(sheets: Sheets) -> Treated:
    """The sheets by rule."""

    def treatment(rule_id: str) -> Treatment | None:
        sheet = sheets.treating(rule_id)
        return Treatment(sheet.id, sheet.effort.days) if sheet else None

    return treatment
