"""Pure decisions of the engine: no database, no clock, no randomness of their own."""
