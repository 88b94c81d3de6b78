"""The child process that sets a document in type: `python -m reports.typeset`.

It reads `{"template", "data", "issued_at", "memory_bytes", "seconds"}` as JSON on standard input and writes a PDF/UA-1
and PDF/A-2a on standard output; with `ppi` too, one PNG a page instead, each after its length (8 bytes, big end first).
Only packaged templates and fonts are read; `data` reaches the template as JSON, never
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
        compiler = _compiler(str(order["template"]), json.dumps(order["data"]))
        document = _pictures(compiler, int(order["ppi"])) if "ppi" in order else _pdf(compiler, int(order["issued_at"]))
    except typst.TypstError as error:
        print(error.message, *error.trace[:3], sep=" | ", file=sys.stderr)  # noqa: T201 - read by the parent
        return 3
    sys.stdout.buffer.write(document)
    return 0


def _compiler(template: str, data: str) -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(HOUSE / "fonts")])
    return typst.Compiler(
        str(HOUSE / "templates" / f"{template}.typ"),
        root=str(HOUSE / "templates"),
        font_paths=fonts,
        sys_inputs={"data": data},
        package_path=str(HOUSE / "templates" / "no-packages"),
        package_cache_path=str(HOUSE / "templates" / "no-packages"),
    )


def _pdf(compiler: typst.Compiler, issued_at: int) -> bytes:
    """The document's bytes; `issued_at` (seconds since 1970, UTC) is the only date it holds besides its data."""
    document = compiler.compile(format="pdf", pdf_standards=STANDARDS, timestamp=issued_at)
    if not isinstance(document, bytes):
        raise TypeError("a PDF is one run of bytes")
    return with_clear_ends(document)


def _pictures(compiler: typst.Compiler, ppi: int) -> bytes:
    """Every page as a PNG, each after its length."""
    made = compiler.compile(format="png", ppi=ppi)
    pages = [made] if isinstance(made, bytes) else list(made or ())
    return b"".join(len(page).to_bytes(8, "big") + page for page in pages)


def _bound(memory_bytes: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


if __name__ == "__main__":
    sys.exit(main())
