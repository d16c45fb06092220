"""Lists of what ended without success, of what people wrote, and the counters as they stood each minute.

The indexes hold few rows and none that a receipt updates: ``failed_at``, ``claimed_at`` and ``provider_id`` do not change
with ``delivered`` and ``read``, so those stay HOT updates. Reversing loses the samples of the charts, nothing else.
"""

from django.db import migrations, models

FORWARD = [
    """CREATE INDEX message_ended ON ledger_message (batch_id, reason, id) WHERE failed_at IS NOT NULL""",
    """CREATE INDEX message_ended_at ON ledger_message (business_id, failed_at) WHERE failed_at IS NOT NULL""",
    """CREATE INDEX message_incoming_at ON ledger_message (business_id, created_at)
       WHERE claimed_at IS NULL AND provider_id IS NOT NULL""",
]
BACKWARD = [
    "DROP INDEX message_incoming_at",
    "DROP INDEX message_ended_at",
    "DROP INDEX message_ended",
]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_storage")]
    operations = [
        migrations.CreateModel(
            name="Sample",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "business_id",
                        "batch_id",
                        "at",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("business_id", models.BigIntegerField()),
                ("batch_id", models.BigIntegerField(db_default=0)),
                ("at", models.DateTimeField()),
                ("total", models.BigIntegerField(db_default=0)),
                ("sent", models.BigIntegerField(db_default=0)),
                ("delivered", models.BigIntegerField(db_default=0)),
                ("read", models.BigIntegerField(db_default=0)),
                ("failed", models.BigIntegerField(db_default=0)),
            ],
            options={"indexes": [models.Index(fields=["at"], name="sample_by_age")]},
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
