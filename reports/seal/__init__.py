"""What a sealed book is made of, and the one-file script that verifies it."""
