"""What stands behind the ports of the services: clock, passwords, files, mail, queue."""
