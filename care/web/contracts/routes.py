"""Contracts with suppliers: the register, one contract, its security clauses, the comparison, files."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from care.domain.access import Right
from care.domain.contracts import ClauseState
from care.domain.evidence import ThingKind
from care.domain.programme import AnswerVerdict
from care.services import contract_clauses, contracts
from care.services.action_query import today
from care.services.contract_clauses import ClauseFilter, ClauseLine, ClausesView
from care.services.contracts import ContractView
from care.services.errors import Forbidden, Invalid, Refused
from care.services.frameworks.answering import AnswerDraft
from care.services.supplier_accesses import accesses_of
from care.web.contracts.forms import ContractForm
from care.web.evidence.part import proofs_of
from care.web.files import attachment
from care.web.language import current_language
from care.web.pages import row_number, seen_version
from care.web.people import platform, scope
from care.web.place import may, of_this_place
from care.web.refusals import said_as_refused
from care.web.registers import RegisterFiles

pages = Blueprint("contracts", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/contracts"
FILES = RegisterFiles(contracts.REGISTER, "contracts", lazy_gettext("Fournisseurs et contrats"), "contrats")
ONE = f"{HERE}/<int:contract_id>"
CLAUSES = f"{ONE}/clauses/<clause_set>"
VERDICTS = (AnswerVerdict.YES, AnswerVerdict.PARTLY, AnswerVerdict.NO, AnswerVerdict.NOT_APPLICABLE)


@dataclass(frozen=True)
class Typed:
    """What was typed of clauses and could not be recorded; `wrong` holds sentences by field."""

    verdicts: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    refusal: str = ""


FILES.add_to(pages, HERE)


@pages.get(HERE)
def index(establishment_id: int) -> str:
    """Every contract, what it calls for, and what is unknown."""
    register = contracts.read_register(platform(), scope(), establishment_id)
    return render_template("contracts/index.html", register=register)


@pages.get(f"{HERE}/new")
def new(establishment_id: int) -> str:
    """The form of a contract."""
    return _edit_page(_form())


@pages.post(f"{HERE}/new")
def create(establishment_id: int) -> ResponseReturnValue:
    """Write the contract down."""
    form = _form(filled=True)
    made: list[int] = []
    code = form.saved(lambda: made.append(contracts.REGISTER.add(platform(), scope(), establishment_id, form.draft())))
    if code:
        return _edit_page(form), code
    flash(_("Contrat noté. Joignez-le comme preuve, puis relisez ses clauses."))
    return _to(establishment_id, made[0])


@pages.get(ONE)
def one(establishment_id: int, contract_id: int) -> str:
    """One contract: what it calls for, its clauses counted, hostings, accesses, evidence."""
    view = _contract(contract_id)
    return render_template(
        "contracts/one.html",
        view=view,
        one=view.draft,
        accesses=accesses_of(platform(), scope(), contract_id),
        sets=contract_clauses.sets_of(platform(), scope(), contract_id),
        proofs=proofs_of(ThingKind.CONTRACT, contract_id),
        may_manage=may(Right.MANAGE_PROGRAMME),
    )


@pages.get(f"{ONE}/edit")
def edit(establishment_id: int, contract_id: int) -> str:
    """The form of a known contract."""
    form, view = _form(), _contract(contract_id)
    form.show(view.draft)
    form.version.data = str(view.version)
    return _edit_page(form, view)


@pages.post(f"{ONE}/edit")
def change(establishment_id: int, contract_id: int) -> ResponseReturnValue:
    """Record the changes; what was typed is kept when somebody was quicker."""
    form, view, version = _form(filled=True), _contract(contract_id), seen_version()
    code = form.saved(lambda: contracts.REGISTER.change(platform(), scope(), contract_id, form.draft(), version))
    if code:
        form.version.data = str(view.version)
        return _edit_page(form, view), code
    flash(_("Contrat enregistré."))
    return _to(establishment_id, contract_id)


@pages.post(f"{ONE}/close")
def close(establishment_id: int, contract_id: int) -> ResponseReturnValue:
    """Say that it is over since today, or open it again."""
    _contract(contract_id)
    day = None if "reopen" in request.form else today(platform())
    with said_as_refused(Refused):
        contracts.REGISTER.close(platform(), scope(), contract_id, day, seen_version())
        flash(_("Contrat clôturé : il reste lisible.") if day else _("Contrat rouvert."))
    return _to(establishment_id, contract_id)


@pages.get(CLAUSES)
def clauses(establishment_id: int, contract_id: int, clause_set: str) -> str:
    """The clauses of a framework in this contract: one section, or those asked for."""
    _contract(contract_id)
    return _clauses_page(contract_id, clause_set, Typed())


@pages.post(CLAUSES)
def answer(establishment_id: int, contract_id: int, clause_set: str) -> ResponseReturnValue:
    """Record what was read of the clauses shown."""
    _contract(contract_id)
    view = _clauses(contract_id, clause_set)
    if not may(Right.MANAGE_PROGRAMME):
        raise Forbidden
    known = {line.id: line for line in view.lines}
    asked = [known[name] for name in request.form.getlist("clause") if name in known]
    typed = Typed(
        {one.id: request.form.get(f"verdict-{one.id}", "") for one in asked},
        {one.id: request.form.get(f"note-{one.id}", "") for one in asked},
    )
    try:
        drafts = [_draft(one, typed) for one in asked if _said(one, typed)]
        count = contract_clauses.answer_clauses(platform(), scope(), contract_id, clause_set, drafts)
    except Invalid as refusal:
        wrong = {name: text.render(current_language()) for name, text in refusal.fields.items()}
        return _clauses_page(contract_id, clause_set, Typed(typed.verdicts, typed.notes, wrong)), 400
    except Refused as refusal:
        said = refusal.text.render(current_language())
        return _clauses_page(contract_id, clause_set, Typed(typed.verdicts, typed.notes, {}, said)), 409
    flash(ngettext("%(num)s clause enregistrée.", "%(num)s clauses enregistrées.", count))
    return redirect(request.full_path.rstrip("?"))


@pages.get(f"{CLAUSES}/clauses.xlsx")
def clauses_file(establishment_id: int, contract_id: int, clause_set: str) -> Response:
    """The clauses to ask for, to send to the supplier."""
    _contract(contract_id)
    wanted = ClauseFilter(state=_state(), profile=request.args.get("profile", ""))
    content = contract_clauses.clauses_xlsx(platform(), scope(), contract_id, clause_set, wanted)
    return attachment(content, f"clauses-{clause_set}-{contract_id}.xlsx")


@pages.get(f"{HERE}/compare")
def compare(establishment_id: int) -> str:
    """The contracts side by side, and the clauses that most lack."""
    found = contract_clauses.compare_contracts(platform(), scope(), establishment_id)
    return render_template("contracts/compare.html", found=found)


@pages.get(f"{HERE}/compare.xlsx")
def compare_file(establishment_id: int) -> Response:
    """Every clause by contract."""
    return attachment(
        contract_clauses.comparison_xlsx(platform(), scope(), establishment_id), "clauses-par-contrat.xlsx"
    )


def _said(line: ClauseLine, typed: Typed) -> bool:
    """Whether something was typed of a clause, or an answer stands that would be blanked."""
    return bool(typed.verdicts[line.id] or typed.notes[line.id].strip())


def _draft(line: ClauseLine, typed: Typed) -> AnswerDraft:
    chosen = typed.verdicts[line.id]
    verdict = AnswerVerdict(chosen) if chosen in list(VERDICTS) else None
    seen = request.form.get(f"seen-{line.id}", 0, type=row_number)
    return AnswerDraft(line.id, verdict, note=typed.notes[line.id], seen=seen)


def _state() -> str:
    asked = request.args.get("state", "")
    return asked if asked in (*ClauseState, "to_ask") else ""


def _clauses(contract_id: int, clause_set: str, wanted: ClauseFilter | None = None) -> ClausesView:
    return contract_clauses.open_clauses(platform(), scope(), contract_id, clause_set, wanted or ClauseFilter())


def _clauses_page(contract_id: int, clause_set: str, typed: Typed) -> str:
    wanted = ClauseFilter(
        state=_state(),
        section=request.args.get("section", ""),
        profile=request.args.get("profile", ""),
        words=request.args.get("q", "")[:100],
    )
    view = _clauses(contract_id, clause_set, wanted)
    return render_template("contracts/clauses.html", view=view, wanted=wanted, typed=typed, verdicts=VERDICTS)


def _form(*, filled: bool = False) -> ContractForm:
    _may_manage()
    return ContractForm(request.form) if filled else ContractForm()


def _edit_page(form: ContractForm, view: ContractView | None = None) -> str:
    return render_template("contracts/edit.html", form=form, view=view)


def _contract(contract_id: int) -> ContractView:
    return of_this_place(contracts.open_contract(platform(), scope(), contract_id))


def _may_manage() -> None:
    if not may(Right.MANAGE_PROGRAMME):
        raise Forbidden


def _to(establishment_id: int, contract_id: int) -> ResponseReturnValue:
    return redirect(url_for("contracts.one", establishment_id=establishment_id, contract_id=contract_id))
