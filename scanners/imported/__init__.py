"""Results of other tools, read from their files into one frozen `Report`. No network, no platform."""
