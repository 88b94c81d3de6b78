"""Degraded modes and paper kits: what people do when the screens go dark."""
