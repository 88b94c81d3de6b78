"""Words that hospitals and their suppliers put before their domain. Our own list: short, French first. Pure."""

from __future__ import annotations

from typing import Final

_WORDS: Final = """
    www www2 web site portail portail-patient patient patients mon-espace espace-patient rdv rendez-vous
    teleconsultation telemedecine visio agenda admission admissions preadmission urgences intranet extranet ent pro
    professionnels partenaires medecins medecin-traitant ght chu ch clinique ehpad ifsi ifas formation emploi
    recrutement carriere dpi dossier ecare hopital-manager cortexte easily sillage dxcare mediboard orbis axigate
    crossway osiris pharma pharmacie labo laboratoire biologie resultats glims hexalis serveur-resultats imagerie
    pacs ris viewer xplore radiologie nuclearmed anapath endoscopie bloc planning gtt gta octime chronos rh paie
    achats commandes marches marches-publics finance facturation gap mipih magh2 hexagone qualite ged bluemedi
    qualios ennov kalilab gmao biomed gtb gtc technique parking wifi guest portail-captif mail webmail mail2 smtp
    smtp2 mx mx1 mx2 imap pop autodiscover autoconfig owa exchange outlook lyncdiscover sip zimbra roundcube
    messagerie mss mssante lists listes newsletter vpn vpn1 vpn2 sslvpn acces acces-distant remote rds rdweb rdp tse
    citrix xenapp netscaler gateway bastion wallix guacamole teletravail nomade telemaintenance anydesk support
    helpdesk glpi assistance ticket tickets itop centreon zabbix nagios supervision grafana kibana monitoring status
    git gitlab jenkins dev test recette preprod preproduction demo formation-dpi backup sauvegarde veeam nas cloud
    drive nextcloud owncloud partage transfert envoi sftp ftp ftps files download depot api ws webservices services
    fhir hl7 mirth ror sso cas adfs auth login idp keycloak proxy ns ns1 ns2 ns3 dns dns1 dns2 ntp fw firewall admin
    console esx vcenter
"""
USUAL_NAMES: Final[tuple[str, ...]] = tuple(_WORDS.split())
"""Each is tried under each domain."""
