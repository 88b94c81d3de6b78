"""Whether a requirement is met: what each method says, alone and together."""

from __future__ import annotations

import pytest

from care.domain.frameworks import Item, Method
from care.domain.judging import Heard, RequirementStatus, Say, judge
from scanners.model import Text

R, C, D, P, I = Method.RULE, Method.COMPUTED, Method.DOCUMENT, Method.DECLARATION, Method.INTERVIEW  # noqa: E741
MET, NOT_MET, FILED = RequirementStatus.MET, RequirementStatus.NOT_MET, RequirementStatus.EVIDENCE_FILED
BEGUN, NOT_STARTED = RequirementStatus.IN_PROGRESS, RequirementStatus.NOT_STARTED
CONFIRM, OUT = RequirementStatus.TO_CONFIRM, RequirementStatus.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("assessed_by", "says", "status"),
    [
        ((R,), {}, NOT_STARTED),
        ((R,), {R: Say.NOTHING}, NOT_STARTED),
        ((R,), {R: Say.YES}, MET),
        ((R,), {R: Say.NO}, NOT_MET),
        ((R,), {R: Say.BEGUN}, BEGUN),
        ((R,), {R: Say.BEGUN, P: Say.YES}, BEGUN),
        ((R,), {R: Say.NO, P: Say.YES}, NOT_MET),
        ((R,), {P: Say.YES}, MET),
        ((C,), {C: Say.UNSURE}, CONFIRM),
        ((C,), {C: Say.UNSURE, P: Say.YES}, CONFIRM),
        ((D,), {D: Say.BEGUN}, BEGUN),
        ((D,), {D: Say.YES}, FILED),
        ((D,), {P: Say.YES}, BEGUN),
        ((D,), {D: Say.YES, P: Say.YES}, MET),
        ((D,), {D: Say.YES, P: Say.NO}, NOT_MET),
        ((R, D), {R: Say.YES}, BEGUN),
        ((R, D), {R: Say.YES, D: Say.YES}, FILED),
        ((R, D), {R: Say.YES, D: Say.YES, P: Say.YES}, MET),
        ((R, C), {R: Say.YES}, BEGUN),
        ((R, C), {R: Say.YES, C: Say.YES}, MET),
        ((D, I), {D: Say.YES, I: Say.YES}, MET),
        ((D,), {D: Say.YES, P: Say.OUT}, OUT),
        ((R,), {R: Say.YES, P: Say.OUT}, OUT),
        ((R,), {R: Say.NO, P: Say.OUT}, NOT_MET),
        ((R, I), {R: Say.NO, P: Say.OUT, I: Say.YES}, NOT_MET),
        ((C,), {C: Say.NO, P: Say.OUT}, OUT),
        ((R, C), {R: Say.NO, C: Say.YES, P: Say.OUT}, NOT_MET),
        ((), {}, NOT_STARTED),
        ((), {P: Say.YES}, CONFIRM),
    ],
)
def test_what_methods_say_together(
    assessed_by: tuple[Method, ...], says: dict[Method, Say], status: RequirementStatus
) -> None:
    item = Item("1", "", Text("Un", "One"), assessed_by=assessed_by)
    assert judge(item, [Heard(method, say) for method, say in says.items()]).status is status


def test_why_and_what_is_missing_are_kept_once_each() -> None:
    why, lacks = Text("parce que", "because"), Text("la politique", "the policy")
    item = Item("1", "", Text("Un", "One"), assessed_by=(R, D))
    found = judge(item, [Heard(R, Say.NOTHING, (why,), (lacks,)), Heard(D, Say.BEGUN, (), (lacks,))])
    assert (found.why, found.missing) == ((why,), (lacks,))


@pytest.mark.parametrize(
    ("says", "contradicted"),
    [
        ({R: Say.NO, P: Say.YES}, True),
        ({R: Say.NO, P: Say.OUT}, True),
        ({R: Say.NO, I: Say.YES}, True),
        ({C: Say.NO, P: Say.YES}, True),
        ({C: Say.NO, P: Say.OUT}, False),
        ({R: Say.NO, P: Say.BEGUN}, False),
        ({R: Say.NO, P: Say.NO}, False),
        ({R: Say.NO, D: Say.YES}, False),
        ({R: Say.UNSURE, P: Say.YES}, False),
        ({R: Say.YES, P: Say.YES}, False),
    ],
)
def test_what_is_measured_contradicts_who_says_that_all_is_well(says: dict[Method, Say], contradicted: bool) -> None:
    item = Item("1", "", Text("Un", "One"), assessed_by=(R, C))
    assert judge(item, [Heard(method, say) for method, say in says.items()]).contradicted is contradicted


def test_the_failure_is_told_first_and_the_answer_beside_it() -> None:
    item = Item("1", "", Text("Un", "One"), assessed_by=(R, P))
    said, found = Text("Mme Roy a répondu « Oui »", "Mrs Roy answered “Yes”"), Text("1 constat", "1 finding")
    filed = Text("« Procédure »", "“Procedure”")
    heard = [Heard(P, Say.YES, (said,)), Heard(D, Say.YES, (filed,)), Heard(R, Say.NO, (found,))]
    told = [one.en for one in judge(item, heard).why]
    assert told == ["1 finding", "Contradicted by what is measured: Mrs Roy answered “Yes”", "“Procedure”"]


def test_filed_documents_wait_for_a_person() -> None:
    item = Item("1", "", Text("Un", "One"), assessed_by=(D,))
    assert len(judge(item, [Heard(D, Say.YES)]).missing) == 1
