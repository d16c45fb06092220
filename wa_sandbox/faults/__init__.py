"""Faults on demand: which request is hit, and how the answer is spoiled."""
