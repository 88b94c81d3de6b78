"""Active Directory over LDAP: collected once as columns, judged by vectorised rules and a control graph."""
