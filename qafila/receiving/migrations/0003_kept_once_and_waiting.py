"""Provider events are kept once however often they come; receipts may wait for the record of their message."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("receiving", "0002_raw_webhooks")]
    operations = [
        migrations.AddField(
            model_name="providerevent",
            name="digest",
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddConstraint(
            model_name="providerevent",
            constraint=models.UniqueConstraint(
                fields=["provider_account_id", "digest"], name="provider_event_once"
            ),
        ),
        migrations.CreateModel(
            name="WaitingReceipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("business_id", models.BigIntegerField()),
                ("provider_account_id", models.BigIntegerField()),
                ("receipt", models.JSONField()),
                ("tries", models.PositiveSmallIntegerField(default=1)),
                ("due_at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["due_at"], name="waiting_receipt_due")]},
        ),
    ]
