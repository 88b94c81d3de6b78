"""Steps of control paths in words: every right and every kind has its own, and names fit in a picture."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanners.ad.columns import Kind
from scanners.ad.control_paths.paths import Node, path_from
from scanners.ad.control_paths.right_words import KINDS, RIGHTS, kind_words, right_words, short_name
from scanners.ad.rights import Right
from scanners.model import LANGS, Gap, NotAssessable, Text
from tests.unit.ad.specimens import BROKEN, HEALTHY


def test_every_right_has_its_words() -> None:
    named = {right.name for right in Right} - {"NONE"}
    assert named == set(RIGHTS)
    for lang in LANGS:
        said = [right_words(name, lang) for name in sorted(named)]
        assert len(set(said)) == len(said)
    assert right_words("Unknown", "fr") == "Unknown"


def test_kinds_are_those_of_objects() -> None:
    assert set(KINDS) <= {kind.name.lower() for kind in Kind} | {"identity"}
    assert kind_words(Node("x", "pso", "CN=x"), "fr") == "Objet de l’annuaire"


@pytest.mark.parametrize(
    ("node", "short"),
    [
        (Node("HOPITAL\\krbtgt", "user", "CN=krbtgt,DC=hopital"), "HOPITAL\\krbtgt"),
        (Node("DC=hopital,DC=test", "domain", "DC=hopital,DC=test"), "hopital.test"),
        (Node("CN=AdminSDHolder,CN=System", "container", "CN=AdminSDHolder,CN=System"), "AdminSDHolder"),
        (Node("S-1-5-11", "identity", ""), "S-1-5-11"),
    ],
)
def test_names_are_short_in_pictures(node: Node, short: str) -> None:
    assert short_name(node) == short


@pytest.mark.parametrize("wanted", ["agent1", "HOPITAL\\AGENT1", "CN=agent1,OU=Personnel,DC=hopital,DC=test"])
def test_a_principal_is_found_by_any_of_its_names(wanted: str) -> None:
    found = path_from(BROKEN, wanted)
    assert found is not None
    assert [(step.right, step.target.kind) for step in found.steps] == [("DCSync", "domain")]
    sid = BROKEN.objects.sid(BROKEN.objects.row_by_dn[found.principal.dn.lower()])
    assert path_from(BROKEN, sid) == found


@pytest.mark.parametrize("wanted", ["", "nobody", "CN=nobody", "S-1-5-21-0"])
def test_nobody_is_called_so(wanted: str) -> None:
    assert path_from(BROKEN, wanted) is None


def test_who_has_no_path_has_no_step() -> None:
    privileged, ordinary = path_from(BROKEN, "krbtgt"), path_from(HEALTHY, "agent1")
    assert privileged is not None
    assert ordinary is not None
    assert privileged.steps == ordinary.steps == ()
    assert (privileged.privileged, ordinary.privileged) == (True, False)


def test_no_path_is_not_sure_when_something_needed_was_not_read() -> None:
    cut = replace(HEALTHY, gaps=(Gap("configuration", Text("Coupure.", "Cut."), truncated=True),))
    with pytest.raises(NotAssessable, match="Cut"):
        path_from(cut, "agent1")
    privileged = path_from(cut, "krbtgt")
    assert privileged is not None
    assert privileged.privileged
