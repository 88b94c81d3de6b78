"""Every rule on the gateway has its fault in the lab's bastion, or the reason why it has none."""

from __future__ import annotations

from tests.lab import bastion
from tests.unit.remote_access.test_references import RULES


def test_every_rule_on_the_gateway_is_planted_or_says_why_not() -> None:
    planted = {fault for login in bastion.LOGINS for fault in login.faults} | set(bastion.GATEWAY_FAULTS)
    assert planted & set(bastion.NOT_PLANTABLE) == set()
    assert planted | set(bastion.NOT_PLANTABLE) == {rule.id.partition(".")[2] for rule in RULES}
