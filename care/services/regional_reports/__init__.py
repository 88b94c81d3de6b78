"""Regional reports: what they say, who may have them, how they are made, ordered and mailed."""
