"""Files of strangers: whatever they hold, a report or one clear error, within bounds."""

import io
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners.imported.model import MAX_ID, MAX_PERIMETER, Report, ReportError, Tool
from scanners.imported.read import LIMITS, UNDATED, identify, read_report
from scanners.imported.wording import MAX_DETAIL, MAX_PROSE, MAX_TITLE
from tests.unit.imported.files import LOOKED_AT, SAMPLES, TOOLS, changed, check, content, read, subjects

XML = [name for name in TOOLS if content(name).lstrip().startswith(b"<")]
JSON = [name for name in TOOLS if name not in XML]

LAUGHS = (
    """<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>"""
)
EXTERNAL = """<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>"""


def refused(name: str, raw: bytes) -> ReportError:
    with pytest.raises(ReportError) as error:
        read(name, raw)
    for text in (error.value.text.fr, error.value.text.en):
        assert text.endswith(".")
        assert len(text) < 400
        assert text.isprintable()
    return error.value


def with_prologue(name: str, doctype: str) -> bytes:
    """A sample with another document type before its root."""
    text = content(name).decode()
    root = {"nmap.xml": "<nmaprun", "nessus.nessus": "<NessusClientData_v2", "openvas.xml": "<report id"}.get(
        name, "<HealthcheckData"
    )
    start = text.index(root)
    return f'<?xml version="1.0"?>\n{doctype}\n{text[start:]}'.encode()


# Wrong files


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize("other", TOOLS)
def test_the_file_of_another_tool_says_which(name: str, other: str) -> None:
    if TOOLS[name] is TOOLS[other]:
        return
    said = refused(name, content(other))
    assert TOOLS[other].label.fr in said.text.fr
    assert TOOLS[name].label.en in said.text.en


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is empty"),
        (b" \r\n\t ", "is empty"),
        (b"\x00\x01\x02\xff" * 50, "no known tool"),
        (b"PK\x03\x04rest", "a ZIP archive"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x1f\x8b\x08", "a compressed archive"),
        (b"<!DOCTYPE html><html><body>Rapport</body></html>", "an HTML page"),
        (b"\n<HTML>", "an HTML page"),
        (b"id;titre\n1;x\n", "no known tool"),
        (b"<?xml version='1.0'?><inconnu/>", "no known tool"),
        (b'{"autre": 1}', "no known tool"),
        (b"[]", "no known tool"),
        (b"<" * 60_000, "no known tool"),
        (b"<!--" * 16_000, "no known tool"),
        (b"{" * 60_000, "no known tool"),
    ],
)
def test_a_file_of_no_known_tool_is_refused(raw: bytes, said: str) -> None:
    with pytest.raises(ReportError, match=said):
        identify(raw)


@pytest.mark.parametrize(
    ("raw", "tool"),
    [
        ("<?xml version='1.0' encoding='utf-16'?><HealthcheckData a='1'/>".encode("utf-16"), Tool.PINGCASTLE),
        (b"\xef\xbb\xbf" + b'{"findings": []}', Tool.GENERIC),
        (b"<?xml version='1.0'?><!-- <nmaprun > --><get_reports_response status='200'>", Tool.OPENVAS),
        (b'{"template-id": "x", "info": {}, "response": "{\\"findings\\": [], \\"kex\\": 1}"}', Tool.NUCLEI),
        (b"<?xml?><!DOCTYPE nmaprun><!-- " + b"192.0.2.1 " * 7000, Tool.NMAP),
    ],
)
def test_files_are_recognised_whatever_surrounds_them(raw: bytes, tool: Tool) -> None:
    assert identify(raw[:65536]) is tool


# Entities


@pytest.mark.parametrize("name", XML)
@pytest.mark.parametrize("doctype", [LAUGHS, EXTERNAL])
def test_entities_are_refused(name: str, doctype: str) -> None:
    assert "entities" in refused(name, with_prologue(name, doctype)).text.en


@pytest.mark.parametrize("name", [name for name in XML if name != "nmap.xml"])
def test_a_document_type_that_the_tool_never_writes_is_refused(name: str) -> None:
    assert "document type" in refused(name, with_prologue(name, '<!DOCTYPE x SYSTEM "http://192.0.2.1/x.dtd">')).text.en


# Cut and damaged files


@pytest.mark.parametrize("name", TOOLS)
def test_a_file_cut_anywhere_is_refused_or_ends_at_a_whole_record(name: str) -> None:
    whole = content(name).rstrip()
    for cut in range(len(whole) // 2, len(whole) - 1, max(1, len(whole) // 40)):
        said = refused_or_read(name, whole[:cut])
        assert said is None or "stops before its end" in said.text.en or "malformed" in said.text.en
    if name != "nuclei.jsonl":  # whole lines of JSONL are a whole file
        assert "stops before its end" in refused(name, whole[:-1]).text.en


def refused_or_read(name: str, raw: bytes) -> ReportError | None:
    try:
        read(name, raw)
    except ReportError as error:
        return error
    assert name == "nuclei.jsonl", "only a file of one value a line may be cut and still be whole"
    return None


@pytest.mark.parametrize("name", XML)
def test_a_cut_xml_says_where(name: str) -> None:
    lines = content(name).splitlines(keepends=True)
    kept = len(lines) * 2 // 3
    assert f"line {kept + 1}, column 0" in refused(name, b"".join(lines[:kept])).text.en


def test_a_cut_json_says_where() -> None:
    raw = b"".join(content("generic.json").splitlines(keepends=True)[:6])
    assert f"line 7, {len(raw)} bytes" in refused("generic.json", raw).text.en


@pytest.mark.parametrize("name", JSON)
@pytest.mark.parametrize("wrong", [b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"])
def test_invalid_utf8_is_refused(name: str, wrong: bytes) -> None:
    """The last ones are surrogates and code points beyond Unicode: the C library takes them, Python does not."""
    raw = content(name)
    quote = raw.index(b'"', len(raw) // 2) + 1
    assert "malformed" in refused(name, raw[:quote] + wrong + raw[quote:]).text.en


@pytest.mark.parametrize("name", XML)
def test_invalid_utf8_in_xml_is_refused(name: str) -> None:
    raw = content(name)
    place = raw.index(b">", len(raw) // 2) + 1
    assert "malformed" in refused(name, raw[:place] + b"\xff\xfe" + raw[place:]).text.en


def test_an_unknown_encoding_is_refused() -> None:
    raw = changed("pingcastle.xml", ('encoding="utf-8"', 'encoding="x-inconnu"'))
    assert "encoding" in refused("pingcastle.xml", raw).text.en


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_json_does_not_know_is_refused(value: str) -> None:
    raw = changed("generic.json", ('"cwe": 89', f'"cwe": {value}'))
    assert "malformed" in refused("generic.json", raw).text.en


@pytest.mark.parametrize(
    ("value", "score"), [("1e999", 0), ("-1e999", 0), ("1" * 400, 0), ("0.1e-9999", 0), ("1e5000000", 0), ("10.0", 10)]
)
def test_absurd_numbers_are_no_score(value: str, score: int) -> None:
    report = read("ssh_audit.json", changed("ssh_audit.json", ('"cvssv2": 3.7', f'"cvssv2": {value}')))
    assert check(report, "ssh_audit.CVE-2021-36368").findings[0].evidence["cvss"] == score


@pytest.mark.parametrize("digits", [4001, 6000, 30_000])
def test_a_number_of_thousands_of_digits_is_refused(digits: int) -> None:
    raw = changed("ssh_audit.json", ('"cvssv2": 3.7', f'"cvssv2": {"9" * digits}'))
    assert "malformed" in refused("ssh_audit.json", raw).text.en


@pytest.mark.parametrize(
    "raw",
    [
        b'{"findings": [{"title": "a", "title": "b", "severity": "High"}]}',
        b'{"findings": [], "findings": [{"title": "a"}]}',
    ],
)
def test_keys_written_twice_are_refused(raw: bytes) -> None:
    assert "written twice" in refused("generic.json", raw).text.en


def test_a_single_value_is_no_report() -> None:
    with pytest.raises(ReportError):
        read("generic.json", b'"\\"findings\\": 1"')


@pytest.mark.parametrize("name", JSON)
@pytest.mark.parametrize("value", ["null", "[]", "{}", '"x"', "0", "true", "[[[]]]", '[{"x":[1]}]'])
def test_values_of_another_kind_than_expected(name: str, value: str) -> None:
    """Each key of the sample in turn holds something absurd."""
    text = content(name).decode()
    for key in sorted({part.rsplit('"', 1)[-1] for part in text.replace('" :', '":').split('":')[:-1]}):
        raw = _with_value(text, key, value)
        if raw is not None:
            refused_or_any(name, raw)


def _with_value(text: str, key: str, value: str) -> bytes | None:
    """The sample with the first value of a key replaced; None when it is not found as a simple value."""
    pattern = re.compile(rf'("{re.escape(key)}"\s*:\s*)("(?:[^"\\]|\\.)*"|[\d.]+|true|false|null)')
    changed_text, count = pattern.subn(lambda match: match[1] + value, text, count=1)
    return changed_text.encode() if count else None


def refused_or_any(name: str, raw: bytes) -> Report | None:
    try:
        report = read(name, raw)
    except ReportError:
        return None
    fit(report)
    return report


# Names and texts


HOSTILE = "x\\u202e\\u0000\\n\\u001b[31m\\u2066y"


def test_control_and_bidirectional_signs_are_neutralised() -> None:
    raw = changed(
        "generic.json",
        ('"title": "Injection SQL sur le portail"', f'"title": "{HOSTILE}"'),
        ('"host": "192.0.2.80"', f'"host": "{HOSTILE}"'),
        ('"vuln_id_from_tool": "PT-7"', f'"vuln_id_from_tool": "{HOSTILE}"'),
    )
    report = read("generic.json", raw)
    fit(report)
    assert any(one.title.fr == "x [31m y" for one in report.checks)


def test_hostile_names_in_xml_are_neutralised() -> None:
    name = ("OpenSSH &lt; 9.8 Multiple Vulnerabilities", "a&#x202e;b&#x85;&#x9;c{subject}%s")
    host = ("<host>192.0.2.71<", "<host>&#x202e; ../../etc/passwd;rm -rf<")
    if host[0] not in content("openvas.xml").decode():
        host = ("<host>192.0.2.71</host>", "<host>&#x202e; ../../etc/passwd;rm -rf</host>")
    report = read("openvas.xml", changed("openvas.xml", name, host))
    fit(report)
    assert check(report, "openvas.1.3.6.1.4.1.25623.1.0.117274").title.fr == "a b c{subject}%s"
    assert subjects(report)["openvas.1.3.6.1.4.1.25623.1.0.108041"] == ["etc_passwd_rm_-rf"]


def fit(report: Report) -> None:
    """What any report keeps is bounded and fit to be shown."""
    assert report.perimeter.isprintable()
    assert len(report.perimeter) <= MAX_PERIMETER
    assert report.started_at.utcoffset() == report.finished_at.utcoffset() is not None
    assert report.started_at <= report.finished_at
    for one in report.checks:
        assert len(one.id) <= MAX_ID
        assert one.id.isascii()
        assert one.title.fr.isprintable()
        assert one.title.fr.strip()
        assert max(len(one.title.fr), len(one.title.en)) <= MAX_TITLE
        assert max(len(one.description.fr), len(one.remediation.fr)) <= MAX_PROSE
        assert one.description.fr.replace("\n", "").isprintable()
        keys = [finding.subject.casefold() for finding in one.findings]
        assert len(set(keys)) == len(keys)
        for finding in one.findings:
            assert finding.subject.isprintable()
            assert 0 < len(finding.subject) <= 1000
            for value in finding.evidence.values():
                assert not isinstance(value, str) or (value.isprintable() and len(value) <= 3 * MAX_DETAIL * 4)
                assert not isinstance(value, float) or abs(value) < 1e300


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-11-20T09:12:33+14:00", "2026-11-19T19:12:33+00:00"),
        ("2026-11-20T09:12:33-12:00", "2026-11-20T21:12:33+00:00"),
        ("2026-11-20T09:12:33", "2026-11-20T09:12:33+00:00"),
        ("2026-11-20T09:12:33.1234567Z", "2026-11-20T09:12:33.123456+00:00"),
        ("20261120T091233Z", "2026-11-20T09:12:33+00:00"),
        ("2026-11-20T09:12:33+05:45", "2026-11-20T03:27:33+00:00"),
    ],
)
def test_dates_of_odd_zones_are_utc(written: str, utc: str) -> None:
    raw = changed("pingcastle.xml", ("2026-11-20T09:12:33.1234567+01:00", written))
    assert read("pingcastle.xml", raw).finished_at.isoformat() == utc


@pytest.mark.parametrize(
    "written", ["", "hier", "0001-01-01T00:00:00", "9999-12-31T23:59:59-14:00", "2026-13-45", "1e9"]
)
def test_dates_that_are_none_are_those_a_person_gives(written: str) -> None:
    raw = changed("pingcastle.xml", ("2026-11-20T09:12:33.1234567+01:00", written))
    assert read("pingcastle.xml", raw).finished_at == LOOKED_AT
    with pytest.raises(ReportError, match="GenerationDate"):
        read("pingcastle.xml", raw, at=None)


# Bounds


def test_depth_is_bounded_and_named() -> None:
    deep_json = b'{"findings": [' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"]}"
    assert "64 levels of nesting" in refused("generic.json", deep_json).text.en
    deep_xml = b'<HealthcheckData x="">' + b"<a>" * 200 + b"</a>" * 200 + b"</HealthcheckData>"
    assert "64 niveaux d’imbrication" in refused("pingcastle.xml", deep_xml).text.fr


@pytest.mark.parametrize(
    ("bound", "name", "said"),
    [
        ({"findings": 2}, "nessus.nessus", "2 findings"),
        ({"checks": 2}, "nessus.nessus", "2 different checks"),
        ({"hosts": 1}, "nessus.nessus", "1 machines"),
        ({"bytes": 1000}, "generic.json", "1,000 bytes"),
        ({"bytes": 1000}, "nmap.xml", "1,000 bytes"),
        ({"nodes": 20}, "sslyze.json", "20 values in a single object"),
        ({"nodes": 5}, "openvas.xml", "5 elements in a single record"),
    ],
)
def test_every_bound_is_named(bound: dict[str, int], name: str, said: str) -> None:
    with pytest.raises(ReportError, match=said):
        read(name, limits=replace(LIMITS, **bound))


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("generic.json", b'{"findings": [{"title": "', b'"}]}'),
        ("pingcastle.xml", b'<HealthcheckData x=""><A>', b"</A></HealthcheckData>"),
        ("pingcastle.xml", b'<HealthcheckData x=""><A b="', b'"/></HealthcheckData>'),
    ],
)
def test_one_endless_value_stops_early(name: str, before: bytes, after: bytes) -> None:
    endless = Endless(before, b"a" * 65536, 4096, after)
    with pytest.raises(ReportError, match="bytes for a single value"):
        read_report(TOOLS[name], endless, replace(LIMITS, span=1 << 20), LOOKED_AT)
    assert endless.given < 2 << 20


@pytest.mark.parametrize(
    ("name", "before", "part", "after"),
    [
        ("sslyze.json", b'{"server_scan_results": [', b"{},", b"{}]}"),
        ("ssh_audit.json", b'[{"banner": 1, "kex": 1},', b'{"target": "a"},', b"{}]"),
        ("testssl_flat.json", b"[", b'{"id":"x","ip":"/","port":"1","severity":"FATAL","finding":"f"},', b"{}]"),
        (
            "nessus.nessus",
            b'<NessusClientData_v2 a="">',
            b'<HostProperties><tag name="host-ip">%d.example</tag></HostProperties>',
            b"</NessusClientData_v2>",
        ),
        ("openvas.xml", b'<report a="">', b"<host><ip>%d.example</ip></host>", b"</report>"),
    ],
)
def test_machines_are_counted_even_when_nothing_is_known_of_them(
    name: str, before: bytes, part: bytes, after: bytes
) -> None:
    parts = [part % number if b"%d" in part else part for number in range(60)]
    raw = before + b"".join(parts) + after
    with pytest.raises(ReportError, match="50 machines"):
        read(name, raw, limits=replace(LIMITS, hosts=50))


class Endless(io.RawIOBase, BinaryIO):
    """A file made as it is read: a beginning, the same part many times, an end."""

    def __init__(self, before: bytes, part: bytes, times: int, after: bytes) -> None:
        super().__init__()
        self._parts = self._made(before, part, times, after)
        self._left = b""
        self.given = 0

    @staticmethod
    def _made(before: bytes, part: bytes, times: int, after: bytes) -> Iterator[bytes]:
        yield before
        for _turn in range(times):
            yield part
        yield after

    def read(self, size: int = -1) -> bytes:
        while len(self._left) < size and (part := next(self._parts, b"")):
            self._left += part
        chunk, self._left = self._left[:size], self._left[size:]
        self.given += len(chunk)
        return chunk


NESSUS_START = (
    b'<NessusClientData_v2 a=""><Report><ReportHost><HostProperties><tag name="HOST_END_TIMESTAMP">1795162200</tag>'
    b'<tag name="host-ip">192.0.2.1</tag></HostProperties>'
)
NESSUS_ITEM = (
    b'<ReportItem port="0" svc_name="general" protocol="tcp" severity="0" pluginID="11936" pluginName="OS" '
    b'pluginFamily="General"><description>%s</description><plugin_output>%s</plugin_output></ReportItem>\n'
    % (b"d" * 1500, b"o" * 2500)
)
NESSUS_END = b"</ReportHost></Report></NessusClientData_v2>"
PINGCASTLE_START = (
    b'<HealthcheckData a=""><EngineVersion>3.3</EngineVersion><DomainFQDN>hopital.test</DomainFQDN><RiskRules/><List>'
)
PINGCASTLE_ACCOUNT = b"<Accounts><Name>%s</Name><Sid>S-1-5-21</Sid></Accounts>\n" % (b"n" * 400)
TESTSSL_ENTRY = b'{"id":"SSLv2","ip":"a/192.0.2.1","port":"443","severity":"OK","finding":"%s"},' % (b"n" * 400)


@pytest.mark.parametrize(
    ("name", "before", "part", "times", "after"),
    [
        ("nessus.nessus", NESSUS_START, NESSUS_ITEM, 2500, NESSUS_END),
        ("pingcastle.xml", PINGCASTLE_START, PINGCASTLE_ACCOUNT, 20_000, b"</List></HealthcheckData>"),
        ("testssl_flat.json", b"[", TESTSSL_ENTRY, 20_000, TESTSSL_ENTRY[:-1] + b"]"),
    ],
)
def test_memory_stays_flat(name: str, before: bytes, part: bytes, times: int, after: bytes) -> None:
    """10 MB of information; what is kept of it fits in a few hundred kB, the parser's own chunks included."""
    stream = Endless(before, part, times, after)
    tracemalloc.start()
    try:
        read_report(TOOLS[name], stream, LIMITS, LOOKED_AT)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert stream.given > 9_000_000
    assert peak < 2_000_000


# Anything


@pytest.mark.parametrize("name", TOOLS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_mutated_sample_gives_a_report_or_an_error(name: str, data: st.DataObject) -> None:
    raw = bytearray(content(name))
    for _turn in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(raw) - 1))
        span = data.draw(st.integers(0, 40))
        raw[place : place + span] = data.draw(st.binary(max_size=20) | st.sampled_from(PIECES))
    refused_or_any(name, bytes(raw))


PIECES = [
    b"", b'"', b"<", b"&", b"]]>", b"</host>", b"null", b"{}", b"[]", b"-1", b"1e400", b"\\u0000", b"\\ud800",
    b"&#x202e;", b"999999999999999999999", b"192.0.2.1", b"[::1%eth0]:99999", b"http://a:b@[", b"<a/>", b"\x00", b"NaN",
    b"true", b"\xed\xa0\x80", b"\xc0\x80",
]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_identified_or_refused(raw: bytes) -> None:
    try:
        tool = identify(raw)
    except ReportError:
        return
    assert tool in set(TOOLS.values())


def test_the_samples_are_the_only_files_there() -> None:
    assert {path.name for path in SAMPLES.iterdir()} == set(TOOLS)
    assert set(UNDATED) <= set(TOOLS.values())


PATIENCE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
from scanners.imported.model import ReportError
from scanners.imported.read import identify
from scanners.imported.versions import versions_in
from scanners.imported.wording import place, prose
parts = (" ", "\\n", "a ", "path : ", "password ", "eyJ", "://", "a:", "[", "<!--", "<a", "-----BEGIN ", "f" * 32 + ":")
for part in parts:
    text = (part * 20_000)[:60_000]
    prose(text), place(text), versions_in(text)
    for start in ("<", "{", "<?xml"):
        try:
            identify((start + text).encode())
        except ReportError:
            pass
"""


def test_no_text_makes_a_regular_expression_run_for_hours() -> None:
    """The child has 20 seconds of processor and needs a fraction of one; a quadratic expression would need hours."""
    run = subprocess.run([sys.executable, "-c", PATIENCE], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
