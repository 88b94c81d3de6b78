from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from care.domain.access_links import BELIED, AnswerError, Fault, compared, read_answer
from care.domain.supplier_questions import ASKED, BY_NAME, QUESTIONS, REQUESTS
from care.store.remote_access import RemoteAccess
from scanners.catalog import all_rules

TODAY = date(2026, 3, 9)


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("technology", "bastion", "bastion"),
        ("level", "2", 2),
        ("second_factor", "yes", True),
        ("second_factor", "no", False),
        ("accounts", " tm_a \n\n tm  b\ntm_a", ["tm_a", "tm b"]),
        ("attested_on", "2026-02-03", "2026-02-03"),
        ("emergency_contact", " 02 96  00 ", "02 96 00"),
        ("technology", "  ", None),
    ],
)
def test_an_answer_is_read_as_the_register_holds_it(name: str, typed: str, value: Any) -> None:
    assert read_answer(BY_NAME[name], typed, TODAY) == value


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("technology", "pigeon"),
        ("level", "3"),
        ("second_factor", "true"),
        ("attested_on", "03/02/2026"),
        ("attested_on", "2026-03-10"),
        ("accounts", "\n".join(map(str, range(51)))),
        ("accounts", "x" * 101),
        ("emergency_contact", "x" * 301),
        ("emergency_contact", "x " * 20_000),
    ],
)
def test_what_is_not_offered_or_too_long_is_a_fault(name: str, typed: str) -> None:
    with pytest.raises(AnswerError):
        read_answer(BY_NAME[name], typed, TODAY)


def test_only_what_both_sides_know_differs() -> None:
    held = {"technology": "bastion", "accounts": ["TM_B", "tm_a"], "level": None, "emergency_contact": ""}
    said = {"technology": "Bastion", "accounts": ["tm_a", "tm_b"], "level": 2, "emergency_contact": "12"}
    lines = {one.asked.name: one for one in compared(held, said, ())}
    assert not any(one.differs for one in lines.values())
    assert lines["emergency_contact"].held is None
    assert compared(held, {"accounts": ["tm_a"]}, ())[1].differs


def test_a_yes_is_belied_by_a_finding_and_a_no_is_not() -> None:
    fault = Fault("remote_access.single_factor", "tm_a", 7)
    (yes,) = compared({}, {"second_factor": True}, [fault])
    (no,) = compared({}, {"second_factor": False}, [fault])
    assert yes.against == (fault,)
    assert not no.contradicted


def test_questions_are_columns_of_the_register_and_rules_exist() -> None:
    assert {one.name for one in ASKED} <= {column.name for column in RemoteAccess.__table__.columns}
    assert frozenset().union(*BELIED.values()) <= set(all_rules())
    assert set(BELIED) <= set(BY_NAME)


def test_a_question_is_asked_somewhere_and_written_once() -> None:
    assert all(one.asked or one.request for one in QUESTIONS)
    assert all(bool(one.rule) == bool(one.request) for one in QUESTIONS)
    assert {f"remote_access.{rule}" for rule in REQUESTS} <= set(all_rules())
    assert len(REQUESTS) == sum(bool(one.rule) for one in QUESTIONS)
    assert len(BY_NAME) == len(ASKED)
