"""Security incidents: the register, what is declared and until when, what is learnt."""
