"""With which package a number was paused, and which rest waits behind a pause.

Reversing forgets both: a number that was paused with a package is then resumed by itself, and a rest behind a pause names no
reason any more; when it ends is kept.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("senders", "0006_gateways_and_links")]

    operations = [
        migrations.AddField(
            model_name="sender",
            name="paused_with",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="senders.package",
            ),
        ),
        migrations.AddField(
            model_name="sender",
            name="rest_reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
    ]
