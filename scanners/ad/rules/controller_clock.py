"""Beyond five minutes Kerberos refuses every ticket, and the logs of an attack cannot be put in order.

Five minutes: default of « Maximum tolerance for computer clock synchronization », the policy of Kerberos. The clock of
the controller is compared with that of CaRE: one of the two is wrong, the cure begins with finding out which.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.model import Finding, NotAssessable, Rule, Severity, Text, Verdict, refs

TOLERATED_SECONDS = 300


def check(facts: DirectoryFacts) -> Verdict:
    """The controller that was audited."""
    if facts.clock_ahead is None:
        raise NotAssessable(
            "L’heure du contrôleur n’a pas été relevée : il ne la dit pas, ou ces faits viennent d’une collecte "
            "apportée ou d’une version antérieure ; lancez l’audit LDAP.",
            "The time of the controller was not read: it does not tell it, or these facts come from a collection "
            "brought or from a former version; run the LDAP audit.",
        )
    minutes = round(facts.clock_ahead / 60)
    finding = Finding(facts.naming.controller, {"minutes": abs(minutes), "ahead": minutes > 0})
    return Verdict(1, (finding,) if abs(facts.clock_ahead) > TOLERATED_SECONDS else ())


RULE = Rule(
    id="ad.controller_clock",
    title=Text(
        "Horloge du contrôleur et celle de CaRE à plus de 5 minutes",
        "Clock of the controller and that of CaRE more than 5 minutes apart",
    ),
    message=Text(
        "L’horloge du contrôleur {subject} et celle de CaRE diffèrent de {minutes} min : au-delà de 5, Kerberos refuse "
        "les connexions.",
        "The clock of the controller {subject} and that of CaRE differ by {minutes} min: beyond 5, Kerberos refuses "
        "logins.",
    ),
    remediation=Text(
        "Cherchez d’abord laquelle est fausse : w32tm /stripchart /computer:<source NTP> /samples:3 /dataonly sur le "
        "contrôleur, timedatectl sur la machine de CaRE. Contrôleur : sur l’émulateur PDC (netdom query fsmo), w32tm "
        "/config /manualpeerlist:<source NTP> /syncfromflags:manual /reliable:yes /update, puis w32tm /resync "
        "/rediscover ; sur les autres, w32tm /config /syncfromflags:domhier /update, puis w32tm /resync. Machine "
        "virtuelle : coupez la mise à l’heure par l’hyperviseur. Effet : les tickets et les tâches planifiées sautent "
        "de l’écart ; hors des heures de soins s’il dépasse une heure. Retour : notez w32tm /dumpreg "
        "/subkey:Parameters avant, remettez ces valeurs.",
        "First find out which one is wrong: w32tm /stripchart /computer:<NTP source> /samples:3 /dataonly on the "
        "controller, timedatectl on the machine of CaRE. Controller: on the PDC emulator (netdom query fsmo), w32tm "
        "/config /manualpeerlist:<NTP source> /syncfromflags:manual /reliable:yes /update, then w32tm /resync "
        "/rediscover; on the others, w32tm /config /syncfromflags:domhier /update, then w32tm /resync. Virtual "
        "machine: turn off the setting of time by the hypervisor. Effect: tickets and scheduled tasks jump by the gap; "
        "outside care hours when it exceeds one hour. To go back: note w32tm /dumpreg /subkey:Parameters before, put "
        "these values back.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:DET-03", "pgssi-s:7.2.2.3"),
    check=check,
    reads=(),
)
