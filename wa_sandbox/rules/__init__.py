"""Meta's limits as pure decisions: `now` is always an argument."""
