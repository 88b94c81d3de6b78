"""Requirements of a place: where it stands, what it lacks, what people answer."""
