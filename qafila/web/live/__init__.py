"""Pages that keep themselves fresh: server-sent events from LISTEN/NOTIFY."""
