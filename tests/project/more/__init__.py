"""Migrations of a newer program."""
