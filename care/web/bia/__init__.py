"""Impact analyses: the list, the guided entry, versions, the scale, the models."""
