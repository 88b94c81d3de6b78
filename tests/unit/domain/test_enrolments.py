"""Enrolments and receipts: what is written can be read, signed by whom it says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from care.domain.enrolments import (
    CODE_LENGTH,
    CODE_SIGNS,
    EnrolmentAnswer,
    EnrolmentRequest,
    Receipt,
    normal_code,
    read_answer,
    read_receipt,
    read_request,
    shown_code,
    write_answer,
    write_receipt,
    write_request,
)
from care.domain.federation import BundleVerdict
from care.domain.signed_documents import DocumentError
from scanners.model import Text
from tests.unit.domain.bundle_files import INSTALLATION, KEY, OTHER_KEY, raw

CODE = "0123456789ABCDEFGHJKMNPQ"
PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
REQUEST = EnrolmentRequest(CODE, INSTALLATION, "CH de la Côte", raw(KEY))
ANSWER = EnrolmentAnswer(INSTALLATION, "GRADeS d’essai", PEM, ("350000011", "2A0000014"), False, "Bretagne")
RECEIPT = Receipt(
    "cd" * 32, BundleVerdict.REFUSED, None, 11, Text("Refusé.", "Refused."), datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
)


def test_requests_answers_and_receipts_are_read_again() -> None:
    assert read_request(write_request(REQUEST, KEY.sign)) == REQUEST
    assert read_answer(write_answer(ANSWER, KEY.sign)) == ANSWER
    assert read_receipt(write_receipt(RECEIPT, KEY.sign), raw(KEY)) == RECEIPT


def test_signed_by_another_key_they_are_refused() -> None:
    with pytest.raises(DocumentError, match="signature"):
        read_request(write_request(REQUEST, OTHER_KEY.sign))
    with pytest.raises(DocumentError, match="signature"):
        read_answer(write_answer(ANSWER, OTHER_KEY.sign))
    with pytest.raises(DocumentError, match="signature"):
        read_receipt(write_receipt(RECEIPT, KEY.sign), raw(OTHER_KEY))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Un autre nom"),
        ("establishments", ["350000011"]),
        ("pseudonymous", True),
        ("identifier", "0f5cf3a2-6a54-4c2e-9a0b-0d6c7b1f2a12"),
        ("extra", "x"),
    ],
)
def test_an_answer_changed_on_its_way_is_refused(field: str, value: object) -> None:
    told = json.loads(write_answer(ANSWER, KEY.sign))
    told[field] = value
    with pytest.raises(DocumentError):
        read_answer(json.dumps(told).encode())


@pytest.mark.parametrize(
    "wrong",
    [
        replace(ANSWER, establishments=()),
        replace(ANSWER, establishments=("350000011", "350000011")),
        replace(ANSWER, establishments=("35",)),
        replace(ANSWER, name=" "),
        replace(ANSWER, name="une\nautre"),
        replace(ANSWER, place_name="x" * 201),
        replace(ANSWER, identifier="moi"),
    ],
)
def test_an_answer_with_a_wrong_thing_is_refused_although_signed(wrong: EnrolmentAnswer) -> None:
    with pytest.raises(DocumentError):
        read_answer(write_answer(wrong, KEY.sign))


def test_a_key_of_another_kind_is_refused() -> None:
    with pytest.raises(DocumentError, match="Ed25519"):
        read_answer(write_answer(replace(ANSWER, key_pem="-----BEGIN PUBLIC KEY-----"), KEY.sign))


def test_a_wrong_code_is_not_shown_again() -> None:
    with pytest.raises(DocumentError) as caught:
        read_request(write_request(replace(REQUEST, code="MON-SECRET"), KEY.sign))
    assert "SECRET" not in caught.value.text.fr


@given(st.text(alphabet=CODE_SIGNS, min_size=CODE_LENGTH, max_size=CODE_LENGTH))
def test_codes_are_the_same_however_they_are_typed(code: str) -> None:
    assert normal_code(shown_code(code)) == code
    assert normal_code(f" {shown_code(code).lower()} ") == code
    assert normal_code(code.replace("0", "o").replace("1", "l")) == code


@pytest.mark.parametrize("typed", ["", "ABCD", CODE + "0", CODE[:-1] + "U", CODE[:-1] + "é"])
def test_what_is_no_code_is_empty(typed: str) -> None:
    assert normal_code(typed) == ""


@given(st.binary(max_size=200))
def test_noise_is_refused(content: bytes) -> None:
    for read in (read_request, read_answer):
        with pytest.raises(DocumentError):
            read(content)
