"""The append-only file and the counts kept from it."""
