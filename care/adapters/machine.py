"""What the machine offers CaRE: folders, room, key file, tools, file system, clock."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path, PurePosixPath

from cryptography import x509

from care.config import Settings
from care.domain.mounts import network_file_system
from care.services.diagnosis import CLOCK, Check, State
from care.services.instance.swap import JOURNAL
from scanners.errors import system_reason
from scanners.model import Text

# Our own choice: the facts of a campaign and a database's upgrade fit in one gibibyte, a year of evidence in five.
LOW_BYTES = 5 << 30
TOO_LOW_BYTES = 1 << 30
TOOL_SECONDS = 15
# `care serve --tls` renews it sixty days before its end, at a start: so close, nobody has restarted it.
ENDING_SOON = timedelta(days=30)
RESTART_UNDER_TLS = Text(
    "redémarrez « care serve --tls » : il le refait", "restart “care serve --tls”: it makes it again"
)
MOUNTS = Path("/proc/mounts")

_VERSION = re.compile(r"\d+(?:\.\d+)+")
# Command, how it tells its version, Debian package, what it is for.
_TOOLS = (
    ("nmap", ("--version",), "nmap", Text("audit d’exposition", "exposure audit")),
    ("restic", ("version",), "restic", Text("audit des sauvegardes restic", "audit of restic backups")),
    ("borg", ("--version",), "borgbackup", Text("audit des sauvegardes borg", "audit of borg backups")),
)


def check_machine(settings: Settings) -> tuple[Check, ...]:
    """Every check that needs neither database nor network."""
    return (
        check_folder(settings.data_dir),
        check_room(settings.data_dir),
        check_key(settings.secret_key_file),
        *check_closed(settings),
        *check_restore(settings.data_dir),
        *check_certificate(settings.data_dir / "tls" / "server.crt", datetime.now(UTC)),
        check_file_system(settings),
        *(check_tool(*tool) for tool in _TOOLS),
        check_typst(),
        check_clock(),
    )


def check_folder(folder: Path) -> Check:
    """Whether the data folder exists, is closed to others, and can be written."""
    name = Text("Dossier de données", "Data folder")
    said = Text(str(folder), str(folder))
    if not folder.exists():
        cure = Text("il sera créé par « care db upgrade »", "“care db upgrade” will make it")
        return Check(name, State.WARNING, Text(f"{folder} n’existe pas encore", f"{folder} does not exist yet"), cure)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = system_reason(error)
        return Check(
            name,
            State.PROBLEM,
            Text(f"{folder} n’est pas modifiable ({reason.fr})", f"{folder} cannot be written ({reason.en})"),
            Text("donnez-le au compte qui lance CaRE", "give it to the account that runs CaRE"),
        )
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o077:
        cure = Text(f"chmod 700 {folder}", f"chmod 700 {folder}")
        opened = Text(f"{folder} est ouvert à d’autres ({mode:o})", f"{folder} is open to others ({mode:o})")
        return Check(name, State.WARNING, opened, cure)
    return Check(name, State.OK, said)


def check_room(folder: Path) -> Check:
    """Whether the disk of the data folder has room left."""
    name = Text("Place libre", "Free space")
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(existing).free
    state = State.PROBLEM if free < TOO_LOW_BYTES else State.WARNING if free < LOW_BYTES else State.OK
    gigabytes = f"{free / 2**30:.1f}"
    cure = Text("libérez de la place ou déplacez CARE_DATA_DIR", "make room or move CARE_DATA_DIR")
    found = Text(f"{gigabytes.replace('.', ',')} Gio", f"{gigabytes} GiB")
    return Check(name, state, found, Text("", "") if state is State.OK else cure)


def check_key(file: Path) -> Check:
    """Whether the key of the stored secrets is there and readable by its owner alone."""
    name = Text("Clé des secrets", "Secret key")
    if not file.exists():
        return Check(
            name,
            State.WARNING,
            Text(f"{file} n’existe pas encore", f"{file} does not exist yet"),
            Text(
                "sera créée au premier démarrage ; si la base contient déjà des secrets, remettez la clé d’origine",
                "the first start will make it; if the database already holds secrets, put the original key back",
            ),
        )
    return _closed(name, file)


def check_closed(settings: Settings) -> tuple[Check, ...]:
    """The other files that hold a secret, where they exist: whether their owner alone may read them."""
    held = (
        (Text("Clé de scellement", "Sealing key"), settings.seal_key_file),
        (Text("Mot de passe du relais", "Password of the relay"), settings.smtp_password_file),
        (Text("Clé des sauvegardes", "Key of backups"), settings.backup_key_file),
    )
    return tuple(_closed(name, file) for name, file in held if file is not None and file.exists())


def _closed(name: Text, file: Path) -> Check:
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077 or not os.access(file, os.R_OK):
        opened = Text(f"{file} a les droits {mode:o}", f"{file} has mode {mode:o}")
        return Check(name, State.PROBLEM, opened, Text(f"chmod 600 {file}", f"chmod 600 {file}"))
    return Check(name, State.OK, Text(str(file), str(file)))


def check_restore(folder: Path) -> tuple[Check, ...]:
    """Whether a restore was cut in the middle of its change: the database may then seem lost."""
    if not (folder / JOURNAL).exists():
        return ()
    found = Text("une restauration a été coupée pendant le changement", "a restore was cut during its change")
    cure = Text(
        "démarrez CaRE, ou lancez « care db status » : il l’achève", "start CaRE, or run “care db status”: it ends it"
    )
    return (Check(Text("Restauration", "Restore"), State.WARNING, found, cure),)


def check_certificate(file: Path, now: datetime) -> tuple[Check, ...]:
    """How long the certificate of `care serve --tls` still holds, where there is one."""
    if not file.exists():
        return ()
    name = Text("Certificat de CaRE", "Certificate of CaRE")
    try:
        ends = x509.load_pem_x509_certificates(file.read_bytes())[0].not_valid_after_utc
    except (OSError, ValueError):
        unread = Text(f"{file} ne se lit pas", f"{file} cannot be read")
        return (Check(name, State.PROBLEM, unread, RESTART_UNDER_TLS),)
    found = Text(f"valable jusqu’au {ends:%d/%m/%Y}", f"valid until {ends:%Y-%m-%d}")
    if ends <= now:
        return (Check(name, State.PROBLEM, found, RESTART_UNDER_TLS),)
    if ends - now < ENDING_SOON:
        return (Check(name, State.WARNING, found, RESTART_UNDER_TLS),)
    return (Check(name, State.OK, found),)


def check_file_system(settings: Settings) -> Check:
    """Whether the embedded database would sit on a network file system."""
    name = Text("Système de fichiers", "File system")
    kind = None
    if settings.database_url.startswith("sqlite") and MOUNTS.exists():
        kind = network_file_system(MOUNTS.read_text(), PurePosixPath(settings.data_dir.resolve()))
    if kind is None:
        return Check(name, State.OK, Text("local", "local"))
    cure = Text("mettez les données sur un disque local, ou utilisez PostgreSQL", "use a local disk, or PostgreSQL")
    return Check(name, State.PROBLEM, Text(f"réseau ({kind})", f"network ({kind})"), cure)


def check_tool(command: str, ask: tuple[str, ...], package: str, purpose: Text) -> Check:
    """Whether a tool is installed, and which version."""
    name = Text(command, command)
    path = shutil.which(command)
    if path is None:
        absent = Text(f"absent ; nécessaire pour : {purpose.fr}", f"missing; needed for: {purpose.en}")
        return Check(name, State.WARNING, absent, Text(f"apt install {package}", f"apt install {package}"))
    try:
        said = _output([path, *ask])
    except (OSError, subprocess.SubprocessError) as error:
        broken = Text(f"ne démarre pas ({error})", f"does not start ({error})")
        return Check(name, State.PROBLEM, broken, Text(f"réinstallez {package}", f"install {package} again"))
    version = _VERSION.search(said)
    shown = version.group() if version else "?"
    return Check(name, State.OK, Text(shown, shown))


def _output(command: list[str]) -> str:
    run = subprocess.run(command, capture_output=True, text=True, timeout=TOOL_SECONDS, check=True)  # noqa: S603 - ours
    return run.stdout


def check_typst() -> Check:
    """Whether the maker of documents is there: it comes with the Python packages."""
    name = Text("typst", "typst")
    try:
        shown = metadata.version("typst")
    except metadata.PackageNotFoundError:
        cure = Text(
            "refaites l’environnement virtuel : tools/venv.sh", "make the virtual environment again: tools/venv.sh"
        )
        return Check(name, State.PROBLEM, Text("absent : aucun rapport PDF", "missing: no PDF report"), cure)
    return Check(name, State.OK, Text(shown, shown))


def check_clock() -> Check:
    """Whether the machine keeps its clock by NTP, where it can say so."""
    path = shutil.which("timedatectl")
    unknown = Check(CLOCK, State.OK, Text("synchronisation inconnue", "synchronisation unknown"))
    if path is None:
        return unknown
    try:
        said = _output([path, "show", "-p", "NTPSynchronized", "--value"]).strip()
    except (OSError, subprocess.SubprocessError):
        return unknown
    if said != "no":
        return Check(CLOCK, State.OK, Text("synchronisée", "synchronised")) if said == "yes" else unknown
    cure = Text(
        "activez NTP : les échéances et le journal en dépendent", "turn NTP on: deadlines and the trail need it"
    )
    return Check(CLOCK, State.WARNING, Text("non synchronisée", "not synchronised"), cure)
