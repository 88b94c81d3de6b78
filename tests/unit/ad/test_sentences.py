"""What a finding says is in the words of whoever has to act on it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from scanners.ad.rules import ca_certificate_undecodable, controllers_audit_policy, functional_level_2016
from scanners.ad.rules.dormant_account import RULE as DORMANT
from scanners.catalog import rules_of
from scanners.model import Finding, Rule
from scanners.runner import run_rule
from tests.unit.ad.specimens import BROKEN


@pytest.mark.parametrize(
    ("value", "said"), [(0, "2000"), (4, "2008 R2"), (6, "2012 R2"), (7, "2016"), (10, "2025"), (12, "12")]
)
def test_a_functional_level_is_said_as_a_version_of_windows(value: int, said: str) -> None:
    found = Finding("hopital.test", {"domain_level": value, "forest_level": 3, "required": 7})
    assert functional_level_2016.RULE.describe(found, "fr") == (
        f"hopital.test est au niveau fonctionnel {said} (forêt : 2008, requis : 2016)."
    )
    assert f"functional level {said} (forest: 2008, required: 2016)" in functional_level_2016.RULE.describe(found, "en")


def test_subcategories_are_named_as_a_french_controller_names_them() -> None:
    found = run_rule(controllers_audit_policy.RULE, BROKEN).findings[0]
    assert "Validation des informations d’identification" in controllers_audit_policy.RULE.describe(found, "fr")
    assert "Credential Validation" in controllers_audit_policy.RULE.describe(found, "en")


def test_a_malformed_certificate_is_not_said_to_be_weak() -> None:
    found = run_rule(ca_certificate_undecodable.RULE, BROKEN).findings[0]
    assert ca_certificate_undecodable.RULE.describe(found, "fr").endswith("ne peut pas être lu : il est mal formé.")


def test_a_password_never_set_is_said_to_be_changed() -> None:
    found = Finding("HOPITAL\\agent", {"last_logon": None, "password_set": None})
    assert DORMANT.describe(found, "fr").endswith("dernière connexion jamais, mot de passe : à changer.")
    assert DORMANT.describe(found, "en").endswith("last logon never, password: to be changed.")


HOW = re.compile(
    r"\b[A-Z][a-z]+-[A-Z]\w+"
    r"|\b(?:HKLM|dsacls|w32tm|netdom|repadmin|reg add|certutil|adprep|wusa|ldp|adsiedit|nltest)\b"
    r"|\b(?:redirusr|icacls|dfsrmig|ksetup)\b|ADSI Edit|GPO|[Cc]onsole|[Oo]nglet|\btab\b"
    r"|Gestion des stratégies de groupe|Stratégie liée|stratégie des contrôleurs|Utilisateurs et ordinateurs"
    r"|Group Policy Management|Policy linked|policy of controllers|Users and Computers"
)
"""A command, or a place in a console."""
NO_CONSOLE = {"ad.newer_than_references": "it is CaRE that is to be updated, not the directory"}


@pytest.mark.parametrize("rule", rules_of("ad"), ids=lambda rule: str(rule.id))
def test_a_remediation_says_by_which_command_or_console(rule: Rule[Any]) -> None:
    vague = [text for text in (rule.remediation.fr, rule.remediation.en) if not HOW.search(text)]
    assert bool(vague) == (rule.id in NO_CONSOLE), vague


BACK = {
    "fr": re.compile(
        r"\b[Rr]etour\b|\brev(?:ien\w+|enir)\b|en arrière|\b[Rr]emet\w*|\b[Rr]établi\w*|[Ii]rréversible|\bse rend\b"
    ),
    "en": re.compile(
        r"\b[Bb]ack\b(?! (?:the|it|up)\b)|\b[Uu]ndo\w*|\b[Rr]estor\w+|[Ii]rreversible|\bset again\b|\bgiven? back\b"
    ),
}
"""How to go back, or that there is no way back."""
NOTHING_CHANGED = {
    "ad.newer_than_references": "it is CaRE that is to be updated, not the directory",
    "ad.policy_files_changed": "changes are compared with what is known: nothing is changed",
}


@pytest.mark.parametrize("rule", rules_of("ad"), ids=lambda rule: str(rule.id))
def test_a_remediation_says_how_to_go_back(rule: Rule[Any]) -> None:
    final = [lang for lang, back in BACK.items() if not back.search(getattr(rule.remediation, lang))]
    assert bool(final) == (rule.id in NOTHING_CHANGED), final
