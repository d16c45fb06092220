"""An audit entry is chained when its transaction commits, not when it is written.

The chain has one writer of a business at a time. A transaction that wrote an entry and then changed more rows kept the others
waiting, among them one that had such a row already and wanted to write its own entry: a deadlock. At the commit nothing
more is waited for. Reversing brings back the functions of ``0002``.
"""

from importlib import import_module

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION businesses_audit_added() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE entry businesses_auditentry; previous bytea;
BEGIN
    -- One writer of a business at a time, until it has committed: the order of ids is the order of the chain.
    PERFORM pg_advisory_xact_lock(6, NEW.business_id::int);
    SELECT hash INTO previous FROM businesses_auditentry
     WHERE business_id = NEW.business_id AND hash <> '' ORDER BY id DESC LIMIT 1;
    entry := NEW;
    entry.id := nextval(pg_get_serial_sequence('businesses_auditentry', 'id'));
    entry.hash := businesses_audit_hash(entry, coalesce(previous, ''::bytea));
    UPDATE businesses_auditentry SET id = entry.id, hash = entry.hash WHERE id = NEW.id;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION businesses_audit_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('qafila.erase_business', true) = OLD.business_id::text THEN
        RETURN OLD;
    END IF;
    -- Only its own transaction sees an entry that is not chained yet.
    IF TG_OP = 'UPDATE' AND OLD.hash = '' AND NEW.hash <> '' AND pg_trigger_depth() > 1 THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'The audit log can only be added to.' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION businesses_audit_unchained() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.hash := '';
    RETURN NEW;
END $$;

DROP TRIGGER audit_added ON businesses_auditentry;
CREATE TRIGGER audit_unchained BEFORE INSERT ON businesses_auditentry
    FOR EACH ROW EXECUTE FUNCTION businesses_audit_unchained();
CREATE CONSTRAINT TRIGGER audit_added AFTER INSERT ON businesses_auditentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION businesses_audit_added();
"""

_FIRST = import_module("qafila.businesses.migrations.0002_audit_chain").FORWARD


def _function(name: str) -> str:
    begin = _FIRST.index(f"CREATE FUNCTION {name}()")
    return (
        "CREATE OR REPLACE" + _FIRST[begin + len("CREATE") : _FIRST.index("END $$;", begin) + len("END $$;")]
    )


BACKWARD = f"""
DROP TRIGGER audit_added ON businesses_auditentry;
DROP TRIGGER audit_unchained ON businesses_auditentry;
DROP FUNCTION businesses_audit_unchained();
{_function("businesses_audit_kept")}
{_function("businesses_audit_added")}
CREATE TRIGGER audit_added BEFORE INSERT ON businesses_auditentry
    FOR EACH ROW EXECUTE FUNCTION businesses_audit_added();
"""


class Migration(migrations.Migration):
    dependencies = [("businesses", "0008_keys_of_networks")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
