"""Steps of control paths in words: what each right lets its holder do to the next object, and kinds of objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scanners.ad.control_paths.paths import IDENTITY, Node
from scanners.model import Lang, Text

RIGHTS: Final[Mapping[str, Text]] = {
    "GenericAll": Text("a le contrôle total de", "has full control of"),
    "WriteDacl": Text("peut changer les autorisations de", "can change the permissions of"),
    "WriteOwner": Text("peut s’approprier", "can take ownership of"),
    "GenericWrite": Text("peut modifier", "can modify"),
    "ForceChangePassword": Text("peut réinitialiser le mot de passe de", "can reset the password of"),
    "AddMember": Text("peut ajouter des membres à", "can add members to"),
    "AddSelf": Text("peut s’ajouter à", "can add itself to"),
    "AddKeyCredentialLink": Text("peut ajouter une clé de connexion à", "can add a sign-in key to"),
    "WriteSPN": Text("peut ajouter un nom de service à", "can add a service name to"),
    "AddAllowedToAct": Text("peut se faire déléguer l’accès à", "can have access delegated to"),
    "WriteGPLink": Text("peut lier une stratégie (GPO) à", "can link a policy (GPO) to"),
    "DCSync": Text("peut répliquer les secrets de", "can replicate the secrets of"),
    "WriteAltSecurityIdentities": Text("peut associer un certificat à", "can map a certificate to"),
    "Owns": Text("est propriétaire de", "owns"),
    "MemberOf": Text("est membre de", "is a member of"),
    "Contains": Text("contient", "contains"),
    "GPLink": Text("est une stratégie appliquée à", "is a policy applied to"),
    "AllowedToDelegate": Text("peut agir au nom d’autrui auprès de", "can act for others towards"),
    "AllowedToAct": Text("peut agir au nom d’autrui sur", "can act for others on"),
    "HasSIDHistory": Text("porte dans son historique l’identité de", "carries in its history the identity of"),
    "ReadGMSAPassword": Text(
        "peut lire le mot de passe du compte géré", "can read the password of the managed account"
    ),
    "AuthenticatedAs": Text("fait partie, une fois connecté, de", "is, once signed in, among"),
    "WriteGMSAMembership": Text("peut décider qui lit le mot de passe de", "can decide who reads the password of"),
    "CoerceToTGT": Text(
        "reçoit les tickets de qui se connecte à lui, dont ceux de",
        "receives the tickets of whoever connects to it, among them those of",
    ),
    "ManagedBy": Text("administre le contrôleur en lecture seule", "administers the read-only controller"),
    "WriteScriptPath": Text("peut changer le script de connexion de", "can change the logon script of"),
    "WriteGPCFileSysPath": Text("peut déplacer les fichiers de la stratégie", "can move the files of the policy"),
    "CreateChild": Text("peut créer des objets dans", "can create objects in"),
    "WriteManagedBy": Text("peut désigner l’administrateur de", "can appoint the administrator of"),
    "ADCSESC1": Text(
        "peut obtenir, par un modèle ESC1, un certificat au nom de",
        "can get, by an ESC1 template, a certificate in the name of",
    ),
    "ADCSESC2": Text(
        "peut obtenir, par un modèle ESC2, un certificat pour devenir",
        "can get, by an ESC2 template, a certificate to become",
    ),
    "ADCSESC3": Text(
        "peut demander, par un modèle ESC3, un certificat au nom de",
        "can request, by an ESC3 template, a certificate in the name of",
    ),
    "ADCSESC4": Text("peut, en modifiant un modèle (ESC4), devenir", "can, by changing a template (ESC4), become"),
    "ADCSESC5": Text("peut, par les objets de la PKI (ESC5), devenir", "can, by the objects of the PKI (ESC5), become"),
    "ADCSESC13": Text(
        "obtient, par un certificat lié à un groupe (ESC13), les droits de",
        "gets, by a certificate tied to a group (ESC13), the rights of",
    ),
    "WritePKITemplate": Text("peut modifier le modèle de certificat", "can change the certificate template"),
    "ReadLAPSPassword": Text(
        "peut lire le mot de passe d’administration (LAPS) de", "can read the administration password (LAPS) of"
    ),
}
KINDS: Final[Mapping[str, Text]] = {
    "user": Text("Compte", "Account"),
    "computer": Text("Machine", "Machine"),
    "group": Text("Groupe", "Group"),
    "gmsa": Text("Compte de service géré", "Managed service account"),
    "smsa": Text("Compte de service géré", "Managed service account"),
    "dmsa": Text("Compte de service délégué", "Delegated service account"),
    "foreign": Text("Identité hors domaine", "Identity from outside"),
    "gpo": Text("Stratégie de groupe", "Group policy"),
    "ou": Text("Unité d’organisation", "Organisational unit"),
    "container": Text("Conteneur", "Container"),
    "domain": Text("Domaine", "Domain"),
    "template": Text("Modèle de certificat", "Certificate template"),
    "enrollment": Text("Autorité de certification", "Certificate authority"),
    "ca": Text("Autorité de certification", "Certificate authority"),
    "site": Text("Site", "Site"),
    IDENTITY: Text("Identité sans objet", "Identity without object"),
}
_OBJECT = Text("Objet de l’annuaire", "Object of the directory")


def right_words(right: str, lang: Lang) -> str:
    """What a right lets its holder do, ending so that the name of the next object follows; its code when unknown."""
    known = RIGHTS.get(right)
    return known.render(lang) if known else right


def kind_words(node: Node, lang: Lang) -> str:
    """What an end of a step is."""
    return KINDS.get(node.kind, _OBJECT).render(lang)


def short_name(node: Node) -> str:
    """A name that fits in a picture: a distinguished name gives way to its first part, that of a domain to its DNS
    name."""
    if node.name != node.dn or not node.dn:
        return node.name
    if node.dn.upper().startswith("DC="):
        return ".".join(part.partition("=")[2] for part in node.dn.split(","))
    return node.dn.split(",")[0].partition("=")[2]
