"""Qafila: many messages travel together, and all of them arrive or are accounted for."""

__version__ = "0.1.0"
