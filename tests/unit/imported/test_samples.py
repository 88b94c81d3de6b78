"""One sample file per tool: what is taken, how serious it is, what the file proves."""

from datetime import UTC, datetime

import pytest

from scanners.imported.model import Tool
from scanners.imported.read import UNDATED, ReportError, identify
from scanners.model import Severity
from scanners.vocabulary import EVIDENCE
from tests.unit.imported.files import TOOLS, changed, check, content, read, subjects

CRITICAL, HIGH, MEDIUM, LOW = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW

# Per sample: id of the check, severity, whether its silence closes, its references, the subjects.
EXPECTED: dict[str, list[tuple[str, Severity, bool, list[str], list[str]]]] = {
    "nmap.xml": [
        ("nmap.dicom", HIGH, True, [], ["192.0.2.21:11112/tcp"]),
        ("nmap.ftp", MEDIUM, True, [], ["192.0.2.20:21/tcp"]),
        ("nmap.hl7", HIGH, True, [], ["192.0.2.21:2575/tcp"]),
        ("nmap.smb", LOW, True, [], ["192.0.2.20:445/tcp"]),
        ("nmap.smb-vuln-ms17-010", HIGH, False, ["cve:CVE-2017-0143"], ["192.0.2.20"]),
        ("nmap.telnet", HIGH, True, [], ["192.0.2.20:23/tcp"]),
        ("nmap.vulners_high", HIGH, False, [], ["192.0.2.20:21/tcp"]),
    ],
    "testssl_flat.json": [
        ("testssl.DNS_CAArecord", LOW, True, [], ["192.0.2.30:8443/tcp www.hopital.test"]),
        ("testssl.LUCKY13", LOW, True, ["cve:CVE-2013-0169", "cwe:CWE-310"], ["192.0.2.30:8443/tcp www.hopital.test"]),
        ("testssl.cert_chain_of_trust", CRITICAL, True, [], ["192.0.2.30:8443/tcp www.hopital.test"]),
        ("testssl.cert_expirationStatus", HIGH, True, [], ["192.0.2.30:8443/tcp www.hopital.test"]),
        ("testssl.cert_notAfter", HIGH, True, [], ["192.0.2.30:8443/tcp www.hopital.test"]),
        ("testssl.cert_revocation", HIGH, True, [], ["192.0.2.30:8443/tcp www.hopital.test"]),
        ("testssl.cert_subjectAltName", HIGH, True, [], ["192.0.2.30:8443/tcp www.hopital.test"]),
        ("testssl.cert_trust", HIGH, True, [], ["192.0.2.30:8443/tcp www.hopital.test"]),
    ],
    "testssl_pretty.json": [
        ("testssl.DNS_CAArecord", LOW, True, [], ["192.0.2.30:8443/tcp www.hopital.test"]),
        ("testssl.cert_chain_of_trust", CRITICAL, True, [], ["192.0.2.30:8443/tcp www.hopital.test"]),
        ("testssl.cert_expirationStatus", HIGH, True, [], ["192.0.2.30:8443/tcp www.hopital.test"]),
        ("testssl.cert_notAfter", HIGH, True, [], ["192.0.2.30:8443/tcp www.hopital.test"]),
        ("testssl.cert_revocation", HIGH, True, [], ["192.0.2.30:8443/tcp www.hopital.test"]),
        ("testssl.cert_subjectAltName", HIGH, True, [], ["192.0.2.30:8443/tcp www.hopital.test"]),
        ("testssl.cert_trust", HIGH, True, [], ["192.0.2.30:8443/tcp www.hopital.test"]),
    ],
    "sslyze.json": [
        ("sslyze.certificate_expired", HIGH, True, [], ["192.0.2.40:443/tcp messagerie.hopital.test"]),
        ("sslyze.certificate_short_key", MEDIUM, True, [], ["192.0.2.40:443/tcp messagerie.hopital.test"]),
        ("sslyze.certificate_untrusted", MEDIUM, True, [], ["192.0.2.40:443/tcp messagerie.hopital.test"]),
        ("sslyze.robot", MEDIUM, True, ["cve:CVE-2017-13099"], ["192.0.2.40:443/tcp messagerie.hopital.test"]),
        ("sslyze.suites_broken", MEDIUM, False, ["cve:CVE-2016-2183"], ["192.0.2.40:443/tcp messagerie.hopital.test"]),
        ("sslyze.tls_1_0", MEDIUM, True, [], ["192.0.2.40:443/tcp messagerie.hopital.test"]),
    ],
    "ssh_audit.json": [
        ("ssh_audit.CVE-2021-36368", LOW, False, ["cve:CVE-2021-36368"], ["192.0.2.31:2222/tcp"]),
        *(
            (f"ssh_audit.{kind}_{mark}", severity, True, [], ["192.0.2.31:2222/tcp"])
            for kind in ("enc", "kex", "key", "mac")
            for mark, severity in (("fail", MEDIUM), ("warn", LOW))
        ),
    ],
    "nuclei.jsonl": [
        (
            "nuclei.CVE-2021-44228",
            CRITICAL,
            False,
            [
                "cve:CVE-2021-44228",
                "cwe:CWE-20",
                "cwe:CWE-917",
                "url:https://logging.apache.org/log4j/2.x/security.html",
            ],
            ["portail.hopital.test:8443/tcp /login"],
        ),
        ("nuclei.default-login", HIGH, False, ["cwe:CWE-522"], ["192.0.2.51:80/tcp /console admin-console"]),
    ],
    "nessus.nessus": [
        ("nessus.104743", LOW, True, [], ["192.0.2.62:80/tcp"]),
        ("nessus.33850", HIGH, True, [], ["192.0.2.61:23/tcp"]),
        ("nessus.51192", MEDIUM, True, [], ["192.0.2.60:443/tcp"]),
        (
            "nessus.97833",
            CRITICAL,
            True,
            [
                "cve:CVE-2017-0143",
                "cve:CVE-2017-0144",
                "cwe:CWE-20",
                "url:http://www.nessus.org/u?68fc8eff",
                "url:https://learn.microsoft.com/security-updates/SecurityBulletins/2017/ms17-010",
            ],
            ["192.0.2.60:445/tcp"],
        ),
    ],
    "openvas.xml": [
        ("openvas.1.3.6.1.4.1.25623.1.0.108041", CRITICAL, True, [], ["192.0.2.71"]),
        (
            "openvas.1.3.6.1.4.1.25623.1.0.117274",
            HIGH,
            True,
            ["cve:CVE-2024-6387", "url:https://www.openssh.com/releasenotes.html"],
            ["192.0.2.70:22/tcp"],
        ),
        ("openvas.1.3.6.1.4.1.25623.1.1.1.1.2024.5724", MEDIUM, False, [], ["192.0.2.70"]),
    ],
    "pingcastle.xml": [
        ("pingcastle.A-Krbtgt", HIGH, True, ["anssi-ad:vuln_krbtgt"], ["hopital.test"]),
        ("pingcastle.A-PwdGPO", CRITICAL, True, [], ["hopital.test"]),
        ("pingcastle.S-NouvelleRegle", MEDIUM, True, [], ["hopital.test"]),
    ],
    "generic.json": [
        (
            "generic.CVE-2021-44228",
            CRITICAL,
            False,
            ["cve:CVE-2021-44228", "cve:CVE-2021-45046"],
            ["log4j-core 2.14.1"],
        ),
        (
            "generic.PT-7",
            HIGH,
            False,
            ["cwe:CWE-89", "url:https://owasp.org/www-community/attacks/SQL_Injection"],
            ["192.0.2.80:8080/tcp /recherche", "portail.hopital.test:443/tcp /recherche"],
        ),
    ],
}


def test_every_tool_that_writes_files_has_a_sample() -> None:
    assert set(TOOLS.values()) == set(Tool) - {Tool.ADS}
    assert set(EXPECTED) == set(TOOLS)


@pytest.mark.parametrize("name", TOOLS)
def test_a_sample_is_recognised(name: str) -> None:
    assert identify(content(name)[:65536]) is TOOLS[name]


@pytest.mark.parametrize("name", TOOLS)
def test_what_is_taken_of_a_sample(name: str) -> None:
    found = [
        (one.id, one.severity, one.conclusive, [str(ref) for ref in one.refs], [each.subject for each in one.findings])
        for one in read(name).checks
        if one.findings
    ]
    assert found == EXPECTED[name]


@pytest.mark.parametrize("name", TOOLS)
def test_reading_again_gives_the_same_report(name: str) -> None:
    first = read(name)
    assert read(name) == first
    assert list(first.checks) == sorted(first.checks, key=lambda one: one.id)
    assert first.started_at.utcoffset() is not None
    assert first.started_at <= first.finished_at


@pytest.mark.parametrize("name", TOOLS)
def test_texts_and_evidence_have_their_words(name: str) -> None:
    for one in read(name).checks:
        assert one.title.fr
        assert one.title.en
        for finding in one.findings:
            assert set(finding.evidence) <= set(EVIDENCE)
            assert "" not in finding.evidence.values()


@pytest.mark.parametrize("name", TOOLS)
def test_no_secret_and_no_person_is_kept(name: str) -> None:
    secrets = ("Pa55", "Autre-secret", "DUPONT", "Dupont", "jdupont", "svc-audit", "8f7a6b", "abcdef")
    kept = repr(read(name))
    assert [word for word in secrets if word in kept] == []


@pytest.mark.parametrize("name", [name for name, tool in TOOLS.items() if tool not in UNDATED])
def test_dated_files_need_no_date(name: str) -> None:
    assert read(name, at=None).finished_at.date().isoformat() in {"2026-11-20", "2026-11-22"}


@pytest.mark.parametrize("name", ["testssl_flat.json", "ssh_audit.json"])
def test_undated_files_ask_for_a_date(name: str) -> None:
    with pytest.raises(ReportError, match="does not say when"):
        read(name, at=None)


# nmap


def test_nmap_passes_a_service_only_when_its_ports_were_tried() -> None:
    report = read("nmap.xml")
    passed = {one.id for one in report.checks if one.conclusive and not one.findings}
    assert passed == {"nmap.r_services", "nmap.rdp"}
    assert report.hosts == ("192.0.2.20", "192.0.2.21", "192.0.2.22")
    assert [gap.section for gap in report.gaps] == ["hosts"]


def test_nmap_on_other_ports_has_another_perimeter_and_closes_less() -> None:
    fewer = read("nmap.xml", changed("nmap.xml", ('services="1-1024,', 'services="21-22,')))
    assert fewer.perimeter != read("nmap.xml").perimeter
    assert not check(fewer, "nmap.telnet").conclusive
    assert check(fewer, "nmap.ftp").conclusive


@pytest.mark.parametrize("option", ["", "-A", "-sV -&#45;version-light"])
def test_nmap_recognising_services_otherwise_has_another_perimeter(option: str) -> None:
    other = read("nmap.xml", changed("nmap.xml", ("-sV -&#45;version-intensity 0", option)))
    assert other.perimeter != read("nmap.xml").perimeter


def test_nmap_over_udp_never_closes_when_ports_stay_silent() -> None:
    asked = ('services="1-1024,', 'services="47808,1-1024,502,4840,44818,')
    udp = ("<verbose", '<scaninfo type="udp" protocol="udp" numservices="2" services="161,47808"/><verbose')
    assert check(read("nmap.xml", changed("nmap.xml", asked, udp)), "nmap.automation").conclusive
    silent = ('state="filtered" count="1029"', 'state="open|filtered" count="1029"')
    report = read("nmap.xml", changed("nmap.xml", asked, udp, silent))
    assert not check(report, "nmap.automation").conclusive
    assert check(report, "nmap.telnet").conclusive


def test_nmap_interrupted_is_refused() -> None:
    with pytest.raises(ReportError, match="did not come to its end"):
        read("nmap.xml", changed("nmap.xml", ('exit="success"', 'exit="error"')))


def test_nmap_given_up_hosts_are_not_looked_at() -> None:
    report = read(
        "nmap.xml",
        changed("nmap.xml", ('<host starttime="1795327297" endtime="1795327299">', '<host timedout="true">')),
    )
    assert report.hosts == ("192.0.2.22",)
    assert "nmap.telnet" in subjects(report)
    assert any(gap.truncated for gap in report.gaps)


# testssl.sh


@pytest.mark.parametrize("name", ["testssl_flat.json", "testssl_pretty.json"])
def test_testssl_interrupted_closes_nothing(name: str) -> None:
    ends = {
        "testssl_flat.json": (
            '"severity"     : "INFO",\n              "finding"      : "47"',
            '"severity"     : "WARN",\n              "finding"      : "Scan interrupted"',
        ),
        "testssl_pretty.json": ('"scanTime"  : 14', '"scanTime"  : "Scan interrupted"'),
    }
    report = read(name, changed(name, ends[name]))
    assert not any(one.conclusive for one in report.checks)
    assert [gap.truncated for gap in report.gaps] == [True]
    assert subjects(report) == subjects(read(name))


def test_testssl_checks_that_could_not_be_made_close_nothing() -> None:
    raw = changed("testssl_flat.json", ('"id"           : "SSLv3",', '"id"           : "SSLv3_",'))
    doubtful = raw.replace(
        b'"OK",\n              "finding"      : "not offered"', b'"WARN",\n              "finding"      : "?"'
    )
    report = read("testssl_flat.json", doubtful)
    assert not check(report, "testssl.SSLv2").conclusive
    assert check(report, "testssl.heartbleed").conclusive


def test_testssl_on_several_endpoints_closes_what_was_made_on_all() -> None:
    entry = '{"id": "%s", "ip": "www.hopital.test/192.0.2.%d", "port": "443", "severity": "%s", "finding": "x"}'
    made = [
        ("SSLv2", 1, "OK"),
        ("SSLv2", 2, "CRITICAL"),
        ("RC4", 1, "OK"),
        ("scanTime", 1, "INFO"),
        ("scanTime", 2, "INFO"),
    ]
    report = read("testssl_flat.json", ("[" + ",".join(entry % one for one in made) + "]").encode())
    assert report.hosts == ("192.0.2.1", "192.0.2.2")
    assert {one.id: one.conclusive for one in report.checks} == {"testssl.SSLv2": True, "testssl.RC4": False}


def test_testssl_tells_certificates_apart() -> None:
    entry = (
        '{"id":"cert_keySize <cert#%d>","ip":"192.0.2.1/192.0.2.1","port":"443","severity":"LOW","finding":"RSA 1024"}'
    )
    report = read("testssl_flat.json", f"[{entry % 1},{entry % 2}]".encode())
    assert subjects(report) == {"testssl.cert_keySize": ["192.0.2.1:443/tcp cert 1", "192.0.2.1:443/tcp cert 2"]}


def test_testssl_unreachable_target_is_a_gap() -> None:
    raw = b'[{"id":"scanProblem","ip":"x/192.0.2.9","port":"443","severity":"FATAL","finding":"Can not connect"}]'
    report = read("testssl_flat.json", raw)
    assert (report.hosts, report.checks) == ((), ())
    assert "Can not connect" in report.gaps[0].reason.fr


# SSLyze


def test_sslyze_closes_only_where_the_command_was_completed() -> None:
    checks = {one.id: one.conclusive for one in read("sslyze.json").checks}
    assert checks["sslyze.heartbleed"]
    assert checks["sslyze.ssl_3_0"]
    assert not checks["sslyze.suites_open"]  # TLS 1.1 could not be tried
    assert "sslyze.tls_1_1" not in checks
    assert "sslyze.ccs_injection" not in checks


def test_sslyze_unreachable_servers_are_gaps() -> None:
    report = read("sslyze.json")
    assert report.hosts == ("192.0.2.40",)
    assert [gap.reason.en.rpartition(" ")[2] for gap in report.gaps] == ["absent.hopital.test:443", "192.0.2.41:8443"]


def test_sslyze_needs_the_command_on_every_server() -> None:
    second = (
        '"scan_result": null',
        '"scan_result": {"robot": {"status": "COMPLETED", "result": {"robot_result": "NOT_VULNERABLE_NO_ORACLE"}}}',
    )
    checks = {one.id: one.conclusive for one in read("sslyze.json", changed("sslyze.json", second)).checks}
    assert checks["sslyze.robot"]
    assert not checks["sslyze.heartbleed"]


# ssh-audit


def test_ssh_audit_reads_several_servers() -> None:
    one = content("ssh_audit.json")
    other = one.replace(b"192.0.2.31:2222", b"[2001:db8::31]:22")
    failed = b'{"target": "192.0.2.99:22", "banner": null, "kex": null}'
    report = read("ssh_audit.json", b"[" + one + b"," + other + b"," + failed + b"]")
    assert report.hosts == ("192.0.2.31", "2001:db8::31")
    assert subjects(report)["ssh_audit.kex_fail"] == ["192.0.2.31:2222/tcp", "[2001:db8::31]:22/tcp"]
    assert [gap.reason.en for gap in report.gaps] == ["Server not questioned: 192.0.2.99:22"]
    assert check(report, "ssh_audit.protocol_1").conclusive


# Nessus


def test_nessus_closes_on_machines_proved_to_be_scanned() -> None:
    report = read("nessus.nessus")
    assert report.hosts == ("192.0.2.60", "192.0.2.61")  # .62 has no end and no plugin 19506
    assert report.ways["192.0.2.60"].startswith("credentials=yes ports=1-65535")
    assert report.ways["192.0.2.61"].startswith("credentials=no ")
    assert report.proves_absent("nessus.11219")
    assert not report.proves_absent("nessus.10081")
    assert report.left_out == 2
    assert [gap.section for gap in report.gaps] == ["hosts", "compliance"]


def test_nessus_without_its_policy_closes_only_what_it_names() -> None:
    report = read("nessus.nessus", changed("nessus.nessus", ("<name>plugin_set</name>", "<name>autre</name>")))
    assert not report.proves_absent("nessus.11219")
    assert "policy" in {gap.section for gap in report.gaps}
    assert check(report, "nessus.97833").conclusive


def test_nessus_filtered_export_closes_nothing() -> None:
    report = read("nessus.nessus", changed("nessus.nessus", ('pluginID="19506"', 'pluginID="19507"')))
    assert report.hosts == ()
    assert report.covers == frozenset()
    assert not any(one.conclusive for one in report.checks)


def test_nessus_times_without_a_zone_are_said() -> None:
    raw = changed("nessus.nessus", ("_TIMESTAMP", "_AUTRE"))
    report = read("nessus.nessus", raw)
    assert report.finished_at == datetime(2026, 11, 20, 9, 10, tzinfo=UTC)
    assert "times" in {gap.section for gap in report.gaps}


# OpenVAS


@pytest.mark.parametrize(
    ("change", "section"),
    [
        (("<scan_run_status>Done", "<scan_run_status>Interrupted"), "scan"),
        (("<filtered>5<", "<filtered>250<"), "results"),
        (("<errors><count>0", "<errors><count>3"), "hosts"),
        (("<errors><count>0</count>", "<errors><error><host/><nvt oid='0'/></error>"), "hosts"),
    ],
)
def test_openvas_closes_nothing_when_the_file_is_not_whole(change: tuple[str, str], section: str) -> None:
    report = read("openvas.xml", changed("openvas.xml", change))
    assert not any(one.conclusive for one in report.checks)
    assert [(gap.section, gap.truncated) for gap in report.gaps] == [(section, True)]


def test_openvas_machines_without_an_end_are_not_looked_at() -> None:
    report = read("openvas.xml", changed("openvas.xml", ("<end>2026-11-20T07:20:00+01:00</end>", "<end/>")))
    assert report.hosts == ("192.0.2.70",)


def test_openvas_an_error_of_a_test_or_a_machine_closes_nothing_there() -> None:
    timeout = "<error><host>192.0.2.70</host><nvt oid='1.3.6.1.4.1.25623.1.0.117274'/></error>"
    dead = "<error><host>192.0.2.71<asset/></host><nvt oid='0'/></error>"
    errors = ("<errors><count>0</count>", f"<errors><count>2</count>{timeout}{dead}")
    report = read("openvas.xml", changed("openvas.xml", errors))
    assert report.hosts == ("192.0.2.70",)
    assert {one.id for one in report.checks if one.conclusive} == {"openvas.1.3.6.1.4.1.25623.1.0.108041"}


def test_openvas_needs_the_state_of_the_scan() -> None:
    with pytest.raises(ReportError, match="scan_run_status"):
        read("openvas.xml", b"<report name='x'><counter/></report>")


def test_openvas_another_filter_is_another_perimeter() -> None:
    other = read("openvas.xml", changed("openvas.xml", ("levels=hml", "levels=h")))
    assert other.perimeter != read("openvas.xml").perimeter


# PingCastle


def test_pingcastle_closes_within_its_version() -> None:
    report = read("pingcastle.xml")
    assert report.covers_all
    assert report.perimeter == "pingcastle 3.3 hopital.test"
    assert check(report, "pingcastle.A-PwdGPO").findings[0].evidence["count"] == 2


def test_pingcastle_without_rules_is_refused() -> None:
    raw = changed("pingcastle.xml", ("RiskRules>", "Rules>"))
    with pytest.raises(ReportError, match="RiskRules"):
        read("pingcastle.xml", raw)


def test_pingcastle_without_a_failed_rule_passes_all() -> None:
    text = content("pingcastle.xml").decode()
    emptied = text[: text.index("<RiskRules>")] + "<RiskRules />" + text[text.index("</RiskRules>") + 12 :]
    report = read("pingcastle.xml", emptied.encode())
    assert (report.checks, report.covers_all) == ((), True)


# Nuclei and the generic format


def test_nuclei_also_reads_an_array() -> None:
    array = b"[" + b",".join(content("nuclei.jsonl").splitlines()) + b"]"
    assert read("nuclei.jsonl", array) == read("nuclei.jsonl")


@pytest.mark.parametrize("name", ["nuclei.jsonl", "generic.json"])
def test_files_of_what_was_found_prove_nothing(name: str) -> None:
    report = read(name)
    assert not report.covers_all
    assert not report.covers
    assert not any(one.conclusive for one in report.checks)
    assert report.left_out > 0


def test_generic_settled_findings_are_left_out() -> None:
    for mark in ('"false_p": true', '"duplicate": true', '"is_mitigated": true', '"active": false'):
        raw = changed("generic.json", ('"severity": "Critical",', f'"severity": "Critical", {mark},'))
        assert "generic.CVE-2021-44228" not in subjects(read("generic.json", raw))
