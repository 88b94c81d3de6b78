"""Every page a person can open, once: name, who opens it, address."""

from __future__ import annotations

from care.domain.access import PLATFORM
from care.domain.import_steps import Step
from care.domain.plans import PlanStanding
from care.services.action_query import EVERYTHING
from care.services.actions import list_actions
from care.services.activities import list_activities
from care.services.bia_list import list_bias
from care.services.continuity_import import list_waiting
from care.services.continuity_test_reading import list_tests
from care.services.crisis_contacts import open_directory
from care.services.degraded_coverage import coverage
from care.services.findings import FindingFilter, list_findings
from care.services.import_drafts import list_drafts
from care.services.imports import list_imports
from care.services.node_pages import surroundings
from care.services.plan_reading import list_plans
from care.services.resources import list_resources
from tests.browser.conftest import Site
from tests.support.people import MACHINE

NAMES = (
    "sign_in", "home", "empty_home", "visitor_home", "choose", "new_establishment", "new_ght", "targets",
    "exposure_target", "ad_target", "remote_access_target", "workstations_target", "backup_target", "mandates",
    "new_mandate", "runs", "new_run", "run", "imports", "new_import", "import_preview", "import_ads",
    "import_reading", "import_stopped",
    "imported_run", "imported_finding", "campaigns", "campaign", "findings", "findings_one_by_one", "finding",
    "weaknesses", "weakness", "rules", "rule", "sheets", "sheet", "accounts", "new_account", "account", "mine", "error",
    "deadlines", "outbox", "mail", "trail", "actions", "actions_everywhere", "action",
    "actions_over_time", "actions_by_effort", "all_actions_over_time", "all_actions_by_effort", "action_costs",
    "shared_action_costs", "investment", "all_investments", "shared_action",
    "waiting_action", "new_action", "new_action_from_rule", "new_shared_action", "edit_action", "close_action",
    "due_policy", "library", "visitor_library", "evidence", "new_evidence", "new_version", "attach_evidence", "books",
    "crisis", "visitor_crisis", "crisis_contacts", "new_contact", "edit_contact", "import_contacts",
    "duties", "new_duty", "edit_duty", "crisis_checklist", "crisis_packs", "visitor_packs",
    "activities", "no_activities", "sample_hospital",
    "activity", "new_activity", "edit_activity", "end_activity", "resources", "resource",
    "bias", "no_bia", "bia_versions", "bia_start", "bia", "bia_about", "bia_impacts", "bia_times", "bia_minimum",
    "bia_review", "bia_compare", "bia_models", "bia_model", "bia_scale", "bia_questionnaire", "bia_needs",
    "what_if", "what_if_answer", "fragility", "map",
    "degraded_modes", "no_degraded_modes", "degraded_of_activity", "new_degraded_mode", "degraded_mode",
    "visitor_degraded_mode", "degraded_draft", "edit_degraded_mode", "compare_degraded_modes", "paper_kits",
    "no_paper_kits", "paper_kit", "new_paper_kit", "edit_paper_kit",
    "plans", "no_plan", "new_plan", "plan", "visitor_plan", "plan_draft", "plan_outline", "plan_section",
    "plan_to_validate", "validate_plan", "compare_plans", "consistency", "never_checked", "promised",
    "new_resource", "edit_resource", "new_dependency", "edit_dependency", "import_continuity", "continuity_preview",
    "tests", "no_tests", "new_test", "test_done", "visitor_test", "test_planned", "edit_test", "test_result",
    "candidates", "coverage", "coverage_of_one",
)  # fmt: skip


def _imports(site: Site) -> dict[str, tuple[str, str]]:
    """The pages of the hospital that imports the results of other tools."""
    assert site.hospitals is not None
    where = site.hospitals.far
    here = f"{site.url}/establishments/{where}"
    drafts = {draft.step: draft.id for draft in list_drafts(site.platform, MACHINE, where)}
    (imported,) = list_imports(site.platform, MACHINE, where).lines
    finding = list_findings(site.platform, MACHINE, where, FindingFilter()).page.lines[0]
    return {
        "imports": ("stranger", f"{here}/imports"),
        "new_import": ("stranger", f"{here}/imports/new"),
        "import_preview": ("stranger", f"{here}/imports/drafts/{drafts[Step.READY]}"),
        "import_reading": ("stranger", f"{here}/imports/drafts/{drafts[Step.READING]}"),
        "import_stopped": ("stranger", f"{here}/imports/drafts/{drafts[Step.STOPPED]}"),
        "import_ads": ("stranger", f"{here}/imports/ads"),
        "imported_run": ("stranger", f"{here}/runs/{imported.run_id}"),
        "imported_finding": ("stranger", f"{here}/findings/{finding.id}"),
    }


def _continuity(site: Site) -> dict[str, tuple[str, str]]:
    """The pages of activities and of what they rely on."""
    assert site.hospitals is not None
    here, hill = site.valley, f"{site.url}/establishments/{site.hospitals.hill}"
    activity = list_activities(site.platform, MACHINE, site.hospitals.valley).page.lines[0].id
    resource = list_resources(site.platform, MACHINE, site.hospitals.valley).page.lines[0].id
    need = surroundings(site.platform, MACHINE, activity).needs[0].id
    files = list_waiting(site.platform, MACHINE, site.hospitals.valley)[0].id
    return {
        "activities": ("ciso", f"{here}/activities"),
        "no_activities": ("administrator", f"{hill}/activities"),
        "sample_hospital": ("administrator", f"{hill}/activities/sample"),
        "activity": ("ciso", f"{here}/activities/{activity}"),
        "new_activity": ("ciso", f"{here}/activities/new"),
        "edit_activity": ("ciso", f"{here}/activities/{activity}/edit"),
        "end_activity": ("ciso", f"{here}/activities/{activity}/end"),
        "resources": ("ciso", f"{here}/resources"),
        "resource": ("ciso", f"{here}/resources/{resource}"),
        "new_resource": ("ciso", f"{here}/resources/new"),
        "edit_resource": ("ciso", f"{here}/resources/{resource}/edit"),
        "what_if": ("ciso", f"{here}/what-if?lost={resource}"),
        "what_if_answer": ("ciso", f"{here}/what-if/answer?kind=infrastructure&kind=application&for=8+h"),
        "fragility": ("ciso", f"{here}/what-if/fragility"),
        "map": ("ciso", f"{here}/what-if/map"),
        "new_dependency": ("ciso", f"{here}/dependencies/new?dependent={activity}"),
        "edit_dependency": ("ciso", f"{here}/dependencies/{need}"),
        "import_continuity": ("ciso", f"{here}/continuity/import"),
        "continuity_preview": ("ciso", f"{here}/continuity/imports/{files}"),
    }


def _plans(site: Site) -> dict[str, tuple[str, str]]:
    """The pages of continuity plans, of the consistency check and of what is promised."""
    assert site.hospitals is not None
    here, hill = f"{site.valley}/pcra", f"{site.url}/establishments/{site.hospitals.hill}/pcra"
    lines = list_plans(site.platform, MACHINE, site.hospitals.valley).lines
    validated = next(one for one in lines if one.standing is PlanStanding.VALIDATED)
    sent = next(one for one in lines if one.standing is PlanStanding.IN_VALIDATION)
    return {
        "plans": ("ciso", here),
        "no_plan": ("administrator", hill),
        "new_plan": ("ciso", f"{here}/new"),
        "plan": ("ciso", f"{here}/{validated.id}"),
        "visitor_plan": ("visitor", f"{here}/{validated.id}"),
        "plan_draft": ("ciso", f"{here}/{validated.pending_id}"),
        "plan_outline": ("ciso", f"{here}/{validated.pending_id}/outline"),
        "plan_section": ("ciso", f"{here}/{validated.pending_id}/sections/hypotheses"),
        "plan_to_validate": ("director", f"{here}/{sent.id}"),
        "validate_plan": ("director", f"{here}/{sent.id}/validate"),
        "compare_plans": ("ciso", f"{here}/{validated.pending_id}/compare/{validated.id}"),
        "consistency": ("ciso", f"{here}/consistency"),
        "never_checked": ("administrator", f"{hill}/consistency"),
        "promised": ("ciso", f"{here}/measured"),
    }


def _degraded(site: Site) -> dict[str, tuple[str, str]]:
    """The pages of degraded modes and paper kits."""
    assert site.hospitals is not None
    here, hill = site.valley, f"{site.url}/establishments/{site.hospitals.hill}"
    known = coverage(site.platform, MACHINE, site.hospitals.valley).activities
    activity = next(one for one in known if one.kits)
    sheet, kit = activity.sheets[0], activity.kits[0]
    return {
        "degraded_modes": ("ciso", f"{here}/degraded"),
        "no_degraded_modes": ("administrator", f"{hill}/degraded"),
        "degraded_of_activity": ("ciso", f"{here}/activities/{activity.activity_id}/degraded"),
        "new_degraded_mode": ("ciso", f"{here}/activities/{activity.activity_id}/degraded/new?proposal=0"),
        "degraded_mode": ("ciso", f"{here}/degraded/{sheet.id}"),
        "visitor_degraded_mode": ("visitor", f"{here}/degraded/{sheet.id}"),
        "degraded_draft": ("ciso", f"{here}/degraded/{sheet.draft_id}"),
        "edit_degraded_mode": ("ciso", f"{here}/degraded/{sheet.draft_id}/edit"),
        "compare_degraded_modes": ("ciso", f"{here}/degraded/{sheet.draft_id}/compare/{sheet.id}"),
        "paper_kits": ("ciso", f"{here}/degraded/kits"),
        "no_paper_kits": ("administrator", f"{hill}/degraded/kits"),
        "paper_kit": ("ciso", f"{here}/degraded/kits/{kit.id}"),
        "new_paper_kit": ("ciso", f"{here}/activities/{activity.activity_id}/kits/new"),
        "edit_paper_kit": ("ciso", f"{here}/degraded/kits/{kit.id}/edit"),
    }


def _bias(site: Site) -> dict[str, tuple[str, str]]:
    """The pages of impact analyses: one in force, a draft begun from it, an activity without any."""
    assert site.hospitals is not None
    here, hill = f"{site.valley}/bia", f"{site.url}/establishments/{site.hospitals.hill}/bia"
    lines = list_bias(site.platform, MACHINE, site.hospitals.valley).lines
    known = next(one for one in lines if one.current and one.draft)
    bare = next(one for one in lines if one.current is None and one.draft is None)
    assert known.current
    assert known.draft
    draft, first = f"{here}/{known.draft.id}", known.current.id
    return {
        "bias": ("ciso", here),
        "no_bia": ("administrator", hill),
        "bia_versions": ("visitor", f"{here}/activities/{known.activity_id}"),
        "bia_needs": ("ciso", f"{here}/activities/{known.activity_id}/needs"),
        "bia_start": ("ciso", f"{here}/activities/{bare.activity_id}"),
        "bia": ("director", f"{here}/{first}"),
        "bia_about": ("ciso", f"{draft}/fill/about"),
        "bia_impacts": ("ciso", f"{draft}/fill/impacts/staff"),
        "bia_times": ("ciso", f"{draft}/fill/interruption"),
        "bia_minimum": ("ciso", f"{draft}/fill/minimum"),
        "bia_review": ("ciso", f"{draft}/fill/review"),
        "bia_compare": ("ciso", f"{draft}/compare/{first}"),
        "bia_models": ("ciso", f"{here}/models"),
        "bia_model": ("ciso", f"{here}/models/urgences"),
        "bia_scale": ("ciso", f"{here}/scale"),
        "bia_questionnaire": ("ciso", f"{here}/questionnaire"),
    }


def _tests(site: Site) -> dict[str, tuple[str, str]]:
    """The pages of the tests of continuity and of the 66 % rule."""
    assert site.hospitals is not None
    here, hill = f"{site.valley}/tests", f"{site.url}/establishments/{site.hospitals.hill}/tests"
    board = list_tests(site.platform, MACHINE, site.hospitals.valley)
    done, planned = board.done[0].id, board.to_come[0].id
    return {
        "tests": ("ciso", here),
        "no_tests": ("administrator", hill),
        "new_test": ("ciso", f"{here}/new"),
        "test_done": ("ciso", f"{here}/{done}"),
        "visitor_test": ("visitor", f"{here}/{done}"),
        "test_planned": ("ciso", f"{here}/{planned}"),
        "edit_test": ("ciso", f"{here}/{done}/edit"),
        "test_result": ("ciso", f"{here}/{done}/result"),
        "candidates": ("administrator", f"{site.url}/coverage"),
        "coverage": ("administrator", f"{site.url}/coverage/ght/{site.hospitals.ght}"),
        "coverage_of_one": ("visitor", f"{site.url}/coverage/legal_entity/{site.hospitals.valley_entity}"),
    }


def address(site: Site, name: str) -> tuple[str, str]:
    """Who opens the page, and its address."""
    assert site.hospitals is not None
    assert site.seeds is not None
    finding = list_findings(site.platform, MACHINE, site.hospitals.valley, FindingFilter()).page.lines[0]
    contact = open_directory(site.platform, MACHINE, site.hospitals.valley).contacts[0]
    here, seeds = site.valley, site.seeds
    known = list_actions(site.platform, MACHINE, PLATFORM, EVERYTHING).page.lines
    both = f"establishment={site.hospitals.valley}&establishment={site.hospitals.hill}"
    actions = {word: one.id for one in known for word in one.title.split()}
    by_subject = (
        _imports(site) | _bias(site) | _continuity(site) | _degraded(site) | _tests(site) | _plans(site)
    )  # one line a subject: more of them join here
    pages = by_subject | {
        "sign_in": ("anonymous", f"{site.url}/sign-in"),
        "home": ("administrator", here),
        "empty_home": ("administrator", f"{site.url}/establishments/{site.hospitals.hill}"),
        "visitor_home": ("visitor", here),
        "choose": ("administrator", f"{site.url}/establishments"),
        "new_establishment": ("administrator", f"{site.url}/establishments/new"),
        "new_ght": ("administrator", f"{site.url}/establishments/ghts/new"),
        "targets": ("ciso", f"{here}/targets"),
        "exposure_target": ("ciso", f"{here}/targets/{seeds.exposure}"),
        "ad_target": ("ciso", f"{here}/targets/new/ad"),
        "remote_access_target": ("ciso", f"{here}/targets/new/remote_access"),
        "workstations_target": ("ciso", f"{here}/targets/new/workstations"),
        "backup_target": ("ciso", f"{here}/targets/{seeds.backup}"),
        "mandates": ("ciso", f"{here}/mandates"),
        "new_mandate": ("ciso", f"{here}/mandates/new"),
        "runs": ("ciso", f"{here}/runs"),
        "new_run": ("ciso", f"{here}/runs/new"),
        "run": ("ciso", f"{here}/runs/{seeds.runs[0]}"),
        "campaigns": ("ciso", f"{here}/campaigns"),
        "campaign": ("ciso", f"{here}/campaigns/{seeds.campaign}"),
        "findings": ("ciso", f"{here}/findings"),
        "findings_one_by_one": ("ciso", f"{here}/findings?view=one"),
        "finding": ("ciso", f"{here}/findings/{finding.id}"),
        "actions": ("ciso", f"{here}/actions"),
        "actions_everywhere": ("administrator", f"{site.url}/actions"),
        "action": ("ciso", f"{here}/actions/{actions['ports']}"),
        "actions_over_time": ("ciso", f"{here}/actions/timeline"),
        "actions_by_effort": ("ciso", f"{here}/actions/matrix"),
        "all_actions_over_time": ("administrator", f"{site.url}/actions/timeline"),
        "all_actions_by_effort": ("administrator", f"{site.url}/actions/matrix"),
        "action_costs": ("ciso", f"{here}/actions/{actions['ports']}/costs"),
        "shared_action_costs": ("administrator", f"{here}/actions/{actions['partout']}/costs"),
        "investment": ("ciso", f"{here}/investment"),
        "all_investments": ("administrator", f"{site.url}/investment"),
        "shared_action": ("administrator", f"{here}/actions/{actions['partout']}"),
        "waiting_action": ("ciso", f"{here}/actions/{actions['certificat']}"),
        "new_action": ("ciso", f"{here}/actions/new"),
        "new_action_from_rule": ("ciso", f"{here}/actions/new?rule={finding.rule}"),
        "new_shared_action": ("administrator", f"{site.url}/actions/new?rule={finding.rule}&{both}"),
        "edit_action": ("ciso", f"{here}/actions/{actions['ports']}/edit"),
        "close_action": ("ciso", f"{here}/actions/{actions['ports']}/close"),
        "due_policy": ("ciso", f"{here}/actions/policy"),
        "weaknesses": ("administrator", f"{site.url}/weaknesses"),
        "weakness": ("administrator", f"{site.url}/weaknesses/{finding.rule}"),
        "rules": ("ciso", f"{site.url}/rules"),
        "rule": ("ciso", f"{site.url}/rules/{finding.rule}"),
        "sheets": ("ciso", f"{site.url}/remediation"),
        "sheet": ("ciso", f"{site.url}/remediation/ra_sshd"),
        "accounts": ("administrator", f"{site.url}/accounts"),
        "new_account": ("administrator", f"{site.url}/accounts/new"),
        "account": ("administrator", f"{site.url}/accounts/2"),
        "deadlines": ("ciso", f"{here}/deadlines"),
        "outbox": ("administrator", f"{site.url}/outbox"),
        "mail": ("administrator", f"{site.url}/outbox/{seeds.mail}"),
        "trail": ("ciso", f"{site.url}/trail"),
        "library": ("ciso", f"{here}/evidence"),
        "visitor_library": ("visitor", f"{here}/evidence"),
        "evidence": ("ciso", f"{here}/evidence/{seeds.evidence}"),
        "new_evidence": ("ciso", f"{here}/evidence/new?thing=run:{seeds.runs[0]}"),
        "new_version": ("ciso", f"{here}/evidence/{seeds.evidence}/version"),
        "attach_evidence": ("ciso", f"{here}/evidence/attach?thing=finding:{finding.id}"),
        "books": ("ciso", f"{here}/evidence/books?look=1"),
        "crisis": ("ciso", f"{here}/crisis"),
        "visitor_crisis": ("visitor", f"{here}/crisis"),
        "crisis_contacts": ("ciso", f"{here}/crisis/contacts"),
        "new_contact": ("ciso", f"{here}/crisis/contacts/new"),
        "edit_contact": ("ciso", f"{here}/crisis/contacts/{contact.id}"),
        "import_contacts": ("ciso", f"{here}/crisis/contacts/import"),
        "duties": ("ciso", f"{here}/crisis/duties?detected=2026-03-27T22:30"),
        "new_duty": ("ciso", f"{here}/crisis/duties/new"),
        "edit_duty": ("ciso", f"{here}/crisis/duties/cnil"),
        "crisis_checklist": ("ciso", f"{here}/crisis/checklist"),
        "crisis_packs": ("ciso", f"{here}/crisis/packs"),
        "visitor_packs": ("visitor", f"{here}/crisis/packs"),
        "mine": ("ciso", f"{site.url}/account"),
        "error": ("ciso", f"{site.url}/no-such-page"),
    }
    assert set(pages) == set(NAMES)
    return pages[name]
