"""Files of candidates for the funded domains of the programme: opened, moved, corrected, made into a sealed dossier."""
