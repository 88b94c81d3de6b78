"""Actions: what is to be done, by whom, for when, and the evidence that it was."""
