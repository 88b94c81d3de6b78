"""The letters of links: to a supplier, to the owner of accesses under review, and its reminder."""

from __future__ import annotations

from datetime import date

from scanners.model import Text


def to_supplier(lang: str, place: str, supplier: str, count: int, link: str, until: date) -> tuple[str, str]:
    """Subject and body of the letter to a supplier."""
    body = Text(
        f"Bonjour,\n\n{place} tient le registre des accès à distance de ses fournisseurs et vous demande de compléter "
        f"ce qui concerne {supplier} ({_accesses_fr(count)}). Comptez une dizaine de minutes ; aucun compte n’est créé "
        f"et aucun mot de passe n’est demandé.\n\nVotre lien, valable jusqu’au {until:%d/%m/%Y} :\n{link}\n\n"
        "Il peut être ouvert par qui le détient : ne le transférez qu’à la personne qui répondra. Un doute ? Appelez "
        "votre contact habituel dans l’établissement avant de répondre.",
        f"Hello,\n\n{place} keeps the register of the remote accesses of its suppliers and asks you to fill in what "
        f"concerns {supplier} ({_accesses_en(count)}). It takes about ten minutes; no account is made and no password "
        f"is asked for.\n\nYour link, good until {until:%Y-%m-%d}:\n{link}\n\n"
        "Whoever holds it can open it: forward it to the person who will answer only. In doubt? Call your usual "
        "contact in the establishment before answering.",
    )
    subject = Text(
        f"Accès à distance : {place} a besoin de vos réponses", f"Remote accesses: {place} needs your answers"
    )
    return subject.render(lang), body.render(lang)


def to_owner(lang: str, place: str, review: str, name: str, count: int, link: str, due: date) -> tuple[str, str]:
    """Subject and body of the letter to the owner of accesses under review."""
    body = Text(
        f"Bonjour {name},\n\nRevue des accès à distance de {place} : {review}.\n\nVous êtes responsable de "
        f"{_accesses_fr(count)} de fournisseurs. Dites pour chacun s’il sert encore, avant le {due:%d/%m/%Y} : "
        f"confirmer, corriger ou faire fermer.\n\nVotre lien, personnel :\n{link}\n\nVotre nom et la date de vos "
        "réponses figureront au compte rendu.",
        f"Hello {name},\n\nReview of the remote accesses of {place}: {review}.\n\nYou own {_accesses_en(count)} of "
        f"suppliers. Say for each whether it still serves, before {due:%Y-%m-%d}: confirm, correct or have it "
        f"closed.\n\nYour own link:\n{link}\n\nYour name and the day of your answers will stand in the minutes.",
    )
    subject = Text(f"Revue des accès à distance : {review}", f"Review of remote accesses: {review}")
    return subject.render(lang), body.render(lang)


def reminder(lang: str, place: str, review: str, name: str, left: int, link: str, due: date) -> tuple[str, str]:
    """Subject and body of a reminder: the link is a new one, the former opens nothing any more."""
    body = Text(
        f"Bonjour {name},\n\nIl reste {_accesses_fr(left)} sans réponse de votre part dans la revue « {review} » de "
        f"{place}, attendue pour le {due:%d/%m/%Y}.\n\nVotre lien (il remplace le précédent) :\n{link}",
        f"Hello {name},\n\n{_accesses_en(left)} still wait for your answer in the review “{review}” of {place}, due "
        f"on {due:%Y-%m-%d}.\n\nYour link (it replaces the former one):\n{link}",
    )
    subject = Text(f"Rappel – revue des accès à distance : {review}", f"Reminder – review of remote accesses: {review}")
    return subject.render(lang), body.render(lang)


def _accesses_fr(count: int) -> str:
    return f"{count} accès"


def _accesses_en(count: int) -> str:
    return f"{count} access" if count == 1 else f"{count} accesses"
