"""The outbox: messages sent, waiting, uncertain or refused."""
