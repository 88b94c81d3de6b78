"""The sheet of an establishment: what it is, where it was, its changes."""

from __future__ import annotations

from tests.browser.pages.visit import Subject, visits

SUBJECT = Subject(
    lambda _site: {},
    visits(
        "administrator",
        profile="{far}/profile",
        profiles="/establishments/profiles",
        profiles_import="/establishments/profiles/import",
        profile_edit="{far}/profile/edit",
        profile_move="{far}/profile/move",
        profile_ght="{valley}/profile/ght",
        profile_close="{valley}/profile/close",
    )
    | visits("ciso", my_profile="{valley}/profile"),
)
