"""Readers of the gateway's answers, on a recorded report and on whatever a hostile gateway might send."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.model import Gap
from scanners.remote_access.assembly import Visit, assemble
from scanners.remote_access.collect_ordinary import SCRIPT
from scanners.remote_access.facts import INSIDE, MAX_SECTION_BYTES, OUTSIDE, Account, RemoteAccessFacts
from scanners.remote_access.read_frames import HEADER, Report, is_report, parse_report
from scanners.remote_access.read_system import (
    read_aliases,
    read_idle_stop,
    read_keys,
    read_listeners,
    read_log_targets,
    read_pam,
    read_rotation,
    read_sessions,
    read_shell_timeout,
    read_sshd,
    read_sudoers,
    with_ageing,
    with_logins,
)
from tests.unit.remote_access.specimens import NOW, OFFER

RECORDED = (Path(__file__).parent / "recorded" / "report.txt").read_text()
VISIT = Visit(NOW, "127.77.3.1", "care-audit", as_root=True, register=None, offer=OFFER)
ED25519 = "AAAAC3NzaC1lZDI1NTE5AAAAIOnieDCU/IJLHcR1GZmHWaje0d98ytVBk/pbZbkmnwnB"


def facts(output: str = RECORDED, visit: Visit = VISIT) -> RemoteAccessFacts:
    return assemble(parse_report(output), visit)


def without(name: str, output: str = RECORDED) -> str:
    """The report without the sections of that name."""
    kept, inside = [], False
    for line in output.splitlines():
        if line.startswith(("@section ", "@done")):
            inside = line.split(" ")[:2] == ["@section", name]
        if not inside:
            kept.append(line)
    return "\n".join(kept) + "\n"


def account(result: RemoteAccessFacts, name: str) -> Account:
    return next(entry for entry in result.accounts if entry.name == name)


def test_a_recorded_report_is_read_whole() -> None:
    result = facts()
    assert result.gaps == ()
    assert result.system == "Debian GNU/Linux 12 (bookworm)"
    expired = account(result, "tm_gtb")
    assert expired.groups == ("tm_gtb", "prestataires")
    assert expired.expires == date(2026, 11, 2)
    assert expired.last_login is not None
    assert account(result, "tm_ascenseur").last_login is None
    assert account(result, "tm_vide").password == "none"
    weak = next(key for key in result.keys if key.account == "tm_imagerie")
    assert (weak.type, weak.bits, weak.options) == ("ssh-rsa", 1024, {"from": "192.0.2.0/24"})
    link = next(file for file in result.key_files if file.account == "tm_ascenseur")
    assert link.kind == "symbolic link"
    assert "Permission denied" in link.error
    assert result.rotation_days == 28
    assert result.log_targets == ()
    invalid = [entry.account for entry in result.sshd if entry.error]
    assert set(invalid) == {"tm_ascenseur"}


def test_a_match_block_shows_for_its_account_only() -> None:
    by_account = {entry.account: entry for entry in facts().sshd}
    assert by_account[""].values["passwordauthentication"] == "no"
    assert by_account["tm_imagerie"].values["passwordauthentication"] == "yes"
    assert by_account["tm_pharma"].values["authenticationmethods"] == "publickey,password"


@pytest.mark.parametrize(("section", "gap"), [("shadow", "ageing"), ("lastlog", "lastlog"), ("sudoers", "sudo")])
def test_a_missing_section_is_a_gap(section: str, gap: str) -> None:
    gaps = facts(without(section)).gaps
    assert {found.section for found in gaps} == {gap}
    assert not gaps[0].truncated


def test_accounts_the_collector_did_not_visit_are_a_gap() -> None:
    """Without awk, or past its 200 accounts, the collector asks for no key: that is not “no weak key”."""
    nobody = facts(without("keys", without("sshd_account")))
    assert {gap.section for gap in nobody.gaps} == {"keys", "sshd"}
    names = [f"tm_{number}" for number in range(201)]
    passwd = "".join(f"|{name}:x:{2000 + row}:2000::/home/{name}:/bin/sh\n" for row, name in enumerate(names))
    visited = "".join(f"@section sshd_account {name} 10.0.0.10\n|port 22\n\n@end 0\n" for name in names[:200])
    more = RECORDED.replace("@section passwd\n", f"@section passwd\n{passwd}").replace("@done", f"{visited}@done")
    assert {(gap.section, gap.truncated) for gap in facts(more).gaps} == {("keys", True), ("sshd", True)}


def test_a_report_cut_on_its_way_leaves_gaps_and_no_judgement() -> None:
    cut = RECORDED[: RECORDED.index("@section sudoers")]
    found = {gap.section for gap in facts(cut).gaps}
    assert {"sudo", "pam", "lastlog", "listening", "syslog", "logrotate", "profile", "keys"} <= found


def test_a_failed_command_quotes_its_last_words() -> None:
    broken = RECORDED.replace("@section listening\n", "@section listening\n|sh: ss: not found\n@end 127\n@section x\n")
    (gap,) = facts(broken).gaps
    assert gap.section == "listening"
    assert "sh: ss: not found" in gap.reason.fr


def test_a_section_at_its_limit_is_truncated() -> None:
    long = "|" + "x" * MAX_SECTION_BYTES + "\n"
    (gap,) = facts(RECORDED.replace("@section passwd\n", f"@section passwd\n{long}")).gaps
    assert (gap.section, gap.truncated) == ("accounts", True)


def test_an_ordinary_account_leaves_five_gaps_with_their_cure() -> None:
    readable = without("shadow")
    for name in ("sshd", "sshd_account", "keys", "sudoers", "private"):
        readable = without(name, readable)
    gaps = facts(readable, replace(VISIT, as_root=False)).gaps
    assert {gap.section for gap in gaps} == {"ageing", "sshd", "keys", "sudo", "private_keys"}
    assert all("care_audit_account" in gap.reason.fr for gap in gaps)


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=300))
def test_content_can_never_pass_for_a_frame(content: str) -> None:
    framed = "".join(f"|{line}\n" for line in content.split("\n"))
    report = parse_report(f"care-collect 1\n@section passwd\n{framed}@end 0\n@done\n")
    assert [section.name for section in report.sections] == ["passwd"]
    assert report.done


@given(st.text(max_size=2000))
def test_no_output_breaks_the_reading(output: str) -> None:
    result = facts(output)
    assert isinstance(result, RemoteAccessFacts)
    assert all(isinstance(gap, Gap) for gap in result.gaps)


@given(
    st.lists(st.text(max_size=200), max_size=30), st.sampled_from(sorted({"passwd", "keys a /b", "pam x", "lastlog"}))
)
def test_no_line_breaks_a_reader(lines: list[str], title: str) -> None:
    framed = "".join(f"|{line}\n" for text in lines for line in text.split("\n"))
    facts(f"care-collect 1\n@section {title}\n{framed}@end 0\n@done\n")


def test_only_the_collector_is_taken_for_it() -> None:
    assert is_report(RECORDED)
    assert not is_report("Welcome\ncare-collect 1\n")
    assert parse_report("") == Report((), False)


def test_options_of_a_key_may_hold_blanks_and_quotes() -> None:
    line = rf'from="192.0.2.1,2001:db8::1",command="echo \"a b\" # c",no-pty ssh-ed25519 {ED25519} Jean Côté'
    (key,) = read_keys("a", "/k", ["# comment", "", line, "ssh-ed25519 not-base64", "garbage"])
    assert key.line == 3
    assert key.options == {"from": "192.0.2.1,2001:db8::1", "command": r"echo \"a b\" # c", "no-pty": ""}
    assert key.comment == "Jean Côté"
    assert key.fingerprint == "SHA256:SgCxR+WZ0pu5LP4Dsk9eM3KLi1w7wV5z+kJz5fUJyQA"


@pytest.mark.parametrize(
    ("options", "restricted"),
    [("restrict", True), ("restrict,port-forwarding", False), ("no-port-forwarding", True), ("no-pty", False)],
)
def test_a_key_may_forbid_forwarding(options: str, restricted: bool) -> None:
    (key,) = read_keys("a", "/k", [f"{options} ssh-ed25519 {ED25519}"])
    assert key.restricted == restricted


def test_sudoers_tags_lists_and_continuations() -> None:
    lines = [
        "Defaults env_reset",
        "Cmnd_Alias TOOLS = /bin/a",
        "# who ALL=(ALL) ALL",
        "%prest ALL=(root) NOPASSWD: /bin/a x\\, y, \\",
        "    /bin/b",
        "alice ALL = ALL",
        "bob ALL=(ALL:ALL) NOPASSWD: NOEXEC: ALL",
    ]
    group, alice, bob = read_sudoers("/etc/sudoers", lines)
    assert (group.who, group.line, group.run_as, group.no_password) == ("%prest", 4, "root", True)
    assert group.commands == ("/bin/a x\\, y", "/bin/b")
    assert (alice.run_as, alice.no_password, alice.commands) == ("root", False, ("ALL",))
    assert (bob.run_as, bob.no_password, bob.commands) == ("ALL:ALL", True, ("ALL",))


def test_pam_controls_may_be_bracketed() -> None:
    lines = [
        "# auth required pam_x.so",
        "@include common-auth",
        "-auth [success=1 default=ignore] pam_u2f.so cue nullok",
    ]
    *included, line = read_pam("/etc/pam.d/sshd", lines)
    assert [(one.type, one.control, one.module) for one in included] == [
        (kind, "include", "common-auth") for kind in ("auth", "account", "password", "session")
    ]
    assert (line.type, line.control, line.module) == ("auth", "[success=1 default=ignore]", "pam_u2f.so")
    assert line.arguments == ("cue", "nullok")


def test_listeners_of_every_form() -> None:
    lines = [
        "tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:*",
        "tcp LISTEN 0 128 [::]:23 [::]:*",
        "udp UNCONN 0 0 10.0.0.1%eth0:161 0.0.0.0:*",
        "nonsense",
    ]
    found = [(listener.protocol, listener.address, listener.port) for listener in read_listeners(lines)]
    assert found == [("tcp", "*", 22), ("tcp", "*", 23), ("udp", "10.0.0.1", 161)]


@pytest.mark.parametrize(
    ("line", "target"),
    [
        ("*.* @@journaux.hopital.test:6514", "journaux.hopital.test:6514"),
        ("auth,authpriv.* @10.1.1.1", "10.1.1.1"),
        ('action(type="omfwd" target="10.1.1.2" port="514" protocol="tcp")', "10.1.1.2"),
        ('*.* action(target="10.1.1.3"\n  type="omrelp")', "10.1.1.3"),
        ('destination d { network("10.1.1.4" port(601)); };', "10.1.1.4"),
        ("URL=https://journaux.hopital.test:19532", "https://journaux.hopital.test:19532"),
        ("*.* @127.0.0.1:5140", None),
        ("*.* @@localhost", None),
        ("*.* @@[::1]:514", None),
        ("*.* @@localhost.hopital.test", "localhost.hopital.test"),
        ("URL=http://localhost:19532", None),
        ("#*.* @@off.hopital.test", None),
        ("auth,authpriv.* /var/log/auth.log", None),
        ("*.emerg :omusrmsg:*", None),
    ],
)
def test_remote_destinations_of_logs(line: str, target: str | None) -> None:
    assert list(read_log_targets(line.splitlines())) == ([target] if target else [])


def test_rotation_is_that_of_the_shortest_history() -> None:
    assert read_rotation(["weekly", "rotate 53", "/var/log/auth.log {", "  monthly", "  rotate 2", "}"]) == 60
    assert read_rotation(["weekly"]) is None


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("TMOUT=600", 600),
        ("readonly TMOUT=900", 900),
        ("declare -xr TMOUT=300", 300),
        ("# TMOUT=1", None),
        ("TMOUT=0", None),
    ],
)
def test_shell_timeouts(line: str, seconds: int | None) -> None:
    assert read_shell_timeout(["export PATH=/bin", line]) == seconds


def test_sshd_repeats_and_complaints() -> None:
    entry = read_sshd("", "", ["allowusers a", "allowusers b", "X11Forwarding yes", "port 22"], 0)
    assert entry.values == {"allowusers": "a b", "x11forwarding": "yes"}
    refused = read_sshd("a", "b", ["line 3: bad"], 255)
    assert (refused.error, refused.values) == ("line 3: bad", {})


def test_ageing_and_logins_of_odd_values() -> None:
    plain = [Account("a", 1000, "/bin/sh", "/home/a"), Account("b", 1001, "/bin/sh", "/home/b")]
    aged = with_ageing(plain, ["a:set:20000:0:99999:7::20100", "b:weird::::::99999999999", "short:line"])
    assert (aged[0].password_changed, aged[0].expires) == (date(2024, 10, 4), date(2025, 1, 12))
    assert (aged[1].password, aged[1].expires) == ("unknown", None)
    seen = with_logins(
        plain, ["Username Port From Latest", "a pts/0 10.0.0.1 Tue Nov 17 03:02:08 +0000 2026", "b **x**"]
    )
    assert seen[0].last_login == datetime(2026, 11, 17, 3, 2, 8, tzinfo=UTC)
    assert seen[1].last_login is None


COLLECTOR = Path(__file__).parents[3] / "ansible" / "roles" / "care_audit_account" / "files" / "care-collect"


def test_the_collector_takes_no_argument() -> None:
    run = subprocess.run(["sh", COLLECTOR, "--anything"], capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (2, "")
    assert "takes no argument" in run.stderr


def test_the_collector_and_the_reader_agree_on_addresses_and_bounds() -> None:
    script = COLLECTOR.read_text()
    for line in (f"outside={OUTSIDE} ", f"inside={INSIDE} ", f"limit={MAX_SECTION_BYTES} ", f'echo "{HEADER}"'):
        assert f"\n{line}" in script


def test_what_newer_collectors_ask_is_read() -> None:
    result = facts()
    assert result.interfaces == ("eth0", "eth1")
    assert result.processes == ("chronyd", "sshd", "systemd-journal")
    assert result.private_keys is not None
    assert [(key.account, key.protected) for key in result.private_keys] == [
        ("tm_dialyse", False),
        ("tm_dialyse", True),
    ]
    assert result.clock_offset == round((datetime(2026, 11, 22, 3, 23, 59, tzinfo=UTC) - NOW).total_seconds())
    file = next(file for file in result.key_files if file.account == "tm_imagerie")
    assert file.modified == date(2026, 11, 22)


def test_sessions_of_every_ending() -> None:
    assert facts().shell_sessions is not None
    seen = [(one.account, one.source, one.ended is not None, one.open) for one in facts().shell_sessions or ()]
    assert seen == [
        ("tm_biomed", "192.0.2.40", False, True),
        ("tm_labo", "198.51.100.7", True, False),
        ("tm_labo", "192.0.2.10", True, False),
        ("tm_gtb", "192.0.2.10", False, False),
        ("root", "", False, False),
    ]
    (short,) = read_sessions(["a :0 Mon Nov 16 10:00:00 2026"])
    assert (short.terminal, short.started) == (":0", datetime(2026, 11, 16, 10, 0, tzinfo=UTC))
    assert (
        list(read_sessions(["a pts/0 h Mon Nov 99 10:00:00 2026 - crash", "wtmp begins", "", "a " + "x" * 10**6])) == []
    )


@pytest.mark.parametrize(
    ("value", "subjects"),
    [("/usr/bin/sss_ssh_authorizedkeys", {""}), ("none", set())],
)
def test_keys_that_a_command_delivers_are_a_gap(value: str, subjects: set[str]) -> None:
    everywhere = RECORDED.replace("|authorizedkeyscommand none", f"|authorizedkeyscommand {value}")
    assert {gap.subject for gap in facts(everywhere).gaps} == subjects
    one = f"@section sshd_account tm_pharma {OUTSIDE}\n"
    head, _, rest = RECORDED.partition(one)
    rest = rest.replace("|authorizedkeyscommand none", f"|authorizedkeyscommand {value}", 1)
    wanted = {"127.77.3.1/tm_pharma"} if subjects else set()
    assert {gap.subject for gap in facts(head + one + rest).gaps} == wanted


def test_an_option_that_comes_back_keeps_every_value() -> None:
    (key,) = read_keys("a", "/k", [f'permitopen="10.0.0.1:22",permitopen="*:*" ssh-ed25519 {ED25519}'])
    assert key.options == {"permitopen": "10.0.0.1:22,*:*"}
    assert not key.confined


def test_sudo_tags_hold_for_the_commands_that_follow() -> None:
    lines = ["tm_a ALL=(root) PASSWD: /bin/a, NOPASSWD: ALL, (postgres) /bin/b, PASSWD: /bin/c"]
    found = [(one.run_as, one.no_password, one.commands) for one in read_sudoers("/etc/sudoers", lines)]
    assert found == [
        ("root", False, ("/bin/a",)),
        ("root", True, ("ALL",)),
        ("postgres", True, ("/bin/b",)),
        ("postgres", False, ("/bin/c",)),
    ]


def test_sudo_aliases_are_unfolded_across_files() -> None:
    aliases = (
        "|Cmnd_Alias OUTILS = EDITEURS, /bin/a : EDITEURS = /usr/bin/vim, \\",
        "|  ALL",
        "|Cmnd_Alias ROND = ROND",
    )
    other = "\n".join(("@section sudoers /etc/sudoers.d/z", *aliases, "@end 0\n"))
    rule = "|tm_labo ALL=(root) NOPASSWD: OUTILS, ROND, INCONNU\n"
    answer = RECORDED.replace("@section sudoers /etc/sudoers\n", f"{other}@section sudoers /etc/sudoers\n{rule}")
    (right,) = (one for one in facts(answer).sudo if one.who == "tm_labo")
    assert right.commands == ("/usr/bin/vim", "ALL", "/bin/a", "ROND", "INCONNU")


@given(st.text(alphabet="AB=,:\\ \n#", max_size=120))
def test_no_alias_runs_in_circles(text: str) -> None:
    list(read_sudoers("s", text.splitlines(), read_aliases(f"Cmnd_Alias {text}".splitlines())))


@pytest.mark.parametrize(
    ("line", "kept"), [("persistent", "persistent"), ("volatile", "volatile"), ("sh: no", ""), ("", "")]
)
def test_where_the_journal_lives(line: str, kept: str) -> None:
    section = f"@section journal\n|{line}\n@end 0\n@done"
    assert facts(RECORDED.replace("@done", section)).journal == kept


@pytest.mark.parametrize(
    ("defaults", "who", "free"),
    [
        ("Defaults !authenticate", "tm_labo", True),
        ("Defaults env_reset, !authenticate", "tm_labo", True),
        ("Defaults authenticate", "tm_labo", False),
        ("Defaults:tm_labo !authenticate", "tm_labo", True),
        ("Defaults:tm_labo,tm_gtb !authenticate", "tm_labo", True),
        ("Defaults:tm_gtb !authenticate", "tm_labo", False),
        ("Defaults:%prestataires !authenticate", "tm_gtb", True),
        ("Defaults:%prestataires !authenticate", "inconnu", False),
        ("Defaults:tm_gtb !authenticate", "%prestataires", True),
        ("Defaults@bastion !authenticate", "tm_labo", True),
        ("Defaults>root !authenticate", "tm_labo", True),
        ("Defaults !authenticate\n|Defaults authenticate", "tm_labo", False),
        ("User_Alias TIERS = tm_labo, tm_gtb\n|Defaults:TIERS !authenticate", "tm_labo", True),
        ("User_Alias TIERS = tm_labo, tm_gtb\n|Defaults:TIERS !authenticate", "TIERS", True),
    ],
)
def test_defaults_that_ask_for_no_password(defaults: str, who: str, free: bool) -> None:
    section = "@section sudoers /etc/sudoers\n"
    other = f"@section sudoers /etc/sudoers.d/z\n|{defaults}\n@end 0\n"
    answer = RECORDED.replace(section, f"{section}|{who} ALL=(root) /bin/a, PASSWD: /bin/b\n")
    rights = facts(answer.replace("@done", f"{other}@done")).sudo
    found = {one.commands: one.no_password for one in rights if one.who == who and one.commands[0].startswith("/bin/")}
    assert found == ({("/bin/a",): True, ("/bin/b",): False} if free else {("/bin/a", "/bin/b"): False})


@pytest.mark.parametrize(
    ("lines", "sections"),
    [
        (["passwd: files systemd", "sudoers: files"], set()),
        (["passwd: compat"], set()),
        ([], set()),
        (["# passwd: sss", "passwd: files [NOTFOUND=return] # sss"], set()),
        (["passwd: sss files"], {"accounts"}),
        (["passwd:\tfiles winbind [!UNAVAIL=return]"], {"accounts"}),
        (["passwd: files ldap", "sudoers: files sss"], {"accounts", "sudo"}),
    ],
)
def test_accounts_and_rights_of_a_directory_are_a_gap(lines: list[str], sections: set[str]) -> None:
    section = "@section nsswitch\n" + "".join(f"|{line}\n" for line in lines) + "@end 0\n"
    gaps = facts(without("nsswitch").replace("@section shadow\n", f"{section}@section shadow\n")).gaps
    assert {gap.section for gap in gaps} == sections
    assert all(gap.truncated for gap in gaps)


def test_who_came_in_from_a_directory_is_named() -> None:
    answer = RECORDED.replace("|passwd:         files systemd", "|passwd: files sss")
    came = "@section last\n|prestataire.ad pts/3        192.0.2.40       Mon Nov 16 10:00:00 2026   still logged in\n"
    (gap,) = facts(answer.replace("@section last\n", came)).gaps
    assert "Sont entrés sans être dans la liste : prestataire.ad." in gap.reason.fr


def test_a_former_collector_leaves_directories_untold() -> None:
    gaps = facts(without("nsswitch")).gaps
    assert {(gap.section, gap.truncated) for gap in gaps} == {("accounts", True), ("sudo", True)}
    assert all("care_audit_account" in gap.reason.fr for gap in gaps)


@pytest.mark.parametrize(
    ("line", "gap"),
    [
        ("@includedir /etc/sudoers.d", False),
        ("#includedir /etc/sudoers.d/", False),
        ("@include sudoers", False),
        ("# include /opt/sudoers", False),
        ("@include /opt/editeur/sudoers", True),
        ("#includedir /usr/local/etc/sudoers.d", True),
    ],
)
def test_sudo_rights_included_from_elsewhere_are_a_gap(line: str, gap: bool) -> None:
    section = "@section sudoers /etc/sudoers\n"
    gaps = facts(RECORDED.replace(section, f"{section}|{line}\n")).gaps
    assert {(one.section, one.truncated) for one in gaps} == ({("sudo", True)} if gap else set())


@pytest.mark.parametrize("kind", ["file", "pipe", "device", "missing"])
def test_keys_in_a_pipe_make_nobody_wait(tmp_path: Path, kind: str) -> None:
    """A supplier's `mkfifo ~/.ssh/authorized_keys`: sshd reads plain files only, so does the collector."""
    keys = tmp_path / "authorized_keys"
    if kind == "file":
        keys.write_text(f"ssh-ed25519 {ED25519}\n")
    elif kind == "pipe":
        os.mkfifo(keys)
    else:
        keys.symlink_to("/dev/zero" if kind == "device" else tmp_path / "nowhere")
    fake = tmp_path / "setpriv"
    fake.write_text('#!/bin/sh\nwhile [ "$1" != sh ]; do shift; done\nexec "$@"\n')
    fake.chmod(0o755)
    functions = COLLECTOR.read_text().partition('\necho "care-collect 1"')[0]
    script = functions.replace("PATH=/usr/sbin", f"PATH={tmp_path}:/usr/sbin").replace("patience=20", "patience=5")
    run = subprocess.run(
        ["sh", "-s"],
        input=f'{script}\nsection "keys a {keys}" keys_of a 1 1 "{keys}"\n',
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    (section,) = parse_report(run.stdout).sections
    assert (section.code == 0, len(section.lines)) == {"missing": (False, 2), "file": (True, 2)}.get(kind, (True, 1))


def test_a_match_block_on_an_address_shows_from_there_only() -> None:
    one = f"@section sshd_account tm_pharma {OUTSIDE}\n"
    head, _, rest = RECORDED.partition(one)
    loose = rest.replace("|authenticationmethods publickey,password", "|authenticationmethods any", 1)
    found = facts(head + one + loose).sshd
    ways = {entry.address: entry.values["authenticationmethods"] for entry in found if entry.account == "tm_pharma"}
    assert ways == {OUTSIDE: "any", INSIDE: "publickey,password"}


@pytest.mark.parametrize(
    "said",
    [
        "'Match LocalPort' in configuration but 'lport' not in connection test specification.",
        "Invalid test mode specification laddr=10.0.0.1",
    ],
)
def test_a_match_block_that_asks_for_more_accuses_nobody(said: str) -> None:
    lines, unanswered = [], False
    for line in RECORDED.splitlines():
        if line.startswith("@section "):
            unanswered = line.startswith("@section sshd_account ")
            lines += [line, f"|{said}", "@end 255"] if unanswered else [line]
        elif not unanswered:
            lines.append(line)
    result = facts("\n".join(lines) + "\n")
    (gap,) = result.gaps
    assert (gap.section, gap.truncated, said in gap.reason.fr) == ("sshd", True, True)
    assert [entry.account for entry in result.sshd] == [""]


def run_collector(folder: Path, script: str, asked: str, fakes: dict[str, str]) -> str:
    """What the functions of a collector say of one line of shell, some commands being replaced."""
    for name, body in fakes.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    functions = script.partition('\necho "care-collect 1"')[0].replace("PATH=/usr/sbin", f"PATH={folder}:/usr/sbin")
    french = {"LC_ALL": "fr_FR.UTF-8", "LANG": "fr_FR.UTF-8", "LANGUAGE": "fr", "TZ": "Europe/Paris"}
    run = subprocess.run(
        ["sh", "-s"],
        input=f"{functions}\n{asked}\n",
        env={"PATH": os.environ["PATH"], **french},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return run.stdout


@pytest.mark.parametrize("script", [COLLECTOR.read_text(), SCRIPT.decode()], ids=["root", "ordinary"])
def test_the_language_and_the_zone_of_a_gateway_change_no_answer(tmp_path: Path, script: str) -> None:
    said = run_collector(tmp_path, script, "section last last -w -F", {"last": 'echo "$LC_ALL $TZ"'})
    (section,) = parse_report(said).sections
    assert section.lines == ("C UTC",)


def test_the_last_words_of_a_gateway_reach_nobodys_terminal() -> None:
    words = "|\x1b[31mss: \x07not found"
    broken = RECORDED.replace("@section listening\n", f"@section listening\n{words}\n@end 127\n@section x\n")
    (gap,) = facts(broken).gaps
    assert gap.reason.fr.isprintable()
    assert "ss: not found" in gap.reason.fr


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("StopIdleSessionSec=15min", 900),
        ("StopIdleSessionSec = 1h 30min", 5400),
        ("StopIdleSessionSec=900", 900),
        ("StopIdleSessionSec=2 hours", 7200),
        ("StopIdleSessionSec=90000ms", None),
        ("StopIdleSessionSec=infinity", None),
        ("#StopIdleSessionSec=15min", None),
        ("StopIdleSessionSec=15 lightyears", None),
        ("IdleActionSec=15min", None),
    ],
)
def test_idle_sessions_that_logind_ends(line: str, seconds: int | None) -> None:
    report = RECORDED.replace("@done", f"@section logind /etc/systemd/logind.conf\n|[Login]\n|{line}\n\n@end 0\n@done")
    assert facts(report).idle_stop == seconds
    assert facts(report).gaps == ()


def test_the_last_word_of_logind_counts() -> None:
    assert read_idle_stop(["StopIdleSessionSec=15min", "StopIdleSessionSec=infinity"]) is None


def by_place(*answers: tuple[str, str]) -> RemoteAccessFacts:
    """What the reader makes of tm_pharma, asked about at several places: place and authentication methods."""
    sections = "".join(
        f"@section sshd_account tm_place {OUTSIDE} {place}\n|authenticationmethods {methods}\n\n@end 0\n"
        for place, methods in answers
    )
    return facts(RECORDED.replace("@done", f"{sections}@done"))


def test_a_match_block_on_a_port_shows_at_that_place_only() -> None:
    near, far = "laddr=10.1.1.1,lport=22", "laddr=2001:db8::1,lport=2222"
    alike = [entry.address for entry in by_place((near, "any"), (far, "any")).sshd if entry.account == "tm_place"]
    assert alike == [OUTSIDE]
    apart = [entry for entry in by_place((near, "publickey"), (far, "any")).sshd if entry.account == "tm_place"]
    assert [(entry.address, entry.values["authenticationmethods"]) for entry in apart] == [
        (f"{OUTSIDE} → 10.1.1.1:22", "publickey"),
        (f"{OUTSIDE} → [2001:db8::1]:2222", "any"),
    ]


@pytest.mark.parametrize(("count", "gap"), [(4, False), (5, True)])
def test_places_that_were_not_asked_about_are_a_gap(count: int, gap: bool) -> None:
    lines = "".join(f"|laddr=10.1.1.{number},lport=22\n" for number in range(count))
    found = facts(RECORDED.replace("@section sshd\n", f"@section places\n{lines}\n@end 0\n@section sshd\n")).gaps
    assert {(one.section, one.truncated) for one in found} == ({("sshd", True)} if gap else set())


@pytest.mark.parametrize(
    ("listening", "places"),
    [
        (["10.1.1.1:22"], ["laddr=10.1.1.1,lport=22"]),
        (["0.0.0.0:2222"], ["laddr=192.0.2.7,lport=2222"]),
        (["0.0.0.0:22", "[::]:22"], ["laddr=192.0.2.7,lport=22", "laddr=2001:db8::7,lport=22"]),
        (["[2001:db8::9]:22", "[2001:db8::9]:22"], ["laddr=2001:db8::9,lport=22"]),
        ([], []),
    ],
)
def test_the_collector_knows_where_sshd_listens(tmp_path: Path, listening: list[str], places: list[str]) -> None:
    """Also when plain `sshd -T` answers nothing, because of a Match block on a port."""
    lines = "".join(f"echo listenaddress {one}; " for one in listening)
    fakes = {
        "sshd": f"[ $# -gt 1 ] || {{ echo \"'Match LocalPort' in configuration\" >&2; exit 255; }}; {lines}",
        "ip": "echo '1: lo inet 127.0.0.1/8 x'; echo '2: docker0 inet 172.17.0.1/16 x'; "
        "echo '3: eth0 inet 192.0.2.7/24 x'; echo '3: eth0 inet6 2001:db8::7/64 x'",
    }
    assert run_collector(tmp_path, COLLECTOR.read_text(), "places", fakes).split() == places


def test_the_general_answer_is_that_of_an_account_nobody_has_when_sshd_asks_for_one(tmp_path: Path) -> None:
    fakes = {"sshd": '[ $# -gt 1 ] || exit 255; echo "port $3"'}
    said = run_collector(tmp_path, COLLECTOR.read_text(), "section sshd general laddr=10.1.1.1,lport=22", fakes)
    (section,) = parse_report(said).sections
    assert section.lines == (f"port user=care-nobody,host={OUTSIDE},addr={OUTSIDE},laddr=10.1.1.1,lport=22",)
