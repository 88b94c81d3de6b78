"""Tests of continuity and recovery: planned, recorded, seen over the years."""
