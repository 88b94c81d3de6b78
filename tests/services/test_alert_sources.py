"""Products of imported reports and of registers, beside those of our audits: each known once, and said how."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import delete, select, update

from care.domain.access import PLATFORM, Scope
from care.domain.alerts import Criterion, Exposure, ProductSource
from care.services.alerts.answering import open_alert
from care.services.alerts.asking import PlaceExposure, who_is_exposed
from care.services.alerts.seeing import keep_products, rebuild
from care.services.alerts.writing import publish
from care.services.platform import Platform
from care.services.targets import archive_target
from care.store.alerts import AlertPlace, ProductSurvey, SeenProduct
from care.store.evidence import Evidence
from care.store.imports import ImportedReport
from care.store.runs import Run
from care.store.targets import Target
from scanners.exchange import NamedProduct
from scanners.imported.model import Report, Tool
from scanners.versions import Span
from tests.support.alerts import DRAFT, Audits, ssh
from tests.support.clock import FixedClock
from tests.support.people import Hospitals
from tests.support.reports import PlannedReader, import_report, report

both = pytest.mark.both_databases
OPENSSH = (Criterion("openbsd:openssh", Span("", "9.8p1")),)
ONE, TWO = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def platform(platform: Platform, clock: FixedClock) -> Platform:
    clock.forward(days=60)  # reports of the tests look back
    return replace(platform, read_report=PlannedReader())


def scan(day: float, *products: tuple[str, str], looked: bool = True, hosts: Iterable[str] = (ONE,)) -> Report:
    """A report of nmap that saw OpenSSH at these addresses, in these versions."""
    named = tuple(
        NamedProduct("openbsd:openssh", version, "", f"{address}:22/tcp") for address, version in sorted(products)
    )
    return replace(report(day, tool=Tool.NMAP, hosts=hosts), products=named, names_products=looked)


def counts(platform: Platform, machine: Scope) -> dict[Exposure, int]:
    answer = who_is_exposed(platform, machine, PLATFORM, OPENSSH)
    return {one: count for one, count in answer.counts.items() if count}


def only(platform: Platform, machine: Scope) -> PlaceExposure:
    (place,) = who_is_exposed(platform, machine, PLATFORM, OPENSSH).places
    return place


def kept(platform: Platform) -> list[tuple[str, str]]:
    with platform.database.read() as session:
        rows = session.execute(select(SeenProduct.subject, SeenProduct.version))
        return sorted((subject, version) for subject, version in rows)


def stated(platform: Platform, alert: int, establishment_id: int) -> Exposure:
    with platform.database.read() as session:
        return session.get_one(AlertPlace, (alert, establishment_id)).exposure


@both
def test_an_imported_report_answers_and_says_so(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    one = scan(1, (ONE, "8.4p1"))
    import_report(platform, machine, hospitals.valley, one)
    found = only(platform, machine)
    (product,) = found.products
    assert (found.establishment_id, found.exposure, found.seen) == (hospitals.valley, Exposure.EXPOSED, 1)
    assert (product.name, product.source) == ("openbsd:openssh 8.4p1", ProductSource.IMPORTED)
    assert product.at == found.facts_at == one.finished_at


def test_an_import_that_looked_for_products_says_not_seen_and_another_says_nothing(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    import_report(platform, machine, hospitals.valley, scan(1))
    import_report(platform, machine, hospitals.hill, scan(1, looked=False))
    assert counts(platform, machine) == {Exposure.NOT_SEEN: 1, Exposure.UNKNOWN: 2}


@both
def test_imports_in_any_order_leave_the_same_products(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    reports = [
        scan(1, (ONE, "8.4p1"), (TWO, "7.9p1"), hosts=(ONE, TWO)),
        scan(2, (ONE, "9.9p1")),
        scan(3, (TWO, "8.0p1"), looked=False, hosts=(TWO,)),
    ]
    for number, order in enumerate(permutations(reports)):
        for one in order:
            import_report(platform, machine, hospitals.valley, one, target=f"Essai {number}")
    with platform.database.read() as session:
        targets = session.scalars(select(Target.id).where(Target.scanner == "nmap")).all()
        found = [
            sorted(
                (subject, version)
                for subject, version in session.execute(
                    select(SeenProduct.subject, SeenProduct.version).where(SeenProduct.target_id == target)
                )
            )
            for target in targets
        ]  # fmt: skip
    assert found == [[(f"{ONE}:22/tcp", "9.9p1"), (f"{TWO}:22/tcp", "8.0p1")]] * 6
    assert only(platform, machine).seen == 1


def test_a_report_declared_complete_replaces_all_the_older_ones(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    import_report(platform, machine, hospitals.valley, scan(1, (TWO, "7.9p1"), hosts=(TWO,)))
    import_report(platform, machine, hospitals.valley, scan(2, (ONE, "9.9p1")), complete=True)
    assert kept(platform) == [(f"{ONE}:22/tcp", "9.9p1")]


@both
def test_an_import_superseded_takes_its_products_away_from_open_alerts(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    alert = publish(platform, machine, PLATFORM, replace(DRAFT, answer_by=None))
    import_report(platform, machine, hospitals.valley, scan(1, (ONE, "8.4p1")))
    assert stated(platform, alert, hospitals.valley) is Exposure.EXPOSED
    import_report(platform, machine, hospitals.valley, scan(2, (ONE, "9.9p1")))
    assert stated(platform, alert, hospitals.valley) is Exposure.NOT_SEEN


def test_a_target_archived_takes_its_products_away_from_open_alerts(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    audits = Audits(platform, machine, clock)
    target = audits.target(hospitals.valley)
    alert = publish(platform, machine, PLATFORM, replace(DRAFT, answer_by=None))
    audits.run(target, ssh("8.4p1"))
    assert stated(platform, alert, hospitals.valley) is Exposure.EXPOSED
    archive_target(platform, machine, target)
    assert stated(platform, alert, hospitals.valley) is Exposure.UNKNOWN


@both
def test_a_place_seen_by_two_tools_counts_once_and_the_last_look_speaks(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    audits = Audits(platform, machine, clock)
    target = audits.target(hospitals.valley)
    import_report(platform, machine, hospitals.valley, scan(1, (ONE, "8.4p1"), (TWO, "8.4p1"), hosts=(ONE, TWO)))
    audits.run(target, ssh("8.4p1"))
    found = only(platform, machine)
    assert (found.seen, [one.source for one in found.products]) == (2, [ProductSource.MEASURED])
    audits.run(target, ssh("9.9p1"))
    found = only(platform, machine)
    assert (found.seen, [one.source for one in found.products]) == (1, [ProductSource.IMPORTED])
    archive_target(platform, machine, target)
    assert only(platform, machine).seen == 2


def test_a_later_look_that_cannot_tell_the_version_hides_nothing(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    audits = Audits(platform, machine, clock)
    import_report(platform, machine, hospitals.valley, scan(1, (ONE, "8.4p1")))
    audits.run(audits.target(hospitals.valley), ssh(""))
    assert counts(platform, machine)[Exposure.EXPOSED] == 1


def _declare(platform: Platform, establishment_id: int, clock: FixedClock, version: str, at: float = 0.0) -> None:
    """A register of remote accesses, read and recorded, that names OpenSSH."""
    now = clock.now() - timedelta(days=at)
    with platform.database.write() as session:
        target = Target(
            establishment_id=establishment_id, scanner="remote_access", name="Registre", request={}, created_at=now,
            created_by="t", changed_at=now,
        )  # fmt: skip
        session.add(target)
        session.flush()
        run = Run(
            establishment_id=establishment_id, target_id=target.id, scanner="remote_access", asked_at=now,
            asked_by="t", collected_from=now, collected_to=now, complete=True,
        )  # fmt: skip
        session.add(run)
        session.flush()
        keep_products(session, run, [NamedProduct("openbsd:openssh", version, "", "Medimage", declared=True)])


@both
def test_a_declaration_is_to_be_checked_and_looks_at_nothing(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    _declare(platform, hospitals.valley, clock, "8.4p1")
    _declare(platform, hospitals.hill, clock, "9.9p1")
    found = only(platform, machine)
    assert (found.exposure, found.seen, found.facts_at) == (Exposure.SUSPECTED, 1, clock.now())
    assert [one.source for one in found.products] == [ProductSource.DECLARED]
    assert counts(platform, machine) == {Exposure.SUSPECTED: 1, Exposure.UNKNOWN: 2}


def test_a_declaration_adds_no_place_to_those_that_were_seen(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    _declare(platform, hospitals.valley, clock, "8.4p1")
    import_report(platform, machine, hospitals.valley, scan(1, (ONE, "8.5p1")))
    found = only(platform, machine)
    assert (found.exposure, found.seen) == (Exposure.EXPOSED, 1)
    assert [one.source for one in found.products] == [ProductSource.IMPORTED, ProductSource.DECLARED]


def test_the_establishment_reads_where_and_how_each_is_known(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    alert = publish(platform, machine, PLATFORM, replace(DRAFT, answer_by=None))
    _declare(platform, hospitals.valley, clock, "8.4p1")
    import_report(platform, machine, hospitals.valley, scan(1, (ONE, "8.5p1")))
    view = open_alert(platform, machine, hospitals.valley, alert)
    assert [(one.source, one.scanner, one.subject) for one in view.seen] == [
        (ProductSource.IMPORTED, "nmap", f"{ONE}:22/tcp"),
        (ProductSource.DECLARED, "remote_access", "Medimage"),
    ]
    assert {(one.scanner, one.looked) for one in view.surveys} == {("nmap", True), ("remote_access", False)}


@both
def test_imports_made_before_products_were_kept_are_read_again(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    import_report(platform, machine, hospitals.valley, scan(1, (ONE, "8.4p1"), (TWO, "8.4p1"), hosts=(ONE, TWO)))
    import_report(platform, machine, hospitals.valley, scan(2, (ONE, "9.9p1")))
    before = kept(platform)
    with platform.database.write() as session:
        session.execute(update(ImportedReport).values(products=None))
        session.execute(delete(SeenProduct))
        session.execute(delete(ProductSurvey))
    assert counts(platform, machine) == {Exposure.UNKNOWN: 3}
    assert rebuild(platform).kept == 2
    assert kept(platform) == before
    assert rebuild(platform).kept == 0
    assert rebuild(platform, everything=True).kept == 2
    assert kept(platform) == before


def test_a_lost_file_of_an_import_is_told(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    run = import_report(platform, machine, hospitals.valley, scan(1, (ONE, "8.4p1")))
    with platform.database.read() as session:
        facts_of = select(Evidence.sha256).join(Run, Run.facts_id == Evidence.id).where(Run.id == run)
        platform.evidence.path(session.scalars(facts_of).one() or "").unlink()
    done = rebuild(platform, everything=True)
    assert (done.kept, [number for number, _why in done.unreadable]) == (0, [run])
    assert kept(platform) == [(f"{ONE}:22/tcp", "8.4p1")]
