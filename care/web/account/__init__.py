"""Signing in and out, and the account of who is signed in."""
