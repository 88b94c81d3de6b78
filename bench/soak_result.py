"""What one engine of the soak says at its end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Soaked:
    """`table` is ready for RESULTS.md; `faults` are sentences, none when all went well."""

    title: str
    table: tuple[str, ...]
    faults: tuple[str, ...] = ()

    def text(self) -> str:
        """As printed: a heading, the table, then each fault."""
        verdict = [f"FAULT: {fault}" for fault in self.faults] or ["no fault"]
        return "\n".join([f"## {self.title}", "", *self.table, "", *verdict, ""])
