"""`care audit`: collect in a bounded child process, judge, conclude. Needs no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click
from click.core import ParameterSource
from rich.progress import BarColumn, Progress, TextColumn

from care import config
from care.cli.context import Cli, pass_cli, read_secret, read_text
from care.cli.verdict import conclude, verdict_options
from scanners.archive import Archive, read_archive
from scanners.backup.facts import BackupFacts
from scanners.backup.read_plan import read_plan
from scanners.backup.seen import as_asked
from scanners.collection import Cancelled, Limits, collect_in_child
from scanners.exposure.mandate import Mandate, parse_mandate
from scanners.lists.kinds import KINDS_OF, SEVERAL
from scanners.model import Text
from scanners.read_lifecycle import imported_text
from scanners.read_yaml import load_mapping
from scanners.result import judge
from scanners.scratch import run_folder

FILE = click.Path(path_type=Path)
_OF_EVERY_AUDIT = ("facts_out", "time_limit", "json_out", "fail_on")
AUTHENTICATIONS = ("simple", "ntlm", "kerberos")
PROFILES = ("gentle", "standard", "fragile")
DRILL_MODES = ("sample", "named", "whole")
"""These are those of collectors, which only the collecting child loads (a test compares them)."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What every audit is told besides its target: where the results go, how long it may take."""

    facts_out: Path | None
    minutes: float
    json_out: str | None
    fail_on: str


def ending(minutes: float) -> Callable[[Callable[..., NoReturn]], Callable[..., NoReturn]]:
    """The options common to every audit, handed over as one `ending`; `minutes` is the default time limit."""

    def decorate(function: Callable[..., NoReturn]) -> Callable[..., NoReturn]:
        @wraps(function)
        def wrapper(
            *args: object,
            facts_out: Path | None,
            time_limit: float,
            json_out: str | None,
            fail_on: str,
            **options: object,
        ) -> NoReturn:
            function(*args, ending=Ending(facts_out, time_limit, json_out, fail_on), **options)

        kept = "Garder l’archive de faits ici / keep the facts archive here."
        bounded = verdict_options(wrapper)
        bounded = click.option(
            "--time-limit", type=click.FloatRange(min=0.01), default=minutes, show_default=True, metavar="MIN"
        )(bounded)
        return click.option("--facts-out", type=FILE, metavar="F", help=kept)(bounded)

    return decorate


@click.group("audit")
def command() -> None:
    """Auditer une cible avec un scanner / audit a target with one scanner."""


@command.command("ad")
@click.option("--server", default="", metavar="ldaps://HOST[:PORT]")
@click.option("--user", default="", metavar="U", help="UPN, DN ou DOMAINE\\compte.")
@click.option("--password-file", type=FILE, metavar="F")
@click.option("--bloodhound", type=FILE, metavar="ZIP", help="Collecte SharpHound, sans contrôleur / no controller.")
@click.option("--ca", type=FILE, metavar="FILE", help="Autorité de certification (PEM) / certificate authority.")
@click.option(
    "--auth",
    "authentication",
    type=click.Choice(AUTHENTICATIONS),
    default="simple",
    show_default=True,
    help="ntlm, kerberos : chiffrent eux-mêmes ldap:// / encrypt ldap:// by themselves.",
)
@click.option(
    "--pages-per-second", type=click.FloatRange(min=0), default=0, metavar="N", help="0 : sans limite / none."
)
@click.option("--probe", is_flag=True, help="Éprouver les protections du contrôleur / try what it protects.")
@click.option("--hours", default="", metavar="22:00-06:00", help="Seulement à ces heures / at these hours only.")
@click.option(
    "--allow-clear-text", is_flag=True, help="ldap:// sans StartTLS : mot de passe en clair / password in clear text."
)
@click.option("--page-size", type=click.IntRange(10, 5000), default=1000, show_default=True, metavar="N")
@click.option("--sysvol", is_flag=True, help="Lire aussi SYSVOL, en SMB / also read SYSVOL, over SMB.")
@ending(minutes=60)
@pass_cli
def audit_ad(
    cli: Cli,
    /,
    bloodhound: Path | None,
    ca: Path | None,
    password_file: Path | None,
    ending: Ending,
    **fields: str | float | bool,
) -> NoReturn:
    """Active Directory, par LDAP, avec un compte ordinaire / with an ordinary account."""
    if bloodhound:
        if idle := _given_besides("bloodhound", *_OF_EVERY_AUDIT):
            cli.refuse(
                f"--bloodhound lit un fichier, sans contrôleur : retirez {', '.join(idle)}, qui n’aurait aucun effet.",
                f"--bloodhound reads a file, without a controller: remove {', '.join(idle)}, which would do nothing.",
            )
        _run(cli, "ad", {"collection": str(bloodhound.resolve()), **_life_cycles()}, {}, ending)
    if not password_file:
        cli.refuse("Donnez --password-file avec --server et --user.", "Give --password-file with --server and --user.")
    request = {**fields, **_life_cycles(), "ca_pem": read_text(cli, ca) if ca else ""}
    secrets = {"password": read_secret(cli, password_file)}
    _run(cli, "ad", request, secrets, ending)


def _life_cycles() -> dict[str, str]:
    """The ends of support imported on this machine."""
    return {"lifecycle_yaml": imported_text(config.from_environment().data_dir)}


def _given_besides(*names: str) -> list[str]:
    """The options that were written on the command line, besides these."""
    context = click.get_current_context()
    written = [one for one in context.command.params if one.name and one.name not in names]
    return [
        one.opts[0] for one in written if context.get_parameter_source(str(one.name)) is ParameterSource.COMMANDLINE
    ]


@command.command("exposure")
@click.option("--targets", multiple=True, metavar="ADDR|CIDR|NAME")
@click.argument("more_targets", nargs=-1, metavar="[ADDR|CIDR|NAME]...")
@click.option("--targets-file", type=FILE, metavar="F", help="Une cible par ligne / one target a line.")
@click.option("--mandate", type=FILE, required=True, metavar="FILE.yaml")
@click.option("--ports", default="", metavar="SPEC", help="22,80,1000-1100")
@click.option(
    "--profile",
    type=click.Choice(PROFILES),
    default="gentle",
    show_default=True,
    help="gentle : 5 paquets/s par hôte / 5 packets/s a host ; standard : rapide / fast ; "
    "fragile : connexion seule / connects only.",
)
@click.option(
    "--ca", type=FILE, metavar="FILE", help="Autorités de confiance en plus (PEM) / more trusted authorities."
)
@click.option(
    "--domain",
    "domains",
    multiple=True,
    metavar="'DOMAIN [SELECTOR]...'",
    help="Domaine à lire, avec ses sélecteurs DKIM / domain to read, with its DKIM selectors.",
)
@click.option(
    "--names-file", type=FILE, metavar="F", help="Noms connus : CSV, zone, liste / known names: CSV, zone, list."
)
@click.option("--resolver", default="", metavar="ADDR", help="Serveur DNS (vide : celui du système) / DNS server.")
@click.option(
    "--never-write",
    "never_written",
    multiple=True,
    metavar="'ADDR|CIDR|PORTS [PORTS]'",
    help="Se connecter et écouter, sans rien envoyer / connect and listen, send nothing.",
)
@click.option(
    "--ask-controllers",
    "permissions",
    nargs=3,
    multiple=True,
    metavar="modbus|s7|bacnet DAY NAME",
    help="Demander leur nom aux automates, jusqu’à ce jour, permis par / ask controllers who they are.",
)
@ending(minutes=60)
@pass_cli
def audit_exposure(
    cli: Cli,
    /,
    targets: tuple[str, ...],
    more_targets: tuple[str, ...],
    targets_file: Path | None,
    mandate: Path,
    ca: Path | None,
    names_file: Path | None,
    permissions: tuple[tuple[str, str, str], ...],
    ending: Ending,
    **fields: str | tuple[str, ...],
) -> NoReturn:
    """Exposition sur internet, dans les limites d’un mandat / within a mandate."""
    listed = _target_lines(cli, targets_file) if targets_file else []
    asked = [*targets, *more_targets, *listed]
    if not any(target.strip() for target in asked):
        cli.refuse(
            "Aucune cible n’est donnée ; indiquez au moins une adresse, un réseau (CIDR) ou un nom.",
            "No target is given; name at least one address, network (CIDR) or host name.",
        )
    authorised = parse_mandate(_mapping(cli, mandate))
    authorised.check_time(datetime.now(UTC))
    request = {
        **fields,
        "targets": asked,
        "mandate": authorised.to_mapping(),
        "permissions": [{"protocol": what, "until": day, "by": who} for what, day, who in permissions],
        "names_file": read_text(cli, names_file) if names_file else "",
        "vulnerabilities_store": str(config.from_environment().vulnerabilities_file),
        "ca_pem": read_text(cli, ca) if ca else "",
        **_life_cycles(),
    }
    _run(cli, "exposure", request, {}, ending, Window(cli, authorised))


def list_option(scanner: str) -> Callable[[Callable[..., NoReturn]], Callable[..., NoReturn]]:
    """The option `--list KIND=PATH` of an audit that takes lists of other tools."""
    kinds = ", ".join(KINDS_OF[scanner])
    return click.option(
        "--list",
        "lists",
        multiple=True,
        metavar="KIND=PATH",
        help=f"Liste CSV, XLSX ou JSON / CSV, XLSX or JSON list: {kinds}.",
    )


@command.command("remote-access")
@click.option("--bastion", default="", metavar="USER@HOST[:PORT]")
@click.option("--key", type=FILE, metavar="F", help="Clé privée SSH / SSH private key.")
@click.option("--passphrase-file", type=FILE, metavar="F")
@click.option("--known-hosts", type=FILE, metavar="F")
@click.option("--register", "register_file", type=FILE, metavar="CSV")
@list_option("remote_access")
@ending(minutes=10)
@pass_cli
def audit_remote_access(
    cli: Cli,
    bastion: str,
    key: Path | None,
    passphrase_file: Path | None,
    known_hosts: Path | None,
    register_file: Path | None,
    lists: tuple[str, ...],
    ending: Ending,
) -> NoReturn:
    """Accès de télémaintenance : bastion par SSH, registre, ou les deux / bastion over SSH, register, or both."""
    if not (bastion or register_file or lists):
        cli.refuse(
            "Donnez au moins un bastion (--bastion), un registre (--register) ou une liste (--list).",
            "Give at least a bastion (--bastion), a register (--register) or a list (--list).",
        )
    if bastion and not (key and known_hosts):
        cli.refuse(
            "Un bastion demande aussi --key et --known-hosts.", "A bastion needs --key and --known-hosts as well."
        )
    request = {
        "bastion": bastion,
        "known_hosts": read_text(cli, known_hosts) if known_hosts else "",
        **_document(cli, "register", register_file),
        "lists": _lists(cli, "remote_access", lists),
    }
    secrets = {"private_key": read_text(cli, key)} if key else {}
    if passphrase_file:
        secrets["passphrase"] = read_secret(cli, passphrase_file)
    _run(cli, "remote_access", request, secrets, ending)


@command.command("backup")
@click.option("--plan", type=FILE, required=True, metavar="FILE.yaml")
@click.option("--from-ad", type=FILE, metavar="FACTS", help="Archive de faits d’un audit AD / facts of an AD audit.")
@click.option(
    "--before", type=FILE, metavar="FACTS", help="Faits de l’audit précédent / facts of the audit before (sauvegardes)."
)
@click.option("--points-only", is_flag=True, help="Ne lire que les points de restauration / restore points alone.")
@list_option("backup")
@ending(minutes=120)
@pass_cli
def audit_backup(
    cli: Cli,
    plan: Path,
    from_ad: Path | None,
    before: Path | None,
    points_only: bool,
    lists: tuple[str, ...],
    ending: Ending,
) -> NoReturn:
    """Sauvegardes : plan, dépôts, restauration d’un échantillon / plan, repositories, a sampled restore."""
    document, secrets = read_plan(plan)
    directory = str(from_ad.resolve()) if from_ad else ""
    request = {
        "plan": document,
        "plan_name": plan.name,
        "directory_archive": directory,
        "lists": _lists(cli, "backup", lists),
        "list_only": points_only,
        "seen": _seen(cli, before) if before else {},
    }
    _run(cli, "backup", request, secrets, ending)


def _seen(cli: Cli, before: Path) -> dict[str, Any]:
    """What the audit before remembers of each repository."""
    facts = read_archive(before).facts
    if not isinstance(facts, BackupFacts):
        cli.refuse(
            f"{before} ne contient pas les faits d’un audit de sauvegardes ; donnez l’archive écrite par --facts-out.",
            f"{before} does not hold the facts of a backup audit; give the archive written by --facts-out.",
        )
    return as_asked(facts)


@command.command("restore")
@click.option("--plan", type=FILE, required=True, metavar="FILE.yaml", help="Plan de sauvegarde / backup plan.")
@click.option("--repository", required=True, metavar="NAME", help="Dépôt du plan / repository of the plan.")
@click.option("--system", default="", metavar="NAME", help="Système du plan, dont la DMARD est comparée / system.")
@click.option("--host", default="", metavar="NAME", help="Points de cette machine / points of this machine.")
@click.option("--snapshot", default="", metavar="ID", help="Vide : le plus récent / empty: the newest.")
@click.option(
    "--mode",
    type=click.Choice(DRILL_MODES),
    default="sample",
    show_default=True,
    help="sample : fichiers tirés au sort / files drawn ; named : --path ; whole : tout / everything.",
)
@click.option("--path", "paths", multiple=True, metavar="PATH", help="Fichier ou dossier / file or folder.")
@click.option("--files", "sample_files", type=click.IntRange(1, 1000), default=50, show_default=True, metavar="N")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), metavar="N", help="Refaire un tirage / draw again.")
@click.option("--max-mib", type=click.IntRange(min=1), default=1024, show_default=True, metavar="N")
@click.option("--manifest", type=FILE, metavar="F", help="Sortie de sha256sum à la sauvegarde / sha256sum output.")
@click.option("--database", "databases", multiple=True, metavar="PATH", help="Sauvegarde PostgreSQL / dump to load.")
@click.option("--query", default="", metavar="SQL", help="Question à poser aux bases / what to ask databases.")
@click.option("--operator", default="", metavar="NAME")
@click.option("--requester", default="", metavar="NAME")
@ending(minutes=120)
@pass_cli
def audit_restore(
    cli: Cli,
    /,
    plan: Path,
    repository: str,
    max_mib: int,
    manifest: Path | None,
    ending: Ending,
    **fields: str | int | tuple[str, ...] | None,
) -> NoReturn:
    """Essai de restauration, prouvé par empreinte / a restore drill, proved by hash."""
    document, secrets = read_plan(plan)
    wanted = {f"{kind}.{repository}" for kind in ("repository", "access")}
    request = {
        **fields,
        "repository": repository,
        "backup_plan": document,
        "plan_name": plan.name,
        "max_bytes": max_mib << 20,
        "seconds": ending.minutes * 60,
        "manifest": read_text(cli, manifest) if manifest else "",
        "manifest_name": manifest.name if manifest else "",
    }
    _run(cli, "restore", request, {name: value for name, value in secrets.items() if name in wanted}, ending)


@command.command("workstations")
@click.option("--from-ad", type=FILE, metavar="FACTS", help="Archive de faits d’un audit AD / facts of an AD audit.")
@click.option("--inventory", type=FILE, metavar="CSV")
@click.option("--edr", type=FILE, metavar="CSV")
@click.option("--answers", type=FILE, metavar="F.yaml")
@click.option("--settings", type=FILE, metavar="F.yaml", help="Seuils de l’établissement / thresholds.")
@list_option("workstations")
@ending(minutes=30)
@pass_cli
def audit_workstations(
    cli: Cli,
    from_ad: Path | None,
    inventory: Path | None,
    edr: Path | None,
    answers: Path | None,
    settings: Path | None,
    lists: tuple[str, ...],
    ending: Ending,
) -> NoReturn:
    """Postes de travail et détection / workstations and detection."""
    if not any((from_ad, inventory, edr, answers, lists)):
        cli.refuse(
            "Donnez au moins une source : --from-ad, --inventory, --edr, --list ou --answers.",
            "Give at least one source: --from-ad, --inventory, --edr, --list or --answers.",
        )
    request: dict[str, Any] = {
        **_directory(from_ad),
        **_document(cli, "inventory", inventory),
        **_document(cli, "edr", edr),
        "settings": _mapping(cli, settings) if settings else {},
        "lists": _lists(cli, "workstations", lists),
        **_life_cycles(),
    }
    if answers:
        request |= {"answers": _mapping(cli, answers), "answers_name": answers.name}
    _run(cli, "workstations", request, {}, ending)


@dataclass
class Window:
    """The hours of a mandate, looked at all along: an audit ends with them, as on the platform."""

    cli: Cli
    mandate: Mandate
    closed: bool = False

    def over(self) -> bool:
        """Whether the mandate no longer allows the audit; once it does not, for good."""
        self.closed = self.closed or not self.mandate.allows(datetime.now(UTC))
        return self.closed

    def stopped_before_anything(self) -> NoReturn:
        """Nothing was seen yet."""
        self.cli.stop(
            f"Le mandat « {self.mandate.reference} » n’autorise plus l’audit à cette heure : arrêté avant d’avoir rien "
            "vu, rien n’est gardé. Relancez-le dans ses heures.",
            f"The mandate “{self.mandate.reference}” no longer allows the audit at this hour: stopped before anything "
            "was seen, nothing is kept. Run it again within its hours.",
        )

    def say_partial(self) -> None:
        """What was seen is shown, and is only a part."""
        self.cli.say(
            f"Arrêté à la fin des heures du mandat « {self.mandate.reference} » : le résultat est partiel et ne ferme "
            "rien. Relancez l’audit dans ses heures.",
            f"Stopped at the end of the hours of the mandate “{self.mandate.reference}”: the result is partial and "
            "closes nothing. Run the audit again within its hours.",
        )


def _run(
    cli: Cli,
    scanner: str,
    request: Mapping[str, Any],
    secrets: Mapping[str, str],
    ending: Ending,
    window: Window | None = None,
) -> NoReturn:
    with run_folder() as scratch:
        out = ending.facts_out.absolute() if ending.facts_out else scratch / f"{scanner}.care"
        limits = Limits(seconds=ending.minutes * 60)
        try:
            archive = _collect(cli, scanner, request, secrets, out, limits, window.over if window else _never)
        except Cancelled:
            assert window is not None  # noqa: S101 - nothing else cancels
            window.stopped_before_anything()
        result = judge(archive)
    if window is not None and window.closed and not result.complete:
        window.say_partial()
    conclude(cli, result, ending.json_out, ending.fail_on)


def _never() -> bool:
    return False


def _collect(
    cli: Cli,
    scanner: str,
    request: Mapping[str, Any],
    secrets: Mapping[str, str],
    out: Path,
    limits: Limits,
    stopped: Callable[[], bool],
) -> Archive[Any]:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, console=cli.console, transient=True, disable=not cli.console.is_terminal) as bar:
        task = bar.add_task(scanner, total=1.0)

        def show(share: float, text: Text) -> None:
            bar.update(task, completed=share, description=text.render(cli.lang))

        return collect_in_child(scanner, request, secrets, out, limits, show, stopped=stopped)


def _directory(archive: Path | None) -> dict[str, str]:
    return {"directory_archive": str(archive.resolve())} if archive else {}


def _document(cli: Cli, kind: str, path: Path | None) -> dict[str, str]:
    """The content of an optional CSV file and its name, as the request of a scanner calls them."""
    if path is None:
        return {}
    content = read_text(cli, path)
    if not content.strip():
        cli.stop(
            f"Le fichier {path} est vide ; refaites l’export, puis relancez.",
            f"The file {path} is empty; export it again, then run again.",
        )
    return {f"{kind}_csv": content, f"{kind}_name": path.name}


def _lists(cli: Cli, scanner: str, given: tuple[str, ...]) -> list[dict[str, str]]:
    """The lists given as `KIND=PATH`, as a request names them, of today at the latest: each kind once, but for those
    that several tools write."""
    kinds = KINDS_OF[scanner]
    listed: dict[tuple[str, str], dict[str, str]] = {}
    for one in given:
        kind, equals, path = one.partition("=")
        place = Path(path)
        key = (kind, str(place.resolve()) if kind in SEVERAL else "")
        if not equals or not path or kind not in kinds or key in listed:
            known = ", ".join(kinds)
            cli.refuse(
                f"--list {one} : écrivez SORTE=FICHIER, chaque sorte une fois, parmi {known}.",
                f"--list {one}: write KIND=FILE, each kind once, among {known}.",
            )
        today = datetime.now(UTC).date().isoformat()
        listed[key] = {"kind": kind, "name": place.name, "path": str(place.resolve()), "brought_on": today}
    return list(listed.values())


def _target_lines(cli: Cli, path: Path) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in read_text(cli, path).splitlines())
    return [line for line in lines if line]


def _mapping(cli: Cli, path: Path) -> dict[str, Any]:
    return load_mapping(read_text(cli, path), str(path))
