"""The demonstration: a hospital lab on loopback, audited by a running platform as ordinary jobs.

Running it again audits again: the hospital, its accounts and its targets are found as they were left.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from io import BytesIO
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table

from care.config import load
from care.domain.access import Level, Place, Role, machine_scope
from care.services.audits import start_campaign
from care.services.backups.taking_over import take_plan
from care.services.campaign_report import campaign_pdf
from care.services.continuity_check import ask_check
from care.services.continuity_sample import load_sample, may_load
from care.services.evidence import Upload
from care.services.jobs import watch
from care.services.mandates import MandateDraft, add_mandate
from care.services.platform import Platform
from care.services.registry import (
    EstablishmentDraft,
    GhtDraft,
    LegalEntityDraft,
    create_establishment,
    create_ght,
    create_legal_entity,
    list_establishments,
    list_regions,
)
from care.services.runs import CampaignView, RunLine, open_campaign
from care.services.scanning import BACKUP_SCANNER, INVENTORY
from care.services.setup import prepare_database
from care.services.targets import TargetDraft, TargetView, add_target, change_target, list_targets
from care.wiring import build_platform
from scanners.errors import SaidError
from scanners.read_yaml import load_mapping
from tools.served import (
    ROOT,
    START_SECONDS,
    DemoError,
    Person,
    Where,
    asked_place,
    open_accounts,
    refuse_taken_port,
    served,
)

SCOPE = machine_scope("demo", "fr")
REGION, GHT, HOSPITAL = "Bretagne", "GHT de démonstration Armor", "Centre hospitalier de Kerlann (démonstration)"
FINESS_EJ, FINESS_ET = "990000010", "990000028"
AUDIT_SECONDS = 1800.0
SCANNERS = {
    "exposure": "Exposition sur Internet",
    "ad": "Active Directory",
    "remote_access": "Télémaintenance",
    "workstations": "Postes et détection",
    "backup": "Sauvegardes",
    "restore": "Essais de restauration",
    "continuity": "Continuité et reprise",
}
console = Console(highlight=False)


def main() -> int:
    """Exit code 0 when every audit was recorded and no rule broke, else 1; 3 when it could not run."""
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell starts background commands deaf to SIGINT
        signal.signal(number, _interrupted)
    place = asked_place("demo", 8000)
    try:
        with ExitStack() as stack:
            return _demonstrate(place, stack)
    except SaidError as error:
        print(error.text.fr, file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        console.print("\nArrêt : plateforme et laboratoire sont éteints.")
        return 0


def _interrupted(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _demonstrate(place: Where, stack: ExitStack) -> int:
    place.folder.mkdir(parents=True, exist_ok=True)
    refuse_taken_port(place.port)
    console.print("Laboratoire : annuaire, services exposés, bastion, dépôts de sauvegarde…")
    lab = stack.enter_context(_lab(place))
    environment = {**place.environment, "CARE_REPOSITORY_ROOTS": str(place.folder / "lab")}
    platform = build_platform(load(environment, ROOT))
    prepare_database(platform)
    establishment_id = _hospital(platform)
    accounts = _accounts(platform, establishment_id, place.folder / "comptes.json")
    _targets(platform, establishment_id, lab)
    _continuity(platform, establishment_id)
    stack.enter_context(served(place, environment))
    console.print(f"Plateforme démarrée sur [bold]{place.url}[/bold]. Audits…")
    campaign = _audit(platform, establishment_id)
    _check_continuity(platform, establishment_id)
    report = place.folder / "rapport-audit.pdf"
    report.write_bytes(campaign_pdf(platform, SCOPE, campaign.id))
    ok = _summary(campaign, place, report, accounts)
    if os.environ.get("DEMO_EXIT") != "1":
        console.print("La plateforme reste ouverte ; Ctrl-C pour tout éteindre.")
        signal.pause()
    return 0 if ok else 1


@contextmanager
def _lab(place: Where) -> Iterator[dict[str, Any]]:
    folder = place.folder / "lab"
    command = [sys.executable, "-m", "tests.lab"]
    if (folder / "lab.json").exists():  # left by a demonstration that was killed
        subprocess.run([*command, "stop", "--dir", str(folder)], cwd=ROOT, check=False)
    try:
        start = [*command, "start", "--dir", str(folder), "--octet", os.environ.get("DEMO_OCTET") or "77"]
        if subprocess.run(start, cwd=ROOT, check=False).returncode:
            raise DemoError("Le laboratoire n’a pas démarré (voir ci-dessus).", "The lab did not start (see above).")
        yield json.loads((folder / "lab.json").read_text())
    finally:
        subprocess.run([*command, "stop", "--dir", str(folder)], cwd=ROOT, check=False)


def _hospital(platform: Platform) -> int:
    for establishment in list_establishments(platform, SCOPE):
        if establishment.finess == FINESS_ET:
            return establishment.id
    region = next(region for region in list_regions(platform, SCOPE) if region.name == REGION)
    ght = create_ght(platform, SCOPE, GhtDraft(GHT, region.id))
    entity = create_legal_entity(
        platform, SCOPE, LegalEntityDraft(FINESS_EJ, "CH de Kerlann (démonstration)", region.id, ght.id, True)
    )
    draft = EstablishmentDraft(FINESS_ET, HOSPITAL, entity.id, region.id, "Centre hospitalier", "Kerlann")
    return create_establishment(platform, SCOPE, draft).id


def _accounts(platform: Platform, establishment_id: int, path: Path) -> dict[str, str]:
    here = Place(Level.ESTABLISHMENT, establishment_id)
    return open_accounts(
        platform,
        path,
        (
            Person("admin", "Administrateur de démonstration"),
            Person("rssi", "Anaïs Le Goff, RSSI", Role.CISO, here),
            Person("direction", "Hervé Morvan, directeur", Role.DIRECTION, here),
        ),
    )


def _continuity(platform: Platform, establishment_id: int) -> None:
    """The sample hospital of the kits, once: its continuity is fictitious, like the rest of the demonstration."""
    if may_load(platform, SCOPE, establishment_id):
        load_sample(platform, SCOPE, establishment_id)


def _targets(platform: Platform, establishment_id: int, lab: dict[str, Any]) -> None:
    """The five targets of the lab, added once; its keys change from one start to the next, so they are written anew."""
    known = {target.scanner: target for target in list_targets(platform, SCOPE, establishment_id)}
    for draft in _drafts(platform, establishment_id, lab, known):
        if draft.scanner not in known:
            number = add_target(platform, SCOPE, establishment_id, draft)
            if draft.scanner == BACKUP_SCANNER:
                take_plan(platform, SCOPE, establishment_id, number, version=1)
        else:
            target = known[draft.scanner]
            change_target(platform, SCOPE, target.id, draft, target.version)


def _drafts(
    platform: Platform, establishment_id: int, lab: dict[str, Any], known: dict[str, TargetView]
) -> Iterator[TargetDraft]:
    ad, exposure, bastion, backup, stations = (
        lab[part] for part in ("ad", "exposure", "bastion", "backup", "workstations")
    )
    auditor = ad["accounts"]["auditor"]
    request: dict[str, Any] = {"server": ad["server"], "user": auditor["user"], "ca_pem": _text(ad["ca"])}
    yield TargetDraft("ad", "Annuaire HOPITAL", request, {"password": auditor["password"]})
    mandate_id = known["exposure"].mandate_id if "exposure" in known else _mandate(platform, establishment_id, exposure)
    request = {"targets": exposure["targets"], "profile": "standard"}
    yield TargetDraft("exposure", "Services exposés du laboratoire", request, mandate_id=mandate_id)
    request = {
        "bastion": bastion["bastion"],
        "known_hosts": _text(bastion["known_hosts"]),
        "register_csv": _text(bastion["register"]),
    }
    yield TargetDraft("remote_access", "Bastion de télémaintenance", request, {"private_key": _text(bastion["key"])})
    plan = load_mapping(_text(backup["plan"]), "plan.yaml")
    passwords = {f"repository.{one['name']}": backup["password"] for one in plan["repositories"]}
    for repository in plan["repositories"]:
        repository.pop("password_file", None)
    read = known.get("backup")
    kept = dict(read.request) if read is not None and read.request.get(INVENTORY) else {"plan": plan}
    yield TargetDraft("backup", "Plan de sauvegarde", kept, passwords)
    request = {
        "inventory_csv": _text(stations["inventory"]),
        "edr_csv": _text(stations["edr"]),
        "answers": load_mapping(_text(stations["answers"]), "answers.yaml"),
    }
    yield TargetDraft("workstations", "Parc et détection", request)


def _mandate(platform: Platform, establishment_id: int, exposure: dict[str, Any]) -> int:
    written = load_mapping(_text(exposure["mandate"]), "mandate.yaml")
    draft = MandateDraft(
        authorised_by=written["authorised_by"],
        role=written["role"],
        reference=written["reference"],
        scope=tuple(written["scope"]),
        excluded=tuple(written["excluded"]),
        valid_from=date.fromisoformat(written["valid_from"]),
        valid_to=date.fromisoformat(written["valid_to"]),
        document=Upload("mandat-de-demonstration.txt", BytesIO(_text(exposure["mandate"]).encode())),
    )
    return add_mandate(platform, SCOPE, establishment_id, draft)


def _text(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def _audit(platform: Platform, establishment_id: int) -> CampaignView:
    """Ask for the five audits as a person would, and show the jobs until the last has ended."""
    started = start_campaign(platform, SCOPE, establishment_id, "Démonstration")
    for reason in started.refused.values():
        console.print(f"  refusé : {reason}", markup=False)
    deadline = time.monotonic() + AUDIT_SECONDS
    columns = (TextColumn("  {task.description:<24}"), BarColumn(), TextColumn("{task.fields[said]}", markup=False))
    with Progress(*columns, console=console) as bars:
        shown: dict[int, TaskID] = {}
        while True:
            campaign = open_campaign(platform, SCOPE, started.campaign_id)
            for run in campaign.runs:
                if run.id not in shown:
                    shown[run.id] = bars.add_task(SCANNERS[run.scanner], total=1.0, said="")
                _show(platform, bars, shown[run.id], run)
            if campaign.over:
                return campaign
            if time.monotonic() > deadline:
                minutes = AUDIT_SECONDS / 60
                raise DemoError(
                    f"Les audits n’ont pas fini en {minutes:.0f} min ; voyez les tâches sur la plateforme.",
                    f"The audits did not end within {minutes:.0f} min; see the jobs on the platform.",
                )
            time.sleep(0.3)


def _check_continuity(platform: Platform, establishment_id: int) -> None:
    """Ask for the first consistency check, which makes its target; later demonstrations audit it with the others."""
    if any(target.scanner == "continuity" for target in list_targets(platform, SCOPE, establishment_id)):
        return
    started = ask_check(platform, SCOPE, establishment_id)
    deadline = time.monotonic() + START_SECONDS
    while started is not None and not watch(platform, SCOPE, started.job_id).state.over:
        if time.monotonic() > deadline:
            raise DemoError(
                f"Le contrôle de continuité n’a pas fini en {START_SECONDS:.0f} s ; voyez les tâches.",
                f"The continuity check did not end within {START_SECONDS:.0f} s; see the jobs on the platform.",
            )
        time.sleep(0.3)


def _show(platform: Platform, bars: Progress, task: TaskID, run: RunLine) -> None:
    if run.job_id is None:
        return
    job = watch(platform, SCOPE, run.job_id)
    said = run.error or (job.events[-1].text if job.events else "")
    bars.update(task, completed=job.share, said=said[:70])


def _summary(campaign: CampaignView, where: Where, report: Path, accounts: dict[str, str]) -> bool:
    table = Table("Audit", "conformes", "en échec", "non évaluables", "erreurs", "constats", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for run in campaign.runs:
        counts = run.counts
        if counts is None:
            table.add_row(SCANNERS[run.scanner], "—", "—", "—", "—", run.error)
            continue
        seen = counts.new + counts.still + counts.back
        numbers = (counts.passed, counts.failed, counts.not_assessable, counts.error, seen)
        table.add_row(SCANNERS[run.scanner], *map(str, numbers))
    console.print()
    console.print(table)
    console.print(f"\nRapport : {report}", markup=False, soft_wrap=True)
    console.print(f"Plateforme : {where.url}", markup=False)
    for login, password in accounts.items():
        console.print(f"  {login:<10} {password}", markup=False)
    return all(run.counts is not None and run.counts.error == 0 and run.complete for run in campaign.runs)


if __name__ == "__main__":
    sys.exit(main())
