"""Which passwords are accepted. Pure.

ANSSI, *Recommandations relatives à l’authentification multifacteur et aux mots de passe* (2021): length before
complexity (at least 12 signs), nothing that follows from the account's name, no forced expiry for ordinary accounts.
"""

from __future__ import annotations

from scanners.model import Text

MIN_LENGTH = 12
# Hashing must stay cheap whatever is sent.
MAX_LENGTH = 256
# A password of one or two repeated signs is as short as they are.
MIN_DIFFERENT_SIGNS = 5
_SHORTEST_WORD = 3


def password_fault(password: str, login: str, name: str = "") -> Text | None:
    """Why `password` is refused for this account, None when it is accepted."""
    if len(password) < MIN_LENGTH:
        return Text(
            f"Le mot de passe doit compter au moins {MIN_LENGTH} caractères : une phrase convient très bien.",
            f"The password must have at least {MIN_LENGTH} characters: a sentence does very well.",
        )
    if len(password) > MAX_LENGTH:
        return Text(
            f"Le mot de passe ne peut pas dépasser {MAX_LENGTH} caractères.",
            f"The password cannot exceed {MAX_LENGTH} characters.",
        )
    if len(set(password)) < MIN_DIFFERENT_SIGNS:
        return Text(
            f"Le mot de passe doit compter au moins {MIN_DIFFERENT_SIGNS} caractères différents.",
            f"The password must have at least {MIN_DIFFERENT_SIGNS} different characters.",
        )
    if any(word in password.casefold() for word in _words(login, name)):
        return Text(
            "Le mot de passe ne doit contenir ni l’identifiant ni le nom de la personne.",
            "The password must contain neither the login nor the person’s name.",
        )
    return None


def _words(login: str, name: str) -> list[str]:
    words = [login.partition("@")[0], *name.split()]
    return [word.casefold() for word in words if len(word) >= _SHORTEST_WORD]
