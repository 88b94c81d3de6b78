"""The survival of the installation: its backups, their drills, what was put back."""
