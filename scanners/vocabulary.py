"""The names of evidence, in the reader's language: rules share a vocabulary, and people read its words.

Prefer a key that is here over a new one: the tests ask that every key of a finding be listed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from scanners.model import Finding, Lang, Scalar, Text

SCANNER_NAMES: Final[dict[str, Text]] = {
    "exposure": Text("Exposition sur Internet", "Internet exposure"),
    "ad": Text("Annuaire Active Directory", "Active Directory"),
    "remote_access": Text("Accès de télémaintenance", "Remote-maintenance access"),
    "workstations": Text("Postes de travail et détection", "Workstations and detection"),
    "backup": Text("Sauvegardes", "Backups"),
}

EVIDENCE: Final[dict[str, Text]] = {
    "absent": Text("Absents de la liste", "Missing from the list"),
    "accounts": Text("Comptes", "Accounts"),
    "address": Text("Adresse", "Address"),
    "age_days": Text("Âge (jours)", "Age (days)"),
    "age_hours": Text("Âge (heures)", "Age (hours)"),
    "algorithms": Text("Algorithmes", "Algorithms"),
    "allowed": Text("Autorisés", "Allowed"),
    "announced": Text("Version annoncée", "Announced version"),
    "answer": Text("Réponse", "Answer"),
    "banner": Text("Bannière", "Banner"),
    "bits": Text("Taille de clé (bits)", "Key size (bits)"),
    "certificate": Text("Certificat", "Certificate"),
    "certificate_names": Text("Noms du certificat", "Names of the certificate"),
    "ciphers": Text("Suites cryptographiques", "Cipher suites"),
    "command": Text("Commande", "Command"),
    "compared": Text("Fichiers comparés", "Files compared"),
    "console": Text("Console", "Console"),
    "controlled": Text("Objets contrôlés", "Controlled objects"),
    "controlled_count": Text("Nombre d’objets contrôlés", "Number of controlled objects"),
    "controls": Text("Contrôle", "Controls"),
    "copies": Text("Copies", "Copies"),
    "count": Text("Nombre", "Count"),
    "covered": Text("Couverts", "Covered"),
    "data_gb": Text("Volume (Go)", "Volume (GB)"),
    "date": Text("Date", "Date"),
    "days": Text("Jours", "Days"),
    "days_left": Text("Jours restants", "Days left"),
    "detail": Text("Détail", "Detail"),
    "directory": Text("Présent dans l’annuaire", "In the directory"),
    "dmard_hours": Text("DMARD (heures)", "DMARD, target restore time (hours)"),
    "dn": Text("Nom distinctif", "Distinguished name"),
    "domain": Text("Domaine", "Domain"),
    "domain_level": Text("Niveau du domaine", "Domain level"),
    "ds_heuristics": Text("dSHeuristics", "dSHeuristics"),
    "edr": Text("Présent dans l’EDR", "In the EDR"),
    "enabled": Text("Actif", "Enabled"),
    "encryption_types": Text("Chiffrements Kerberos", "Kerberos encryption types"),
    "end": Text("Fin de support", "End of support"),
    "ended": Text("Terminé le", "Ended on"),
    "ended_on": Text("Fin de support", "Support ended on"),
    "enrolling": Text("Qui peut s’enrôler", "Who may enrol"),
    "error": Text("Erreur", "Error"),
    "expected": Text("Attendu", "Expected"),
    "expired": Text("Expiré", "Expired"),
    "expired_on": Text("Expiré le", "Expired on"),
    "expires_on": Text("Expire le", "Expires on"),
    "explained": Text("Copie par copie", "Copy by copy"),
    "failed": Text("En échec", "Failed"),
    "features": Text("Fonctions", "Features"),
    "fingerprint": Text("Empreinte", "Fingerprint"),
    "forest_level": Text("Niveau de la forêt", "Forest level"),
    "gap_hours": Text("Plus long trou (heures)", "Longest gap (hours)"),
    "gateway": Text("Passerelle", "Gateway"),
    "gatewayports": Text("GatewayPorts", "GatewayPorts"),
    "group": Text("Groupe", "Group"),
    "group_dn": Text("Nom distinctif du groupe", "Distinguished name of the group"),
    "history": Text("sIDHistory", "sIDHistory"),
    "hours": Text("Heures", "Hours"),
    "installed": Text("Installé", "Installed"),
    "interval_hours": Text("Intervalle (heures)", "Interval (hours)"),
    "inventory": Text("Présent dans l’inventaire", "In the inventory"),
    "key_bits": Text("Taille de clé (bits)", "Key size (bits)"),
    "key_type": Text("Type de clé", "Key type"),
    "keys": Text("Clés", "Keys"),
    "kind": Text("Nature", "Kind"),
    "kinds": Text("Types de transfert", "Kinds of forwarding"),
    "last_logon": Text("Dernière connexion", "Last logon"),
    "last_test": Text("Dernier test", "Last test"),
    "latest": Text("La plus récente", "Latest"),
    "length": Text("Longueur minimale", "Minimum length"),
    "level": Text("Niveau", "Level"),
    "line": Text("Ligne", "Line"),
    "machines": Text("Machines", "Machines"),
    "max_accounts": Text("Maximum admis", "Accepted maximum"),
    "max_days": Text("Durée maximale (jours)", "Maximum age (days)"),
    "max_percent": Text("Seuil (%)", "Threshold (%)"),
    "mb_per_second": Text("Débit mesuré (Mo/s)", "Measured rate (MB/s)"),
    "media": Text("Supports", "Media"),
    "menu": Text("Menu", "Menu"),
    "methods": Text("Méthodes d’authentification", "Authentication methods"),
    "milestones": Text("Jalons", "Milestones"),
    "min_length": Text("Longueur exigée", "Required length"),
    "minimum": Text("Minimum attendu", "Expected minimum"),
    "minutes": Text("Minutes", "Minutes"),
    "missing": Text("Manquant", "Missing"),
    "mode": Text("Mode", "Mode"),
    "module": Text("Module PAM", "PAM module"),
    "name": Text("Nom", "Name"),
    "names": Text("Noms", "Names"),
    "newest": Text("La plus récente", "Newest"),
    "number": Text("Numéro", "Number"),
    "operating_system": Text("Système d’exploitation", "Operating system"),
    "others": Text("Autres comptes", "Other accounts"),
    "outside": Text("Hors du domaine", "Outside the domain"),
    "owner": Text("Propriétaire", "Owner"),
    "owner_sid": Text("SID du propriétaire", "SID of the owner"),
    "part": Text("Lot vérifié", "Part checked"),
    "partner": Text("Domaine approuvé", "Trusted domain"),
    "parts": Text("Nombre de lots", "Number of parts"),
    "password_set": Text("Mot de passe changé le", "Password changed on"),
    "patched": Text("Dernier correctif", "Last patch"),
    "path": Text("Chemin", "Path"),
    "pdma_hours": Text("PDMA (heures)", "PDMA, allowed data loss (hours)"),
    "percent": Text("Pourcentage", "Percentage"),
    "permit_root_login": Text("PermitRootLogin", "PermitRootLogin"),
    "permittunnel": Text("PermitTunnel", "PermitTunnel"),
    "primary_group": Text("Groupe principal", "Primary group"),
    "product": Text("Produit", "Product"),
    "protocol": Text("Protocole", "Protocol"),
    "purposes": Text("Usages du certificat", "Certificate purposes"),
    "pwd_properties": Text("pwdProperties", "pwdProperties"),
    "quota": Text("Quota", "Quota"),
    "required": Text("Exigé", "Required"),
    "revealed": Text("Secrets révélés", "Revealed secrets"),
    "reviewed": Text("Revu le", "Reviewed on"),
    "revision": Text("Révision", "Revision"),
    "right": Text("Droit", "Right"),
    "sampled": Text("Fichiers tirés au sort", "Files sampled"),
    "seconds": Text("Secondes", "Seconds"),
    "seed": Text("Graine du tirage", "Seed of the sample"),
    "seen": Text("Vu le", "Seen on"),
    "serial": Text("Numéro de série", "Serial number"),
    "service": Text("Service", "Service"),
    "services": Text("Services", "Services"),
    "settings": Text("Réglages", "Settings"),
    "shell": Text("Interpréteur", "Shell"),
    "sheltered": Text("Copies hors site ou hors ligne", "Copies off-site or offline"),
    "sid": Text("SID", "SID"),
    "sid_or_dn": Text("SID ou nom distinctif", "SID or distinguished name"),
    "signature": Text("Signature", "Signature"),
    "since": Text("Depuis", "Since"),
    "site": Text("Site", "Site"),
    "snapshot": Text("Sauvegarde", "Snapshot"),
    "snapshots": Text("Sauvegardes", "Snapshots"),
    "software": Text("Logiciel", "Software"),
    "source": Text("Source", "Source"),
    "steps": Text("Étapes", "Steps"),
    "supplier": Text("Fournisseur", "Supplier"),
    "support_ended": Text("Fin de support", "Support ended"),
    "system": Text("Système", "System"),
    "systems": Text("Systèmes", "Systems"),
    "target": Text("Cible", "Target"),
    "technology": Text("Technologie", "Technology"),
    "threshold": Text("Seuil", "Threshold"),
    "title": Text("Titre de la page", "Page title"),
    "told": Text("D’après", "According to"),
    "tool": Text("Outil", "Tool"),
    "total": Text("Total", "Total"),
    "trust_attributes": Text("Attributs de l’approbation", "Trust attributes"),
    "type": Text("Type", "Type"),
    "uid": Text("uid", "uid"),
    "unknown": Text("Inconnus", "Unknown"),
    "user_account_control": Text("userAccountControl", "userAccountControl"),
    "validated": Text("Validée le", "Validated on"),
    "value": Text("Valeur", "Value"),
    "version": Text("Version", "Version"),
    "versions": Text("Versions", "Versions"),
    "weakness": Text("Faiblesse", "Weakness"),
    "without": Text("Sans", "Without"),
    "wrong": Text("Fichiers différents", "Files that differ"),
    "x11forwarding": Text("X11Forwarding", "X11Forwarding"),
    "zone": Text("Zone", "Zone"),
}

_YES_NO = {True: Text("oui", "yes"), False: Text("non", "no")}


def evidence_rows(finding: Finding, lang: Lang) -> tuple[tuple[str, str], ...]:
    """The evidence of a finding as label and value, in the order the rule gave it; empty values are left out."""
    return tuple(
        (evidence_label(key, lang), evidence_value(value, lang))
        for key, value in finding.evidence.items()
        if value is not None and value != ""
    )


def evidence_label(key: str, lang: Lang) -> str:
    """How people call an evidence key."""
    known = EVIDENCE.get(key)
    return known.render(lang) if known else key.replace("_", " ")


def evidence_value(value: Scalar, lang: Lang) -> str:
    """A value as people read it: yes or no, dates without the noise of the machine, numbers plain."""
    if isinstance(value, bool):
        return _YES_NO[value].render(lang)
    if isinstance(value, float):
        text = f"{value:.4g}"
        return text.replace(".", ",") if lang == "fr" else text
    if isinstance(value, str):
        return _moment(value)
    return "" if value is None else str(value)


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text) if len(text) > len("2026-01-01") else None
    except ValueError:
        return text
    return f"{moment:%Y-%m-%d %H:%M}" if moment else text
