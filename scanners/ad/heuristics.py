"""dSHeuristics: a string of the configuration where each character is a switch (MS-ADTS 6.1.1.2.4.1.2)."""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import readable
from scanners.model import Finding, Verdict

Check = tuple[str, int, str, bool]
"""A switch: its name, its position (from 1), the characters looked for, and whether those are the bad ones."""


def judge_switches(facts: DirectoryFacts, checks: tuple[Check, ...]) -> Verdict:
    """A finding when one of these switches is badly set; a position beyond the end of the string is `0`."""
    row = facts.row_at(facts.naming.settings_dn)
    readable(facts, facts.mask([row]) & facts.objects.of(Kind.OPAQUE))
    value = facts.objects.text("dSHeuristics", row)
    wrong = [
        f"{name}={value[position - 1 : position] or '0'}"
        for name, position, characters, are_bad in checks
        if ((value[position - 1 : position] or "0") in characters) is are_bad
    ]
    finding = Finding(
        facts.naming.domain, {"dn": facts.objects.dn[row], "ds_heuristics": value, "settings": ", ".join(wrong)}
    )
    return Verdict(1, (finding,) if wrong else ())
