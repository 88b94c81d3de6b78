"""Who may change the files of policies that apply to what must be protected: the half that LDAP does not see."""

from __future__ import annotations

from collections.abc import Iterable

from scanners.ad import rights
from scanners.ad.control_paths.control import tier_zero
from scanners.ad.control_paths.path_text import written_path
from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import shown, sysvol_of, writers
from scanners.ad.sysvol import policy_of
from scanners.model import Finding

RIGHT = "WriteFile"


def file_control(facts: DirectoryFacts, policies: Iterable[int]) -> list[Finding]:
    """A finding per principal, privileged ones left out, that may change a file of these policies."""
    wanted = {facts.objects.dn[row].partition(",")[0].partition("=")[2].upper() for row in policies}
    trusted = tier_zero(facts)
    held: dict[str, list[str]] = {}
    for file in sysvol_of(facts).files:
        if policy_of(file.path) in wanted:
            for sid in writers(facts, file):
                row = facts.row_of(sid)
                may = trusted[row] if row >= 0 else sid in rights.TRUSTED_SIDS or sid in facts.forest_privileged
                if not may:
                    held.setdefault(sid, []).append(shown(facts, file.path))
    return [_finding(facts, sid, files) for sid, files in held.items()]


def _finding(facts: DirectoryFacts, sid: str, files: list[str]) -> Finding:
    row, name, target = facts.row_of(sid), facts.name_of(sid), files[0]
    return Finding(
        name,
        {
            "dn": facts.objects.dn[row] if row >= 0 else "",
            "sid": sid,
            "right": RIGHT,
            "controls": target,
            "target": target,
            "controlled": "; ".join(files[:50]),
            "controlled_count": len(files),
            "path": written_path(name, ((RIGHT, target),)),
            "steps": 1,
        },
    )
