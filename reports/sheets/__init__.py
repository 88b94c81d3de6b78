"""Sheets to print, pin up and cut: posters, reflex cards, labels. Read-models in, PDF out, by ReportLab."""
