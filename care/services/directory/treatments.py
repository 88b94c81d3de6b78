"""Which remediation sheet closes a rule, told as the level of a directory wants to know it. Loads no store."""

from __future__ import annotations

from collections.abc import Mapping

from care.domain.remediation import Sheets
from scanners.ad.level import Treatment
from scanners.catalog import rules_of
from scanners.result import Treated


def treated_by(sheets: Sheets) -> Treated:
    """The sheets by rule."""

    def treatment(rule_id: str) -> Treatment | None:
        sheet = sheets.treating(rule_id)
        return Treatment(sheet.id, sheet.effort.days) if sheet else None

    return treatment


def treatments(sheets: Sheets) -> Mapping[str, Treatment]:
    """The sheet of each rule of a directory that has one, for another process."""
    of = treated_by(sheets)
    return {rule.id: one for rule in rules_of("ad") if (one := of(rule.id))}
