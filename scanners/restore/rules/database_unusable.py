"""A dump that came back byte for byte may still not load: cut short, of another version, or empty.

PGSSI-S 7.4.2.5 asks for a dry restore of databases. Each dump named must load without an error in a throw-away server,
hold at least one row, and answer the question that was asked of it.
"""

from __future__ import annotations

from scanners.model import Finding, NotAssessable, Rule, Severity, Text, Verdict, judged, refs
from scanners.restore.facts import Database, RestoreFacts


def check(facts: RestoreFacts) -> Verdict:
    """The dumps that gave no usable database."""
    if not facts.asked.databases:
        raise NotAssessable(
            "Aucune base n’a été désignée : nommez le fichier de la sauvegarde PostgreSQL à essayer.",
            "No database was named: name the PostgreSQL dump file to try.",
        )
    bad = [(number, one) for number, one in enumerate(facts.databases, start=1) if not one.good]
    untried = len(facts.asked.databases) - len(facts.databases)
    doubt = _untried(untried) if untried > 0 else None
    return judged(len(facts.asked.databases), (_finding(facts, number, one) for number, one in bad), doubt=doubt)


def _untried(count: int) -> Text:
    return Text(
        f"{count} base(s) désignée(s) n’ont pas été essayées ; refaites l’essai.",
        f"{count} databases that were named were not tried; drill again.",
    )


def _finding(facts: RestoreFacts, number: int, one: Database) -> Finding:
    subject = facts.asked.subject if number == 1 else f"{facts.asked.subject} ({number})"
    return Finding(
        subject,
        {
            "tables": len(one.tables),
            "rows": one.rows,
            "errors": one.errors,
            "detail": one.first or one.asked_error,
            "server": one.server,
        },
    )


RULE = Rule(
    id="restore.database_unusable",
    title=Text("Base de données restaurée inutilisable", "Restored database unusable"),
    message=Text(
        "La base restaurée de {subject} ne se recharge pas comme il faut : {errors} erreur(s), {tables} table(s), "
        "{rows} "
        "ligne(s) (PostgreSQL {server}) {detail}",
        "The restored database of {subject} does not load as it should: {errors} errors, {tables} tables, {rows} rows "
        "(PostgreSQL {server}) {detail}",
    ),
    remediation=Text(
        "Rechargez ce fichier à la main dans un serveur d’essai pour lire toutes les erreurs, corrigez la commande de "
        "sauvegarde (pg_dump -Fc, code de retour vérifié), refaites une sauvegarde et un essai.",
        "Load this file by hand in a trial server to read all the errors, correct the dump command (pg_dump -Fc, exit "
        "code checked), make a new backup and drill again.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("care-rules:SAV-25", "pgssi-s:7.4.2.5"),
    check=check,
    reads=("drill", "database"),
)
