"""The common entrance: which tool wrote a file, and its report, within bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from scanners.imported.model import Report, ReportError, Tool

HEAD_BYTES = 65536
"""How much of a file's beginning `identify` wants to see."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one file. Our choices: a Nessus file of 2,000 machines weighs about 200 MB."""

    bytes: int = 512 << 20
    depth: int = 64
    findings: int = 200_000
    hosts: int = 70_000
    checks: int = 50_000


Reader = Callable[[BinaryIO, Limits], Report]

READERS: Mapping[Tool, Reader] = {}
"""One reader per tool that writes files (an ADS result is typed in: `read_ads`)."""


def identify(head: bytes) -> Tool:
    """The tool that wrote a file beginning with `head` (up to `HEAD_BYTES`); ReportError when none is recognised."""
    raise ReportError(
        "Ce fichier ne ressemble au résultat d’aucun outil connu ; choisissez l’export prévu dans la documentation.",
        f"This file looks like the result of no known tool ({len(head)} bytes read); choose the export named in the "
        "documentation.",
    )


def read_report(tool: Tool, stream: BinaryIO, limits: Limits = Limits()) -> Report:
    """The report in `stream`, a file `tool` wrote; ReportError says what is wrong, where, and what to do."""
    return READERS[tool](stream, limits)
