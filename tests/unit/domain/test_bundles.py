"""Bundles: what is written can be read, and nothing else can."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from datetime import UTC, date, datetime
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.domain.alerts import AlertAnswer, Exposure
from care.domain.bundles import (
    MAX_BYTES,
    NewerFormatError,
    bundle_sha256,
    claims_of,
    presented_by,
    read_bundle,
    signed_bundle,
    written_moment,
    written_value,
)
from care.domain.indicators import Measured
from care.domain.signed_documents import MAX_NUMBER, DocumentError, canonical, read_object
from tests.unit.domain.bundle_files import (
    ALERT,
    INSTALLATION,
    KEY,
    OTHER_KEY,
    REGION,
    file_of,
    key_id,
    payload,
    pseudonymous,
    raw,
    rotation,
    signed_line,
)

GOOD = file_of(payload())


def refused(content: bytes) -> str:
    """The French reason for which a file is refused; it always has an English one."""
    with pytest.raises(DocumentError) as caught:
        read_bundle(content)
    assert caught.value.text.en
    assert caught.value.text.fr != caught.value.text.en
    return caught.value.text.fr


def test_what_is_written_is_read_again() -> None:
    bundle = read_bundle(signed_bundle(payload(), KEY.sign))
    assert (bundle.format, bundle.audience, bundle.installation, bundle.number) == (1, REGION, INSTALLATION, 1)
    assert bundle.made_at == datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    assert (bundle.key_id, bundle.public_key, bundle.rotation) == (key_id(KEY), raw(KEY), None)
    assert bundle.months == (202610, 202611)
    assert [(one.finess, one.pseudonym, len(one.values)) for one in bundle.holders] == [
        ("350000011", None, 3),
        ("2A0000014", None, 0),
    ]
    assert bundle.holders[0].values[2] == Measured("care-d2:O3.A", "2025.1", 202611, 0, 1, date(2026, 11, 22))
    assert bundle.values == 3
    (alert,) = bundle.alerts
    assert (alert.alert, alert.finess, alert.exposure, alert.seen) == (ALERT, "350000011", Exposure.EXPOSED, 2)
    assert (alert.facts_at, alert.answer) == (datetime(2026, 11, 20, 8, tzinfo=UTC), AlertAnswer.WORKING)
    assert alert.answered_at is None
    assert bundle.sha256 == bundle_sha256(GOOD)


def test_pseudonyms_hide_the_numbers_and_keep_the_category() -> None:
    (holder,) = read_bundle(file_of(pseudonymous())).holders
    assert (holder.finess, holder.pseudonym, holder.name) == (None, "00112233445566aa", "00112233445566aa")
    assert holder.category == "Centre Hospitalier (C.H.)"


def test_what_would_be_refused_is_not_signed() -> None:
    with pytest.raises(DocumentError):
        signed_bundle(payload(number=0), KEY.sign)
    with pytest.raises(DocumentError, match="signature"):
        signed_bundle(payload(), OTHER_KEY.sign)


@given(
    st.builds(
        Measured,
        code=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9:._@-]{1,79}", fullmatch=True),
        version=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,29}", fullmatch=True),
        month=st.sampled_from([202610, 202611]),
        numerator=st.integers(0, MAX_NUMBER),
        denominator=st.integers(0, MAX_NUMBER),
        as_of=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    )
)
def test_any_value_survives_the_journey(value: Measured) -> None:
    told = payload(holders=[{"finess": "350000011", "values": [written_value(value)]}])
    assert read_bundle(file_of(told)).holders[0].values == (value,)


@given(st.integers(946_684_800, 4_102_444_799), st.integers(0, 999_999))
def test_instants_are_written_to_the_second_in_utc(second: int, microsecond: int) -> None:
    at = datetime.fromtimestamp(second, UTC).replace(microsecond=microsecond)
    made = read_bundle(file_of(payload(made_at=written_moment(at)))).made_at
    assert made == at.replace(microsecond=0)


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_any_flipped_byte_is_refused(place: int, flip: int) -> None:
    changed = bytearray(GOOD)
    changed[place] ^= flip
    refused(bytes(changed))


@given(st.integers(0, len(GOOD) - 1))
def test_any_cut_is_refused(length: int) -> None:
    refused(GOOD[:length])


@given(st.integers(0, len(GOOD)), st.binary(min_size=1, max_size=5))
def test_anything_added_is_refused(place: int, added: bytes) -> None:
    refused(GOOD[:place] + added + GOOD[place:])


@given(st.binary(max_size=300))
def test_noise_is_refused(content: bytes) -> None:
    refused(content)
    refused(signed_line(b'{"format":1,' + content))
    claims_of(content)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-5, 3_000_000_000) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ),
    st.sampled_from(sorted(payload())),
)
def test_no_field_takes_anything_and_no_reader_breaks(told: Any, field: str) -> None:
    """Whatever a field holds, rightly signed: it is read, or refused with a reason, never an accident."""
    with suppress(DocumentError):
        assert read_bundle(file_of(payload(**{field: told}))).sha256


def test_lines_in_another_order_are_refused() -> None:
    first, second, _end = GOOD.split(b"\n")
    assert "n’est pas un lot" in refused(second + b"\n" + first + b"\n")


def test_ends_of_line_changed_by_mail_are_said() -> None:
    assert "fins de ligne" in refused(GOOD.replace(b"\n", b"\r\n"))


def test_a_mark_at_the_beginning_is_refused() -> None:
    assert "n’est pas un lot" in refused(b"\xef\xbb\xbf" + GOOD)


def test_keys_in_another_order_or_spaces_are_refused_even_signed() -> None:
    told = payload()
    spaced = json.dumps(told, sort_keys=True, ensure_ascii=False).encode()
    turned = json.dumps(dict(reversed(told.items())), separators=(",", ":"), ensure_ascii=False).encode()
    assert "unique forme" in refused(signed_line(spaced))
    assert "unique forme" in refused(signed_line(turned))


def test_escapes_are_not_the_only_form() -> None:
    line = canonical(pseudonymous()).replace(b"Centre", b"\\u0043entre")
    assert "unique forme" in refused(signed_line(line))


def test_lone_surrogates_have_no_form_at_all() -> None:
    line = canonical(pseudonymous()).replace(b"Centre", b"\\ud800")
    assert "unique forme" in refused(signed_line(line))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (b'"number":1', b'"number":1,"number":1', "donnée deux fois"),
        (b'"number":1', b'"number":NaN', "nombre entier"),
        (b'"number":1', b'"number":-Infinity', "nombre entier"),
        (b'"number":1', b'"number":1.0', "nombre entier"),
        (b'"number":1', b'"number":1e3', "nombre entier"),
        (b'"number":1', b'"number":' + b"9" * 5000, "sans fin"),
        (b'"number":1', b'"number":4294967296', "number"),
        (b'"number":1', b'"number":-1', "« -1 »"),
        (b'"number":1', b'"number":' + b"9" * 400, "« 9999"),
        (b"202611,1,1,", b"202611,-1,1,", "-1 / 1"),
        (b"202611,1,1,", b"202611,1,1000000001,", "1 / 1000000001"),
        (b'"number":1', b'"number":true', "number"),
        (b'"number":1', b'"number":' + b"[" * 100_000, "emboîtés"),
        (b'"format":1', b'"format":2', "plus récent"),
        (b'"format":1', b'"format":0', "quel format"),
        (b'"format":1', b'"format":"1"', "quel format"),
        (b'"finess":"2A0000014"', b'"finess":"350000011"', "deux fois"),
        (b'"finess":"2A0000014"', b'"finess":"35000001"', "finess"),
        (b'"finess":"2A0000014"', b'"pseudonym":"00112233445566aa"', "pseudonym"),
        (b"202610,202611]", b"202611,202610]", "dans l’ordre"),
        (b"202610,202611]", b"202610,202610]", "dans l’ordre"),
        (b"202610,202611]", b"202610,202613]", "months"),
        (b"202610,202611]", b"202611]", "month"),
        (b'"2026-11-22"', b'"2026-11-31"', "2026-11-31"),
        (b'"2026-11-22"', b'"22/11/2026"', "22/11/2026"),
        (b"T01:30:00Z", b"T01:30:00+01:00", "made_at"),
        (b"T01:30:00Z", b"T25:30:00Z", "made_at"),
        (b'"exposed"', b'"perhaps"', "exposure"),
        (b'"answer":"working"', b'"answer":"working","answer_note":"bonjour"', "answer_note"),
        (b'"EXO-TX"', b'"EXO TX"', "EXO TX"),
        (b'"previous":""', b'"previous":"abc"', "previous"),
        (b'"pseudonymous":false', b'"pseudonymous":0', "pseudonymous"),
        (b'"rotation":null', b'"rotation":[]', "rotation"),
    ],
)
def test_a_rightly_signed_bundle_with_one_wrong_thing_is_refused(before: bytes, after: bytes, said: str) -> None:
    line = canonical(payload())
    assert before in line
    assert said in refused(signed_line(line.replace(before, after)))


def test_an_unknown_or_missing_key_is_refused() -> None:
    assert "« comment »" in refused(file_of(payload(comment="bonjour")))
    short = payload()
    del short["alerts"]
    assert "« alerts » manque" in refused(file_of(short))


def test_a_newer_format_is_told_apart_whatever_else_changed() -> None:
    with pytest.raises(NewerFormatError):
        read_bundle(file_of({"format": 7, "other": "things"}))


def test_two_values_for_one_month_are_refused() -> None:
    value = ["EXO-TX", "1", 202611, 1, 1, "2026-11-22"]
    told = payload(holders=[{"finess": "350000011", "values": [value, [*value[:3], 0, 1, "2026-11-22"]]}])
    assert "Deux valeurs" in refused(file_of(told))


def test_a_key_that_is_not_the_one_told_is_refused() -> None:
    other = base64.b64encode(raw(OTHER_KEY)).decode()
    assert "empreinte" in refused(file_of(payload(public_key=other)))
    assert "signature" in refused(file_of(payload(), OTHER_KEY))


def test_a_signature_written_otherwise_is_refused() -> None:
    line, signature, _end = GOOD.split(b"\n")
    assert signature.endswith(b"==")
    last = bytes([signature[-3] + 1])  # other unused bits, the same 64 bytes
    assert base64.b64decode(signature[:-3] + last + b"==") == base64.b64decode(signature)
    assert "base64" in refused(line + b"\n" + signature[:-3] + last + b"==\n")


def test_too_large_is_said_before_anything_is_read() -> None:
    assert "Mio" in refused(b"{" + b" " * MAX_BYTES)


def test_a_new_key_is_presented_by_the_former_one() -> None:
    bundle = read_bundle(file_of(payload(OTHER_KEY, rotation=rotation(KEY, OTHER_KEY)), OTHER_KEY))
    assert presented_by(bundle, raw(KEY))
    assert not presented_by(bundle, raw(OTHER_KEY))
    forged = {**rotation(KEY, OTHER_KEY), "signature": rotation(OTHER_KEY, KEY)["signature"]}
    assert not presented_by(read_bundle(file_of(payload(OTHER_KEY, rotation=forged), OTHER_KEY)), raw(KEY))
    assert not presented_by(read_bundle(GOOD), raw(KEY))


def test_claims_of_a_refused_file_are_kept_when_they_can_be_read() -> None:
    claims = claims_of(GOOD[:-5])
    assert (claims.installation, claims.number, claims.format, claims.key_id) == (INSTALLATION, 1, 1, key_id(KEY))
    nothing = claims_of(canonical({"installation": "<script>", "number": -1, "key": 4, "made_at": "x"}))
    assert (nothing.installation, nothing.number, nothing.key_id, nothing.made_at) == ("", None, "", None)


def test_a_million_keys_one_of_them_twice_are_read_once() -> None:
    """Anybody may send this: the search for the key given twice must not look at all keys for each."""
    many = ",".join(f'"k{number}":0' for number in range(200_000))
    started = process_time()
    with pytest.raises(DocumentError, match="twice"):
        read_object(f'{{{many},"k199999":0}}'.encode())
    assert process_time() - started < 20  # two seconds; two million without
