"""The preparation of an exercise: go or no go, who is invited, the trial of the channels."""
