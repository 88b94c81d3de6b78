"""Where installations knock: enrolments and bundles, without a session, bounded, answered in JSON."""

from __future__ import annotations

import gzip
import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from care.domain import bundles, enrolments
from care.domain.access import Level, Place
from care.domain.enrolments import read_answer, read_receipt
from care.domain.federation import BundleVerdict
from care.services.federation.enrolling import FREE_ATTEMPTS, InvitationDraft, invite
from care.services.platform import Platform
from care.store.federation import Installation
from tests.support.federation import Sender, code_of
from tests.support.people import MACHINE, Hospitals, valid_finess

VALLEY = valid_finess("01000003")
BUNDLES, ENROLMENTS = "/federation/bundles", "/federation/enrolments"


@pytest.fixture
def sender(platform: Platform) -> Sender:
    return Sender(platform.signer.key_id)


@pytest.fixture
def code(platform: Platform, hospitals: Hospitals) -> str:
    return invite(platform, MACHINE, InvitationDraft("CH", Place(Level.REGION, hospitals.region), (VALLEY,))).code


def told(platform: Platform, sender: Sender) -> bytes:
    now = platform.clock.now()
    name, version = code_of(platform)
    month = now.year * 100 + now.month
    return sender.bundle(now, {VALLEY: [[name, version, month, 1, 1, f"{now:%Y-%m-%d}"]]})


def test_a_hospital_enrols_and_sends_without_any_session(
    client: FlaskClient, platform: Platform, sender: Sender, code: str
) -> None:
    answer = client.post(ENROLMENTS, data=sender.request(code), content_type="application/json")
    assert (answer.status_code, answer.mimetype) == (201, "application/json")
    assert read_answer(answer.data).establishments == (VALLEY,)
    assert "Set-Cookie" not in answer.headers
    content, key = told(platform, sender), platform.signer.public_keys[platform.signer.key_id]
    for verdict in (BundleVerdict.TAKEN, BundleVerdict.ALREADY):
        answer = client.post(BUNDLES, data=content)
        assert answer.status_code == 200
        assert read_receipt(answer.data, key).verdict is verdict
    packed = client.post(BUNDLES, data=gzip.compress(told(platform, sender)), headers={"Content-Encoding": "gzip"})
    assert read_receipt(packed.data, key).verdict is BundleVerdict.TAKEN


def test_no_form_token_is_wanted_and_no_cookie_read(app: Flask, platform: Platform, sender: Sender, code: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post(ENROLMENTS, data=sender.request(code))
    assert answer.status_code == 201


def test_a_refused_bundle_has_a_signed_receipt_too(client: FlaskClient, platform: Platform, sender: Sender) -> None:
    answer = client.post(BUNDLES, data=told(platform, sender))
    assert answer.status_code == 422
    receipt = read_receipt(answer.data, platform.signer.public_keys[platform.signer.key_id])
    assert (receipt.verdict, receipt.last_number) == (BundleVerdict.REFUSED, 0)
    assert "n’est pas celle" in receipt.reason.fr


@pytest.mark.parametrize(
    ("content", "packing", "code"),
    [
        (b"x" * (bundles.MAX_BYTES + 1), "identity", 413),
        (gzip.compress(b"0" * (bundles.MAX_BYTES + 1)), "gzip", 413),
        (gzip.compress(b"x")[:-3], "gzip", 400),
        (gzip.compress(b"x") + b"x", "gzip", 400),
        (b"x", "gzip", 400),
        (b"x", "br", 415),
        (b"", "identity", 422),
    ],
    # Named, as gzip writes the hour into what it packs: workers would not collect the same tests.
    ids=["too-large", "too-large-unpacked", "cut-short", "more-behind", "not-packed", "unknown-packing", "empty"],
)
def test_what_cannot_be_unpacked_within_bounds_is_refused(
    client: FlaskClient, hospitals: Hospitals, content: bytes, packing: str, code: int
) -> None:
    answer = client.post(BUNDLES, data=content, headers={"Content-Encoding": packing})
    assert answer.status_code == code
    said = json.loads(answer.data)
    assert said["reason_fr"]
    assert said["reason_en"]


def test_a_request_that_is_none_is_said_so(client: FlaskClient, hospitals: Hospitals) -> None:
    answer = client.post(ENROLMENTS, data=b"{}")
    assert answer.status_code == 400
    assert "manque" in json.loads(answer.data)["reason_fr"]
    large = client.post(ENROLMENTS, data=b"x" * (enrolments.MAX_BYTES + 1))
    assert large.status_code == 413


def test_who_forges_waits(client: FlaskClient, hospitals: Hospitals, platform: Platform) -> None:
    for _ in range(FREE_ATTEMPTS):
        assert client.post(BUNDLES, data=b"{").status_code == 422
    answer = client.post(BUNDLES, data=b"{")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    with platform.database.read() as session:
        assert session.query(Installation).count() == 0
