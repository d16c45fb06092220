"""The `qafila` command. It prepares the settings that Django then reads, so it stands above ``project``."""
