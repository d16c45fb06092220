"""What `qafila demo` does: a contract over the public API, and two ledgers compared."""
