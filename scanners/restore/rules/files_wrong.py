"""A backup is worth what comes back from it: every file asked for must, with the content that was saved.

Compared with the manifest taken when the backup was made, else with the repository's own digests. A restore that
brought nothing back, or less than was asked, proves nothing and fails too. Files that the manifest does not name leave
a doubt.
"""

from __future__ import annotations

from scanners.model import Finding, NotAssessable, Rule, Scalar, Severity, Text, Verdict, judged, refs
from scanners.restore.facts import RestoreFacts

_NOTHING: dict[str, Scalar] = {"sampled": 0, "compared": 0, "back": 0, "wrong": 0, "snapshot": "—", "seed": "—"}


def check(facts: RestoreFacts) -> Verdict:
    """The repository, when not every file came back as it was saved."""
    subject, drill = facts.asked.subject, facts.drill
    if facts.damaged:
        return Verdict(1, (Finding(subject, {**_NOTHING, "detail": facts.damaged}),))
    if drill is None:
        raise NotAssessable(
            "Rien n’a été restauré : il n’y a rien à comparer.", "Nothing was restored: there is nothing to compare."
        )
    sample = drill.sample
    evidence: dict[str, Scalar] = {
        "snapshot": sample.snapshot,
        "seed": sample.seed,
        "sampled": sample.sampled,
        "compared": sample.compared,
        "back": drill.back,
        "wrong": sample.wrong,
        "detail": sample.detail,
    }
    nothing = sample.compared == 0 and drill.unlisted == 0
    if sample.wrong or nothing or drill.back < sample.sampled or sample.compared < sample.sampled - drill.unlisted:
        return Verdict(1, (Finding(subject, evidence),))
    if drill.unlisted:
        return Verdict(
            1,
            doubt=Text(
                f"{drill.unlisted} fichier(s) rendus ne figurent pas dans le manifeste : rien ne prouve leur contenu. "
                "Donnez le manifeste du même jour que la sauvegarde.",
                f"{drill.unlisted} files that came back are not in the manifest: nothing proves their content. Give "
                "the manifest of the same day as the backup.",
            ),
        )
    return judged(1, ())


RULE = Rule(
    id="restore.files_wrong",
    title=Text("Essai de restauration en échec", "Restore drill failed"),
    message=Text(
        "{subject} : sur {sampled} fichier(s) demandés, {back} sont revenus et {compared} ont été comparés, dont "
        "{wrong} "
        "faux (point {snapshot}, graine {seed}) {detail}",
        "{subject}: of {sampled} files asked for, {back} came back and {compared} were compared, {wrong} of them wrong "
        "(point {snapshot}, seed {seed}) {detail}",
    ),
    remediation=Text(
        "Considérez ce dépôt comme inutilisable tant qu’une restauration complète n’a pas réussi : ne purgez rien, "
        "vérifiez aujourd’hui les autres copies du même système, refaites une sauvegarde complète ailleurs, puis "
        "refaites "
        "l’essai.",
        "Take this repository as unusable until a full restore succeeded: prune nothing, verify the other copies of "
        "the "
        "same system today, make a full backup elsewhere, then drill again.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("care-rules:SAV-25", "care-d2:O4", "pgssi-s:7.4.5.2"),
    check=check,
    reads=("drill",),
)
