"""A throw-away PostgreSQL server: made for one dump, reached by one socket of a closed folder, gone with its files.

A dump may be hostile: whoever holds the repository wrote it. What it could do, and what stops it here:
- run programs or read files of this machine (COPY … PROGRAM, pg_read_file, untrusted languages, C functions, foreign
  servers): it is loaded by an account of the database that is no superuser and holds no role; no extension that runs
  code or opens connections may be created (an event trigger of ours refuses it);
- come back as a superuser (a function that we would call): the superuser never enters the database after the load, and
  both accounts have passwords drawn for the occasion;
- orders for psql (`\\!`, `\\copy … program`, `\\o |…`): no psql is run (`sql_script`);
- reach the network: the server listens to no address, and runs in a network of its own wherever the system allows;
- fill the disk, the memory or the processor: the scratch place is watched, memory and processor time are limited, and
  everything ends with the drill; as root, the server and pg_restore run as `nobody`.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from scanners.backup.collect_process import ToolStoppedError
from scanners.backup.collect_repository import UnreadableError
from scanners.backup.collect_watched import end_tree

OWNER, LOADER, DATABASE = "care_owner", "care_drill", "drill"
FENCE = "care_fence"
ALLOWED_EXTENSIONS = (
    "plpgsql", "btree_gin", "btree_gist", "citext", "cube", "dict_int", "earthdistance", "fuzzystrmatch", "hstore",
    "intarray", "isn", "lo", "ltree", "pg_trgm", "pgcrypto", "seg", "tablefunc", "tcn", "tsm_system_rows",
    "tsm_system_time", "unaccent", "uuid-ossp",
)  # fmt: skip
"""Extensions that only add types, operators and functions of data."""
_ACCOUNT, _GROUP = "nobody", "nogroup"
_FOLDER = "/proc/self/fd/{}"
_START_SECONDS = 60.0
_SETTINGS = (
    "listen_addresses=",
    "unix_socket_directories=.", "fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off",
    "max_connections=8", "max_wal_senders=0", "wal_level=minimal", "max_wal_size=256MB", "max_worker_processes=0",
    "max_parallel_workers=0", "max_logical_replication_workers=0", "shared_buffers=64MB", "jit=off",
    "log_min_messages=panic", "log_min_error_statement=panic", "password_encryption=scram-sha-256",
)  # fmt: skip

Connection = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True)
class Server:
    """A running server: where its programs are, the open folder of its socket, the password of the account that loads.

    The folder is handed on open: whatever its path, the name of the socket is short enough for the system.
    """

    programs: Path
    sockets: int
    loader_password: str
    version: str

    def connect(self) -> Connection:
        """A connection of the account that loads, each order by itself."""
        return _connection(self.sockets, LOADER, self.loader_password, DATABASE)

    def restore(self, archive: Path, seconds: float) -> str:
        """What pg_restore said while it loaded an archive; ToolStoppedError when it went over its time."""
        words = ["--dbname", DATABASE, "--host", _FOLDER.format(self.sockets), "--username", LOADER, "--no-password"]
        left_out = ["--no-owner", "--no-privileges", "--no-tablespaces", "--no-comments", "--no-publications"]
        left_out += ["--no-subscriptions", "--no-security-labels"]
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PGPASSWORD": self.loader_password}
        with archive.open("rb") as content, tempfile.TemporaryFile() as said:
            child = subprocess.Popen(  # noqa: S603 - our own words, no shell
                [*_as_nobody(), str(self.programs / "pg_restore"), *words, *left_out],
                stdin=content, stdout=subprocess.DEVNULL, stderr=said, env=environment, cwd="/",
                pass_fds=(self.sockets,),
            )  # fmt: skip
            try:
                child.wait(max(seconds, 0.0))
            except subprocess.TimeoutExpired as error:
                raise ToolStoppedError from error
            finally:
                child.kill()
                child.wait()
            said.seek(0)
            return said.read(1 << 20).decode("utf-8", "replace")


def find_programs() -> Path | None:
    """The folder of the newest PostgreSQL server installed, None when there is none."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: _number(one.parts[4]))
    if debian:
        return debian[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _number(version: str) -> float:
    with suppress(ValueError):
        return float(version)
    return 0.0


@contextmanager
def server(scratch: Path, seconds: float) -> Iterator[Server]:
    """A server of our own under `scratch`; nothing of it is left afterwards. UnreadableError when there can be none."""
    programs = find_programs()
    if programs is None:
        raise UnreadableError(
            "PostgreSQL n’est pas installé ici : installez le paquet « postgresql » pour essayer les bases.",
            "PostgreSQL is not installed here: install the package “postgresql” to try databases.",
        )
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=scratch))
    _hand_over(folder)
    try:
        passwords = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        _make(programs, folder, passwords[0])
        with _opened(folder / "data") as sockets, _started(programs, folder, seconds) as child:
            version = _set_up(sockets, passwords, child)
            yield Server(programs, sockets, passwords[1], version)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield number
    finally:
        os.close(number)


def _hand_over(folder: Path) -> None:
    """As root, the folder belongs to `nobody`, who may walk to it and see nothing on the way."""
    if os.geteuid() != 0:
        return
    shutil.chown(folder, _ACCOUNT, _GROUP)
    temporary = Path(tempfile.gettempdir())
    for parent in folder.parents:
        if parent.is_relative_to(temporary):
            parent.chmod(parent.stat().st_mode | stat.S_IXOTH)
        elif not parent.stat().st_mode & stat.S_IXOTH:
            raise UnreadableError(
                f"le dossier temporaire est sous {parent}, où le compte « nobody » n’entre pas : lancez CaRE sous un "
                "compte ordinaire, ou avec TMPDIR=/var/tmp.",
                f"the temporary folder is under {parent}, where the account “nobody” may not go: run CaRE as an "
                "ordinary account, or with TMPDIR=/var/tmp.",
            )


def _make(programs: Path, folder: Path, password: str) -> None:
    secret = folder / "password"
    secret.touch(0o600)
    secret.write_text(password)
    if os.geteuid() == 0:
        shutil.chown(secret, _ACCOUNT, _GROUP)
    words = ["-D", str(folder / "data"), "-U", OWNER, "-A", "scram-sha-256", f"--pwfile={secret}"]
    words += ["-E", "UTF8", "--locale=C", "--no-sync"]
    done = subprocess.run(  # noqa: S603 - our own words, no shell
        [*_as_nobody(), str(programs / "initdb"), *words],
        stdin=subprocess.DEVNULL, capture_output=True, cwd="/", env=_environment(folder), timeout=_START_SECONDS,
        check=False,
    )  # fmt: skip
    secret.unlink()
    if done.returncode:
        raise _not_started(done.stderr.decode("utf-8", "replace"))


@contextmanager
def _started(programs: Path, folder: Path, seconds: float) -> Iterator[subprocess.Popen[bytes]]:
    settings = [word for one in _SETTINGS for word in ("-c", one)]
    bounded = ["prlimit", f"--cpu={max(1, int(seconds))}", "--core=0", "--"]
    child = subprocess.Popen(  # noqa: S603 - our own words, no shell
        [*_alone(), *bounded, *_as_nobody(), str(programs / "postgres"), "-D", str(folder / "data"), *settings],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
        env=_environment(folder),
    )  # fmt: skip
    try:
        yield child
    finally:
        end_tree(child.pid)
        child.wait()


def _environment(folder: Path) -> dict[str, str]:
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _as_nobody() -> list[str]:
    """What stands before a command so that root does not run it."""
    if os.geteuid() != 0:
        return []
    number = pwd.getpwnam(_ACCOUNT)
    return ["setpriv", f"--reuid={number.pw_uid}", f"--regid={number.pw_gid}", "--clear-groups", "--no-new-privs", "--"]


def _alone() -> list[str]:
    """What stands before a command so that it has neither network nor other processes; nothing where the system does
    not allow it: the server then still listens to no address."""
    own = ["unshare", "--net", "--pid", "--fork", "--kill-child"]
    if os.geteuid() != 0:
        own += ["--user", "--map-current-user"]
    return [*own, "--"] if _allowed([*own, "--", "true"]) else []


def _allowed(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0  # noqa: S603 - ours
    except (OSError, subprocess.TimeoutExpired):
        return False


def _set_up(sockets: int, passwords: tuple[str, str], child: subprocess.Popen[bytes]) -> str:
    """The account that loads, its database, what it may not create; the version of the server."""
    with _first(sockets, passwords[0], child) as owner:
        version = str(owner.info.server_version // 10_000)
        role = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS")
        owner.execute(role.format(sql.Identifier(LOADER), sql.Literal(passwords[1])))
        database = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0")
        owner.execute(database.format(sql.Identifier(DATABASE), sql.Identifier(LOADER)))
    with _connection(sockets, OWNER, passwords[0], DATABASE) as owner:
        owner.execute(_FENCING.format(fence=sql.Identifier(FENCE), allowed=sql.Literal(list(ALLOWED_EXTENSIONS))))
        owner.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(LOADER)))
    return version


_FENCING = sql.SQL("""
CREATE SCHEMA {fence};
CREATE FUNCTION {fence}.refuse() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE named text;
BEGIN
  FOR named IN SELECT object_identity FROM pg_event_trigger_ddl_commands() WHERE object_type = 'extension' LOOP
    IF NOT btrim(named, '"') = ANY ({allowed}) THEN
      RAISE EXCEPTION 'this extension is not allowed in a drill';
    END IF;
  END LOOP;
END $$;
CREATE EVENT TRIGGER care_fence ON ddl_command_end WHEN TAG IN ('CREATE EXTENSION') EXECUTE FUNCTION {fence}.refuse();
""")


def _first(sockets: int, password: str, child: subprocess.Popen[bytes]) -> Connection:
    """The first connection, once the server answers."""
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            return _connection(sockets, OWNER, password, "postgres")
        except psycopg.OperationalError as error:
            if child.poll() is not None or time.monotonic() > until:
                raise _not_started(str(error)) from error
            time.sleep(0.05)


def _connection(sockets: int, user: str, password: str, database: str) -> Connection:
    return psycopg.connect(
        host=_FOLDER.format(sockets), user=user, password=password, dbname=database, autocommit=True, connect_timeout=10
    )


def _not_started(words: str) -> UnreadableError:
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    said = lines[0][:200] if lines else "?"
    return UnreadableError(
        f"le serveur PostgreSQL d’essai n’a pas démarré ({said}), vérifiez son installation et la place libre.",
        f"the trial PostgreSQL server did not start ({said}), check its installation and the free space.",
    )
