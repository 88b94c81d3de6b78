"""The outbox page: what waits for a person is counted, read, sent again or closed by choice."""

from __future__ import annotations

from dataclasses import replace

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from care.domain.mail import MailState
from care.services import outbox
from care.services.platform import Platform
from care.store.accounts import Account
from care.store.outbox import Mail
from tests.support.people import MACHINE, Hospitals
from tests.support.queries import counted
from tests.web.conftest import Browse
from tests.web.people import People
from tests.web.seeds import Seeds


def states(platform: Platform) -> dict[int, MailState]:
    with platform.database.read() as session:
        return {row.id: row.state for row in session.scalars(select(Mail))}


def test_an_uncertain_message_is_counted_in_the_navigation_and_explained(
    administrator: FlaskClient, seeds: Seeds
) -> None:
    listed = administrator.get("/outbox").text
    assert 'class="tag tone-unsure number count">1<span class="visually-hidden"> message à voir' in listed
    assert "Incertain" in listed
    shown = administrator.get(f"/outbox/{seeds.mail}").text
    assert "peut le recevoir deux fois" in shown
    assert "- Une action" in shown
    assert "Envoi interrompu." in shown


def test_it_is_sent_again_only_by_choice_with_its_identifier(
    administrator: FlaskClient, platform: Platform, seeds: Seeds
) -> None:
    before = outbox.open_mail(platform, MACHINE, seeds.mail).message_id
    assert before in administrator.get(f"/outbox/{seeds.mail}").text.replace("&lt;", "<").replace("&gt;", ">")
    administrator.post(f"/outbox/{seeds.mail}/send-again")
    after = outbox.open_mail(platform, MACHINE, seeds.mail)
    assert (after.state, after.message_id) == (MailState.WAITING, before)
    assert administrator.post(f"/outbox/{seeds.mail}/send-again").status_code == 409


def test_it_can_be_closed_instead(administrator: FlaskClient, platform: Platform, seeds: Seeds) -> None:
    administrator.post(f"/outbox/{seeds.mail}/drop")
    assert states(platform)[seeds.mail] is MailState.DROPPED
    page = administrator.get("/outbox").text
    assert "Classé sans renvoi" in page
    assert "tone-unsure number count" not in page
    assert administrator.post(f"/outbox/{seeds.mail}/send-again").status_code == 409


def test_refused_messages_leave_again_together_but_uncertain_ones_do_not(
    administrator: FlaskClient, platform: Platform, seeds: Seeds, hospitals: Hospitals
) -> None:
    with platform.database.write() as session:
        failed = [
            outbox.post(platform, session, outbox.Letter(f"a{number}@b.test", "Sujet", "Corps", hospitals.valley))
            for number in range(2)
        ]
        session.execute(update(Mail).where(Mail.id.in_(failed)).values(state=MailState.FAILED))
    assert "2 messages n’ont pas été remis" in administrator.get("/outbox").text
    answer = administrator.post("/outbox/failed/send-again", follow_redirects=True)
    assert "2 messages vont repartir." in answer.text
    now = states(platform)
    assert {now[number] for number in failed} == {MailState.WAITING}  # type: ignore[index]
    assert now[seeds.mail] is MailState.UNCERTAIN


def test_the_list_is_filtered_and_paged_with_few_queries(
    administrator: FlaskClient, platform: Platform, seeds: Seeds, hospitals: Hospitals
) -> None:
    with platform.database.write() as session:
        for number in range(120):
            letter = outbox.Letter(f"p{number}@b.test", f"Sujet {number}", "Corps", hospitals.hill)
            outbox.post(platform, session, letter)
    with counted(platform.database) as statements:
        page = administrator.get("/outbox?page=2").text
    assert len(statements) <= 20
    assert "51 à 100 sur 121" in page
    assert "1 à 1 sur 1" in administrator.get("/outbox?state=uncertain").text
    assert "Sujet 77" in administrator.get("/outbox?q=p77@").text
    assert "Aucun message ici" in administrator.get("/outbox?q=personne").text
    assert administrator.get("/outbox?state=nonsense&page=-4").status_code == 200


def test_a_trial_needs_a_relay_and_an_address_then_leaves(
    app: Flask, administrator: FlaskClient, platform: Platform, people: People
) -> None:
    assert "CARE_SMTP_HOST" in administrator.post("/outbox/trial").text
    relay = replace(platform.settings, smtp_host="relais.hopital.test")
    app.extensions["care"] = replace(platform, settings=relay)
    answer = administrator.post("/outbox/trial")
    assert answer.status_code == 409
    assert "Mon compte" in answer.text.partition("<main")[2]
    with platform.database.write() as session:
        session.get_one(Account, people.ids["administrator"]).email = "admin@hopital.test"
    administrator.post("/outbox/trial")
    (mail,) = outbox.list_mail(platform, MACHINE).page.lines
    assert (mail.recipient, mail.subject) == ("admin@hopital.test", "Essai d’envoi")


def test_only_those_who_manage_accounts_there_read_a_message(browse: Browse, seeds: Seeds) -> None:
    for who in ("ciso", "director", "stranger"):
        assert browse(who).get(f"/outbox/{seeds.mail}").status_code == 403
        assert "Boîte d’envoi" not in browse(who).get("/account").text
