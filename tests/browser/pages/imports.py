"""The pages of the hospital that imports the results of other tools."""

from __future__ import annotations

from care.domain.import_steps import Step
from care.services.findings import FindingFilter, list_findings
from care.services.import_drafts import BROUGHT, list_drafts
from care.services.imports import list_imports
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    where = site.hospitals.far
    waiting = list_drafts(site.platform, MACHINE, where)
    drafts = {draft.step: draft.id for draft in waiting if draft.tool != BROUGHT}
    (collection,) = (draft.id for draft in waiting if draft.tool == BROUGHT)
    (imported,) = list_imports(site.platform, MACHINE, where).lines
    finding = list_findings(site.platform, MACHINE, where, FindingFilter()).page.lines[0]
    return {
        "ready": drafts[Step.READY],
        "collection": collection,
        "reading": drafts[Step.READING],
        "stopped": drafts[Step.STOPPED],
        "run": imported.run_id,
        "finding": finding.id,
    }


SUBJECT = Subject(
    known,
    visits(
        "stranger",
        imports="{far}/imports",
        new_import="{far}/imports/new",
        import_preview="{far}/imports/drafts/{ready}",
        import_collection="{far}/imports/drafts/{collection}",
        new_collection="{far}/imports/new?directory=1",
        import_reading="{far}/imports/drafts/{reading}",
        import_stopped="{far}/imports/drafts/{stopped}",
        import_ads="{far}/imports/ads",
        imported_run="{far}/runs/{run}",
        imported_finding="{far}/findings/{finding}",
    ),
)
