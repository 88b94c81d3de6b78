from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from care.domain.mounts import network_file_system

MOUNTS = r"""/dev/vda / ext4 rw 0 0
proc /proc proc rw 0 0
filer:/data /srv nfs4 rw 0 0
/dev/vdb /srv/local xfs rw 0 0
//filer/care /mnt/my\040share cifs rw 0 0
host: /mnt/ssh fuse.sshfs rw 0 0
/dev/vdc /mnt/disk fuseblk rw 0 0
/dev/vdd /over ext4 rw 0 0
filer:/over /over nfs rw 0 0
short line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/care/care.sqlite3", None),
        ("/srv/care.sqlite3", "nfs4"),
        ("/srv", "nfs4"),
        ("/srvx/care.sqlite3", None),
        ("/srv/local/care.sqlite3", None),
        ("/mnt/my share/care.sqlite3", "cifs"),
        ("/mnt/ssh/a/b", "fuse.sshfs"),
        ("/mnt/disk/care.sqlite3", None),
        ("/over/care.sqlite3", "nfs"),
    ],
)
def test_the_innermost_mount_decides(path: str, kind: str | None) -> None:
    assert network_file_system(MOUNTS, PurePosixPath(path)) == kind


def test_no_mounts_means_local() -> None:
    assert network_file_system("", PurePosixPath("/srv")) is None
