"""The page beside PingCastle is the one its generator writes; what LDAP shows of its catalogue has a rule."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner

from care.cli import main_group
from scanners.catalog import rules_of
from tools.pingcastle_catalogue import NEEDS, PAGE, WHY_NOT, covering, page, rows


def test_the_page_is_current() -> None:
    """Run `.venv/bin/python -m tools.rule_catalogue` after a change of rules."""
    assert PAGE.read_text("utf-8") == page(), "run: .venv/bin/python -m tools.rule_catalogue"


def test_all_that_ldap_shows_is_covered() -> None:
    missing = {row.id for row in rows() if "ldap" in row.sources and not row.rules}
    assert missing == set()


NOT_BY_LDAP_ALONE = """
A-AnonymousAuthorizedGPO A-AuditDC A-AuditPowershell A-CertEnrollChannelBinding A-CertEnrollHttp A-CertROCA
A-CertWeakDSA A-CertWeakRsaComponent A-DC-Coerce A-DC-Spooler A-DC-WebClient A-DCLdapSign A-DCLdapsChannelBinding
A-DCLdapsProtocol A-DCLdapsProtocolAdvanced A-DCRefuseComputerPwdChange A-HardenedPaths A-LDAPSigningDisabled
A-LMHashAuthorized A-LimitBlankPasswordUse A-MD2IntermediateCert A-MD2RootCert A-MD4IntermediateCert A-MD4RootCert
A-MD5IntermediateCert A-MD5RootCert A-MembershipEveryone A-NoGPOLLMNR A-NoNetSessionHardening A-NullSession A-PwdGPO
A-SHA0IntermediateCert A-SHA0RootCert A-SHA1IntermediateCert A-SHA1RootCert A-SMB2SignatureNotEnabled
A-SMB2SignatureNotRequired A-WSUS-SslProtocol A-WeakRSARootCert A-WeakRSARootCert2 ADConnectVersion ADConnectVersion1
GuestUserAccessRestriction1 GuestUserAccessRestriction2 P-DelegationFileDeployed P-DelegationGPOData
P-DelegationLoginScript P-LoginDCEveryone P-LogonDenied P-PrivilegeEveryone P-RODCSYSVOLWrite
P-RecoveryModeUnprotected P-TrustedCredManAccessPrivilege S-ADRegistration S-DC-NotUpdated S-DefenderASR
S-FirewallScript S-FolderOptions S-KerberosArmoring S-KerberosArmoringDC S-OldNtlm S-SMB-v1 S-TerminalServicesGPO
S-Vuln-MS14-068 S-Vuln-MS17_010 S-WSUS-HTTP S-WSUS-NoPinning S-WSUS-UserProxy T-FileDeployedOutOfDomain
T-ScriptOutOfDomain UserConsentCompanyData UserRegisterApplications
"""


def test_one_rule_that_a_survey_says_is_in_the_directory_is_not() -> None:
    """Whether a zone may be transferred is no property of its object (MS-DNSP 2.3.2.1.1): it is the only deviation."""
    others = {row.id for row in rows() if row.needs != "ldap"}
    assert others - set(NOT_BY_LDAP_ALONE.split()) == {"A-DnsZoneTransfert"}
    assert set(NOT_BY_LDAP_ALONE.split()) <= others
    assert {row.id for row in rows() if not row.rules} & {"A-DnsZoneTransfert"} == {"A-DnsZoneTransfert"}


def test_the_catalogue_is_whole_and_its_rows_are_ours_to_explain() -> None:
    known = rows()
    assert len({row.id for row in known}) == len(known) == 193
    assert set(covering()) <= {row.id for row in known}
    assert all(set(row.sources) <= set(NEEDS) == set(WHY_NOT) and row.looks_at for row in known)


def test_both_catalogues_can_be_counted() -> None:
    told: dict[str, Any] = json.loads(CliRunner().invoke(main_group, ["rules", "--scanner", "ad", "--json"]).stdout)
    catalogues = told["catalogues"]
    assert {name: rules for name, rules in catalogues["pingcastle"].items() if rules} == {
        name: [rule.id for rule in rules] for name, rules in covering().items()
    }
    assert len(catalogues["pingcastle"]) == 193
    points = {str(ref).partition(":")[2] for rule in rules_of("ad") for ref in rule.refs if ref.framework == "anssi-ad"}
    assert {name for name, rules in catalogues["anssi-ad"].items() if rules} == points
    assert "catalogues" not in json.loads(
        CliRunner().invoke(main_group, ["rules", "--scanner", "backup", "--json"]).stdout
    )
