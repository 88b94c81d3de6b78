"""Where facts of a directory come from: the dump, its further searches, SYSVOL, BloodHound collections."""
