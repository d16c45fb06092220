"""The table of raw webhooks, partitioned by day of arrival so that old days are dropped whole.

Days are made ahead by ``receiving.partitions``; whatever has no day of its own lands in the default partition, so that
storing a webhook never waits for housekeeping. Reversing drops every stored webhook.
"""

from django.db import migrations

FORWARD = [
    "CREATE SEQUENCE receiving_rawwebhook_id_seq AS bigint",
    """CREATE TABLE receiving_rawwebhook (
           id bigint NOT NULL DEFAULT nextval('receiving_rawwebhook_id_seq'),
           received_at timestamptz NOT NULL,
           provider_account_id bigint NOT NULL,
           business_id bigint NOT NULL,
           body bytea NOT NULL,
           handled_at timestamptz,
           attempts smallint NOT NULL DEFAULT 0 CHECK (attempts >= 0),
           trouble varchar(300),
           PRIMARY KEY (received_at, id)
       ) PARTITION BY RANGE (received_at)""",
    "ALTER SEQUENCE receiving_rawwebhook_id_seq OWNED BY receiving_rawwebhook.id",
    "CREATE TABLE receiving_rawwebhook_default PARTITION OF receiving_rawwebhook DEFAULT",
    "CREATE INDEX receiving_rawwebhook_waiting ON receiving_rawwebhook (id) WHERE handled_at IS NULL",
]
BACKWARD = ["DROP TABLE receiving_rawwebhook"]


class Migration(migrations.Migration):
    dependencies = [("receiving", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
