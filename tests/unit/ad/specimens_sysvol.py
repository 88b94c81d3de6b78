"""SYSVOL of the specimens, healthy and broken. Files are raw, as Windows writes them, and read by the real readers."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping

from scanners.ad.descriptors import DACL_PROTECTED, DescriptorReader
from scanners.ad.sources.policy_files import read_policy_file
from scanners.ad.sysvol import Setting, SharedFile, Sysvol
from tests.unit.ad.forge import Ace, descriptor

POLICY = "Policies\\{P1}"
TEMPLATE = f"{POLICY}\\Machine\\Microsoft\\Windows NT\\SecEdit\\GptTmpl.inf"
REGISTRY = f"{POLICY}\\Machine\\Registry.pol"
AUDIT = f"{POLICY}\\Machine\\Microsoft\\Windows NT\\Audit\\audit.csv"
GROUPS = f"{POLICY}\\Machine\\Preferences\\Groups\\Groups.xml"
FILES = f"{POLICY}\\Machine\\Preferences\\Files\\Files.xml"
SCRIPTS = f"{POLICY}\\Machine\\Scripts\\scripts.ini"
NETLOGON = "scripts\\logon.bat"
PLANTED_PASSWORD = "j1Uyj3Vx8TY9LtLZil2uAuZkFQA/4latT76ZwgdHdhw"

_ADMINS = "S-1-5-32-544"
_MS = "Software\\Policies\\Microsoft\\"
GOOD_REGISTRY: Mapping[str, int | str] = {
    f"{_MS}Windows NT\\DNSClient\\EnableMulticast": 0,
    f"{_MS}Windows NT\\Terminal Services\\MaxDisconnectionTime": 3_600_000,
    f"{_MS}Windows\\PowerShell\\ScriptBlockLogging\\EnableScriptBlockLogging": 1,
    f"{_MS}Windows\\WindowsUpdate\\WUServer": "https://srv-wsus.hopital.test:8531",
    f"{_MS}Windows\\NetworkProvider\\HardenedPaths\\\\\\*\\SYSVOL": "RequireMutualAuthentication=1, RequireIntegrity=1",
    f"{_MS}Windows Defender\\Windows Defender Exploit Guard\\ASR\\ExploitGuard_ASR_Rules": 1,
    "Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\KDC\\Parameters\\EnableCbacAndArmor": 1,
    "Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Kerberos\\Parameters\\EnableCbacAndArmor": 1,
    "System\\CurrentControlSet\\Services\\LanmanServer\\DefaultSecurity\\SrvsvcSessionInfo": "x",
}
_LSA = "MACHINE\\System\\CurrentControlSet\\Control\\Lsa\\"
_SERVICES = "MACHINE\\System\\CurrentControlSet\\Services\\"
GOOD_TEMPLATE = f"""\
[Unicode]
Unicode=yes
[System Access]
LSAAnonymousNameLookup = 0
[Registry Values]
{_LSA}LmCompatibilityLevel=4,5
{_LSA}NoLMHash=4,1
{_SERVICES}NTDS\\Parameters\\LDAPServerIntegrity=4,2
{_SERVICES}LanManServer\\Parameters\\RequireSecuritySignature=4,1
[Privilege Rights]
SeInteractiveLogonRight = *{_ADMINS}
SeDebugPrivilege = *{_ADMINS}
SeTrustedCredManAccessPrivilege =
SeDenyInteractiveLogonRight = *S-1-5-21-1-2-3-512
[Group Membership]
*{_ADMINS}__Members = *S-1-5-21-1-2-3-512
[Version]
signature="$CHICAGO$"
"""
BAD_TEMPLATE = f"""\
[System Access]
LSAAnonymousNameLookup = 1
[Registry Values]
{_LSA}LmCompatibilityLevel=4,1
{_LSA}NoLMHash=4,0
{_LSA}LimitBlankPasswordUse=4,0
{_LSA}EveryoneIncludesAnonymous=4,1
{_SERVICES}NTDS\\Parameters\\LDAPServerIntegrity=4,1
{_SERVICES}Netlogon\\Parameters\\RefusePasswordChange=4,1
{_SERVICES}LanManServer\\Parameters\\RequireSecuritySignature=4,0
MACHINE\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Setup\\RecoveryConsole\\SecurityLevel=4,1
[Privilege Rights]
SeInteractiveLogonRight = *{_ADMINS},*S-1-5-11
SeDebugPrivilege = *S-1-1-0
SeTrustedCredManAccessPrivilege = *S-1-5-21-1-2-3-1200
[Group Membership]
*{_ADMINS}__Members = *S-1-5-21-1-2-3-513
"""
BAD_REGISTRY: Mapping[str, int | str] = {
    f"{_MS}Windows\\WindowsUpdate\\WUServer": "http://svc:Secret2026@srv-wsus.hopital.test:8530",
    f"{_MS}Windows\\WindowsUpdate\\DoNotEnforceEnterpriseTLSCertPinningForUpdateDetection": 1,
    f"{_MS}Windows\\WindowsUpdate\\SetProxyBehaviorForUpdateDetection": 1,
    f"{_MS}Windows\\NetworkProvider\\HardenedPaths\\\\\\*\\SYSVOL": "RequireMutualAuthentication=0",
    "System\\CurrentControlSet\\Control\\SecurityProviders\\WDigest\\UseLogonCredential": 1,
    "Software\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon\\DefaultPassword": PLANTED_PASSWORD,
}
SUBCATEGORIES = (
    *("0cce923f", "0cce9242", "0cce9240", "0cce9236", "0cce9237", "0cce9235", "0cce922b", "0cce923c", "0cce9215"),
    *("0cce921b", "0cce922f", "0cce9211"),
)
BAD_GROUPS = f"""\
<?xml version="1.0" encoding="utf-8"?>
<Groups clsid="{{3125E937-EB16-4b4c-9934-544FC6D24D26}}">
 <User clsid="{{DF5F1855-51E5-4d24-8B1A-D9BDE98BA1D1}}" name="admlocal" changed="2019-05-02 08:00:00">
  <Properties action="U" newName="" cpassword="{PLANTED_PASSWORD}" userName="admlocal"/></User>
</Groups>
"""
BAD_FILES = """\
<Files><File name="outil.exe"><Properties action="C" fromPath="\\\\dc1.ght.test\\outils\\outil.exe"
 targetPath="C:\\outil.exe"/></File></Files>
"""
BAD_SCRIPTS = """\
[Startup]
0CmdLine=\\\\srv-inconnu\\scripts\\inventaire.bat
0Parameters=/motdepasse:Secret2026
1CmdLine=psexec -u HOPITAL\\adm -p Soleil2024 \\\\srv\\deploy\\run.bat
"""


def pol(values: Mapping[str, int | str | bytes]) -> bytes:
    """Registry.pol of values named by key and value."""
    body = b"PReg\x01\0\0\0"
    for path, value in values.items():
        key, _, name = path.rpartition("\\")
        if "HardenedPaths" in path:
            key, name = path.split("\\HardenedPaths\\")[0] + "\\HardenedPaths", path.split("\\HardenedPaths\\")[1]
        body += pol_entry(key, name, value)
    return body


def pol_entry(key: str, name: str, value: int | str | bytes) -> bytes:
    """One value of Registry.pol."""
    kind, data = _typed(value)
    parts = (key.encode("utf-16-le") + b"\0\0", name.encode("utf-16-le") + b"\0\0")
    numbers = struct.pack("<I", kind), struct.pack("<I", len(data))
    return "[".encode("utf-16-le") + ";".encode("utf-16-le").join((*parts, *numbers, data)) + "]".encode("utf-16-le")


def _typed(value: int | str | bytes) -> tuple[int, bytes]:
    if isinstance(value, int):
        return 4, struct.pack("<I", value)
    return (3, value) if isinstance(value, bytes) else (1, value.encode("utf-16-le") + b"\0\0")


def serialized(der: bytes) -> bytes:
    """A certificate as policies hold it."""
    return struct.pack("<III", 3, 1, 20) + bytes(20) + struct.pack("<III", 32, 1, len(der)) + der


def audit_csv(value: int) -> bytes:
    head = "Machine Name,Policy Target,Subcategory,Subcategory GUID,Inclusion Setting,Exclusion Setting,Setting Value"
    tail = "-69ae-11d9-bed3-505054503030"
    rows = [f",System,Nom,{{{guid}{tail}}},Success,,{value}" for guid in SUBCATEGORIES]
    return "\r\n".join([head, *rows]).encode()


def secure(*aces: Ace, owner: str = "S-1-5-21-1-2-3-512", control: int = 0x8404, flags: int = 0x10) -> bytes:
    """The descriptor of a file: administrators write, everybody reads, inherited; and these entries."""
    usual = (
        Ace("S-1-5-21-1-2-3-512", 0x1F01FF, flags=flags),
        Ace("S-1-5-18", 0x1F01FF, flags=flags),
        Ace("S-1-5-11", 0x1200A9, flags=flags),
    )
    return descriptor(owner, (*usual, *aces), control=control)


ROOT = secure(control=0x8004 | DACL_PROTECTED, flags=0x3)


def share(contents: Mapping[str, bytes], rights: Mapping[str, bytes], changed: Mapping[str, int], usual: int) -> Sysvol:
    """SYSVOL made of these files, with these descriptors and dates where they are not the usual ones."""
    reader = DescriptorReader()
    settings: list[Setting] = []
    files = [SharedFile(POLICY, True, 0, usual, reader.add(rights.get(POLICY, ROOT)))]
    for path, content in {**contents, NETLOGON: b"rem"}.items():
        settings += read_policy_file(path, content)
        index = reader.add(rights.get(path, secure()))
        files.append(SharedFile(path, False, len(content), changed.get(path, usual), index))
    return Sysvol(tuple(settings), tuple(files), reader.table())


def healthy(usual: int) -> Sysvol:
    return share(healthy_files(), {}, {}, usual)


def healthy_files() -> dict[str, bytes]:
    return {
        TEMPLATE: GOOD_TEMPLATE.encode("utf-16"),
        REGISTRY: pol(GOOD_REGISTRY),
        AUDIT: audit_csv(3),
    }


def broken(usual: int, recent: int, certificates: Iterable[bytes] = ()) -> Sysvol:
    pushed = {
        f"{_MS}SystemCertificates\\Root\\Certificates\\{number:040x}\\Blob": serialized(der)
        for number, der in enumerate(certificates)
    }
    contents = {
        TEMPLATE: BAD_TEMPLATE.encode("cp1252"),
        REGISTRY: pol({**BAD_REGISTRY, **pushed}),
        AUDIT: audit_csv(0),
        GROUPS: BAD_GROUPS.encode(),
        FILES: BAD_FILES.encode(),
        SCRIPTS: BAD_SCRIPTS.encode("utf-16-le"),
    }
    rights = {
        POLICY: secure(control=0x8404),
        TEMPLATE: secure(Ace("S-1-5-11", 0x1301BF)),
        REGISTRY: secure(control=0x8004 | DACL_PROTECTED),
        AUDIT: secure(Ace("S-1-5-21-1-2-3-1200", 0x1200A9)),
        NETLOGON: secure(Ace("S-1-1-0", 0x2)),
    }
    return share(contents, rights, {GROUPS: recent}, usual)
