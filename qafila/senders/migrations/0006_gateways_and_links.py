"""What a gateway's account is set up with, whether it may lie in a private network, and phones being linked.

Reversing drops the set-up of gateways and what is known of links under way; no number and no message is lost by it.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("senders", "0005_scores")]

    operations = [
        migrations.AddField(
            model_name="provideraccount",
            name="config",
            field=models.JSONField(db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name="provideraccount",
            name="allow_private_network",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name="PhoneLink",
            fields=[
                (
                    "sender",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="link",
                        serialize=False,
                        to="senders.sender",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "Running"), ("linked", "Linked"), ("ended", "Ended")],
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=64)),
                ("started_at", models.DateTimeField()),
                ("started_by", models.CharField(blank=True, default="", max_length=200)),
                ("codes", models.PositiveSmallIntegerField(default=0)),
                ("code_mark", models.CharField(blank=True, default="", max_length=16)),
                ("code_at", models.DateTimeField(null=True)),
                ("nonce", models.CharField(max_length=24)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
    ]
