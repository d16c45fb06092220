"""The `/admin` endpoints: JSON, for tests and developers."""
