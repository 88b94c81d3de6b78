"""The follow-up of a region as a spreadsheet: what comes next, the contacts, the services used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.support import CONTACT_NAMES, STEP_STATES, USE_STATES
from care.services.errors import Forbidden
from care.services.platform import Platform
from care.services.support.following import SupportFilter, SupportLine, every_line
from care.services.support.reading import uses_of
from care.services.trail import Thing, record
from care.store.support import ServiceUse, SupportContact
from reports.spreadsheets import Cell, Sheet, csv_bytes, xlsx_bytes
from scanners.model import Text

_FOLLOW_UP = (
    Text("Établissement", "Establishment"), Text("Région", "Region"), Text("GHT", "GHT"),
    Text("Qui accompagne", "Who supports"), Text("Prochaine étape", "Next step"), Text("Date", "Date"),
    Text("Où elle en est", "Where it stands"), Text("Dernier contact", "Last contact"),
    Text("Prochain contact prévu", "Next contact planned"), Text("Services demandés", "Services asked for"),
    Text("Services convenus ou en cours", "Services agreed or running"),
)  # fmt: skip
_CONTACTS = (
    Text("Établissement", "Establishment"), Text("Date", "Date"), Text("Nature", "Kind"), Text("A eu lieu", "Held"),
    Text("Qui", "Who"), Text("Ce qui a été convenu", "What was agreed"),
)  # fmt: skip
_USES = (
    Text("Établissement", "Establishment"), Text("Service", "Service"), Text("État", "State"),
    Text("Demandé le", "Asked on"), Text("Commencé le", "Began on"), Text("Terminé le", "Ended on"),
    Text("Message", "Message"),
)  # fmt: skip


def follow_up_csv(platform: Platform, scope: Scope, wanted: SupportFilter) -> bytes:
    """One line an establishment, with the filters of the page. Forbidden."""
    lines = _taken(platform, scope, wanted, "csv")
    return csv_bytes([one.render(scope.lang) for one in _FOLLOW_UP], [_line(one, scope.lang) for one in lines])


def follow_up_xlsx(platform: Platform, scope: Scope, wanted: SupportFilter) -> bytes:
    """The same, with the contacts and the services of these establishments on their own sheets. Forbidden."""
    lines = _taken(platform, scope, wanted, "xlsx")
    names = {one.establishment_id: one.name for one in lines}
    with platform.database.read() as session:
        contacts, uses = _contacts(session, names, scope.lang), _uses(session, names, scope.lang)
    sheets = (
        (Text("Accompagnement", "Support"), _FOLLOW_UP, [_line(one, scope.lang) for one in lines]),
        (Text("Contacts", "Contacts"), _CONTACTS, contacts),
        (Text("Services", "Services"), _USES, uses),
    )
    return xlsx_bytes(
        [Sheet(name.render(scope.lang), [one.render(scope.lang) for one in head], rows) for name, head, rows in sheets],
        Text("Accompagnement régional", "Regional support").render(scope.lang),
    )


def _taken(platform: Platform, scope: Scope, wanted: SupportFilter, form: str) -> Sequence[SupportLine]:
    """The lines, once it is written down who took them."""
    lines = every_line(platform, scope, replace(wanted, number=1))
    if not scope.allows_somewhere(Right.EXPORT):
        raise Forbidden
    with platform.database.write() as session:
        thing = Thing("support_file", wanted.place.key)
        record(session, scope, "support.exported", thing, platform.clock.now(), {"form": form, "lines": len(lines)})
    return lines


def _line(one: SupportLine, lang: str) -> list[Cell]:
    return [
        one.name, one.region, one.ght, one.owner, one.next_step, one.next_on, STEP_STATES[one.state].render(lang),
        one.last_on, one.visit_on, one.asked, one.used,
    ]  # fmt: skip


def _contacts(session: Session, names: dict[int, str], lang: str) -> list[list[Cell]]:
    yes, no = Text("oui", "yes").render(lang), Text("non", "no").render(lang)
    rows = [row for row in session.scalars(select(SupportContact)) if row.establishment_id in names]
    found: list[tuple[str, date, list[Cell]]] = [
        (names[row.establishment_id], row.held_on,
         [names[row.establishment_id], row.held_on, CONTACT_NAMES[row.kind].render(lang), yes if row.held else no,
          row.by, row.summary])
        for row in rows
    ]  # fmt: skip
    return [cells for _name, _day, cells in sorted(found, key=lambda one: one[:2])]


def _uses(session: Session, names: dict[int, str], lang: str) -> list[list[Cell]]:
    places = [one for one in session.scalars(select(ServiceUse.establishment_id).distinct()) if one in names]
    return [
        [names[site], use.title, USE_STATES[use.state].render(lang), use.asked_on, use.began_on, use.ended_on,
         use.note]
        for site, uses in uses_of(session, places).items()
        for use in uses
    ]  # fmt: skip
