"""Each weakness of exposure has a type, that a reader recognises."""

from __future__ import annotations

from collections import Counter

import pytest

from scanners.catalog import rules_of
from scanners.exposure.categories import category_of_rule

CATEGORIES = {rule.id.partition(".")[2]: category_of_rule(rule) for rule in rules_of("exposure")}


@pytest.mark.parametrize(
    ("rule", "category"),
    [
        ("exploited_vulnerability", "Vulnérabilité connue ou logiciel périmé"),
        ("exploited_product_version_unknown", "Vulnérabilité connue ou logiciel périmé"),
        ("end_of_life_software", "Vulnérabilité connue ou logiciel périmé"),
        ("redis_without_password", "Accès sans authentification"),
        ("telnet_exposed", "Échanges en clair"),
        ("login_over_http", "Échanges en clair"),
        ("http_without_https", "Échanges en clair"),
        ("rdp_exposed", "Service exposé"),
        ("backup_exposed", "Service exposé"),
        ("winrm_exposed", "Service exposé"),
        ("remote_access_gateway", "Service exposé"),
        ("webmail_exposed", "Service exposé"),
        ("open_resolver", "Service exposé"),
        ("server_version_disclosed", "Site web"),
        ("security_headers_missing", "Site web"),
        ("tls_obsolete_version", "Chiffrement et certificats (TLS)"),
        ("certificate_expired", "Chiffrement et certificats (TLS)"),
        ("ssh_weak_cipher", "Chiffrement (SSH)"),
        ("dmarc_missing", "Messagerie"),
        ("caa_missing", "DNS"),
        ("name_moved", "Noms de domaine"),
    ],
)
def test_a_weakness_has_the_type_a_reader_expects(rule: str, category: str) -> None:
    assert CATEGORIES[rule].fr == category


def test_every_type_sorts_something_and_none_holds_nearly_all() -> None:
    counts = Counter(CATEGORIES.values())
    assert len(counts) == 10
    assert max(counts.values()) < len(CATEGORIES) / 3
