"""What things were called in the systems before: `qafila import-legacy` remembers what it copied.

Reversing forgets it: a copy made again would not know what is there already.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("businesses", "0005_history_of_a_thing")]
    operations = [
        migrations.CreateModel(
            name="LegacyId",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=64)),
                ("table", models.CharField(max_length=64)),
                ("legacy_id", models.CharField(max_length=128)),
                ("public_id", models.CharField(max_length=64)),
                ("copied_at", models.DateTimeField()),
                (
                    "business",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="businesses.business",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["table", "legacy_id"], name="legacy_id_found")],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "table", "legacy_id"), name="legacy_id_once")
                ],
            },
        ),
    ]
