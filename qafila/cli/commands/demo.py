"""`qafila demo`."""


def demo() -> None:
    """X."""
