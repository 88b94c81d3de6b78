"""Speaking LDAP: connection, binds, BER, paged dump, pace, and the sentences of what goes wrong."""
