"""`care seal`: the key that signs, and the chains against their signatures."""

from __future__ import annotations

from pathlib import Path

import click

from care.cli.context import Cli, ExitCode, fail, pass_cli
from care.cli.installation import installation, operator
from care.services import seal
from care.services.books import grouped
from care.services.logbooks.verifying import faults_of_chains
from care.services.trail_export import signed_trail
from scanners.errors import system_reason
from scanners.model import Text

_REPLACED = Text(
    "Une nouvelle clé signera désormais ; l’ancienne restera reconnue. Continuer ?",
    "A new key will sign from now on; the former one will still be believed. Go on?",
)

_UNALTERED = Text("Exercices et mains courantes : rien d’altéré.", "Exercises and logbooks: nothing altered.")


@click.group("seal")
def command() -> None:
    """La clé de scellement et les chaînes signées / the sealing key and the signed chains."""


@command.command("public-key")
@pass_cli
def public_key(cli: Cli) -> None:
    """Montrer la clé publique et son empreinte / show the public key and its fingerprint."""
    with installation(cli, upgrading=True) as platform:
        key_id, pem = platform.signer.key_id, platform.signer.public_pem
    click.echo(pem.decode().strip())
    click.echo(grouped(key_id))
    cli.say(
        "Notez cette empreinte ailleurs que sur cette machine et donnez-la à qui vérifiera vos dossiers scellés.",
        "Write this fingerprint down away from this machine and give it to whoever will verify your sealed books.",
    )


@command.command("rotate")
@click.option("--yes", is_flag=True, help="sans demander / without asking")
@pass_cli
def rotate(cli: Cli, yes: bool) -> None:
    """Remplacer la clé qui signe / replace the key that signs."""
    with installation(cli) as platform:
        former = platform.signer.key_id
        if not yes:
            click.confirm(_REPLACED.render(cli.lang), abort=True)
        seal.rotate(platform, operator(cli))
        key_id, pem = platform.signer.key_id, platform.signer.public_pem
    click.echo(pem.decode().strip())
    click.echo(grouped(key_id))
    cli.say(
        f"L’ancienne clé ({grouped(former)}) reste reconnue. Sauvegardez CARE_SEAL_KEY_FILE et donnez la nouvelle"
        " empreinte à qui vérifie vos dossiers ; le prochain lot envoyé à la région la lui présentera.",
        f"The former key ({grouped(former)}) is still believed. Back up CARE_SEAL_KEY_FILE and give the new"
        " fingerprint to whoever verifies your books; the next bundle sent to the region will present it.",
    )


@command.command("verify")
@pass_cli
def verify(cli: Cli) -> None:
    """Relire toutes les chaînes et leurs signatures / read every chain and its signatures again."""
    faulty = False
    with installation(cli) as platform:
        for report in seal.verify_all(platform):
            title = report.chain.title
            if report.fault is None:
                said = _sound(report)
            else:
                faulty = True
                said = report.fault
            click.echo(f"{title.render(cli.lang)} : {said.render(cli.lang)}")
        altered = faults_of_chains(platform)
    for fault in altered or (_UNALTERED,):
        click.echo(fault.render(cli.lang))
    faulty = faulty or bool(altered)
    if faulty:
        fail(
            Text(
                "Au moins une chaîne est rompue : gardez cette base de côté et comparez avec une sauvegarde.",
                "At least one chain is broken: set this database aside and compare it with a backup.",
            ).render(cli.lang),
            ExitCode.FINDINGS,
        )


@command.command("export-trail")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="fichier à écrire / to write"
)
@pass_cli
def export_trail(cli: Cli, out: Path) -> None:
    """Écrire le journal signé, que verifier.py relit hors ligne / write the signed trail, for verifier.py offline."""
    temporary = out.with_name(f".{out.name}.part")
    with installation(cli) as platform:
        try:
            with temporary.open("xb") as file:
                for piece in signed_trail(platform, operator(cli)):
                    file.write(piece)
            temporary.replace(out)
        except OSError as error:
            reason = system_reason(error)
            cli.stop(
                f"Le journal n’a pas pu être écrit dans {out} ({reason.fr}) ; choisissez un autre emplacement.",
                f"The trail could not be written to {out} ({reason.en}); choose another place.",
            )
        finally:
            temporary.unlink(missing_ok=True)
        key = grouped(platform.signer.key_id)
    cli.say(
        f"Journal signé dans {out}. Empreinte de la clé : {key}",
        f"Signed trail in {out}. Fingerprint of the key: {key}",
    )


def _sound(report: seal.SealReport) -> Text:
    signed = report.signed_at
    if signed is None:
        return Text(
            f"intacte, {report.links} maillons, pas encore signée.", f"sound, {report.links} links, not signed yet."
        )
    return Text(
        f"intacte, {report.links} maillons, signée jusqu’au n° {report.signed_number} le {signed:%Y-%m-%d}.",
        f"sound, {report.links} links, signed up to no. {report.signed_number} on {signed:%Y-%m-%d}.",
    )
