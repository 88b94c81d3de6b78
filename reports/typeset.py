"""The child process that sets a document in type: `python -m reports.typeset`.

It reads `{"template", "data", "issued_at", "memory_bytes", "seconds"}` as JSON on standard input and writes a PDF/UA-1
and PDF/A-2a on standard output. Only packaged templates and fonts are read; `data` reaches the template as JSON, never
as source. `reports.press` is the other end.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

import typst

from reports.streams import with_clear_ends

HOUSE = Path(__file__).parent
STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]


def main() -> int:
    """Set one document; exit code 3 with Typst's message on standard error when it refuses."""
    order = json.load(sys.stdin)
    _bound(int(order["memory_bytes"]), int(order["seconds"]))
    try:
        document = _compile(str(order["template"]), json.dumps(order["data"]), int(order["issued_at"]))
    except typst.TypstError as error:
        print(error.message, *error.trace[:3], sep=" | ", file=sys.stderr)  # noqa: T201 - read by the parent
        return 3
    sys.stdout.buffer.write(document)
    return 0


def _compile(template: str, data: str, issued_at: int) -> bytes:
    """The document's bytes; `issued_at` (seconds since 1970, UTC) is the only date it holds besides its data."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(HOUSE / "fonts")])
    compiler = typst.Compiler(
        str(HOUSE / "templates" / f"{template}.typ"),
        root=str(HOUSE / "templates"),
        font_paths=fonts,
        sys_inputs={"data": data},
        package_path=str(HOUSE / "templates" / "no-packages"),
        package_cache_path=str(HOUSE / "templates" / "no-packages"),
    )
    document = compiler.compile(format="pdf", pdf_standards=STANDARDS, timestamp=issued_at)
    if not isinstance(document, bytes):
        raise TypeError("a PDF is one run of bytes")
    return with_clear_ends(document)


def _bound(memory_bytes: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


if __name__ == "__main__":
    sys.exit(main())
