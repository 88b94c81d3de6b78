"""Questions that people answer: by section on the screen, or on paper and typed in by its code."""
