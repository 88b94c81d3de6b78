"""Findings: the list at any size, one in full, what people decide."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine

from care.services.findings import FindingFilter, group_findings, list_findings
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.seeds import Seeds

SOON = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()


@pytest.fixture
def finding(platform: Platform, hospitals: Hospitals, seeds: Seeds) -> int:
    return list_findings(platform, MACHINE, hospitals.valley, FindingFilter()).page.lines[0].id


def listed(client: FlaskClient, address: str) -> str:
    return client.get(address).text.split('id="found"')[1]


def test_the_list_is_filtered_sorted_and_paged(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    assert "1 à 25 sur" in listed(ciso, f"{here}/findings?view=one")
    assert "26 à 50 sur" in listed(ciso, f"{here}/findings?view=one&page=2")
    critical = listed(ciso, f"{here}/findings?view=one&severity=critical").split("<tbody>")[1]
    assert "tone-critical" in critical
    assert "tone-low" not in critical
    assert "Aucun constat ici" in listed(ciso, f"{here}/findings?q=zygomorphe")
    assert "Aucun constat ici" in listed(ciso, f"{here}/findings?state=fixed")


def test_one_line_per_rule_leads_to_its_findings(
    ciso: FlaskClient, here: str, seeds: Seeds, platform: Platform, hospitals: Hospitals
) -> None:
    groups = group_findings(platform, MACHINE, hospitals.valley, FindingFilter())
    worst = groups.page.lines[0]
    page = listed(ciso, f"{here}/findings")
    assert f"{groups.findings} constats, {groups.page.total} règles" in page
    assert page.split("<tbody>")[1].count("<tr>") == min(25, groups.page.total)
    narrowed = page.split("<tbody>")[1].split('href="')[1].split('"')[0]
    assert narrowed == f"{here}/findings?rule={worst.rule}"
    its = listed(ciso, narrowed)
    assert its.split("<tbody>")[1].count("<tr>") == worst.count
    assert "Par règle" not in its
    assert "view=one" in page


def test_the_presentation_and_the_filters_go_together(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    page = ciso.get(f"{here}/findings?view=one&severity=critical").text
    assert '<input type="hidden" name="view" value="one">' in page
    assert f'href="{here}/findings?severity=critical">Par règle' in page
    by_rule = listed(ciso, f"{here}/findings?severity=critical").split("<tbody>")[1]
    assert "tone-critical" in by_rule
    assert "tone-low" not in by_rule


@pytest.mark.parametrize(
    "odd", ["page=-3", "page=99999999999999", "sort=nope", "severity=x&state=y", "run=a", "q=%00%27"]
)
def test_odd_parameters_never_break_the_list(ciso: FlaskClient, here: str, seeds: Seeds, odd: str) -> None:
    assert ciso.get(f"{here}/findings?{odd}").status_code == 200


def test_a_page_of_the_list_takes_few_statements(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    ciso.get(f"{here}/findings")
    counts = {
        path: statements(ciso, f"{here}{path}")
        for path in ("/findings", "/findings?view=one", "/runs", "/targets", "/campaigns", "/actions", "/evidence", "")
    }
    assert {path: count for path, count in counts.items() if count > 20} == {}


def test_pages_over_every_establishment_take_few_statements(administrator: FlaskClient, seeds: Seeds) -> None:
    paths = ("/weaknesses", "/weaknesses?state=all&shared=1", "/actions", "/establishments")
    counts = {path: statements(administrator, path) for path in paths}
    assert {path: count for path, count in counts.items() if count > 20} == {}


def statements(client: FlaskClient, path: str) -> int:
    """How many SELECT a page asks for; those of other threads (a site of other tests) are not its own."""
    seen: list[str] = []
    mine = threading.get_ident()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if threading.get_ident() == mine:
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert client.get(path).status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return len([one for one in seen if one.startswith("SELECT")])


def test_one_finding_says_what_why_and_what_to_do(ciso: FlaskClient, here: str, finding: int) -> None:
    page = ciso.get(f"{here}/findings/{finding}").text
    for words in ("Ce qui a été vu", "Éléments relevés", "Que faire", "Références", "Vu pour la première fois"):
        assert words in page


def test_a_risk_is_accepted_with_its_signatory_and_shown(ciso: FlaskClient, here: str, finding: int) -> None:
    page = f"{here}/findings/{finding}"
    signed = {"reason": "Remplacement prévu", "signatory": "Jeanne Roux, directrice", "until": SOON}
    assert ciso.post(f"{page}/decision/accepted", data=signed).location == page
    text = ciso.get(page).text
    assert "Risque accepté" in text
    assert "Signé par Jeanne Roux, directrice" in text
    assert ciso.post(f"{page}/withdraw", data={"reason": "Corrigé plus tôt"}).location == page
    assert "Décision retirée" in ciso.get(page).text


def test_an_unsigned_risk_is_refused_beside_its_field(ciso: FlaskClient, here: str, finding: int) -> None:
    answer = ciso.post(f"{here}/findings/{finding}/decision/accepted", data={"reason": "Oui", "until": SOON})
    assert answer.status_code == 400
    assert 'id="accepted-signatory-wrong"' in answer.text


def test_a_director_reads_and_decides_nothing(browse: object, here: str, finding: int) -> None:
    director = browse("director")
    assert "Décider" not in director.get(f"{here}/findings/{finding}").text
    answer = director.post(f"{here}/findings/{finding}/decision/false_positive", data={"reason": "Non"})
    assert answer.status_code == 403


def test_evidence_is_escaped(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    assert "<script>" not in ciso.get(f"{here}/findings?q=<script>alert(1)</script>").text.split("</head>")[1]


def test_two_people_deciding_one_finding_lose_nothing(
    browse: Browse, here: str, platform: Platform, hospitals: Hospitals, seeds: Seeds
) -> None:
    number = list_findings(platform, MACHINE, hospitals.valley, FindingFilter()).page.lines[0].id
    page = f"{here}/findings/{number}"
    first, second = browse("ciso"), browse("administrator")
    assert 'name="seen" value="open"' in first.get(page).text
    accepted = {"reason": "Marché signé.", "signatory": "Jeanne Roux", "until": SOON, "seen": "open"}
    assert second.post(f"{page}/decision/accepted", data=accepted).status_code == 302
    typed = {"reason": "La règle se trompe.", "seen": "open"}
    refused = first.post(f"{page}/decision/false_positive", data=typed)
    assert refused.status_code == 409
    assert "administrator a changé l’état de ce constat pendant votre saisie (« risque accepté »)" in refused.text
    assert ">La règle se trompe.</textarea>" in re.sub(r">\s+", ">", refused.text)
    assert "Marché signé." in refused.text
    again = first.post(f"{page}/decision/false_positive", data={**typed, "seen": "accepted"})
    assert again.status_code == 302
