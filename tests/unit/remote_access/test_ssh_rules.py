"""Boundaries of the rules on the SSH server, its sessions, keys and algorithms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from scanners.catalog import rules_of
from scanners.model import Outcome, Status
from scanners.remote_access.facts import (
    INSIDE,
    OUTSIDE,
    PamLine,
    PrivateKeyFile,
    RemoteAccessFacts,
    ShellSession,
    SshdSettings,
)
from scanners.remote_access.sources import admits, too_wide
from scanners.runner import run_rule
from scanners.ssh_offer import Ssh
from tests.unit.remote_access.specimens import (
    ACCOUNT,
    HEALTHY,
    KEY,
    KEY_FILE,
    NOW,
    OFFER,
    SESSION,
    STRICT,
    STRICT_KEX,
    TODAY,
)
from tests.unit.remote_access.test_rules import with_account, with_key, with_sshd

RULES = {rule.id.partition(".")[2]: rule for rule in rules_of("remote_access")}


def outcome(name: str, facts: RemoteAccessFacts) -> Outcome:
    return run_rule(RULES[name], facts)


def failed(name: str, facts: RemoteAccessFacts) -> bool:
    result = outcome(name, facts)
    assert result.status in {Status.PASSED, Status.FAILED}, result.reason
    return result.status is Status.FAILED


@pytest.mark.parametrize(
    ("patterns", "wide"),
    [
        ("*", True),
        ("0.0.0.0/0", True),
        ("::/0", True),
        ("10.0.0.0/8", True),
        ("192.0.0.0/15", True),
        ("192.0.0.0/16", False),
        ("192.0.2.10", False),
        ("192.0.2.*", False),
        ("192.*", True),
        ("192.0.2.0/24,*", True),
        ("192.0.2.0/24,!192.0.2.9", False),
        ("2001:db8::/32", False),
        ("2001::/16", True),
        ("*.fr", True),
        ("*.fournisseur.fr", False),
        ("astreinte.fournisseur.fr", False),
        ("?*", True),
    ],
)
def test_a_source_too_wide_is_as_none(patterns: str, wide: bool) -> None:
    assert too_wide(patterns) == wide
    assert failed("key_without_source", with_key(options={"from": patterns})) == wide


@pytest.mark.parametrize(
    ("patterns", "address", "expected"),
    [
        ("192.0.2.0/24", "192.0.2.10", True),
        ("192.0.2.0/24", "198.51.100.7", False),
        ("192.0.2.0/24,!192.0.2.10", "192.0.2.10", False),
        ("192.0.2.*", "192.0.2.10", True),
        ("2001:db8::/32", "2001:db8::7", True),
        ("2001:db8::/32", "192.0.2.10", False),
        ("*.fournisseur.fr", "192.0.2.10", None),
        ("192.0.2.0/24", "poste.fournisseur.fr", None),
    ],
)
def test_an_address_is_admitted_refused_or_untold(patterns: str, address: str, expected: bool | None) -> None:
    assert admits(patterns, address) is expected


def sessions(*changes: dict[str, Any]) -> RemoteAccessFacts:
    return replace(HEALTHY, shell_sessions=tuple(replace(SESSION, **change) for change in changes))


def at(hours: float) -> datetime:
    return NOW - timedelta(days=5) + timedelta(hours=hours)


@pytest.mark.parametrize(("seconds", "expected"), [(0, False), (1, True)])
def test_a_session_may_last_half_a_day(seconds: int, expected: bool) -> None:
    ended = SESSION.started + timedelta(hours=12, seconds=seconds)
    assert failed("long_session", sessions({"ended": ended})) == expected


def test_a_session_that_goes_on_counts_to_the_day_of_the_audit() -> None:
    (finding,) = outcome("long_session", sessions({"ended": None, "open": True})).findings
    assert finding.evidence["hours"] == 120
    assert not failed("long_session", sessions({"ended": None, "open": False}))


@pytest.mark.parametrize(("minutes", "expected"), [(5, False), (6, True)])
def test_two_addresses_at_once(minutes: int, expected: bool) -> None:
    second = at(2) - timedelta(minutes=minutes)
    facts = sessions({}, {"source": "192.0.2.20", "started": second, "ended": at(4)})
    assert failed("concurrent_sources", facts) == expected


def test_one_address_may_hold_several_sessions_and_an_old_overlap_is_forgotten() -> None:
    assert not failed("concurrent_sources", sessions({}, {"terminal": "pts/1"}))
    old = {"started": NOW - timedelta(days=91), "ended": NOW - timedelta(days=90, hours=20)}
    assert not failed("concurrent_sources", sessions(old, {**old, "source": "192.0.2.20"}))


def test_a_long_session_overlaps_one_that_began_much_later() -> None:
    facts = sessions(
        {"ended": at(8)},
        {"source": "192.0.2.20", "started": at(-3), "ended": at(-2)},
        {"source": "192.0.2.20", "started": at(6), "ended": at(7)},
    )
    assert failed("concurrent_sources", facts)


@pytest.mark.parametrize(("source", "expected"), [("192.0.2.99", False), ("198.51.100.7", True), ("", False)])
def test_a_session_from_where_no_key_may_come(source: str, expected: bool) -> None:
    assert failed("session_from_elsewhere", sessions({"source": source})) == expected


def test_an_account_free_to_come_from_anywhere_is_nowhere_unexpected() -> None:
    facts = sessions({"source": "198.51.100.7"})
    assert not failed("session_from_elsewhere", replace(facts, keys=(KEY, replace(KEY, options={}))))


@pytest.mark.parametrize(("days", "expected"), [(365, False), (366, True)])
def test_a_password_holds_a_year(days: int, expected: bool) -> None:
    facts = with_account(password="set", password_changed=TODAY - timedelta(days=days))
    assert failed("old_password", facts) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "locked"},
        {"expires": TODAY},
        {"password_changed": date(1970, 1, 1)},
        {"password_changed": None},
    ],
)
def test_a_password_that_opens_nothing_has_no_age(changes: dict[str, Any]) -> None:
    old = {"password": "set", "password_changed": TODAY - timedelta(days=800)}
    assert failed("old_password", with_account(**old))
    assert not failed("old_password", with_account(**{**old, **changes}))


@pytest.mark.parametrize(("days", "expected"), [(1095, False), (1096, True)])
def test_keys_hold_three_years(days: int, expected: bool) -> None:
    facts = replace(HEALTHY, key_files=(replace(KEY_FILE, modified=TODAY - timedelta(days=days)),))
    assert failed("old_keys", facts) == expected
    assert not failed("old_keys", replace(facts, keys=(replace(KEY, options={"expiry-time": "20270101"}),)))


@pytest.mark.parametrize(
    ("written", "ends"),
    [("20260630", True), ("202606301200Z", True), ("soon", False), ("20261332", False), ("", False)],
)
def test_keys_that_end_by_themselves_end_the_account(written: str, ends: bool) -> None:
    facts = replace(with_account(expires=None), keys=(replace(KEY, options={"expiry-time": written}),))
    assert failed("account_without_expiry", facts) == (not ends)
    by_password = replace(with_account(expires=None, password="set"), keys=facts.keys)
    assert failed("account_without_expiry", by_password)


@pytest.mark.parametrize(
    ("destination", "expected"), [("10.1.2.3:22", False), ("*:*", True), ("10.1.2.3:22,*:80", True)]
)
def test_keys_may_lead_to_named_destinations_only(destination: str, expected: bool) -> None:
    facts = replace(with_sshd(allowtcpforwarding="yes"), keys=(replace(KEY, options={"permitopen": destination}),))
    assert failed("forwarding_allowed", facts) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"maxauthtries": "6", "logingracetime": "120"}, False),
        ({"maxauthtries": "7"}, True),
        ({"logingracetime": "121"}, True),
        ({"logingracetime": "0"}, True),
        ({"logingracetime": "1"}, False),
    ],
)
def test_login_limits_are_those_of_openssh(values: dict[str, str], expected: bool) -> None:
    assert failed("login_limits_off", with_sshd(**values)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"acceptenv": "LANG LC_*"}, False),
        ({"acceptenv": "LANG *"}, True),
        ({"permituserenvironment": "yes"}, True),
        ({"permituserenvironment": "LANG"}, False),
    ],
)
def test_variables_are_chosen_one_by_one(values: dict[str, str], expected: bool) -> None:
    assert failed("user_environment", with_sshd(**values)) == expected


@pytest.mark.parametrize(
    ("cards", "address", "expected"),
    [
        (("eth0", "eth1"), "0.0.0.0:22", True),
        (("eth0", "eth1"), "[::]:22", True),
        (("eth0",), "0.0.0.0:22", False),
        (("eth0", "eth1"), "10.0.0.5:22", False),
    ],
)
def test_one_card_is_one_network(cards: tuple[str, ...], address: str, expected: bool) -> None:
    facts = replace(with_sshd(listenaddress=address), interfaces=cards)
    assert failed("listens_everywhere", facts) == expected


@pytest.mark.parametrize(("offset", "expected"), [(120, False), (-120, False), (121, True), (-121, True)])
def test_a_clock_may_be_two_minutes_off(offset: int, expected: bool) -> None:
    assert failed("clock_unkept", replace(HEALTHY, clock_offset=offset)) == expected


def test_a_clock_nobody_keeps_is_told_even_when_it_is_right() -> None:
    facts = replace(HEALTHY, processes=("sshd",))
    (finding,) = outcome("clock_unkept", facts).findings
    assert "service de temps : aucun" in RULES["clock_unkept"].describe(finding, "fr")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"protocol": "1.99"}, "SSH 1.99"),
        ({"key_exchanges": ("diffie-hellman-group1-sha1", STRICT_KEX)}, "diffie-hellman-group1-sha1"),
        ({"host_keys": ("ssh-dss",)}, "ssh-dss"),
        ({"ciphers": ("3des-cbc",)}, "3des-cbc"),
        ({"macs": ("hmac-md5",)}, "hmac-md5"),
        ({"key_exchanges": ("curve25519-sha256",)}, "chacha20-poly1305@openssh.com"),
        ({"dh_bits": 1024}, "diffie-hellman-group-exchange (1024 bits)"),
    ],
)
def test_each_weakness_of_the_offer_is_named(changes: dict[str, Any], named: str) -> None:
    (finding,) = outcome("weak_algorithms", replace(HEALTHY, offer=replace(OFFER, **changes))).findings
    assert finding.evidence["algorithms"] == named


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (("rsa-sha2-512", 2047), True),
        (("rsa-sha2-512", 2048), False),
        (("ecdsa-sha2-nistp256", 256), False),
        (("ssh-ed25519", 256), False),
    ],
)
def test_host_keys_have_a_least_size(key: tuple[str, int], expected: bool) -> None:
    assert failed("weak_host_key", replace(HEALTHY, offer=replace(OFFER, host_key_bits=(key,)))) == expected


def test_sizes_nobody_read_are_not_judged() -> None:
    unmeasured = replace(HEALTHY, offer=Ssh("2.0", ("curve25519-sha256", STRICT_KEX)))
    assert outcome("weak_host_key", unmeasured).status is Status.NOT_ASSESSABLE
    assert not failed("weak_algorithms", unmeasured)


def test_an_authority_wants_a_revocation_list() -> None:
    by_line = replace(HEALTHY, keys=(replace(KEY, options={"cert-authority": "", "from": "192.0.2.0/24"}),))
    assert failed("revocation_missing", by_line)
    assert failed("revocation_missing", with_sshd(trustedusercakeys="/etc/ssh/ca.pub"))
    assert not failed("revocation_missing", with_sshd(trustedusercakeys="/etc/ssh/ca.pub", revokedkeys="/etc/ssh/no"))


def test_a_transfer_account_is_shut_in_its_folder() -> None:
    assert failed("sftp_without_chroot", with_sshd(forcecommand="/usr/lib/openssh/sftp-server -l INFO"))
    assert not failed("sftp_without_chroot", with_sshd(forcecommand="internal-sftp", chrootdirectory="/srv/%u"))


def test_the_audit_accounts_own_key_is_not_looked_at() -> None:
    facts = replace(HEALTHY, private_keys=(PrivateKeyFile("care-audit", "/home/care-audit/.ssh/id", False),))
    assert not failed("private_key_in_clear", facts)


@pytest.mark.parametrize(
    ("field", "rules"),
    [
        ("private_keys", {"private_key_in_clear"}),
        ("shell_sessions", {"concurrent_sources", "long_session", "session_from_elsewhere"}),
        ("processes", {"audit_daemon", "clock_unkept"}),
        ("interfaces", {"listens_everywhere"}),
        ("offer", {"weak_algorithms", "weak_host_key"}),
    ],
)
def test_what_a_former_collector_did_not_ask_is_not_a_pass(field: str, rules: set[str]) -> None:
    facts = replace(HEALTHY, **{field: None})
    assert {name for name in RULES if outcome(name, facts).status is Status.NOT_ASSESSABLE} == rules


def test_sessions_of_system_and_audit_accounts_are_left_aside() -> None:
    foreign = ShellSession("root", "tty1", "", NOW - timedelta(days=3), NOW)
    audit = replace(foreign, account="care-audit", source="198.51.100.7")
    facts = replace(HEALTHY, shell_sessions=(foreign, audit), accounts=HEALTHY.accounts)
    assert ACCOUNT in facts.accounts
    assert not failed("long_session", facts)


@pytest.mark.parametrize(
    ("level", "expected"), [("SILENT", True), ("QUIET", True), ("ERROR", True), ("INFO", False), ("VERBOSE", False)]
)
def test_logins_are_written_from_info_on(level: str, expected: bool) -> None:
    assert failed("login_traces_off", with_sshd(loglevel=level)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("support", True),
        ("Support2", True),
        ("maintenance_01", True),
        ("tm_support", False),
        ("tech_durand", False),
    ],
)
def test_a_name_that_says_more_than_a_role_is_a_name(name: str, expected: bool) -> None:
    assert failed("generic_account", with_account(name=name)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"pam": (PamLine("/etc/pam.d/sshd", "auth", "required", "pam_faillock.so"),)}, False),
        ({"processes": ("fail2ban-server", "sshd")}, False),
    ],
)
def test_passwords_want_their_failures_counted(changes: dict[str, Any], expected: bool) -> None:
    by_password = with_sshd(passwordauthentication="yes", authenticationmethods="any")
    assert failed("no_lockout", replace(by_password, **changes)) == expected
    assert not failed("no_lockout", replace(with_sshd(), **changes))


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"rotation_days": 364}, Status.FAILED),
        ({"rotation_days": 365}, Status.PASSED),
        ({"processes": ("rsyslogd",)}, Status.PASSED),
        ({"processes": ("systemd-journal",), "journal": "persistent"}, Status.NOT_ASSESSABLE),
        ({"processes": ("systemd-journal",), "journal": "volatile"}, Status.FAILED),
        ({"processes": ("rsyslogd",), "journal": "volatile"}, Status.PASSED),
        ({"processes": None}, Status.NOT_ASSESSABLE),
    ],
)
def test_how_long_a_gateway_remembers_may_be_untold(changes: dict[str, Any], status: Status) -> None:
    facts = replace(HEALTHY, log_targets=(), **{"rotation_days": None, **changes})
    assert outcome("local_trace_retention", facts).status is status


@pytest.mark.parametrize(
    ("processes", "status"),
    [(("sshd",), Status.FAILED), (("filebeat",), Status.NOT_ASSESSABLE), (None, Status.FAILED)],
)
def test_an_agent_whose_settings_are_not_read_leaves_a_doubt(processes: Any, status: Status) -> None:
    assert outcome("remote_logging", replace(HEALTHY, log_targets=(), processes=processes)).status is status
    assert outcome("remote_logging", replace(HEALTHY, processes=processes)).status is Status.PASSED


def test_what_sshd_grants_from_one_side_is_told_with_that_side() -> None:
    """`Match Address` opens from the Internet what is shut inside: each rule by account says from where."""
    loose = {**STRICT, "passwordauthentication": "yes", "authenticationmethods": "any", "forcecommand": "none"}
    sides = (SshdSettings(ACCOUNT.name, INSIDE, STRICT), SshdSettings(ACCOUNT.name, OUTSIDE, loose))
    facts = replace(HEALTHY, sshd=(SshdSettings("", "", STRICT), *sides))
    for name in ("password_authentication", "single_factor"):
        (finding,) = outcome(name, facts).findings
        assert finding.evidence["address"] == OUTSIDE
    assert failed("session_recording", facts)


def asking(*modules: tuple[str, str]) -> tuple[PamLine, ...]:
    return tuple(PamLine("/etc/pam.d/sshd", "auth", control, module) for control, module in modules)


@pytest.mark.parametrize(
    ("changes", "modules", "expected"),
    [
        ({}, [("required", "pam_unix.so")], True),
        ({}, [("required", "pam_unix.so"), ("required", "pam_oath.so")], False),
        ({}, [("sufficient", "pam_oath.so"), ("required", "pam_unix.so")], True),
        ({}, [("required", "pam_deny.so")], False),
        ({"kbdinteractiveauthentication": "no"}, [("required", "pam_unix.so")], False),
        ({"usepam": "no"}, [("required", "pam_unix.so")], False),
        ({"authenticationmethods": "publickey"}, [("required", "pam_unix.so")], False),
        ({"authenticationmethods": "publickey,keyboard-interactive"}, [("required", "pam_unix.so")], False),
        ({"authenticationmethods": "keyboard-interactive:pam"}, [("required", "pam_unix.so")], True),
    ],
)
def test_pam_may_ask_for_the_password_that_sshd_does_not(
    changes: dict[str, str], modules: list[tuple[str, str]], expected: bool
) -> None:
    by_pam = {"passwordauthentication": "no", "kbdinteractiveauthentication": "yes", "authenticationmethods": "any"}
    facts = replace(with_sshd(**{**by_pam, **changes}), pam=asking(*modules))
    assert failed("password_authentication", facts) == expected
    assert failed("no_lockout", facts) == expected


def test_pam_that_sshd_does_not_use_counts_no_failure() -> None:
    by_password = {"passwordauthentication": "yes", "authenticationmethods": "any"}
    counted = asking(("required", "pam_faillock.so"))
    assert not failed("no_lockout", replace(with_sshd(**by_password), pam=counted))
    assert failed("no_lockout", replace(with_sshd(usepam="no", **by_password), pam=counted))


@pytest.mark.parametrize(
    ("options", "recorded"),
    [
        ((), False),
        (("enable=*",), True),
        (("disable=*", "enable=root"), False),
        (("disable=*", "enable=root,tm_*"), True),
        (("enable=*", "disable=tm_imagerie"), False),
        (("open_only", "enable=1000:"), True),
        (("enable=2001:2001",), True),
        (("enable=1000:2000",), False),
        (("enable=:2001",), True),
        (("enable=:2002",), False),
        (("enable=a:b",), False),
        ((f"enable=1:{'9' * 5000}",), False),
    ],
)
def test_pam_tty_audit_records_those_it_names(options: tuple[str, ...], recorded: bool) -> None:
    line = PamLine("/etc/pam.d/sshd", "session", "required", "pam_tty_audit.so", options)
    unforced = with_sshd(forcecommand="none")
    assert failed("session_recording", replace(unforced, pam=(line,))) == (not recorded)
    assert failed("session_recording", replace(with_sshd(forcecommand="none", usepam="no"), pam=(line,)))


def test_a_shell_that_records_is_enough() -> None:
    unforced = with_sshd(forcecommand="none")
    assert failed("session_recording", unforced)
    recorder = {"shell": "/usr/bin/tlog-rec-session"}
    assert not failed("session_recording", replace(unforced, accounts=with_account(**recorder).accounts))


@pytest.mark.parametrize(
    ("changes", "password", "expected"),
    [
        ({}, "set", False),
        ({"passwordauthentication": "yes", "authenticationmethods": "any"}, "set", True),
        ({"passwordauthentication": "yes", "authenticationmethods": "any"}, "unknown", True),
        ({"passwordauthentication": "yes", "authenticationmethods": "any"}, "locked", False),
        ({"passwordauthentication": "yes", "authenticationmethods": "publickey,password"}, "set", False),
    ],
)
def test_what_a_key_forbids_does_not_hold_for_a_password(
    changes: dict[str, str], password: Any, expected: bool
) -> None:
    assert KEY.restricted
    facts = replace(with_sshd(allowtcpforwarding="yes", **changes), accounts=(replace(ACCOUNT, password=password),))
    assert failed("forwarding_allowed", facts) == expected


@pytest.mark.parametrize(("value", "expected"), [("no", False), ("local", False), ("remote", True)])
def test_named_destinations_do_not_keep_remote_forwarding_shut(value: str, expected: bool) -> None:
    facts = with_sshd(allowtcpforwarding=value, permitopen="10.1.2.3:22")
    assert failed("forwarding_allowed", replace(facts, keys=(replace(KEY, options={}),))) == expected
