"""The audit trail: who did what, and whether its chain holds."""
