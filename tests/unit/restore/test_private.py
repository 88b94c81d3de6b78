"""A restored tree made private: what is strange is counted, and nothing outside of it is touched."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from scanners.restore.collect_private import made_private


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_only_files_of_the_tree_are_changed(tmp_path: Path) -> None:
    outside, tree = tmp_path / "outside", tmp_path / "tree"
    (tree / "folder").mkdir(parents=True)
    outside.write_text("of somebody else")
    outside.chmod(0o644)
    (tree / "hard").hardlink_to(outside)
    (tree / "link").symlink_to(outside)
    (tree / "folder" / "raised").write_text("x")
    (tree / "folder" / "raised").chmod(0o4755)
    (tree / "one").write_text("x")
    (tree / "two").hardlink_to(tree / "one")
    (tree / "one").chmod(0o777)
    os.mkfifo(tree / "pipe")
    assert made_private(tree) == {"hard_link": 3, "link": 1, "pipe": 1, "setuid": 1}
    assert mode_of(outside) == 0o644
    assert mode_of(tree / "one") == mode_of(tree / "folder" / "raised") == 0o600
    assert mode_of(tree / "folder") == 0o700
