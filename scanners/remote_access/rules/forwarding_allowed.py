"""With port forwarding a supplier's session reaches any machine the gateway reaches, not only its own equipment.

ANSSI R27 and R28: no redirection unless justified; PGSSI-S 6.1.2.1: the gateway reaches only the planned equipment.
Accepted: `permitopen` limited to named destinations (in sshd, or on every key), or keys that all forbid forwarding.
What keys forbid counts for nothing where a password alone comes in without them. `no-port-forwarding` says nothing of
X11; no option of a key, nor `DisableForwarding`, stops a tunnel that `PermitTunnel` allows. Local sockets
(`AllowStreamLocalForwarding`) lead to what the gateway itself runs.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import Account, AuthorizedKey, RemoteAccessFacts, SshdSettings
from scanners.remote_access.judgement import keys_of, password_is_enough, remote_accounts, settings_of, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts that may redirect flows, from at least one address."""
    accounts = [account for account in remote_accounts(facts) if settings_of(facts, account.name)]
    return judged(
        len(accounts),
        (
            Finding(subject(facts, account.name), {"kinds": ", ".join(kinds), "address": entry.address})
            for account in accounts
            for entry in settings_of(facts, account.name)
            if (kinds := _open(facts, account, entry))
        ),
    )


def _open(facts: RemoteAccessFacts, account: Account, entry: SshdSettings) -> list[str]:
    by_password = account.password != "locked" and password_is_enough(entry, facts)  # noqa: S105 - a state
    keys = () if by_password else keys_of(facts, account)
    kinds = ["tun"] if entry.is_on("permittunnel") else []
    if entry.is_on("disableforwarding"):
        return kinds
    if not (keys and all(key.without_x11 for key in keys)) and entry.is_on("x11forwarding"):
        kinds.insert(0, "X11")
    if keys and all(key.restricted for key in keys):
        return kinds
    if entry.is_on("gatewayports"):
        kinds.append("GatewayPorts")
    if entry.is_on("allowstreamlocalforwarding"):
        kinds.append("StreamLocal")
    anywhere = entry.values.get("permitopen", "any") == "any" and not (keys and all(_planned(key) for key in keys))
    tcp = entry.values.get("allowtcpforwarding", "yes")
    if tcp == "remote" or (anywhere and tcp in {"yes", "all", "local"}):  # the former lets flows in
        kinds.insert(0, "TCP")
    return kinds


def _planned(key: AuthorizedKey) -> bool:
    return key.restricted or key.confined


RULE = Rule(
    id="remote_access.forwarding_allowed",
    title=Text("Redirection de flux permise", "Forwarding allowed"),
    message=Text(
        "{subject} peut faire passer des flux par la passerelle ({kinds}, depuis {address}).",
        "{subject} may have flows go through the gateway ({kinds}, from {address}).",
    ),
    remediation=Text(
        "Fixez « DisableForwarding yes » et « PermitTunnel no », ou limitez par compte avec PermitOpen aux équipements "
        "prévus au contrat et « AllowStreamLocalForwarding no ». Essayez avec le fournisseur avant de généraliser : "
        "certains outils biomédicaux passent par un tunnel.",
        "Set `DisableForwarding yes` and `PermitTunnel no`, or limit each account with PermitOpen to the equipment of "
        "its contract and `AllowStreamLocalForwarding no`. Try it with the supplier first: some biomedical tools go "
        "through a tunnel.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ssh:R27", "anssi-ssh:R28", "anssi-ssh:R5", "pgssi-s:6.1.2.1", "care-rules:TLM-07", "attack:T1572"),
    check=check,
    reads=("accounts", "sshd", "pam", "keys"),
)
