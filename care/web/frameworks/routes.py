"""The library of frameworks: those in use, one of them, its versions and values, and files brought in."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.services.errors import Invalid, Refused
from care.services.frameworks import bookshelf, parameters, versions
from care.services.frameworks.shelf import may_manage
from care.services.frameworks.version_shown import shown_preview
from care.services.frameworks.versions import FaultyFile, Imported
from care.web.files import attachment
from care.web.forms import sent
from care.web.frameworks.forms import FileForm, SetAsideForm, ValueForm
from care.web.language import current_language
from care.web.people import platform, scope
from care.web.refusals import said_as_refused
from scanners.model import Text

pages = Blueprint("frameworks", __name__, template_folder="templates")
HERE = "/frameworks"
ONE = f"{HERE}/<framework>"
BROUGHT = f"{HERE}/import/<int:bringing_id>"


@pages.get(HERE)
def index() -> str:
    """Every framework in use."""
    return render_template("frameworks/index.html", shelf=bookshelf.list_frameworks(platform(), scope()))


@pages.get(ONE)
def one(framework: str) -> str:
    """What one asks; the version in use unless another is named."""
    words, version = request.args.get("q", "").strip(), request.args.get("version", "")
    page = bookshelf.open_framework(platform(), scope(), framework, version, words)
    return render_template("frameworks/one.html", page=page, words=words, version=version)


@pages.get(f"{ONE}/equivalents")
def equivalents(framework: str) -> str:
    """Which of its requirements are answered by those of another."""
    found = bookshelf.compare_frameworks(platform(), scope(), framework, request.args.get("with", ""))
    return render_template("frameworks/equivalents.html", found=found)


@pages.get(f"{ONE}/export.<any(yaml,xlsx):file_form>")
def export(framework: str, file_form: str) -> Response:
    """A version as a file to correct and bring back."""
    version = request.args.get("version", "")
    name, content = bookshelf.export_framework(platform(), scope(), framework, file_form, version)
    return attachment(content, name)


@pages.get(f"{HERE}/manual-template.xlsx")
def manual_template() -> Response:
    """An empty workbook in which to type the manual of the HAS."""
    return attachment(bookshelf.manual_template(platform(), scope()), "manuel-has.xlsx")


# --- Values ---------------------------------------------------------------------------------------------------------


@pages.get(f"{ONE}/parameters")
def values(framework: str) -> str:
    """The dates and thresholds of a framework."""
    return _values_page(framework)


@pages.post(f"{ONE}/parameters/<parameter>")
def enter(framework: str, parameter: str) -> ResponseReturnValue:
    """Enter a value with its source."""
    form = ValueForm(sent())
    wrong = form.saved(lambda: parameters.enter_value(platform(), scope(), framework, parameter, form.draft))
    if wrong:
        return _values_page(framework, parameter, form), wrong
    flash(_("Valeur enregistrée ; les exigences qui en dépendent sont recalculées."))
    return redirect(url_for("frameworks.values", framework=framework))


@pages.post(f"{ONE}/parameters/<parameter>/take-back")
def take_back(framework: str, parameter: str) -> ResponseReturnValue:
    """Take back the value entered."""
    form = ValueForm(sent())
    with said_as_refused(Refused):
        parameters.take_back(platform(), scope(), framework, parameter, form.seen_id)
        flash(_("Valeur reprise : ce que dit le texte compte de nouveau."))
    return redirect(url_for("frameworks.values", framework=framework))


def _values_page(framework: str, parameter: str = "", form: ValueForm | None = None) -> str:
    page = bookshelf.open_framework(platform(), scope(), framework)
    lines = [
        (line, form if form and line.id == parameter else _value_form(line))
        for line in parameters.list_parameters(platform(), scope(), framework)
    ]
    return render_template("frameworks/values.html", page=page, lines=lines, opened=parameter)


def _value_form(line: parameters.ParameterView) -> ValueForm:
    entered = line.entered
    given = {"value": line.told, "source": entered.source if entered else "", "link": entered.link if entered else ""}
    return ValueForm(data={**given, "seen": str(line.seen)})


# --- Versions -------------------------------------------------------------------------------------------------------


@pages.get(f"{ONE}/versions")
def versions_of(framework: str) -> str:
    """Every version: shipped, imported, set aside."""
    return _versions_page(framework, SetAsideForm())


@pages.post(f"{ONE}/versions/<framework_version>/set-aside")
def set_aside(framework: str, framework_version: str) -> ResponseReturnValue:
    """Have an imported version count no more."""
    form = SetAsideForm(sent())
    left: list[str] = []

    def save() -> None:
        left.append(versions.set_aside(platform(), scope(), framework, framework_version, form.why.data or ""))

    if wrong := form.saved(save):
        return _versions_page(framework, form, framework_version), wrong
    flash(_("Version écartée. En service : %(version)s.", version=left[0]) if left[0] else _("Version écartée."))
    return redirect(url_for("frameworks.versions_of", framework=framework))


def _versions_page(framework: str, form: SetAsideForm, version: str = "") -> str:
    found = versions.list_versions(platform(), scope(), framework)
    return render_template(
        "frameworks/versions.html",
        framework=framework,
        found=found,
        form=form,
        opened=version,
        may_manage=may_manage(scope()),
    )


@pages.get(f"{HERE}/import")
def bring() -> str:
    """The form of a file."""
    return _bring_page(FileForm())


@pages.post(f"{HERE}/import")
def receive() -> ResponseReturnValue:
    """Read a file and show what it would change, or everything that is wrong with it."""
    form = FileForm(sent())
    name, content = form.content()
    if not content and not name:
        form.other_errors.append(_("Choisissez un fichier."))
        return _bring_page(form), 400
    try:
        if not form.validate():
            return _bring_page(form), 400
        number = versions.receive(platform(), scope(), name, content, form.facts)
    except FaultyFile as refusal:
        return _bring_page(form, refusal.faults), 400
    except Invalid as refusal:
        form.blame(refusal)
        return _bring_page(form), 400
    except Refused as refusal:
        form.refuse(refusal)
        return _bring_page(form), 409
    return redirect(url_for("frameworks.brought", bringing_id=number))


def _bring_page(form: FileForm, faults: Sequence[Text] = ()) -> str:
    waiting = versions.list_waiting(platform(), scope())
    said = [one.render(current_language()) for one in faults]
    return render_template("frameworks/import.html", form=form, waiting=waiting, faults=said)


@pages.get(BROUGHT)
def brought(bringing_id: int) -> str:
    """What confirming a file would do."""
    return _preview_page(bringing_id)


@pages.post(f"{BROUGHT}/confirm")
def confirm(bringing_id: int) -> ResponseReturnValue:
    """Bring in what was shown."""
    try:
        done = versions.confirm(platform(), scope(), bringing_id, request.form.get("mark", ""))
    except Refused as refusal:
        return _preview_page(bringing_id, refusal.text.render(current_language())), 409
    flash(_done(done))
    return redirect(url_for("frameworks.one", framework=done.framework))


@pages.post(f"{BROUGHT}/give-up")
def give_up(bringing_id: int) -> ResponseReturnValue:
    """Forget a file."""
    versions.give_up(platform(), scope(), bringing_id)
    flash(_("Import abandonné : rien n’a été enregistré."))
    return redirect(url_for("frameworks.bring"))


def _preview_page(bringing_id: int, wrong: str = "") -> str:
    seen = shown_preview(platform(), scope(), bringing_id)
    return render_template("frameworks/preview.html", seen=seen, wrong=wrong)


def _done(done: Imported) -> str:
    said = [_("Version %(version)s importée.", version=done.version)]
    carried = done.carried
    if carried.answers or carried.ties:
        told = _(
            "Réponses reprises : %(answers)s ; preuves reprises : %(ties)s.", answers=carried.answers, ties=carried.ties
        )
        said.append(told)
    if done.to_confirm:
        said.append(_("Réponses à confirmer : %(number)s.", number=done.to_confirm))
    return " ".join(said)
