"""A new contract from a file: choose it, say what its columns are, check the rows, look at the messages, send."""
