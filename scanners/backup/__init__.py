"""The backup strategy: what the plan declares, what the repositories really hold, and a restore that proves it."""
