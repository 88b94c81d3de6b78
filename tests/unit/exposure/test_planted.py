"""Each rule of exposure is planted in a zone of the lab, which expects its subjects and no other, or says why not."""

from __future__ import annotations

from scanners.catalog import rules_of
from tests.lab import exposure
from tests.lab.exposure import known, lab_names, tls_servers, zone_devices, zone_plan

RULES = {rule.id.removeprefix("exposure.") for rule in rules_of("exposure")}
NOT_PLANTABLE: dict[str, str] = {}
"""Rule -> what no server of ours can be made to do."""


def planted() -> dict[str, set[str]]:
    """Rule -> the zones that have a place where it must speak. Each is audited whole by an integration test, which
    refuses any difference with what is expected there."""
    spoken = {
        "the 128 hosts (test_exposure_zone)": {
            *(rule.removeprefix("exposure.") for rule in zone_plan.expected(list(zone_plan.places()))),
            *zone_plan.ALONE,
        },
        "devices (test_exposure_devices)": {
            rule.removeprefix("exposure.") for rule, subjects in zone_devices.expected().items() if subjects
        },
        "names, mail and DNS (test_exposure)": {*exposure.EXPECTED, *exposure.UNDER_OTHER_NAMES, *lab_names.EXPECTED},
        "known vulnerabilities (test_exposure)": {rule for rule, _server, _rest in known.NAMED},
        "settings of TLS (test_exposure_tls)": {
            rule for server in (*tls_servers.SERVERS, *tls_servers.STUBS) for rule in server.rules
        },
    }
    return {rule: {zone for zone, rules in spoken.items() if rule in rules} for rule in set().union(*spoken.values())}


def test_each_rule_is_planted_or_says_why_it_cannot_be() -> None:
    assert RULES - set(planted()) == set(NOT_PLANTABLE)
    assert all(reason.endswith(".") for reason in NOT_PLANTABLE.values())


def test_nothing_is_expected_of_a_rule_that_is_no_more() -> None:
    assert set(planted()) - RULES == set()
