"""Without channel binding a login relayed through another TLS connection is accepted by the directory.

PingCastle A-DCLdapsChannelBinding: a login over LDAPS that names no channel is accepted. When one that names a wrong
channel is refused, the setting is 1 (when supported), else 0 (never).
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.transport import Transport, accepted
from scanners.model import Finding, Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """The controller that was audited."""
    transport = facts.transport or Transport()
    failing = accepted(transport.without_token)
    settings = {None: "LdapEnforceChannelBinding ≤ 1", True: "LdapEnforceChannelBinding = 0"}
    setting = settings.get(transport.wrong_token.accepted, "LdapEnforceChannelBinding = 1")
    finding = Finding(facts.naming.controller, {"protocol": "LDAPS", "settings": setting})
    return Verdict(1, (finding,) if failing else ())


RULE = Rule(
    id="ad.ldaps_channel_binding_not_required",
    title=Text(
        "Contrôleur qui n’exige pas la liaison de canal LDAPS",
        "Controller that does not require LDAPS channel binding",
    ),
    message=Text(
        "Le contrôleur {subject} n’exige pas la liaison de canal en LDAPS ({settings}).",
        "The controller {subject} does not require channel binding over LDAPS ({settings}).",
    ),
    remediation=Text(
        "Mettez « 16 LDAP Interface Events » à 2 (HKLM\\SYSTEM\\CurrentControlSet\\Services\\NTDS\\Diagnostics) "
        "et LdapEnforceChannelBinding à 1 (HKLM\\SYSTEM\\CurrentControlSet\\Services\\NTDS\\Parameters, ou la "
        "stratégie “Domain controller: LDAP server channel binding token requirements”), relevez un mois "
        "l’événement 3039 (journal Directory Service), qui nomme les clients (3041 n’en nomme aucun), puis "
        "passez à 2. Les copieurs et applications anciennes qui s’authentifient par NTLM en LDAPS seront "
        "refusés : essayez-les avant. Retour : 0, effet immédiat.",
        "Set “16 LDAP Interface Events” to 2 (HKLM\\SYSTEM\\CurrentControlSet\\Services\\NTDS\\Diagnostics) and "
        "LdapEnforceChannelBinding to 1 (HKLM\\SYSTEM\\CurrentControlSet\\Services\\NTDS\\Parameters, or the "
        "policy “Domain controller: LDAP server channel binding token requirements”), collect event 3039 "
        "(Directory Service log) for a month, which names the clients (3041 names none), then move to 2. Copiers "
        "and old applications that log in by NTLM over LDAPS will be refused: try them before. To go back: 0, at "
        "once.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:A-DCLdapsChannelBinding", "attack:T1557"),
    check=check,
    reads=(),
)
