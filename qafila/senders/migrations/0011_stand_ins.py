"""A direction may have a number that stands in for its own. The database empties it when that number goes, whoever deletes it.

Reversing forgets which numbers stood in; no number and no direction is lost.
"""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
ALTER TABLE senders_direction ADD CONSTRAINT direction_fallback_sender
    FOREIGN KEY (fallback_sender_id) REFERENCES senders_sender (id) ON DELETE SET NULL;
"""
BACKWARD = "ALTER TABLE senders_direction DROP CONSTRAINT direction_fallback_sender;"


class Migration(migrations.Migration):
    dependencies = [("senders", "0010_former_members")]
    operations = [
        migrations.AddField(
            "direction",
            "fallback_sender",
            models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="senders.sender",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
