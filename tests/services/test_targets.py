"""Targets and mandates: checked field by field, secrets never shown, no exposure audit without a valid mandate."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import date
from hashlib import sha256
from io import BytesIO

import pytest
from sqlalchemy import select

from care.domain.access import Level, Role, Scope
from care.services import audits, mandates, targets
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.evidence import Upload, open_content
from care.services.evidence import withdraw as withdraw_evidence
from care.services.library import open_evidence
from care.services.mandates import MandateDraft
from care.services.platform import Platform
from care.services.targets import TargetDraft
from care.store.targets import TargetSecret
from care.store.trail import TrailEvent
from scanners.errors import CollectError
from tests.support.audits import AD_REQUEST, PASSWORD, add_directory, run_audit
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person
from tests.support.ports import PlannedCollect

MANDATE = MandateDraft(
    authorised_by="Mme Roux",
    role="Directrice",
    reference="2026-014",
    scope=("127.77.2.0/24",),
    excluded=("127.77.2.9",),
    valid_from=date(2026, 3, 1),
    valid_to=date(2026, 3, 31),
    unsigned_why="Essai",
)


def exposure(*what: str, mandate_id: int | None = None, name: str = "Périmètre Internet") -> TargetDraft:
    return TargetDraft("exposure", name, {"targets": list(what)}, mandate_id=mandate_id)


@pytest.mark.both_databases
def test_a_target_is_kept_with_its_secret_sealed(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    number = add_directory(platform, machine, hospitals.valley)
    seen = targets.open_target(platform, machine, number)
    assert seen.request["server"] == AD_REQUEST["server"]
    assert list(seen.secrets) == ["password"]
    with platform.database.read() as session:
        assert targets.opened_secrets(platform, session, number) == {"password": PASSWORD}
        (row,) = session.scalars(select(TargetSecret))
        assert PASSWORD.encode() not in row.sealed


def test_no_secret_is_in_the_database_file_in_clear(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    add_directory(platform, machine, hospitals.valley)
    path = platform.settings.data_dir / "care.sqlite3"
    with sqlite3.connect(path) as database:
        dump = "\n".join(database.iterdump())
    database.close()
    assert "ldaps://dc1.hopital.test" in dump
    assert PASSWORD not in dump
    assert PASSWORD.encode().hex() not in dump.lower()


@pytest.mark.parametrize(
    ("draft", "fields"),
    [
        (TargetDraft("ad", "", AD_REQUEST), {"name"}),
        (TargetDraft("ad", "x" * 201, AD_REQUEST), {"name"}),
        (TargetDraft("ad", "x", {}), {"request.server", "request.user"}),
        (TargetDraft("ad", "x", {**AD_REQUEST, "page_size": 1}), {"request.page_size"}),
        (TargetDraft("ad", "x", {**AD_REQUEST, "nonsense": 1}), {"request.nonsense"}),
        (TargetDraft("ad", "", {**AD_REQUEST, "user": ""}), {"name", "request.user"}),
        (TargetDraft("nothing", "x", {}), {"scanner"}),
        (TargetDraft("ad", "x", AD_REQUEST, {"password": "x" * 100_001}), {"secrets.password"}),
    ],
)
def test_what_is_wrong_is_said_field_by_field(
    platform: Platform, machine: Scope, hospitals: Hospitals, draft: TargetDraft, fields: set[str]
) -> None:
    with pytest.raises(Invalid) as refusal:
        targets.add_target(platform, machine, hospitals.valley, draft)
    assert set(refusal.value.fields) == fields
    assert all(text.fr and text.en for text in refusal.value.fields.values())


@pytest.mark.parametrize("server", ["-oProxyCommand=x", "ldaps://dc 1", "ldaps://$(id)", "http://dc1", ""])
def test_a_server_that_is_no_address_is_refused(
    platform: Platform, machine: Scope, hospitals: Hospitals, server: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        targets.add_target(
            platform, machine, hospitals.valley, TargetDraft("ad", "x", {**AD_REQUEST, "server": server})
        )
    assert any(field.startswith("request") for field in refusal.value.fields)


@pytest.mark.both_databases
def test_two_targets_of_a_kind_have_two_names(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    first = add_directory(platform, machine, hospitals.valley)
    add_directory(platform, machine, hospitals.hill)
    with pytest.raises(Invalid) as refusal:
        add_directory(platform, machine, hospitals.valley)
    assert set(refusal.value.fields) == {"name"}
    targets.archive_target(platform, machine, first)
    add_directory(platform, machine, hospitals.valley)


def test_a_secret_is_kept_changed_or_forgotten(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    number = add_directory(platform, machine, hospitals.valley)

    def change(version: int, **secrets: str) -> dict[str, str]:
        draft = TargetDraft("ad", "Annuaire", AD_REQUEST, secrets)
        targets.change_target(platform, machine, number, draft, version)
        with platform.database.read() as session:
            return targets.opened_secrets(platform, session, number)

    assert change(1) == {"password": PASSWORD}
    assert change(2, password="autre") == {"password": "autre"}
    assert change(3, password="") == {}


def test_two_people_do_not_overwrite_each_other(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    number = add_directory(platform, machine, hospitals.valley)
    draft = TargetDraft("ad", "Annuaire", AD_REQUEST)
    targets.change_target(platform, machine, number, draft, 1)
    with pytest.raises(Refused, match="Somebody else"):
        targets.change_target(platform, machine, number, draft, 1)


def test_an_archived_target_forgets_its_secrets_and_is_no_longer_audited(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    number = add_directory(platform, machine, hospitals.valley)
    started = audits.start_audit(platform, machine, number)
    assert started is not None
    with pytest.raises(Refused, match="cancel it first"):
        targets.archive_target(platform, machine, number)
    audits.jobs.cancel(platform, machine, started.job_id)
    targets.archive_target(platform, machine, number)
    assert targets.open_target(platform, machine, number).secrets == {}
    assert targets.list_targets(platform, machine, hospitals.valley) == ()
    with pytest.raises(NotFound):
        audits.start_audit(platform, machine, number)


def test_strangers_and_readers(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    number = add_directory(platform, machine, hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    for attempt in (targets.open_target, targets.archive_target):
        with pytest.raises(NotFound):
            attempt(platform, stranger, number)
    assert targets.open_target(platform, director, number).name == "Annuaire"
    with pytest.raises(Forbidden):
        targets.archive_target(platform, director, number)
    with pytest.raises(Forbidden):
        targets.list_targets(platform, person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley), hospitals.valley)


@pytest.mark.both_databases
def test_an_exposure_audit_needs_a_mandate(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    bare = targets.add_target(platform, machine, hospitals.valley, exposure("127.77.2.1"))
    with pytest.raises(Refused, match="requires a mandate"):
        audits.start_audit(platform, machine, bare)
    mandate = mandates.add_mandate(platform, machine, hospitals.valley, MANDATE)
    draft = exposure("127.77.2.1", mandate_id=mandate, name="Zone")
    number = targets.add_target(platform, machine, hospitals.valley, draft)
    clock.forward(days=-2)
    with pytest.raises(Refused, match="not valid yet"):
        audits.start_audit(platform, machine, number)
    clock.forward(days=40)
    with pytest.raises(Refused, match="expired on 2026-03-31"):
        audits.start_audit(platform, machine, number)
    assert "expiré" in mandates.open_mandate(platform, machine, mandate).refusal
    clock.forward(days=-38)
    assert mandates.open_mandate(platform, machine, mandate).refusal == ""
    assert audits.start_audit(platform, machine, number) is not None
    mandates.withdraw_mandate(platform, machine, mandate)
    other = targets.add_target(
        platform, machine, hospitals.valley, exposure("127.77.2.1", mandate_id=mandate, name="Autre")
    )
    with pytest.raises(Refused, match="was withdrawn"):
        audits.start_audit(platform, machine, other)


@pytest.mark.parametrize("what", ["127.77.3.1", "127.77.2.9", "127.77.0.0/21", "127.77.2.0/23"])
def test_a_target_outside_the_mandate_is_refused_before_anything_starts(
    platform: Platform, machine: Scope, hospitals: Hospitals, what: str
) -> None:
    mandate = mandates.add_mandate(platform, machine, hospitals.valley, MANDATE)
    number = targets.add_target(platform, machine, hospitals.valley, exposure("127.77.2.1", what, mandate_id=mandate))
    with pytest.raises(Refused, match="2026-014"):
        audits.start_audit(platform, machine, number)


def test_a_mandate_of_another_hospital_is_not_offered(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    mandate = mandates.add_mandate(platform, machine, hospitals.far, MANDATE)
    with pytest.raises(Invalid) as refusal:
        targets.add_target(platform, machine, hospitals.valley, exposure("127.77.2.1", mandate_id=mandate))
    assert set(refusal.value.fields) == {"mandate_id"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("authorised_by", " "),
        ("reference", ""),
        ("scope", ()),
        ("scope", ("-oX /tmp/x",)),
        ("excluded", ("a b",)),
        ("valid_to", date(2026, 2, 1)),
        ("hours", "midnight"),
        ("timezone", "Mars/Olympus"),
    ],
)
def test_a_wrong_mandate_names_its_field(
    platform: Platform, machine: Scope, hospitals: Hospitals, field: str, value: object
) -> None:
    draft = MandateDraft(**{**{name: getattr(MANDATE, name) for name in MandateDraft.__slots__}, field: value})
    with pytest.raises(Invalid) as refusal:
        mandates.add_mandate(platform, machine, hospitals.valley, draft)
    assert set(refusal.value.fields) == {field}


def test_the_signed_document_is_kept_as_evidence(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    draft = replace(MANDATE, document=Upload("../mandat.pdf", BytesIO(b"%PDF-signed")))
    number = mandates.add_mandate(platform, machine, hospitals.valley, draft)
    signed = mandates.open_mandate(platform, machine, number).signed
    assert signed is not None
    document = signed.id
    assert signed.sha256 == sha256(b"%PDF-signed").hexdigest()
    line = open_evidence(platform, machine, document).line
    assert (line.name, line.effective_to) == ("mandat.pdf", MANDATE.valid_to)
    assert open_content(platform, machine, document).path.read_bytes() == b"%PDF-signed"


def _front(platform: Platform, machine: Scope, place: int) -> tuple[int, int]:
    """A mandate without its signed document, and the target it is for."""
    mandate = mandates.add_mandate(platform, machine, place, replace(MANDATE, unsigned_why=""))
    return mandate, targets.add_target(platform, machine, place, exposure("127.77.2.1", mandate_id=mandate))


@pytest.mark.both_databases
def test_without_its_signed_document_a_mandate_starts_no_audit_until_it_is_there(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    mandate, target = _front(platform, machine, hospitals.valley)
    with pytest.raises(Refused, match="does not have its signed document"):
        audits.start_audit(platform, machine, target)
    view = mandates.open_mandate(platform, machine, mandate)
    assert (view.signed, view.unsigned) == (None, None)
    assert "document signé" in view.refusal
    assert not mandates.mandate_usable(platform, hospitals.valley)
    mandates.sign_mandate(platform, machine, mandate, Upload("mandat.pdf", BytesIO(b"%PDF-signed")))
    assert mandates.open_mandate(platform, machine, mandate).refusal == ""
    started = audits.start_audit(platform, machine, target)
    assert started is not None
    with pytest.raises(Refused, match="already has its signed document"):
        mandates.sign_mandate(platform, machine, mandate, Upload("autre.pdf", BytesIO(b"%PDF-other")))


def test_somebody_may_answer_for_audits_without_the_document_and_the_mandate_stays_incomplete(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    mandate, target = _front(platform, machine, hospitals.valley)
    with pytest.raises(Invalid):
        mandates.go_unsigned(platform, machine, mandate, " ")
    mandates.go_unsigned(platform, machine, mandate, "Accord écrit du 2 mars,\noriginal en signature")
    view = mandates.open_mandate(platform, machine, mandate)
    assert view.signed is None
    assert view.unsigned is not None
    assert (view.unsigned.why, view.unsigned.by) == ("Accord écrit du 2 mars, original en signature", machine.actor)
    assert audits.start_audit(platform, machine, target) is not None
    with platform.database.read() as session:
        told = session.scalars(select(TrailEvent).where(TrailEvent.action == "mandate.unsigned")).one()
    assert told.detail == {"why": "Accord écrit du 2 mars, original en signature"}


def test_a_signed_document_withdrawn_from_the_evidence_is_no_longer_one(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    mandate, target = _front(platform, machine, hospitals.valley)
    mandates.sign_mandate(platform, machine, mandate, Upload("mandat.pdf", BytesIO(b"%PDF-signed")))
    signed = mandates.open_mandate(platform, machine, mandate).signed
    assert signed is not None
    withdraw_evidence(platform, machine, signed.id, "Ce n’était pas le bon fichier", 1)
    with pytest.raises(Refused, match="does not have its signed document"):
        audits.start_audit(platform, machine, target)


def test_the_collector_is_told_which_document_was_signed(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    mandate, target = _front(platform, machine, hospitals.valley)
    mandates.sign_mandate(platform, machine, mandate, Upload("mandat.pdf", BytesIO(b"%PDF-signed")))
    with pytest.raises(CollectError, match="No collection planned"):
        run_audit(platform, machine, target)
    assert isinstance(platform.collect, PlannedCollect)
    (call,) = platform.collect.calls
    assert call[1]["mandate"]["document"] == sha256(b"%PDF-signed").hexdigest()


def test_strangers_neither_sign_nor_answer_for_a_mandate(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    mandate, _target = _front(platform, machine, hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    with pytest.raises(NotFound):
        mandates.sign_mandate(platform, stranger, mandate, Upload("mandat.pdf", BytesIO(b"%PDF-signed")))
    with pytest.raises(NotFound):
        mandates.go_unsigned(platform, stranger, mandate, "Parce que")
    reader = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(Forbidden):
        mandates.go_unsigned(platform, reader, mandate, "Parce que")
