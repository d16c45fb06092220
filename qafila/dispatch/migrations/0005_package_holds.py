"""Packages that are held after losses: what begins over one of them waits for a person, too.

Reversing forgets which packages are held; the campaigns that are held stay so.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0004_pulse"), ("senders", "0010_former_members")]
    operations = [
        migrations.CreateModel(
            name="PackageHold",
            fields=[
                (
                    "package",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="senders.package",
                    ),
                ),
                ("since", models.DateTimeField()),
                ("at", models.DateTimeField()),
                ("lost", models.PositiveIntegerField()),
                ("reason", models.CharField(blank=True, default="", max_length=64)),
                ("released_at", models.DateTimeField(null=True)),
            ],
        ),
    ]
