"""What can be wrong with a database's schema, each with a stable code and a sentence that says what to do."""

from __future__ import annotations


class SchemaProblem(Exception):
    """The schema cannot be used or changed. ``code`` is stable; ``str()`` is a sentence for a person."""

    code = "schema_problem"


class SchemaBehind(SchemaProblem):
    """The database lacks migrations that this program needs: it must not serve."""

    code = "schema_behind"

    def __init__(self, *, level: int, needed: int, missing: list[str]) -> None:
        self.level, self.needed, self.missing = level, needed, missing
        names = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        super().__init__(
            f"The database is at schema level {level}, this program needs {needed} (missing: {names}). "
            "Nothing is served until it is brought up: run `qafila migrate`."
        )


class MigrationFailed(SchemaProblem):
    """A migration did not go through. It was rolled back whole; those before it stay."""

    code = "migration_failed"

    def __init__(self, *, migration: str, reason: str) -> None:
        self.migration, self.reason = migration, reason
        super().__init__(
            f"The migration {migration} did not go through and was rolled back: {reason.strip()}. No data was changed by it. "
            "Put right what it says, then run `qafila migrate`; the migrations before it are in place."
        )


class ProgramOlderThanDatabase(SchemaProblem):
    """The schema is to go back, but a newer program made it: only that one knows how."""

    code = "program_older_than_database"

    def __init__(self, unknown: list[str]) -> None:
        self.unknown = unknown
        super().__init__(
            f"The database has migrations that this program does not know ({', '.join(unknown[:5])}). "
            "Run `qafila migrate --to …` with the newer program that made them."
        )


class UnknownLevel(SchemaProblem):
    """There is no such level."""

    code = "unknown_schema_level"

    def __init__(self, level: int, latest: int) -> None:
        super().__init__(
            f"There is no schema level {level}. Levels go from 0 (no tables of ours) to {latest}."
        )
