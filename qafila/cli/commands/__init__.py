"""One file a command. What a command needs of the rooms it imports when it runs, so that `--help` answers at once."""
