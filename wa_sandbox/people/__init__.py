"""Who the recipients are and how they behave."""
