"""What revision 0012 makes of what was recorded before it: subjects of vulnerabilities, archived targets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, delete, insert, select, text

from care.domain.findings import State, Verdict
from care.store import schema
from care.store.engine import Database, open_database
from care.store.findings import FindingEvent, FindingRow, SightingRow
from care.store.registry import Establishment, LegalEntity, Region
from care.store.targets import Target
from scanners.catalog import rules_of
from scanners.model import Severity
from scanners.runner import run_rule
from scanners.vulnerabilities.model import Compared, Confidence, Flaw
from tests.unit.exposure.specimens import compared, facts

AT, LATER = datetime(2026, 3, 1, 8, tzinfo=UTC), datetime(2026, 4, 1, 8, tzinfo=UTC)
UNTIL = datetime(2027, 1, 1, tzinfo=UTC)
RULE = "exposure.critical_vulnerability"
PLACE, SITE = "192.0.2.7:443/tcp", "192.0.2.7:443/tcp (agenda.hopital.fr)"
FORMER = ((1, RULE, f"{PLACE} CVE-2026-1234", "igor_sysoev:nginx"), (2, RULE, f"{SITE} CVE-2026-1234", "php:php"),
          (3, "exposure.telnet_exposed", "192.0.2.7:23/tcp", ""))  # fmt: skip
_FINDING = text(
    "INSERT INTO sighting (finding_id, target_id, rule, first_seen_at, last_seen_at, perimeter, gone_at) "
    "SELECT id, :target, rule, first_seen_at, first_seen_at, 'P', NULL FROM finding WHERE id = :finding"
)


@pytest.fixture
def before(empty_url: str) -> Iterator[Database]:
    """A database of revision 0011 with three findings, the first of which is accepted and of an archived target."""
    opened = open_database(empty_url)
    with opened.migrate() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(schema._FOLDER))
        command.upgrade(config, "0011")
        _plant(connection)
    yield opened
    opened.close()


def _plant(connection: Connection) -> None:
    made = {"created_at": AT}
    connection.execute(delete(Region))
    connection.execute(insert(Region).values(id=1, code="84", name="R", grades="", to_check=False))
    entity = {"id": 1, "finess": "690000001", "name": "E", "region_id": 1, "supports_ght": False, **made}
    connection.execute(insert(LegalEntity).values(entity))
    place = {"id": 1, "finess": "690000002", "name": "H", "legal_entity_id": 1, "region_id": 1, **made}
    connection.execute(insert(Establishment).values(place))
    for number, archived in ((1, None), (2, LATER)):
        target = {"id": number, "establishment_id": 1, "scanner": "exposure", "name": str(number), "request": {}}
        target |= {"created_by": "t", "changed_at": AT, "archived_at": archived, **made}
        connection.execute(insert(Target).values(target))
    for number, rule, subject, product in FORMER:
        row = {"id": number, "establishment_id": 1, "scanner": "exposure", "rule": rule, "subject": subject}
        row |= {"subject_key": subject.lower(), "severity": Severity.CRITICAL, "evidence": {"product": product}}
        row |= {"state": State.ACCEPTED if number == 1 else State.OPEN, "first_seen_at": AT}
        decided = {"decided_as": Verdict.ACCEPTED, "decided_until": UNTIL} if number == 1 else {}
        connection.execute(insert(FindingRow).values({**row, **decided}))
        connection.execute(_FINDING, {"finding": number, "target": 1 if number > 1 else 2})
        event = {"finding_id": number, "at": AT, "what": "new", "actor": "t", "detail": {}}
        connection.execute(insert(FindingEvent).values(event))


@pytest.mark.both_databases
def test_a_vulnerability_keeps_its_decision_and_its_history_under_a_subject_that_says_the_product(
    before: Database,
) -> None:
    schema.upgrade(before)
    with before.read() as session:
        rows = {row.id: row for row in session.scalars(select(FindingRow))}
        events = session.scalars(select(FindingEvent.finding_id).order_by(FindingEvent.finding_id)).all()
    assert [rows[number].subject for number in (1, 2, 3)] == [
        f"{PLACE} nginx CVE-2026-1234", f"{SITE} php:php CVE-2026-1234", "192.0.2.7:23/tcp",
    ]  # fmt: skip
    assert rows[1].subject_key == f"{PLACE} nginx cve-2026-1234"
    assert (rows[1].state, rows[1].decided_as, rows[1].decided_until) == (State.ACCEPTED, Verdict.ACCEPTED, UNTIL)
    assert events == [1, 2, 3]
    assert {row.subject for row in rows.values() if row.rule == RULE} == set(_written_now()), "as the rule writes them"


def _written_now() -> list[str]:
    flaw = Flaw("CVE-2026-1234", Confidence.ANNOUNCED, "*", 9.8)
    seen = compared(Compared("f5:nginx", "1.0", (PLACE,), (flaw,)), Compared("php:php", "5.3", (SITE,), (flaw,)))
    (rule,) = (one for one in rules_of("exposure") if one.id == RULE)
    return [one.subject for one in run_rule(rule, replace(facts(), vulnerabilities=seen)).findings]


@pytest.mark.both_databases
def test_what_archived_targets_saw_is_no_longer_looked_at_since_then(before: Database) -> None:
    schema.upgrade(before)
    with before.read() as session:
        since = {row.finding_id: row.unwatched_at for row in session.scalars(select(SightingRow))}
    assert since == {1: LATER, 2: None, 3: None}
