"""Pure decisions about contracts: rows, statuses, results."""
