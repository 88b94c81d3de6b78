"""What CaRE checks: the list of rules and one rule."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from care.services.rule_catalog import RuleFilter, list_rules, open_rule
from care.web.people import platform, scope
from care.web.remediation.beside import beside

pages = Blueprint("rules", __name__, template_folder="templates")


@pages.get("/rules")
def index() -> str:
    """The catalogue, filtered by scanner, severity, framework and words."""
    wanted = RuleFilter(
        scanner=request.args.get("scanner", ""),
        severity=request.args.get("severity", ""),
        framework=request.args.get("framework", ""),
        words=request.args.get("q", "").strip(),
    )
    return render_template("rules/index.html", found=list_rules(platform(), scope(), wanted), wanted=wanted)


@pages.get("/rules/<rule_id>")
def one(rule_id: str) -> str:
    """One rule: what it reports, what to do, where it comes from."""
    return render_template("rules/one.html", rule=open_rule(platform(), scope(), rule_id), **beside(rule_id))
