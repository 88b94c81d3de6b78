"""A small kit that uses every part of the format."""

from __future__ import annotations

from typing import Any

from exercises.kit import Kit


def document() -> dict[str, Any]:
    """A kit as its YAML is read: two cells, a branch on a reaction, a fork, a reserve."""
    return {
        "schema": "care-kit/1",
        "id": "essai-court",
        "version": "1.0.0",
        "title": "Écran noir aux urgences",
        "summary": "Un poste se chiffre, la nuit.",
        "level": "beginner",
        "format": "tabletop",
        "duration": 60,
        "audience": "Garde et astreinte.",
        "cyber_trigger": True,
        "degraded_mode": True,
        "variables": [{"key": "lab", "label": "Logiciel du laboratoire", "default": "le SIL", "source": "application"}],
        "scenario": {"context": "Une nuit calme.", "start": "Il est 2 h.", "truth": "Un rançongiciel."},
        "objectives": [{"id": "alert", "text": "Donner l’alerte.", "references": ["care-d2:O1.D"]}],
        "cells": [
            {"id": "ward", "name": "Urgences", "mission": "Soigner.", "functions": ["Cadre de nuit"]},
            {"id": "it", "name": "Informatique", "mission": "Contenir.", "functions": ["Astreinte"]},
        ],
        "phases": [{"id": "signs", "title": "Signaux", "start": 0}, {"id": "crisis", "title": "Crise", "start": 20}],
        "decisions": [
            {
                "id": "cut",
                "question": "Coupent-ils le réseau ?",
                "options": [{"id": "yes", "label": "Oui"}, {"id": "no", "label": "Non"}],
            }
        ],
        "stimuli": [
            _stimulus("S01", 0, ["ward"], expects=[_reaction("a", "Appelle l’astreinte")]),
            _stimulus("S02", 10, ["it"], body="{{lab}} ne répond plus.", channel="sms", attachments=["plan.txt"]),
            _stimulus("S03", 20, ["ward", "it"], channel="press", when=[{"reaction": "S01.a", "is": "missed"}]),
            _stimulus("S04", 30, ["it"], when=[{"decision": "cut", "is": "yes"}]),
            _stimulus("S05", 40, ["ward"], expects=[_reaction("a", "Passe au papier"), _reaction("b", "Rappelle")]),
            _stimulus("R1", None, ["ward"]),
        ],
        "observation": [{"id": "calm", "text": "Parle clairement.", "objective": "alert"}],
        "hot": [{"id": "q1", "text": "Utile ?", "kind": "scale", "measures": "satisfaction"}],
    }


def _stimulus(key: str, at: int | None, to: list[str], body: str = "Un message.", **rest: Any) -> dict[str, Any]:
    one = {"id": key, "sender": "Cadre", "to": to, "channel": "phone", "title": f"Titre {key}", "body": body, **rest}
    return one if at is None else {**one, "at": at}


def _reaction(key: str, text: str) -> dict[str, Any]:
    return {"id": key, "text": text, "within": 10, "objective": "alert", "weight": 2}


def kit(**changes: Any) -> Kit:
    """The kit, with other values in its place."""
    return Kit.model_validate({**document(), **changes})
