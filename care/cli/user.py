"""`care user`: accounts, from the machine that holds the data folder."""

from __future__ import annotations

import secrets
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from care.cli.context import Cli, pass_cli, read_secret, write_json
from care.cli.installation import installation, operator
from care.domain.access import PLATFORM, Grant, Level, Place, Role
from care.services import accounts, second_factors
from care.services.accounts import AccountDraft, AccountView
from care.services.places import find_place
from care.services.platform import Platform

# 18 random bytes are 24 signs: far beyond any guess.
_PASSWORD_BYTES = 18
_PLACES = {
    "establishment": Level.ESTABLISHMENT,
    "legal_entity": Level.LEGAL_ENTITY,
    "ght": Level.GHT,
    "region": Level.REGION,
}


@click.group("user")
def command() -> None:
    """Les comptes / the accounts."""


@command.command("add")
@click.option("--login", required=True, help="Identifiant / login.")
@click.option("--name", default="", help="Nom de la personne / the person’s name.")
@click.option("--email", default="", help="Messagerie / mail address.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--establishment", help="FINESS ET.")
@click.option("--legal-entity", help="FINESS EJ.")
@click.option("--ght", help="Nom du GHT / name of the GHT.")
@click.option("--region", help="Code INSEE / INSEE code.")
@click.option("--everywhere", is_flag=True, help="Toute la plateforme / the whole platform.")
@click.option("--password-file", type=click.Path(path_type=Path), help="Première ligne du fichier / its first line.")
@click.option("--generate", is_flag=True, help="Tirer un mot de passe et l’afficher / draw one and print it.")
@pass_cli
def add(
    cli: Cli,
    /,
    login: str,
    name: str,
    email: str,
    role: str,
    everywhere: bool,
    password_file: Path | None,
    generate: bool,
    **places: str | None,
) -> None:
    """Ouvrir un compte avec un rôle / open an account with one role."""
    asked = _asked_place(cli, Role(role), everywhere, places)
    password = _password(cli, password_file, generate)
    with installation(cli) as platform:
        grant = Grant(Role(role), _place(platform, cli, asked))
        draft = AccountDraft(
            login=login, name=name or login, email=email, lang=cli.lang, password=password, grants=(grant,)
        )
        made = accounts.open_account(platform, operator(cli), draft)
    cli.say(f"Compte {made.login} ouvert.", f"Account {made.login} opened.")
    _show(password, generate)


@command.command("password")
@click.option("--login", required=True)
@click.option("--password-file", type=click.Path(path_type=Path), help="Première ligne du fichier / its first line.")
@click.option("--generate", is_flag=True, help="Tirer un mot de passe et l’afficher / draw one and print it.")
@pass_cli
def change_password(cli: Cli, login: str, password_file: Path | None, generate: bool) -> None:
    """Donner un nouveau mot de passe ; ses sessions prennent fin / give a new password; their sessions end."""
    password = _password(cli, password_file, generate)
    with installation(cli) as platform:
        account = accounts.find_login(platform, operator(cli), login)
        accounts.reset_password(platform, operator(cli), account.id, password)
    cli.say(f"Mot de passe de {account.login} changé.", f"Password of {account.login} changed.")
    _show(password, generate)


@command.command("forget-second-factor")
@click.option("--login", required=True)
@pass_cli
def forget_second_factor(cli: Cli, login: str) -> None:
    """Retirer le second facteur d’un compte ; ses sessions prennent fin / remove it; its sessions end."""
    with installation(cli) as platform:
        account = accounts.find_login(platform, operator(cli), login)
        second_factors.remove_of(platform, operator(cli), account.id)
    cli.say(f"Second facteur de {account.login} retiré.", f"Second factor of {account.login} removed.")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="JSON sur la sortie standard / to standard output.")
@pass_cli
def list_all(cli: Cli, as_json: bool) -> None:
    """Les comptes et leurs rôles / the accounts and their roles."""
    with installation(cli) as platform:
        found = accounts.list_accounts(platform, operator(cli))
    if as_json:
        write_json(cli, "-", {"accounts": [_as_json(account) for account in found]})
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("identifiant", "nom", "état", "rôles") if cli.lang == "fr" else ("login", "name", "state", "roles"):
        table.add_column(heading, no_wrap=heading in {"identifiant", "login"})
    states = {True: ("ouvert", "open"), False: ("fermé", "closed")}
    for account in found:
        roles = "\n".join(f"{grant.role} – {grant.place_name}" for grant in account.grants)
        table.add_row(account.login, account.name, states[account.active][cli.lang == "en"], roles)
    Console().print(table)


def _asked_place(cli: Cli, role: Role, everywhere: bool, places: dict[str, str | None]) -> tuple[Level, str]:
    given = [(_PLACES[option], key) for option, key in places.items() if key is not None]
    if len(given) + everywhere > 1:
        cli.refuse("Donnez un seul lieu.", "Give one place only.")
    if given:
        return given[0]
    if not everywhere and role is not Role.ADMINISTRATOR:
        cli.refuse(
            "Dites où ce rôle s’exerce : --establishment, --legal-entity, --ght, --region ou --everywhere.",
            "Say where this role holds: --establishment, --legal-entity, --ght, --region or --everywhere.",
        )
    return Level.PLATFORM, ""


def _place(platform: Platform, cli: Cli, asked: tuple[Level, str]) -> Place:
    level, key = asked
    return PLATFORM if level is Level.PLATFORM else find_place(platform, operator(cli), level, key)


def _password(cli: Cli, file: Path | None, generate: bool) -> str:
    if (file is None) != generate:
        cli.refuse("Donnez --password-file ou --generate.", "Give --password-file or --generate.")
    return secrets.token_urlsafe(_PASSWORD_BYTES) if file is None else read_secret(cli, file)


def _show(password: str, generated: bool) -> None:
    if generated:
        click.echo(password)


def _as_json(account: AccountView) -> dict[str, object]:
    return {
        "id": account.id,
        "login": account.login,
        "name": account.name,
        "email": account.email,
        "active": account.active,
        "grants": [
            {
                "role": grant.role.value,
                "level": grant.level.value,
                "place": grant.place_name,
                "expires_at": grant.expires_at.isoformat() if grant.expires_at else None,
            }
            for grant in account.grants
        ],
    }
