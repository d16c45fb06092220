"""What every test may use: one throw-away PostgreSQL a run, and the people and numbers of two businesses.

The server is the embedded one in a temporary folder; ``TEST_DATABASE_URL`` names another one (its user must be allowed to
create databases). It starts with the first test that needs a database, and ends with this process, however that ends.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import hypothesis
import psutil
import psycopg
import pytest
from psycopg import sql
from pydantic import AliasChoices

from qafila.project import env
from tests import made_database

if TYPE_CHECKING:
    from psycopg_pool import AsyncConnectionPool

    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business
    from qafila.senders.models import Package, ProviderAccount, Sender

# No unit test is limited in time: the machine may be busy with others.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
_WHOLE_FAMILIES = frozenset(
    {
        "test_demo_runs_to_the_last_receipt.py",
        "test_demo_shows_a_package.py",
        "test_send_makes_a_contract_of_a_file.py",
        "test_up_runs_everything.py",
    }
)
"""Files in ``tests/cli`` that run database, web and worker together, and where the default port is fought over."""
_LONGEST_FIRST = (
    "tests/journeys/test_axe.py, one half",
    "tests/journeys/test_axe.py, the other",
    "cli-families",
    "cli",
    "tests/worker/test_a_dozen_kills_lose_nothing.py",
    "tests/web/test_every_page_is_in_the_matrices.py",
    "tests/project/test_migrate_goes_back.py",
    "tests/project/test_migrate_brings_a_database_up.py",
    "tests/kit/test_tables_survive_hostile_workbooks.py",
    "tests/sandbox/test_the_ledger_survives.py",
    "tests/sandbox/test_a_person_acts_by_hand.py",
    "tests/sandbox/test_the_process_is_well_behaved.py",
    "tests/wording/test_translations_are_complete.py",
)
"""The groups of tests that take longest, the longest first."""


def _forget_the_environment() -> None:
    """A developer's own ``.env`` and variables must not decide how a test ends."""
    env.Env.model_config["env_file"] = None
    for name, field in env.Env.model_fields.items():
        alias = field.validation_alias
        names = alias.choices if isinstance(alias, AliasChoices) else [name]
        for variable in names:
            os.environ.pop(str(variable).upper(), None)
    env.read.cache_clear()


def _remove_what_killed_runs_left() -> None:
    """A run that was killed could not remove its folder; its server ended with it."""
    for folder in Path(tempfile.gettempdir()).glob(f"{made_database.PREFIX}*"):
        pid = folder.name.removeprefix(made_database.PREFIX).partition("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


# Before Django reads its settings, which happens right after this file was loaded.
_TEST_DATABASE_URL = os.environ.get("TEST_DATABASE_URL", "")
_forget_the_environment()
_remove_what_killed_runs_left()
_DATA = Path(tempfile.mkdtemp(prefix=f"{made_database.PREFIX}{os.getpid()}-"))
_DATA.chmod(0o755)  # as root the server may run as another account, which has to pass through
os.environ["QAFILA_DATA"] = str(_DATA)
os.environ["DJANGO_SETTINGS_MODULE"] = "qafila.project.settings"


def pytest_configure(config: pytest.Config) -> None:
    """Loads Django before pytest-django looks whether it is loaded."""
    django.setup()
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        # The processes that run the tests (``-n 2``) begin as this one did: with settings that are read after this file, and so
        # with a data folder of their own.
        del os.environ["DJANGO_SETTINGS_MODULE"]
    from django.conf import settings

    # The real one takes a third of a second for each owner, on purpose.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    _list_static_files_once()
    if hasattr(config.option, "loadscopereorder"):
        # Else the files with the most tests begin, and one of few but long tests may come last and be waited for.
        config.option.loadscopereorder = False


def _list_static_files_once() -> None:
    """Every test client makes the chain of middleware anew, and WhiteNoise looks at each static file for it."""
    from whitenoise.middleware import WhiteNoiseMiddleware

    look = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[tuple[object, ...], dict[str, Any]] = {}

    def look_once(self: Any) -> None:
        given = (self.static_prefix, self.max_age, self.charset, self.allow_all_origins)
        if given not in found:
            look(self)
            found[given] = dict(self.files)
        self.files.update(found[given])

    WhiteNoiseMiddleware.add_files_from_finders = look_once


def pytest_unconfigure(config: pytest.Config) -> None:
    """The data folder goes with the run."""
    shutil.rmtree(_DATA, ignore_errors=True)
    if not hasattr(config, "workerinput"):
        shutil.rmtree(made_database.run_folder(), ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several processes what takes longest begins first, then what has the most tests: the processes shall end together."""
    if not items or not hasattr(items[0].config, "workerinput"):
        return
    tests = Counter(_group(item.nodeid) for item in items)
    last = len(_LONGEST_FIRST)
    place = {group: number for number, group in enumerate(_LONGEST_FIRST)}
    items.sort(key=lambda item: (place.get(_group(item.nodeid), last), -tests[_group(item.nodeid)]))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With several processes (``-n 2``) a file stays together, since its fixtures are made once for it.

    So do the tests of the command, in two groups: they start servers that would take the cores from each other. (xdist's own
    ``loadgroup`` writes the group into a test's id, where pytest 9.2 does not look for it any more.)
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _group(nodeid)

    return ByGroup(config, log)


def _group(nodeid: str) -> str:
    path = nodeid.partition("::")[0]
    if path == "tests/journeys/test_axe.py":  # it alone takes as long as all other journeys
        return f"{path}, {'one half' if nodeid.endswith(('[en]', '[ar]')) else 'the other'}"
    if not path.startswith("tests/cli/"):
        return path
    return "cli-families" if path.rpartition("/")[2] in _WHOLE_FAMILIES else "cli"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server for this run, as a URL to one of its databases."""
    if _TEST_DATABASE_URL:
        yield _TEST_DATABASE_URL
        return
    from qafila.kit.postgres import EmbeddedPostgres

    made_database.copy(made_database.cluster(), _DATA / "postgres")
    with EmbeddedPostgres(_DATA / "postgres", durable=False) as address:
        yield address.dsn


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The embedded server's database is a copy that goes with its folder; on another server it is made and dropped."""
    return not _TEST_DATABASE_URL


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres_url: str) -> None:
    """pytest-django asks here before it creates its database: it gets one on the server of this run."""
    from django.db import connections
    from psycopg.conninfo import conninfo_to_dict

    parts: dict[str, Any] = dict(conninfo_to_dict(postgres_url))
    settings = connections["default"].settings_dict
    for ours, theirs in (
        ("NAME", "dbname"),
        ("USER", "user"),
        ("PASSWORD", "password"),
        ("HOST", "host"),
        ("PORT", "port"),
    ):
        settings[ours] = str(parts.pop(theirs, "") or "")
    settings["OPTIONS"] = parts
    name = settings["TEST"]["NAME"] = f"qafila_test_{os.getpid()}"
    if not _TEST_DATABASE_URL:
        with psycopg.connect(postgres_url, dbname="postgres", autocommit=True) as server:
            copied = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            server.execute(copied.format(sql.Identifier(name), sql.Identifier(settings["NAME"])))


_KEPT = frozenset({"ledger_installation", "django_content_type", "auth_permission"})
"""Tables that migrations fill, and that no test changes."""
_EMPTY = """
DO $do$
DECLARE
    name text;
    gone bigint;
BEGIN
    SET LOCAL session_replication_role = replica;  -- no trigger, no foreign key: everything goes
    FOREACH name IN ARRAY %(tables)s::text[] LOOP
        EXECUTE format('DELETE FROM %%I', name);
        GET DIAGNOSTICS gone = ROW_COUNT;
        IF gone > 1000 THEN  -- or the next tests would wade through dead rows
            EXECUTE format('TRUNCATE %%I CASCADE', name);
        END IF;
    END LOOP;
END
$do$
"""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """After a test with ``transaction=True`` all tables are emptied, but by rows and not as files.

    Django's own way (TRUNCATE of every table, then content types and permissions anew) takes longer than most of these tests.
    """
    from django.db import connection
    from django.test import TransactionTestCase

    former = TransactionTestCase._fixture_teardown

    def empty(_: TransactionTestCase) -> None:
        found = connection.introspection.django_table_names(only_existing=True, include_views=False)
        with connection.cursor() as cursor:
            cursor.execute(_EMPTY, {"tables": sorted(set(found) - _KEPT)})

    TransactionTestCase._fixture_teardown = empty
    yield
    TransactionTestCase._fixture_teardown = former


@pytest.fixture
def now() -> datetime:
    """A fixed moment, aware, in UTC."""
    return NOW


@pytest.fixture
def dsn(db: None) -> str:
    """The test database as psycopg's connection string. What other connections shall see needs ``transaction=True``."""
    from django.db import connection
    from psycopg.conninfo import make_conninfo

    settings = connection.settings_dict
    given = {
        "dbname": settings["NAME"],
        "user": settings["USER"],
        "password": settings["PASSWORD"],
        "host": settings["HOST"],
        "port": settings["PORT"],
    }
    return make_conninfo("", **{name: value for name, value in given.items() if value}, **settings["OPTIONS"])


@pytest.fixture
async def async_pool(dsn: str) -> AsyncIterator[AsyncConnectionPool]:
    """An open psycopg pool on the test database, its connections in autocommit mode."""
    from psycopg_pool import AsyncConnectionPool

    async with AsyncConnectionPool(
        dsn, min_size=1, max_size=8, open=False, kwargs={"autocommit": True}
    ) as pool:
        yield pool


@pytest.fixture
def business(db: None, now: datetime) -> Business:
    """The business most tests are about."""
    from qafila.businesses.actions import create_business

    return create_business(
        name="Caravan & Sons", language="en", timezone="Africa/Cairo", default_country="EG", now=now
    )


@pytest.fixture
def other_business(db: None, now: datetime) -> Business:
    """The stranger, who must see nothing of :func:`business`."""
    from qafila.businesses.actions import create_business

    return create_business(name="Stranger Ltd", now=now)


@pytest.fixture
def owner_actor(business: Business, now: datetime) -> Actor:
    """The owner of :func:`business`, signed in."""
    from qafila.businesses.actions import create_owner
    from qafila.businesses.actor import user_actor

    owner = create_owner(
        business=business,
        email="owner@example.com",
        password="a long pass phrase 7",
        name="Amira Owner",
        now=now,
    )
    return user_actor(business=business, user=owner, role="owner")


@pytest.fixture
def stranger_actor(other_business: Business, now: datetime) -> Actor:
    """The owner of the other business: has every right, but not here."""
    from qafila.businesses.actions import create_owner
    from qafila.businesses.actor import user_actor

    owner = create_owner(
        business=other_business,
        email="stranger@example.com",
        password="a long pass phrase 8",
        name="Boris",
        now=now,
    )
    return user_actor(business=other_business, user=owner, role="owner")


@pytest.fixture
def provider_account(business: Business, owner_actor: Actor, now: datetime) -> ProviderAccount:
    """A Cloud API account on an address where nobody listens."""
    from qafila.senders.actions import create_provider_account

    return create_provider_account(
        business=business,
        kind="cloud_api",
        name="Meta",
        base_url="http://127.0.0.1:9/v23.0",
        ref="100000000000001",
        token="EAAG-test-token",
        app_secret="test-app-secret",
        verify_token="test-verify-token",
        allow_private_network=True,
        actor=owner_actor,
        now=now,
    )


@pytest.fixture
def sender(
    business: Business, provider_account: ProviderAccount, owner_actor: Actor, now: datetime
) -> Sender:
    """An official number, ready to send."""
    from qafila.senders.actions import create_sender

    return create_sender(
        business=business,
        name="Main",
        phone="+201000000001",
        provider_account=provider_account,
        ref="200000000000001",
        actor=owner_actor,
        now=now,
    )


@pytest.fixture
def phone_linked_sender(business: Business, owner_actor: Actor, now: datetime) -> Sender:
    """A number linked like a phone (not official: human pace), of the in-memory provider, in use since a year."""
    from datetime import timedelta

    from qafila.senders.actions import create_provider_account, create_sender

    account = create_provider_account(
        business=business,
        kind="memory",
        name="Phones",
        base_url="https://phones.example.com",
        ref="",
        token="memory-token",
        app_secret="",
        verify_token="",
        actor=owner_actor,
        now=now,
    )
    return create_sender(
        business=business,
        name="Phone",
        phone="+201000000002",
        provider_account=account,
        ref="phone-2",
        in_use_since=now - timedelta(days=365),
        actor=owner_actor,
        now=now,
    )


@pytest.fixture
def second(phone_linked_sender: Sender, owner_actor: Actor, now: datetime) -> Sender:
    """Another number of the same account as :func:`phone_linked_sender`."""
    from qafila.senders.actions import create_sender

    return create_sender(
        business=owner_actor.business,
        name="Phone 2",
        phone="+201000000003",
        provider_account=phone_linked_sender.provider_account,
        ref="phone-3",
        actor=owner_actor,
        now=now,
    )


@pytest.fixture
def pool(
    business: Business, phone_linked_sender: Sender, second: Sender, owner_actor: Actor, now: datetime
) -> Package:
    """A package of the two linked numbers."""
    from qafila.senders.actions import packages

    made = packages.create_package(business=business, name="Pool", actor=owner_actor, now=now)
    for one in (phone_linked_sender, second):
        packages.add_member(package=made, sender=one, actor=owner_actor, now=now)
    return made
