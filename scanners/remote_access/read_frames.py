"""The collector's output taken apart: framed sections, whose content can never pass for a frame.

`care-collect 1`, then `@section NAME [ARGUMENTS]`, lines after `|`, `@end CODE`, and `@done` at the very end.
"""

from __future__ import annotations

from dataclasses import dataclass

from scanners.foreign_text import clean
from scanners.remote_access.facts import MAX_SECTION_BYTES

HEADER = "care-collect 1"


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its lines, the exit code of what was run, and whether it was cut."""

    name: str
    argument: str
    lines: tuple[str, ...]
    code: int
    truncated: bool

    @property
    def last_words(self) -> str:
        """The last line, shortened: what a command that failed said."""
        return clean(self.lines[-1], 200) if self.lines else f"code {self.code}"


@dataclass(frozen=True, slots=True)
class Report:
    """Every section received; `done` tells a whole report from one cut on its way."""

    sections: tuple[Section, ...]
    done: bool

    def named(self, name: str) -> tuple[Section, ...]:
        """The sections of that name, in order."""
        return tuple(section for section in self.sections if section.name == name)


def is_report(output: str) -> bool:
    """Whether the output is that of the collector."""
    return output.startswith(f"{HEADER}\n")


def parse_report(output: str) -> Report:
    """Take the output apart; lines that are neither frame nor content are left out, an unfinished section too."""
    sections: list[Section] = []
    title, lines = "", list[str]()
    for line in output.split("\n"):
        if line.startswith("|"):
            lines.append(line[1:].rstrip("\r"))
        elif line.startswith("@section "):
            title, lines = line.removeprefix("@section ").strip(), []
        elif line.startswith("@end ") and title:
            sections.append(_section(title, lines, line.removeprefix("@end ").strip()))
            title, lines = "", []
    return Report(tuple(sections), output.rstrip().endswith("\n@done"))


def _section(title: str, lines: list[str], code: str) -> Section:
    name, _, argument = title.partition(" ")
    size = sum(len(line.encode()) + 1 for line in lines)
    return Section(name, argument, tuple(lines), int(code) if code.isdecimal() else 1, size >= MAX_SECTION_BYTES)
