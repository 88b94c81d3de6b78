"""The register of isolation drills: the “red button” that cuts backups off."""
