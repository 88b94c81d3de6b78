"""The chronogram of an exercise: read, edited until DEBEX, taken out and back as a workbook."""
