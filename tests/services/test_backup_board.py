"""The board of backups: what each system is worth, what to do first, who is told that a PDMA is exceeded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from care.domain.access import Level, Place, Role, Scope
from care.domain.backups import Medium, RestoreOutcome
from care.domain.deadlines import DeadlineKind
from care.services.action_query import today
from care.services.backups import reading
from care.services.backups.advice import Known, advice
from care.services.backups.handing import inventory_of
from care.services.backups.inventory import COPIES, SYSTEMS, CopyDraft, SystemDraft
from care.services.backups.reading import BoardFilter
from care.services.backups.targets import last_read
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.errors import NotFound
from care.services.measured import measures_of
from care.services.platform import Platform
from care.store.backups import BackupBreach, BackupCopy, BackupReading, BackupSystem
from care.store.continuity import Resource
from care.store.outbox import Mail
from care.store.targets import Target
from scanners.backup.account import account
from scanners.backup.facts import BackupFacts, Check, Copy, Plan, Protection, System
from scanners.backup.facts import Place as ProductionPlace
from scanners.backup.fresh import By, Fresh, LastGood
from scanners.backup.jobs import History, JobRun
from scanners.backup.strategy import dated_ahead
from tests.support.alerts import add_person
from tests.support.backups import BackupAudits, PlantedBackups, plant_backups, repository
from tests.support.clock import FixedClock
from tests.support.continuity import plant_resource
from tests.support.people import MACHINE, Hospitals, person
from tests.unit.backup.specimens import MEMORY, history, nightly, runs_of

both = pytest.mark.both_databases
DAY = date(2026, 3, 9)
FRENCH = replace(MACHINE, lang="fr")


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedBackups:
    return plant_backups(platform, hospitals.valley)


@pytest.fixture
def audits(platform: Platform, clock: FixedClock) -> BackupAudits:
    return BackupAudits(platform, clock)


def told(platform: Platform, hospitals: Hospitals) -> list[tuple[str, str, str]]:
    board = reading.read_board(platform, FRENCH, hospitals.valley)
    return [(one.name, one.advice.state, one.first) for one in board.lines]


@both
def test_without_any_measure_nothing_is_in_order(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    board = reading.read_board(platform, FRENCH, hospitals.valley)
    assert [(one.name, one.advice.state) for one in board.lines] == [
        ("Paie", "danger"),
        ("Laboratoire", "watch"),
        ("DPI", "word"),
    ]
    assert board.lines[0].first == "Aucune copie : mettez ce système en sauvegarde."
    assert board.lines[1].first.startswith("Toutes les copies tombent avec le bâtiment")
    assert (board.counts["danger"], board.late_steps, board.read_at, board.followed) == (1, 1, None, True)


@both
def test_a_measured_system_is_in_order_until_its_backup_ages(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups, audits: BackupAudits, clock: FixedClock
) -> None:
    target = audits.target(hospitals.valley)
    audits.run(target, repository(clock.now()))
    dpi = told(platform, hospitals)[-1]
    assert dpi == ("DPI", "good", "Rien à faire.")
    clock.forward(hours=30)
    name, state, first = next(one for one in told(platform, hospitals) if one[0] == "DPI")
    assert (name, state) == ("DPI", "danger")
    assert first.startswith("Dernière bonne sauvegarde il y a 1 j")


@pytest.mark.parametrize(
    ("changes", "state", "words"),
    [
        ({"snapshots": ()}, "danger", "Aucune sauvegarde utilisable"),
        ({"check": Check(False, 1, 1, 1.0)}, "danger", "endommagée"),
        ({"opened": False, "snapshots": (), "check": None, "restore": None}, "word", "n’a pas été lu"),
    ],
)
def test_what_the_repository_tells_decides(
    platform: Platform,
    hospitals: Hospitals,
    planted: PlantedBackups,
    audits: BackupAudits,
    clock: FixedClock,
    changes: dict[str, Any],
    state: str,
    words: str,
) -> None:
    audits.run(audits.target(hospitals.valley), repository(clock.now(), **changes))
    _name, found, first = next(one for one in told(platform, hospitals) if one[0] == "DPI")
    assert found == state
    assert words in first


@both
def test_a_pdma_exceeded_is_told_once_and_its_end_once(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups, audits: BackupAudits, clock: FixedClock
) -> None:
    relayed = replace(
        platform, settings=replace(platform.settings, smtp_host="relay.test", smtp_from="care@hopital.test")
    )
    add_person(relayed, MACHINE, "rssi", Role.CISO, Place(Level.ESTABLISHMENT, hospitals.valley))
    add_person(relayed, MACHINE, "voisin", Role.CISO, Place(Level.ESTABLISHMENT, hospitals.hill))
    audits = BackupAudits(relayed, clock)
    target, counts = audits.target(hospitals.valley), []
    unread = {"opened": False, "snapshots": (), "check": None, "restore": None}
    seen: tuple[tuple[float, dict[str, Any]], ...] = (
        (4, {}), (30, {}), (31, {}), (32, unread), (33, {}), (2, {}), (3, {}), (40, {}),
    )  # fmt: skip
    for hours, changes in seen:
        audits.run(target, repository(clock.now(), hours, **changes))
        with platform.database.read() as session:
            counts.append(len(session.scalars(select(Mail.id)).all()))
    assert counts == [0, 1, 1, 1, 1, 2, 2, 3]
    with platform.database.read() as session:
        letters = session.scalars(select(Mail).order_by(Mail.id)).all()
        assert {one.recipient for one in letters} == {"rssi@example.org"}
        assert letters[0].subject == "Sauvegardes en retard (1) : Hôpital de la Vallée"
        assert "DPI : 1 j 7 h, pour une PDMA de 1 j" in letters[0].body
        assert letters[1].subject == "Sauvegardes revenues à temps (1) : Hôpital de la Vallée"
        breaches = session.scalars(select(BackupBreach).order_by(BackupBreach.id)).all()
        assert [one.ended_at is None for one in breaches] == [False, True]


def test_a_pdma_that_is_erased_is_no_return_to_normal(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups, clock: FixedClock
) -> None:
    relayed = replace(
        platform, settings=replace(platform.settings, smtp_host="relay.test", smtp_from="care@hopital.test")
    )
    add_person(relayed, MACHINE, "rssi", Role.CISO, Place(Level.ESTABLISHMENT, hospitals.valley))
    audits = BackupAudits(relayed, clock)
    target = audits.target(hospitals.valley)
    audits.run(target, repository(clock.now(), 30))
    view = reading.open_system(platform, FRENCH, planted.good)
    SYSTEMS.change(platform, MACHINE, planted.good, replace(view.draft, pdma_minutes=None), view.version)
    audits.run(target, repository(clock.now(), 30))
    with platform.database.read() as session:
        assert len(session.scalars(select(Mail.id)).all()) == 1
        assert session.scalars(select(BackupBreach)).one().ended_at is not None


def test_the_trend_compares_with_some_weeks_ago(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups, audits: BackupAudits, clock: FixedClock
) -> None:
    target = audits.target(hospitals.valley)
    audits.run(target, repository(clock.now(), snapshots=()))
    assert all(one.trend is None for one in reading.read_board(platform, FRENCH, hospitals.valley).lines)
    clock.forward(days=6)
    audits.run(target, repository(clock.now()))
    with platform.database.read() as session:
        assert len(session.scalars(select(BackupReading.id)).all()) == 6
    board = reading.read_board(platform, FRENCH, hospitals.valley)
    dpi = next(one for one in board.lines if one.name == "DPI")
    assert (dpi.met, dpi.trend) == (5, 1)


@both
def test_what_was_measured_goes_to_the_resource_that_the_system_is(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups, audits: BackupAudits, clock: FixedClock
) -> None:
    chosen = plant_resource(platform, hospitals.valley, "Logiciel de soins")
    namesake = plant_resource(platform, hospitals.valley, "DPI")
    target = audits.target(hospitals.valley)
    with platform.database.write() as session:
        session.get_one(Resource, namesake).target_id = target

    def measured() -> dict[int, list[tuple[str, int]]]:
        with platform.database.read() as session:
            found = measures_of(platform, session, hospitals.valley)
        return {number: [(one.what, one.minutes) for one in ones] for number, ones in found.items()}

    clock.forward(hours=1)
    audits.run(target, repository(clock.now()), hours=0)
    told = [("restore", 360), ("data_loss", 240)]
    assert measured() == {namesake: told}
    view = reading.open_system(platform, FRENCH, planted.good)
    SYSTEMS.change(platform, MACHINE, planted.good, replace(view.draft, resource_id=chosen), view.version)
    assert measured() == {chosen: told}


def test_a_system_is_explained_copy_by_copy(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups, audits: BackupAudits, clock: FixedClock
) -> None:
    copy = reading.open_copy(platform, FRENCH, planted.disk)
    COPIES.change(platform, MACHINE, planted.disk, replace(copy.draft, immutable=True), copy.version)
    audits.run(
        audits.target(hospitals.valley),
        repository(clock.now(), encryption="none", tool="borg", protection=Protection("append_only")),
    )
    view = reading.open_system(platform, FRENCH, planted.good)
    tape, disk = view.copies
    assert (disk.told.ground, disk.told.immutable, disk.told.encrypted) == ("measured", "contradicted", "contradicted")
    assert disk.points == 40
    assert (tape.told.ground, tape.told.immutable, tape.points) == ("dated", "declared", None)


@pytest.mark.parametrize(
    ("age", "by", "state"),
    [(24 * 60, "", "watch"), (24 * 60 + 1, "", "danger"), (24 * 60 + 1, "job", "watch"), (None, "", "watch")],
)
def test_a_date_that_somebody_gave_ages_too(age: int | None, by: By, state: str) -> None:
    """A date that somebody gave speaks where nothing else does."""
    copy = Copy("bande", "tape", "Bâtiment B", last_success=DAY)
    system = System("Paie", ProductionPlace("Bâtiment A", "disk"), (copy,))
    facts = BackupFacts(Plan(1, "Hôpital", (system,)), (), None, datetime(2026, 3, 10, tzinfo=UTC))
    good = LastGood(None, by, "unsure", facts.collected_at)
    known = Known(account(facts, system), good, None, 24 * 60, None, DAY, told_age=age)
    assert advice(known).state == state


@pytest.mark.parametrize(
    ("day", "words"), [(date(2019, 3, 9), "trop ancienne pour compter"), (date(2026, 4, 9), "datée dans le futur")]
)
def test_a_copy_that_does_not_count_is_named_first(day: date, words: str) -> None:
    sound = Copy("disque", "nas", "Bâtiment B", offline=True, last_success=DAY)
    copies = (sound, replace(sound, name="bande", medium="tape"), replace(sound, name="vieille", last_success=day))
    system = System("Paie", ProductionPlace("Bâtiment A", "disk"), copies)
    facts = BackupFacts(Plan(1, "Hôpital", (system,)), (), None, datetime(2026, 3, 10, tzinfo=UTC))
    told = advice(Known(account(facts, system), Fresh(facts).last_good(system), None, 24 * 60, None, DAY))
    assert told.state == "watch"
    assert told.first.fr.startswith("La copie « vieille »")
    assert words in told.first.fr


UNREAD: dict[str, Any] = {"opened": False, "snapshots": (), "check": None, "restore": None, "memory": None}


def relayed(platform: Platform, hospitals: Hospitals) -> Platform:
    """A platform that sends letters, with one person to write to."""
    sending = replace(
        platform, settings=replace(platform.settings, smtp_host="relay.test", smtp_from="care@hopital.test")
    )
    add_person(sending, MACHINE, "rssi", Role.CISO, Place(Level.ESTABLISHMENT, hospitals.valley))
    return sending


def letters(platform: Platform) -> list[str]:
    with platform.database.read() as session:
        return list(session.scalars(select(Mail.body).order_by(Mail.id)))


def two_repositories(platform: Platform, planted: PlantedBackups, audits: BackupAudits, place: int) -> int:
    """The target of the inventory, once the DPI has a second copy in a repository of its own."""
    second = CopyDraft(planted.good, "nuage", "Hébergeur", Medium.OBJECT_STORAGE, repository="dpi-s3", host="srv-dpi")
    COPIES.add(platform, MACHINE, place, second)
    target = audits.target(place)
    with platform.database.write() as session:
        row = session.get_one(Target, target)
        named = [{"name": one, "tool": "restic", "location": f"/srv/{one}"} for one in ("dpi-restic", "dpi-s3")]
        row.request = {**row.request, "plan": {"repositories": named}}
    return target


def test_an_unread_repository_does_not_keep_a_breach_from_opening(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups, clock: FixedClock
) -> None:
    sending = relayed(platform, hospitals)
    audits = BackupAudits(sending, clock)
    target = two_repositories(sending, planted, audits, hospitals.valley)
    lately = replace(MEMORY, read_at=clock.now() - timedelta(hours=20))
    for memory, told in ((lately, 0), (None, 1)):
        away = repository(clock.now(), **{**UNREAD, "name": "dpi-s3", "memory": memory})
        audits.run(target, repository(clock.now(), 30), away)
        assert len(letters(platform)) == told
        dpi = next(one for one in reading.read_board(platform, FRENCH, hospitals.valley).lines if one.name == "DPI")
        assert (dpi.late, dpi.advice.state) == ((True, "danger") if told else (False, "watch"))
        assert "nuage" in dpi.first
    assert "dépôt non lu : nuage" in letters(platform)[0]
    due = list_deadlines(platform, FRENCH, hospitals.valley, DeadlineFilter(DeadlineKind.BACKUP)).page.lines
    assert "Sauvegarde plus ancienne que la PDMA : DPI" in [one.title for one in due]


def test_jobs_open_and_end_a_breach_of_what_nobody_reads(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups, clock: FixedClock
) -> None:
    sending = relayed(platform, hospitals)
    audits = BackupAudits(sending, clock)
    target = audits.target(hospitals.valley)
    boards = []
    for hours in (8, 30, 2):
        audits.history = told_by(*runs_of("Nuit", "Laboratoire", clock.now() + timedelta(hours=1 - hours)), clock=clock)
        audits.run(target, repository(clock.now()))
        board = reading.read_board(platform, FRENCH, hospitals.valley)
        boards.append(next(one for one in board.lines if one.name == "Laboratoire"))
    assert [(one.by, one.late, one.age) for one in boards] == [
        ("job", False, 8 * 60), ("job", True, 30 * 60), ("job", False, 2 * 60)
    ]  # fmt: skip
    assert "travail « Laboratoire / Nuit »" in boards[1].first
    first, second = letters(platform)
    assert "Laboratoire : 1 j 6 h, pour une PDMA de 12 h (d’après l’historique du travail" in first
    assert "Revenues à temps : Laboratoire" in second


def told_by(*runs: JobRun, clock: FixedClock) -> History:
    """A history brought an hour from now."""
    found = history(*runs)
    return replace(found, list=replace(found.list, until=clock.now() + timedelta(hours=1)))


def test_a_copy_without_its_machine_is_asked_for_it(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups, audits: BackupAudits, clock: FixedClock
) -> None:
    copy = reading.open_copy(platform, FRENCH, planted.disk)
    COPIES.change(platform, MACHINE, planted.disk, replace(copy.draft, host=""), copy.version)
    points = (*nightly("srv-dpi", clock.now() - timedelta(days=9)), *nightly("srv-paie", clock.now()))
    audits.run(audits.target(hospitals.valley), repository(clock.now(), snapshots=points))
    view = reading.open_system(platform, FRENCH, planted.good)
    assert view.line is not None
    assert (view.line.advice.state, view.line.last) == ("word", None)
    assert (
        view.line.first == "Le dépôt de la copie « disque » garde plusieurs machines : écrivez laquelle est la sienne."
    )
    assert next(one.told.ground for one in view.copies if one.id == planted.disk) == "whose"


@pytest.mark.parametrize(("ahead", "said"), [(1, 1), (2, -3)])
def test_a_declared_date_in_the_future_hides_none_of_the_others(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups, ahead: int, said: int
) -> None:
    """A day of time zones counts, no more: the newest that stands is then the tape's."""
    day = today(platform)
    number = COPIES.add(
        platform, MACHINE, hospitals.valley, CopyDraft(planted.good, "coffre", "Banque", Medium.REMOVABLE)
    )  # fmt: skip
    with platform.database.write() as session:  # the page refuses such a day; a plan that is taken over may hold one
        session.get_one(BackupCopy, number).last_success_on = day + timedelta(days=ahead)
    view = reading.open_system(platform, FRENCH, planted.good)
    assert view.line is not None
    assert view.line.said == day + timedelta(days=said)


def test_a_copy_declared_since_the_last_audit_is_not_in_the_future(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups, clock: FixedClock, audits: BackupAudits
) -> None:
    audits.run(audits.target(hospitals.valley), repository(clock.now()))
    clock.forward(hours=96)
    with platform.database.read() as session:
        plan = inventory_of(session, hospitals.valley, today(platform)).plan()
        read = last_read(platform, session, hospitals.valley)
    assert read.facts is not None
    told = next(one for system in plan.systems for one in system.copies if one.repository is None)
    copy = replace(told, last_success=today(platform))
    assert not dated_ahead(read.with_plan(plan, platform.clock.now()), copy)
    late = replace(copy, last_success=today(platform) + timedelta(days=3))
    assert dated_ahead(read.with_plan(plan, platform.clock.now()), late)


def test_a_restore_test_in_the_future_is_said_and_never_fresh(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    """The page refuses such a day; a plan that is taken over may hold one."""
    with platform.database.write() as session:
        session.get_one(BackupSystem, planted.good).tested_on = today(platform) + timedelta(days=2)
    view = reading.open_system(platform, FRENCH, planted.good)
    assert view.line is not None
    assert view.line.test_ahead
    assert "verified" in view.line.account.missing
    assert view.line.first == "Le dernier essai de restauration est daté dans le futur : corrigez sa date."


def test_what_falls_due(platform: Platform, hospitals: Hospitals, planted: PlantedBackups, clock: FixedClock) -> None:
    view = reading.open_system(platform, FRENCH, planted.good)
    old = replace(view.draft, tested_on=today(platform) - timedelta(days=360))
    SYSTEMS.change(platform, MACHINE, planted.good, old, view.version)
    assert due(platform, hospitals) == [
        "Jalon de sauvegarde : Copie hors site du laboratoire (Laboratoire)",
        "Aucun essai complet de restauration connu : Laboratoire, Paie",
        "Aucun exercice d’isolement des sauvegardes (« bouton rouge ») noté",
        "Essai de restauration à refaire : DPI",
        "Jalon de sauvegarde : Bande pour tous",
    ]


def due(platform: Platform, hospitals: Hospitals) -> list[str]:
    found = list_deadlines(platform, FRENCH, hospitals.valley, DeadlineFilter(DeadlineKind.BACKUP)).page.lines
    return [one.title for one in found]


def test_a_failed_test_falls_due_at_once(platform: Platform, hospitals: Hospitals, planted: PlantedBackups) -> None:
    view = reading.open_system(platform, FRENCH, planted.good)
    failed = replace(view.draft, test_outcome=RestoreOutcome.FAILURE)
    SYSTEMS.change(platform, MACHINE, planted.good, failed, view.version)
    assert due(platform, hospitals)[0] == "Essai de restauration en échec, à refaire : DPI"


def test_systems_never_tested_are_told_as_one(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    """Those that somebody called not critical may go without."""
    for name, critical in (("Annuaire", None), ("Imagerie", True), ("Site web", False)):
        draft = SystemDraft(name, "Bâtiment A", Medium.DISK, critical=critical)
        SYSTEMS.add(platform, MACHINE, hospitals.valley, draft)
    told = [one for one in due(platform, hospitals) if one.startswith("Aucun essai")]
    assert told == ["Aucun essai complet de restauration connu : Annuaire, Imagerie, Laboratoire (+1)"]


def test_the_board_is_searched_and_hidden_from_strangers(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    board = reading.read_board(platform, FRENCH, hospitals.valley, BoardFilter("labo"))
    assert [one.name for one in board.page.lines] == ["Laboratoire"]
    board = reading.read_board(platform, FRENCH, hospitals.valley, BoardFilter(state="word"))
    assert [one.name for one in board.page.lines] == ["DPI"]
    stranger: Scope = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    for look in (
        lambda: reading.read_board(platform, stranger, hospitals.valley),
        lambda: reading.open_system(platform, stranger, planted.good),
        lambda: reading.open_copy(platform, stranger, planted.disk),
        lambda: reading.open_step(platform, stranger, planted.late),
        lambda: reading.read_steps(platform, stranger, hospitals.valley),
    ):
        with pytest.raises(NotFound):
            look()
