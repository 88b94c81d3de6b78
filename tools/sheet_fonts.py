"""Makes the fonts of printed sheets: `reports/sheets/fonts/*.ttf`, from the Inter of `reports/fonts`.

ReportLab embeds TrueType outlines only, and Inter comes with PostScript ones: the curves are redrawn within half a unit
of an em of 2048, everything that ReportLab does not read is left out. Run it after a change of fonts:
`.venv/bin/python -m tools.sheet_fonts`. The same fonts give the same bytes.
"""

from __future__ import annotations

from pathlib import Path

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

FONTS = Path(__file__).parent.parent / "reports" / "fonts"
SHEET_FONTS = FONTS.parent / "sheets" / "fonts"
STYLES = ("Regular", "Bold", "Italic")
FARTHEST = 0.5
"""Units of the em between a curve and its redrawing, at most."""
_ZEROS = (
    "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements",
    "maxSizeOfInstructions", "maxComponentElements", "maxPoints", "maxContours", "maxCompositePoints",
    "maxCompositeContours", "maxComponentDepth",
)  # fmt: skip


def redrawn(source: Path) -> TTFont:
    """The font with TrueType outlines and no layout tables."""
    font = TTFont(source, recalcTimestamp=False)
    _keep_characters(font)
    outlines = font.getGlyphSet()
    drawn = {}
    for name in font.getGlyphOrder():
        pen = TTGlyphPen(outlines)
        outlines[name].draw(Cu2QuPen(pen, FARTHEST, reverse_direction=True))
        drawn[name] = pen.glyph()
    table = font["glyf"] = newTable("glyf")
    table.glyphOrder, table.glyphs = font.getGlyphOrder(), drawn
    font["loca"] = newTable("loca")
    most = font["maxp"]
    most.tableVersion, most.maxZones = 0x00010000, 1
    for field in _ZEROS:
        setattr(most, field, 0)
    del font["CFF "]
    font.sfntVersion = "\x00\x01\x00\x00"
    return font


def _keep_characters(font: TTFont) -> None:
    options = subset.Options()
    options.layout_features, options.hinting, options.name_IDs = [], False, ["*"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=font.getBestCmap().keys())
    subsetter.subset(font)


def main() -> None:
    """Write the fonts."""
    for style in STYLES:
        redrawn(FONTS / f"Inter-{style}.otf").save(SHEET_FONTS / f"Inter-{style}.ttf")


if __name__ == "__main__":
    main()
