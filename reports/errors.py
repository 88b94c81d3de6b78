"""Errors of documents that reach a person: one sentence in both languages."""

from __future__ import annotations


class ReportError(Exception):
    """A document could not be made. `str()` is the English sentence."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.fr = fr
        self.en = en

    def sentence(self, lang: str) -> str:
        """The sentence in the reader's language."""
        return self.fr if lang == "fr" else self.en
