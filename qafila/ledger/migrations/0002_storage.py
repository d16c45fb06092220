"""Storage of the hot tables, the look-up by a provider's id, and who we are in attempt ids.

Reversing drops the indexes and the installation's key; no message is lost by it.
"""

from django.db import migrations

FORWARD = [
    # Room on each page for the delivered and read updates (HOT), and a vacuum that keeps up with a running contract.
    """ALTER TABLE ledger_message SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.01,
       autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.05)""",
    "ALTER TABLE ledger_attempt SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02)",
    "ALTER TABLE ledger_batch SET (fillfactor = 50)",
    "ALTER TABLE ledger_batchsender SET (fillfactor = 50)",
    # A provider's id is long and random: 8 bytes of hash find it, the query compares the whole.
    """CREATE INDEX message_provider_id ON ledger_message (hashtextextended(provider_id, 0))
       WHERE provider_id IS NOT NULL""",
    # An incoming message is stored once, however often its webhook comes. Incoming rows are the ones never claimed;
    # `state` must stay out of every index.
    """CREATE UNIQUE INDEX message_incoming_once ON ledger_message (sender_id, provider_id)
       WHERE claimed_at IS NULL AND provider_id IS NOT NULL""",
    # What a sender did lately, read once when a lane is taken over.
    "CREATE INDEX attempt_by_time ON ledger_attempt USING brin (began_at) WITH (pages_per_range = 16)",
    """INSERT INTO ledger_installation (id, key) VALUES (1, substr(replace(gen_random_uuid()::text, '-', ''), 1, 10))
       ON CONFLICT DO NOTHING""",
]
BACKWARD = [
    "DROP INDEX attempt_by_time",
    "DROP INDEX message_incoming_once",
    "DROP INDEX message_provider_id",
    "DELETE FROM ledger_installation",
]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
