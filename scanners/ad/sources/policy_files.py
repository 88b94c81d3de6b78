"""Reads the files of group policies: security templates, registry policies, preferences, audit settings, scripts.

Pure: bytes in, settings out, ValueError when a file is not what its name says. Layouts are those of MS-GPSB
(GptTmpl.inf), MS-GPREG (Registry.pol), MS-GPPREF (XML), MS-GPAC (audit.csv) and MS-GPSCR (scripts.ini). A password is
never kept, whatever form it has: of a preference only that it holds one, of a script only its path.
"""

from __future__ import annotations

import base64
import csv
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from scanners.ad.sysvol import Setting, Source, policy_of

MAX_BYTES: Final = 4 << 20
"""No policy file is larger: beyond, it is not read."""
_MAX_VALUES = 20_000
"""Values of the settings of one file, a setting without value counted as one."""
_MAX_SCRIPT_LINE = 4096
"""Characters of a line of a file of scripts: Windows runs no longer command."""

_LSA = "system\\currentcontrolset\\control\\lsa\\"
_SERVICES = "system\\currentcontrolset\\services\\"
_POLICIES = "software\\policies\\microsoft\\"
_WINDOWS = f"{_POLICIES}windows\\"
_CURRENT = "software\\microsoft\\windows\\currentversion\\"
_PROFILES = ("domain", "private", "public", "standard")

KEPT_VALUES: Final = frozenset(
    {
        f"{_LSA}lmcompatibilitylevel",
        f"{_LSA}nolmhash",
        f"{_LSA}limitblankpassworduse",
        f"{_LSA}restrictanonymous",
        f"{_LSA}restrictanonymoussam",
        f"{_LSA}everyoneincludesanonymous",
        f"{_LSA}turnoffanonymousblock",
        "system\\currentcontrolset\\control\\securityproviders\\wdigest\\uselogoncredential",
        f"{_SERVICES}ntds\\parameters\\ldapserverintegrity",
        f"{_SERVICES}ntds\\parameters\\ldapenforcechannelbinding",
        f"{_SERVICES}ldap\\ldapclientintegrity",
        f"{_SERVICES}netlogon\\parameters\\refusepasswordchange",
        f"{_SERVICES}netlogon\\parameters\\disablepasswordchange",
        f"{_SERVICES}lanmanserver\\parameters\\requiresecuritysignature",
        f"{_SERVICES}lanmanserver\\parameters\\restrictnullsessaccess",
        f"{_SERVICES}lanmanserver\\defaultsecurity\\srvsvcsessioninfo",
        "software\\microsoft\\windows nt\\currentversion\\setup\\recoveryconsole\\securitylevel",
        f"{_POLICIES}windows nt\\dnsclient\\enablemulticast",
        f"{_WINDOWS}powershell\\scriptblocklogging\\enablescriptblocklogging",
        f"{_WINDOWS}powershell\\modulelogging\\enablemodulelogging",
        f"{_WINDOWS}windowsupdate\\wuserver",
        f"{_WINDOWS}windowsupdate\\au\\usewuserver",
        f"{_WINDOWS}windowsupdate\\donotenforceenterprisetlscertpinningforupdatedetection",
        f"{_WINDOWS}windowsupdate\\setproxybehaviorforupdatedetection",
        f"{_POLICIES}windows nt\\terminal services\\maxdisconnectiontime",
        f"{_POLICIES}windows nt\\terminal services\\maxidletime",
        f"{_POLICIES}windows defender\\windows defender exploit guard\\asr\\exploitguard_asr_rules",
        "software\\microsoft\\windows\\currentversion\\policies\\system\\kdc\\parameters\\enablecbacandarmor",
        "software\\microsoft\\windows\\currentversion\\policies\\system\\kerberos\\parameters\\enablecbacandarmor",
        f"{_CURRENT}policies\\system\\inactivitytimeoutsecs",
        f"{_CURRENT}policies\\explorer\\nodrivetypeautorun",
        f"{_CURRENT}policies\\laps\\backupdirectory",
        "software\\microsoft\\windows nt\\currentversion\\winlogon\\scremoveoption",
        f"{_WINDOWS}system\\userpolicymode",
        f"{_POLICIES}windows\\control panel\\desktop\\screensaveactive",
        f"{_POLICIES}windows\\control panel\\desktop\\screensaverissecure",
        f"{_POLICIES}windows\\control panel\\desktop\\screensavetimeout",
        "software\\policies\\microsoft services\\admpwd\\admpwdenabled",
        *(f"{_POLICIES}windowsfirewall\\{one}profile\\enablefirewall" for one in _PROFILES),
        *(f"{_POLICIES}windowsfirewall\\{one}profile\\defaultinboundaction" for one in _PROFILES),
    }
)
"""Registry values that rules read, hive left out, in small letters. Nothing else of the registry is kept."""
KEPT_KEYS: Final = (
    f"{_WINDOWS}networkprovider\\hardenedpaths\\",
    f"{_POLICIES}windows defender\\windows defender exploit guard\\asr\\rules\\",
)
"""Keys of which every value is kept."""
_CERTIFICATE = re.compile(
    r"software\\policies\\microsoft\\systemcertificates\\([^\\]+)\\certificates\\[0-9a-f]+\\blob\Z"
)
_LISTS = {"privilege rights": Source.PRIVILEGE, "group membership": Source.GROUP}
_SCALARS = {"system access": Source.SYSTEM_ACCESS, "event audit": Source.EVENT_AUDIT}
_KEPT_ACCESS = frozenset({"lsaanonymousnamelookup", "cleartextpassword", "enableguestaccount"})
_ACCOUNT_ATTRIBUTES = ("userName", "accountName", "runAs", "username")
_SCRIPT_PATH = re.compile(r".*?\.(?:bat|cmd|com|exe|hta|js|jse|msi|ps1|py|vbe|vbs|wsf)\b", re.IGNORECASE)
_PLACE = re.compile(r"\\\\|[a-z]:\\|%", re.IGNORECASE)
"""How a path begins that may hold spaces without being a command and its parameters."""
_CREDENTIALS = re.compile(r"//[^/@\s]*@")
_DWORD, _QWORD, _DWORD_BIG = 4, 11, 5
_TEXT_TYPES = (1, 2, 7)
_HARMLESS_WORDS = ("**securekey", "**comment")
"""Control words that change no value."""
_CERT_BLOB = 32
"""Identifier of the property of a serialized certificate that holds its DER."""

Reader = Callable[[str, bytes], Iterator[Setting]]


def reader_of(path: str) -> Reader | None:
    """What reads the file at this path below the domain's folder, None when nothing in it is of use."""
    if not policy_of(path):
        return None
    name = path.rpartition("\\")[2].lower()
    if name.endswith(".xml"):
        return _preferences if "\\preferences\\" in path.lower() else None
    return _READERS.get(name)


def read_policy_file(path: str, content: bytes) -> tuple[Setting, ...]:
    """The settings of one file; ValueError, in English, when it is malformed."""
    reader = reader_of(path)
    if reader is None:
        return ()
    settings: list[Setting] = []
    values = 0
    for setting in reader(path, content):
        settings.append(setting)
        values += max(1, len(setting.values))
        if values > _MAX_VALUES:
            raise ValueError("too many settings")
    return tuple(settings)


def decoded(content: bytes) -> str:
    """Text of a file that Windows wrote: UTF-16 or UTF-8 with or without mark, or else the French ANSI code page."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16")
    elif content.startswith(b"\xef\xbb\xbf"):
        text = content.decode("utf-8-sig")
    elif b"\0" in content[:64]:
        text = content.decode("utf-16-be" if content[:1] == b"\0" else "utf-16-le")
    else:
        try:
            text = content.decode()
        except UnicodeDecodeError:
            text = content.decode("cp1252")
    if "\0" in text:
        raise ValueError("binary content")
    return text


def is_kept(name: str) -> bool:
    """Whether a registry value, hive left out and in small letters, is one that rules read."""
    return name in KEPT_VALUES or name.startswith(KEPT_KEYS)


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """Each line of an INI file with its section in small letters; ValueError on what is neither."""
    section = ""
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("[") and stripped.endswith("]"):
            section = stripped[1:-1].strip().lower()
        elif stripped and not stripped.startswith(";"):
            if not section:
                raise ValueError("a line before any section")
            yield section, stripped


def _template(path: str, content: bytes) -> Iterator[Setting]:
    """GptTmpl.inf."""
    for section, line in _sections(decoded(content)):
        name, equal, value = (part.strip() for part in line.partition("="))
        if not equal:
            continue
        if section == "registry values":
            yield from _template_registry(path, name, value)
        elif section in _LISTS:
            values = tuple(member for each in value.split(",") if (member := each.strip().removeprefix("*")))
            yield _setting(path, _LISTS[section], name.removeprefix("*"), values)
        elif section in _SCALARS and (section != "system access" or name.lower() in _KEPT_ACCESS):
            yield _setting(path, _SCALARS[section], name, (value,))


def _template_registry(path: str, name: str, value: str) -> Iterator[Setting]:
    """`MACHINE\\key\\value=type,data`."""
    hive, _, key = name.partition("\\")
    kind, comma, data = value.partition(",")
    if not comma or not kind.strip().isdigit():
        raise ValueError("a registry value without type")
    if hive.upper() == "MACHINE" and is_kept(key.lower()):
        yield _setting(path, Source.REGISTRY, key, (data.strip().strip('"'),))


def _registry(path: str, content: bytes) -> Iterator[Setting]:
    """Registry.pol: `[key;value;type;size;data]` after a header, in UTF-16."""
    if content[:8] != b"PReg\x01\0\0\0":
        raise ValueError("not a registry policy")
    at = 8
    while at < len(content):
        key, value, kind, data, at = _entry(content, at)
        if value.startswith("**"):
            for name in _taken_away(key.lower(), value.lower(), data):
                yield _setting(path, Source.REGISTRY, name, ())
            continue
        name = f"{key}\\{value}".lower()
        store = _CERTIFICATE.match(name)
        if store:
            yield _setting(path, Source.CERTIFICATE, store[1], (base64.b64encode(_certificate(data)).decode(),))
        elif is_kept(name):
            yield _setting(path, Source.REGISTRY, name, _data(kind, data))


def _taken_away(key: str, word: str, data: bytes) -> Iterator[str]:
    """The kept values that a control word (MS-GPREG 3.2.5.1.2) takes away; ValueError when it means something else.

    The values below `KEPT_KEYS` are judged policy by policy: of these, only one that is named is told.
    """
    if word.startswith("**del."):
        yield from (name for name in (f"{key}\\{word[6:]}",) if is_kept(name))
    elif word.startswith("**deletevalues"):
        yield from (name for each in _listed(data) if is_kept(name := f"{key}\\{each}"))
    elif word.startswith("**delvals"):
        yield from (name for name in sorted(KEPT_VALUES) if name.rpartition("\\")[0] == key)
    elif word.startswith("**deletekeys"):
        below = tuple(f"{place}\\" for each in _listed(data) for place in (each, f"{key}\\{each}"))
        yield from (name for name in sorted(KEPT_VALUES) if name.startswith(below))
    elif not word.startswith(_HARMLESS_WORDS) and any(name.startswith(f"{key}\\") for name in KEPT_VALUES):
        raise ValueError("a control word that is not known")


def _listed(data: bytes) -> Iterator[str]:
    """The names of a list, in small letters."""
    return (name for each in data.decode("utf-16-le").split(";") if (name := each.strip(" \0\\").lower()))


def _entry(content: bytes, at: int) -> tuple[str, str, int, bytes, int]:
    at = _expect(content, at, "[")
    key, at = _text(content, at)
    value, at = _text(content, _expect(content, at, ";"))
    at = _expect(content, at, ";")
    kind, at = _number(content, at)
    size, at = _number(content, _expect(content, at, ";"))
    at = _expect(content, at, ";")
    if at + size > len(content):
        raise ValueError("a value longer than the file")
    return key, value, kind, content[at : at + size], _expect(content, at + size, "]")


def _expect(content: bytes, at: int, mark: str) -> int:
    if content[at : at + 2] != mark.encode("utf-16-le"):
        raise ValueError(f"no {mark!r} where one is due")
    return at + 2


def _text(content: bytes, at: int) -> tuple[str, int]:
    end = at
    while (end := content.find(b"\0\0", end)) >= 0 and (end - at) % 2:
        end += 1
    if end < 0:
        raise ValueError("a name without end")
    return content[at:end].decode("utf-16-le"), end + 2


def _number(content: bytes, at: int) -> tuple[int, int]:
    if at + 4 > len(content):
        raise ValueError("cut in a number")
    return int.from_bytes(content[at : at + 4], "little"), at + 4


def _data(kind: int, data: bytes) -> tuple[str, ...]:
    if kind in (_DWORD, _QWORD):
        return (str(int.from_bytes(data, "little")),)
    if kind == _DWORD_BIG:
        return (str(int.from_bytes(data, "big")),)
    if kind in _TEXT_TYPES:
        return (data.decode("utf-16-le").rstrip("\0"),)
    return (f"{len(data)} bytes",)


def _certificate(blob: bytes) -> bytes:
    """The DER inside a serialized certificate: properties of (identifier, 1, length, data)."""
    at = 0
    while at + 12 <= len(blob):
        identifier, _, length = struct.unpack_from("<III", blob, at)
        at += 12
        if at + length > len(blob):
            break
        if identifier == _CERT_BLOB:
            return blob[at : at + length]
        at += length
    raise ValueError("a certificate that is not there")


def _audit(path: str, content: bytes) -> Iterator[Setting]:
    """audit.csv: machine, target, subcategory, GUID, words, exclusion, value."""
    rows = csv.reader(decoded(content).splitlines(), strict=True)
    try:
        head = [cell.strip().lower() for cell in next(rows, [])]
        if not {"subcategory guid", "setting value"} <= set(head):
            raise ValueError("no line of headings")
        guid, value = head.index("subcategory guid"), head.index("setting value")
        for row in rows:
            if len(row) > max(guid, value) and row[guid].strip():
                yield _setting(path, Source.AUDIT, row[guid].strip(" {}"), (row[value].strip() or "0",))
    except csv.Error as error:
        raise ValueError(str(error)) from error


def _scripts(path: str, content: bytes) -> Iterator[Setting]:
    """scripts.ini and psscripts.ini. Parameters may hold a password: they are not kept."""
    for section, line in _sections(decoded(content)):
        if len(line) > _MAX_SCRIPT_LINE:
            raise ValueError("a line too long for a command")
        name, _, value = line.partition("=")
        command = _command(value.strip()) if name.strip().lower().endswith("cmdline") else ""
        if command:
            yield _setting(path, Source.SCRIPT, section, (command,))


def _command(line: str) -> str:
    """What a command line runs, without what it hands over.

    Spaces belong to a path only when it begins as one and nothing in it looks like an option; otherwise the first word
    is all that is kept.
    """
    text = line[1:].partition('"')[0].strip() if line.startswith('"') else line
    words = text.split()
    if not words:
        return ""
    found = _SCRIPT_PATH.match(text) if _PLACE.match(text) else None
    if found and " -" not in found[0] and " /" not in found[0]:
        return found[0]
    alone = _SCRIPT_PATH.match(words[0])
    if alone:
        return alone[0]
    return words[0] if _PLACE.match(words[0]) else words[0].partition("/")[0]


def _preferences(path: str, content: bytes) -> Iterator[Setting]:
    """A preference: passwords that it tells, members of local groups, files it copies, registry values.

    Filters of an item (item-level targeting, or “apply once”) or of the collection it is in make it conditional, and so
    does the action “create”, which leaves alone what is there.
    """
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError) as error:
        raise ValueError(str(error)) from error
    waiting = [(root, True, False)]
    while waiting:
        item, on, targeted = waiting.pop()
        on = on and item.get("disabled", "0").lower() not in ("1", "true")
        targeted = targeted or any(len(filters) for filters in item.findall("Filters"))
        for properties in item.findall("Properties"):
            yield from _password(path, item, properties)
            if on:
                conditional = targeted or properties.get("action", "U").upper() == "C"
                yield from (replace(one, conditional=conditional) for one in _preference(path, item, properties))
        waiting.extend((child, on, targeted) for child in reversed(item))


def _password(path: str, item: Element, properties: Element) -> Iterator[Setting]:
    """The password of an item: whoever reads the file has it, even where the item is disabled."""
    if properties.get("cpassword"):
        account = next((text for name in _ACCOUNT_ATTRIBUTES if (text := properties.get(name))), "")
        yield _setting(path, Source.PASSWORD, item.tag, (account or item.get("name", ""),))


def _preference(path: str, item: Element, properties: Element) -> Iterator[Setting]:
    """What an item that is not disabled sets; one that deletes a group or a file gives nothing to anybody."""
    deletes = properties.get("action", "U").upper() == "D"
    if item.tag == "Group" and not deletes:
        members = [each for each in properties.findall("Members/Member") if each.get("action", "ADD").upper() == "ADD"]
        names = tuple(str(member.get("sid") or member.get("name", "")) for member in members)
        group = properties.get("groupSid") or properties.get("groupName", "")
        if all(properties.get(name) == "1" for name in ("deleteAllUsers", "deleteAllGroups")):
            yield _setting(path, Source.GROUP, f"{group}__emptied", ("1",))
        yield _setting(path, Source.GROUP, f"{group}__members", names)
    elif item.tag == "File" and properties.get("fromPath") and not deletes:
        yield _setting(path, Source.DEPLOYED, properties.get("targetPath", ""), (properties.get("fromPath", ""),))
    elif item.tag == "Registry" and properties.get("hive", "").upper() == "HKEY_LOCAL_MACHINE":
        yield from _preference_registry(path, properties)


def _preference_registry(path: str, properties: Element) -> Iterator[Setting]:
    name = f"{properties.get('key', '')}\\{properties.get('name', '')}".lower()
    if not is_kept(name):
        return
    if properties.get("action", "U").upper() == "D":
        yield _setting(path, Source.REGISTRY, name, ())
        return
    value = properties.get("value", "")
    if properties.get("type") == "REG_DWORD":
        value = str(int(value, 16))
    elif properties.get("type") == "REG_BINARY":
        value = f"{len(value) // 2} bytes"
    yield _setting(path, Source.REGISTRY, name, (value,))


def _setting(path: str, source: Source, name: str, values: tuple[str, ...]) -> Setting:
    parts = path.split("\\")
    user = len(parts) > 2 and parts[2].lower() == "user"
    shown = tuple(_CREDENTIALS.sub("//", value) for value in values)
    return Setting(policy_of(path), source, name.strip().lower(), shown, path, user)


_READERS: Final[dict[str, Reader]] = {
    "gpttmpl.inf": _template,
    "registry.pol": _registry,
    "audit.csv": _audit,
    "scripts.ini": _scripts,
    "psscripts.ini": _scripts,
}
