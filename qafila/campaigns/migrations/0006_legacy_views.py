"""Read-only views with the tables and columns of the systems before, so that old SQL checks keep working.

They lie in the schema `legacy`, which is on the search path of `qafila dbshell`. Each reads more than one table, so the
database refuses to write through it. Broadcasts become a kind of campaign. Reversing drops the views; no data is lost.
"""

import logging

from django.db import migrations, models

logger = logging.getLogger(__name__)

VIEWS = {
    "user_accounts": """
SELECT b.public_id AS id, b.name::text AS name, nullif(b.whatsapp_phone_number, '')::text AS whatsapp_phone_number,
       b.created_at
FROM businesses_business b CROSS JOIN (VALUES (1)) AS once (one)
""",
    "whatsapp_phone_numbers": """
SELECT s.public_id AS id, b.public_id AS user_account_id, b.public_id AS business_id, s.phone::text AS phone_number,
       s.name::text AS label, s.is_default, s.is_active, s.created_at, s.updated_at
FROM senders_sender s JOIN businesses_business b ON b.id = s.business_id
""",
    "account_directions": """
SELECT d.public_id AS id, b.public_id AS user_account_id, b.public_id AS business_id, d.name::text AS name,
       s.public_id AS whatsapp_phone_number_id, d.created_at, d.updated_at
FROM senders_direction d
JOIN businesses_business b ON b.id = d.business_id
LEFT JOIN senders_sender s ON s.id = d.sender_id
""",
    "packages": """
SELECT p.public_id AS id, b.public_id AS business_id, p.name::text AS name, p.auto_pause_on_failures, p.created_at
FROM senders_package p JOIN businesses_business b ON b.id = p.business_id
WHERE p.deleted_at IS NULL
""",
    "profiles": """
SELECT s.public_id AS id, b.public_id AS business_id, p.ids[1] AS package_id, p.ids AS package_ids, s.name::text AS name,
       s.phone::text AS phone_number,
       CASE WHEN s.state IN ('ready', 'resting') AND coalesce(a.state, 'ok') = 'ok' THEN 'active' ELSE 'paused' END AS status,
       CASE WHEN s.state NOT IN ('ready', 'resting') THEN nullif(s.state_reason, '')
            WHEN coalesce(a.state, 'ok') <> 'ok' THEN nullif(a.state_reason, '') END::text AS pause_reason,
       s.state::text AS state, nullif(s.paused_by, '')::text AS paused_by, s.rest_until, s.created_at, s.updated_at
FROM senders_sender s
JOIN businesses_business b ON b.id = s.business_id
LEFT JOIN senders_provideraccount a ON a.id = s.provider_account_id
LEFT JOIN LATERAL (
    SELECT array_agg(p.public_id ORDER BY m.id) AS ids
    FROM senders_packagemember m JOIN senders_package p ON p.id = m.package_id AND p.deleted_at IS NULL
    WHERE m.sender_id = s.id) p ON true
""",
    "whatsapp_broadcasts": """
SELECT c.public_id::text AS id, b.public_id AS business_id, c.name::text AS name,
       coalesce(o.said ->> 'provider',
                CASE a.kind WHEN 'cloud_api' THEN 'meta' ELSE a.kind END)::text AS provider,
       coalesce(o.said ->> 'message_type',
                CASE l.content ->> 'kind' WHEN 'template' THEN 'template' ELSE 'freetext' END)::text AS message_type,
       o.said ->> 'template_id' AS template_id,
       coalesce(o.said ->> 'template_name', l.content ->> 'name') AS template_name,
       coalesce(o.said ->> 'message_text', l.content ->> 'text') AS message_text,
       o.said -> 'audience_filter' AS audience_filter,
       CASE WHEN c.import_state = 'failed' THEN 'failed'
            ELSE CASE l.state WHEN 1 THEN 'pending' WHEN 2 THEN 'running' WHEN 6 THEN 'running'
                              WHEN 4 THEN 'completed' ELSE 'paused' END END AS status,
       c.total_count AS total_recipients, n.sent AS sent_count, n.failed AS failed_count,
       coalesce(o.said ->> 'created_by', nullif(c.created_by, ''))::text AS created_by,
       c.created_at, l.started_at, l.finished_at AS completed_at
FROM campaigns_campaign c
JOIN businesses_business b ON b.id = c.business_id
JOIN ledger_batch l ON l.id = c.batch_id
LEFT JOIN senders_sender s ON s.id = c.sender_id
LEFT JOIN senders_provideraccount a ON a.id = s.provider_account_id
CROSS JOIN LATERAL (SELECT c.import_options -> 'broadcast' AS said) o
CROSS JOIN LATERAL (
    SELECT coalesce(sum(x.sent + x.delivered + x.read), 0)::bigint AS sent,
           coalesce(sum(x.failed + x.skipped + x.cancelled), 0)::bigint AS failed
    FROM ledger_batchsender x WHERE x.batch_id = c.batch_id) n
WHERE c.kind = 'broadcast' AND c.deleted_at IS NULL
""",
    "whatsapp_broadcast_recipients": """
SELECT m.id, c.public_id::text AS broadcast_id, b.public_id AS business_id, coalesce(m.given, m.address)::text AS phone,
       p.public_id AS lead_id,
       CASE WHEN m.state IN (4, 6, 7) THEN 'sent' WHEN m.state IN (5, 8, 9) THEN 'failed' ELSE 'queued' END AS status,
       CASE WHEN m.state IN (5, 8, 9) THEN coalesce(nullif(t.detail, ''), m.reason) END::text AS error_message, m.provider_id::text AS message_id, m.created_at, m.sent_at
FROM campaigns_campaign c
JOIN businesses_business b ON b.id = c.business_id
JOIN ledger_batch l ON l.id = c.batch_id
JOIN ledger_message m ON m.id BETWEEN l.first_id AND l.last_id AND m.batch_id = l.id
LEFT JOIN contacts_contact p ON p.id = m.contact_id
LEFT JOIN ledger_attempt t ON t.message_id = m.id AND t.number = m.attempt
WHERE c.kind = 'broadcast' AND c.deleted_at IS NULL
""",
}
"""Name to query. A view is made only of what migrations before this one made."""

_MAY = "SELECT has_database_privilege(current_user, current_database(), 'CREATE') OR to_regnamespace('legacy') IS NOT NULL"


def make_views(apps, schema_editor):
    """A database user who may make no schema goes without the views; everything else works."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_MAY)
        if not cursor.fetchone()[0]:
            logger.warning(
                "The views for old SQL checks were left out: this database user may make no schema. "
                "GRANT CREATE ON DATABASE to it, then `qafila migrate --to` the level before and up again."
            )
            return
        cursor.execute("CREATE SCHEMA IF NOT EXISTS legacy")
        for name, query in VIEWS.items():
            cursor.execute(f"CREATE VIEW legacy.{name} AS {query}")


def drop_views(apps, schema_editor):
    """The schema goes too, unless somebody put something else into it."""
    with schema_editor.connection.cursor() as cursor:
        if not _there(cursor):
            return
        for name in reversed(VIEWS):
            cursor.execute(f"DROP VIEW IF EXISTS legacy.{name}")
        cursor.execute(
            "DO $$ BEGIN DROP SCHEMA legacy; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END $$"
        )


def _there(cursor):
    cursor.execute("SELECT to_regnamespace('legacy') IS NOT NULL")
    return cursor.fetchone()[0]


class Migration(migrations.Migration):
    dependencies = [
        ("businesses", "0006_legacy_ids"),
        ("campaigns", "0005_packages"),
        ("contacts", "0002_lighter_inserts"),
        ("ledger", "0003_lists_and_samples"),
        ("senders", "0004_packages_go"),
    ]

    operations = [
        migrations.AlterField(
            "campaign",
            "kind",
            models.CharField(
                choices=[("contract", "Contract"), ("open", "Open message"), ("broadcast", "Broadcast")],
                max_length=16,
            ),
        ),
        migrations.RunPython(make_views, drop_views),
    ]
