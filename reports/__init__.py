"""Makers of documents: a read-model in, bytes out."""
