"""`care region`: join a region, send to it, see where it stands, leave it, without the pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from care.cli.context import Cli, pass_cli, read_bytes, read_secret, write_bytes
from care.cli.installation import installation, operator
from care.cli.region_report import report
from care.services.books import grouped
from care.services.federation import joining, letters, links, sending
from care.services.federation.joining import DEFAULT_MONTHS, LinkDraft
from care.services.federation.links import LinkView
from care.services.platform import Platform
from scanners.model import Text

FILE = click.Path(dir_okay=False, path_type=Path)
_NAME = click.option("--name", required=True, help="nom de cette installation / of this installation")
_CODE = click.option("--code-file", type=FILE, help="fichier du code, sinon demandé / of the code, otherwise asked for")
_REGION = click.option("--region", "called", default="", help="son numéro ou son nom / its number or name")
_STATES = {
    "asked": Text("sans réponse", "no answer yet"),
    "to_confirm": Text("empreinte à comparer", "fingerprint to compare"),
    "sending": Text("envoi activé", "sending"),
    "paused": Text("suspendu", "paused"),
    "left": Text("quittée", "left"),
}


@click.group("region")
def command() -> None:
    """Les régions à qui envoyer des indicateurs / the regions that indicators are sent to."""


command.add_command(report)


@command.command("join")
@click.option("--url", required=True, help="https://care.region.fr")
@click.option("--authority", type=FILE, help="autorité de son certificat / of its certificate (PEM, .crt)")
@click.option("--months", default=DEFAULT_MONTHS, show_default=True, help="mois redits / months repeated")
@_NAME
@_CODE
@pass_cli
def join(cli: Cli, url: str, authority: Path | None, months: int, name: str, code_file: Path | None) -> None:
    """Demander l’inscription par le réseau / ask for enrolment over HTTPS."""
    code, scope = _code(cli, code_file), operator(cli)
    draft = LinkDraft(url, read_bytes(cli, authority) if authority else b"", months)
    with installation(cli) as platform:
        joining.checked_words(code, name)  # before anything is kept
        link_id = joining.begin(platform, scope, draft)
        joining.ask(platform, scope, link_id, code, name)
        view = links.open_link(platform, scope, link_id)
    _tell_keys(cli, view)


@command.command("request")
@click.option("--out", type=FILE, required=True, help="demande à porter à la région / request to take to the region")
@click.option("--months", default=DEFAULT_MONTHS, show_default=True, help="mois redits / months repeated")
@_NAME
@_CODE
@pass_cli
def request(cli: Cli, out: Path, months: int, name: str, code_file: Path | None) -> None:
    """Écrire la demande d’inscription dans un fichier / write the enrolment request to a file."""
    code, scope = _code(cli, code_file), operator(cli)
    with installation(cli) as platform:
        joining.checked_words(code, name)  # before anything is kept
        link_id = joining.begin(platform, scope, LinkDraft(months=months))
        content = joining.request(platform, scope, link_id, code, name)
    write_bytes(cli, out, content)
    cli.say(
        f"Demande {link_id} écrite dans {out} : portez-la à la région, puis « care region accept » avec sa réponse.",
        f"Request {link_id} written to {out}: take it to the region, then “care region accept” with its answer.",
    )


@command.command("accept")
@click.argument("answer", type=FILE)
@_REGION
@pass_cli
def accept(cli: Cli, answer: Path, called: str) -> None:
    """Enregistrer la réponse de la région / record the answer of the region."""
    scope = operator(cli)
    with installation(cli) as platform:
        link_id = links.find_link(platform, scope, called)
        joining.accept(platform, scope, link_id, read_bytes(cli, answer))
        view = links.open_link(platform, scope, link_id)
    _tell_keys(cli, view)


@command.command("enable")
@click.option("--fingerprint", required=True, help="empreinte lue par la région / as the region read it out")
@_REGION
@pass_cli
def enable(cli: Cli, fingerprint: str, called: str) -> None:
    """Activer l’envoi, empreinte comparée / enable sending, the fingerprint compared."""
    scope = operator(cli)
    with installation(cli) as platform:
        link_id = links.find_link(platform, scope, called)
        joining.enable(platform, scope, link_id, "".join(filter(str.isalnum, fingerprint)).lower())
    cli.say("Envoi activé.", "Sending enabled.")


@command.command("send")
@_REGION
@pass_cli
def send(cli: Cli, called: str) -> None:
    """Envoyer un lot maintenant / send a bundle now."""
    scope = operator(cli)
    with installation(cli) as platform:
        link_id = links.find_link(platform, scope, called)
        taken = sending.deliver_now(platform, scope, link_id)
        last = links.open_link(platform, scope, link_id).line.last
    told = last.told if last else ""
    number = last.number if last else 0
    if not taken:
        cli.stop(f"Lot n° {number} non reçu : {told}", f"Bundle no. {number} not received: {told}")
    cli.say(f"Lot n° {number} reçu par la région. {told}", f"Bundle no. {number} received by the region. {told}")


@command.command("receipt")
@click.argument("receipt", type=FILE)
@_REGION
@pass_cli
def take_receipt(cli: Cli, receipt: Path, called: str) -> None:
    """Vérifier un accusé de réception / check a receipt."""
    scope = operator(cli)
    with installation(cli) as platform:
        link_id = links.find_link(platform, scope, called)
        sending.take_receipt(platform, scope, link_id, read_bytes(cli, receipt))
    cli.say("Accusé de réception vérifié et enregistré.", "Receipt checked and recorded.")


@command.command("letter")
@click.argument("letter", type=FILE)
@_REGION
@pass_cli
def take_letter(cli: Cli, letter: Path, called: str) -> None:
    """Prendre les alertes et campagnes reçues par fichier / take alerts and campaigns that came as a file."""
    scope = operator(cli)
    with installation(cli) as platform:
        link_id = links.find_link(platform, scope, called)
        taken = letters.take_letter(platform, scope, link_id, read_bytes(cli, letter))
    cli.say(
        f"Nouvelles ou changées : {taken.alerts} alertes, {taken.campaigns} campagnes.",
        f"New or changed: {taken.alerts} alerts, {taken.campaigns} campaigns.",
    )


@command.command("status")
@pass_cli
def status(cli: Cli) -> None:
    """Où en est chaque région / where each region stands."""
    scope = operator(cli)
    with installation(cli) as platform:
        found = links.list_links(platform, scope)
        if not found:
            cli.say(links.NO_REGION.fr, links.NO_REGION.en)
        for line in found:
            click.echo(f"{line.id}  {line.title}  [{_STATES[line.state].render(cli.lang)}]  {line.url}")
            if line.last:
                click.echo(f"   {_last(cli, platform, line.id)}")
            for said in _troubles(cli, links.open_link(platform, scope, line.id)):
                click.echo(f"   {said}")


@command.command("pause")
@_REGION
@pass_cli
def pause(cli: Cli, called: str) -> None:
    """Suspendre l’envoi / pause sending."""
    scope = operator(cli)
    with installation(cli) as platform:
        joining.pause(platform, scope, links.find_link(platform, scope, called))
    cli.say("Envoi suspendu.", "Sending paused.")


@command.command("resume")
@click.option("--number", required=True, type=int, help="dernier numéro pris par la région / last one it took")
@_REGION
@pass_cli
def resume(cli: Cli, number: int, called: str) -> None:
    """Reprendre la numérotation : aucune copie n’envoie / number on: no copy of this installation sends."""
    scope = operator(cli)
    with installation(cli) as platform:
        joining.resume(platform, scope, links.find_link(platform, scope, called), number)
    cli.say("Numérotation reprise.", "Numbering goes on.")


@command.command("leave")
@_REGION
@click.option("--yes", is_flag=True, help="sans demander / without asking")
@pass_cli
def leave(cli: Cli, called: str, yes: bool) -> None:
    """Quitter une région / leave a region."""
    scope = operator(cli)
    with installation(cli) as platform:
        link_id = links.find_link(platform, scope, called)
        if not yes:
            click.confirm(_LEAVING.render(cli.lang), abort=True)
        joining.leave(platform, scope, link_id)
    cli.say("Région quittée. Ce qu’elle a reçu reste chez elle.", "Region left. What it received stays there.")


_LEAVING = Text("Plus rien ne sera envoyé à cette région. Continuer ?", "Nothing will be sent to it. Go on?")


def _code(cli: Cli, path: Path | None) -> str:
    """A code is never an argument: others would read it in the list of processes."""
    if path is not None:
        return read_secret(cli, path)
    return str(click.prompt("Code d’inscription" if cli.lang == "fr" else "Enrolment code", err=True))


def _tell_keys(cli: Cli, view: LinkView) -> None:
    theirs, ours = grouped(view.region_fingerprint), grouped(view.our_fingerprint)
    click.echo(theirs)
    cli.say(
        f"{view.line.title} ({view.line.place_name}) : {len(view.expected)} établissements. Comparez par téléphone son"
        f" empreinte, ci-dessus, et la nôtre : {ours}. Puis « care region enable --region {view.line.id} --fingerprint"
        " … » : rien ne part avant.",
        f"{view.line.title} ({view.line.place_name}): {len(view.expected)} establishments. Compare by telephone its"
        f" fingerprint, above, and ours: {ours}. Then “care region enable --region {view.line.id} --fingerprint …”:"
        " nothing leaves before.",
    )


def _troubles(cli: Cli, view: LinkView) -> Iterator[str]:
    if view.foreign_number is not None:
        number = view.foreign_number
        said = Text(
            f"la région a pris un lot n° {number} qui n’a pas été fait ici : sauvegarde restaurée, ou copie de cette"
            f" installation. Arrêtez la copie, puis « care region resume --number {number} »",
            f"the region took a bundle no. {number} that was not made here: a restored backup, or a copy of this"
            f" installation. Stop the copy, then “care region resume --number {number}”",
        )
        yield said.render(cli.lang)
    if view.unheard_since is not None:
        said = Text(f"alertes non lues : {view.unheard}", f"alerts not read: {view.unheard}")
        yield said.render(cli.lang)


def _last(cli: Cli, platform: Platform, link_id: int) -> str:
    last = links.open_link(platform, operator(cli), link_id).line.last
    if last is None:
        return ""
    when = f"{last.delivered_at:%Y-%m-%d %H:%M} UTC" if last.delivered_at else ""
    return " ".join(filter(None, (f"n° {last.number}", last.state.value, when, last.told)))
