"""The sentences of the audit report, in both languages; those that depend on the results are made here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from reports.audit_model import AuditReport, ReportChanges
from reports.words import COLON, Lang, Severity, Status, counted, day, number

Tone = Literal["alert", "warning", "unknown", "good"]

_FR = {
    "title": "Rapport d’audit de sécurité",
    "marking": "Diffusion restreinte",
    "off_platform": "Audit hors plateforme",
    "finess": "FINESS",
    "issued": "Édité le",
    "period": "Période des audits",
    "page": "Page",
    "of": "sur",
    "synthesis": "Synthèse",
    "conclusion": "Conclusion",
    "rules_run": "Règles exécutées",
    "by_severity": "Constats par gravité",
    "first": "À faire en premier",
    "nothing_first": "Aucun constat : rien à corriger parmi ce qui a pu être évalué.",
    "unseen": "Ce qui n’a pas été vu",
    "unseen_none": "Tout ce qui était prévu dans ces audits a été lu et évalué. Le reste du système d’information n’a "
    "pas été regardé.",
    "scope": "Périmètre des audits",
    "contents": "Sommaire",
    "imports_title": "Résultats importés d’autres outils",
    "imports_intro": "Constats encore ouverts d’après le dernier rapport de chaque périmètre, dans les mots de son "
    "outil. CaRE ne les a pas vérifiés, et ils ne comptent pas dans les chiffres de ce document ; la page "
    "« Constats » de la plateforme les détaille.",
    "tool": "Outil et périmètre",
    "looked": "Analyse du",
    "hosts": "Machines",
    "scanner": "Domaine",
    "target": "Cible",
    "dates": "Début et fin",
    "collection": "Collecte",
    "complete": "Complète",
    "incomplete": "Partielle",
    "sha256": "Empreinte SHA-256 des faits",
    "findings_title": "Constats par gravité",
    "no_findings": "Aucun constat parmi les règles évaluées.",
    "severity": "Gravité",
    "subject": "Objet",
    "evidence": "Éléments relevés",
    "remediation": "Que faire",
    "references": "Références",
    "partial": "Lecture partielle : la liste peut être incomplète.",
    "finding": "constat",
    "findings": "constats",
    "since": "vu depuis le",
    "example": "Par exemple",
    "colon": COLON["fr"],
    "unassessed_title": "Ce qui n’a pas pu être évalué",
    "unassessed_intro": "Une règle sans réponse n’est pas une règle respectée. Voici ce qui manque et pourquoi.",
    "unassessed_none": "Toutes les règles ont reçu une réponse et toutes les collectes sont complètes.",
    "reason": "Raison",
    "rules": "Règles",
    "unread": "Partie non lue",
    "truncated": "lue en partie",
    "failures_title": "Audits non faits",
    "failure": "audit non fait",
    "errors_title": "Défauts de CaRE",
    "errors_intro": "Ces règles ont échoué à cause d’un défaut du logiciel ; elles ne disent rien de l’établissement.",
    "appendix": "Annexe : règles exécutées",
    "rule": "Règle",
    "status": "Résultat",
    "population": "Objets examinés",
    "found": "Constats",
    "no_audit": "Ce rapport ne contient aucun audit.",
    "level_title": "Niveau de l’annuaire",
    "level_intro": "Estimation d’après les points de contrôle publiés par l’ANSSI : le niveau est celui du premier "
    "point en défaut. Un point non évalué peut l’abaisser ; seul le service de l’ANSSI donne un résultat officiel.",
    "level_blocking": "Ce qui retient le niveau",
    "level_unassessed": "Points non évalués",
    "level_actions": "Dix actions, par effet sur le niveau",
    "level_assumption": "Un objet nommé par plusieurs règles compte une fois. Un droit est une étape de chemin de "
    "contrôle ; le compte est le plus petit qui coupe tous les chemins connus. L’effort, en jours, est celui de la "
    "fiche entière.",
    "level_point": "Point",
    "level_why": "Pourquoi",
    "level_level": "Bloque le niveau",
    "level_changes": "Corrections",
    "level_days": "Jours",
    "level_after": "Niveau ensuite",
    "level_sheet": "Fiche de remédiation",
    "perimeter_title": "Périmètre vu d’Internet",
    "perimeter_intro": "Une ligne par adresse qui répond, la plus exposée d’abord.",
    "perimeter_none": "Aucune adresse n’a répondu.",
    "perimeter_name": "Nom",
    "perimeter_addresses": "Adresses",
    "perimeter_address": "Adresse",
    "perimeter_services": "Services",
    "perimeter_worst": "Le plus grave",
    "perimeter_safe": "rien",
    "perimeter_declared": "Périmètre déclaré",
    "technical_title": "Synthèse technique par gravité",
    "technical_intro": "Nombre de constats de chaque gravité, règles en défaut et objets concernés, tous audits "
    "réunis. Chaque constat est décrit au chapitre suivant.",
    "technical_subjects": "Objets concernés",
    "technical_rules": "Règles en défaut",
    "changes_title": "Depuis l’audit précédent",
    "changes_gone": "Ce qui a disparu",
    "changes_kind": "Nature",
    "changes_what": "Ce que c’était",
    "category": "Type",
    "perimeter_leaks": "La fuite de données et de code sur Internet n’est pas recherchée par cet audit.",
    "plan_title": "Plan d’action, par priorité",
}

_EN = {
    "title": "Security audit report",
    "marking": "Restricted circulation",
    "off_platform": "Off-platform audit",
    "finess": "FINESS",
    "issued": "Issued on",
    "period": "Period of the audits",
    "page": "Page",
    "of": "of",
    "synthesis": "Summary",
    "conclusion": "Conclusion",
    "rules_run": "Rules run",
    "by_severity": "Findings by severity",
    "first": "Do first",
    "nothing_first": "No finding: nothing to correct in what could be assessed.",
    "unseen": "What was not seen",
    "unseen_none": "All that these audits intended to read was read and assessed. The rest of the information system "
    "was not looked at.",
    "scope": "Scope of the audits",
    "contents": "Contents",
    "imports_title": "Results imported from other tools",
    "imports_intro": "Findings still open by the last report on each scope, in the words of its tool. CaRE did not "
    "verify them, and they are in no figure of this document; the “Findings” page of the platform gives them in "
    "detail.",
    "tool": "Tool and scope",
    "looked": "Scan of",
    "hosts": "Machines",
    "scanner": "Domain",
    "target": "Target",
    "dates": "Start and end",
    "collection": "Collection",
    "complete": "Complete",
    "incomplete": "Partial",
    "sha256": "SHA-256 of the facts",
    "findings_title": "Findings by severity",
    "no_findings": "No finding among the rules that could be assessed.",
    "severity": "Severity",
    "subject": "Subject",
    "evidence": "Evidence",
    "remediation": "What to do",
    "references": "References",
    "partial": "Partial reading: the list may be incomplete.",
    "finding": "finding",
    "findings": "findings",
    "since": "seen since",
    "example": "For instance",
    "colon": COLON["en"],
    "unassessed_title": "What could not be assessed",
    "unassessed_intro": "A rule without an answer is not a rule that passed. Here is what is missing, and why.",
    "unassessed_none": "Every rule has an answer and every collection is complete.",
    "reason": "Reason",
    "rules": "Rules",
    "unread": "Part not read",
    "truncated": "read in part",
    "failures_title": "Audits not made",
    "failure": "audit not made",
    "errors_title": "Defects of CaRE",
    "errors_intro": "These rules failed because of a defect of the software; they say nothing of the establishment.",
    "appendix": "Appendix: rules run",
    "rule": "Rule",
    "status": "Result",
    "population": "Subjects examined",
    "found": "Findings",
    "no_audit": "This report holds no audit.",
    "level_title": "Level of the directory",
    "level_intro": "An estimate from the control points that ANSSI publishes: the level is that of the first point "
    "that fails. A point not assessed may lower it; only the service of ANSSI gives an official result.",
    "level_blocking": "What holds the level back",
    "level_unassessed": "Points not assessed",
    "level_actions": "Ten actions, by effect on the level",
    "level_assumption": "An object that several rules name counts once. A right is a step of a control path; what is "
    "counted is the fewest that cut every known path. The effort, in days, is that of the whole sheet.",
    "level_point": "Point",
    "level_why": "Why",
    "level_level": "Blocks level",
    "level_changes": "Changes",
    "level_days": "Days",
    "level_after": "Level then",
    "level_sheet": "Remediation sheet",
    "perimeter_title": "Perimeter seen from the Internet",
    "perimeter_intro": "One line for each address that answers, the most exposed first.",
    "perimeter_none": "No address answered.",
    "perimeter_name": "Name",
    "perimeter_addresses": "Addresses",
    "perimeter_address": "Address",
    "perimeter_services": "Services",
    "perimeter_worst": "Gravest",
    "perimeter_safe": "nothing",
    "perimeter_declared": "Declared perimeter",
    "technical_title": "Technical summary by severity",
    "technical_intro": "How many findings of each severity, how many failed rules and subjects, all audits together. "
    "The next chapter describes each finding.",
    "technical_subjects": "Subjects concerned",
    "technical_rules": "Failed rules",
    "changes_title": "Since the audit before",
    "changes_gone": "What is gone",
    "changes_kind": "Kind",
    "changes_what": "What it was",
    "category": "Type",
    "perimeter_leaks": "Leaks of data and code on the Internet are not looked for by this audit.",
    "plan_title": "Action plan, by priority",
}


_LEVELS: dict[Lang, dict[Severity | None, str]] = {
    "fr": {
        Severity.CRITICAL: "Situation critique : une faiblesse au moins demande d’agir sans attendre.",
        Severity.HIGH: "Situation sérieuse : des faiblesses graves sont à corriger en priorité.",
        Severity.MEDIUM: "Situation à améliorer : rien de grave n’a été relevé, des corrections sont à planifier.",
        Severity.LOW: "Rien de grave n’a été relevé ; des corrections mineures restent à faire.",
        Severity.INFO: "Rien de grave n’a été relevé ; des corrections mineures restent à faire.",
        None: "Aucune faiblesse relevée : cela ne vaut que pour ce qui a été regardé, à cette date.",
    },
    "en": {
        Severity.CRITICAL: "Critical situation: at least one weakness calls for action without delay.",
        Severity.HIGH: "Serious situation: grave weaknesses are to be corrected first.",
        Severity.MEDIUM: "To be improved: nothing grave was found, corrections are to be planned.",
        Severity.LOW: "Nothing grave was found; minor corrections remain to be made.",
        Severity.INFO: "Nothing grave was found; minor corrections remain to be made.",
        None: "No weakness found: this holds for what was looked at only, on that date.",
    },
}


def level_said(worst: Severity | None, lang: Lang, *, assessed: bool) -> str:
    """The level of a situation in one sentence for a director, by its gravest weakness; None: none is known.

    When nothing could be `assessed`, no weakness is no news.
    """
    return _LEVELS[lang][worst] if worst or assessed else _nothing_assessed(lang)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The answer to “how bad is it?”: `tone` chooses the look of the box, the others are sentences.

    `level` is empty when there is no weakness: `findings` then says for what that holds.
    """

    tone: Tone
    level: str
    findings: str
    unseen: str


def phrases(lang: Lang) -> dict[str, str]:
    """The fixed words of the report."""
    return _FR if lang == "fr" else _EN


def conclusion(report: AuditReport) -> Conclusion:
    """One or two sentences for the director; never good news while something could not be assessed."""
    statuses = Counter(outcome.status for outcome in report.outcomes())
    assessed = statuses[Status.PASSED] + statuses[Status.FAILED]
    unseen = _unseen(report, statuses)
    if not assessed:
        return Conclusion("unknown", "", _nothing_assessed(report.lang), unseen)
    severities = Counter(outcome.severity for outcome in report.outcomes() for _ in outcome.findings)
    if severities:
        grave = severities[Severity.CRITICAL] + severities[Severity.HIGH] > 0
        level = level_said(min(severities, key=lambda severity: severity.rank), report.lang, assessed=True)
        return Conclusion("alert" if grave else "warning", level, _found(severities, report.lang), unseen)
    return Conclusion("warning" if unseen else "good", "", _none_found(assessed, unseen, report.lang), unseen)


def _nothing_assessed(lang: Lang) -> str:
    if lang == "fr":
        return "Rien n’a pu être évalué : aucune conclusion sur la sécurité n’est possible."
    return "Nothing could be assessed: no conclusion on security is possible."


def _found(severities: Counter[Severity], lang: Lang) -> str:
    total = severities.total()
    worst = min(severities, key=lambda severity: severity.rank)
    count = number(severities[worst], lang)
    if lang == "fr":
        adjective = {
            Severity.CRITICAL: "critique",
            Severity.HIGH: "de gravité élevée",
            Severity.MEDIUM: "de gravité moyenne",
            Severity.LOW: "de gravité faible",
            Severity.INFO: "pour information",
        }[worst]
        plural = "s" if severities[worst] > 1 and worst is Severity.CRITICAL else ""
        return f"L’audit relève {counted(total, 'constat', 'constats', lang)}, dont {count} {adjective}{plural}."
    adjective = "for information" if worst is Severity.INFO else f"of {worst.value} severity"
    return f"The audit reports {counted(total, 'finding', 'findings', lang)}, {count} of them {adjective}."


def _none_found(assessed: int, unseen: str, lang: Lang) -> str:
    if lang == "fr":
        rules = counted(assessed, "règle évaluée", "règles évaluées", lang)
        end = "ce n’est pas un feu vert" if unseen else "cela ne vaut que pour ce périmètre, à cette date"
        return f"Aucun constat sur {rules} : {end}."
    end = "this is no green light" if unseen else "this holds for this scope and date only"
    return f"No finding over {counted(assessed, 'rule assessed', 'rules assessed', lang)}: {end}."


def _unseen(report: AuditReport, statuses: Counter[Status]) -> str:
    """What the report cannot tell, in one sentence; empty when every rule answered on complete collections."""
    lang = report.lang
    missing = statuses[Status.NOT_ASSESSABLE] + statuses[Status.ERROR]
    partial = sum(not audit.complete for audit in report.audits)
    lost = len(report.failures)
    total = number(statuses.total(), lang)
    if lang == "fr":
        rules = f"{number(missing, lang)} règle{'s' if missing > 1 else ''} sur {total} sans réponse"
        collections = counted(partial, "collecte partielle", "collectes partielles", lang)
        audits = counted(lost, "audit non fait", "audits non faits", lang)
        end = "la situation réelle peut être plus grave"
    else:
        rules = f"{number(missing, lang)} of {total} rules without an answer"
        collections = counted(partial, "partial collection", "partial collections", lang)
        audits = counted(lost, "audit not made", "audits not made", lang)
        end = "the real situation may be worse"
    parts = [rules] * bool(missing) + [collections] * bool(partial) + [audits] * bool(lost)
    return f"{', '.join(parts)}{COLON[lang]}{end}." if parts else ""


def changes_said(changes: ReportChanges, lang: Lang) -> str:
    """What an exposure audit changed, in one sentence."""
    gone, changed = len(changes.gone), number(changes.changed, lang)
    if changes.first:
        return {
            "fr": "Premier audit de cette cible : tout ce qui est vu est nouveau.",
            "en": "First audit of this target: all that is seen is new.",
        }[lang]
    if not (changes.appeared or changes.changed or gone):
        return {"fr": "Rien n’est apparu, n’a changé ni n’a disparu.", "en": "Nothing appeared, changed or went."}[lang]
    if lang == "fr":
        appeared = counted(changes.appeared, "chose apparue", "choses apparues", lang)
        plural = "s" if changes.changed > 1 else ""
        return f"{appeared}, {changed} changée{plural}, {counted(gone, 'disparue', 'disparues', lang)}."
    return (
        f"{counted(changes.appeared, 'thing', 'things', lang)} appeared, {changed} changed, {number(gone, lang)} gone."
    )


def period(report: AuditReport) -> str:
    """From the first day to the last day of the audits; empty without audits."""
    if not report.audits:
        return ""
    first = day(min(audit.started_at for audit in report.audits), report.lang)
    last = day(max(audit.finished_at for audit in report.audits), report.lang)
    joint = " au " if report.lang == "fr" else " to "
    return first if first == last else first + joint + last


def cut_notice(report: AuditReport, found: int, shown: int) -> str:
    """What is left out of a long list and where the whole of it is; empty when nothing is."""
    if found <= shown:
        return ""
    rest = number(found - shown, report.lang)
    if report.lang == "fr":
        place = "la page « Constats » de la plateforme" if report.establishment else "la sortie JSON de l’audit"
        return f"{rest} autres constats de cette règle ne sont pas imprimés ; {place} les donne tous."
    place = "the “Findings” page of the platform" if report.establishment else "the JSON output of the audit"
    return f"{rest} more findings of this rule are not printed; {place} gives them all."


def imports_cut(left: int, lang: Lang) -> str:
    """What is left out of the list of imported reports; empty when nothing is."""
    if left <= 0:
        return ""
    if lang == "fr":
        return f"{number(left, lang)} périmètres de plus : la page « Imports » de la plateforme les donne tous."
    return f"{number(left, lang)} more scopes: the “Imports” page of the platform gives them all."


def unseen_count(rules: int, gaps: int, lang: Lang) -> str:
    """How many rules have no answer, and how many parts of the target were not read."""
    fr = lang == "fr"
    unanswered = (
        counted(rules, "règle sans réponse", "règles sans réponse", lang)
        if fr
        else counted(rules, "rule without an answer", "rules without an answer", lang)
    )
    unread = (
        counted(gaps, "partie non lue", "parties non lues", lang)
        if fr
        else counted(gaps, "part not read", "parts not read", lang)
    )
    return ", ".join([unanswered] * bool(rules) + [unread] * bool(gaps))
