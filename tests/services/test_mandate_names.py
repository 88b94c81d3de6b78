"""Names that move: the first audit establishes where they live, later addresses wait for a person's yes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from care.domain.access import Level, Role, Scope
from care.domain.findings import State
from care.services import mandate_names, mandates, runs, targets
from care.services.errors import Forbidden, NotFound, Refused
from care.services.exposure.reading import open_exposure
from care.services.mandate_names import NamesOfMandate
from care.services.mandates import MandateDraft
from care.services.platform import Platform
from care.services.targets import TargetDraft
from care.store.findings import FindingRow
from care.store.trail import TrailEvent
from scanners.exposure.domain_facts import FoundName, NameOrigin
from scanners.exposure.facts import ExposureFacts, Port, Service
from scanners.model import Gap, Text
from tests.support.alerts import Audits
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person
from tests.support.ports import PlannedCollect
from tests.unit.exposure.specimens import facts, host

both = pytest.mark.both_databases
NAME, FIRST, SECOND, THIRD = "www.hopital.test", "198.51.100.1", "198.51.100.2", "198.51.100.3"
GAP = Gap("hosts", Text("Une nouvelle adresse attend.", "A new address waits."), truncated=True, subject=NAME)


def at(*addresses: str, name: str = NAME) -> ExposureFacts:
    """What an audit sees of a name it looked at there."""
    return replace(facts(*(host(one, names=(name,)) for one in addresses)), targets=(name,))


def moved_to(*addresses: str) -> ExposureFacts:
    """What an audit sees of the name that leads where it may not look yet."""
    found = FoundName(NAME, NameOrigin.TARGET, outside=addresses, moved_to=addresses, lived_at=(FIRST,))
    return replace(facts(host("192.0.2.1"), names=(found,)), targets=(NAME,), gaps=(GAP,))


class Names:
    """The names of one target, as its audits find them."""

    def __init__(self, platform: Platform, machine: Scope, clock: FixedClock, place: int) -> None:
        self.platform, self.machine, self.place = platform, machine, place
        self._audits = Audits(platform, machine, clock)
        self.target = self._audits.target(place)
        self.mandate = self._mandate_of()

    def _mandate_of(self) -> int:
        found = targets.open_target(self.platform, self.machine, self.target).mandate_id
        assert found is not None
        return found

    def see(self, seen: ExposureFacts) -> int:
        return self._audits.run(self.target, seen)

    def told(self) -> dict[str, list[str]]:
        """The places that the last audit was told."""
        assert isinstance(self.platform.collect, PlannedCollect)
        request = self.platform.collect.calls[-1][1]
        return {one["name"]: one["addresses"] for one in request["known_places"]}

    def followed(self) -> list[str]:
        assert isinstance(self.platform.collect, PlannedCollect)
        names: list[str] = self.platform.collect.calls[-1][1]["mandate"]["followed"]
        return names

    def page(self) -> NamesOfMandate:
        return mandate_names.names_of(self.platform, self.machine, self.mandate)

    def accept(self) -> None:
        (one,) = self.page().waiting
        mandate_names.accept_places(self.platform, self.machine, self.mandate, one.places)

    def trail(self, action: str) -> list[dict[str, object]]:
        with self.platform.database.read() as session:
            rows = session.scalars(select(TrailEvent).where(TrailEvent.action == action).order_by(TrailEvent.number))
            return [dict(row.detail) for row in rows]


@pytest.fixture
def names(platform: Platform, machine: Scope, clock: FixedClock, hospitals: Hospitals) -> Names:
    return Names(platform, machine, clock, hospitals.valley)


@both
def test_the_first_audit_establishes_where_a_name_lives(names: Names) -> None:
    names.see(at(FIRST))
    assert names.told() == {}
    names.see(at(FIRST))
    assert names.told() == {NAME: [FIRST]}
    assert names.page().waiting == ()


@both
def test_a_new_address_waits_and_the_run_is_not_whole(names: Names) -> None:
    names.see(at(FIRST))
    run = names.see(moved_to(SECOND, THIRD))
    (one,) = names.page().waiting
    assert (one.name, one.former, one.new, one.target_id) == (NAME, (FIRST,), (SECOND, THIRD), names.target)
    view = runs.open_run(names.platform, names.machine, run)
    assert not view.line.complete
    (shown,) = open_exposure(names.platform, names.machine, names.place).moved
    assert (shown.name, shown.mandate_id) == (NAME, names.mandate)
    with names.platform.database.read() as session:
        (found,) = session.scalars(select(FindingRow).where(FindingRow.rule == "exposure.name_moved"))
        assert (found.subject, found.state) == (NAME, State.OPEN)
    names.see(moved_to(SECOND, THIRD))
    assert names.told() == {NAME: [FIRST]}, "silence is no yes"


@both
def test_a_yes_is_kept_with_its_author_and_the_next_audit_looks_there(names: Names) -> None:
    names.see(at(FIRST))
    names.see(moved_to(SECOND))
    names.accept()
    assert names.page().waiting == ()
    assert names.trail("mandate.place_accepted") == [{"name": NAME, "address": SECOND}]
    names.see(at(SECOND))
    assert sorted(names.told()[NAME]) == [FIRST, SECOND]
    with names.platform.database.read() as session:
        (found,) = session.scalars(select(FindingRow).where(FindingRow.rule == "exposure.name_moved"))
        assert found.state is State.FIXED


def test_what_is_open_at_the_known_address_stays_watched_until_the_yes(names: Names) -> None:
    telnet = replace(at(FIRST), hosts=(host(FIRST, Port(23, Service("telnet")), names=(NAME,)),))
    states = []
    for seen in (telnet, moved_to(SECOND), at(SECOND)):
        names.see(seen)
        view = open_exposure(names.platform, names.machine, names.place)
        with names.platform.database.read() as session:
            (found,) = session.scalars(select(FindingRow).where(FindingRow.rule == "exposure.telnet_exposed"))
            states.append((found.state, bool(view.unwatched)))
        if names.page().waiting:
            names.accept()
    assert states == [(State.OPEN, False), (State.OPEN, False), (State.OPEN, True)]


@both
def test_a_yes_is_said_to_what_the_page_showed_and_once(names: Names) -> None:
    names.see(at(FIRST))
    names.see(moved_to(SECOND))
    (seen,) = names.page().waiting
    names.see(moved_to(THIRD))
    with pytest.raises(Refused, match="waits for no answer"):
        mandate_names.accept_places(names.platform, names.machine, names.mandate, seen.places)
    (now,) = names.page().waiting
    assert now.new == (THIRD,), "what it led to for a while waits no more"
    names.accept()
    with pytest.raises(Refused):
        mandate_names.accept_places(names.platform, names.machine, names.mandate, now.places)


@pytest.mark.parametrize(
    ("seen", "waiting"),
    [
        (at(FIRST), ()),  # it went back
        (replace(facts(host("192.0.2.1")), targets=(NAME,), gaps=(GAP,)), (SECOND,)),  # DNS said nothing this time
        (replace(facts(host("192.0.2.1")), targets=("192.0.2.1",), absent_names=(NAME,)), ()),  # it leads nowhere
        (replace(facts(host("192.0.2.1")), targets=("192.0.2.1",)), ()),  # it was taken out of the target
        (replace(facts(host("192.0.2.1")), targets=("192.0.2.1",), gaps=(replace(GAP, subject=""),)), (SECOND,)),
    ],
)
def test_an_address_waits_as_long_as_the_name_leads_there(
    names: Names, seen: ExposureFacts, waiting: tuple[str, ...]
) -> None:
    names.see(at(FIRST))
    names.see(moved_to(SECOND))
    names.see(seen)
    assert tuple(address for one in names.page().waiting for address in one.new) == waiting


@both
def test_a_followed_name_is_followed_until_somebody_takes_it_back(names: Names) -> None:
    names.see(at(FIRST))
    names.see(moved_to(SECOND))
    for _ in range(2):
        mandate_names.follow_name(names.platform, names.machine, names.mandate, NAME)
    names.see(at(SECOND, THIRD))
    assert names.followed() == [NAME]
    page = names.page()
    assert page.waiting == ()
    (one,) = page.followed
    assert (one.name, one.by, one.latest) == (NAME, names.machine.actor, (SECOND, THIRD)), "it does not go unseen"
    for _ in range(2):
        mandate_names.leave_name(names.platform, names.machine, names.mandate, one.id)
    names.see(moved_to("198.51.100.9"))
    assert names.followed() == []
    assert sorted(names.told()[NAME]) == [FIRST, SECOND, THIRD], "what was looked at meanwhile is known"
    assert (names.page().followed, len(names.page().waiting)) == ((), 1)
    assert names.trail("mandate.name_followed") == names.trail("mandate.name_left") == [{"name": NAME}]


def test_only_names_that_are_listed_are_kept(names: Names) -> None:
    """Those discovered under `*.hopital.test` may be contacted at the addresses of the mandate only."""
    seen = replace(at(FIRST), targets=("192.0.2.0/24",))
    names.see(seen)
    names.see(seen)
    assert names.told() == {}


def test_what_an_archived_target_waited_for_is_asked_of_nobody(names: Names) -> None:
    names.see(at(FIRST))
    names.see(moved_to(SECOND))
    targets.archive_target(names.platform, names.machine, names.target)
    assert names.page().waiting == ()


def test_a_new_mandate_starts_afresh(names: Names, clock: FixedClock) -> None:
    names.see(at(FIRST))
    names.see(moved_to(SECOND))
    view = mandates.open_mandate(names.platform, names.machine, names.mandate)
    draft = MandateDraft("A", "B", "M-2", view.scope, (), view.valid_from, view.valid_to, unsigned_why="Essai")
    other = mandates.add_mandate(names.platform, names.machine, names.place, draft)
    target = targets.open_target(names.platform, names.machine, names.target)
    changed = TargetDraft("exposure", target.name, target.request, {}, other)
    targets.change_target(names.platform, names.machine, names.target, changed, target.version)
    assert names.page().waiting == (), "the target is no longer under that mandate"
    names.see(at(SECOND))
    assert names.told() == {}


def test_what_is_not_of_the_mandate_is_not_found(names: Names, machine: Scope) -> None:
    names.see(at(FIRST))
    for act in (
        lambda: mandate_names.follow_name(names.platform, machine, names.mandate, "inconnu.test"),
        lambda: mandate_names.follow_name(names.platform, machine, 999, NAME),
        lambda: mandate_names.leave_name(names.platform, machine, names.mandate, 999),
        lambda: mandate_names.accept_places(names.platform, machine, 999, ["1"]),
    ):
        with pytest.raises(NotFound):
            act()


@pytest.mark.parametrize(
    ("role", "error"), [(Role.DIRECTION, Forbidden), (Role.CISO, NotFound)], ids=["reader", "stranger"]
)
def test_only_who_manages_mandates_says_yes(
    names: Names, hospitals: Hospitals, role: Role, error: type[Exception]
) -> None:
    names.see(at(FIRST))
    names.see(moved_to(SECOND))
    (one,) = names.page().waiting
    place = hospitals.valley if role is Role.DIRECTION else hospitals.far
    who = person(role, Level.ESTABLISHMENT, place)
    acts: tuple[Callable[[], None], ...] = (
        lambda: mandate_names.accept_places(names.platform, who, names.mandate, one.places),
        lambda: mandate_names.follow_name(names.platform, who, names.mandate, NAME),
        lambda: mandate_names.leave_name(names.platform, who, names.mandate, 1),
    )
    for act in acts:
        with pytest.raises(error):
            act()
    assert names.page().waiting == (one,)
