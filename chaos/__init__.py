"""Proof by destruction: real processes, real ``kill -9``, two ledgers compared. See ``docs/reliability.md``."""
