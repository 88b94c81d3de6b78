"""`nullok` lets in without any code whoever has not registered a second factor: the factor is optional.

Read in the PAM stack of sshd; the option exists in pam_google_authenticator and pam_u2f, among others.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import second_factor_modules, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """PAM modules of a second factor that do not insist."""
    modules = second_factor_modules(facts)
    return judged(
        len(modules),
        (
            Finding(subject(facts, f"pam/{module}"), {"module": module})
            for module, arguments in modules
            if "nullok" in arguments
        ),
    )


RULE = Rule(
    id="remote_access.second_factor_optional",
    title=Text("Second facteur facultatif", "Optional second factor"),
    message=Text(
        "{subject} laisse entrer sans code les comptes qui n’ont pas enregistré de second facteur (nullok).",
        "{subject} lets in without a code the accounts that have registered no second factor (nullok).",
    ),
    remediation=Text(
        "Faites enregistrer un second facteur à chaque compte, puis retirez « nullok » de la ligne PAM, une session "
        "d’administration restant ouverte.",
        "Have every account register a second factor, then remove `nullok` from the PAM line, keeping an "
        "administration session open.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ssh:R17", "care-rules:TLM-12"),
    check=check,
    reads=("pam",),
)
