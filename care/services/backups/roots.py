"""Where repositories on this machine may lie: on a shared platform, whoever manages a target must not have it read any
folder of the server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from care.services.errors import Refused
from care.services.platform import Platform
from care.services.scanning import BACKUP_PLAN
from scanners.model import Text

_PLANS = ("plan", BACKUP_PLAN)
"""The fields of a request that hold a plan: audits of backups, restore drills."""


def outside(platform: Platform, location: str) -> Text | None:
    """What to say of a local folder that is under none of CARE_REPOSITORY_ROOTS, links followed; None when it may be
    read, as any may while nobody set them."""
    roots = platform.settings.repository_roots
    if not roots or not location:
        return None
    real = Path(location).resolve()
    if any(real.is_relative_to(root.resolve()) for root in roots):
        return None
    shown = ", ".join(str(root) for root in roots)
    return Text(
        f"Sur cette plateforme, un dépôt local se lit sous {shown} seulement : montez-le là, ou demandez à "
        "l’administrateur d’ajouter son dossier à CARE_REPOSITORY_ROOTS.",
        f"On this platform a local repository is read under {shown} only: mount it there, or ask the administrator to "
        "add its folder to CARE_REPOSITORY_ROOTS.",
    )


def check_roots(platform: Platform, request: Mapping[str, Any]) -> None:
    """Refused when an audit or a drill would read a repository elsewhere: its folder may have become a link since."""
    for name, location in _local(request):
        said = outside(platform, location)
        if said is not None:
            raise Refused(Text(f"Dépôt « {name} » : {said.fr}", f"Repository “{name}”: {said.en}"))


def _local(request: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for field in _PLANS:
        plan = request.get(field)
        listed = plan.get("repositories") if isinstance(plan, Mapping) else None
        for one in listed if isinstance(listed, list | tuple) else ():
            if isinstance(one, Mapping):
                yield str(one.get("name", "")), str(one.get("location") or "")
