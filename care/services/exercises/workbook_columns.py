"""The columns of the chronogram as a workbook: how each is called, how what it holds is written.

Reading compares with what would be written: a cell that nobody touched gives back exactly what the exercise holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from care.domain.node_names import folded
from care.services.exercises.editing import Written
from care.services.exercises.words import CHANNELS, NO, OUTCOMES, YES
from exercises.kit import Channel, Outcome
from scanners.model import Text

STIMULI = Text("Chronogramme", "Chronogram")
REACTIONS = Text("Réactions attendues", "Expected reactions")

STIMULUS_COLUMNS: Mapping[str, Text] = MappingProxyType(
    {
        "id": Text("repère", "id"),
        "at": Text("minute", "minute"),
        "hour": Text("heure prévue", "planned hour"),
        "phase": Text("phase", "phase"),
        "sender": Text("émetteur", "sender"),
        "to": Text("destinataires", "receivers"),
        "channel": Text("canal", "channel"),
        "title": Text("titre", "title"),
        "body": Text("message", "message"),
        "attachments": Text("pièces jointes", "attachments"),
        "expected": Text("réactions attendues (lecture)", "expected reactions (read only)"),
        "mandatory": Text("obligatoire", "mandatory"),
        "when": Text("conditions", "conditions"),
        "hint": Text("consigne à l’animation", "note to facilitators"),
    }
)
REACTION_COLUMNS: Mapping[str, Text] = MappingProxyType(
    {
        "stimulus": Text("stimulus", "stimulus"),
        "id": Text("lettre", "letter"),
        "text": Text("réaction attendue", "expected reaction"),
        "within": Text("délai (min)", "delay (min)"),
        "weight": Text("poids", "weight"),
        "objective": Text("objectif", "objective"),
        "cell": Text("cellule observée", "cell observed"),
    }
)
TOLD = frozenset({"hour", "phase", "expected"})
"""Columns that are written for readers and never read back."""


class MisreadError(ValueError):
    """A cell that cannot be understood; `text` says what was expected."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


@dataclass(frozen=True, slots=True)
class Words:
    """How the cells of one exercise are called in a workbook, in one language."""

    lang: str
    cells: Mapping[str, str]

    @classmethod
    def of(cls, kit: Written, lang: str) -> Words:
        """The name of each cell; its id when the name would be ambiguous in a list."""
        names = Counter(folded(one["name"]) for one in kit["cells"])
        plain = {one["id"]: one["name"] for one in kit["cells"]}
        said = {
            key: name if names[folded(name)] == 1 and ";" not in name and folded(name) not in plain else key
            for key, name in plain.items()
        }
        return cls(lang, said)


def cell_of(name: str, part: Written, words: Words) -> str | int | None:
    """What a column holds of a stimulus or of a reaction."""
    value = part.get(name)
    write = _WRITTEN.get(name)
    if write is not None:
        return write(value, words)
    return value if isinstance(value, int) else (value or "")


def value_of(name: str, text: str, words: Words) -> Any:  # noqa: ANN401 - a value of a kit
    """What a cell that was changed means. MisreadError when it means nothing."""
    read = _READ.get(name)
    return read(text, words) if read is not None else text


def _receivers(value: Any, words: Words) -> str:  # noqa: ANN401
    return "; ".join(words.cells.get(one, one) for one in value)


def _condition(one: Written, words: Words) -> str:
    if one["reaction"] is None:
        return f"{one['decision']} = {one['is']}"
    return f"{one['reaction']} = {OUTCOMES[Outcome(one['is'])].render(words.lang)}"


_WRITTEN: Mapping[str, Callable[[Any, Words], str | int | None]] = {
    "to": _receivers,
    "channel": lambda value, words: CHANNELS[Channel(value)].render(words.lang),
    "attachments": lambda value, _words: "; ".join(value),
    "mandatory": lambda value, words: (YES if value else NO).render(words.lang),
    "when": lambda value, words: "\n".join(_condition(one, words) for one in value),
    "cell": lambda value, words: words.cells.get(value, "") if value else "",
}


def _split(text: str) -> list[str]:
    return [one.strip() for one in text.replace("\n", ";").split(";") if one.strip()]


def _cell_id(text: str, words: Words) -> str:
    for key, name in words.cells.items():
        if folded(text) in {folded(name), key}:
            return key
    known = ", ".join(words.cells.values())
    raise MisreadError(
        Text(f"« {text} » n’est pas une cellule ; connues : {known}", f"“{text}” is no cell; known: {known}")
    )


def _channel(text: str, _words: Words) -> str:
    for channel, name in CHANNELS.items():
        if folded(text) in {channel.value, folded(name.fr), folded(name.en)}:
            return channel.value
    fr, en = (", ".join(getattr(one, lang) for one in CHANNELS.values()) for lang in ("fr", "en"))
    raise MisreadError(Text(f"« {text} » n’est pas un canal ; connus : {fr}", f"“{text}” is no channel; known: {en}"))


def _mandatory(text: str, _words: Words) -> bool:
    said = folded(text)
    if said in {"oui", "yes", "x", "vrai", "true", "1"}:
        return True
    if said in {"", "non", "no", "faux", "false", "0"}:
        return False
    raise MisreadError(Text(f"« {text} » : écrivez oui ou non", f"“{text}”: write yes or no"))


def _conditions(text: str, _words: Words) -> list[dict[str, Any]]:
    return [_condition_read(line) for line in text.splitlines() if line.strip()]


def _condition_read(line: str) -> dict[str, Any]:
    key, mark, answer = (one.strip() for one in line.partition("="))
    if not mark:
        raise MisreadError(
            Text(
                f"« {line} » : écrivez « S01.a = non observée » ou « décision = réponse »",
                f"“{line}”: write “S01.a = not observed” or “decision = answer”",
            )
        )
    if "." not in key:
        return {"reaction": None, "decision": key, "is": answer}
    said = folded(answer)
    outcome = next((one for one, name in OUTCOMES.items() if said in {one, folded(name.fr), folded(name.en)}), None)
    if outcome is None:
        raise MisreadError(
            Text(f"« {answer} » : écrivez observée ou non observée", f"“{answer}”: write observed or not observed")
        )
    return {"reaction": key, "decision": None, "is": outcome.value}


def _whole(text: str, _words: Words) -> int | None:
    plain = text.removesuffix(".0").strip()
    if not plain:
        return None
    if not plain.lstrip("-").isdecimal() or len(plain) > 6:
        raise MisreadError(Text(f"« {text[:40]} » n’est pas un nombre entier", f"“{text[:40]}” is no whole number"))
    return int(plain)


_READ: Mapping[str, Callable[[str, Words], Any]] = {
    "at": _whole,
    "within": _whole,
    "weight": lambda text, words: _whole(text, words) or 1,
    "to": lambda text, words: [_cell_id(one, words) for one in _split(text)],
    "channel": _channel,
    "attachments": lambda text, _words: _split(text),
    "mandatory": _mandatory,
    "when": _conditions,
    "cell": lambda text, words: _cell_id(text, words) if text.strip() else None,
    "hint": lambda text, _words: text.strip() or None,
}
