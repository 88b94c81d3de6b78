"""Files of group policies: what is read of them, in every encoding Windows writes, and what is refused."""

from __future__ import annotations

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.ad.sources.policy_files import KEPT_VALUES, MAX_BYTES, decoded, read_policy_file, reader_of
from scanners.ad.sysvol import Setting, Source, is_policy_root, policy_of
from tests.unit.ad import specimens_sysvol as files
from tests.unit.ad.specimens import STRONG

DRIVES = f"{files.POLICY}\\User\\Preferences\\Drives\\Drives.xml"
LOCAL_GROUPS = """<Groups><Group name="Administrateurs"><Properties action="U" groupSid="S-1-5-32-544"
 groupName="Administrateurs"><Members><Member name="HOPITAL\\Support" action="ADD" sid="S-1-5-21-1-2-3-1200"/>
 <Member name="HOPITAL\\Parti" action="REMOVE" sid="S-1-5-21-1-2-3-9"/></Members></Properties></Group></Groups>"""


def names(settings: tuple[Setting, ...], source: Source) -> dict[str, tuple[str, ...]]:
    return {setting.name: setting.values for setting in settings if setting.source is source}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "utf-8-sig", "cp1252", "utf-16-le", "utf-16-be"])
def test_a_template_is_read_in_every_encoding(encoding: str) -> None:
    text = "[Privilege Rights]\r\nSeDebugPrivilege = *S-1-5-32-544,Opérateurs\r\n"
    content = text.encode(encoding)
    settings = read_policy_file(files.TEMPLATE, content)
    assert names(settings, Source.PRIVILEGE) == {"sedebugprivilege": ("S-1-5-32-544", "Opérateurs")}


def test_a_big_endian_text_with_its_mark_is_read() -> None:
    assert decoded(b"\xfe\xff" + "é".encode("utf-16-be")) == "é"


def test_what_a_template_says() -> None:
    settings = read_policy_file(files.TEMPLATE, files.BAD_TEMPLATE.encode())
    registry = names(settings, Source.REGISTRY)
    assert registry["system\\currentcontrolset\\control\\lsa\\lmcompatibilitylevel"] == ("1",)
    assert names(settings, Source.SYSTEM_ACCESS) == {"lsaanonymousnamelookup": ("1",)}
    assert names(settings, Source.GROUP) == {"s-1-5-32-544__members": ("S-1-5-21-1-2-3-513",)}
    assert not any(setting.user for setting in settings)
    assert {setting.policy for setting in settings} == {"{P1}"}


def test_a_right_given_to_nobody_is_told() -> None:
    settings = read_policy_file(files.TEMPLATE, b"[Privilege Rights]\nSeTcbPrivilege =\n")
    assert names(settings, Source.PRIVILEGE) == {"setcbprivilege": ()}


def test_what_a_registry_policy_says() -> None:
    settings = read_policy_file(files.REGISTRY, files.pol(files.BAD_REGISTRY))
    registry = names(settings, Source.REGISTRY)
    assert registry["system\\currentcontrolset\\control\\securityproviders\\wdigest\\uselogoncredential"] == ("1",)
    assert registry["software\\policies\\microsoft\\windows\\networkprovider\\hardenedpaths\\\\\\*\\sysvol"] == (
        "RequireMutualAuthentication=0",
    )


def test_only_values_that_rules_read_are_kept() -> None:
    kept = str(read_policy_file(files.REGISTRY, files.pol(files.BAD_REGISTRY)))
    assert files.PLANTED_PASSWORD not in kept
    assert "defaultpassword" not in kept
    assert "svc:Secret2026" not in kept
    assert "http://srv-wsus.hopital.test:8530" in kept


def test_a_value_that_the_policy_takes_away_has_none() -> None:
    key = "Software\\Policies\\Microsoft\\Windows NT\\DNSClient\\**del.EnableMulticast"
    settings = read_policy_file(files.REGISTRY, files.pol({key: " "}))
    assert [(setting.name.rpartition("\\")[2], setting.values) for setting in settings] == [("enablemulticast", ())]


LSA = "System\\CurrentControlSet\\Control\\Lsa"
OF_LSA = [name for name in sorted(KEPT_VALUES) if name.rpartition("\\")[0] == LSA.lower()]


@pytest.mark.parametrize(
    ("word", "data", "taken"),
    [
        (f"{LSA}\\**DelVals.", " ", OF_LSA),
        (f"{LSA}\\**delvals", " ", OF_LSA),
        (
            f"{LSA}\\**DeleteValues",
            "Autre; NoLMHash ;LmCompatibilityLevel",
            [f"{LSA}\\NoLMHash".lower(), f"{LSA}\\LmCompatibilityLevel".lower()],
        ),
        ("System\\CurrentControlSet\\Control\\**DeleteKeys", "Autre;Lsa", OF_LSA),
        ("System\\CurrentControlSet\\**DeleteKeys ", "Control\\Lsa", OF_LSA),
        ("Autre\\**DeleteKeys", LSA, OF_LSA),
        (f"{LSA}\\**SecureKey", "1", []),
        ("Autre\\**Inconnu", "1", []),
        (f"{LSA}\\Autre\\**DelVals.", " ", []),
        ("System\\CurrentControlSet\\Control\\**DeleteKeys", "LsaAutre", []),
        ("Software\\Policies\\Microsoft\\Windows\\NetworkProvider\\HardenedPaths\\**DelVals.", " ", []),
    ],
)
def test_values_that_a_policy_wipes_are_told(word: str, data: str, taken: list[str]) -> None:
    content = files.pol({}) + files.pol_entry(*word.rsplit("\\", 1), data)
    settings = read_policy_file(files.REGISTRY, content)
    assert [setting.name for setting in settings] == taken
    assert {setting.values for setting in settings} <= {()}


def test_a_control_word_that_is_not_known_is_refused_where_it_could_matter() -> None:
    with pytest.raises(ValueError, match="control word"):
        read_policy_file(files.REGISTRY, files.pol({f"{LSA}\\**soft.NoLMHash": 0}))


def test_a_pushed_certificate_is_kept_whole() -> None:
    key = "Software\\Policies\\Microsoft\\SystemCertificates\\Root\\Certificates\\00FF\\Blob"
    (setting,) = read_policy_file(files.REGISTRY, files.pol({key: files.serialized(STRONG)}))
    assert (setting.source, setting.name) == (Source.CERTIFICATE, "root")
    assert base64.b64decode(setting.values[0]) == STRONG


def test_a_password_is_told_by_its_account_only() -> None:
    (setting,) = read_policy_file(files.GROUPS, files.BAD_GROUPS.encode())
    assert (setting.source, setting.values) == (Source.PASSWORD, ("admlocal",))
    assert files.PLANTED_PASSWORD not in str(setting)


@pytest.mark.parametrize("attribute", ["userName", "accountName", "runAs", "username"])
def test_each_kind_of_preference_names_its_account(attribute: str) -> None:
    content = f'<X><Y name="z"><Properties {attribute}="svc" cpassword="QUJD"/></Y></X>'.encode()
    (setting,) = read_policy_file(DRIVES, content)
    assert setting.values == ("svc",)
    assert setting.user


def test_an_emptied_password_is_none() -> None:
    content = b'<Groups><User name="a"><Properties cpassword="" userName="a"/></User></Groups>'
    assert read_policy_file(files.GROUPS, content) == ()


def test_local_groups_of_preferences_are_read() -> None:
    (setting,) = read_policy_file(files.GROUPS, LOCAL_GROUPS.encode("utf-8"))
    assert (setting.name, setting.values) == ("s-1-5-32-544__members", ("S-1-5-21-1-2-3-1200",))


REGISTRY_ITEM = """<Registry {of}><Properties action="{action}" hive="HKEY_LOCAL_MACHINE" type="REG_DWORD"
 key="SYSTEM\\CurrentControlSet\\Control\\Lsa" name="LmCompatibilityLevel" value="00000005"/></Registry>"""


def of_items(content: str) -> list[tuple[Source, tuple[str, ...]]]:
    return [(setting.source, setting.values) for setting in read_policy_file(files.GROUPS, content.encode())]


@pytest.mark.parametrize(
    ("of", "collection", "values"),
    [
        ("", "", [("5",)]),
        ('disabled="0"', 'disabled="0"', [("5",)]),
        ('disabled="1"', "", []),
        ("", 'disabled="1"', []),
        ('disabled="true"', "", []),
    ],
)
def test_a_disabled_item_or_collection_counts_for_nothing(of: str, collection: str, values: list[object]) -> None:
    item = REGISTRY_ITEM.format(of=of, action="U")
    content = f"<RegistrySettings><Collection {collection}><Collection>{item}</Collection></Collection><Other/>"
    assert [held for _, held in of_items(f"{content}</RegistrySettings>")] == values


TARGETED = '<Filters><FilterGroup bool="AND" not="0" name="HOPITAL\\GG_Postes"/></Filters>'
ONCE = '<Filters><FilterRunOnce hidden="1" not="0" bool="AND" id="{00000000-0000-0000-0000-000000000001}"/></Filters>'


@pytest.mark.parametrize(
    ("inside", "around", "action", "conditional"),
    [
        ("", "", "U", False),
        ("", "", "R", False),
        ("", "", "C", True),
        (TARGETED, "", "U", True),
        (ONCE, "", "U", True),
        ("<Filters/>", "", "U", False),
        ("", TARGETED, "U", True),
        (TARGETED, "", "D", True),
    ],
)
def test_an_item_for_some_or_for_once_is_conditional(inside: str, around: str, action: str, conditional: bool) -> None:
    item = REGISTRY_ITEM.format(of="", action=action).replace("</Registry>", f"{inside}</Registry>")
    other = REGISTRY_ITEM.format(of="", action="U")
    content = f"<RegistrySettings><Collection>{around}{item}</Collection>{other}</RegistrySettings>"
    settings = read_policy_file(files.GROUPS, content.encode())
    assert [setting.conditional for setting in settings] == [conditional, False]
    assert all(setting.preference for setting in settings)


def test_a_disabled_item_still_shows_its_password() -> None:
    content = '<Groups disabled="1"><User name="a"><Properties cpassword="QUJD" userName="a"/></User></Groups>'
    assert of_items(content) == [(Source.PASSWORD, ("a",))]


def test_what_an_item_deletes_is_not_what_it_gives() -> None:
    deleted = LOCAL_GROUPS.replace('<Properties action="U"', '<Properties action="D"')
    assert of_items(deleted) == []
    assert of_items(files.BAD_FILES.replace('action="C"', 'action="D"')) == []
    assert of_items(files.BAD_FILES) != []
    assert of_items(REGISTRY_ITEM.format(of="", action="D")) == [(Source.REGISTRY, ())]


def test_groups_within_groups_do_not_multiply_members() -> None:
    member = '<Members><Member name="a" action="ADD"/></Members>'
    content = f'<Group><Properties groupName="x">{member}' * 50 + "</Properties></Group>" * 50
    assert of_items(content) == [(Source.GROUP, ("a",))] * 50


def test_a_file_of_too_many_values_is_refused() -> None:
    many = ",".join(["a"] * 20_000)
    assert len(read_policy_file(files.TEMPLATE, f"[Privilege Rights]\nSeA = {many}\n".encode())) == 1
    with pytest.raises(ValueError, match="too many settings"):
        read_policy_file(files.TEMPLATE, f"[Privilege Rights]\nSeA = {many}\nSeB =".encode())


def test_a_script_is_kept_without_its_parameters() -> None:
    content = b'[Logon]\r\n0CmdLine="\\\\srv\\s\\a b.bat" /p:Secret\r\n0Parameters=/p:Secret\r\n1CmdLine=net use Secret'
    values = [setting.values for setting in read_policy_file(files.SCRIPTS, content)]
    assert values == [("\\\\srv\\s\\a b.bat",), ("net",)]


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("psexec -u HOPITAL\\adm -p Soleil2024 \\\\srv\\deploy\\run.bat", "psexec"),
        ("\\\\srv\\deploy\\psexec -p Soleil2024 run.bat", "\\\\srv\\deploy\\psexec"),
        ("\\\\srv\\s\\outil /p:Soleil2024 run.bat", "\\\\srv\\s\\outil"),
        ("\\\\srv\\s\\a b.bat Soleil2024", "\\\\srv\\s\\a b.bat"),
        ("\\\\srv\\s\\a.bat/p:Soleil2024", "\\\\srv\\s\\a.bat"),
        ("C:\\Program Files\\x.exe -p Soleil2024", "C:\\Program Files\\x.exe"),
        ("%LOGONSERVER%\\netlogon\\mes scripts\\a.cmd", "%LOGONSERVER%\\netlogon\\mes scripts\\a.cmd"),
        ("net use Z: \\\\srv\\a Soleil2024 b.bat", "net"),
        ("net/user:Soleil2024", "net"),
        ("run.bat/p:Soleil2024", "run.bat"),
        ('"cmd /c Soleil2024.bat"', "cmd"),
        ('"\\\\srv\\s\\a b.bat" Soleil2024', "\\\\srv\\s\\a b.bat"),
        (" " * 4000 + "x", "x"),
    ],
)
def test_of_a_command_line_only_what_it_runs_is_kept(line: str, kept: str) -> None:
    (setting,) = read_policy_file(files.SCRIPTS, f'[Startup]\n0CmdLine={line}\n1CmdLine=\n2CmdLine=""'.encode())
    assert setting.values == (kept,)
    assert "Soleil2024" not in str(setting)


def test_a_line_longer_than_any_command_is_refused() -> None:
    line = "0CmdLine=" + "x" * (4096 - 9)
    assert len(read_policy_file(files.SCRIPTS, f"[Startup]\n{line}".encode())) == 1
    for longer in (f"{line}x", "0CmdLine=" + " " * 100_000 + "x"):
        with pytest.raises(ValueError, match="too long"):
            read_policy_file(files.SCRIPTS, f"[Startup]\n{longer}".encode())


def test_audit_settings_are_read() -> None:
    audit = names(read_policy_file(files.AUDIT, files.audit_csv(3)), Source.AUDIT)
    assert audit["0cce9215-69ae-11d9-bed3-505054503030"] == ("3",)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (files.TEMPLATE, b"no section = 1"),
        (files.TEMPLATE, b"[Registry Values]\nMACHINE\\a\\b=oops"),
        (files.TEMPLATE, b"[a]\n\x81\x8d\x8f"),
        (files.TEMPLATE, b"\xff\xfe[\0a\0"[:-1]),
        (files.REGISTRY, b""),
        (files.REGISTRY, b"PReg\x02\0\0\0"),
        (files.REGISTRY, files.pol(files.BAD_REGISTRY)[:-3]),
        (files.REGISTRY, b"PReg\x01\0\0\0[\0a\0\0\0;\0b\0\0\0;\0\x04\0\0\0;\0\xff\xff\xff\xff;\0"),
        (files.AUDIT, b"a,b,c"),
        (files.AUDIT, b'Subcategory GUID,Setting Value\n"unfinished'),
        (files.GROUPS, b"<Groups>"),
        (files.GROUPS, b'<!DOCTYPE x [<!ENTITY e "boum">]><Groups>&e;</Groups>'),
        (files.GROUPS, b'<?xml version="1.0" encoding="x-inconnu"?><Groups/>'),
    ],
)
def test_a_malformed_file_is_refused(path: str, content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_policy_file(path, content)


def test_a_file_of_too_many_settings_is_refused() -> None:
    many = "[Privilege Rights]\n" + "\n".join(f"Se{number} = a" for number in range(20_001))
    assert len(many) < MAX_BYTES
    with pytest.raises(ValueError, match="too many settings"):
        read_policy_file(files.TEMPLATE, many.encode())


@pytest.mark.parametrize("path", [files.TEMPLATE, files.REGISTRY, files.AUDIT, files.GROUPS, files.SCRIPTS])
@given(content=st.binary(max_size=400))
def test_no_content_at_all_does_worse_than_being_refused(path: str, content: bytes) -> None:
    with contextlib.suppress(ValueError):
        read_policy_file(path, content)


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        (files.TEMPLATE, files.BAD_TEMPLATE.encode("utf-16")),
        (files.REGISTRY, files.pol(files.BAD_REGISTRY)),
        (files.AUDIT, files.audit_csv(1)),
        (files.GROUPS, files.BAD_GROUPS.encode()),
        (files.SCRIPTS, files.BAD_SCRIPTS.encode()),
    ],
)
@given(data=st.data())
def test_no_damage_does_worse_than_being_refused(path: str, whole: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:at] + data.draw(st.binary(max_size=8)) + whole[at + data.draw(st.integers(0, 8)) :]
    with contextlib.suppress(ValueError):
        for setting in read_policy_file(path, damaged):
            assert setting.policy == "{P1}"


def test_files_that_say_nothing_are_not_read() -> None:
    assert reader_of("scripts\\Registry.pol") is None
    assert reader_of(f"{files.POLICY}\\Machine\\comment.cmtx") is None
    assert reader_of(f"{files.POLICY}\\report.xml") is None


def test_the_policy_of_a_path() -> None:
    assert policy_of("policies\\{ab}\\x") == "{AB}"
    assert policy_of("Policies\\PolicyDefinitions\\x.admx") == ""
    assert is_policy_root("Policies\\{AB}")
    assert not is_policy_root("Policies\\{AB}\\x")
