"""Certification visits: planned, entered by a link, read within bounds, closed by the clock; all written down."""

from __future__ import annotations

import io
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select

from care.domain.access import Grant, Level, Place, Role, Scope
from care.domain.evidence import EvidenceKind, ThingKind, ThingRef
from care.domain.programme import VisitState
from care.domain.visits import LONGEST
from care.services import accounts
from care.services.errors import Forbidden, Gone, Invalid, NotFound, Refused, Throttled
from care.services.evidence import Details, Upload, add_evidence, withdraw
from care.services.platform import Platform
from care.services.visits.closing import close_due
from care.services.visits.entering import FREE_LINKS, Looked, Shut, enter, leave, visiting, way_in
from care.services.visits.files import NotGiven, give
from care.services.visits.pieces import Reading, list_pieces, open_piece
from care.services.visits.planning import VisitDraft, change_visit, end_visit, plan_visit, revoke_visit
from care.services.visits.reading import choices, list_visits, open_visit, preview
from care.services.visits.requirements import show_framework, show_frameworks, show_requirement
from care.services.visits.viewing import View, note_view
from care.services.visits.visitors import LINK, Invited, VisitorDraft, invite_visitor, renew_link, revoke_visitor
from care.store.evidence import Evidence
from care.store.jobs import Job
from care.store.outbox import Mail
from care.store.programme import VisitAccess, VisitView
from care.store.trail import TrailEvent
from tests.support.clock import FixedClock
from tests.support.people import MACHINE, Hospitals, person

both = pytest.mark.both_databases
ADDRESS = "192.0.2.7"
INES = VisitorDraft("Inès Marchand", "HAS", "ines.marchand@has.test")


@dataclass
class World:
    platform: Platform
    hospitals: Hospitals
    clock: FixedClock

    @property
    def ciso(self) -> Scope:
        return person(Role.CISO, Level.ESTABLISHMENT, self.hospitals.valley)

    def draft(self, **changes: object) -> VisitDraft:
        now = self.clock.now()
        asked = VisitDraft(
            "Certification 2026", Place(Level.ESTABLISHMENT, self.hospitals.valley), (self.hospitals.valley,),
            ("has", "care-d2"), now - timedelta(hours=1), now + timedelta(days=3),
        )  # fmt: skip
        return replace(asked, **changes)  # type: ignore[arg-type]

    def plan(self, **changes: object) -> tuple[int, int]:
        number = plan_visit(self.platform, self.ciso, self.hospitals.valley, self.draft(**changes))
        return self.hospitals.valley, number

    def invite(self, where: tuple[int, int], draft: VisitorDraft = INES) -> Invited:
        return invite_visitor(self.platform, self.ciso, where, draft)

    def cookie(self, invited: Invited) -> str:
        return enter(self.platform, "fr", token_of(invited), ADDRESS)[0]

    def inside(self, where: tuple[int, int]) -> Looked:
        found = visiting(self.platform, "fr", self.cookie(self.invite(where)))
        assert isinstance(found, Looked)
        return found

    def file(
        self,
        title: str,
        ref: str = "has:gouvernance_ssi",
        kind: EvidenceKind = EvidenceKind.POLICY,
        site: int | None = None,
        content: bytes | None = None,
        thing: ThingRef | None = None,
    ) -> int:
        details = Details(kind, title, owner="Mme Responsable", note="note interne")
        upload = Upload(f"{title}.pdf", io.BytesIO(content or paper(title)))
        tied = thing or ThingRef(ThingKind.REQUIREMENT, ref)
        return add_evidence(self.platform, MACHINE, site or self.hospitals.valley, details, upload, (tied,))

    def make_technical(self, evidence_id: int) -> None:
        """As a mandate, which no form lets people file."""
        with self.platform.database.write() as session:
            session.get_one(Evidence, evidence_id).kind = EvidenceKind.MANDATE

    def events(self) -> list[str]:
        with self.platform.database.read() as session:
            mine = select(TrailEvent.action).where(TrailEvent.action.startswith("visit."))
            return list(session.scalars(mine.order_by(TrailEvent.number)))


def token_of(invited: Invited) -> str:
    return invited.link.rpartition(LINK)[2]


def paper(words: str) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(72, 700, words)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


@pytest.fixture
def world(platform: Platform, hospitals: Hospitals, clock: FixedClock) -> World:
    relay = replace(platform.settings, base_url="https://care.hopital.test", smtp_host="relais.hopital.test")
    return World(replace(platform, settings=relay), hospitals, clock)


# ---- Planning --------------------------------------------------------------------------------------------------------


@both
def test_a_visit_is_planned_with_its_scope_and_closes_by_a_job_of_its_own(world: World) -> None:
    where = world.plan()
    sheet = open_visit(world.platform, world.ciso, where)
    assert sheet.line.state is VisitState.OPEN
    assert sheet.line.left == timedelta(days=3)
    assert sheet.establishments == ("Hôpital de la Vallée",)
    assert len(sheet.frameworks) == 2
    with world.platform.database.read() as session:
        due = session.scalars(select(Job.due_at).where(Job.kind == "close_visits")).all()
    assert due == [world.clock.now() + timedelta(days=3)]
    assert world.events() == ["visit.planned"]


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("title", {"title": "  "}),
        ("establishments", {"establishments": ()}),
        ("establishments", {"establishments": (999,)}),
        ("frameworks", {"frameworks": ()}),
        ("frameworks", {"frameworks": ("inconnu",)}),
        ("starts_at", {"starts_at": None}),
        ("ends_at", {"ends_at": None}),
        ("holder", {"holder": Place(Level.LEGAL_ENTITY, 999)}),
    ],
)
def test_what_cannot_be_kept_is_said_beside_its_field(world: World, field: str, changes: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refusal:
        world.plan(**changes)
    assert field in refusal.value.fields
    assert world.events() == []


@pytest.mark.parametrize(
    ("hours", "length", "field"),
    [(0, LONGEST + timedelta(seconds=1), "ends_at"), (5, timedelta(0), "ends_at"), (24 * 600, LONGEST, "starts_at")],
)
def test_the_dates_have_bounds(world: World, hours: int, length: timedelta, field: str) -> None:
    starts = world.clock.now() + timedelta(hours=hours)
    with pytest.raises(Invalid) as refusal:
        world.plan(starts_at=starts, ends_at=starts + length)
    assert list(refusal.value.fields) == [field]
    assert world.plan(starts_at=world.clock.now(), ends_at=world.clock.now() + LONGEST)


def test_the_scope_of_an_entity_s_visit_stays_within_it(world: World) -> None:
    manager = person(Role.QUALITY, Level.GHT, world.hospitals.ght)
    group = Place(Level.GHT, world.hospitals.ght)
    both_sites = world.hospitals.valley, world.hospitals.hill
    draft = world.draft(holder=group, establishments=both_sites)
    number = plan_visit(world.platform, manager, world.hospitals.valley, draft)
    assert open_visit(world.platform, manager, (world.hospitals.hill, number)).line.holder == "GHT des Deux Rives"
    with pytest.raises(NotFound):  # who sees a part of it sees nothing of it
        open_visit(world.platform, world.ciso, (world.hospitals.valley, number))
    assert list_visits(world.platform, world.ciso, world.hospitals.valley) == ()
    outside = world.draft(holder=group, establishments=(world.hospitals.far,))
    with pytest.raises(Invalid):
        plan_visit(world.platform, manager, world.hospitals.valley, outside)
    with pytest.raises(Forbidden):
        plan_visit(world.platform, world.ciso, world.hospitals.valley, draft)


def test_who_may_do_what(world: World) -> None:
    where = world.plan()
    world.invite(where)
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, world.hospitals.valley)
    reader = person(Role.VISITOR, Level.ESTABLISHMENT, world.hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, world.hospitals.far)
    sheet = open_visit(world.platform, director, where)
    assert sheet.visitors is not None
    assert not sheet.may_manage
    assert open_visit(world.platform, reader, where).visitors is None  # no names for who may not see contacts
    for who, refusal in ((director, Forbidden), (stranger, NotFound)):
        with pytest.raises(refusal):
            invite_visitor(world.platform, who, where, INES)
        with pytest.raises(refusal):
            change_visit(world.platform, who, where, world.draft(), 1)
        with pytest.raises(refusal):
            preview(world.platform, who, where)
    with pytest.raises(NotFound):
        open_visit(world.platform, stranger, where)
    with pytest.raises(NotFound):  # another visit’s number from an establishment that it does not concern
        open_visit(world.platform, MACHINE, (world.hospitals.far, where[1]))


@both
def test_an_open_visit_is_extended_before_its_end_and_never_after(world: World) -> None:
    where = world.plan()
    sheet = open_visit(world.platform, world.ciso, where)
    later = world.draft(starts_at=sheet.line.starts_at, ends_at=sheet.line.ends_at + timedelta(days=2))
    change_visit(world.platform, world.ciso, where, later, sheet.version)
    cookie = world.cookie(world.invite(where))
    world.clock.forward(days=4)
    assert isinstance(visiting(world.platform, "fr", cookie), Looked)
    world.clock.forward(days=1)
    assert isinstance(visiting(world.platform, "fr", cookie), Shut)
    with pytest.raises(Refused, match="is not extended"):
        change_visit(world.platform, world.ciso, where, later, sheet.version + 1)
    close_due(world.platform)
    with pytest.raises(Refused, match="is not extended"):
        change_visit(world.platform, world.ciso, where, later, sheet.version + 2)
    with pytest.raises(Refused):
        world.invite(where)


def test_once_begun_its_beginning_stays_and_its_end_is_not_put_in_the_past(world: World) -> None:
    where = world.plan()
    for changes, field in (
        ({"starts_at": world.clock.now()}, "starts_at"),
        ({"ends_at": world.clock.now() - timedelta(minutes=1)}, "ends_at"),
    ):
        with pytest.raises(Invalid) as refusal:
            change_visit(world.platform, world.ciso, where, world.draft(**changes), 1)
        assert list(refusal.value.fields) == [field]


@both
def test_of_two_people_who_change_a_visit_the_second_is_told_who_was_quicker(world: World) -> None:
    where = world.plan()
    change_visit(world.platform, world.ciso, where, world.draft(title="Visite HAS"), 1)
    with pytest.raises(Refused, match=r"ciso-establishment changed the title"):
        change_visit(world.platform, world.ciso, where, world.draft(title="Autre"), 1)


# ---- Coming in -------------------------------------------------------------------------------------------------------


@both
def test_the_link_is_mailed_shown_once_and_kept_as_a_hash_only(world: World) -> None:
    invited = world.invite(world.plan())
    assert invited.mailed
    assert re.fullmatch(r"https://care\.hopital\.test/visite/link/[\w-]{32}", invited.link)
    with world.platform.database.read() as session:
        access = session.scalars(select(VisitAccess)).one()
        mail = session.scalars(select(Mail)).one()
    assert token_of(invited) not in (access.token_hash, access.session_hash)
    assert len(access.token_hash) == 64
    assert mail.recipient == INES.email
    assert invited.link in mail.body


def test_without_a_relay_or_an_address_the_link_is_handed_over(world: World) -> None:
    where = world.plan()
    assert not world.invite(where, VisitorDraft("Sans Adresse")).mailed
    world.platform = replace(world.platform, settings=replace(world.platform.settings, smtp_host=""))
    assert not world.invite(where).mailed


def test_the_same_person_is_not_invited_twice_nor_an_address_that_is_none(world: World) -> None:
    where = world.plan()
    world.invite(where)
    with pytest.raises(Invalid) as refusal:
        world.invite(where)
    assert "name" in refusal.value.fields
    for draft, field in ((VisitorDraft(""), "name"), (VisitorDraft("A", "B", "pas une adresse"), "email")):
        with pytest.raises(Invalid) as refusal:
            world.invite(where, draft)
        assert list(refusal.value.fields) == [field]


@both
def test_a_link_opens_from_the_first_second_to_the_last(world: World) -> None:
    now = world.clock.now()
    where = world.plan(starts_at=now + timedelta(hours=2), ends_at=now + timedelta(hours=4))
    invited = world.invite(where)
    found = way_in(world.platform, "fr", token_of(invited), ADDRESS)
    assert not found.open
    assert found.starts_at == now + timedelta(hours=2)
    with pytest.raises(Gone, match="not open yet"):
        enter(world.platform, "fr", token_of(invited), ADDRESS)
    world.clock.forward(hours=2)
    cookie, ends = enter(world.platform, "fr", token_of(invited), ADDRESS)
    assert ends == now + timedelta(hours=4)
    world.clock.forward(hours=2, seconds=-1)
    assert isinstance(visiting(world.platform, "fr", cookie), Looked)
    world.clock.forward(seconds=1)  # nothing ran: the clock alone closes it
    shut = visiting(world.platform, "fr", cookie)
    assert isinstance(shut, Shut)
    assert "terminée" in shut.why.fr
    with pytest.raises(Gone, match="is over"):
        way_in(world.platform, "fr", token_of(invited), ADDRESS)


@both
def test_a_link_opens_one_browser_at_a_time_and_a_new_link_kills_the_former(world: World) -> None:
    where = world.plan()
    invited = world.invite(where)
    first, second = world.cookie(invited), world.cookie(invited)
    assert visiting(world.platform, "fr", first) is None
    assert isinstance(visiting(world.platform, "fr", second), Looked)
    renewed = renew_link(world.platform, world.ciso, where, invited.access_id)
    assert renewed.link != invited.link
    assert visiting(world.platform, "fr", second) is None
    with pytest.raises(NotFound):
        way_in(world.platform, "fr", token_of(invited), ADDRESS)
    third = world.cookie(renewed)
    leave(world.platform, third)
    assert visiting(world.platform, "fr", third) is None
    assert isinstance(visiting(world.platform, "fr", world.cookie(renewed)), Looked)


def test_a_withdrawn_access_opens_nothing_and_gets_no_new_link(world: World) -> None:
    where = world.plan()
    invited = world.invite(where)
    cookie, other = world.cookie(invited), world.cookie(world.invite(where, VisitorDraft("Paul Rey")))
    with pytest.raises(Invalid):
        revoke_visitor(world.platform, world.ciso, where, invited.access_id, " ")
    revoke_visitor(world.platform, world.ciso, where, invited.access_id, "Remplacée")
    shut = visiting(world.platform, "fr", cookie)
    assert isinstance(shut, Shut)
    assert "Remplacée" not in shut.why.fr  # the reason is the establishment’s own
    with pytest.raises(Gone):
        enter(world.platform, "fr", token_of(invited), ADDRESS)
    with pytest.raises(Refused):
        renew_link(world.platform, world.ciso, where, invited.access_id)
    assert isinstance(visiting(world.platform, "fr", other), Looked)


@both
def test_a_visit_revoked_or_ended_shuts_everybody_out_at_once(world: World) -> None:
    for close in (
        lambda where: revoke_visit(world.platform, world.ciso, where, "Reportée par la HAS"),
        lambda where: end_visit(world.platform, world.ciso, where),
    ):
        where = world.plan()
        cookie = world.cookie(world.invite(where))
        close(where)
        assert isinstance(visiting(world.platform, "fr", cookie), Shut)
        with pytest.raises(Refused):
            close(where)
        with pytest.raises(Refused):
            change_visit(world.platform, world.ciso, where, world.draft(), 2)
    assert world.events().count("visit.revoked") == world.events().count("visit.ended") == 1


def test_links_are_not_guessed(world: World) -> None:
    invited = world.invite(world.plan())
    for _ in range(FREE_LINKS):
        with pytest.raises(NotFound):
            way_in(world.platform, "fr", "mauvais", ADDRESS)
    with pytest.raises(Throttled):
        guess_until_throttled(world)
    assert way_in(world.platform, "fr", token_of(invited), "198.51.100.9").open  # another network is not held up


def guess_until_throttled(world: World) -> None:
    for _ in range(5):
        with suppress(NotFound):
            way_in(world.platform, "fr", "mauvais", ADDRESS)


# ---- What is read ----------------------------------------------------------------------------------------------------


@both
def test_only_evidence_of_the_visit_s_scope_is_read(world: World) -> None:
    policy, where = world.file("Politique"), world.plan()
    on_visit = world.file("Programme", "care-d2:O1.C")
    welcome = world.file("Accueil", thing=ThingRef(ThingKind.VISIT, str(where[1])))
    world.file("Autre référentiel", "pgssi-s:1.1.1.1")
    world.file("Autre hôpital", site=world.hospitals.hill)
    world.make_technical(world.file("Mandat"))
    gone = world.file("Retirée")
    withdraw(world.platform, MACHINE, gone, "Fausse", 1)
    seen = world.inside(where)
    found = list_pieces(world.platform, seen, "fr").lines
    assert [one.title for one in found] == ["Accueil", "Programme", "Politique"]
    assert "note interne" not in str(found)
    assert "Mme Responsable" not in str(found)
    assert [one.id for one in list_pieces(world.platform, seen, "fr", requirement="care-d2:O1.C").lines] == [on_visit]
    assert [one.id for one in list_pieces(world.platform, seen, "fr", words="polit").lines] == [policy]
    assert open_piece(world.platform, seen, "fr", welcome).requirements == ()
    for other in (gone, gone - 1, gone - 2, gone - 3, 987654):
        with pytest.raises(NotFound):
            open_piece(world.platform, seen, "fr", other)
        with pytest.raises(NotFound):
            give(world.platform, seen, "fr", other)


def test_a_pdf_leaves_with_the_name_of_who_reads_it(world: World) -> None:
    number = world.file("Politique de sécurité")
    given = give(world.platform, world.inside(world.plan()), "fr", number)
    assert given.content is not None
    text = PdfReader(io.BytesIO(given.content)).pages[0].extract_text()
    assert "Politique de sécurité" in text
    assert "Consulté par Inès Marchand (HAS) le 02/03/2026 à 09:00 – Certification 2026" in text


def test_other_files_are_handed_over_only_when_the_establishment_allowed_it(world: World) -> None:
    number = world.file("Plan", content="activité;durée\n".encode() * 40)
    seen = world.inside(world.plan())
    assert open_piece(world.platform, seen, "fr", number).reading is Reading.ON_SITE
    with pytest.raises(NotGiven, match="on site"):
        give(world.platform, seen, "fr", number)
    allowed = world.inside(world.plan(downloads=True))
    given = give(world.platform, allowed, "fr", number)
    assert given.content is None
    assert given.path is not None
    assert given.path.read_bytes().startswith("activité".encode())


def test_a_broken_pdf_is_not_given_unmarked_even_when_downloads_are_allowed(world: World) -> None:
    number = world.file("Cassé", content=b"%PDF-1.4\nrien\n%%EOF\n" + b" " * 50)
    with pytest.raises(NotGiven, match="damaged or unreadable"):
        give(world.platform, world.inside(world.plan(downloads=True)), "fr", number)


def test_requirements_are_told_without_names_findings_or_facts(world: World) -> None:
    world.file("Politique")
    seen = world.inside(world.plan())
    shown = {one.id: one for one in show_frameworks(world.platform, seen, "fr")}
    assert set(shown) == {"has", "care-d2"}
    one = show_requirement(world.platform, seen, "fr", "has", "gouvernance_ssi")
    assert one.title == "Gouvernance de la sécurité"
    assert [holder for holder, _ in one.by_holder] == ["CH de la Vallée"]  # the visit covers the whole entity
    assert one.by_holder[0][1].pieces == 1
    # The group is larger than the visit: what its other hospital does must not show through.
    assert [one.holder for one in shown["care-d2"].answered] == ["Hôpital de la Vallée"]
    for framework, item in (("recyf", "1"), ("has", "inconnu"), ("inconnu", "x")):
        with pytest.raises(NotFound):
            show_requirement(world.platform, seen, "fr", framework, item)
        with pytest.raises(NotFound):
            show_framework(world.platform, seen, "fr", "recyf")


def test_the_preview_shows_what_visitors_see_and_notes_nothing(world: World) -> None:
    world.file("Politique")
    where = world.plan(starts_at=world.clock.now() + timedelta(days=1))
    seen = preview(world.platform, world.ciso, where)
    assert seen.access_id is None
    assert [one.title for one in list_pieces(world.platform, seen, "fr").lines] == ["Politique"]


# ---- Written down ----------------------------------------------------------------------------------------------------


@both
def test_every_page_is_written_down_and_guesses_are_told(world: World) -> None:
    draft = accounts.AccountDraft(
        "rssi", "Nora Blanc", "une phrase de passe solide",
        (Grant(Role.CISO, Place(Level.ESTABLISHMENT, world.hospitals.valley)),), email="rssi@hopital.test",
    )  # fmt: skip
    accounts.open_account(world.platform, MACHINE, draft)
    where = world.plan()
    seen = world.inside(where)
    assert seen.access_id is not None
    note_view(world.platform, seen.access_id, View("piece", "evidence:1", ADDRESS), allowed=True)
    for number in range(5):
        note_view(world.platform, seen.access_id, View("piece", f"evidence:{number}", ADDRESS), allowed=False)
    note_view(world.platform, seen.access_id, View("not_given", "evidence:9", ADDRESS), allowed=False)
    visitors = open_visit(world.platform, world.ciso, where).visitors
    assert visitors is not None
    assert (visitors[0].views, visitors[0].refused) == (2, 6)  # the entrance is a page too
    with world.platform.database.read() as session:
        told = session.scalars(select(Mail).where(Mail.recipient == "rssi@hopital.test")).all()
    assert [one.subject for one in told] == ["Visite : 5 demandes refusées à Inès Marchand"]
    assert world.events()[-1] == "visit.requests_refused"


@both
def test_the_end_is_told_once_and_closes_what_was_open(world: World) -> None:
    draft = accounts.AccountDraft(
        "qualite", "Lou Petit", "une phrase de passe solide",
        (Grant(Role.QUALITY, Place(Level.ESTABLISHMENT, world.hospitals.valley)),), email="qualite@hopital.test",
    )  # fmt: skip
    accounts.open_account(world.platform, MACHINE, draft)
    where = world.plan()
    world.invite(where)
    assert close_due(world.platform) == 0
    world.clock.forward(days=3)
    assert close_due(world.platform) == 1
    assert close_due(world.platform) == 0
    sheet = open_visit(world.platform, world.ciso, where)
    assert sheet.line.state is VisitState.ENDED
    assert sheet.line.left is None
    assert sheet.visitors is not None
    assert sheet.visitors[0].closed_why == "Fin de la visite"
    with world.platform.database.read() as session:
        told = session.scalars(select(Mail.subject).where(Mail.recipient == "qualite@hopital.test")).all()
        at = session.scalars(select(VisitAccess.revoked_at)).one()
    assert told == ["Visite terminée : Certification 2026"]
    assert at == sheet.line.ends_at
    assert world.events()[-1] == "visit.closed"


def test_what_can_be_chosen_is_what_one_manages(world: World) -> None:
    found = choices(world.platform, world.ciso, world.hospitals.valley)
    # The only establishment of its entity: the whole of it is managed; the group is not.
    assert sorted(found.holders.values()) == ["CH de la Vallée", "Hôpital de la Vallée"]
    assert "has" in {name for group in found.frameworks.values() for name in group}
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, world.hospitals.valley)
    with pytest.raises(Forbidden):
        choices(world.platform, director, world.hospitals.valley)


def test_a_page_that_cannot_be_noted_is_not_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = world.inside(world.plan())
    monkeypatch.setattr("care.services.visits.viewing.MOST_VIEWS", 1)
    assert seen.access_id is not None
    with pytest.raises(Refused, match="most it can"):
        note_view(world.platform, seen.access_id, View("summary", "", ADDRESS), allowed=True)
    with world.platform.database.read() as session:
        assert len(session.scalars(select(VisitView)).all()) == 1
