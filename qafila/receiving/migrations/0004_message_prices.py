"""What messages cost, as receipts say it.

Reversing forgets the prices; what messages became stays.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("receiving", "0003_kept_once_and_waiting"),
    ]

    operations = [
        migrations.CreateModel(
            name="MessagePrice",
            fields=[
                ("message_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("business_id", models.BigIntegerField()),
                ("sender_id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("billable", models.BooleanField(null=True)),
                ("model", models.CharField(blank=True, db_default="", max_length=16)),
                ("type", models.CharField(blank=True, db_default="", max_length=32)),
                ("category", models.CharField(blank=True, db_default="", max_length=32)),
                ("conversation", models.CharField(blank=True, db_default="", max_length=128)),
                ("origin", models.CharField(blank=True, db_default="", max_length=32)),
                ("expires_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["business_id", "at"], name="message_price_by_time")],
            },
        ),
    ]
