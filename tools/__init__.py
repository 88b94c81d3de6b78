"""Tools of the source tree: demonstration, locks, generated documents. Not part of the distribution."""
