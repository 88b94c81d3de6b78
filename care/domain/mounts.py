"""Is a folder on a network file system? SQLite's locks are not reliable there."""

from __future__ import annotations

from pathlib import PurePosixPath

NETWORK_TYPES = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "9p", "ceph", "glusterfs", "lustre", "gpfs", "beegfs"}
)
# File systems in user space that reach another machine; plain `fuse` and `fuseblk` are local disks.
NETWORK_FUSE = frozenset({"fuse.sshfs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.davfs", "fuse.ceph"})


def network_file_system(mounts: str, path: PurePosixPath) -> str | None:
    """The type of the network file system that holds the absolute `path`, None when it is local.

    `mounts` is the text of `/proc/mounts`, where spaces of a mount point are written `\\040`.
    """
    held_by, kind = PurePosixPath("/"), ""
    for line in mounts.splitlines():
        columns = line.split(" ")
        if len(columns) < 3:
            continue
        point = PurePosixPath(_unescape(columns[1]))
        # Of two mounts on one point the later hides the earlier.
        if path.is_relative_to(point) and len(point.parts) >= len(held_by.parts):
            held_by, kind = point, columns[2]
    return kind if kind in NETWORK_TYPES | NETWORK_FUSE else None


def _unescape(text: str) -> str:
    for code, sign in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, sign)
    return text
