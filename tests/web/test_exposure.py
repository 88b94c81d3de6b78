"""The pages of exposure: what is seen, what changed, and what proves the level."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import timedelta

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from care.services.platform import Platform
from care.services.targets import TargetDraft, add_target
from care.store.frameworks import ParameterValue
from care.store.runs import Run
from scanners.model import Gap, Severity, Text
from tests.support.audits import run_audit
from tests.support.people import Hospitals
from tests.unit.exposure import specimens as exposure
from tests.web.conftest import Browse
from tests.web.seeds import MACHINE, Seeds, SpecimenCollect

MOST_BYTES = 150_000
SEVERITIES = ("Critique", "Élevée", "Moyenne", "Faible", "Information")


@pytest.fixture
def twice(platform: Platform, seeds: Seeds) -> None:
    """The façade audited again, its first address closed meanwhile."""
    collect = platform.collect
    assert isinstance(collect, SpecimenCollect)
    closed, *others = exposure.BROKEN.hosts
    collect.facts["exposure"] = replace(exposure.BROKEN, hosts=(replace(closed, ports=(), closed=1000), *others))
    collect.clock = lambda: platform.clock.now() + timedelta(days=50)
    run_audit(platform, MACHINE, seeds.exposure)


def test_before_any_target_the_page_says_where_to_begin(
    ciso: FlaskClient, browse: Browse, hospitals: Hospitals
) -> None:
    assert "Rien n’est encore regardé" in browse("administrator").get(f"/establishments/{hospitals.far}/exposure").text


def test_the_first_audit_shows_what_is_seen_and_calls_it_new(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    answer = ciso.get(f"{here}/exposure")
    assert len(answer.data) < MOST_BYTES
    assert "C’est le premier audit" in answer.text
    director = answer.text.split('id="director-title"')[1].split("</section>")[0]
    assert "Situation critique" in director
    assert director.count("<li>") - director.count('<li><a class="tag') == 3, "three things to do, no more"
    assert "Certificats à renouveler" in answer.text
    assert "Niveau tenu dans la durée" in answer.text


@pytest.mark.parametrize(
    ("subject", "said", "unsaid"),
    [
        ("192.0.2.9:9100/tcp", "<li>192.0.2.9:9100/tcp</li>", "ne compte pas"),
        ("", "ne compte pas : Imprimante muette.", "cette paire ne l’a pas regardée"),
    ],
)
def test_what_the_pair_did_not_look_at_is_named_and_an_audit_that_cannot_name_it_does_not_count(
    ciso: FlaskClient, here: str, platform: Platform, seeds: Seeds, subject: str, said: str, unsaid: str
) -> None:
    collect, gap = platform.collect, Gap("services", Text("Imprimante muette.", "Silent printer."), True, subject)
    assert isinstance(collect, SpecimenCollect)
    collect.facts["exposure"] = replace(exposure.BROKEN, gaps=(gap,))
    with platform.database.write() as session:
        first = session.scalars(select(Run).where(Run.target_id == seeds.exposure)).one()
        assert first.collected_from is not None
        first.collected_from -= timedelta(days=50)
    run_audit(platform, MACHINE, seeds.exposure)
    held = ciso.get(f"{here}/exposure").text.split('id="held-title"')[1].split("</section>")[0]
    assert said in held
    assert unsaid not in held


def test_the_next_audit_tells_what_changed(ciso: FlaskClient, here: str, twice: None) -> None:
    page = ciso.get(f"{here}/exposure").text
    changes = page.split('id="changes-title"')[1].split("</section>")[0]
    assert "Disparu" in changes
    assert re.search(rf'href="{here}/exposure/assets/\d+"', changes)


def test_things_are_filtered_and_those_gone_are_apart(ciso: FlaskClient, here: str, twice: None) -> None:
    there = ciso.get(f"{here}/exposure/assets?kind=service").text
    gone = ciso.get(f"{here}/exposure/assets?kind=service&gone=1").text
    assert "/tcp" in there
    assert "Disparu le" in gone
    assert "Rien ici" in ciso.get(f"{here}/exposure/assets?q=introuvable").text
    assert "Rien ici" not in ciso.get(f"{here}/exposure/assets?q=443").text


def test_a_thing_has_its_traits_weaknesses_and_history(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    listed = ciso.get(f"{here}/exposure/assets?kind=address").text
    address = re.search(rf"{here}/exposure/assets/\d+", listed)
    assert address is not None
    page = ciso.get(address[0]).text
    assert "Services de cette adresse" in page
    assert "Nouveau" in page
    assert re.search(rf'href="{here}/findings/\d+"', page)


def test_a_thing_shows_what_proves_each_weakness_and_where_it_is_kept(
    ciso: FlaskClient, here: str, seeds: Seeds
) -> None:
    listed = ciso.get(f"{here}/exposure/assets?kind=service&q=443").text
    address = re.search(rf"{here}/exposure/assets/\d+", listed)
    assert address is not None
    page = ciso.get(address[0]).text
    assert "Ce qui le prouve" in page
    assert "Éléments relevés" in page
    assert re.search(rf'href="{here}/evidence/\d+">archive scellée', page)
    assert re.search(rf'href="{here}/runs/\d+">cet audit', page)


@pytest.mark.parametrize(("kind", "word"), [("name", "dans le mandat"), ("domain", "DMARC")])
def test_names_and_domains_are_things_too(ciso: FlaskClient, here: str, seeds: Seeds, kind: str, word: str) -> None:
    listed = ciso.get(f"{here}/exposure/assets?kind={kind}").text
    assert word in listed
    address = re.search(rf"{here}/exposure/assets/\d+", listed)
    assert address is not None
    assert "Historique" in ciso.get(address[0]).text


def page_shows(ciso: FlaskClient, here: str, address: str) -> bool:
    """Whether the picture and the list of the map hold an address; they agree."""
    page = ciso.get(f"{here}/exposure/map").text
    assert (f">{address}</text>" in page) is (f">{address}</a>" in page)
    return f">{address}</text>" in page


def test_what_is_not_reported_is_off_the_map_and_in_a_list_of_its_own(
    ciso: FlaskClient, here: str, seeds: Seeds, platform: Platform
) -> None:
    address = exposure.BROKEN.hosts[0].address
    assert page_shows(ciso, here, address)
    until = (platform.clock.now().date() + timedelta(days=30)).isoformat()
    sent = {"what": address, "mode": "no_report", "reason": "Leurre", "until": until}
    assert ciso.post(f"{here}/restraints/exclusions", data=sent).status_code == 302
    assert not page_shows(ciso, here, address)
    assert "ni comptée, ni sur la carte" in ciso.get(f"{here}/exposure").text
    assert f">{address}<" in ciso.get(f"{here}/exposure/assets?aside=1&kind=address").text
    assert f">{address}<" not in ciso.get(f"{here}/exposure/assets?kind=address").text


def test_the_page_says_when_the_next_audit_is_due_and_that_a_mandate_is_incomplete(
    ciso: FlaskClient, here: str, seeds: Seeds
) -> None:
    page = ciso.get(f"{here}/exposure").text
    assert "toutes les 12 heures" in page
    assert "le mandat n’a pas son document signé" in page


def test_the_list_leaves_as_a_file_that_starts_no_formula(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    answer = ciso.get(f"{here}/exposure/assets.csv?kind=service")
    assert answer.mimetype == "text/csv"
    assert "/tcp" in answer.text
    assert not any(line.startswith(("=", "+", "@")) for line in answer.text.splitlines())


def test_the_plan_goes_from_the_gravest_and_leads_to_the_sheets(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    page = ciso.get(f"{here}/exposure/plan").text
    plan = page.split('id="plan-title"')[1].split("</section>")[0]
    gravity = [
        SEVERITIES.index(one) for one in re.findall(r"</svg>(Critique|Élevée|Moyenne|Faible|Information)<", plan)
    ]
    assert gravity == sorted(gravity)
    assert len(set(gravity)) > 1
    assert 'href="/remediation/' in plan
    technical = page.split('id="technical-title"')[1]
    assert f'href="{here}/findings?rule=exposure.' in technical
    assert "adresses ou noms" in technical


def test_the_map_is_a_picture_and_a_list(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    page = ciso.get(f"{here}/exposure/map").text
    assert page.count('role="img" class="perimeter-map"') == 2, "one for a screen, one for a telephone"
    identities = re.findall(r'<title id="(perimeter-[^"]+)"', page)
    assert len(set(identities)) == 2
    listed = page.split('id="list-title"')[1]
    for host in exposure.BROKEN.hosts:
        assert (f">{host.address}</a>" in listed) is bool(host.ports or host.answers_everything)


def test_the_whole_leaves_as_a_workbook_and_as_json(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    book = ciso.get(f"{here}/exposure/export.xlsx")
    sheets = openpyxl.load_workbook(io.BytesIO(book.data)).worksheets
    assert [sheet.title for sheet in sheets] == ["Constats", "Ce qui est vu", "Plan d’action"]
    document = json.loads(ciso.get(f"{here}/exposure/export.json").data)
    assert document["schema"] == "care-exposure/1"
    counts = [len(document[name]) for name in ("findings", "things", "plan")]
    assert [sheet.max_row - 1 for sheet in sheets] == counts
    assert all(counts)
    ranks = [list(Severity).index(one["severity"]) for one in document["findings"]]
    assert ranks == sorted(ranks)
    assert sum(one["findings"] for one in document["plan"]) == sum(
        one["state"] == "open" for one in document["findings"]
    )


@pytest.mark.parametrize("page", ["", "/plan", "/map", "/export.xlsx", "/export.json"])
def test_a_stranger_sees_nothing(browse: Browse, here: str, seeds: Seeds, page: str) -> None:
    assert browse("stranger").get(f"{here}/exposure{page}").status_code == 404


@pytest.mark.parametrize("page", ["/plan", "/map", "/export.xlsx", "/export.json"])
def test_before_any_audit_pages_are_empty_and_say_so(
    browse: Browse, hospitals: Hospitals, seeds: Seeds, page: str
) -> None:
    answer = browse("administrator").get(f"/establishments/{hospitals.far}/exposure{page}")
    assert answer.status_code == 200
    said = {"/plan": "Pas encore d’audit", "/map": "Aucune adresse qui répond n’est connue"}
    assert said.get(page, "") in answer.text if answer.mimetype == "text/html" else answer.data


def test_a_target_never_audited_brings_no_good_news(
    browse: Browse, platform: Platform, hospitals: Hospitals, seeds: Seeds
) -> None:
    draft = TargetDraft("exposure", "Façade", {"targets": ["203.0.113.10"]})
    add_target(platform, MACHINE, hospitals.hill, draft)
    page = browse("administrator").get(f"/establishments/{hospitals.hill}/exposure").text
    assert "Lancer le premier audit" in page
    assert "Rien n’est apparu" not in page
    assert "Aucun certificat vu n’expire" not in page


@pytest.fixture
def narrowed(platform: Platform, seeds: Seeds) -> str:
    """The façade audited again without one of its addresses, taken out of the target."""
    collect = platform.collect
    assert isinstance(collect, SpecimenCollect)
    left, *others = exposure.BROKEN.hosts
    collect.facts["exposure"] = replace(exposure.BROKEN, hosts=tuple(others))
    collect.clock = lambda: platform.clock.now() + timedelta(days=2)
    run_audit(platform, MACHINE, seeds.exposure)
    return left.address


def test_what_no_target_leads_to_is_counted_apart_with_what_to_do(ciso: FlaskClient, here: str, narrowed: str) -> None:
    page = ciso.get(f"{here}/exposure").text
    assert "plus regardée" in page
    assert re.search(r"constats ouverts ne sont plus regardés</a> : remettez l’adresse", page)
    apart = ciso.get(f"{here}/exposure/assets?gone=unwatched&kind=address").text
    link = re.search(rf'<a class="mono nowrap" href="({here}/exposure/assets/\d+)">{narrowed}</a>', apart)
    assert link is not None
    assert "plus regardé depuis le" in apart
    assert narrowed in ciso.get(f"{here}/exposure/assets.csv?gone=unwatched").text
    thing = ciso.get(link[1]).text
    assert "Aucun audit ne regarde plus ici depuis le" in thing
    assert "remettez l’adresse ou le nom dans une cible" in thing


def test_a_finding_where_nobody_looks_any_more_says_so_and_may_be_closed_by_hand(
    ciso: FlaskClient, here: str, narrowed: str
) -> None:
    listed = ciso.get(f"{here}/findings?scanner=exposure&view=one&unwatched=1").text
    assert "Limité à ce qu’aucun audit ne regarde plus" in listed
    assert "plus regardé depuis le" in listed
    link = re.search(rf"{here}/findings/\d+", listed)
    assert link is not None
    page = ciso.get(link[0]).text
    assert "La cible ou son mandat n’y mène plus." in page
    assert f'href="{here}/targets"' in page
    ciso.post(f"{link[0]}/gone", data={"reason": "Serveur démonté en salle."})
    assert "Aucun audit ne regarde plus ici" not in ciso.get(link[0]).text
    every = ciso.get(f"{here}/findings?scanner=exposure").text
    assert re.search(r"\d+ de ces constats ne sont plus regardés", every)


def test_a_thing_that_went_mute_says_that_a_second_silence_is_wanted(
    ciso: FlaskClient, here: str, platform: Platform, seeds: Seeds
) -> None:
    collect = platform.collect
    assert isinstance(collect, SpecimenCollect)
    mute, *others = exposure.BROKEN.hosts
    silent = replace(mute, ports=(), closed=0, filtered=1000)
    collect.facts["exposure"] = replace(exposure.BROKEN, hosts=(silent, *others))
    collect.clock = lambda: platform.clock.now() + timedelta(days=2)
    run_audit(platform, MACHINE, seeds.exposure)
    listed = ciso.get(f"{here}/exposure/assets?kind=address").text
    assert "muet le" in listed
    link = re.search(rf'<a class="mono nowrap" href="({here}/exposure/assets/\d+)">{mute.address}</a>', listed)
    assert link is not None
    assert "que si l’audit suivant n’entend rien non plus" in ciso.get(link[1]).text


def test_a_level_that_is_no_longer_held_is_said_with_what_breaks_it(
    ciso: FlaskClient, here: str, platform: Platform, twice: None
) -> None:
    with platform.database.write() as session:
        known = {"source": "Annexe de l’arrêté", "entered_at": platform.clock.now(), "entered_by": "tests"}
        session.add(ParameterValue(framework="care-d1", parameter="max_open_critical", value="0", **known))
    held = ciso.get(f"{here}/exposure").text.split('id="held-title"')[1].split("</section>")[0]
    assert re.search(r"a laissé \d+ constats critiques ouverts : le niveau n’est pas tenu", held)
