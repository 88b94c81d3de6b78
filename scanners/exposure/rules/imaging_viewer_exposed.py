"""A viewer of medical images on the Internet shows patients' examinations to whoever finds its address or a password.

Viewers and archives recognised by marks of their own pages; whether they ask for a password is to be checked by hand.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.product_marks import Kind
from scanners.exposure.products import among_products
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Web answers that betray a viewer or an archive of medical images."""
    return among_products(facts, Kind.IMAGING, "viewer")


RULE = Rule(
    id="exposure.imaging_viewer_exposed",
    title=Text(
        "Visionneuse d’imagerie médicale accessible",
        "Medical image viewer reachable",
    ),
    message=Text(
        "{subject} montre une visionneuse d’imagerie médicale ({viewer}).",
        "{subject} shows a medical image viewer ({viewer}).",
    ),
    remediation=Text(
        "Vérifiez qu’aucune image ne s’ouvre sans s’identifier, exigez un second facteur, et n’ouvrez aux "
        "correspondants qu’un portail prévu pour cela.",
        "Check that no image opens without identification, require a second factor, and open to correspondents "
        "only a portal made for it.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:13", "attack:T1190", "cwe:284"),
    check=check,
    reads=("hosts", "services", "http"),
)
