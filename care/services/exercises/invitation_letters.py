"""The letters of the preparation of an exercise: the invitation, the trial of the mail."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from care.services.exercises.conducting import BANNER
from care.store.exercises import Exercise
from scanners.model import Text


def invitation(
    lang: str, row: Exercise, establishment: str, name: str, role: str, link: str, timezone: str
) -> tuple[str, str]:
    """Subject and body of an invitation; `role` in words, `link` the page to answer, "" when nobody could follow it."""
    at = row.planned_at.astimezone(ZoneInfo(timezone))
    minutes = row.content["duration"]
    place = row.place or Text("à préciser", "to be told").render(lang)
    answer = Text(
        f"Pour répondre, et pour l’ajouter à votre agenda :\n{link}",
        f"To answer, and to add it to your calendar:\n{link}",
    )
    by_word = Text(
        "Dites à la personne qui organise l’exercice si vous venez.",
        "Tell the person who organises the exercise whether you come.",
    )
    body = Text(
        f"Bonjour {name},\n\n{establishment} organise un exercice de crise cyber, et compte sur vous comme {role}.\n\n"
        f"Exercice : {row.title}\nDate : le {at:%d/%m/%Y} à {at:%H:%M}\nDurée : environ {minutes} minutes\n"
        f"Lieu : {place}\n\n{(answer if link else by_word).fr}\n\n"
        "Rien de ce qui arrivera n’est réel ; ce message non plus n’annonce aucun incident.",
        f"Hello {name},\n\n{establishment} holds a cyber crisis exercise and counts on you as {role}.\n\n"
        f"Exercise: {row.title}\nDate: {at:%Y-%m-%d} at {at:%H:%M}\nDuration: about {minutes} minutes\n"
        f"Place: {place}\n\n{(answer if link else by_word).en}\n\n"
        "Nothing that will happen is real; nor does this message announce any incident.",
    )
    subject = Text(f"Invitation : {row.title}, le {at:%d/%m/%Y}", f"Invitation: {row.title}, {at:%Y-%m-%d}")
    return _banner(subject.render(lang), body.render(lang))


def trial(lang: str, row: Exercise, name: str, link: str) -> tuple[str, str]:
    """Subject and body of the trial mail."""
    confirm = Text(f"Confirmez-le d’un clic :\n{link}", f"Confirm it with one click:\n{link}")
    by_word = Text("Dites-le à la personne qui organise l’exercice.", "Tell the person who organises the exercise.")
    said = confirm if link else by_word
    body = Text(
        f"Bonjour {name},\n\nCe message vérifie que le courriel vous parvient avant l’exercice « {row.title} ». "
        f"S’il est arrivé dans les indésirables, dites-le aussi.\n\n{said.fr}",
        f"Hello {name},\n\nThis message checks that mail reaches you before the exercise “{row.title}”. If it went to "
        f"the junk folder, say so too.\n\n{said.en}",
    )
    subject = Text(f"Essai des moyens de communication : {row.title}", f"Trial of the channels: {row.title}")
    return _banner(subject.render(lang), body.render(lang))


def _banner(subject: str, body: str) -> tuple[str, str]:
    return f"[{BANNER}] {subject}", f"{BANNER}\n\n{body}\n\n{BANNER}"
