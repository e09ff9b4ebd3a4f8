"""Verbs: everything that changes something, one file per story."""
