"""The common entrance: which tool wrote a file, and its report, within bounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import BinaryIO

from scanners.imported import (
    read_generic,
    read_nessus,
    read_nmap,
    read_nuclei,
    read_openvas,
    read_pingcastle,
    read_ssh_audit,
    read_sslyze,
    read_testssl,
)
from scanners.imported.model import Report, ReportError, Tool
from scanners.imported.read_bounded import LIMITS, Limits, Source

__all__ = ["HEAD_BYTES", "LIMITS", "UNDATED", "Limits", "identify", "read_report"]

HEAD_BYTES = 65536
"""How much of a file's beginning `identify` wants to see."""

UNDATED: frozenset[Tool] = frozenset({Tool.TESTSSL, Tool.SSH_AUDIT, Tool.GENERIC})
"""Tools whose files may not say when they looked: `read_report` then needs `at`."""

_READERS: Mapping[Tool, Callable[[Source, datetime | None], Report]] = {
    Tool.NMAP: read_nmap.read,
    Tool.TESTSSL: read_testssl.read,
    Tool.SSLYZE: read_sslyze.read,
    Tool.SSH_AUDIT: read_ssh_audit.read,
    Tool.NUCLEI: read_nuclei.read,
    Tool.NESSUS: read_nessus.read,
    Tool.OPENVAS: read_openvas.read,
    Tool.PINGCASTLE: read_pingcastle.read,
    Tool.GENERIC: read_generic.read,
}

_ROOTS = {
    "nmaprun": Tool.NMAP,
    "NessusClientData_v2": Tool.NESSUS,
    "HealthcheckData": Tool.PINGCASTLE,
    "report": Tool.OPENVAS,
    "get_reports_response": Tool.OPENVAS,
}
_ROOT = re.compile(r"<([A-Za-z_][\w.-]*)[\s/>]")
_SKIPPED = re.compile(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL)

_PROLOGUE = 8192
"""Characters in which the root of an XML file is looked for."""

# Keys that one tool writes and no other; the first that is met names the tool.
_KEYS: tuple[tuple[Tool, tuple[str, ...]], ...] = (
    (Tool.SSLYZE, ("server_scan_results",)),
    (Tool.SSLYZE, ("date_scans_started",)),
    (Tool.NUCLEI, ("template-id", "info")),
    (Tool.NUCLEI, ("templateID", "info")),
    (Tool.SSH_AUDIT, ("banner", "kex")),
    (Tool.SSH_AUDIT, ("banner", "fingerprints")),
    (Tool.SSH_AUDIT, ("banner", "enc")),
    (Tool.TESTSSL, ("scanResult",)),
    (Tool.TESTSSL, ("Invocation", "openssl")),
    (Tool.GENERIC, ("findings",)),
    (Tool.TESTSSL, ("id", "severity", "finding")),
)

_OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "un PDF", "a PDF"),
    (b"PK\x03\x04", "une archive ZIP ou un classeur", "a ZIP archive or a workbook"),
    (b"\x1f\x8b", "une archive compressée", "a compressed archive"),
    (b"<!doctype html", "une page HTML", "an HTML page"),
    (b"<html", "une page HTML", "an HTML page"),
)


def identify(head: bytes) -> Tool:
    """The tool that wrote a file beginning with `head` (up to `HEAD_BYTES`); ReportError when none is recognised."""
    if not head.strip():
        raise ReportError(
            "Ce fichier est vide ; vérifiez que l’outil a bien terminé, puis exportez-le de nouveau.",
            "This file is empty; check that the tool came to its end, then export it again.",
        )
    start = head.lstrip()[:64].lower()
    for mark, fr, en in _OTHERS:
        if start.startswith(mark.lower()):
            raise _unknown(f"Ce fichier est {fr}", f"This file is {en}")
    text = _decoded(head).lstrip("\ufeff \t\r\n")
    tool = _of_xml(text) if text.startswith("<") else _of_json(text)
    if tool is None:
        raise _unknown(
            "Ce fichier ne ressemble au résultat d’aucun outil connu",
            "This file looks like the result of no known tool",
        )
    return tool


def read_report(tool: Tool, stream: BinaryIO, limits: Limits = LIMITS, at: datetime | None = None) -> Report:
    """The report in `stream`, a file that `tool` wrote; ReportError says what is wrong, where, and what to do.

    `at` (UTC) is when the tool looked, as a person says; it counts only where the file is silent (`UNDATED`).
    """
    head = stream.read(HEAD_BYTES)
    seems = identify(head)
    if seems is not tool:
        raise ReportError(
            f"Ce fichier semble venir {_from(seems)}, et non {_from(tool)} ; choisissez le bon outil ou le bon "
            "fichier.",
            f"This file seems to come from {seems.label.en}, not from {tool.label.en}; choose the right tool or the "
            "right file.",
        )
    return _READERS[tool](Source(stream, limits, head), at)


def _from(tool: Tool) -> str:
    """“de nmap”, “d’OpenVAS”, “du format générique…” in French."""
    name = tool.label.fr
    if tool is Tool.GENERIC:
        return f"du {name}"
    return f"d’{name}" if name[0] in "AEIOUÉ" else f"de {name}"


def _decoded(head: bytes) -> str:
    """The text as far as needed to recognise a file: UTF-16 has a mark, anything else is near enough to UTF-8."""
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return head.decode("utf-16", "replace")
    return head.decode("utf-8", "replace")


def _of_xml(text: str) -> Tool | None:
    if "<!DOCTYPE nmaprun" in text[:_PROLOGUE]:  # then a comment holds the whole command line, at any length
        return Tool.NMAP
    match = _ROOT.search(_SKIPPED.sub("", text[:_PROLOGUE]))
    return _ROOTS.get(match[1]) if match else None


def _of_json(text: str) -> Tool | None:
    if not text.startswith(("{", "[")):
        return None
    return next((tool for tool, keys in _KEYS if all(_has(text, key) for key in keys)), None)


def _has(text: str, key: str) -> bool:
    """Whether `key` is written as a key; inside a quoted text its quotes carry a backslash."""
    return re.search(rf'(?<!\\)"{re.escape(key)}"\s*:', text) is not None


def _unknown(fr: str, en: str) -> ReportError:
    return ReportError(
        f"{fr} ; choisissez l’export XML ou JSON prévu dans la documentation.",
        f"{en}; choose the XML or JSON export named in the documentation.",
    )
