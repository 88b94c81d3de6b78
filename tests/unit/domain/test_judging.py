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


def test_filed_documents_wait_for_a_person() -> None:
    item = Item("1", "", Text("Un", "One"), assessed_by=(D,))
    assert len(judge(item, [Heard(D, Say.YES)]).missing) == 1
