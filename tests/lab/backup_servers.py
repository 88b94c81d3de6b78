"""Servers that hold repositories of the lab: an sshd of its own, two REST servers (one only grows), an S3 service.

The REST server is a few lines (`rest_server.py`); the S3 service is moto, in an environment of its own installed from
`requirements/s3-lab.txt` (locked by `tools/lock.sh`) and started by `start_s3` only, since that takes a download.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.lab import stage

SSH_PORT, REST_PORT, GROWING_PORT, S3_PORT = 2224, 8001, 8002, 8003
USER, PASSWORD = "care", "Acces & depots: 1"
ACCESS_KEY, SECRET_KEY = "CARELAB", "secret+de/laboratoire"
BUCKETS = {"conforme": ("COMPLIANCE", 30), "contournable": ("GOVERNANCE", 30), "sans-verrou": ("", 0)}
"""Bucket -> mode and days of its object lock; "" for none."""
_REST = Path(__file__).with_name("rest_server.py")
_LOCK = Path(__file__).parents[2] / "requirements" / "s3-lab.txt"
_SSHD = """Port {port}
ListenAddress {address}
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized
Subsystem sftp internal-sftp
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
"""


@dataclass(frozen=True)
class Servers:
    """Where they listen, and what opens them."""

    address: str
    folder: Path

    @property
    def key(self) -> str:
        """The private key that the sshd accepts."""
        return (self.folder / "key").read_text()

    @property
    def stranger(self) -> str:
        """A private key that it does not."""
        return (self.folder / "stranger").read_text()

    @property
    def host_keys(self) -> str:
        """The line of known_hosts of the sshd."""
        kind, public = (self.folder / "host.pub").read_text().split()[:2]
        return f"[{self.address}]:{SSH_PORT} {kind} {public}"

    @property
    def shelves(self) -> Path:
        """The folder the REST servers serve, one repository each."""
        return self.folder / "shelves"


def start(folder: Path, octet: int) -> Servers:
    """Start the sshd and both REST servers (half a second)."""
    stage.require_root("backup")
    stage.require_programs(
        {"/usr/sbin/sshd": "openssh-server", "ssh": "openssh-client", "ssh-keygen": "openssh-client"}
    )
    address = stage.address(octet, "backup")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name in ("host", "key", "stranger"):
        stage.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name])
    shutil.copyfile(folder / "key.pub", folder / "authorized")
    config = folder / "sshd.conf"
    config.write_text(_SSHD.format(port=SSH_PORT, address=address, folder=folder))
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    servers = Servers(address, folder)
    servers.shelves.mkdir()
    rest = [sys.executable, _REST, servers.shelves, address]
    started = {
        SSH_PORT: stage.spawn(folder, "sshd", ["/usr/sbin/sshd", "-D", "-e", "-f", config]),
        REST_PORT: stage.spawn(folder, "rest", [*rest, str(REST_PORT), USER, PASSWORD]),
        GROWING_PORT: stage.spawn(folder, "growing", [*rest, str(GROWING_PORT), USER, PASSWORD, "append-only"]),
    }
    for port, process in started.items():
        stage.wait_for_port(address, port, process=process)
    return servers


def shelve(servers: Servers, repository: Path, name: str) -> Path:
    """Put a copy of a local restic repository where the REST servers find it: objects of a kind in one folder."""
    shelf = servers.shelves / name
    stage.copy_tree(repository, shelf)
    for pack in list((shelf / "data").glob("*/*")):
        pack.rename(shelf / "data" / pack.name)
    for empty in [one for one in (shelf / "data").iterdir() if one.is_dir()]:
        empty.rmdir()
    return shelf


def start_s3(servers: Servers, cache: Path) -> str:
    """Start the S3 service with its buckets, and return its endpoint."""
    python = _installed(cache)
    command = [python, "-m", "moto.server", "-H", servers.address, "-p", str(S3_PORT)]
    process = stage.spawn(servers.folder, "s3", command)
    stage.wait_for_port(servers.address, S3_PORT, process=process)
    endpoint = f"http://{servers.address}:{S3_PORT}"
    stage.run([python, "-c", _MAKE_BUCKETS, endpoint, ACCESS_KEY, SECRET_KEY, repr(BUCKETS)])
    return endpoint


def objects(servers: Servers, cache: Path, bucket: str) -> list[list[str]]:
    """Every version of every object of a bucket: its name, version, digest and date."""
    endpoint = f"http://{servers.address}:{S3_PORT}"
    words = [_installed(cache), "-c", _LIST_OBJECTS, endpoint, ACCESS_KEY, SECRET_KEY, bucket]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    found: list[list[str]] = json.loads(said)
    return found


def stop(folder: Path) -> None:
    """End them."""
    stage.stop_all(folder)


_MAKE_BUCKETS = """
import ast, sys, boto3
endpoint, key, secret, buckets = sys.argv[1:]
login = {"aws_access_key_id": key, "aws_secret_access_key": secret, "region_name": "us-east-1"}
s3 = boto3.client("s3", endpoint_url=endpoint, **login)
for name, (mode, days) in ast.literal_eval(buckets).items():
    s3.create_bucket(Bucket=name, **({"ObjectLockEnabledForBucket": True} if mode else {}))
    if mode:
        rule = {"DefaultRetention": {"Mode": mode, "Days": days}}
        lock = {"ObjectLockEnabled": "Enabled", "Rule": rule}
        s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=lock)
"""


_LIST_OBJECTS = """
import json, sys, boto3
endpoint, key, secret, bucket = sys.argv[1:]
login = {"aws_access_key_id": key, "aws_secret_access_key": secret, "region_name": "us-east-1"}
found = boto3.client("s3", endpoint_url=endpoint, **login).list_object_versions(Bucket=bucket)
versions = [[one["Key"], one["VersionId"], one["ETag"], str(one["LastModified"])] for one in found.get("Versions", [])]
erased = [[one["Key"], one["VersionId"], "", "erased"] for one in found.get("DeleteMarkers", [])]
print(json.dumps(sorted(versions + erased)))
"""


def _installed(cache: Path) -> Path:
    """The Python that has moto, installed once."""

    def install(folder: Path) -> None:
        stage.run([sys.executable, "-m", "venv", folder])
        pip = [folder / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
        stage.run([*pip, "install", "--require-hashes", "-r", _LOCK])

    return stage.cached(cache, "s3-lab", [_LOCK.read_bytes(), sys.version], install) / "bin" / "python"
