"""Guests of an exercise read from a list that somebody pasted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from care.domain.exercises import GuestRole
from care.domain.node_names import folded
from care.services.errors import Invalid
from care.services.exercises.guests import GuestDraft, checked
from care.services.exercises.words import ROLES
from scanners.model import Text

MAX_PASTED = 60_000
_SEPARATOR = re.compile(r"[;\t]")


def pasted(text: str, base: GuestDraft, cells: Mapping[str, str]) -> tuple[GuestDraft, ...]:
    """People pasted, one a line: name; function; mail; telephone; role; cell. What a line leaves out is that of `base`.

    Columns are told by what they hold: a mail has an @, a role and a cell are known words. Invalid (`lines`) names the
    line.
    """
    if len(text) > MAX_PASTED:
        raise Invalid({"lines": Text("Ce texte est trop long.", "This text is too long.")})
    found, faults = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                found.append(checked(_read_line(line, base, cells), cells))
            except Invalid as wrong:
                faults += [(number, one) for one in wrong.fields.values()]
    if faults:
        raise Invalid(
            {
                "lines": Text(
                    " ".join(f"Ligne {n} : {one.fr}" for n, one in faults[:20]),
                    " ".join(f"Line {n}: {one.en}" for n, one in faults[:20]),
                )
            }
        )
    return tuple(found)


def _read_line(line: str, base: GuestDraft, cells: Mapping[str, str]) -> GuestDraft:
    parts = [one.strip() for one in _SEPARATOR.split(line)]
    draft, words = replace(base, name=parts[0]), []
    for part in filter(None, parts[1:]):
        if "@" in part:
            draft = replace(draft, mail=part)
        elif (role := _role(part)) is not None:
            draft = replace(draft, role=role)
        elif cell := next((key for key, name in cells.items() if folded(part) in {key, folded(name)}), ""):
            draft = replace(draft, role=GuestRole.PLAYER, cell=cell)
        elif re.fullmatch(r"[+0-9(). -]{4,40}", part):
            draft = replace(draft, phone=part)
        else:
            words.append(part)
    return replace(draft, function=", ".join(words) or base.function)


_FEMININE = {
    GuestRole.PLAYER: "joueuse",
    GuestRole.OBSERVER: "observatrice",
    GuestRole.FACILITATOR: "animatrice",
}


def _role(word: str) -> GuestRole | None:
    said = folded(word).rstrip("s")
    known = ((one, {one, folded(name.fr), folded(name.en), _FEMININE[one]}) for one, name in ROLES.items())
    return next((one for one, names in known if said in names), None)
