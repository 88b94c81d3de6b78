"""The Markdown of people's texts for pages: the one reading that documents share (`reports.markdown`)."""

from __future__ import annotations

from reports.markdown import html, steps_html, words

__all__ = ["html", "steps_html", "words"]
