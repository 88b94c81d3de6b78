"""People who take part in an exercise without an account: players, observers, the screen of the room."""
