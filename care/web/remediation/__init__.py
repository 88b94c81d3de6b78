"""Remediation sheets and playbooks."""
