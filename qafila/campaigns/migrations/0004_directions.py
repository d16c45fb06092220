"""A campaign remembers the direction it was made for, and why its number was chosen.

Reversing forgets both; campaigns keep their number.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0003_drafts"),
        ("senders", "0003_numbers_and_directions"),
    ]

    operations = [
        migrations.AddField(
            "campaign",
            "direction",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="senders.direction",
            ),
        ),
        migrations.AddField("campaign", "routing", models.JSONField(db_default=[], default=list)),
    ]
