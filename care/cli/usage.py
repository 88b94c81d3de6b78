"""What a person reads when a command is called wrongly: one sentence in their language, then where to look."""

from __future__ import annotations

import click

from scanners.model import Text


def usage_sentence(error: click.UsageError) -> Text:
    """Why the call was refused, and the help that shows how to write it. click itself speaks English only."""
    path = error.ctx.command_path if error.ctx else "care"
    english = error.format_message().rstrip(".")
    return Text(f"{_french(error, english)} ; voyez « {path} --help ».", f"{english}; see `{path} --help`.")


def _french(error: click.UsageError, english: str) -> str:
    match error:
        case click.MissingParameter(param=click.Option() as option):
            return f"L’option {option.opts[-1]} est obligatoire"
        case click.MissingParameter(param=click.Parameter() as argument):
            return f"L’argument {argument.human_readable_name} est obligatoire"
        case click.NoSuchOption(option_name=name):
            return f"L’option {name} est inconnue"
        case click.BadOptionUsage(option_name=name):
            return f"L’option {name} est mal employée ({error.message})"
        case click.BadParameter(param=click.Parameter(type=click.Choice(choices=choices)) as parameter):
            return f"La valeur de {parameter.opts[-1]} doit être l’une de : {', '.join(map(str, choices))}"
        case click.BadParameter(param=click.Parameter() as parameter):
            return f"La valeur de {parameter.opts[-1]} est refusée ({error.message})"
        case _ if "No such command" in english:
            return english.replace("No such command", "Commande inconnue :")
        case _:
            return f"La commande est mal écrite ({english})"
