"""Default permissions of the classes that Microsoft publishes (MS-ADSC), from Windows Server 2008 to 2016.

Written by `python -m tools.schema_defaults`: do not edit. Each line is the fingerprint of a default descriptor
(`scanners.ad.sddl.digest`) and the classes that have it in one version of the schema at least.
"""

from __future__ import annotations

from typing import Final

_CLASSES: Final = {
    "0790021d39f824d3": ("msds-managedserviceaccount"),
    "0d22d287ef3acc6c": (
        "mswmi-intsetparam mswmi-mergeablepolicytemplate mswmi-rangeparam mswmi-simplepolicytemplate "
        "mswmi-stringsetparam mswmi-uintsetparam"
    ),
    "0fd1eb9f29fae39e": ("groupofuniquenames"),
    "23d32deae87c3811": ("configuration subnetcontainer"),
    "27919f025f43b822": ("mstpm-informationobjectscontainer"),
    "2b35fb172374aea0": ("group"),
    "35307a7750dfcc80": ("msds-optionalfeature"),
    "36cda5f04e94f95c": ("msds-groupmanagedserviceaccount"),
    "446dc8adec6297ea": (
        "ftdfs msdfs-namespaceanchor msdfsr-connection msdfsr-content msdfsr-contentset "
        "msdfsr-globalsettings msdfsr-localsettings msdfsr-member msdfsr-replicationgroup "
        "msdfsr-subscriber msdfsr-subscription msdfsr-topology msds-azadminmanager msds-azapplication "
        "msds-azoperation msds-azrole msds-azscope msds-aztask ntfrsmember ntfrssettings ntfrssubscriber "
        "ntfrssubscriptions remotestorageservicepoint rrasadministrationconnectionpoint "
        "rrasadministrationdictionary serviceconnectionpoint"
    ),
    "488b13da31b800c0": ("grouppolicycontainer"),
    "562cd46c78610879": ("server"),
    "56ff015ed7eae437": ("builtindomain"),
    "59e92bde20f0e9c0": ("msds-valuetype mskds-provrootkey mskds-provserverconfiguration"),
    "666b40eae3e1195a": (
        "msauthz-centralaccesspolicies msauthz-centralaccesspolicy msauthz-centralaccessrule "
        "msauthz-centralaccessrules msdns-serversettings msds-authnpolicies msds-authnpolicy "
        "msds-authnpolicysilo msds-authnpolicysilos msds-claimtype msds-claimtypepropertybase "
        "msds-claimtypes msds-deviceregistrationservice msds-deviceregistrationservicecontainer "
        "msds-resourceproperties msds-resourceproperty msds-resourcepropertylist "
        "msds-shadowprincipalcontainer"
    ),
    "684a799485837d4e": ("crossrefcontainer infrastructureupdate"),
    "695e35540b2dfd01": ("domaindns samdomain"),
    "7a1297aa2a06be8f": ("printqueue"),
    "7e6cd7cc580b3be9": ("msds-quotacontrol"),
    "81757c91d4dba0fd": (
        "linktrackvolentry msds-passwordsettings msds-passwordsettingscontainer msfve-recoveryinformation"
    ),
    "8305c4968184e2b7": ("attributeschema classschema subschema"),
    "880876b5f834704e": ("organizationalunit"),
    "8a4c7164d19d547a": ("msds-quotacontainer"),
    "93a94e5437b43e15": ("domaindns samdomain"),
    "9c257ace08ab0f22": ("secret"),
    "a32aa7d38a22ff33": ("foreignsecurityprincipal"),
    "a83430b1bbfcba24": ("remotemailrecipient"),
    "b8f93ab8596781ba": ("dnszone dnszonescope dnszonescopecontainer"),
    "b9659222c88cb7dc": (
        "ipsecbase ipsecfilter ipsecisakmppolicy ipsecnegotiationpolicy ipsecnfa ipsecpolicy "
        "msspp-activationobject msspp-activationobjectscontainer"
    ),
    "be210fed5cc61924": ("ntfrsreplicaset"),
    "c8b5ccd3199b384c": ("msds-claimstransformationpolicies msds-claimstransformationpolicytype msds-keycredential"),
    "cc0322b54f2c49a7": ("serverscontainer"),
    "ce8281b608f1ca70": ("mstpm-informationobject"),
    "d14edcc3e2b1b097": ("domaindns samdomain"),
    "d33985a3d30920dd": ("domaindns samdomain"),
    "d38f4193d819dbe2": ("domaindns samdomain"),
    "d5886e34bd86739d": ("addressbookcontainer"),
    "dac0d42aefed6c7d": ("computer"),
    "dcfae775b511f1eb": ("site"),
    "de9654af347c9ab6": ("dnsnode"),
    "e0955a14f56c50cd": ("inetorgperson user"),
    "ec88d3275440f401": ("trusteddomain"),
    "eddf6a4c2c92e963": ("mswmi-policytemplate mswmi-policytype mswmi-som mswmi-wmigpo"),
    "ee1e800431ab44f3": ("samserver"),
    "f0431c9d48dd877e": ("intellimirrorgroup"),
    "fee157077adce9a4": (
        "account acspolicy acsresourcelimits acssubnet addresstemplate applicationentity "
        "applicationprocess applicationsitesettings applicationversion bootabledevice "
        "categoryregistration certificationauthority classregistration classstore comconnectionpoint "
        "connectionpoint contact container controlaccessright country crldistributionpoint crossref "
        "device dfsconfiguration dhcpclass displayspecifier displaytemplate dmd document documentseries "
        "domainpolicy domainrelatedobject dsa dsuisettings dynamicobject filelinktracking "
        "filelinktrackingentry friendlycountry groupofnames ieee802device indexservercatalog "
        "intellimirrorscp intersitetransport intersitetransportcontainer iphost ipnetwork ipprotocol "
        "ipservice leaf licensingsitesettings linktrackobjectmovetable linktrackomtentry "
        "linktrackvolumetable locality lostandfound mailrecipient meeting ms-net-ieee-80211-grouppolicy "
        "ms-net-ieee-8023-grouppolicy ms-sql-olapcube ms-sql-olapdatabase ms-sql-olapserver "
        "ms-sql-sqldatabase ms-sql-sqlpublication ms-sql-sqlrepository ms-sql-sqlserver mscom-partition "
        "mscom-partitionset msdfs-deletedlinkv2 msdfs-linkv2 msdfs-namespacev2 msds-app-configuration "
        "msds-appdata msds-cloudextensions msds-device msds-devicecontainer msexchconfigurationcontainer "
        "msieee80211-policy msimaging-postscanprocess msimaging-psps msmq-custom-recipient msmq-group "
        "msmqconfiguration msmqenterprisesettings msmqmigrateduser msmqqueue msmqsettings msmqsitelink "
        "mspki-enterprise-oid mspki-key-recovery-agent mspki-privatekeyrecoveryagent "
        "msprint-connectionpolicy mssfu30domaininfo mssfu30mailaliases mssfu30netid mssfu30networkuser "
        "mssfu30nismapconfig mstapi-rtconference mstapi-rtperson mswmi-intrangeparam mswmi-objectencoding "
        "mswmi-realrangeparam mswmi-rule mswmi-shadowobject mswmi-uintrangeparam mswmi-unknownrangeparam "
        "nismap nisnetgroup nisobject ntdsconnection ntdsdsa ntdsdsaro ntdsservice ntdssitesettings "
        "oncrpc organization organizationalperson organizationalrole packageregistration person "
        "physicallocation pkicertificatetemplate pkienrollmentservice posixaccount posixgroup querypolicy "
        "residentialperson rfc822localpart ridmanager ridset room rpccontainer rpcentry rpcgroup "
        "rpcprofile rpcprofileelement rpcserver rpcserverelement securityobject "
        "serviceadministrationpoint serviceclass serviceinstance shadowaccount simplesecurityobject "
        "sitelink sitelinkbridge sitescontainer storage subnet top typelibrary volume"
    ),
}
PUBLISHED: Final[frozenset[tuple[str, str]]] = frozenset(
    (name, fingerprint) for fingerprint, names in _CLASSES.items() for name in names.split()
)
"""Every published pair of a class, in small letters, and the fingerprint of its default permissions."""
CLASSES: Final[frozenset[str]] = frozenset(name for name, _ in PUBLISHED)
"""The classes that are published; others were added by a product."""
