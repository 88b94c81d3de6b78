"""The rules of the directory, one file each."""
