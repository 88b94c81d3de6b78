"""The list of a year handed out as a workbook: one line an establishment, the totals, what each lacks."""

from __future__ import annotations

from care.domain.access import Right, Scope
from care.domain.socle import ELIGIBILITIES, Eligibility
from care.services.errors import Forbidden
from care.services.platform import Platform
from care.services.socle.reading import SocleLine, all_lines, counts
from care.services.trail import Thing, record
from reports.spreadsheets import Cell, Euros, Sheet, xlsx_bytes
from scanners.model import Scalar, Text

_TITLE = Text("Socle cyber", "Cyber base")
_COUNTS = Text("Éligibilité", "Eligibility")
_TOTAL = Text("Total", "Total")
_HEADER = (
    Text("Établissement", "Establishment"),
    Text("FINESS", "FINESS"),
    Text("Entité juridique", "Legal entity"),
    Text("Éligibilité", "Eligibility"),
    Text("Prérequis atteints", "Prerequisites met"),
    Text("Prérequis", "Prerequisites"),
    Text("Ce qui manque", "What is missing"),
    Text("Montant demandé", "Amount asked for"),
    Text("Demandé le", "Asked on"),
    Text("Montant obtenu", "Amount obtained"),
    Text("Notifié le", "Notified on"),
)
_COUNTED = (Text("Éligibilité", "Eligibility"), Text("Établissements", "Establishments"))


def socle_xlsx(platform: Platform, scope: Scope, year: int, words: str = "") -> bytes:
    """A year of every establishment that the reader may export. Forbidden for who may export nowhere."""
    if not scope.allows_somewhere(Right.EXPORT):
        raise Forbidden
    lines, lang = all_lines(platform, scope, year, words), scope.lang
    found = counts(lines)
    sheets = [
        Sheet(
            f"{_TITLE.render(lang)} {year}",
            [one.render(lang) for one in _HEADER],
            [_row(one) for one in lines],
            total=_TOTAL.render(lang),
        ),
        Sheet(
            _COUNTS.render(lang),
            [one.render(lang) for one in _COUNTED],
            [[ELIGIBILITIES[one].render(lang), found.get(one, 0)] for one in Eligibility],
        ),
    ]
    content = xlsx_bytes(sheets, f"{_TITLE.render(lang)} {year}")
    with platform.database.write() as session:
        thing = Thing("place", "establishments")
        told: dict[str, Scalar] = {"form": "xlsx", "year": year, "lines": len(lines)}
        record(session, scope, "socle.exported", thing, platform.clock.now(), told)
    return content


def _row(one: SocleLine) -> list[Cell]:
    return [
        one.name,
        one.finess,
        one.entity,
        one.words,
        one.met,
        one.total,
        " ; ".join(one.lacking),
        None if one.asked is None else Euros(one.asked * 100),
        one.asked_on,
        None if one.obtained is None else Euros(one.obtained * 100),
        one.obtained_on,
    ]
