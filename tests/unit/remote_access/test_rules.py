"""Every rule is silent on the gateway in order and speaks on the broken one; thresholds at their boundary."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanners.archive import Manifest, read_archive, write_archive
from scanners.catalog import rules_of
from scanners.model import Gap, Kind, Outcome, Rule, Status, Text
from scanners.remote_access.facts import (
    GATEWAY_SECTIONS,
    OTHER_KEYS,
    OUTSIDE,
    PROTOCOL_CLAUSE,
    REGISTER_SECTION,
    REPORT_CLAUSE,
    Access,
    Account,
    AuthorizedKey,
    Listener,
    OtherKey,
    PamLine,
    RemoteAccessFacts,
    SshdSettings,
)
from scanners.remote_access.judgement import UNSAID_OPEN
from scanners.remote_access.listed import LIST_SECTIONS, NOTHING_LISTED
from scanners.runner import run_rule, run_rules
from tests.unit.remote_access.specimens import (
    ACCESS,
    ACCOUNT,
    BROKEN,
    BROKEN_SUBJECTS,
    GATEWAY,
    HEALTHY,
    KEY,
    KEY_FILE,
    NOW,
    STRICT,
    TODAY,
    effective,
)

RULES = rules_of("remote_access")


def outcome(name: str, facts: RemoteAccessFacts) -> Outcome:
    return run_rule(next(rule for rule in RULES if rule.id == f"remote_access.{name}"), facts)


def with_account(**changes: Any) -> RemoteAccessFacts:
    return replace(HEALTHY, accounts=(replace(ACCOUNT, **changes),))


def with_key(**changes: Any) -> RemoteAccessFacts:
    return replace(HEALTHY, keys=(replace(KEY, **changes),))


def with_sshd(**changes: str) -> RemoteAccessFacts:
    values = {**STRICT, **changes}
    return replace(HEALTHY, sshd=(SshdSettings("", "", values), *effective(ACCOUNT.name, values)))


def with_row(**changes: Any) -> RemoteAccessFacts:
    assert HEALTHY.register is not None
    return replace(HEALTHY, register=replace(HEALTHY.register, rows=(replace(ACCESS, **changes),)))


def test_every_rule_has_its_expected_subjects() -> None:
    assert {rule.id.partition(".")[2] for rule in RULES} == set(BROKEN_SUBJECTS)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_is_silent_on_healthy(rule: Rule[Any]) -> None:
    result = run_rule(rule, HEALTHY)
    assert result.status is Status.PASSED, (result.reason, result.findings)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_speaks_on_broken(rule: Rule[Any]) -> None:
    result = run_rule(rule, BROKEN)
    assert result.status is Status.FAILED, result.reason
    assert {finding.subject for finding in result.findings} == BROKEN_SUBJECTS[rule.id.partition(".")[2]]
    for finding in result.findings:
        for lang in ("fr", "en"):
            assert "{" not in rule.describe(finding, lang)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_gap_in_what_a_rule_reads_is_never_a_pass(rule: Rule[Any]) -> None:
    for section in rule.reads:
        unread = replace(HEALTHY, gaps=(Gap(section, Text("non lu", "not read")),))
        assert run_rule(rule, unread).status is Status.NOT_ASSESSABLE


@pytest.mark.parametrize("rule", [rule for rule in RULES if "register" in rule.reads], ids=lambda rule: rule.id)
def test_without_a_register_its_rules_cannot_tell(rule: Rule[Any]) -> None:
    result = run_rule(rule, replace(HEALTHY, register=None))
    assert result.status is Status.NOT_ASSESSABLE
    assert result.reason is not None
    assert "registre" in result.reason.fr


def test_a_register_without_the_column_is_not_assessable() -> None:
    assert HEALTHY.register is not None
    bare = replace(HEALTHY, register=replace(HEALTHY.register, columns=("supplier", "equipment")))
    assert outcome("register_level", bare).status is Status.NOT_ASSESSABLE


def test_rules_on_the_register_alone_are_declared_and_no_others() -> None:
    declared = {rule.id for rule in RULES if rule.kind is Kind.DECLARED}
    assert declared == {rule.id for rule in RULES if rule.reads == ("register",)}


def test_facts_survive_the_archive(tmp_path: Path) -> None:
    manifest = Manifest("remote_access", 1, "bastion", NOW.isoformat(), NOW.isoformat(), "care 0")
    sha256 = write_archive(tmp_path / "facts", manifest, BROKEN)
    archive = read_archive(tmp_path / "facts")
    assert archive.facts == BROKEN
    assert archive.sha256 == sha256


@pytest.mark.parametrize(
    ("key_type", "bits", "failed"),
    [
        ("ssh-rsa", 2047, True),
        ("ssh-rsa", 2048, False),
        ("ssh-dss", 1024, True),
        ("ecdsa-sha2-nistp256", 256, False),
        ("ssh-ed25519", 256, False),
    ],
)
def test_weak_key_boundaries(key_type: str, bits: int, failed: bool) -> None:
    result = outcome("weak_key", with_key(type=key_type, bits=bits))
    assert (result.status is Status.FAILED) == failed


@pytest.mark.parametrize(("days", "failed"), [(90, False), (91, True)])
def test_unused_for_ninety_days(days: int, failed: bool) -> None:
    seen = with_account(last_login=NOW - timedelta(days=days))
    never = with_account(last_login=None, password_changed=TODAY - timedelta(days=days))
    for facts in (seen, never):
        assert (outcome("unused_account", facts).status is Status.FAILED) == failed


@pytest.mark.parametrize(("expires", "failed"), [(TODAY, True), (TODAY + timedelta(days=1), False)])
def test_an_account_ends_on_its_day(expires: date, failed: bool) -> None:
    assert (outcome("expired_account_with_key", with_account(expires=expires)).status is Status.FAILED) == failed


@pytest.mark.parametrize(("days", "failed"), [(365, False), (366, True)])
def test_a_review_holds_a_year(days: int, failed: bool) -> None:
    facts = with_row(reviewed=TODAY - timedelta(days=days))
    assert (outcome("register_review", facts).status is Status.FAILED) == failed


@pytest.mark.parametrize(
    ("decision", "to_close", "to_correct"),
    [
        ("", Status.PASSED, Status.PASSED),
        ("confirmed", Status.PASSED, Status.PASSED),
        ("revoked", Status.FAILED, Status.PASSED),
        ("changed", Status.PASSED, Status.FAILED),
    ],
)
@pytest.mark.parametrize("over", [{}, {"ends": TODAY - timedelta(days=1), "enabled": False}])
def test_what_a_review_decided_stands_until_the_line_is_ended(
    decision: str, to_close: Status, to_correct: Status, over: dict[str, Any]
) -> None:
    facts = with_row(decision=decision, decided=TODAY, **over)
    assert outcome("register_to_close", facts).status is to_close
    assert outcome("register_to_correct", facts).status is to_correct


@pytest.mark.parametrize("rule", ["register_to_close", "register_to_correct"])
def test_a_register_that_holds_no_decision_tells_nothing_of_them(rule: str) -> None:
    register = HEALTHY.register
    assert register is not None
    before = replace(register, columns=tuple(name for name in register.columns if name != "decision"))
    assert outcome(rule, replace(HEALTHY, register=before)).status is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ("register_review", "reviewed"),
        ("register_level", "level"),
        ("register_security_plan", "security_plan"),
        ("register_incomplete", "ends"),
        ("register_statement", "attested"),
        ("register_flow_review", "flow_reviewed"),
    ],
)
def test_a_cell_that_is_not_understood_is_not_called_empty(rule: str, field: str) -> None:
    assert outcome(rule, with_row(**{field: None})).status is Status.FAILED
    assert outcome(rule, with_row(**{field: None, "unread": (field,)})).status is Status.PASSED


@pytest.mark.parametrize(
    ("rule", "field"), [("register_statement", "attested"), ("register_flow_review", "flow_reviewed")]
)
@pytest.mark.parametrize(("days", "failed"), [(365, False), (366, True)])
def test_a_statement_and_an_approval_hold_a_year(rule: str, field: str, days: int, failed: bool) -> None:
    facts = with_row(**{field: TODAY - timedelta(days=days)})
    assert (outcome(rule, facts).status is Status.FAILED) == failed


@pytest.mark.parametrize(
    ("contract", "state", "status"),
    [
        ("Contrat", "covered", Status.PASSED),
        ("Contrat", "partly", Status.FAILED),
        ("Contrat", "absent", Status.FAILED),
        ("Contrat", "unanswered", Status.NOT_ASSESSABLE),
        ("Contrat", "not_applicable", Status.NOT_ASSESSABLE),
        ("", "covered", Status.FAILED),
    ],
)
def test_an_agreement_is_read_in_the_contract(contract: str, state: str, status: Status) -> None:
    facts = with_row(contract=contract, clauses={PROTOCOL_CLAUSE: state} if contract else {})
    assert outcome("register_protocol", facts).status is status


@pytest.mark.parametrize(
    ("said", "clause", "failed"),
    [
        (True, "", False),
        (None, "covered", False),
        (None, "", True),
        (False, "covered", True),
        (True, "absent", True),
        (None, "to_confirm", True),
    ],
)
def test_of_two_words_on_reports_a_no_is_believed(said: bool | None, clause: str, failed: bool) -> None:
    facts = with_row(report=said, clauses={REPORT_CLAUSE: clause} if clause else {})
    assert (outcome("register_report", facts).status is Status.FAILED) == failed


@pytest.mark.parametrize(
    ("technology", "failed"),
    [
        ("VPN IPsec", False),
        ("VPN TLS (FortiGate)", False),
        ("vpn", False),
        ("Bastion (WALLIX)", False),
        ("Modem", True),
        ("Outil de prise de main en ligne (TeamViewer)", True),
        ("Directement depuis Internet", True),
        ("Directement depuis Internet (FortiGate SSL)", True),
        ("Directement depuis Internet (bastion SSH)", True),
        ("Direct, sans VPN", True),
        ("Modem (routeur VPN)", True),
        ("Outil de prise de main en ligne (SSL Tool)", True),
        ("Autre (TLS maison)", True),
        ("FortiGate VPN SSL", False),
        ("", True),
    ],
)
def test_an_access_comes_in_by_a_vpn(technology: str, failed: bool) -> None:
    assert (outcome("register_tunnel", with_row(technology=technology)).status is Status.FAILED) == failed


@pytest.mark.parametrize(
    ("gateway", "technology", "sources", "failed"),
    [
        (True, "Modem", (), False),
        (False, "VPN IPsec", ("192.0.2.7",), False),
        (None, "VPN IPsec", ("192.0.2.7",), False),
        (False, "VPN IPsec", (), True),
        (False, "Modem", ("192.0.2.7",), True),
        (False, "Directement depuis Internet (FortiGate SSL)", ("192.0.2.7",), True),
        (False, "VPN IPsec", ("0.0.0.0/0",), True),
        (False, "VPN IPsec", ("192.0.2.7", "::/0"), True),
        (False, "VPN IPsec", ("192.0.2.7", "*"), True),
        (False, "VPN IPsec", ("0.0.0.0",), True),
        (False, "VPN IPsec", ("dynamique",), True),
        (False, "VPN IPsec", ("dynamique", "192.0.2.7"), False),
        (False, "VPN IPsec", ("192.0.0.0/16",), False),
        (False, "VPN IPsec", ("192.0.0.0/15",), True),
        (False, "VPN IPsec", ("192.0.2.1-192.0.2.9",), False),
        (False, "VPN IPsec", ("0.0.0.0-255.255.255.255",), True),
        (None, "", (), True),
    ],
)
def test_outside_the_gateway_a_tunnel_and_addresses(
    gateway: bool | None, technology: str, sources: tuple[str, ...], failed: bool
) -> None:
    facts = with_row(gateway=gateway, technology=technology, sources=sources)
    assert (outcome("register_unfiltered", facts).status is Status.FAILED) == failed


@pytest.mark.parametrize("rule", ["register_open_intervention", "register_ended"])
def test_nobody_says_whether_an_access_is_open(rule: str) -> None:
    over = {"ends": TODAY - timedelta(days=1)} if rule == "register_ended" else {}
    result = outcome(rule, with_row(enabled=None, **over))
    assert (result.status, result.reason) == (Status.NOT_ASSESSABLE, UNSAID_OPEN)
    assert outcome(rule, with_row(enabled=False, **over)).status is Status.PASSED
    assert outcome(rule, with_row(enabled=None, unread=("enabled",), **over)).status is Status.PASSED


def test_the_register_alone_is_asked_of_no_gateway() -> None:
    alone = RemoteAccessFacts(NOW, "", "", register=HEALTHY.register)
    asked = {one.rule.id for one in run_rules(RULES, alone)}
    assert asked == {rule.id for rule in RULES if rule.reads == ("register",)}


def test_a_gateway_is_asked_nothing_of_lists_that_others_were_given() -> None:
    without = {one.rule.id for one in run_rules(RULES, replace(HEALTHY, listed=NOTHING_LISTED))}
    assert without == {rule.id for rule in RULES if not set(rule.reads) & LIST_SECTIONS}
    lists = RemoteAccessFacts(NOW, "", "", listed=HEALTHY.listed)
    assert {one.rule.id for one in run_rules(RULES, lists)} == {rule.id for rule in RULES} - without


def test_every_section_that_rules_read_is_known() -> None:
    read = {section for rule in RULES for section in rule.reads}
    assert read == GATEWAY_SECTIONS | LIST_SECTIONS | {REGISTER_SECTION, OTHER_KEYS}


def test_a_gateway_leaves_the_register_to_its_own_audit() -> None:
    apart = {one.rule.id for one in run_rules(RULES, replace(HEALTHY, register_apart=True))}
    assert apart == {rule.id for rule in RULES if rule.reads != ("register",)}
    assert "remote_access.unregistered_account" in apart
    assert len(run_rules(RULES, HEALTHY)) == len(RULES)


@pytest.mark.parametrize(("days", "failed"), [(365, False), (364, True)])
def test_traces_are_kept_a_year(days: int, failed: bool) -> None:
    assert (outcome("register_trace_retention", with_row(trace_days=days)).status is Status.FAILED) == failed
    local = replace(HEALTHY, log_targets=(), rotation_days=days)
    assert (outcome("local_trace_retention", local).status is Status.FAILED) == failed


@pytest.mark.parametrize(("seconds", "failed"), [(900, False), (901, True), (None, True)])
def test_idle_sessions_end_within_fifteen_minutes(seconds: int | None, failed: bool) -> None:
    facts = replace(HEALTHY, shell_timeout=seconds)
    assert (outcome("idle_timeout", facts).status is Status.FAILED) == failed


@pytest.mark.parametrize(
    ("seconds", "registered", "failed"), [(900, True, False), (901, True, True), (900, False, True), (None, True, True)]
)
def test_an_idle_session_that_logind_ends(seconds: int | None, registered: bool, failed: bool) -> None:
    line = PamLine("/etc/pam.d/common-session", "session", "optional", "pam_systemd.so")
    facts = replace(HEALTHY, shell_timeout=None, idle_stop=seconds, pam=(*HEALTHY.pam, *([line] if registered else [])))
    assert (outcome("idle_timeout", facts).status is Status.FAILED) == failed


def test_a_channel_timeout_of_sshd_counts() -> None:
    facts = replace(with_sshd(channeltimeout="session:*=15m"), shell_timeout=None)
    assert outcome("idle_timeout", facts).status is Status.PASSED


@pytest.mark.parametrize(
    ("methods", "pam", "failed"),
    [
        ("any", True, True),
        ("publickey", True, True),
        ("password", True, True),
        ("publickey,password", False, False),
        ("publickey,keyboard-interactive", True, False),
        ("publickey,keyboard-interactive", False, False),
        ("keyboard-interactive", True, False),
        ("keyboard-interactive", False, True),
        ("publickey,password password", True, True),
        ("publickey,publickey", True, True),
    ],
)
def test_two_factors_of_different_kinds(methods: str, pam: bool, failed: bool) -> None:
    facts = with_sshd(authenticationmethods=methods)
    lines = (PamLine("/etc/pam.d/sshd", "auth", "required", "pam_oath.so"),) if pam else ()
    assert (outcome("single_factor", replace(facts, pam=lines)).status is Status.FAILED) == failed


def by_block(general: dict[str, str], *accounts: dict[str, str]) -> RemoteAccessFacts:
    """What sshd would do in general, and for accounts that Match blocks tell apart; root is shut out."""
    names = [f"tm_{number}" for number in range(len(accounts))]
    return replace(
        HEALTHY,
        shell_timeout=None,
        accounts=(*HEALTHY.accounts, *(replace(ACCOUNT, name=name) for name in names)),
        sshd=(
            SshdSettings("", "", {**STRICT, **general}),
            *effective("root", {**STRICT, **general}),
            *(
                one
                for name, values in zip(names, accounts, strict=True)
                for one in effective(name, {**STRICT, **values})
            ),
        ),
    )


STOPS = {"channeltimeout": "session:*=15m"}


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ("login_limits_off", {}, {"maxauthtries": "7"}),
        ("user_environment", {}, {"acceptenv": "LANG *"}),
        ("access_list", {}, {"allowgroups": "", "allowusers": ""}),
        ("access_list", {}, {"allowgroups": "*"}),
        ("revocation_missing", {"revokedkeys": "/etc/ssh/revoked"}, {"trustedusercakeys": "/etc/ssh/ca.pub"}),
        ("idle_timeout", STOPS, {}),
        ("idle_timeout", STOPS, {"channeltimeout": "session:*=16m"}),
    ],
)
def test_what_a_match_block_changes_is_judged_for_its_account(
    rule: str, good: dict[str, str], bad: dict[str, str]
) -> None:
    whole = f"{GATEWAY}/session" if rule == "idle_timeout" else f"{GATEWAY}/sshd"

    def found(facts: RemoteAccessFacts) -> set[str]:
        return {finding.subject for finding in outcome(rule, facts).findings}

    assert found(by_block(good, good, good)) == set()
    assert found(by_block(good, good, bad)) == {f"{GATEWAY}/tm_1"}
    assert found(by_block(bad, good, bad)) == {whole}
    assert found(by_block(bad, good, good)) == set()  # every account that may come in is mended
    assert found(by_block(bad)) == {whole}
    refused = SshdSettings("tm_0", OUTSIDE, {}, "any must appear alone")
    unsure = by_block(bad, good)
    assert found(replace(unsure, sshd=(*unsure.sshd, refused))) == {whole}


def test_root_counts_among_accounts_when_it_may_come_in() -> None:
    facts = by_block({"maxauthtries": "7", "permitrootlogin": "yes"}, {})
    assert [one.subject for one in outcome("login_limits_off", facts).findings] == [f"{GATEWAY}/sshd"]


def test_an_authority_that_one_key_file_names_is_told_of_its_account() -> None:
    keys = (replace(KEY, account="tm_0", options={"cert-authority": ""}),)
    told = outcome("revocation_missing", replace(by_block({}, {}), keys=keys))
    assert [(one.subject, one.evidence["authorities"]) for one in told.findings] == [(f"{GATEWAY}/tm_0", KEY.path)]
    mended = replace(by_block({}, {"revokedkeys": "/etc/ssh/revoked"}), keys=keys)
    assert outcome("revocation_missing", mended).status is Status.PASSED


@pytest.mark.parametrize(
    ("settings", "options", "kinds"),
    [
        ({"allowstreamlocalforwarding": "yes"}, {}, "StreamLocal"),
        ({"allowstreamlocalforwarding": "local"}, {}, "StreamLocal"),
        ({"allowstreamlocalforwarding": "no"}, {}, ""),
        ({"allowstreamlocalforwarding": "yes"}, {"no-port-forwarding": ""}, ""),
        ({"allowstreamlocalforwarding": "yes"}, {"restrict": ""}, ""),
        ({"x11forwarding": "yes"}, {"no-port-forwarding": ""}, "X11"),
        ({"x11forwarding": "yes"}, {"no-port-forwarding": "", "no-x11-forwarding": ""}, ""),
        ({"x11forwarding": "yes"}, {"restrict": "", "x11-forwarding": ""}, "X11"),
        ({"x11forwarding": "yes"}, {"restrict": ""}, ""),
        ({"permittunnel": "yes"}, {"restrict": ""}, "tun"),
        ({"permittunnel": "yes", "x11forwarding": "yes", "disableforwarding": "yes"}, {}, "tun"),
        ({"gatewayports": "yes"}, {"restrict": ""}, ""),
    ],
)
def test_what_a_key_forbids_of_forwarding(settings: dict[str, str], options: dict[str, str], kinds: str) -> None:
    facts = replace(with_sshd(**settings), keys=(replace(KEY, options=options),))
    assert [one.evidence["kinds"] for one in outcome("forwarding_allowed", facts).findings] == (
        [kinds] if kinds else []
    )


def pam(**files: list[tuple[str, str]]) -> RemoteAccessFacts:
    lines = tuple(
        PamLine(f"/etc/pam.d/{file.replace('_', '-')}", "auth", control, module)
        for file, stack in files.items()
        for control, module in stack
    )
    return replace(with_sshd(authenticationmethods="keyboard-interactive"), pam=lines)


OATH, RADIUS, UNIX, DENY = "pam_oath.so", "pam_radius_auth.so", "pam_unix.so", "pam_deny.so"
FAILED, PASSED, UNTOLD = Status.FAILED, Status.PASSED, Status.NOT_ASSESSABLE


@pytest.mark.parametrize(
    ("stack", "status"),
    [
        ([("required", OATH)], PASSED),
        ([("requisite", OATH), ("required", UNIX)], PASSED),
        ([("optional", OATH)], FAILED),
        ([("sufficient", OATH), ("required", UNIX)], FAILED),
        ([("sufficient", OATH), ("required", DENY)], PASSED),
        ([("sufficient", UNIX), ("required", OATH)], UNTOLD),
        ([("include", "common-auth"), ("required", OATH)], UNTOLD),
        ([("substack", "password-auth"), ("required", OATH)], PASSED),
        ([("[success=ok new_authtok_reqd=ok ignore=ignore default=bad]", OATH)], PASSED),
        ([("[success=ok user_unknown=ignore default=bad]", OATH)], UNTOLD),
        ([("[success=1 default=ignore]", OATH), ("requisite", DENY)], PASSED),
        ([("[success=1 default=ignore]", OATH), ("required", UNIX)], UNTOLD),
        ([("[success=1 default=ignore]", UNIX), ("requisite", DENY), ("required", OATH)], PASSED),
        ([("[success=2 default=ignore]", UNIX), ("requisite", DENY), ("required", OATH)], UNTOLD),
        ([("sufficient", RADIUS)], FAILED),
        ([("required", RADIUS)], FAILED),
        ([("required", RADIUS), ("required", UNIX)], PASSED),
        ([("required", RADIUS), ("sufficient", UNIX)], UNTOLD),
        ([("required", RADIUS), ("required", OATH)], PASSED),
    ],
)
def test_only_a_module_that_must_succeed_is_a_factor(stack: list[tuple[str, str]], status: Status) -> None:
    lines = tuple(PamLine("/etc/pam.d/sshd", "auth", control, module) for control, module in stack)
    facts = replace(with_sshd(authenticationmethods="keyboard-interactive"), pam=lines)
    assert outcome("single_factor", facts).status is status


DEBIAN = [("[success=1 default=ignore]", UNIX), ("requisite", DENY), ("required", "pam_permit.so")]


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ({"sshd": [("include", "common-auth"), ("required", OATH)], "common_auth": DEBIAN}, PASSED),
        ({"sshd": [("required", OATH), ("include", "common-auth")], "common_auth": DEBIAN}, PASSED),
        ({"sshd": [("include", "common-auth"), ("required", OATH)]}, UNTOLD),  # nobody knows what it holds
        ({"sshd": [("include", "common-auth"), ("required", OATH)], "common_auth": [("sufficient", UNIX)]}, UNTOLD),
        (
            {
                "sshd": [("include", "common-auth"), ("required", OATH)],
                "common_auth": [("[success=1 default=ignore]", UNIX)],
            },
            UNTOLD,  # it jumps over the code
        ),
        ({"sshd": [("include", "common-auth")], "common_auth": [("required", OATH), *DEBIAN]}, PASSED),
        ({"sshd": [("substack", "password-auth")], "password_auth": [("required", OATH)]}, PASSED),
        ({"sshd": [("sufficient", UNIX), ("substack", "system-auth")], "system_auth": [("required", OATH)]}, UNTOLD),
        ({"sshd": [("required", UNIX)], "system_auth": [("required", OATH)]}, UNTOLD),  # sshd may not go there
        ({"sshd": [("required", UNIX)], "system_auth": [("optional", OATH)]}, FAILED),
        ({"sshd": [("include", "sshd"), ("required", OATH)]}, UNTOLD),  # a file within itself
    ],
)
def test_what_a_pam_file_includes_stands_where_it_is_included(
    files: dict[str, list[tuple[str, str]]], status: Status
) -> None:
    assert outcome("single_factor", pam(**files)).status is status


def test_pam_files_that_include_each_other_end() -> None:
    files = {f"f{number}": [("include", f"f{other}") for other in range(9)] * 50 for number in range(9)}
    facts = pam(sshd=[("include", "f0"), ("required", OATH)], **files)
    assert outcome("single_factor", facts).status in {FAILED, UNTOLD}


def test_radius_beside_a_password_of_another_file_is_a_doubt() -> None:
    lines = (
        PamLine("/etc/pam.d/sshd", "auth", "required", RADIUS),
        PamLine("/etc/pam.d/common-auth", "auth", "[success=1 default=ignore]", UNIX),
    )
    facts = replace(with_sshd(authenticationmethods="keyboard-interactive"), pam=lines)
    assert outcome("single_factor", facts).status is UNTOLD
    with_key = replace(with_sshd(authenticationmethods="publickey,keyboard-interactive"), pam=lines)
    assert outcome("single_factor", with_key).status is PASSED


@pytest.mark.parametrize(
    ("uid", "seen"),
    [
        (999, False),
        (1000, True),
        (64_999, True),
        (65_534, False),
        (65_536, True),
        (1_200_000_500, True),
        (2**32 - 2, False),
    ],
)
def test_numbers_of_people(uid: int, seen: bool) -> None:
    assert (outcome("account_without_expiry", with_account(uid=uid, expires=None)).status is FAILED) == seen


def test_a_hardware_key_counts_as_two_factors() -> None:
    facts = with_sshd(authenticationmethods="publickey")
    hardware = replace(KEY, type="sk-ssh-ed25519@openssh.com")
    assert outcome("single_factor", replace(facts, keys=(hardware,))).status is Status.PASSED


def test_a_password_after_a_key_is_not_a_password_alone() -> None:
    facts = with_sshd(passwordauthentication="yes", authenticationmethods="publickey,password")
    assert outcome("password_authentication", facts).status is Status.PASSED


def test_forwarding_to_named_destinations_is_accepted() -> None:
    keys = (replace(KEY, options={}),)
    anywhere = replace(with_sshd(allowtcpforwarding="yes"), keys=keys)
    planned = replace(with_sshd(allowtcpforwarding="yes", permitopen="10.1.2.3:22"), keys=keys)
    assert outcome("forwarding_allowed", anywhere).status is Status.FAILED
    assert outcome("forwarding_allowed", planned).status is Status.PASSED


def test_pam_lastlog_is_no_recorder() -> None:
    facts = replace(with_sshd(forcecommand="none"), pam=(PamLine("s", "session", "optional", "pam_lastlog.so"),))
    assert outcome("session_recording", facts).status is Status.FAILED


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"mode": 0o600}, False),
        ({"mode": 0o620}, True),
        ({"mode": 0o602}, True),
        ({"owner": "root", "mode": 0o644}, False),
        ({"owner": "tm_labo"}, True),
        ({"kind": "symbolic link", "mode": 0o777}, True),
    ],
)
def test_key_files_belong_to_their_account(changes: dict[str, Any], failed: bool) -> None:
    facts = replace(HEALTHY, key_files=(replace(KEY_FILE, **changes),))
    assert (outcome("key_file_exposed", facts).status is Status.FAILED) == failed


def test_a_telnet_on_the_reached_loopback_address_counts() -> None:
    other = replace(HEALTHY, gateway="127.77.3.1", listeners=(Listener("tcp", "127.77.2.1", 23),))
    own = replace(HEALTHY, gateway="127.77.3.1", listeners=(Listener("tcp", "127.77.3.1", 23),))
    assert outcome("legacy_services", other).status is Status.PASSED
    assert outcome("legacy_services", own).status is Status.FAILED


def test_the_audit_account_is_never_judged() -> None:
    account = Account("care-audit", 2020, "/bin/sh", "/home/care-audit", password="locked")
    key = AuthorizedKey("care-audit", "/k", 1, "ssh-ed25519", 256, "SHA256:bbbb", {})
    facts = replace(HEALTHY, accounts=(account,), keys=(key,))
    for name in ("account_without_expiry", "key_without_source", "unregistered_account"):
        assert outcome(name, facts).status is Status.PASSED


def test_a_row_without_supplier_is_named_by_its_line() -> None:
    assert HEALTHY.register is not None
    facts = replace(HEALTHY, register=replace(HEALTHY.register, rows=(Access(line=7, equipment="IRM"),)))
    assert outcome("register_incomplete", facts).findings[0].subject == "registre.csv:7"


def test_an_unregistered_administrator_is_left_aside() -> None:
    facts = with_account(name="adm_bastion", groups=("adm_bastion", "sudo"))
    assert outcome("unregistered_account", facts).status is Status.PASSED


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"equipment": "Scanner", "accounts": ("HOPITAL\\TM_imagerie",)}, True),
        ({"equipment": "Scanner", "accounts": ("tm_scanner",)}, False),
        ({"equipment": "irm", "accounts": ("tm_imagerie",)}, False),  # another way to the same equipment
        ({"equipment": "IRM (n° 7)", "accounts": ("tm_imagerie",)}, False),
        ({"equipment": "IRM (n° 8)", "accounts": ("tm_imagerie",)}, True),  # that is its own name
        ({"equipment": "Scanner", "ends": TODAY - timedelta(days=1), "enabled": False}, False),
        ({"equipment": "Scanner", "ends": TODAY, "enabled": False}, True),
        ({"equipment": "Scanner", "ends": TODAY - timedelta(days=1), "enabled": True}, True),
    ],
)
def test_an_account_is_of_one_equipment(changes: dict[str, Any], failed: bool) -> None:
    assert HEALTHY.register is not None
    rows = (ACCESS, replace(ACCESS, line=7, **changes))
    result = outcome("register_shared_account", replace(HEALTHY, register=replace(HEALTHY.register, rows=rows)))
    assert (result.status is Status.FAILED) == failed
    if failed:
        assert {one.evidence["line"] for one in result.findings} == {ACCESS.line, 7}  # its page is found by it


def test_keys_are_compared_with_those_of_other_gateways() -> None:
    same = OtherKey(KEY.fingerprint, "autre.hopital.test", KEY.account)
    told = replace(HEALTHY, other_keys=(same,))
    (finding,) = outcome("shared_key_elsewhere", told).findings
    assert finding.evidence["elsewhere"] == f"autre.hopital.test/{KEY.account}"
    assert outcome("shared_key_elsewhere", replace(HEALTHY, other_keys=())).status is Status.PASSED
    unread = outcome("shared_key_elsewhere", replace(HEALTHY, unread_gateways=("Bastion 2",)))
    assert (unread.status, unread.reason is not None) == (Status.NOT_ASSESSABLE, True)
    over = replace(KEY, options={**KEY.options, "expiry-time": f"{TODAY - timedelta(days=1):%Y%m%d}"})
    assert outcome("shared_key_elsewhere", replace(told, keys=(over,))).status is Status.PASSED
    last = replace(KEY, options={**KEY.options, "expiry-time": f"{TODAY:%Y%m%d}"})
    assert outcome("shared_key_elsewhere", replace(told, keys=(last,))).status is Status.FAILED


def test_alone_a_gateway_is_not_asked_of_the_keys_of_others() -> None:
    asked = {one.rule.id for one in run_rules(RULES, replace(HEALTHY, other_keys=None))}
    assert {rule.id for rule in RULES} - asked == {"remote_access.shared_key_elsewhere"}
