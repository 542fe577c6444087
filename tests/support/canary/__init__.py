"""Marked personal data, and the search for it in everything a stack leaves behind."""
