"""What is planted in SYSVOL, and what a well-kept SYSVOL holds. Runs under Samba's Python.

Samba gives each file of a policy rights of its own; Windows lets them inherit from the folder of the policy. So does
the lab: descriptors are written where Samba keeps them, in the attribute `security.NTACL`.
"""

from __future__ import annotations

import json
import os
import struct
import time
from collections import defaultdict
from pathlib import Path

from samba import xattr_native
from samba.dcerpc import security, xattr
from samba.ndr import ndr_pack

DOMAIN = "hopital.test"
DEFAULT_POLICY = "{31B2F340-016D-11D2-945F-00C04FB984F9}"
CONTROLLERS_POLICY = "{6AC1786C-016F-11D2-945F-00C04FB984F9}"
PLANTED_PASSWORD = "j1Uyj3Vx8TY9LtLZil2uAuZkFQA/4latT76ZwgdHdhw"
OLD = 400 * 86400

_USUAL = "(A;{flags};FA;;;DA)(A;{flags};FA;;;EA)(A;{flags};FA;;;SY)(A;{flags};0x1200a9;;;AU)(A;{flags};0x1200a9;;;ED)"
ROOT = "O:DAG:DAD:PAI" + _USUAL.format(flags="OICI")
FOLDER = "O:DAG:DAD:AI" + _USUAL.format(flags="OICIID")
FILE = "O:DAG:DAD:AI" + _USUAL.format(flags="ID")

_LSA = "MACHINE\\System\\CurrentControlSet\\Control\\Lsa\\"
_SERVICES = "MACHINE\\System\\CurrentControlSet\\Services\\"
GOOD_TEMPLATE = f"""\
[Unicode]
Unicode=yes
[Registry Values]
{_LSA}LmCompatibilityLevel=4,5
{_LSA}NoLMHash=4,1
{_SERVICES}NTDS\\Parameters\\LDAPServerIntegrity=4,2
{_SERVICES}LanManServer\\Parameters\\RequireSecuritySignature=4,1
[Privilege Rights]
SeInteractiveLogonRight = *S-1-5-32-544
SeDenyInteractiveLogonRight = {{domain}}-512
[Version]
signature="$CHICAGO$"
Revision=1
"""
BAD_TEMPLATE = f"""\
[Unicode]
Unicode=yes
[System Access]
LSAAnonymousNameLookup = 1
[Registry Values]
{_LSA}LmCompatibilityLevel=4,1
{_LSA}NoLMHash=4,0
{_LSA}LimitBlankPasswordUse=4,0
{_SERVICES}NTDS\\Parameters\\LDAPServerIntegrity=4,1
{_SERVICES}Netlogon\\Parameters\\RefusePasswordChange=4,1
{_SERVICES}LanManServer\\Parameters\\RequireSecuritySignature=4,0
MACHINE\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Setup\\RecoveryConsole\\SecurityLevel=4,1
[Privilege Rights]
SeInteractiveLogonRight = *S-1-5-32-544,*S-1-5-11
SeDebugPrivilege = *S-1-1-0
SeTrustedCredManAccessPrivilege = *S-1-5-32-544
[Group Membership]
*S-1-5-32-544__Members = {{domain}}-513
[Version]
signature="$CHICAGO$"
Revision=1
"""
_POLICIES = "Software\\Policies\\Microsoft\\"
GOOD_REGISTRY = (
    (f"{_POLICIES}Windows NT\\DNSClient", "EnableMulticast", 0),
    (f"{_POLICIES}Windows NT\\Terminal Services", "MaxDisconnectionTime", 3_600_000),
    (f"{_POLICIES}Windows\\PowerShell\\ScriptBlockLogging", "EnableScriptBlockLogging", 1),
    (f"{_POLICIES}Windows Defender\\Windows Defender Exploit Guard\\ASR", "ExploitGuard_ASR_Rules", 1),
    ("Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\KDC\\Parameters", "EnableCbacAndArmor", 1),
    ("Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Kerberos\\Parameters", "EnableCbacAndArmor", 1),
    ("System\\CurrentControlSet\\Services\\LanmanServer\\DefaultSecurity", "SrvsvcSessionInfo", "x"),
)
BAD_REGISTRY = (
    (f"{_POLICIES}Windows\\WindowsUpdate", "WUServer", "http://srv-wsus01.hopital.test:8530"),
    (f"{_POLICIES}Windows\\WindowsUpdate", "DoNotEnforceEnterpriseTLSCertPinningForUpdateDetection", 1),
    (f"{_POLICIES}Windows\\WindowsUpdate", "SetProxyBehaviorForUpdateDetection", 1),
    (f"{_POLICIES}Windows\\NetworkProvider\\HardenedPaths", "\\\\*\\SYSVOL", "RequireMutualAuthentication=0"),
    ("System\\CurrentControlSet\\Control\\SecurityProviders\\WDigest", "UseLogonCredential", 1),
    ("Software\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon", "DefaultPassword", PLANTED_PASSWORD),
    ("Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System", "InactivityTimeoutSecs", 7200),
    ("Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer", "NoDriveTypeAutoRun", 145),
    ("Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\LAPS", "BackupDirectory", 0),
    ("Software\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon", "ScRemoveOption", "0"),
    (f"{_POLICIES}WindowsFirewall\\PublicProfile", "EnableFirewall", 0),
)
"""What is of workstations is told by `tests/integration/test_workstations.py`: the policy of the domain reaches all of
them."""
SUBCATEGORIES = (
    *("0cce923f", "0cce9242", "0cce9240", "0cce9236", "0cce9237", "0cce9235", "0cce922b", "0cce923c", "0cce9215"),
    *("0cce921b", "0cce922f", "0cce9211"),
)
GROUPS = f"""\
<?xml version="1.0" encoding="utf-8"?>
<Groups clsid="{{3125E937-EB16-4b4c-9934-544FC6D24D26}}"><User name="admlocal" changed="2019-05-02 08:00:00">
<Properties action="U" cpassword="{PLANTED_PASSWORD}" userName="admlocal"/></User>
<Group name="Administrators (built-in)"><Properties action="U" groupSid="S-1-5-32-544"><Members>
<Member name="HOPITAL\\Domain Users" action="ADD" sid=""/></Members></Properties></Group></Groups>
"""
FILES = """\
<Files><File name="outil.exe"><Properties action="C" fromPath="\\\\srv01.ght.test\\outils\\outil.exe"
targetPath="C:\\outil.exe"/></File></Files>
"""
TARGETED = """\
<RegistrySettings><Registry name="UseLogonCredential"><Properties action="U" hive="HKEY_LOCAL_MACHINE" type="REG_DWORD"
key="System\\CurrentControlSet\\Control\\SecurityProviders\\WDigest" name="UseLogonCredential" value="00000001"/>
<Filters><FilterGroup bool="AND" not="0" name="HOPITAL\\GG_Support_N1"/></Filters></Registry></RegistrySettings>
"""
"""A preference for some machines only."""
SCRIPTS = f"""\
[Startup]
0CmdLine=\\\\srv01.ght.test\\scripts\\inventaire.bat
0Parameters=/secret:{PLANTED_PASSWORD}
1CmdLine=psexec -u HOPITAL\\adm -p {PLANTED_PASSWORD} \\\\srv01\\deploy\\run.bat
"""


class Share:
    """The domain's folder of SYSVOL in a lab under construction."""

    def __init__(self, folder: Path, domain_sid: str) -> None:
        self.folder = folder / "state" / "sysvol" / DOMAIN
        self.sid = domain_sid
        self.expected: dict[str, set[str]] = defaultdict(set)
        self._now = time.time()

    def write(self, path: str, content: bytes, sddl: str = FILE, age: float = OLD) -> None:
        """A file with its rights and date; `path` below the domain's folder, with `/`."""
        file = self.folder / path
        for folder in reversed([parent for parent in file.parents if self.folder in parent.parents]):
            if not folder.exists():
                folder.mkdir()
                self.protect(folder, FOLDER)
        file.write_bytes(content)
        self.protect(file, sddl)
        os.utime(file, (self._now - age, self._now - age))

    def protect(self, file: Path, sddl: str) -> None:
        """Give a file or folder a descriptor, as Samba keeps it."""
        descriptor = security.descriptor.from_sddl(sddl, security.dom_sid(self.sid))
        held = xattr.NTACL()
        held.version = 1
        held.info = descriptor
        xattr_native.wrap_setxattr(str(file), xattr.XATTR_NTACL_NAME, ndr_pack(held))

    def as_windows(self) -> None:
        """Rights and dates as on a Windows controller."""
        for file in sorted((self.folder / "Policies").rglob("*")):
            root = file.parent.name == "Policies"
            self.protect(file, ROOT if root else FOLDER if file.is_dir() else FILE)
            os.utime(file, (self._now - OLD, self._now - OLD))

    def expect(self, subject: str, *rules: str) -> None:
        """Say which rules (their ids without `ad.`, never computed) must find this subject."""
        for rule in rules:
            self.expected[rule].add(subject)


def registry_policy(values: tuple[tuple[str, str, int | str], ...]) -> bytes:
    """Registry.pol."""
    body = b"PReg\x01\0\0\0"
    for key, name, value in values:
        text = isinstance(value, str)
        data = value.encode("utf-16-le") + b"\0\0" if isinstance(value, str) else struct.pack("<I", value)
        fields = (
            key.encode("utf-16-le") + b"\0\0",
            name.encode("utf-16-le") + b"\0\0",
            struct.pack("<I", 1 if text else 4),
            struct.pack("<I", len(data)),
            data,
        )
        body += b"[\0" + b";\0".join(fields) + b"]\0"
    return body


def audit_settings(value: int) -> bytes:
    """audit.csv: every subcategory that detection needs, at this value."""
    head = "Machine Name,Policy Target,Subcategory,Subcategory GUID,Inclusion Setting,Exclusion Setting,Setting Value"
    rows = [f",System,Nom,{{{guid}-69ae-11d9-bed3-505054503030}},Success,,{value}" for guid in SUBCATEGORIES]
    return "\r\n".join([head, *rows]).encode()


def _path(policy: str, rest: str) -> str:
    return f"Policies/{policy}/{rest}"


def cure(share: Share) -> None:
    """A SYSVOL in which an audit finds nothing."""
    share.as_windows()
    template = GOOD_TEMPLATE.replace("{domain}", f"*{share.sid}").encode("utf-16")
    for policy in (DEFAULT_POLICY, CONTROLLERS_POLICY):
        share.write(_path(policy, "MACHINE/Microsoft/Windows NT/SecEdit/GptTmpl.inf"), template)
    share.write(_path(DEFAULT_POLICY, "MACHINE/Registry.pol"), registry_policy(GOOD_REGISTRY))
    share.write(_path(CONTROLLERS_POLICY, "MACHINE/Microsoft/Windows NT/Audit/audit.csv"), audit_settings(3))


def plant(share: Share) -> None:
    """Every fault that Samba can hold, in the two policies of every domain."""
    share.as_windows()
    _settings(share)
    _secrets_and_scripts(share)
    _rights(share)


def _settings(share: Share) -> None:
    template = BAD_TEMPLATE.replace("{domain}", f"*{share.sid}").encode("utf-16")
    share.write(_path(CONTROLLERS_POLICY, "MACHINE/Microsoft/Windows NT/SecEdit/GptTmpl.inf"), template)
    share.write(_path(CONTROLLERS_POLICY, "MACHINE/Microsoft/Windows NT/Audit/audit.csv"), audit_settings(0))
    share.write(_path(DEFAULT_POLICY, "MACHINE/Registry.pol"), registry_policy(BAD_REGISTRY))
    controllers, default = (
        f"CN={policy},CN=Policies,CN=System,DC=hopital,DC=test" for policy in (CONTROLLERS_POLICY, DEFAULT_POLICY)
    )
    share.expect(
        controllers,
        *("anonymous_reopened", "lm_hash_kept", "blank_passwords_on_network", "machine_password_frozen"),
        *("recovery_console_open", "privileges_of_everyone", "credential_manager_privilege"),
        "everyone_in_local_groups",
    )
    share.expect(
        default,
        *("wsus_in_clear", "wsus_without_pinning", "wsus_user_proxy", "hardened_paths_weakened", "wdigest_enabled"),
        *("policy_passwords", "scripts_elsewhere", "deployed_files_elsewhere", "everyone_in_local_groups"),
    )
    share.expect(
        "HOPITAL\\DC1$",
        *("old_ntlm_accepted", "ldap_signing_not_required", "controllers_smb_unsigned", "logon_on_controllers"),
        *("controllers_audit_policy", "kerberos_armoring_controllers"),
    )
    share.expect(
        DOMAIN,
        *("powershell_not_logged", "llmnr_enabled", "kerberos_armoring_clients", "attack_surface_rules_absent"),
        *("sessions_enumerable", "remote_sessions_unlimited", "administrators_not_denied_logon"),
    )


def _secrets_and_scripts(share: Share) -> None:
    recent = _path(DEFAULT_POLICY, "MACHINE/Preferences/Groups/Groups.xml")
    share.write(recent, GROUPS.encode(), age=3 * 86400)
    share.expect(_shown(recent), "policy_files_changed")
    share.write(_path(DEFAULT_POLICY, "MACHINE/Preferences/Files/Files.xml"), FILES.encode("utf-8-sig"))
    share.write(_path(DEFAULT_POLICY, "MACHINE/Scripts/scripts.ini"), SCRIPTS.encode("utf-16"))
    share.write(_path(CONTROLLERS_POLICY, "MACHINE/Preferences/Registry/Registry.xml"), TARGETED.encode("utf-8-sig"))
    share.expect(f"CN={CONTROLLERS_POLICY},CN=Policies,CN=System,DC=hopital,DC=test", "wdigest_enabled")


def _rights(share: Share) -> None:
    share.write("scripts/logon.bat", b"@echo off\r\n", FILE.replace("0x1200a9;;;AU", "0x1301bf;;;AU"))
    share.expect(_shown("scripts/logon.bat"), "logon_scripts_open")
    opened = _path(CONTROLLERS_POLICY, "GPT.INI")
    share.write(opened, b"[General]\r\nVersion=1\r\n", FILE + "(A;;0x1301bf;;;AU)")
    share.expect(_shown(opened), "policy_files_open", "policy_files_explicit_entries")
    share.expect("Authenticated Users", "control_of_privileged_policies")
    cut = _path(DEFAULT_POLICY, "GPT.INI")
    share.write(cut, b"[General]\r\nVersion=1\r\n", FILE.replace("D:AI", "D:PAI"))
    share.expect(_shown(cut), "policy_files_descriptor")
    share.protect(share.folder / "Policies" / DEFAULT_POLICY, ROOT.replace("D:PAI", "D:AI"))
    share.expect(_shown(f"Policies/{DEFAULT_POLICY}"), "policy_roots_descriptor")


def _shown(path: str) -> str:
    below = path.replace("/", "\\")
    return f"\\\\{DOMAIN}\\SYSVOL\\{DOMAIN}\\{below}"


def fill(folder: Path, domain_sid: str, planted: bool) -> None:
    """Fill SYSVOL and write what an audit of it should find."""
    share = Share(folder, domain_sid)
    (plant if planted else cure)(share)
    expected = {rule: sorted(subjects) for rule, subjects in sorted(share.expected.items())}
    (folder / "expected_sysvol.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1))
