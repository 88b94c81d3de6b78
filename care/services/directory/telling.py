"""Words for the level of a directory, the same on pages, in documents and on the command line. Loads no store."""

from __future__ import annotations

from care.domain.remediation import Sheets
from scanners.catalog import rule_by_id
from scanners.model import Lang, spoken

MOST_ACTIONS = 10


def rule_title(rule_id: str, lang: Lang) -> str:
    """The title of a rule; its id when this version has it no more."""
    rule = rule_by_id(rule_id)
    return rule.title.render(lang) if rule else rule_id


def sheet_title(sheets: Sheets, sheet_id: str, lang: Lang) -> str:
    """The title of a sheet, empty when there is none of that id."""
    sheet = sheets.by_id.get(sheet_id)
    return sheet.title.render(lang) if sheet else ""


def days_said(days: float | None, lang: Lang) -> str:
    """Person-days as people write them, a dash when nobody estimated them."""
    return "–" if days is None else spoken(float(days), lang)
