"""Reports to test and to look at: a real-looking campaign in both languages, and the extreme ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from reports.audit import (
    AuditReport,
    EvidenceRow,
    ReportAudit,
    ReportFinding,
    ReportGap,
    RuleOutcome,
    Severity,
    Status,
)
from reports.words import Lang

START = datetime(2026, 11, 3, 21, 4, tzinfo=UTC)
ISSUED = datetime(2026, 11, 4, 7, 30, tzinfo=UTC)


def _said(lang: Lang, fr: str, en: str) -> str:
    return fr if lang == "fr" else en


def _passed(rule_id: str, title: str, severity: Severity, population: int) -> RuleOutcome:
    return RuleOutcome(rule_id, title, severity, Status.PASSED, population=population)


def directory(lang: Lang) -> ReportAudit:
    """An audit of a directory: critical, high and many medium findings, one rule without an answer."""
    krbtgt = RuleOutcome(
        "ad.krbtgt_password_age",
        _said(lang, "Mot de passe de krbtgt trop ancien", "krbtgt password too old"),
        Severity.CRITICAL,
        Status.FAILED,
        _said(
            lang,
            "Changer deux fois le mot de passe du compte krbtgt, à au moins dix heures d’intervalle, d’abord sur un "
            "domaine de test. Prévenir les équipes biomédicales : les équipements qui gardent un ticket long devront "
            "se reconnecter.",
            "Change the password of the krbtgt account twice, at least ten hours apart, on a test domain first. Warn "
            "the biomedical teams: devices that keep a long ticket will have to sign in again.",
        ),
        ("ANSSI AD vuln_krbtgt (niveau 2)", "PingCastle A-Krbtgt", "ATT&CK T1558.001"),
        population=1,
        findings=(
            ReportFinding(
                "HOPITAL\\krbtgt",
                _said(
                    lang,
                    "Le mot de passe de HOPITAL\\krbtgt a 2 312 jours ; la limite est de 40 jours.",
                    "The password of HOPITAL\\krbtgt is 2,312 days old; the limit is 40 days.",
                ),
                (
                    EvidenceRow(_said(lang, "Âge en jours", "Age in days"), "2312"),
                    EvidenceRow(_said(lang, "Changé le", "Changed on"), "2020-07-05"),
                ),
                _said(lang, "toujours là", "still there"),
                START - timedelta(days=61),
            ),
        ),
    )
    never_expires = RuleOutcome(
        "ad.password_never_expires",
        _said(lang, "Comptes dont le mot de passe n’expire jamais", "Accounts whose password never expires"),
        Severity.MEDIUM,
        Status.FAILED,
        _said(
            lang,
            "Retirer l’option « le mot de passe n’expire jamais », service par service.\nPour les comptes de service, "
            "passer à des comptes gérés (gMSA).",
            "Remove the “password never expires” option, one department at a time.\nFor service accounts, move to "
            "managed accounts (gMSA).",
        ),
        ("ANSSI AD vuln_dont_expire (niveau 3)",),
        population=1873,
        partial=True,
        reason=_said(
            lang,
            "La lecture des comptes s’est arrêtée à 1 873 sur 2 004.",
            "The reading of accounts stopped at 1,873 of 2,004.",
        ),
        findings=tuple(
            ReportFinding(
                f"HOPITAL\\svc_interface_{number:03}",
                _said(
                    lang,
                    f"Le mot de passe de svc_interface_{number:03} n’expire jamais.",
                    f"The password of svc_interface_{number:03} never expires.",
                ),
                (
                    EvidenceRow(_said(lang, "Changé le", "Changed on"), f"2019-03-{number % 28 + 1:02}"),
                    EvidenceRow(_said(lang, "Actif", "Enabled"), _said(lang, "oui", "yes")),
                ),
            )
            for number in range(24)
        ),
    )
    return ReportAudit(
        "Active Directory",
        "ldaps://dc1.hopital.test",
        START,
        START + timedelta(minutes=3),
        "8d9f0c4b5c3a1e27f6b1d0a9e8c7b6a5948372615049382716f5e4d3c2b1a098",
        (
            krbtgt,
            never_expires,
            _passed("ad.ldap_signing", _said(lang, "Signature LDAP", "LDAP signing"), Severity.HIGH, 2),
            _passed("ad.machine_quota", _said(lang, "Ajout de machines", "Machine quota"), Severity.MEDIUM, 1),
            RuleOutcome(
                "ad.laps_coverage",
                _said(lang, "Postes sans LAPS", "Workstations without LAPS"),
                Severity.HIGH,
                Status.NOT_ASSESSABLE,
                reason=_said(
                    lang,
                    "Le compte d’audit ne peut pas lire msLAPS-PasswordExpirationTime ; accordez-lui ce droit.",
                    "The audit account cannot read msLAPS-PasswordExpirationTime; grant it that right.",
                ),
            ),
        ),
        (
            ReportGap(
                "users",
                _said(
                    lang,
                    "La lecture des comptes s’est arrêtée à 1 873 sur 2 004.",
                    "The reading of accounts stopped at 1,873 of 2,004.",
                ),
                truncated=True,
            ),
        ),
    )


def exposure(lang: Lang) -> ReportAudit:
    """An audit of the Internet exposure: one critical and one high rule."""
    redis = RuleOutcome(
        "exposure.open_database",
        _said(lang, "Base de données ouverte sans mot de passe", "Database open without a password"),
        Severity.CRITICAL,
        Status.FAILED,
        _said(
            lang,
            "Fermer le port au pare-feu dès aujourd’hui, puis exiger une authentification. Vérifier dans les journaux "
            "si quelqu’un s’est connecté.",
            "Close the port at the firewall today, then require authentication. Check the logs for anyone who "
            "connected.",
        ),
        ("ANSSI hygiène 22", "CWE-306"),
        population=14,
        findings=(
            ReportFinding(
                "127.0.20.3:6379/tcp",
                _said(
                    lang,
                    "Le serveur redis de 127.0.20.3:6379/tcp répond sans mot de passe.",
                    "The redis server at 127.0.20.3:6379/tcp answers without a password.",
                ),
                (EvidenceRow(_said(lang, "Produit", "Product"), "redis 7.0.15"),),
                _said(lang, "nouveau", "new"),
            ),
        ),
    )
    tls = RuleOutcome(
        "exposure.old_tls",
        _said(lang, "TLS 1.0 ou 1.1 accepté", "TLS 1.0 or 1.1 accepted"),
        Severity.HIGH,
        Status.FAILED,
        _said(
            lang,
            "N’accepter que TLS 1.2 et 1.3. Vérifier d’abord les équipements biomédicaux qui se connectent à ce "
            "service.",
            "Accept TLS 1.2 and 1.3 only. Check the medical devices that connect to this service first.",
        ),
        ("RGS", "CWE-326"),
        population=6,
        findings=tuple(
            ReportFinding(
                f"127.0.20.{host}:443/tcp",
                _said(
                    lang,
                    f"Le service 127.0.20.{host}:443/tcp accepte TLS 1.0.",
                    f"The service 127.0.20.{host}:443/tcp accepts TLS 1.0.",
                ),
                (EvidenceRow(_said(lang, "Versions acceptées", "Versions accepted"), "TLS 1.0, TLS 1.1, TLS 1.2"),),
            )
            for host in (4, 7)
        ),
    )
    return ReportAudit(
        _said(lang, "Exposition Internet", "Internet exposure"),
        "127.0.20.0/28",
        START + timedelta(minutes=10),
        START + timedelta(minutes=22),
        "1f2e3d4c5b6a798897a6b5c4d3e2f10f1e2d3c4b5a69788796a5b4c3d2e1f000",
        (
            redis,
            tls,
            _passed("exposure.telnet", _said(lang, "Telnet ouvert", "Telnet open"), Severity.CRITICAL, 14),
            RuleOutcome(
                "exposure.mail_policy",
                _said(lang, "Politique de messagerie", "Mail policy"),
                Severity.LOW,
                Status.ERROR,
                reason=_said(
                    lang, "La règle a échoué à cause d’un défaut de CaRE.", "The rule failed: a defect of CaRE."
                ),
            ),
        ),
    )


def campaign(lang: Lang) -> AuditReport:
    """The everyday report: two audits of one hospital."""
    return AuditReport(lang, ISSUED, (directory(lang), exposure(lang)), "Centre hospitalier de Valmont", "690000013")


def empty(lang: Lang) -> AuditReport:
    """A report without any audit."""
    return AuditReport(lang, ISSUED)


def _with_every_rule(lang: Lang, status: Status, reason: str) -> AuditReport:
    whole = exposure(lang)
    outcomes = tuple(
        RuleOutcome(old.rule_id, old.title, old.severity, status, population=3, reason=reason) for old in whole.outcomes
    )
    return AuditReport(lang, ISSUED, (replace(whole, outcomes=outcomes, gaps=()),))


def all_passed(lang: Lang) -> AuditReport:
    """Every rule passed on a complete collection."""
    return _with_every_rule(lang, Status.PASSED, "")


def none_assessable(lang: Lang) -> AuditReport:
    """No rule could answer."""
    return _with_every_rule(lang, Status.NOT_ASSESSABLE, _said(lang, "L’hôte ne répond pas.", "The host is silent."))


def huge(lang: Lang, rules: int = 50, findings: int = 100) -> AuditReport:
    """`rules` failed rules of `findings` subjects each, over one audit."""
    severities = list(Severity)
    outcomes = tuple(
        replace(
            directory(lang).outcomes[1],
            rule_id=f"ad.rule_{rule:03}",
            title=f"Règle numéro {rule:03}",
            severity=severities[rule % 5],
            findings=tuple(
                ReportFinding(
                    f"HOPITAL\\compte_{rule:03}_{number:05}",
                    f"Le compte compte_{rule:03}_{number:05} est trop ancien.",
                    (EvidenceRow("Âge en jours", str(number)), EvidenceRow("Actif", "oui")),
                )
                for number in range(findings)
            ),
        )
        for rule in range(rules)
    )
    return AuditReport(lang, ISSUED, (replace(directory(lang), outcomes=outcomes),), "Centre hospitalier de Valmont")
