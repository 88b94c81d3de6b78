"""The trail page: each their own events, in words, as a file, and whether the chain holds."""

from __future__ import annotations

import ast
import csv
import io
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from care.domain.jobs import Lane
from care.services import jobs, trail
from care.services.handlers import HANDLERS
from care.services.library import today as local_day
from care.services.platform import Platform
from care.services.trail import Thing
from care.store.findings import FindingRow
from care.store.trail import TrailEvent
from care.web.trail.words import ACTIONS, THINGS
from care.worker import Worker
from reports.seal import verifier
from tests.support.machine import eventually
from tests.support.people import MACHINE, Hospitals
from tests.support.queries import counted
from tests.web.conftest import Browse
from tests.web.seeds import Seeds

ANSWERS = ("Chaîne intacte", "a été modifié")
ROOT = Path(__file__).resolve().parents[2]


def written(node: ast.expr) -> list[str]:
    """The constants an expression may give: `"a"`, or `"a" if … else "b"`."""
    if isinstance(node, ast.IfExp):
        return written(node.body) + written(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def recorded() -> tuple[set[str], set[str]]:
    """Every action and every kind of thing that the services record."""
    actions: set[str] = set()
    kinds: set[str] = set()
    for path in (ROOT / "care").rglob("*.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name == "record" and len(call.args) >= 5:
                actions |= set(written(call.args[2]))
            if name == "Thing" and call.args:
                kinds |= set(written(call.args[0]))
            if name == "note_read":
                thing = call.args[2]
                assert isinstance(thing, ast.Call), f"{path.name}: note_read is given a Thing written in place"
                actions |= {f"{kind}.read" for kind in written(thing.args[0])}
    return actions, kinds


def test_every_action_and_thing_recorded_has_its_words() -> None:
    actions, kinds = recorded()
    assert len(actions) > 30
    assert actions - set(ACTIONS) == set()
    assert kinds - set(THINGS) == set()


def test_a_reader_sees_the_events_of_their_establishment_only(
    browse: Browse, platform: Platform, seeds: Seeds, hospitals: Hospitals
) -> None:
    page = browse("ciso").get("/trail").text
    assert "Cible ajoutée" in page
    assert "Hôpital de la Vallée" in page
    assert "Compte ouvert" not in page.partition("<tbody>")[2]
    assert "Cible ajoutée" not in browse("stranger").get("/trail").text.partition("<tbody>")[2]
    assert "Compte ouvert" in browse("administrator").get("/trail?action=account.opened").text.partition("<tbody>")[2]


def test_events_are_searched(administrator: FlaskClient, platform: Platform, seeds: Seeds) -> None:
    def total(query: str) -> int:
        page = administrator.get(f"/trail?{query}").text
        return 0 if "Aucun événement ici" in page else int(page.rpartition(" sur ")[2].partition("<")[0])

    today = local_day(platform)
    assert total("action=target.added") == 2
    assert total(f"thing=target&id={seeds.backup}") == 1
    assert total("q=nobody-at-all") == total("q=test") == 0
    assert total("q=tests") > 5
    assert total(f"since={today.replace(year=today.year + 1)}") == 0
    assert total("until=2000-01-01") == 0
    assert total("since=nonsense&until=9999-99-99&page=x") == total("")


def test_long_trails_are_paged_with_few_queries(administrator: FlaskClient, platform: Platform) -> None:
    with platform.database.write() as session:
        for number in range(130):
            trail.record(session, MACHINE, "target.changed", Thing("target", number), platform.clock.now())
    with counted(platform.database) as statements:
        page = administrator.get("/trail?page=2").text
    assert len(statements) <= 20
    assert "51 à 100 sur" in page


def test_the_file_holds_every_event_and_no_formula(
    administrator: FlaskClient, ciso: FlaskClient, platform: Platform, seeds: Seeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("care.services.trail_search._BATCH", 3)
    with platform.database.write() as session:
        thing = Thing("target", 1)
        trail.record(session, MACHINE, "target.changed", thing, platform.clock.now(), {"name": "=1+1"})
    answer = administrator.get("/trail/export.csv")
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";"))
    numbers = [int(row[0]) for row in rows[1:]]
    assert numbers == list(range(1, trail.verify(platform).events + 1))
    assert {len(row) for row in rows} == {10}
    assert rows[-1][4] == "Cible modifiée"
    assert not any(cell.startswith("=") for row in rows for cell in row)
    own = ciso.get("/trail/export.csv").get_data().decode("utf-8-sig")
    assert "Compte ouvert" not in own
    assert "Cible ajoutée" in own


def verify_again(platform: Platform, client: FlaskClient) -> str:
    client.post("/trail/verify")
    client.post("/trail/verify")  # one job, however often the button is pressed
    worker = Worker(platform, HANDLERS, audits=0)
    worker.start()
    try:
        eventually(lambda: any(one in client.get("/trail").text for one in ANSWERS), "the chain was read")
    finally:
        worker.stop()
    return client.get("/trail").text


def test_the_chain_is_read_again_by_a_job(ciso: FlaskClient, platform: Platform) -> None:
    assert "Aucune relecture récente" in ciso.get("/trail").text
    page = verify_again(platform, ciso)
    assert f"Chaîne intacte : {trail.verify(platform).events} événements" in page


def test_a_changed_event_is_said_where_it_is(administrator: FlaskClient, platform: Platform) -> None:
    with platform.database.write() as session:
        session.execute(update(TrailEvent).where(TrailEvent.number == 2).values(actor="someone"))
    assert "L’événement n° 2 a été modifié." in verify_again(platform, administrator)


def test_two_requests_make_one_job(administrator: FlaskClient, platform: Platform) -> None:
    administrator.post("/trail/verify")
    administrator.post("/trail/verify")
    found = [jobs.claim(platform, Lane.SERVICE, "w") for _ in range(3)]
    kinds = [one.kind.value for one in found if one is not None]
    assert kinds.count("verify_trail") == 1


def test_who_opens_a_finding_is_kept_once_an_hour(
    browse: Browse, platform: Platform, seeds: Seeds, hospitals: Hospitals
) -> None:
    with platform.database.read() as session:
        query = select(FindingRow.id).where(FindingRow.establishment_id == hospitals.valley)
        finding = session.scalars(query.order_by(FindingRow.id)).first()
    address = f"/establishments/{hospitals.valley}/findings/{finding}"
    assert browse("ciso").get(address).status_code == 200
    assert browse("ciso").get(address).status_code == 200
    assert browse("stranger").get(address).status_code == 404
    with platform.database.read() as session:
        told = session.scalars(select(TrailEvent).where(TrailEvent.action == "finding.read")).all()
    assert [(one.thing_id, one.establishment_id) for one in told] == [(str(finding), hospitals.valley)]
    assert "Constat lu" in browse("ciso").get("/trail?action=finding.read").text.partition("<tbody>")[2]


def test_the_whole_chain_leaves_signed_and_holds_offline(
    administrator: FlaskClient, ciso: FlaskClient, platform: Platform, tmp_path: Path
) -> None:
    assert ciso.get("/trail/export.jsonl").status_code == 403
    assert "export.jsonl" not in ciso.get("/trail").text
    assert "export.jsonl" in administrator.get("/trail").text
    path = tmp_path / "journal.jsonl"
    path.write_bytes(administrator.get("/trail/export.jsonl").get_data())
    verdict = verifier.verify(path, platform.signer.key_id)
    assert verdict.problems == ()
    assert f"{trail.verify(platform).events} événements" in verdict.told.fr
