"""`care instance`: the whole installation saved, verified and put back."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import click

from care import config
from care.cli.context import Cli, ExitCode, fail, pass_cli, read_secret
from care.cli.installation import installation, operator
from care.config import Settings
from care.services.instance.backing import Order, back_up
from care.services.instance.envelope import Identity, Passphrase, Recipient
from care.services.instance.examining import Examined, verify
from care.services.instance.manifest import day
from care.services.instance.restoring import finish_cut_restore, restore
from care.wiring import build_platform
from scanners.model import Text

_SECRET = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
_PASSPHRASE = click.option(
    "--passphrase-file",
    type=_SECRET,
    help="phrase de passe : 1re ligne du fichier, « - » pour l’entrée standard / passphrase: first line, - for stdin",
)
_IDENTITY = click.option(
    "--identity-file",
    type=_SECRET,
    help="clé privée age, de ce que --recipient a fermé / private age key, of what --recipient closed",
)
_RESTORE = Text(
    "L’installation actuelle sera remplacée (gardée sous des noms en « .before-restore »). Continuer ?",
    "The present installation will be replaced (kept under names in “.before-restore”). Go on?",
)


@click.group("instance")
def command() -> None:
    """L’installation entière : sauvegarder, vérifier, restaurer / the whole installation: back up, verify, restore."""


@command.command("backup")
@click.argument("folder", type=click.Path(file_okay=False, exists=True, path_type=Path), metavar="DEST")
@_PASSPHRASE
@click.option("--recipient", default="", help="clé publique age (age1…) / public age key")
@click.option("--keep", type=click.IntRange(1, 10_000), help="sauvegardes gardées dans DEST / backups kept in DEST")
@pass_cli
def backup(cli: Cli, folder: Path, passphrase_file: Path | None, recipient: str, keep: int | None) -> None:
    """Écrire une sauvegarde chiffrée et relue dans DEST / write an encrypted backup in DEST, read again whole."""
    if (passphrase_file is None) == (not recipient):
        cli.refuse(
            "Donnez --passphrase-file ou --recipient, l’un des deux.",
            "Give --passphrase-file or --recipient, one of them.",
        )
    lock = Recipient(recipient) if passphrase_file is None else Passphrase(_secret(cli, passphrase_file))
    with installation(cli) as platform:
        made = back_up(platform, operator(cli), Order(folder.absolute(), lock, keep))
    manifest = made.examined.manifest
    mebibytes = f"{made.size / 2**20:.1f}"
    cli.say(
        f"Sauvegarde écrite et relue : {made.path} ({mebibytes.replace('.', ',')} Mio,"
        f" {len(manifest.members)} fichiers, {made.examined.rows} lignes ; {len(made.removed)} anciennes effacées).",
        f"Backup written and read again: {made.path} ({mebibytes} MiB, {len(manifest.members)} files,"
        f" {made.examined.rows} rows; {len(made.removed)} older ones erased).",
    )
    _tell_faults(cli, made.examined)


@command.command("verify")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_PASSPHRASE
@_IDENTITY
@pass_cli
def verify_file(cli: Cli, file: Path, passphrase_file: Path | None, identity_file: Path | None) -> None:
    """Relire une sauvegarde entière, sans rien changer / read a whole backup, change nothing."""
    key = _key(cli, passphrase_file, identity_file)
    with tempfile.TemporaryDirectory(prefix="care-verify-") as name:
        platform = build_platform(_elsewhere(config.from_environment(), Path(name) / "own"))
        try:
            folder = Path(name) / "unpacked"
            folder.mkdir(mode=0o700)
            examined = verify(platform, file, key, folder)
        finally:
            platform.database.close()
    manifest = examined.manifest
    cli.say(
        f"Sauvegarde intacte, du {day(manifest.made_at)} : CaRE {manifest.version}, révision {manifest.revision},"
        f" {len(manifest.members)} fichiers, {examined.rows} lignes.",
        f"Sound backup of {day(manifest.made_at)}: CaRE {manifest.version}, revision {manifest.revision},"
        f" {len(manifest.members)} files, {examined.rows} rows.",
    )
    _tell_faults(cli, examined)


@command.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_PASSPHRASE
@_IDENTITY
@click.option("--yes", is_flag=True, help="sans demander / without asking")
@pass_cli
def restore_file(cli: Cli, file: Path, passphrase_file: Path | None, identity_file: Path | None, yes: bool) -> None:
    """Remettre l’installation comme une sauvegarde la tient / put the installation back as a backup holds it."""
    if not yes:
        click.confirm(_RESTORE.render(cli.lang), abort=True)
    key = _key(cli, passphrase_file, identity_file)
    settings = config.from_environment()
    finish_cut_restore(settings)
    platform = build_platform(settings)
    try:
        done = restore(platform, operator(cli), file.absolute(), key)
    finally:
        platform.database.close()
    made = done.examined.manifest
    kept = ", ".join(map(str, done.former)) or "–"
    cli.say(
        f"Installation remise à son état du {day(made.made_at)}. L’ancien état est gardé : {kept}. Effacez-le une fois"
        " sûr. Chacun se reconnecte ; les messages en attente sont à confirmer dans la boîte d’envoi.",
        f"Installation put back as of {day(made.made_at)}. The former state is kept: {kept}. Erase it once sure."
        " Everyone signs in again; waiting messages are to be confirmed in the outbox.",
    )
    _tell_faults(cli, done.examined)


def _tell_faults(cli: Cli, examined: Examined) -> None:
    """What the installation had already when it was saved: the backup is whole, exit code 1 all the same."""
    missing = examined.manifest.missing
    said = [fault.render(cli.lang) for fault in examined.faults]
    if missing:
        lost = Text(
            f"{len(missing)} fichiers de preuve manquaient ou étaient abîmés, dont {missing[0][:12]}…",
            f"{len(missing)} files of evidence were missing or damaged, among them {missing[0][:12]}…",
        )
        said.append(lost.render(cli.lang))
    if said:
        fail("\n".join(said), ExitCode.FINDINGS)


def _key(cli: Cli, passphrase_file: Path | None, identity_file: Path | None) -> Passphrase | Identity:
    if (passphrase_file is None) == (identity_file is None):
        cli.refuse(
            "Donnez --passphrase-file ou --identity-file, l’un des deux.",
            "Give --passphrase-file or --identity-file, one of them.",
        )
    if passphrase_file is not None:
        return Passphrase(_secret(cli, passphrase_file))
    return Identity(_identity_line(cli, identity_file or Path("-")))


def _secret(cli: Cli, path: Path) -> str:
    """A secret from a file or from standard input: never from the command line, which every account may read."""
    if str(path) != "-":
        return read_secret(cli, path)
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        cli.refuse("Rien n’est venu de l’entrée standard.", "Nothing came from standard input.")
    return line


def _identity_line(cli: Cli, path: Path) -> str:
    """The key of a file of `age-keygen`, which begins with comments."""
    if str(path) == "-":
        return _secret(cli, path)
    lines = [line for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    return lines[0] if lines else read_secret(cli, path)


def _elsewhere(settings: Settings, folder: Path) -> Settings:
    """Settings under which nothing of this installation is touched, nor needed: a backup is verified anywhere."""
    return replace(
        settings,
        data_dir=folder,
        database_url=f"sqlite:///{folder / 'care.sqlite3'}",
        secret_key_file=folder / "secret.key",
        seal_key_file=folder / "seal.key",
        evidence_dir=folder / "evidence",
    )
