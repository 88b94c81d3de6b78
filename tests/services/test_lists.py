"""Lists of other tools: shown before they count, columns named once, taken back, forgotten, handed to audits."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from sqlalchemy import func, select

from care.domain.access import Level, Role, Scope
from care.domain.findings import Change, Written
from care.domain.jobs import JobKind, Lane
from care.services import jobs, work
from care.services.action_query import today
from care.services.audits import Judged, record_judged
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.lists import bringing, content
from care.services.lists.bringing import ListLine, Origin, Sent
from care.services.platform import Platform
from care.services.remote_access.handing import handed_over
from care.services.remote_access.listed import lists_for
from care.services.remote_access.own_audit import ask_check
from care.services.remote_access.own_target import own_target
from care.services.remote_access.register import REGISTER, AccessDraft
from care.services.targets import TargetDraft, add_target
from care.services.work import Hold
from care.store.findings import FindingRow, SightingRow
from care.store.jobs import Schedule
from care.store.lists import BroughtList
from care.store.runs import RuleOutcome, Run
from care.store.targets import Target
from care.store.trail import TrailEvent
from scanners.catalog import rules_of
from scanners.collect import Context
from scanners.lists.kinds import ListKind
from scanners.lists.reading import ListFile, read_list
from scanners.model import Status
from scanners.remote_access.collect import Request, collect, target_name
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.listed import NOTHING_LISTED, Listed, ListedAccount, RemoteList
from scanners.result import AuditResult
from scanners.runner import run_rules
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
        assert bringing.files_for(platform, session, hospitals.valley, "remote_access", former=True) == []
    assert [(one["kind"], one["name"], one["zone"]) for one in given] == [
        ("accounts", "comptes.csv", "Europe/Paris"),
        ("tickets", "comptes.csv", "Europe/Paris"),
    ]
    file = ListFile(ListKind.ACCOUNTS, given[0]["name"], given[0]["path"], given[0]["mapping"])
    assert read_list(file).lines == 2


def bastion(platform: Platform, hospitals: Hospitals, host: str) -> int:
    draft = TargetDraft("remote_access", host, {"bastion": f"audit@{host}", "known_hosts": ""})
    return add_target(platform, MACHINE, hospitals.valley, draft)


@both
def test_lists_are_judged_at_the_target_the_platform_makes_for_them(platform: Platform, hospitals: Hospitals) -> None:
    bastions = [bastion(platform, hospitals, host) for host in ("un.test", "deux.test")]
    bringing.confirm(platform, MACHINE, plant_list(platform, hospitals.valley, "Nom\nPC-1\n", ListKind.INVENTORY))
    with platform.database.read() as session:
        assert own_target(session, hospitals.valley) is None  # machines are of the audit of workstations
    bringing.confirm(platform, MACHINE, plant_list(platform, hospitals.valley))
    with platform.database.read() as session:
        own = own_target(session, hospitals.valley)
        assert own is not None
        targets = [session.get_one(Target, one) for one in (*bastions, own.id)]
        assert [len(lists_for(platform, session, one)) for one in targets] == [0, 0, 1]
        assert len(session.scalars(select(Schedule).where(Schedule.target_id == own.id)).all()) == 1
        own_id = own.id
    started = ask_check(platform, ciso(hospitals), hospitals.valley)  # without a line in the register
    assert started is not None
    with platform.database.write() as session:  # as an older version left it: lists, and no target of their own
        session.get_one(Target, own_id).archived_at = platform.clock.now()
    with platform.database.read() as session:
        first, second = (session.get_one(Target, one) for one in bastions)
        assert [len(lists_for(platform, session, one)) for one in (first, second)] == [1, 0]


@both
def test_without_a_line_the_register_is_not_said_to_be_judged(platform: Platform, hospitals: Hospitals) -> None:
    bringing.confirm(platform, MACHINE, plant_list(platform, hospitals.valley))
    with platform.database.read() as session:
        own = own_target(session, hospitals.valley)
        assert own is not None
        lists = lists_for(platform, session, own)
        given = handed_over(platform, session, hospitals.valley, {}, with_lists=True)
    asked = TypeAdapter(Request).validate_python({**given, "lists": lists})
    facts = collect(asked, Context({}, lambda _share, _text: None, platform.clock.now()))
    assert target_name(asked) == "Registre des accès distants"
    said = {one.rule.id: one.status for one in run_rules(rules_of("remote_access"), facts)}
    assert said["remote_access.listed_single_factor"] is Status.FAILED
    assert (
        said["remote_access.session_without_ticket"] is Status.NOT_ASSESSABLE
    )  # no log was brought: its place says so
    assert not [rule for rule in said if rule.startswith("remote_access.register_")]


@both
def test_the_accounts_of_the_last_access_that_ended_are_looked_for(platform: Platform, hospitals: Hospitals) -> None:
    draft = AccessDraft("Acme", "Scanner", accounts=("tm_acme",))
    number = REGISTER.add(platform, MACHINE, hospitals.valley, draft)
    REGISTER.close(platform, MACHINE, number, today(platform) - timedelta(days=1), 1)
    with platform.database.read() as session:
        given = handed_over(platform, session, hospitals.valley, {}, with_lists=True)
    facts = collect(
        TypeAdapter(Request).validate_python(given), Context({}, lambda _share, _text: None, platform.clock.now())
    )
    account = ListedAccount(2, "tm_acme", "Acme", enabled=True)
    listed = Listed((RemoteList("listed_accounts", "vpn.csv", ("account", "company"), 1, 1),), (account,))
    said = {one.rule.id: one for one in run_rules(rules_of("remote_access"), replace(facts, listed=listed))}
    assert said["remote_access.listed_to_close"].findings[0].subject == "vpn/tm_acme"
    assert said["remote_access.register_review"].status is Status.NOT_ASSESSABLE


def recorded(platform: Platform, hospitals: Hospitals, target_id: int, *accounts: str) -> Written:
    """An audit of a target that was given a list of these accounts, none of them with a second factor; of no list at
    all without accounts."""
    now = platform.clock.now()
    columns = ("account", "company", "second_factor")
    listed = Listed(
        (RemoteList("listed_accounts", "comptes.csv", columns, len(accounts), len(accounts), now.date()),),
        tuple(ListedAccount(line, name, "Medimage", second_factor=False) for line, name in enumerate(accounts, 2)),
    )
    facts = RemoteAccessFacts(now, "192.0.2.1", "audit", listed=listed if accounts else NOTHING_LISTED)
    outcomes = run_rules(rules_of("remote_access"), facts)
    result = AuditResult("remote_access", f"cible {target_id}", now, now, "0" * 64, outcomes, ())
    with platform.database.write() as session:
        run = Run(
            establishment_id=hospitals.valley,
            target_id=target_id,
            scanner="remote_access",
            asked_at=now,
            asked_by="tests",
            perimeter=result.target,
        )
        session.add(run)
        session.flush()
        return record_judged(platform, session, run, Judged(facts, result, (), None), now)


def standing(platform: Platform) -> dict[str, tuple[str, list[int]]]:
    """The state of what was found of accounts without a second factor, and the targets that see it."""
    with platform.database.read() as session:
        found = session.scalars(select(FindingRow).where(FindingRow.rule == "remote_access.listed_single_factor"))
        return {
            one.subject: (
                one.state.value,
                list(session.scalars(select(SightingRow.target_id).where(SightingRow.finding_id == one.id))),
            )
            for one in found
        }


@both
def test_what_was_seen_in_lists_moves_with_them(platform: Platform, hospitals: Hospitals, clock: FixedClock) -> None:
    former, other = (bastion(platform, hospitals, host) for host in ("un.test", "deux.test"))
    assert recorded(platform, hospitals, former, "tm_a", "tm_b", "tm_c").counts[Change.NEW] >= 3
    seen = {f"vpn/tm_{one}": ("open", [former]) for one in "abc"}
    assert standing(platform) == seen
    clock.forward(days=1)
    recorded(platform, hospitals, other)  # given no list: it says nothing of them
    assert standing(platform) == seen
    bringing.confirm(platform, MACHINE, plant_list(platform, hospitals.valley))
    with platform.database.read() as session:
        own = own_target(session, hospitals.valley)
        assert own is not None
        place = own.id
    written = recorded(platform, hospitals, place, "tm_b", "tm_c")
    assert (written.counts[Change.NEW], written.counts[Change.BACK]) == (0, 0)  # it moved, nothing is news
    assert standing(platform) == {
        "vpn/tm_a": ("fixed", [place]),
        "vpn/tm_b": ("open", [place]),
        "vpn/tm_c": ("open", [place]),
    }
    clock.forward(days=1)
    recorded(platform, hospitals, former, "tm_a", "tm_b")  # an older worker still gave it a list
    assert standing(platform)["vpn/tm_a"] == ("open", [former])
    clock.forward(days=1)
    recorded(platform, hospitals, place, "tm_b")
    assert {subject: state for subject, (state, _) in standing(platform).items()} == {
        "vpn/tm_a": "fixed",
        "vpn/tm_b": "open",
        "vpn/tm_c": "fixed",
    }


@both
def test_a_requirement_reads_where_the_lists_are(platform: Platform, hospitals: Hospitals, clock: FixedClock) -> None:
    """A bastion beside the place of lists leaves no doubt on what the lists say."""
    bringing.confirm(platform, MACHINE, plant_list(platform, hospitals.valley))
    with platform.database.read() as session:
        own = own_target(session, hospitals.valley)
        assert own is not None
        place = own.id
    recorded(platform, hospitals, place, "tm_a")
    clock.forward(days=1)
    recorded(platform, hospitals, bastion(platform, hospitals, "un.test"))
    with platform.database.read() as session:
        rows = session.execute(select(RuleOutcome.rule, RuleOutcome.status))
        told = [status for rule, status in rows if rule == "remote_access.listed_single_factor"]
    assert told == [Status.FAILED]


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


def test_an_audit_is_given_the_list_before_as_well(platform: Platform, hospitals: Hospitals) -> None:
    for name in ("avant.csv", "apres.csv"):
        plant_list(platform, hospitals.valley, "Job;Début;Statut\nDPI;2026-03-09;OK\n", ListKind.BACKUP_JOBS, name)
    for one in bringing.list_lists(platform, MACHINE, hospitals.valley):
        for line in reversed(one.lists):
            bringing.confirm(platform, MACHINE, line.id)
    with platform.database.read() as session:
        now = bringing.files_for(platform, session, hospitals.valley, "backup")
        former = bringing.files_for(platform, session, hospitals.valley, "backup", former=True)
    assert [one["name"] for one in (*now, *former)] == ["apres.csv", "avant.csv"]


VEEAM = "JobName;JobTypeString;CreationTime;Result\nSauvegarde DPI;VMware Backup;2026-03-09 22:00;Success\n"
PROXMOX = (
    '[{"worker_id": "baie1:vm/100", "worker_type": "backup", "starttime": 1773086400, "status": "OK", "upid": "U"}]'
)


def of_jobs(platform: Platform, hospitals: Hospitals) -> list[tuple[str, str]]:
    """The lists of jobs that count: tool and file."""
    with platform.database.read() as session:
        rows = bringing.counting_lists(session, hospitals.valley, ListKind.BACKUP_JOBS)
        return [(row.origin, row.name) for row in rows]


def bring_jobs(platform: Platform, hospitals: Hospitals, text: str, name: str, origin: Origin | None = None) -> int:
    brought = plant_list(platform, hospitals.valley, text, ListKind.BACKUP_JOBS, name)
    bringing.confirm(platform, MACHINE, brought, origin=origin)
    return brought


@both
def test_a_list_of_jobs_counts_for_each_tool_with_the_one_before(platform: Platform, hospitals: Hospitals) -> None:
    for text, name in ((VEEAM, "v1.csv"), (PROXMOX, "pbs.json"), (VEEAM, "v2.csv")):
        bring_jobs(platform, hospitals, text, name)
    assert of_jobs(platform, hospitals) == [("Proxmox", "pbs.json"), ("Veeam", "v2.csv")]
    with platform.database.read() as session:
        now = bringing.files_for(platform, session, hospitals.valley, "backup")
        former = bringing.files_for(platform, session, hospitals.valley, "backup", former=True)
    assert [(one["origin"], one["name"]) for one in now] == [("Proxmox", "pbs.json"), ("Veeam", "v2.csv")]
    assert [(one["origin"], one["name"]) for one in former] == [("Veeam", "v1.csv")]


def test_two_consoles_of_one_tool_are_told_apart_by_their_name(platform: Platform, hospitals: Hospitals) -> None:
    first = bring_jobs(platform, hospitals, VEEAM, "a.csv", Origin(" Veeam  site A "))
    with pytest.raises(Refused):
        bring_jobs(platform, hospitals, VEEAM, "x.csv", Origin("veeam site a"))
    bring_jobs(platform, hospitals, VEEAM, "b.csv", Origin("Veeam site B"))
    again = bring_jobs(platform, hospitals, VEEAM, "a2.csv", Origin("autre", replaces=first))
    assert of_jobs(platform, hospitals) == [("Veeam site A", "a2.csv"), ("Veeam site B", "b.csv")]
    bringing.take_back(platform, MACHINE, again)
    assert of_jobs(platform, hospitals) == [("Veeam site A", "a.csv"), ("Veeam site B", "b.csv")]


def test_a_list_that_named_no_tool_takes_the_name_of_the_one_after_it(platform: Platform, hospitals: Hospitals) -> None:
    first = bring_jobs(platform, hospitals, "Job;Début;Statut\nDPI;2026-03-09;OK\n", "avant.csv")
    assert of_jobs(platform, hospitals) == [("", "avant.csv")]
    with pytest.raises(Refused):
        bring_jobs(platform, hospitals, VEEAM, "x.csv", Origin(""))
    bring_jobs(platform, hospitals, VEEAM, "apres.csv", Origin("NAS", replaces=first))
    assert of_jobs(platform, hospitals) == [("NAS", "apres.csv")]
    with platform.database.read() as session:
        former = bringing.files_for(platform, session, hospitals.valley, "backup", former=True)
    assert [one["name"] for one in former] == ["avant.csv"]


def test_no_more_tools_than_hospitals_have(
    platform: Platform, hospitals: Hospitals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bringing, "MOST_ORIGINS", 1)
    bring_jobs(platform, hospitals, VEEAM, "a.csv", Origin("A"))
    with pytest.raises(Refused):
        bring_jobs(platform, hospitals, VEEAM, "b.csv", Origin("B"))
