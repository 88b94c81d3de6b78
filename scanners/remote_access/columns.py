"""The columns of a register of remote accesses, by the French names hospitals give them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "supplier": ("fournisseur", "prestataire", "societe", "editeur"),
    "equipment": ("equipement", "application", "systeme", "actif concerne"),
    "owner": ("responsable", "referent", "proprietaire"),
    "purpose": ("objet", "finalite", "motif", "prestation"),
    "technology": ("technologie", "moyen", "mode d acces", "outil"),
    "accounts": ("comptes", "compte", "identifiants", "identifiant"),
    "starts": ("debut", "date de debut", "ouverture"),
    "ends": ("fin", "date de fin", "echeance"),
    "enabled": ("actif", "active", "ouvert", "etat"),
    "intervention": ("intervention", "intervention en cours", "ticket", "demande"),
    "gateway": ("passerelle", "via passerelle", "bastion", "passerelle dediee"),
    "sources": ("adresses admises", "adresses", "adresses source"),
    "second_factor": ("mfa", "second facteur", "double authentification", "authentification forte"),
    "contract": ("contrat", "reference du contrat", "marche"),
    "level": ("palier", "palier pgssi s"),
    "security_plan": ("pas", "plan d assurance securite", "date du pas", "pas accepte le"),
    "report": ("rapport apres intervention", "clause de rapport", "rapport d intervention"),
    "attested": ("declaration annuelle", "declaration annuelle du fournisseur", "fiche annuelle", "declaration pams"),
    "reviewed": ("derniere revue", "date de revue", "revue"),
    "decision": ("decision de revue", "decision", "suite de la revue"),
    "decided": ("decide le", "date de decision"),
    "flow_reviewed": ("flux revalides le", "revue des flux", "date de revue des flux"),
    "emergency_contact": ("coupure d urgence", "contact coupure", "contact de coupure", "coupure d urgence qui"),
    "emergency_how": ("procedure de coupure", "comment couper", "coupure d urgence comment"),
    "trace_days": (
        "conservation des traces",
        "conservation traces jours",
        "conservation des traces jours",
        "duree de conservation",
    ),
}
"""Field of `Access`: headings that name it, without accents, in lower case, punctuation as spaces."""


def headings(fields: Iterable[str]) -> str:
    """The columns as a register writes them, for messages."""
    return ", ".join(COLUMNS[field][0] for field in fields)
