"""The pages of the platform itself: signing in, establishments, accounts, messages, deadlines, the trail."""

from __future__ import annotations

from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, Visit, visits


def known(site: Site) -> dict[str, object]:
    assert site.people is not None
    assert site.seeds is not None
    return {"account": site.people.ids["director"], "mail": site.seeds.mail}


SUBJECT = Subject(
    known,
    visits("anonymous", sign_in="/sign-in", trust="/trust")
    | visits("visitor", visitor_home="{valley}")
    | visits(
        "ciso",
        deadlines="{valley}/deadlines",
        trail="/trail",
        mine="/account",
        proof="/account/proof",
        second_factor="/account/second-factor",
    )
    | visits(
        "administrator",
        home="{valley}",
        empty_home="{hill}",
        choose="/establishments",
        new_establishment="/establishments/new",
        new_ght="/establishments/ghts/new",
        accounts="/accounts",
        new_account="/accounts/new",
        factor_policy="/accounts/second-factor",
        account="/accounts/{account}",
        outbox="/outbox",
        instance="/instance",
        mail="/outbox/{mail}",
    )
    | {"error": Visit("ciso", "/no-such-page", status=404)},
)
