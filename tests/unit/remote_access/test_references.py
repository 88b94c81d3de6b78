"""Each rule on the gateway names the recommendation of ANSSI's OpenSSH note that it checks; both lists are closed."""

from __future__ import annotations

import re

import pytest

from scanners.catalog import rules_of

GATEWAY_SECTIONS = {
    *("accounts", "ageing", "sshd", "keys", "sudo", "pam", "lastlog", "wtmp", "listening", "syslog", "logrotate"),
    *("profile", "private_keys", "processes", "addresses", "algorithms"),
}
RULES = [rule for rule in rules_of("remote_access") if GATEWAY_SECTIONS & set(rule.reads)]

WITHOUT_ANSSI = {
    "account_without_expiry": "the note sets no end to accounts; PGSSI-S does",
    "audit_daemon": "the note leaves logs out",
    "clock_unkept": "the note leaves logs out",
    "idle_timeout": "the note leaves idle sessions out",
    "local_trace_retention": "the note leaves logs out",
    "login_limits_off": "the note leaves the number and the time of attempts out",
    "login_traces_off": "the note leaves logs out",
    "long_session": "the note leaves the length of sessions out",
    "old_keys": "the note gives keys no age",
    "old_password": "the note gives passwords no age",
    "remote_logging": "the note leaves logs out",
}
WITHOUT_TLM = {
    "empty_password": "a matter of any server, not of remote maintenance",
    "empty_password_accepted": "a matter of any server, not of remote maintenance",
    "idle_timeout": "no rule of the domain speaks of idle sessions",
    "key_file_exposed": "a matter of any server, not of remote maintenance",
    "key_without_source": "TLM-08 asks for filtering where there is no gateway",
    "legacy_services": "TLM-08 asks for encryption where there is no gateway",
    "login_limits_off": "a matter of any server, not of remote maintenance",
    "no_lockout": "a matter of any server, not of remote maintenance",
    "old_password": "TLM-25 speaks of who may change passwords, not of their age",
    "private_key_in_clear": "a matter of any server, not of remote maintenance",
    "revocation_missing": "no rule of the domain speaks of certificates",
    "session_from_elsewhere": "no rule of the domain speaks of where sessions come from",
    "sftp_without_chroot": "a matter of any server, not of remote maintenance",
    "sshd_account_invalid": "a matter of any server, not of remote maintenance",
    "strict_modes_off": "a matter of any server, not of remote maintenance",
    "sudo_everything": "no rule of the domain speaks of rights on the gateway",
    "sudo_shell_escape": "no rule of the domain speaks of rights on the gateway",
    "sudo_wildcard": "no rule of the domain speaks of rights on the gateway",
    "user_environment": "a matter of any server, not of remote maintenance",
    "weak_algorithms": "TLM-08 asks for encryption where there is no gateway",
    "weak_host_key": "TLM-08 asks for encryption where there is no gateway",
    "weak_key": "TLM-09 speaks of shared credentials, not of their strength",
}

UNCHECKED = {
    "R6": "the caller’s duty: our own connections refuse a host key that nobody approved",
    "R10": "a preference between two accepted kinds of keys",
    "R11": "how keys were made leaves no trace on the gateway",
    "R12": "how keys were made leaves no trace on the gateway",
    "R16": "how OpenSSH was compiled is the distribution’s business",
    "R19": "agent forwarding is what the note prefers for a bounce; whether one is made cannot be seen",
    "R20": "whether a relay may be trusted is decided by people",
    "R26": "which networks are under control is known to people",
    "R29": "the authority of hosts and that of users are held elsewhere",
    "R31": "a setting of clients, not of the gateway",
}


def names(framework: str, rule_refs: tuple[object, ...]) -> set[str]:
    return {str(ref).partition(":")[2] for ref in rule_refs if str(ref).startswith(f"{framework}:")}


@pytest.mark.parametrize(
    ("framework", "pattern", "without"),
    [("anssi-ssh", r"R([1-9]|[12]\d|3[01])", WITHOUT_ANSSI), ("care-rules", r"TLM-\d\d", WITHOUT_TLM)],
)
def test_every_rule_on_the_gateway_names_what_it_checks(framework: str, pattern: str, without: dict[str, str]) -> None:
    silent = {rule.id.partition(".")[2] for rule in RULES if not names(framework, rule.refs)}
    assert silent == set(without)
    assert all(re.fullmatch(pattern, name) for rule in RULES for name in names(framework, rule.refs))


def test_every_recommendation_of_the_note_is_checked_or_says_why_not() -> None:
    checked = {name for rule in RULES for name in names("anssi-ssh", rule.refs)}
    assert {f"R{number}" for number in range(1, 32)} - checked == set(UNCHECKED)
