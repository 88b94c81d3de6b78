"""Pure decisions of the platform: no socket, file, process, clock or randomness."""
