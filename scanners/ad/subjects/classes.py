"""Classes of the schema: from which they descend, and below what they may be created (MS-ADTS 3.1.1.2.4). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts

_MAX_DEPTH = 64
"""Far deeper than any schema: a line that goes round ends."""


@dataclass(frozen=True, slots=True)
class Classes:
    """Classes by their LDAP name in small letters, with their rows."""

    facts: DirectoryFacts
    rows: Mapping[str, int]

    @classmethod
    def of(cls, facts: DirectoryFacts) -> Classes:
        """The classes of a directory."""
        names = facts.objects.texts("lDAPDisplayName")
        rows = np.flatnonzero(facts.objects.of(Kind.CLASS)).tolist()
        return cls(facts, {names[row][0].lower(): row for row in rows if row in names})

    def line(self, name: str) -> frozenset[str]:
        """A class and those it descends from."""
        found: list[str] = []
        while name in self.rows and name not in found and len(found) < _MAX_DEPTH:
            found.append(name)
            name = self.facts.objects.text("subClassOf", self.rows[name]).lower()
        return frozenset(found)

    def own_superiors(self, name: str) -> frozenset[str]:
        """What a class itself says it may be created below."""
        row = self.rows.get(name, -1)
        return frozenset(
            parent.lower()
            for attribute in ("possSuperiors", "systemPossSuperiors")
            for parent in self.facts.objects.texts(attribute).get(row, ())
        )

    def superiors(self, name: str) -> frozenset[str]:
        """What a class may be created below, what it inherits included."""
        return frozenset().union(*(self.own_superiors(each) for each in self.line(name)))
