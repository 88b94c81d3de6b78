"""Lists of other tools: shown before they count, columns named once, taken back, forgotten, handed to audits."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from care.domain.access import Level, Role, Scope
from care.domain.jobs import JobKind, Lane
from care.services import jobs, work
from care.services.action_query import today
from care.services.audits import _lists
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.lists import bringing, content
from care.services.lists.bringing import ListLine, Sent
from care.services.platform import Platform
from care.services.targets import TargetDraft, add_target
from care.services.work import Hold
from care.store.lists import BroughtList
from care.store.targets import Target
from care.store.trail import TrailEvent
from scanners.lists.kinds import ListKind
from scanners.lists.reading import ListFile, read_list
from tests.support.audits import claimed
from tests.support.clock import FixedClock
from tests.support.people import MACHINE, Hospitals, person
from tests.web.lists import ACCOUNTS, plant_list

both = pytest.mark.both_databases
TICKETS = "Ticket;Fournisseur;Ouvert le\nI-1;Medimage;2026-01-01\n"


def ciso(hospitals: Hospitals) -> Scope:
    return person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)


def current(platform: Platform, hospitals: Hospitals, kind: ListKind = ListKind.ACCOUNTS) -> ListLine | None:
    kinds = bringing.list_lists(platform, ciso(hospitals), hospitals.valley)
    return next(one.current for one in kinds if one.kind is kind)


def folders(platform: Platform) -> list[Path]:
    return sorted((platform.settings.evidence_dir / ".lists").glob("*"))


@both
def test_a_list_counts_once_it_is_confirmed(platform: Platform, hospitals: Hospitals) -> None:
    who = ciso(hospitals)
    brought = plant_list(platform, hospitals.valley)
    assert current(platform, hospitals) is None
    seen = bringing.open_preview(platform, who, brought)
    assert (seen.lines, seen.refused, seen.faults, seen.difference) == (2, "", 1, None)
    assert seen.shown_columns == ("compte", "société", "second facteur", "dernière connexion", "actif")
    assert seen.shown[0] == ("tm_imagerie", "Medimage", "non", "2026-01-01", "oui")
    assert "ligne 3 : 1 valeur(s) de la colonne « second facteur »" in seen.told[0]
    bringing.confirm(platform, who, brought)
    line = current(platform, hospitals)
    assert line is not None
    assert (line.id, line.lines, line.counts) == (brought, 2, True)
    with pytest.raises(Refused, match="already confirmed"):
        bringing.confirm(platform, who, brought)
    with platform.database.read() as session:
        events = list(session.scalars(select(TrailEvent).where(TrailEvent.thing_kind == "list")))
    assert [(one.action, one.detail["lines"]) for one in events] == [("list.brought", 2)]


@both
def test_the_former_one_counts_again(platform: Platform, hospitals: Hospitals) -> None:
    who = ciso(hospitals)
    first = plant_list(platform, hospitals.valley)
    bringing.confirm(platform, who, first)
    second = plant_list(platform, hospitals.valley, ACCOUNTS.replace("tm_pharma", "tm_labo"), name="b.csv")
    difference = bringing.open_preview(platform, who, second).difference
    assert difference is not None
    assert (difference.new_names, difference.gone_names) == (("tm_labo",), ("tm_pharma",))
    bringing.confirm(platform, who, second)
    assert (line := current(platform, hospitals)) is not None
    assert line.id == second
    bringing.take_back(platform, who, second)
    assert (line := current(platform, hospitals)) is not None
    assert line.id == first
    bringing.forget(platform, who, first)
    assert current(platform, hospitals) is None
    assert len(folders(platform)) == 1
    with pytest.raises(NotFound):
        bringing.open_preview(platform, who, first)


@both
def test_columns_are_named_once(platform: Platform, hospitals: Hospitals) -> None:
    who = ciso(hospitals)
    text = "Matricule;Boîte;Société\na;x;Medimage\n"
    brought = plant_list(platform, hospitals.valley, text)
    seen = bringing.open_preview(platform, who, brought)
    assert "il manque : compte" in seen.refused
    assert seen.headers == ("Matricule", "Boîte", "Société")
    assert seen.unknown == ("Matricule", "Boîte")
    with pytest.raises(Refused):
        bringing.confirm(platform, who, brought)
    with pytest.raises(Invalid) as wrong:
        bringing.choose_columns(platform, who, brought, {"account": "Autre"})
    assert set(wrong.value.fields) == {"account"}
    bringing.choose_columns(platform, who, brought, {"account": "Matricule", "company": "Boîte", "group": ""})
    seen = bringing.open_preview(platform, who, brought)
    assert (seen.refused, seen.shown) == ("", (("a", "x"),))
    bringing.confirm(platform, who, brought, " Pare-feu ")
    again = plant_list(platform, hospitals.valley, "Société;Matricule;Boîte\nMedimage;b;y\n")
    seen = bringing.open_preview(platform, who, again)
    assert (seen.mapping_name, seen.shown) == ("Pare-feu", (("b", "y"),))
    elsewhere = plant_list(platform, hospitals.hill, text)
    assert bringing.open_preview(platform, MACHINE, elsewhere).mapping_name == ""


def test_what_cannot_be_read_is_not_kept(platform: Platform, hospitals: Hospitals, monkeypatch: Any) -> None:
    for raw, said in ((b"", "Choisissez"), (b"%PDF-1.7", "un document PDF"), (b"\x01\0\x02\x03\x04;\n", "octet nul")):
        sent = Sent(ListKind.ACCOUNTS, "x.csv", io.BytesIO(raw), today(platform))
        with pytest.raises(Invalid) as refusal:
            bringing.bring(platform, ciso(hospitals), hospitals.valley, sent)
        assert said in refusal.value.fields["file"].fr
    late = Sent(ListKind.ACCOUNTS, "x.csv", io.BytesIO(b"a"), today(platform) + timedelta(days=1))
    with pytest.raises(Invalid) as refusal:
        bringing.bring(platform, ciso(hospitals), hospitals.valley, late)
    assert "made_on" in refusal.value.fields
    monkeypatch.setattr(content, "MAX_BYTES", 10)
    with pytest.raises(Invalid):
        plant_list(platform, hospitals.valley)
    monkeypatch.undo()
    monkeypatch.setattr(bringing, "MOST_DRAFTS", 1)
    plant_list(platform, hospitals.valley)
    with pytest.raises(Refused):
        plant_list(platform, hospitals.valley)
    assert len(folders(platform)) == 1


def test_giving_up_leaves_nothing(platform: Platform, hospitals: Hospitals) -> None:
    brought = plant_list(platform, hospitals.valley)
    with pytest.raises(Refused):
        bringing.forget(platform, ciso(hospitals), brought)
    bringing.take_back(platform, ciso(hospitals), brought)
    assert folders(platform) == []
    with platform.database.read() as session:
        assert session.scalar(select(func.count()).select_from(BroughtList)) == 0


def test_strangers_and_readers(platform: Platform, hospitals: Hospitals) -> None:
    brought = plant_list(platform, hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    asks: tuple[Callable[[Platform, Scope, int], object], ...] = (
        bringing.open_preview,
        bringing.find_list,
        bringing.confirm,
        bringing.take_back,
        bringing.forget,
        bringing.faults_csv,
    )
    for ask in asks:
        for who in (stranger, director):
            with pytest.raises((NotFound, Forbidden)):
                ask(platform, who, brought)
    assert bringing.list_lists(platform, director, hospitals.valley)
    with pytest.raises(NotFound):
        bringing.list_lists(platform, stranger, hospitals.valley)


def test_values_not_understood_are_safe_in_a_spreadsheet(platform: Platform, hospitals: Hospitals) -> None:
    brought = plant_list(platform, hospitals.valley, ACCOUNTS.replace("peut-être", "=cmd|' /C calc'!A0"))
    said = bringing.faults_csv(platform, ciso(hospitals), brought).decode("utf-8-sig").splitlines()
    assert said == ["Ligne;Colonne;Valeur non comprise", "3;second facteur;cmd|' /C calc'!A0"]


@both
def test_an_audit_is_given_the_lists_that_count(platform: Platform, hospitals: Hospitals) -> None:
    for text, kind in ((ACCOUNTS, ListKind.ACCOUNTS), (TICKETS, ListKind.TICKETS)):
        bringing.confirm(platform, MACHINE, plant_list(platform, hospitals.valley, text, kind))
    plant_list(platform, hospitals.valley, "Nom\nPC-1\n", ListKind.INVENTORY)
    with platform.database.read() as session:
        given = bringing.files_for(platform, session, hospitals.valley, "remote_access")
        assert bringing.files_for(platform, session, hospitals.valley, "workstations") == []
        assert bringing.files_for(platform, session, hospitals.hill, "remote_access") == []
    assert [(one["kind"], one["name"], one["zone"]) for one in given] == [
        ("accounts", "comptes.csv", "Europe/Paris"),
        ("tickets", "comptes.csv", "Europe/Paris"),
    ]
    file = ListFile(ListKind.ACCOUNTS, given[0]["name"], given[0]["path"], given[0]["mapping"])
    assert read_list(file).lines == 2


def test_one_target_is_given_them(platform: Platform, hospitals: Hospitals) -> None:
    bringing.confirm(platform, MACHINE, plant_list(platform, hospitals.valley))
    ids = []
    for host in ("un.test", "deux.test"):
        request = {"bastion": f"audit@{host}", "known_hosts": ""}
        draft = TargetDraft("remote_access", host, request)
        ids.append(add_target(platform, MACHINE, hospitals.valley, draft))
    with platform.database.read() as session:
        first, second = (session.get_one(Target, one) for one in ids)
        assert [len(_lists(platform, session, one)) for one in (first, second)] == [1, 0]


def test_contents_are_forgotten_in_time(platform: Platform, hospitals: Hospitals, clock: FixedClock) -> None:
    kept = plant_list(platform, hospitals.valley)
    bringing.confirm(platform, MACHINE, kept)
    plant_list(platform, hospitals.valley, name="jamais.csv")

    def purge() -> None:
        with platform.database.write() as session:
            jobs.submit(platform, session, jobs.Order(JobKind.PURGE), "tests")
        claim = claimed(platform, Lane.SERVICE)
        work.purge(platform, Hold(platform, claim))

    clock.forward(days=2)
    purge()
    assert len(folders(platform)) == 1
    clock.forward(days=365)
    purge()
    assert folders(platform) == []
    with platform.database.read() as session:
        (row,) = session.scalars(select(BroughtList))
    assert (row.id, row.folder, row.lines) == (kept, "", 2)
