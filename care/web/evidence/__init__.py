"""The evidence library and its sealed books."""
