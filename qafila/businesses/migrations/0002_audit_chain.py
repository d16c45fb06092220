"""The audit log becomes a chain: each entry carries a hash of itself and the one before it, and can only be added.

The database does it, so that it holds for every way of writing. A business that is erased takes its log along
(``SET LOCAL qafila.erase_business = '<id>'``). Reversing drops the hashes, no entry is lost.
"""

from django.db import migrations, models

FORWARD = """
-- jsonb's own text is the same for the same content, and seconds do not depend on a session's time zone.
CREATE FUNCTION businesses_audit_hash(entry businesses_auditentry, previous bytea) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sha256(previous || convert_to(jsonb_build_array(
        entry.id, entry.business_id, extract(epoch FROM entry.at)::text, entry.actor_kind, entry.actor_id, entry.action,
        entry.subject_kind, entry.subject_id, entry.detail, host(entry.address))::text, 'UTF8'))
$$;

CREATE FUNCTION businesses_audit_added() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE previous bytea;
BEGIN
    -- One writer of a business at a time, until it commits: the order of ids is the order of the chain.
    PERFORM pg_advisory_xact_lock(6, NEW.business_id::int);
    NEW.id := nextval(pg_get_serial_sequence('businesses_auditentry', 'id'));
    SELECT hash INTO previous FROM businesses_auditentry WHERE business_id = NEW.business_id ORDER BY id DESC LIMIT 1;
    NEW.hash := businesses_audit_hash(NEW, coalesce(previous, ''::bytea));
    RETURN NEW;
END $$;

CREATE FUNCTION businesses_audit_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('qafila.erase_business', true) = OLD.business_id::text THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'The audit log can only be added to.' USING ERRCODE = 'insufficient_privilege';
END $$;

DO $$
DECLARE entry businesses_auditentry; previous bytea := ''; owner bigint := 0;
BEGIN
    FOR entry IN SELECT * FROM businesses_auditentry ORDER BY business_id, id LOOP
        IF entry.business_id <> owner THEN owner := entry.business_id; previous := ''; END IF;
        previous := businesses_audit_hash(entry, previous);
        UPDATE businesses_auditentry SET hash = previous WHERE id = entry.id;
    END LOOP;
END $$;

CREATE TRIGGER audit_added BEFORE INSERT ON businesses_auditentry
    FOR EACH ROW EXECUTE FUNCTION businesses_audit_added();
CREATE TRIGGER audit_kept BEFORE UPDATE OR DELETE ON businesses_auditentry
    FOR EACH ROW EXECUTE FUNCTION businesses_audit_kept();
"""
BACKWARD = """
DROP TRIGGER audit_kept ON businesses_auditentry;
DROP TRIGGER audit_added ON businesses_auditentry;
DROP FUNCTION businesses_audit_kept();
DROP FUNCTION businesses_audit_added();
DROP FUNCTION businesses_audit_hash(businesses_auditentry, bytea);
"""


class Migration(migrations.Migration):
    dependencies = [("businesses", "0001_initial")]
    operations = [
        migrations.AddField(
            "auditentry", "hash", models.BinaryField(max_length=32, default=b"", editable=False)
        ),
        migrations.AddIndex(
            "auditentry",
            models.Index(fields=["business", "-id"], name="audit_chain"),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
