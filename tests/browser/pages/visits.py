"""The pages of certification visits, on both sides."""

from __future__ import annotations

from dataclasses import asdict, replace

from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits


def known(site: Site) -> dict[str, object]:
    assert site.visit is not None
    return asdict(site.visit)


_ONE = "{valley}/visits/{visit}"
SUBJECT = Subject(
    known,
    visits(
        "ciso", visits="{valley}/visits", visit_new="{valley}/visits/new", visit=_ONE, visit_edit=f"{_ONE}/edit",
        visit_record=f"{_ONE}/record", visit_preview=f"{_ONE}/preview",
        visit_preview_framework=f"{_ONE}/preview/frameworks/has",
        visit_preview_requirement=f"{_ONE}/preview/frameworks/has/gouvernance_ssi",
        visit_preview_evidence=f"{_ONE}/preview/evidence", visit_preview_piece=f"{_ONE}/preview/evidence/{{piece}}",
    )
    | visits("director", visit_read=_ONE)
    | visits("visitor", visit_without_names=_ONE)
    | visits("anonymous", visitor_door="/visite/link/{token}", visitor_left="/visite/left")
    | visits(
        "guest", visitor_summary="/visite", visitor_framework="/visite/frameworks/has",
        visitor_long_framework="/visite/frameworks/care-d2",
        visitor_requirement="/visite/frameworks/has/gouvernance_ssi", visitor_evidence="/visite/evidence",
        visitor_piece="/visite/evidence/{piece}", visitor_picture="/visite/evidence/{picture}",
        visitor_kept="/visite/evidence/{text}",
    )
    | {name: replace(one, status=404) for name, one in visits("anonymous", visitor_nobody="/visite").items()}
    | {name: replace(one, status=404) for name, one in visits("guest", visitor_lost="/visite/ailleurs").items()},
)  # fmt: skip
