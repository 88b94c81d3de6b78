"""The words of frameworks, for people: what a framework is, who answers, how sure, how seen, how heavy. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from care.domain.frameworks import Confidence, FrameworkKind, Level, Method, ParameterKind, Unit
from scanners.model import Text

KIND_NAMES: Mapping[FrameworkKind, Text] = {
    FrameworkKind.PROGRAMME: Text("Programme", "Programme"),
    FrameworkKind.CERTIFICATION: Text("Certification", "Certification"),
    FrameworkKind.REGULATION: Text("Réglementation", "Regulation"),
    FrameworkKind.GUIDANCE: Text("Guide", "Guidance"),
    FrameworkKind.CONTRACT: Text("Clauses de contrat", "Contract clauses"),
    FrameworkKind.MATURITY: Text("Maturité", "Maturity"),
}
UNIT_NAMES: Mapping[Unit, Text] = {
    Unit.CANDIDATE: Text("GHT, sinon entité juridique", "GHT, else legal entity"),
    Unit.LEGAL_ENTITY: Text("Entité juridique", "Legal entity"),
    Unit.ESTABLISHMENT: Text("Établissement", "Establishment"),
    Unit.SUPPLIER: Text("Fournisseur", "Supplier"),
}
CONFIDENCE_NAMES: Mapping[Confidence, Text] = {
    Confidence.OFFICIAL: Text("Texte officiel", "Official text"),
    Confidence.COPY: Text("Copie du texte", "Copy of the text"),
    Confidence.SECOND_HAND: Text("Seconde main", "Second hand"),
    Confidence.OURS: Text("Proposition de CaRE, à vérifier", "Proposal of CaRE, to be checked"),
}
METHOD_NAMES: Mapping[Method, Text] = {
    Method.RULE: Text("Règles de contrôle", "Rules"),
    Method.COMPUTED: Text("Calcul", "Computation"),
    Method.DOCUMENT: Text("Document", "Document"),
    Method.DECLARATION: Text("Déclaration", "Declaration"),
    Method.INTERVIEW: Text("Entretien", "Interview"),
}
LEVEL_NAMES: Mapping[Level, Text] = {
    Level.STANDARD: Text("Standard", "Standard"),
    Level.IMPERATIVE: Text("Impératif", "Imperative"),
    Level.ADVANCED: Text("Avancé", "Advanced"),
}
PARAMETER_KIND_NAMES: Mapping[ParameterKind, Text] = {
    ParameterKind.INTEGER: Text("Nombre entier", "Whole number"),
    ParameterKind.PERCENT: Text("Pourcentage", "Percentage"),
    ParameterKind.DATE: Text("Date", "Date"),
}
