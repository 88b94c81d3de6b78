"""The pages of audits, of what they found, of actions and of evidence."""

from __future__ import annotations

from care.domain.access import PLATFORM
from care.services.action_query import EVERYTHING
from care.services.actions import list_actions
from care.services.findings import FindingFilter, list_findings
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    assert site.seeds is not None
    hospitals, seeds = site.hospitals, site.seeds
    finding = list_findings(site.platform, MACHINE, hospitals.valley, FindingFilter()).page.lines[0]
    lines = list_actions(site.platform, MACHINE, PLATFORM, EVERYTHING).page.lines
    actions = {word: one.id for one in lines for word in one.title.split()}
    return {
        "exposure": seeds.exposure,
        "backup": seeds.backup,
        "run": seeds.runs[0],
        "campaign": seeds.campaign,
        "evidence": seeds.evidence,
        "finding": finding.id,
        "rule": finding.rule,
        "action": actions["ports"],
        "shared": actions["partout"],
        "waiting": actions["certificat"],
        "both": f"establishment={hospitals.valley}&establishment={hospitals.hill}",
    }


AUDITS = visits(
    "ciso",
    targets="{valley}/targets",
    exposure_target="{valley}/targets/{exposure}",
    ad_target="{valley}/targets/new/ad",
    remote_access_target="{valley}/targets/new/remote_access",
    workstations_target="{valley}/targets/new/workstations",
    backup_target="{valley}/targets/{backup}",
    mandates="{valley}/mandates",
    new_mandate="{valley}/mandates/new",
    restraints="{valley}/restraints",
    runs="{valley}/runs",
    new_run="{valley}/runs/new",
    run="{valley}/runs/{run}",
    campaigns="{valley}/campaigns",
    campaign="{valley}/campaigns/{campaign}",
    findings="{valley}/findings",
    findings_one_by_one="{valley}/findings?view=one",
    finding="{valley}/findings/{finding}",
    rules="/rules",
    rule="/rules/{rule}",
    sheets="/remediation",
    sheet="/remediation/ra_sshd",
)
ACTIONS = visits(
    "ciso",
    actions="{valley}/actions",
    action="{valley}/actions/{action}",
    actions_over_time="{valley}/actions/timeline",
    actions_by_effort="{valley}/actions/matrix",
    action_costs="{valley}/actions/{action}/costs",
    investment="{valley}/investment",
    waiting_action="{valley}/actions/{waiting}",
    new_action="{valley}/actions/new",
    new_action_from_rule="{valley}/actions/new?rule={rule}",
    edit_action="{valley}/actions/{action}/edit",
    close_action="{valley}/actions/{action}/close",
    due_policy="{valley}/actions/policy",
)
EVERYWHERE = visits(
    "administrator",
    weaknesses="/weaknesses",
    weakness="/weaknesses/{rule}",
    actions_everywhere="/actions",
    all_actions_over_time="/actions/timeline",
    all_actions_by_effort="/actions/matrix",
    shared_action="{valley}/actions/{shared}",
    shared_action_costs="{valley}/actions/{shared}/costs",
    common_due_policy="/actions/policy",
    new_shared_action="/actions/new?rule={rule}&{both}",
    all_investments="/investment",
)
EVIDENCE = visits(
    "ciso",
    library="{valley}/evidence",
    evidence="{valley}/evidence/{evidence}",
    new_evidence="{valley}/evidence/new?thing=run:{run}",
    new_version="{valley}/evidence/{evidence}/version",
    attach_evidence="{valley}/evidence/attach?thing=finding:{finding}",
    books="{valley}/evidence/books?look=1",
) | visits("visitor", visitor_library="{valley}/evidence")

SUBJECT = Subject(known, AUDITS | ACTIONS | EVERYWHERE | EVIDENCE)
