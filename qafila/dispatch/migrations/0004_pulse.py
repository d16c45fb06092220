"""What became of the messages that each number handed over, by five minutes of the last day."""

from django.db import migrations, models


def count() -> models.PositiveIntegerField:
    return models.PositiveIntegerField(db_default=0)


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0003_tally")]
    operations = [
        migrations.CreateModel(
            name="Pulse",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "sender_id", "at", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("sender_id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("accepted", count()),
                ("arrived", count()),
                ("read", count()),
                ("bounced", count()),
                ("within_1m", count()),
                ("within_5m", count()),
                ("within_15m", count()),
                ("within_1h", count()),
                ("within_6h", count()),
                ("stops", count()),
                ("replies", count()),
            ],
            options={"indexes": [models.Index(fields=["at"], name="pulse_by_age")]},
        ),
    ]
