"""Pure decisions about what providers say: no database, no clock."""
