"""The names of what is known of a thing of exposure, and the words of its values, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from care.domain.assets import AssetKind
from scanners.model import Lang, Text

KINDS: Mapping[AssetKind, Text] = {
    AssetKind.ADDRESS: Text("Adresse", "Address"),
    AssetKind.SERVICE: Text("Service", "Service"),
    AssetKind.NAME: Text("Nom", "Name"),
    AssetKind.DOMAIN: Text("Domaine", "Domain"),
}
TRAITS: Mapping[str, Text] = {
    "names": Text("Noms", "Names"),
    "leads": Text("Mène", "Leads"),
    "addresses": Text("Adresses", "Addresses"),
    "alias": Text("Alias de", "Alias of"),
    "answers_everything": Text("Répond sur tous les ports", "Answers on every port"),
    "service": Text("Service", "Service"),
    "product": Text("Produit", "Product"),
    "version": Text("Version", "Version"),
    "kind": Text("Famille", "Family"),
    "title": Text("Titre de la page", "Title of the page"),
    "tls": Text("Versions de TLS", "TLS versions"),
    "source": Text("Reconnu par", "Known by"),
    "certificate": Text("Empreinte du certificat", "Fingerprint of the certificate"),
    "certificate_subject": Text("Certificat", "Certificate"),
    "certificate_issuer": Text("Émis par", "Issued by"),
    "certificate_names": Text("Noms du certificat", "Names of the certificate"),
    "certificate_until": Text("Certificat jusqu’au", "Certificate until"),
    "spf": Text("SPF", "SPF"),
    "dkim": Text("Clés DKIM vues", "DKIM keys seen"),
    "dmarc": Text("DMARC", "DMARC"),
    "mta_sts": Text("MTA-STS", "MTA-STS"),
    "tls_rpt": Text("TLS-RPT", "TLS-RPT"),
    "dnssec": Text("DNSSEC", "DNSSEC"),
    "caa": Text("CAA", "CAA"),
    "mail_servers": Text("Serveurs de messagerie", "Mail servers"),
    "name_servers": Text("Serveurs de noms", "Name servers"),
}
_MISSING, _PRESENT = Text("absent", "missing"), Text("publié", "published")
_INVALID = Text("invalide", "invalid")
_VALUES: Mapping[str, Mapping[str, Text]] = {
    "answers_everything": {"yes": Text("oui", "yes"), "no": Text("", "")},
    "source": {
        "answer": Text("sa réponse", "its answer"),
        "nmap": Text("nmap", "nmap"),
        "port": Text("son numéro de port seulement", "its port number only"),
    },
    "kind": {
        "gateway": Text("passerelle d’accès distant", "remote-access gateway"),
        "webmail": Text("messagerie web", "webmail"),
        "application": Text("application souvent attaquée", "often attacked application"),
        "imaging": Text("visionneuse d’imagerie", "image viewer"),
        "console": Text("console d’administration", "administration console"),
        "none": Text("", ""),
    },
    "addresses": {"none": Text("aucune", "none")},
    "alias": {"none": Text("", "")},
    "leads": {
        "inside": Text("dans le mandat", "inside the mandate"),
        "outside": Text("hors du mandat : rien n’y est envoyé", "outside the mandate: nothing is sent there"),
        "both": Text("dans le mandat et hors du mandat", "inside and outside the mandate"),
        "dangling": Text("à un alias qui n’existe plus", "to an alias that is gone"),
        "waiting": Text(
            "à une nouvelle adresse, qui attend votre accord", "to a new address, which waits for your yes"
        ),
        "nowhere": Text("nulle part", "nowhere"),
    },
    "spf": {
        "refused": Text("refuse les autres expéditeurs", "refuses other senders"),
        "doubtful": Text("les autres expéditeurs sont douteux", "other senders are doubtful"),
        "neutral": Text("ne se prononce pas", "does not tell"),
        "everyone": Text("tout le monde peut envoyer", "anybody may send"),
        "missing": _MISSING,
        "invalid": _INVALID,
    },
    "dkim": {"unseen": Text("aucune : ce n’est pas une preuve d’absence", "none: this proves no absence")},
    "dmarc": {
        "reject": Text("rejet", "reject"),
        "quarantine": Text("quarantaine", "quarantine"),
        "none": Text("observation seule", "watching only"),
        "missing": _MISSING,
        "invalid": _INVALID,
    },
    "mta_sts": {
        "enforce": Text("imposé", "enforced"),
        "testing": Text("à l’essai", "on trial"),
        "none": Text("désactivé", "switched off"),
        "missing": _MISSING,
        "invalid": _INVALID,
    },
    "tls_rpt": {"present": _PRESENT, "missing": _MISSING},
    "dnssec": {
        "sound": Text("signé", "signed"),
        "broken": Text("signatures fausses", "wrong signatures"),
        "no_ds": Text("signé, mais inconnu du domaine parent", "signed, but unknown to the parent domain"),
        "missing": Text("non signé", "not signed"),
    },
    "caa": {"present": _PRESENT, "missing": _MISSING},
    "mail_servers": {"none": Text("aucun", "none")},
}
PROOFS: Mapping[str, Text] = {
    "banner": Text("Bannière", "Banner"),
    "status": Text("Réponse HTTP", "HTTP answer"),
    "headers": Text("En-têtes", "Headers"),
    "redirects": Text("Redirige vers", "Redirects to"),
    "sites": Text("Autres sites", "Other sites"),
    "cpe": Text("CPE", "CPE"),
    "started_by": Text("STARTTLS", "STARTTLS"),
    "weak_ciphers": Text("Suites faibles acceptées", "Weak suites accepted"),
    "trust": Text("Chaîne du certificat", "Chain of the certificate"),
    "certificate_from": Text("Certificat depuis le", "Certificate from"),
    "certificate_key": Text("Clé du certificat", "Key of the certificate"),
    "certificate_hash": Text("Signature du certificat", "Signature of the certificate"),
    "self_signed": Text("Certificat autosigné", "Self-signed certificate"),
    "ssh_protocol": Text("Protocole SSH", "SSH protocol"),
    "host_keys": Text("Clés SSH du serveur", "SSH keys of the server"),
    "key_exchanges": Text("Échanges de clés SSH", "SSH key exchanges"),
    "closed": Text("Ports fermés", "Closed ports"),
    "filtered": Text("Ports filtrés", "Filtered ports"),
    "origin": Text("Trouvé par", "Found by"),
    "outside": Text("Adresses où rien n’est envoyé", "Addresses nothing is sent to"),
    "supplier": Text("Hébergé chez", "Hosted at"),
    "spf_record": Text("Enregistrement SPF", "SPF record"),
    "dmarc_record": Text("Enregistrement DMARC", "DMARC record"),
    "mta_sts_policy": Text("Politique MTA-STS", "MTA-STS policy"),
    "tls_rpt_record": Text("Enregistrement TLS-RPT", "TLS-RPT record"),
    "caa_record": Text("Enregistrements CAA", "CAA records"),
    "dnssec_detail": Text("Détail DNSSEC", "DNSSEC detail"),
    "unread": Text("Questions sans réponse", "Questions without answer"),
}
_PROOF_VALUES: Mapping[str, Mapping[str, Text]] = {
    "trust": {"trusted": Text("reconnue", "trusted"), "untrusted": Text("non reconnue", "not trusted")},
    "self_signed": {"yes": Text("oui", "yes"), "no": Text("non", "no")},
    "origin": {
        "target": Text("la cible", "the target"),
        "file": Text("le fichier de noms", "the file of names"),
        "transfer": Text("le transfert de zone", "the zone transfer"),
        "wordlist": Text("un mot courant", "a usual word"),
        "reverse": Text("le nom inverse d’une adresse", "the reverse name of an address"),
        "certificate": Text("un certificat", "a certificate"),
        "dns": Text("les serveurs du domaine", "the servers of the domain"),
        "known": Text("un audit précédent", "an earlier audit"),
    },
}
_DAYS = frozenset({"certificate_until", "certificate_from"})


def said(trait: str, value: str, lang: Lang) -> str:
    """The value of a trait as people read it, empty when there is nothing to say."""
    return _said(_VALUES, trait, value, lang)


def proof_said(name: str, value: str, lang: Lang) -> str:
    """The value of a proof as people read it."""
    return _said(_PROOF_VALUES, name, value, lang)


def _said(values: Mapping[str, Mapping[str, Text]], name: str, value: str, lang: Lang) -> str:
    words = values.get(name, {})
    if value in words:
        return words[value].render(lang)
    return value[:10] if name in _DAYS else value


def summary(kind: AssetKind, traits: Mapping[str, str], lang: Lang) -> str:
    """What a thing is, in one line of a list."""
    if kind is AssetKind.DOMAIN:
        told = ((name, said(name, traits.get(name, ""), lang)) for name in ("spf", "dmarc", "dnssec"))
        return " · ".join(f"{TRAITS[name].render(lang)} {value}" for name, value in told if value)
    if kind is AssetKind.NAME:
        return " · ".join(filter(None, (said("leads", traits.get("leads", ""), lang), _target(traits, lang))))
    if kind is AssetKind.ADDRESS:
        return traits.get("names", "")
    return " ".join(filter(None, (traits.get("product") or traits.get("service"), traits.get("version"))))


def led_to(traits: Mapping[str, str], lang: Lang) -> str:
    """Where a name leads, for a report: its address, or why nothing was examined there."""
    if traits.get("leads") == "inside":
        return traits["addresses"]
    return summary(AssetKind.NAME, traits, lang)


def _target(traits: Mapping[str, str], lang: Lang) -> str:
    return said("alias", traits.get("alias", ""), lang) or said("addresses", traits.get("addresses", ""), lang)
