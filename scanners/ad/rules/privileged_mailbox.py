"""An administration account that reads mail opens booby-trapped attachments with its privileges.

PingCastle P-AdminEmailOn: a mail address on a privileged account. The address itself is not kept.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled privileged users."""
    return verdict(facts, facts.privileged & facts.users & facts.enabled, facts.objects.ints("hasMail") > 0)


RULE = Rule(
    id="ad.privileged_mailbox",
    title=Text(
        "Compte privilégié avec une adresse de messagerie",
        "Privileged account with a mail address",
    ),
    message=Text(
        "{subject}, compte privilégié, porte une adresse de messagerie.",
        "{subject}, a privileged account, carries a mail address.",
    ),
    remediation=Text(
        "Donnez à la personne un compte bureautique distinct, à son nom, qui garde la boîte ; désactivez "
        "celle du compte d’administration (Exchange : Disable-Mailbox) ou videz l’adresse si elle n’est "
        "qu’indicative (Set-ADUser COMPTE -Clear mail). Effet : les alertes envoyées à cette adresse se "
        "perdent, changez-les d’abord. Pour revenir : Connect-Mailbox sous 30 jours.",
        "Give the person a separate office account, in their name, that keeps the mailbox; disable that of "
        "the administration account (Exchange: Disable-Mailbox) or empty the address if it is only "
        "informative (Set-ADUser ACCOUNT -Clear mail). Effect: alerts sent to that address are lost, change "
        "them first. To go back: Connect-Mailbox within 30 days.",
    ),
    severity=Severity.LOW,
    refs=refs("pingcastle:P-AdminEmailOn", "attack:T1566"),
    check=check,
    reads=("domain",),
)
