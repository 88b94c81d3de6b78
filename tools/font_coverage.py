"""Writes what the packaged fonts hold: `reports/fonts/coverage.json` (ranges of characters) and `SHA256SUMS`.

Run it after a change of fonts: `.venv/bin/python tools/font_coverage.py`. A test compares the files with the fonts.
"""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from pathlib import Path

from fontTools.ttLib import TTFont

FONTS = Path(__file__).parent.parent / "reports" / "fonts"


def coverage(fonts: Path) -> list[list[int]]:
    """The ranges of code points of which at least one font holds every one, first and last included."""
    codes = sorted({code for path in font_files(fonts) for code in TTFont(path).getBestCmap()})
    breaks = [0, *(place for place, (left, right) in enumerate(pairwise(codes), 1) if right != left + 1), len(codes)]
    return [[codes[first], codes[last - 1]] for first, last in pairwise(breaks)]


def checksums(fonts: Path) -> str:
    """The fonts and their licences in the form that `sha256sum --check` reads."""
    paths = [*font_files(fonts), *sorted(fonts.glob("*-LICENSE.txt"))]
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in paths)


def font_files(fonts: Path) -> list[Path]:
    """The packaged fonts, by name."""
    return sorted([*fonts.glob("*.otf"), *fonts.glob("*.ttf")])


def main() -> None:
    """Write both files beside the fonts."""
    (FONTS / "coverage.json").write_text(json.dumps(coverage(FONTS), separators=(",", ":")) + "\n", "ascii")
    (FONTS / "SHA256SUMS").write_text(checksums(FONTS), "utf-8")


if __name__ == "__main__":
    main()
