"""A picture of control paths: who holds what at the left, tier 0 at the right, obligatory passages in strong lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

from reports.charts import Chart
from reports.layers import Box, Family, State, Tie, Wording, layered
from reports.words import Lang as ReportLang
from scanners.ad.control_paths.paths import ControlPath, Node, PathsSummary, Step
from scanners.ad.control_paths.right_words import kind_words, right_words, short_name
from scanners.model import Lang, Text

MOST_BOXES = 30
_TITLE = Text("Chemins de contrôle vers le palier 0", "Control paths to tier 0")
_TIER_ZERO = Text("palier 0", "tier 0")
_FREED = Text("{n} passent ici : {right}", "{n} pass here: {right}")
_HEADER = (
    Text("Objet", "Object"),
    Text("Nature", "Nature"),
    Text("Mène à", "Leads to"),
    Text("Par quel droit", "By which right"),
)
_LINES = {
    "essential": Text("étape d’un chemin", "step of a path"),
    "strong": Text("point de passage : l’ôter coupe des chemins", "choke point: removing it cuts paths"),
    "loop": Text("revient en arrière", "goes back"),
    "spare": Text("étape d’un chemin", "step of a path"),
    "useful": Text("étape d’un chemin", "step of a path"),
}
_MACHINES, _ACCOUNTS = ("computer",), ("user", "gmsa", "smsa", "dmsa")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and its table; `drawn` of `paths` are on it."""

    chart: Chart
    drawn: int
    paths: int


def picture_of(summary: PathsSummary, lang: Lang) -> Picture | None:
    """The first paths, as many as can be read together; None when there is none."""
    drawing = _Drawing(summary, lang)
    drawn = sum(drawing.add(path) for path in summary.paths)
    if not drawn:
        return None
    wording = Wording(
        header=cast(tuple[str, str, str, str], tuple(one.render(lang) for one in _HEADER)),
        lines={sort: words.render(lang) for sort, words in _LINES.items()},
    )
    chart = layered(_TITLE.render(lang), drawing.boxes(), drawing.ties.values(), cast(ReportLang, lang), wording)
    return Picture(chart, drawn, len(summary.paths) + summary.cut)


@dataclass
class _Drawing:
    """Nodes and ties so far. Accounts that enter by the same step as a choke point are told by its number."""

    summary: PathsSummary
    lang: Lang
    keys: dict[Node, int] = field(default_factory=dict)
    rights: dict[Node, str] = field(default_factory=dict)
    ties: dict[tuple[int, int], Tie] = field(default_factory=dict)
    ends: set[Node] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.home = _home(self.summary.paths)
        self.chokes = {(one.step.source, one.step.right): one.freed for one in self.summary.choke_points}

    def add(self, path: ControlPath) -> bool:
        """Draw a path whole, or not at all when its boxes no longer fit."""
        nodes = {node for step in path.steps for node in (step.source, step.target)}
        if not path.steps or len(self.keys.keys() | nodes) > MOST_BOXES:
            return False
        if path.accounts <= 1 and self._like_many(path.steps[0]):
            return False
        for step in path.steps:
            self._tie(step)
        self.ends.add(path.steps[-1].target)
        return True

    def _like_many(self, first: Step) -> bool:
        """Whether all this principal has is what everybody has: being signed in, or in a group already drawn."""
        return first.right in ("AuthenticatedAs", "MemberOf") and first.target in self.keys

    def _tie(self, step: Step) -> None:
        for node in (step.source, step.target):
            self.keys.setdefault(node, len(self.keys))
        self.rights.setdefault(step.source, step.right)
        place = (self.keys[step.source], self.keys[step.target])
        self.ties[place] = Tie(*place, strong=(step.source, step.right) in self.chokes)

    def boxes(self) -> list[Box]:
        """A box for each node, saying what it may do to the next."""
        return [
            Box(
                key,
                short_name(node).removeprefix(self.home),
                _family(node),
                kind_words(node, self.lang),
                *self._note(node),
            )
            for node, key in self.keys.items()
        ]

    def _note(self, node: Node) -> tuple[State, str]:
        right = self.rights.get(node)
        if node in self.ends and right is None:
            return State.LOST, _TIER_ZERO.render(self.lang)
        if right is None:
            return State.NORMAL, ""
        words, freed = f"{right_words(right, self.lang)} →", self.chokes.get((node, right))
        if freed is None:
            return State.NORMAL, words
        return State.STOPPED, _FREED.render(self.lang, {"n": freed, "right": words})


def _family(node: Node) -> Family:
    if node.kind in _MACHINES:
        return Family.INFRASTRUCTURE
    return Family.ACTIVITY if node.kind in _ACCOUNTS else Family.APPLICATION


def _home(paths: Iterable[ControlPath]) -> str:
    """How the names of most principals begin (`HOPITAL\\`): left out of a picture, where room is scarce."""
    begins = Counter(one.principal.name.partition("\\")[0] for one in paths if "\\" in one.principal.name)
    return f"{begins.most_common(1)[0][0]}\\" if begins else ""
