"""Establishments: choosing one, creating one."""
