"""Restore drills: what their audits are given, what they did, and the sheet that proves it."""
