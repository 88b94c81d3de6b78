"""Security incidents: the register, the clocks of declarations, the alert chain, the figures."""
