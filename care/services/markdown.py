"""The Markdown of people's texts for pages: the one reading that documents share (`reports.markdown`)."""

from __future__ import annotations

from typing import cast

from reports import markdown
from reports.markdown import words
from reports.words import Lang as ReportLang
from reports.words import typographic
from scanners.model import Lang

__all__ = ["html", "sections_html", "steps_html", "words"]


def html(text: str, lang: Lang) -> str:
    """Markdown as HTML, every character of it escaped, with the unbreakable spaces of the reader's language."""
    return markdown.html(typographic(text, cast(ReportLang, lang)))


def sections_html(text: str, lang: Lang) -> str:
    """The same for a booklet, with its titles and tables."""
    return markdown.sections_html(typographic(text, cast(ReportLang, lang)))


def steps_html(text: str, lang: Lang) -> str:
    """A procedure as numbered steps, as safe."""
    return markdown.steps_html(typographic(text, cast(ReportLang, lang)))
