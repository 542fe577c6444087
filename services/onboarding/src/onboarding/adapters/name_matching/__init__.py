"""Screening of names against official lists: folding, index, scoring, explanation."""

from .screener import ListNameScreener

__all__ = ["ListNameScreener"]
