"""Migrations of an app in which the second one breaks half-way."""
