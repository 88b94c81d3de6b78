"""Ways in from afar: SSL-VPN gateways, remote desktops, bastions, remote support. Pure data."""

from __future__ import annotations

from scanners.exposure.product_marks import MODEL, files, gateway, named

GATEWAYS = (
    gateway(
        "Fortinet FortiGate",
        r"remote/(?:login|fgt_lang)",
        header=r"set-cookie: svpn(?:network)?cookie",
        certificate=r"\bOU=FortiGate\b",
    ),
    gateway(
        "Ivanti Connect Secure",
        r"dana-na/",
        named(r"ivanti connect secure|pulse connect secure"),
        r"set-cookie: ds(?:signin|signinurl|id)$",
    ),
    gateway(
        "Citrix NetScaler Gateway",
        r"logon/LogonPoint/|vpn/index\.html",
        named(r"(?:citrix|netscaler) (?:gateway|adc|aaa)|netscaler|citrix netscaler"),
        r"set-cookie: nsc_(?:aaac|tmaa|tmas|tass|epac|user|vpnerr|temp|pers)$",
    ),
    gateway("Palo Alto GlobalProtect", r"global-protect/", named(r"globalprotect(?: portal)?")),
    gateway("Cisco ASA / AnyConnect", r"\+CSCOE\+/", header=r"set-cookie: webvpn", code=r"\bwebvpnlogin"),
    gateway(
        "F5 BIG-IP APM",
        r"my\.policy|vdesk/",
        header=r"set-cookie: (?:mrhsession|lastmrh_session|f5_st)$",
    ),
    gateway(
        "SonicWall",
        rf"sonicui/|{files('sonicwall')}",
        named(
            r"sonicwall(?: (?:virtual office|ssl[ -]vpn|authentication|network security(?: appliance)?|administrator))?"
        )
        + r"(?: ?[-–|] ?virtual office)?",
        r"server: [^\n]*sonicwall",
        certificate=r"certificate for sonicwall",
    ),
    gateway(
        "Check Point",
        r"sslvpn/Login",
        named(r"check point mobile(?: access)?|(?:check point )?ssl network extender"),
        r"set-cookie: cpcvpn_|server: check ?point svn foundation",
    ),
    gateway(
        "WatchGuard",
        rf"sslvpn_logon\.shtml|{files('watchguard')}",
        named(r"watchguard(?: (?:access portal|firebox|fireware|ssl|mobile vpn|web ui))*"),
        r"server: [^\n]*watchguard",
        certificate=r"\bO=WatchGuard",
    ),
    gateway(
        "Stormshield",
        files("stormshield"),
        named(
            r"stormshield (?:network security|ssl vpn|management center|sns|firewall|administration|portal)"
            r"(?: (?:ssl vpn|firewall|administration|portal))*"
        ),
        r"server: [^\n]*stormshield",
        certificate=r"\bO=(?:NETASQ|Stormshield)\b",
    ),
    gateway(
        "Sophos Firewall",
        r"(?:userportal|vpnportal)/webpages/",
        named(r"sophos (?:user portal|vpn portal|connect|ssl vpn)"),
        certificate=r"\bCN=SophosApplianceCertificate",
    ),
    gateway(
        "Zyxel",
        rf"{files('zy(?:xel|wall)')}|(?:[^?#]*/)?zyfunction\.js|lib/mode_ana",
        named(rf"(?:zyxel|zywall){MODEL}(?: (?:usg|atp|vpn|ssl vpn|flex|security gateway)){{0,3}}{MODEL}")
        + r"|usg(?: flex)? ?\d{2,4}\w{0,3}|atp[1-8]00w?",
        r"server: [^\n]*zy(?:xel|wall)",
    ),
    gateway(
        "WALLIX Bastion",
        rf"wabam(?:/|$)|{files('wallix')}",
        named(r"wallix (?:bastion|access manager|adminbastion|authentication)(?: (?:bastion|access manager))*"),
    ),
    gateway(
        "Apache Guacamole",
        rf"guacamole/|{files('guacamole')}",
        named(r"(?:apache )?guacamole"),
        r"set-cookie: guac[_a-z]*",
        r"<guac-(?:login|notification|modal|viewport)",
    ),
    gateway("Microsoft RD Web", r"RDWeb(?:/|$)", header=r"set-cookie: tswafeaturecheckcookie$"),
    gateway(
        "OpenVPN Access Server",
        r"__session_start__/",
        header=r"server: openvpn-as|set-cookie: openvpn_sess_",
    ),
    gateway(
        "VMware Horizon",
        r"portal/(?:webclient/|info\.jsp)",
        named(r"(?:vmware|omnissa) horizon(?: (?:client|view|html access))*"),
    ),
    gateway(
        "BeyondTrust Remote Support",
        title=named(
            r"(?:beyondtrust|bomgar)(?: ?[-–|:])? ?(?:remote support|privileged remote access|privileged access)"
            r"(?: (?:portal|appliance))?"
        ),
    ),
    gateway(
        "ConnectWise ScreenConnect",
        header=r"server: screenconnect/",
        version=r"(?m)^server: ScreenConnect/([\d.]+)",
    ),
    gateway(
        "SimpleHelp", title=named(r"simplehelp(?: (?:remote support|technician|server))*"), header="server: simplehelp"
    ),
    gateway("Kaseya VSA", r"vsapres/"),
)
