"""A scanner of two lines for the kernel's own tests."""

from collections.abc import Callable
from dataclasses import dataclass

from scanners.model import Gap, Rule, Severity, Text, Verdict, refs

UNREAD = Text("Les comptes n’ont pas été lus.", "The accounts were not read.")


@dataclass(frozen=True)
class Facts:
    accounts: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()


def rule(check: Callable[[Facts], Verdict], name: str = "sample", whole: bool = False) -> Rule[Facts]:
    return Rule(
        f"ad.{name}",
        Text("Titre", "Title"),
        Text("{subject} est faible.", "{subject} is weak."),
        Text("Corrigez.", "Fix it."),
        Severity.HIGH,
        refs("anssi-ad:vuln_krbtgt@2"),
        check,
        ("accounts",),
        whole=whole,
    )
