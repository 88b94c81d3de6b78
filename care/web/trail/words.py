"""The words of the audit trail: one for each action recorded anywhere in the services (a test keeps them complete)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

ACTIONS: Mapping[str, Any] = {
    "account.closed": _("Compte fermé"),
    "account.grant_given": _("Rôle donné"),
    "account.grant_taken": _("Rôle retiré"),
    "account.notices_chosen": _("Choix des messages modifié"),
    "account.opened": _("Compte ouvert"),
    "account.password_changed": _("Mot de passe changé"),
    "account.password_reset": _("Mot de passe remplacé"),
    "account.profile_changed": _("Profil modifié"),
    "account.reopened": _("Compte rouvert"),
    "account.session_revoked": _("Session fermée à distance"),
    "account.sign_in_failed": _("Connexion refusée"),
    "account.signed_in": _("Connexion"),
    "account.signed_out": _("Déconnexion"),
    "action.changed": _("Action modifiée"),
    "action.commented": _("Action commentée"),
    "action.cost_added": _("Coût ajouté à une action"),
    "action.cost_changed": _("Coût d’une action modifié"),
    "action.cost_removed": _("Coût d’une action retiré"),
    "action.cost_shared": _("Partage des coûts d’une action modifié"),
    "action.created": _("Action créée"),
    "action.extended": _("Action étendue à un établissement"),
    "action.finding_untied": _("Constat détaché d’une action"),
    "action.findings_tied": _("Constats rattachés à une action"),
    "action.moved": _("Avancement d’une action"),
    "action.proved": _("Preuve rattachée à une action"),
    "action.retest_asked": _("Contrôle d’une action demandé"),
    "action.signed_off": _("Action close sur parole"),
    "action.verified": _("Action contrôlée"),
    "actions.exported": _("Actions exportées"),
    "audit.asked": _("Audit demandé"),
    "book.sealed": _("Dossier de preuves scellé"),
    "book.taken": _("Dossier scellé emporté"),
    "campaign.reported": _("Rapport de campagne produit"),
    "checkpoint.signed": _("Chaîne de preuves signée"),
    "due_policy.forgotten": _("Délais de correction remis à ceux de la plateforme"),
    "due_policy.set": _("Délais de correction fixés"),
    "establishment.created": _("Établissement créé"),
    "evidence.added": _("Preuve déposée"),
    "evidence.changed": _("Fiche d’une preuve corrigée"),
    "evidence.replaced": _("Nouvelle version d’une preuve"),
    "evidence.tied": _("Preuve jointe"),
    "evidence.untied": _("Preuve détachée"),
    "evidence.withdrawn": _("Preuve retirée"),
    "finding.confirmed_gone": _("Constat fermé à la main"),
    "finding.decided": _("Décision sur un constat"),
    "finding.decision_withdrawn": _("Décision retirée"),
    "finess.imported": _("Extraction FINESS importée"),
    "ght.created": _("GHT créé"),
    "import.recorded": _("Rapport d’un autre outil importé"),
    "investment.exported": _("Plan d’investissement exporté"),
    "job.cancelled": _("Tâche annulée"),
    "legal_entity.created": _("Entité juridique créée"),
    "legal_entity.ght_changed": _("Rattachement à un GHT modifié"),
    "mail.dropped": _("Message classé sans renvoi"),
    "mail.failed_sent_again": _("Messages non remis renvoyés"),
    "mail.sent_again": _("Message renvoyé"),
    "mail.tried": _("Message d’essai envoyé"),
    "mandate.added": _("Mandat enregistré"),
    "mandate.withdrawn": _("Mandat retiré"),
    "region.grades_named": _("GRADeS d’une région nommé"),
    "schedule.removed": _("Audit programmé retiré"),
    "schedule.set": _("Audit programmé"),
    "target.added": _("Cible ajoutée"),
    "target.archived": _("Cible archivée"),
    "target.changed": _("Cible modifiée"),
}
THINGS: Mapping[str, Any] = {
    "account": _("compte"),
    "action": _("action"),
    "book": _("dossier scellé"),
    "campaign": _("campagne"),
    "due_policy": _("délais de correction"),
    "establishment": _("établissement"),
    "evidence": _("preuve"),
    "evidence_chain": _("chaîne des preuves"),
    "finding": _("constat"),
    "finess_import": _("import FINESS"),
    "ght": _("GHT"),
    "job": _("tâche"),
    "legal_entity": _("entité juridique"),
    "login": _("identifiant"),
    "mail": _("message"),
    "mandate": _("mandat"),
    "place": _("lieu"),
    "region": _("région"),
    "run": _("audit"),
    "target": _("cible"),
}


DETAILS: Mapping[str, Any] = {
    "actions": _("actions"),
    "count": _("nombre"),
    "digest": _("résumé"),
    "fields": _("champs"),
    "finding": _("constat"),
    "finess": "FINESS",
    "format": _("format"),
    "from": _("de"),
    "ght": "GHT",
    "grades": "GRADeS",
    "immediate": _("aussitôt"),
    "login": _("identifiant"),
    "mandate": _("mandat"),
    "messages": _("messages"),
    "name": _("nom"),
    "place": _("lieu"),
    "role": _("rôle"),
    "roles": _("rôles"),
    "run": _("audit"),
    "runs": _("audits"),
    "scanner": _("type d’audit"),
    "signatory": _("signataire"),
    "sites": _("établissements"),
    "target": _("cible"),
    "title": _("titre"),
    "to": _("vers"),
    "verdict": _("décision"),
}
"""Names of details; one that is not here is shown as it was recorded."""


def action_names() -> dict[str, str]:
    """Every action with its words in the reader's language, in the order of the words."""
    return dict(sorted(((code, str(words)) for code, words in ACTIONS.items()), key=lambda pair: pair[1].casefold()))


def thing_names() -> dict[str, str]:
    """Every kind of thing with its word in the reader's language."""
    return dict(sorted(((kind, str(word)) for kind, word in THINGS.items()), key=lambda pair: pair[1].casefold()))
