"""A directory dedicated to backups only protects them if it is itself well kept.

CaRE D2.O3.A: level 3 at least at the ANSSI ADS audit of that directory. When the directory that opens a console was
audited here, its estimated level counts (an estimate, never the official result): below 3 it fails, and while points
not assessed may bring it below 3 it is not judged. Else the answer; 0 when no dedicated directory is used, which a copy
opened by a directory of another name than the production one contradicts.
"""

from __future__ import annotations

from scanners.backup.consoles import directory_name, opening
from scanners.backup.declared import answer_to
from scanners.backup.facts import BackupFacts
from scanners.backup.telling import named
from scanners.model import Finding, Kind, NotAssessable, Rule, Severity, Text, Verdict, judged, refs

MIN_LEVEL = 3


def check(facts: BackupFacts) -> Verdict:
    """The directories, else the establishment, below level 3."""
    others = _not_audited(facts)
    if facts.dedicated:
        return _measured(facts, others)
    answer, level = answer_to(facts, "dedicated_directory_level")
    if not level:
        if others:
            reason = named(_CONTRADICTED, others)
            raise NotAssessable(reason.fr, reason.en)
        return Verdict(0)
    if level >= MIN_LEVEL:
        return Verdict(1)
    return Verdict(
        1,
        (Finding(facts.plan.establishment, {"level": level, "date": answer.date.isoformat() if answer.date else "—"}),),
    )


def _not_audited(facts: BackupFacts) -> tuple[str, ...]:
    """The directories that open consoles, save the production one and those that were audited."""
    audited = {directory_name(name) for one in facts.dedicated for name in (one.domain, one.netbios)}
    copies = (copy for system in facts.plan.systems for copy in system.copies)
    found = {
        directory_name(copy.authentication): copy.authentication.strip()
        for copy in copies
        if opening(facts, copy) in ("other", "unsure")
    }
    return tuple(sorted(said for name, said in found.items() if name not in audited))


def _measured(facts: BackupFacts, others: tuple[str, ...]) -> Verdict:
    low = [one for one in facts.dedicated if one.level < MIN_LEVEL]
    unsure = tuple(one.domain for one in facts.dedicated if one.level >= MIN_LEVEL > one.lowest)
    found = (Finding(one.domain, {"level": one.level, "date": one.collected_at.date().isoformat()}) for one in low)
    doubts = [*([_DOUBT] if unsure else []), *([named(_OTHERS, others)] if others else [])]
    doubt = Text(" ".join(one.fr for one in doubts), " ".join(one.en for one in doubts)) if doubts else None
    return judged(len(facts.dedicated) + len(others), found, (*unsure, *others), doubt)


_DOUBT = Text(
    "Des points non évalués de l’annuaire dédié pourraient l’amener sous le niveau 3 ; complétez son audit.",
    "Points not assessed of the dedicated directory may bring it below level 3; complete its audit.",
)
_OTHERS = Text(
    "Des annuaires qui ouvrent une console n’ont pas été audités : {names} ; auditez-les.",
    "Directories that open a console were not audited: {names}; audit them.",
)
_CONTRADICTED = Text(
    "La réponse dit qu’aucun annuaire n’est dédié aux sauvegardes, mais le plan en nomme pour ouvrir une console : "
    "{names}. Donnez son niveau, ou écrivez le nom de l’annuaire de production comme dans « production_domain ».",
    "The answer says that no directory is dedicated to backups, but the plan names some that open a console: {names}. "
    "Give its level, or write the name of the production directory as in “production_domain”.",
)


RULE = Rule(
    id="backup.dedicated_directory_level",
    title=Text("Annuaire dédié aux sauvegardes sous le niveau 3", "Directory dedicated to backups below level 3"),
    message=Text(
        "L’annuaire dédié aux sauvegardes ({subject}) est au niveau ANSSI {level} au mieux (audit : {date}) ; 3 est "
        "attendu.",
        "The directory dedicated to backups ({subject}) is at ANSSI level {level} at best (audit: {date}); 3 is "
        "expected.",
    ),
    remediation=Text(
        "Auditez cet annuaire avec CaRE, corrigez les points de niveaux 1 et 2, puis redemandez l’audit ADS de "
        "l’ANSSI.",
        "Audit that directory with CaRE, fix the points of levels 1 and 2, then ask for the ANSSI ADS audit again.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-19", "care-d2:O3.A"),
    check=check,
    reads=("plan",),
    kind=Kind.COMPUTED,
)
