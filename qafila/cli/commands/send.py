"""`qafila send`."""


def send() -> None:
    """X."""
