"""What `qafila import-legacy` copied is remembered for each former system, and ``--into`` leads nowhere else."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from qafila.businesses.models import Business, LegacyId
from qafila.campaigns.legacy import import_legacy
from qafila.campaigns.legacy.source import opened
from qafila.contacts.models import Identity
from qafila.kit.postgres import EmbeddedPostgres
from qafila.senders.models import PackageMember, Sender
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
CLINIC, SHOP = (str(uuid.UUID(int=n)) for n in (71, 72))

SYSTEM = """
CREATE TABLE user_accounts (id int, name text);
CREATE TABLE whatsapp_phone_numbers (id int, user_account_id int, phone_number text);
CREATE TABLE leads (id int, user_account_id int, phone text);
INSERT INTO user_accounts VALUES (1, '{0} one'), (2, '{0} two');
INSERT INTO whatsapp_phone_numbers VALUES (1, 1, '+{1}0000001');
INSERT INTO leads VALUES (1, 1, '+{1}1000001');
"""


def test_two_systems_with_a_database_of_the_same_name_share_nothing(
    source: Any, business: Business, tmp_path: Path
) -> None:
    name = conninfo_to_dict(source.dsn)["dbname"]
    source(SYSTEM.format("Clinic", "7999"))
    import_legacy(dsn=source.dsn, now=NOW)
    with EmbeddedPostgres(tmp_path / "postgres", durable=False) as server:
        with psycopg.connect(server.dsn, autocommit=True) as admin:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(str(name))))
        address = make_conninfo(server.dsn, dbname=name)
        with psycopg.connect(address, autocommit=True) as there:
            there.execute(SYSTEM.format("Shop", "7977"))  # type: ignore[call-overload]
        report = import_legacy(dsn=address, now=NOW)
    assert {t.name: (t.copied, t.there) for t in report if t.is_there} == {
        "user_accounts": (2, 0),
        "whatsapp_phone_numbers": (1, 0),
        "leads": (1, 0),
    }
    of_the_shop = Business.objects.get(name="Shop one")
    assert Sender.objects.get(phone="+79770000001").business == of_the_shop
    assert Identity.objects.get(value="79771000001").business == of_the_shop
    assert LegacyId.objects.values("source").distinct().count() == 2
    again = import_legacy(dsn=source.dsn, now=NOW)
    assert sum(table.copied for table in again) == 0


def test_a_server_that_does_not_say_which_it_is_is_known_by_its_address(
    source: Any, business: Business
) -> None:
    role = f"reader_{uuid.uuid4().hex[:12]}"
    source(
        f"""
        CREATE TABLE leads (id int, phone text);
        INSERT INTO leads VALUES (1, '+79991000001');
        REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC;
        CREATE ROLE {role};
        GRANT SELECT ON leads TO {role};
        """
    )
    with opened(source.dsn) as plain:
        known = plain.name
    database = conninfo_to_dict(source.dsn)["dbname"]
    # Who connects becomes the role at once: nobody has to be let in who was not.
    source(f"ALTER ROLE SESSION_USER IN DATABASE {database} SET role = '{role}'")
    try:
        with opened(source.dsn) as there:
            name = there.name
            assert [row["id"] for row in there.rows("leads", {"id": ("id",)})] == [1]
        with opened(source.dsn) as there:
            assert there.name == name != known
        assert import_legacy(dsn=source.dsn, now=NOW).table("leads").copied == 1
    finally:
        source(
            f"SET ROLE NONE; ALTER ROLE SESSION_USER IN DATABASE {database} RESET role;"
            f" DROP OWNED BY {role}; DROP ROLE {role}"
        )


def test_the_longest_name_of_a_database_still_says_which_system(source: Any, dsn: str) -> None:
    name = "n" * 63
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        try:
            with opened(make_conninfo(dsn, dbname=name)) as there, opened(source.dsn) as other:
                assert len(there.name) == 64
                assert there.name.startswith("n" * 40)
                assert len(other.name) <= 64
                assert not there.name.endswith("n" * 10)
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_into_takes_new_rows_whoever_had_the_account_before(
    source: Any, business: Business, other_business: Business
) -> None:
    source(
        f"""
        CREATE TABLE user_accounts (id uuid, name text);
        CREATE TABLE whatsapp_phone_numbers (id int, user_account_id uuid, phone_number text);
        CREATE TABLE packages (id int, user_account_id uuid, name text);
        CREATE TABLE profiles (id int, package_id int, phone text);
        INSERT INTO user_accounts VALUES ('{CLINIC}', 'Clinic'), ('{SHOP}', 'Shop');
        INSERT INTO whatsapp_phone_numbers VALUES (1, '{CLINIC}', '+79990000001');
        INSERT INTO packages VALUES (1, '{CLINIC}', 'Pool');
        INSERT INTO profiles VALUES (1, 1, '+79990000007');
        """
    )
    import_legacy(dsn=source.dsn, now=NOW)
    clinic = Business.objects.get(public_id=CLINIC)
    assert PackageMember.objects.get().sender.business == clinic
    source(
        f"INSERT INTO whatsapp_phone_numbers VALUES (2, '{CLINIC}', '+79990000002');"
        "INSERT INTO profiles VALUES (2, 1, '+79990000008')"
    )
    report = import_legacy(dsn=source.dsn, into=other_business, now=NOW)
    assert (report.table("whatsapp_phone_numbers").copied, report.table("profiles").copied) == (1, 1)
    assert sorted(Sender.objects.filter(business=other_business).values_list("phone", flat=True)) == [
        "+79990000002",
        "+79990000008",
    ]
    assert Sender.objects.filter(business=clinic).count() == 2
    assert report.businesses == {str(other_business.public_id): other_business.name}


def test_without_into_an_account_stays_where_it_is_though_it_is_the_only_one_left(
    source: Any, business: Business
) -> None:
    source(
        f"""
        CREATE TABLE user_accounts (id uuid, name text);
        CREATE TABLE whatsapp_phone_numbers (id int, user_account_id uuid, phone_number text);
        INSERT INTO user_accounts VALUES ('{CLINIC}', 'Clinic'), ('{SHOP}', 'Shop');
        """
    )
    import_legacy(dsn=source.dsn, now=NOW)
    source(
        f"DELETE FROM user_accounts WHERE id = '{SHOP}';"
        f"INSERT INTO whatsapp_phone_numbers VALUES (1, '{CLINIC}', '+79990000001')"
    )
    import_legacy(dsn=source.dsn, now=NOW)
    assert str(Sender.objects.get().business.public_id) == CLINIC
