"""Reads the domain's folder of SYSVOL over SMB, with the account of the audit, on the controller of the audit only.

Signing is required and no guest or anonymous session is taken; links and DFS referrals are not followed; every message
passes by `_ReadOnly`, which lets none through that could change something. What was not read becomes a gap.
"""

from __future__ import annotations

import logging
import struct
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from smbprotocol.connection import Commands, Connection, NtStatus
from smbprotocol.exceptions import SMBException, SMBResponseException
from smbprotocol.file_info import FileInformationClass, InfoType
from smbprotocol.open import (
    CreateDisposition,
    CreateOptions,
    FileAttributes,
    ImpersonationLevel,
    Open,
    QueryDirectoryFlags,
    ShareAccess,
    SMB2QueryInfoRequest,
    SMB2QueryInfoResponse,
)
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect

from scanners.ad.descriptors import MALFORMED, WITHHELD, DescriptorReader
from scanners.ad.facts import file_time
from scanners.ad.ldap import collect_ber as ber
from scanners.ad.ldap.collect_errors import WindowClosed
from scanners.ad.ldap.collect_pace import at_once
from scanners.ad.sources.policy_files import MAX_BYTES, read_policy_file, reader_of
from scanners.ad.sysvol import SECTION, Setting, SharedFile, Sysvol, is_policy_root, policy_of
from scanners.model import Gap, Text

PORT: Final = 445
READ_DATA, READ_ATTRIBUTES, READ_CONTROL, SYNCHRONIZE = 0x1, 0x80, 0x20000, 0x100000
READ_ONLY_ACCESS: Final = READ_DATA | READ_ATTRIBUTES | READ_CONTROL | SYNCHRONIZE
"""All that an open of ours ever asks for (for a folder, the first bit lists it)."""
ALLOWED_COMMANDS: Final = frozenset(
    {
        Commands.SMB2_NEGOTIATE,
        Commands.SMB2_SESSION_SETUP,
        Commands.SMB2_LOGOFF,
        Commands.SMB2_TREE_CONNECT,
        Commands.SMB2_TREE_DISCONNECT,
        Commands.SMB2_CREATE,
        Commands.SMB2_CLOSE,
        Commands.SMB2_READ,
        Commands.SMB2_IOCTL,
        Commands.SMB2_ECHO,
        Commands.SMB2_QUERY_DIRECTORY,
        Commands.SMB2_QUERY_INFO,
    }
)
"""IOCTL is there for the check that nobody weakened the negotiation (SMB 3.0)."""

_BROKEN = (SMBException, OSError, ValueError, struct.error, LookupError, ArithmeticError, TypeError, AttributeError)
"""What the library raises when the connection ends, or when what it received is not SMB."""
_CHUNK = 65_536
_REPARSE_POINT = 0x400
_REFUSED = frozenset({NtStatus.STATUS_ACCESS_DENIED})
_REFERRALS = frozenset({0xC0000257, NtStatus.STATUS_STOPPED_ON_SYMLINK})
_LOGON_FAILURES = range(0xC0000064, 0xC0000075)
_OTHER_LOGON_FAILURES = frozenset({0xC000015B, 0xC0000193, 0xC0000224, 0xC0000234, 0xC0000418, 0xC0000022})
_MOST_NAMES = 3

log = logging.getLogger(__name__)
Progress = Callable[[float, Text], None]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where the reading ends, whatever the share holds. `seconds` is for all of it, waits of the pace left out."""

    files: int = 50_000
    depth: int = 16
    total_bytes: int = 256 << 20
    values: int = 500_000
    seconds: float = 900


@dataclass(frozen=True, slots=True)
class Share:
    """The share of one controller. `host` is the address that answered over LDAP; `seconds` bounds each answer."""

    host: str
    domain: str
    user: str
    password: str
    seconds: int
    port: int = PORT
    bounds: Bounds = Bounds()


class _ReadOnly(Connection):  # type: ignore[misc] # the library has no types
    """A connection on which nothing can be written, and no link leads elsewhere."""

    def __init__(self, share: Share) -> None:
        super().__init__(uuid.uuid4(), share.host, share.port, require_signing=True)
        self._bound = share.seconds

    def send(self, message: Any, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - structures of the library
        """Send what only reads."""
        if message.COMMAND not in ALLOWED_COMMANDS or not _only_reads(message):
            raise SMBException("a message that could change something")
        return super().send(message, *args, **options)

    def send_compound(self, *_args: Any, **_options: Any) -> Any:  # noqa: ANN401 - structures of the library
        """Several messages in one are never sent: they would not be looked at."""
        raise SMBException("a message that could change something")

    def receive(
        self,
        request: Any,  # noqa: ANN401 - a structure of the library
        wait: bool = True,
        timeout: float | None = None,
        resolve_symlinks: bool = True,
    ) -> Any:  # noqa: ANN401 - a structure of the library
        """Wait no longer than asked for, and never go where a link leads."""
        del timeout, resolve_symlinks
        return super().receive(request, wait=wait, timeout=self._bound, resolve_symlinks=False)


def _only_reads(message: Any) -> bool:  # noqa: ANN401 - structures of the library
    if message.COMMAND != Commands.SMB2_CREATE:
        return True
    asked = message["desired_access"].get_value()
    opens = message["create_disposition"].get_value() == CreateDisposition.FILE_OPEN
    keeps = not message["create_options"].get_value() & CreateOptions.FILE_DELETE_ON_CLOSE
    return bool(asked & ~READ_ONLY_ACCESS == 0 and opens and keeps)


def read_sysvol(
    share: Share, progress: Progress, may_ask: Callable[[], None] = at_once
) -> tuple[Sysvol | None, tuple[Gap, ...]]:
    """The domain's folder, and what of it was not read. Never raises: a share that does not answer is a gap.

    `may_ask` is called before the connection and before each opening: it may wait, or raise `WindowClosed`.
    """
    try:
        may_ask()
    except WindowClosed as over:
        return None, (Gap(SECTION, over.gap),)
    for library in ("smbprotocol", "spnego"):  # they would tell names of files and accounts
        logging.getLogger(library).setLevel(logging.ERROR)
    connection = _ReadOnly(share)
    try:
        connection.connect(timeout=share.seconds)
    except _BROKEN as error:
        _end(connection)
        return None, (Gap(SECTION, _silent(share, error)),)
    try:
        return _read(connection, share, progress, may_ask)
    finally:
        _end(connection)


def _read(
    connection: Connection, share: Share, progress: Progress, may_ask: Callable[[], None]
) -> tuple[Sysvol | None, tuple[Gap, ...]]:
    try:
        session = Session(connection, share.user, share.password, require_encryption=False, auth_protocol="ntlm")
        session.connect()
        tree = TreeConnect(session, rf"\\{share.host}\SYSVOL")
        tree.connect()
    except _BROKEN as error:
        return None, (Gap(SECTION, _no_session(share, error)),)
    walk = _Walk(tree, share, may_ask)
    walk.everything(progress)
    return walk.read(), tuple(walk.gaps())


def _end(connection: Connection) -> None:
    try:
        connection.disconnect(close=False)
    except _BROKEN as error:
        log.debug("SMB connection already gone: %s", type(error).__name__)


class _Walk:
    """The reading of the share, folder after folder."""

    def __init__(self, tree: TreeConnect, share: Share, may_ask: Callable[[], None]) -> None:
        self._tree = tree
        self._share = share
        self._may_ask = may_ask
        self._until = time.monotonic() + share.bounds.seconds
        self._descriptors = DescriptorReader()
        self._files: list[SharedFile] = []
        self._settings: list[Setting] = []
        self._bytes = 0
        self._values = 0
        self._missing: dict[str, list[str]] = {}
        self._ended: Text | None = None

    def everything(self, progress: Progress) -> None:
        """Policies, then scripts; a connection that breaks ends the reading."""
        folders = deque(("Policies", "scripts"))
        try:
            while folders and not self._over():
                path = folders.popleft()
                if is_policy_root(path):
                    progress(0.95, Text(f"Lecture de SYSVOL : {path}", f"Reading SYSVOL: {path}"))
                folders.extend(self._folder(path))
        except WindowClosed as over:
            self._ended = over.gap
        except _BROKEN as error:
            self._ended = _cut(error)

    def read(self) -> Sysvol | None:
        """What was read, None when nothing was."""
        if not self._files:
            return None
        return Sysvol(tuple(self._settings), tuple(self._files), self._descriptors.table())

    def gaps(self) -> Iterator[Gap]:
        """What was not read, and why."""
        some = bool(self._files)
        if self._ended is not None:
            yield Gap(SECTION, self._ended, truncated=some)
        for reason, paths in self._missing.items():
            yield Gap(SECTION, _MISSING[reason](len(paths), "; ".join(paths[:_MOST_NAMES])), truncated=some)

    def _folder(self, path: str) -> list[str]:
        """Read one folder and its files; the folders in it are told."""
        opened = self._opened(path, folder=True)
        if opened is None:
            return []
        listed, entries = self._listed(opened)
        self._keep(path, True, 0, listed, self._descriptor(opened, path))
        opened.close(get_attributes=False)
        if path.lower() != "policies" and path.lower().startswith("policies\\") and not policy_of(path):
            return []  # PolicyDefinitions and the like hold the words of settings, not settings
        below: list[str] = []
        for name, attributes, size, changed in entries:
            if self._over():
                break
            self._entry(f"{path}\\{name}", attributes, size, changed, below)
        return below

    def _entry(self, path: str, attributes: int, size: int, changed: int, below: list[str]) -> None:
        if attributes & _REPARSE_POINT:
            self._miss("link", path)
        elif not attributes & FileAttributes.FILE_ATTRIBUTE_DIRECTORY:
            self._file(path, size, changed)
        elif path.count("\\") >= self._share.bounds.depth:
            self._miss("depth", path)
        else:
            below.append(path)

    def _file(self, path: str, size: int, changed: int) -> None:
        opened = self._opened(path, folder=False)
        if opened is None:
            self._keep(path, False, size, changed, WITHHELD)
            return
        self._keep(path, False, size, changed, self._descriptor(opened, path))
        if reader_of(path) is not None:
            self._content(opened, path, size)
        opened.close(get_attributes=False)

    def _content(self, opened: Open, path: str, size: int) -> None:
        if size > MAX_BYTES or self._bytes + size > self._share.bounds.total_bytes:
            self._miss("size", path)
            return
        self._bytes += size
        content = b""
        while len(content) < size:
            if self._late() and self._over():
                return
            chunk = opened.read(len(content), min(_CHUNK, size - len(content)))
            if not chunk:
                self._miss("malformed", path)
                return
            content += chunk
        try:
            settings = read_policy_file(path, content)
        except ValueError:
            self._miss("malformed", path)
            return
        self._settings.extend(settings)
        self._values += sum(max(1, len(setting.values)) for setting in settings)

    def _opened(self, path: str, folder: bool) -> Open | None:
        """The file or folder, None when it may not be read or is elsewhere."""
        before = time.monotonic()
        self._may_ask()
        self._until += time.monotonic() - before
        opened = Open(self._tree, f"{self._share.domain}\\{path}")
        kind = CreateOptions.FILE_DIRECTORY_FILE if folder else CreateOptions.FILE_NON_DIRECTORY_FILE
        try:
            opened.create(
                ImpersonationLevel.Impersonation,
                READ_ONLY_ACCESS,
                FileAttributes.FILE_ATTRIBUTE_NORMAL,
                ShareAccess.FILE_SHARE_READ | ShareAccess.FILE_SHARE_WRITE | ShareAccess.FILE_SHARE_DELETE,
                CreateDisposition.FILE_OPEN,
                kind | CreateOptions.FILE_OPEN_REPARSE_POINT,
            )
        except SMBResponseException as error:
            reason = "refused" if error.status in _REFUSED else "link" if error.status in _REFERRALS else "gone"
            self._miss(reason, path)
            return None
        return opened

    def _descriptor(self, opened: Open, path: str) -> int:
        query = SMB2QueryInfoRequest()
        query["info_type"] = InfoType.SMB2_0_INFO_SECURITY
        query["output_buffer_length"] = _CHUNK
        query["additional_information"] = ber.OWNER_GROUP_DACL
        query["file_id"] = opened.file_id
        connection = self._tree.session.connection
        try:
            answer = connection.receive(
                connection.send(query, self._tree.session.session_id, self._tree.tree_connect_id)
            )
        except SMBResponseException:
            self._miss("refused", path)
            return WITHHELD
        found = SMB2QueryInfoResponse()
        found.unpack(answer["data"].get_value())
        index = self._descriptors.add(found["buffer"].get_value())
        if index == MALFORMED:
            self._miss("malformed", path)
        return index

    def _listed(self, opened: Open) -> tuple[int, list[tuple[str, int, int, int]]]:
        """When the folder changed, and (name, attributes, size, changed) of what is in it, in order of name."""
        entries: list[tuple[str, int, int, int]] = []
        own, flags = 0, QueryDirectoryFlags.SMB2_RESTART_SCANS
        while len(entries) <= self._share.bounds.files and not self._over():
            try:
                page = opened.query_directory("*", FileInformationClass.FILE_DIRECTORY_INFORMATION, flags=flags)
            except SMBResponseException as error:
                if error.status == NtStatus.STATUS_NO_MORE_FILES:
                    break
                raise
            flags = 0
            for item in page:
                name = item["file_name"].get_value().decode("utf-16-le")
                changed = _ticks(item["last_write_time"].get_value())
                if name == ".":
                    own = changed
                elif name != "..":
                    size = item["end_of_file"].get_value()
                    entries.append((_checked(name), item["file_attributes"].get_value(), size, changed))
        return own, sorted(entries)

    def _keep(self, path: str, folder: bool, size: int, changed: int, descriptor: int) -> None:
        self._files.append(SharedFile(path, folder, size, changed, descriptor))

    def _late(self) -> bool:
        return time.monotonic() > self._until

    def _over(self) -> bool:
        """Whether a bound of the whole reading is passed."""
        bounds = self._share.bounds
        full = len(self._files) >= bounds.files or self._values >= bounds.values
        if self._ended is None and (full or self._late()):
            self._ended = Text(
                f"La lecture de SYSVOL a atteint sa limite ({len(self._files)} fichiers et dossiers lus) ; retirez de "
                "SYSVOL ce qui n’y sert pas, puis relancez l’audit.",
                f"The reading of SYSVOL reached its limit ({len(self._files)} files and folders read); remove from "
                "SYSVOL what is of no use there, then run the audit again.",
            )
        return self._ended is not None

    def _miss(self, reason: str, path: str) -> None:
        self._missing.setdefault(reason, []).append(path)


def _checked(name: str) -> str:
    """The name of a file; ValueError when it would lead elsewhere."""
    if not name or name == ".." or any(mark in name for mark in "\\/\0:"):
        raise ValueError("a name that leads elsewhere")
    return name


def _ticks(moment: datetime) -> int:
    return file_time(moment)


def _silent(share: Share, error: BaseException) -> Text:
    detail = _detail(error)
    return Text(
        f"Le partage SYSVOL de {share.host} ne répond pas ({detail}) ; ouvrez le port {share.port} entre CaRE et ce "
        "contrôleur, puis relancez l’audit.",
        f"The SYSVOL share of {share.host} does not answer ({detail}); open port {share.port} between CaRE and that "
        "controller, then run the audit again.",
    )


def _no_session(share: Share, error: BaseException) -> Text:
    if "guest" in str(error):
        return Text(
            f"Le contrôleur {share.host} n’a ouvert qu’une session d’invité ou n’a pas signé ses réponses ; corrigez "
            "le compte d’audit et désactivez l’accès invité SMB sur ce contrôleur.",
            f"The controller {share.host} opened a guest session only, or did not sign its answers; correct the audit "
            "account and disable SMB guest access on that controller.",
        )
    status = getattr(error, "status", 0)
    if status in _LOGON_FAILURES or status in _OTHER_LOGON_FAILURES:
        return Text(
            f"Le contrôleur {share.host} refuse l’accès de {share.user} à SYSVOL en NTLM (0x{status:08x}) ; vérifiez "
            "que ce compte n’est ni restreint, ni membre de Protected Users, et qu’il peut lire le partage.",
            f"The controller {share.host} refuses {share.user} access to SYSVOL over NTLM (0x{status:08x}); check "
            "that this account is neither restricted nor a member of Protected Users, and may read the share.",
        )
    detail = _detail(error)
    return Text(
        f"Le partage SYSVOL de {share.host} n’a pas pu être ouvert ({detail}) ; vérifiez que le contrôleur le "
        "publie (commande « net share ») et accepte SMB 2 ou 3 signé.",
        f"The SYSVOL share of {share.host} could not be opened ({detail}); check that the controller publishes it "
        "(command `net share`) and accepts signed SMB 2 or 3.",
    )


def _cut(error: BaseException) -> Text:
    detail = _detail(error)
    return Text(
        f"La lecture de SYSVOL s’est interrompue ({detail}) : relancez l’audit.",
        f"The reading of SYSVOL was cut ({detail}): run the audit again.",
    )


def _detail(error: BaseException) -> str:
    """What happened, without what the other side wrote: a status, a number of the system, or the kind of error."""
    if isinstance(error, SMBResponseException):
        return f"0x{error.status:08x}"
    if isinstance(error, OSError) and error.errno:
        return f"errno {error.errno}"
    return type(error).__name__


def _missing(fr: str, en: str) -> Callable[[int, str], Text]:
    return lambda count, names: Text(fr.format(count=count, names=names), en.format(count=count, names=names))


_MISSING: Final = {
    "refused": _missing(
        "{count} fichier(s) ou dossier(s) de SYSVOL sont refusés au compte d’audit, dont {names} ; accordez-lui leur "
        "lecture, ou vérifiez pourquoi les machines ne peuvent pas lire ces stratégies.",
        "{count} file(s) or folder(s) of SYSVOL are refused to the audit account, among them {names}; grant it their "
        "reading, or find out why machines may not read these policies.",
    ),
    "link": _missing(
        "{count} élément(s) de SYSVOL mènent ailleurs (lien ou renvoi DFS) et n’ont pas été suivis, dont {names} ; "
        "remplacez-les par de vrais fichiers.",
        "{count} item(s) of SYSVOL lead elsewhere (link or DFS referral) and were not followed, among them {names}; "
        "replace them by real files.",
    ),
    "gone": _missing(
        "{count} fichier(s) ou dossier(s) de SYSVOL n’ont pas pu être ouverts, dont {names} ; vérifiez que ce "
        "contrôleur a fini de répliquer SYSVOL, puis relancez l’audit.",
        "{count} file(s) or folder(s) of SYSVOL could not be opened, among them {names}; check that this controller "
        "has finished replicating SYSVOL, then run the audit again.",
    ),
    "size": _missing(
        "{count} fichier(s) de SYSVOL dépassent la taille lue, dont {names} ; vérifiez ce qu’ils contiennent.",
        "{count} file(s) of SYSVOL exceed the size read, among them {names}; check what they contain.",
    ),
    "depth": _missing(
        "{count} dossier(s) de SYSVOL sont trop profonds pour être lus, dont {names} ; vérifiez leur contenu.",
        "{count} folder(s) of SYSVOL are too deep to be read, among them {names}; check what they contain.",
    ),
    "malformed": _missing(
        "{count} fichier(s) de SYSVOL sont illisibles, dont {names} ; ouvrez la stratégie dans la console de gestion "
        "des stratégies de groupe et enregistrez-la de nouveau.",
        "{count} file(s) of SYSVOL are malformed, among them {names}; open the policy in the Group Policy Management "
        "console and save it again.",
    ),
}
