"""The rules of exposure, one file each."""
