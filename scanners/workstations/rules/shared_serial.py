"""A serial number that two machines bear identifies neither: after a theft or an attack, which one was it?

Serial numbers that one list gives to several names, or that lists give to machines in use under different names:
a machine renamed without removing its former line, a cloned virtual machine, a motherboard without a number.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import need_column


def check(facts: WorkstationFacts) -> Verdict:
    """The serial numbers that several machines bear."""
    need_column(facts, "serial", "inventory", "edr", "antivirus", "patches")
    return judged(
        len(facts.machines),
        (
            Finding(one.serial, {"list": one.where, "machines": ", ".join(one.machines)})
            for one in facts.background.matching.shared
        ),
    )


RULE = Rule(
    id="workstations.shared_serial",
    title=Text("Numéro de série porté par plusieurs machines", "Serial number that several machines bear"),
    message=Text(
        "Le numéro de série {subject} est porté par {machines} ({list:inventory=dans l’inventaire|edr=dans la console "
        "EDR|antivirus=dans la console antivirus|patches=dans le rapport de correctifs|=d’une liste à l’autre}).",
        "Serial number {subject} is borne by {machines} ({list:inventory=in the inventory|edr=in the EDR console|"
        "antivirus=in the antivirus console|patches=in the patch report|=from one list to another}).",
    ),
    remediation=Text(
        "Machine renommée ou réinstallée : retirez l’ancienne ligne. Deux machines réelles : corrigez le numéro sur "
        "place (étiquette, BIOS) ; machine virtuelle clonée : régénérez son identifiant.",
        "Machine renamed or reinstalled: remove the former line. Two real machines: correct the number on the spot "
        "(label, BIOS); cloned virtual machine: generate its identifier anew.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:PDT-01", "pgssi-s:4.1.4.2"),
    check=check,
    reads=("inventory", "edr", "antivirus", "patches"),
    kind=Kind.COMPUTED,
)
