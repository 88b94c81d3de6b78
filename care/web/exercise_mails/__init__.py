"""The mails of an exercise, for its facilitation."""
