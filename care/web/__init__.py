"""The pages. `create_app` makes the Flask application; one folder per subject holds its routes, forms and templates."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flask import Flask, g, request, url_for
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from care.config import Settings
from care.services.platform import Platform
from care.web import labels
from care.web.access_links import routes as access_links
from care.web.account import routes as account
from care.web.accounts import routes as accounts
from care.web.actions import routes as actions
from care.web.alerts import routes as alerts
from care.web.applications import routes as applications
from care.web.awareness import routes as awareness
from care.web.backups import copy_files as backup_copies
from care.web.backups import repositories as backup_repositories
from care.web.backups import routes as backups
from care.web.backups import statements as backup_statements
from care.web.backups import step_files as backup_steps
from care.web.backups import system_files as backup_systems
from care.web.backups import ties as backup_ties
from care.web.bia import routes as bia
from care.web.campaigns import routes as campaigns
from care.web.catalogue import routes as catalogue
from care.web.certification import routes as certification
from care.web.chronogram import routes as chronogram
from care.web.continuity import routes as continuity
from care.web.contracts import routes as contracts
from care.web.coverage import routes as coverage
from care.web.crisis import routes as crisis
from care.web.deadlines import routes as deadlines
from care.web.debrief import routes as debrief
from care.web.degraded import routes as degraded
from care.web.directory import routes as directory
from care.web.drills import routes as drills
from care.web.errors import init_errors
from care.web.establishments import routes as establishments
from care.web.evidence import routes as evidence
from care.web.exercise_kits import routes as exercise_kits
from care.web.exercise_mails import routes as exercise_mails
from care.web.exercises import routes as exercises
from care.web.exposure import routes as exposure
from care.web.facilitation import routes as facilitation
from care.web.findings import routes as findings
from care.web.formats import FILTERS
from care.web.frameworks import routes as frameworks
from care.web.governance import routes as governance
from care.web.health import routes as health
from care.web.health.routes import init_measures
from care.web.home import routes as home
from care.web.hosting import routes as hosting
from care.web.imports import routes as imports
from care.web.incidents import routes as incidents
from care.web.indicators import routes as indicators
from care.web.installations import entry as federation_entry
from care.web.installations import routes as installations
from care.web.instance import routes as instance
from care.web.investment import routes as investment
from care.web.isolation import routes as isolation
from care.web.language import NAMES, current_language, init_language
from care.web.lists import routes as lists
from care.web.live import init_live
from care.web.live import pages as live_pages
from care.web.logbooks import routes as logbooks
from care.web.machines import routes as machines
from care.web.mandates import routes as mandates
from care.web.maturity import routes as maturity
from care.web.navigation import navigation
from care.web.needs import routes as needs
from care.web.outbox import routes as outbox
from care.web.pages import MAX_ROW, link_with
from care.web.pcra import routes as pcra
from care.web.people import init_people
from care.web.place import init_place, several_places
from care.web.plans import routes as plans
from care.web.play import routes as play
from care.web.preparation import routes as preparation
from care.web.prints import routes as prints
from care.web.profiles import files as profile_files
from care.web.profiles import routes as profiles
from care.web.proof import routes as proof
from care.web.questions import routes as questions
from care.web.region_links import routes as region_links
from care.web.regional_campaigns import exposures as regional_exposures
from care.web.regional_campaigns import questionnaires as regional_questionnaires
from care.web.regional_campaigns import routes as regional_campaigns
from care.web.regional_reports import routes as regional_reports
from care.web.remediation import routes as remediation
from care.web.remote_accesses import routes as remote_accesses
from care.web.restraints import routes as restraints
from care.web.rules import routes as rules
from care.web.runs import routes as runs
from care.web.second_factor import keys as security_keys
from care.web.second_factor import routes as second_factor
from care.web.security import init_security
from care.web.setup import routes as setup
from care.web.socle import routes as socle
from care.web.support import routes as support
from care.web.targets import routes as targets
from care.web.territory import routes as territory
from care.web.tests_of_continuity import routes as tests_of_continuity
from care.web.trail import routes as trail
from care.web.trust import routes as trust
from care.web.visits import routes as visits
from care.web.vulnerabilities import routes as vulnerabilities
from care.web.weaknesses import routes as weaknesses
from care.web.whatif import routes as whatif

STATIC = Path(__file__).parent / "static"


class _RowConverter(IntegerConverter):
    """`<int:…>` in an address: the number of a row. Larger ones are no page, as databases would refuse them."""

    def __init__(self, map: Map) -> None:  # noqa: A002 - as werkzeug calls it
        super().__init__(map, max=MAX_ROW)


def create_app(platform: Platform, settings: Settings) -> Flask:
    """The application over one platform."""
    app = Flask(__name__)
    app.extensions["care"] = platform
    app.config.update(
        SECRET_KEY=_cookie_key(settings),
        MAX_CONTENT_LENGTH=settings.upload_bytes,
        MAX_FORM_MEMORY_SIZE=settings.upload_bytes,
        SESSION_COOKIE_NAME="__Host-care_form" if settings.secure else "care_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        WTF_CSRF_TIME_LIMIT=int(settings.session_absolute / timedelta(seconds=1)),
        WTF_CSRF_SSL_STRICT=False,  # the referrer says nothing SameSite and the token do not
    )
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies
        )
    CSRFProtect(app).exempt(federation_entry.pages)
    app.url_map.converters["int"] = _RowConverter
    init_measures(app)
    init_people(app)
    init_place(app)
    app.jinja_env.globals["platform_notice"] = settings.notice
    init_language(app, settings.timezone)
    init_security(app, https=settings.secure and platform.authority is None)  # its page of trust stays on plain http
    init_errors(app)
    for subject in (
        alerts,
        vulnerabilities,
        frameworks,
        health,
        home,
        setup,
        account,
        accounts,
        second_factor,
        security_keys,
        proof,
        establishments,
        targets,
        mandates,
        restraints,
        runs,
        directory,
        machines,
        exposure,
        campaigns,
        certification,
        catalogue,
        chronogram,
        preparation,
        findings,
        imports,
        federation_entry,
        installations,
        incidents,
        indicators,
        actions,
        evidence,
        exercise_kits,
        exercises,
        logbooks,
        maturity,
        governance,
        needs,
        questions,
        facilitation,
        regional_campaigns,
        regional_questionnaires,
        region_links,
        regional_exposures,
        regional_reports,
        support,
        territory,
        exercise_mails,
        crisis,
        plans,
        prints,
        play,
        pcra,
        investment,
        continuity,
        coverage,
        applications,
        socle,
        awareness,
        hosting,
        profile_files,
        profiles,
        contracts,
        lists,
        access_links,
        remote_accesses,
        backups,
        backup_systems,
        backup_copies,
        backup_steps,
        backup_repositories,
        backup_statements,
        backup_ties,
        drills,
        isolation,
        bia,
        rules,
        remediation,
        weaknesses,
        deadlines,
        debrief,
        degraded,
        outbox,
        instance,
        tests_of_continuity,
        trail,
        trust,
        visits,
        whatif,
    ):
        app.register_blueprint(subject.pages)
    app.register_blueprint(live_pages)
    init_live(app)
    _init_templates(app)
    return app


def _cookie_key(settings: Settings) -> bytes:
    """A key of its own for form cookies, derived from the secret of the installation."""
    return hashlib.sha256(b"care form cookie\0" + settings.secret_key_file.read_bytes()).digest()


def _init_templates(app: Flask) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(
        asset=asset,
        framework_name=labels.framework_name,
        labels=labels,
        language_names=NAMES,
        link_with=link_with,
        names_of=_names_of,
        program_version=version("care-resilience"),
    )
    app.jinja_env.globals["ui"] = app.jinja_env.get_template("parts/ui.html").module

    @app.context_processor
    def page() -> dict[str, Any]:
        who = None if g.get("half") else g.get("scope")  # a sign-in half done offers nothing but its own page
        return {
            "lang": current_language(),
            "navigation": navigation(),
            "place": g.get("place"),
            "scope": who,
            "several_places": who is not None and several_places(),
            "who_name": who and who.name,
        }


def asset(name: str) -> str:
    """The address of a static file, with its fingerprint so that browsers may keep it for ever."""
    return _address(request.script_root, name)


@cache
def _address(_root: str, name: str) -> str:
    # A page names its icons some sixty times: their address only depends on the root that a proxy may give.
    return url_for("static", filename=name, v=_fingerprint(name))


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def _names_of(values: tuple[str, ...], names: Mapping[str, labels.Label]) -> dict[str, str]:
    return {value: str(names.get(value, value)) for value in values}
