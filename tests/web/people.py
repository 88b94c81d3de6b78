"""The people of the web tests, with real accounts and sessions."""

from __future__ import annotations

from dataclasses import dataclass, field

from care.domain.access import PLATFORM, Grant, Level, Place, Role
from care.services import accounts, sessions
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals

PASSWORD = "une phrase de passe solide"
ROLES = ("administrator", "ciso", "director", "visitor", "stranger", "anonymous")


@dataclass
class People:
    platform: Platform
    ids: dict[str, int] = field(default_factory=dict)

    def token(self, who: str) -> str:
        """A fresh session of that person."""
        return sessions.sign_in(self.platform, who, PASSWORD, "127.0.0.1", "tests").token


def plant_people(platform: Platform, hospitals: Hospitals) -> People:
    valley, far = Place(Level.ESTABLISHMENT, hospitals.valley), Place(Level.ESTABLISHMENT, hospitals.far)
    grants = {
        "administrator": Grant(Role.ADMINISTRATOR, PLATFORM),
        "ciso": Grant(Role.CISO, valley),
        "director": Grant(Role.DIRECTION, valley),
        "visitor": Grant(Role.VISITOR, valley),
        "stranger": Grant(Role.CISO, far),
    }
    people = People(platform)
    for login, grant in grants.items():
        draft = accounts.AccountDraft(login, f"Personne {login[:3].upper()}", PASSWORD, (grant,))
        people.ids[login] = accounts.open_account(platform, MACHINE, draft).id
    return people
