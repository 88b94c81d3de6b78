"""What stands beside a finding or a rule: its sheet, and its playbook for who manages the actions here."""

from __future__ import annotations

from typing import Any

from flask import g

from care.domain.access import Right
from care.services.remediation import sheet_for
from care.services.remediation_playbooks import offer_for
from care.web.people import platform, scope
from care.web.place import may


def beside(rule_id: str) -> dict[str, Any]:
    """The values of `remediation/panel.html` for a rule."""
    return {
        "sheet": sheet_for(platform(), scope(), rule_id),
        "offer": offer_for(platform(), scope(), rule_id),
        "may_manage": g.get("place") is not None and may(Right.MANAGE_ACTIONS),
    }
