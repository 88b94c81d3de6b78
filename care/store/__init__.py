"""Tables by subject, the database and its migrations. Only services come here."""
