"""What providers say of numbers and accounts, and the templates of accounts.

Reversing forgets both; they are read anew from the provider after the way forward.
"""

import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("senders", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AccountHealth",
            fields=[
                (
                    "provider_account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="health",
                        serialize=False,
                        to="senders.provideraccount",
                    ),
                ),
                ("name", models.CharField(blank=True, default="", max_length=200)),
                ("status", models.CharField(blank=True, default="", max_length=32)),
                ("review", models.CharField(blank=True, default="", max_length=32)),
                ("can_send", models.CharField(blank=True, default="", max_length=16)),
                ("entities", models.JSONField(default=list)),
                ("owner_ref", models.CharField(blank=True, default="", max_length=64)),
                ("trouble", models.CharField(blank=True, default="", max_length=64)),
                ("checked_at", models.DateTimeField(null=True)),
                ("told_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("templates_trouble", models.CharField(blank=True, default="", max_length=64)),
                ("templates_synced_at", models.DateTimeField(null=True)),
                ("templates_due_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name_plural": "account healths",
            },
        ),
        migrations.CreateModel(
            name="SenderHealth",
            fields=[
                (
                    "sender",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="health",
                        serialize=False,
                        to="senders.sender",
                    ),
                ),
                ("status", models.CharField(blank=True, default="", max_length=32)),
                ("quality", models.CharField(blank=True, default="", max_length=16)),
                ("limit_tier", models.CharField(blank=True, default="", max_length=32)),
                ("throughput_level", models.CharField(blank=True, default="", max_length=16)),
                ("followed_throughput", models.PositiveIntegerField(null=True)),
                ("verified_name", models.CharField(blank=True, default="", max_length=200)),
                ("name_status", models.CharField(blank=True, default="", max_length=32)),
                ("can_send", models.CharField(blank=True, default="", max_length=16)),
                ("entities", models.JSONField(default=list)),
                ("details", models.JSONField(default=dict)),
                ("trouble", models.CharField(blank=True, default="", max_length=64)),
                ("checked_at", models.DateTimeField(null=True)),
                ("told_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name_plural": "sender healths",
            },
        ),
        migrations.CreateModel(
            name="MessageTemplate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("ref", models.CharField(blank=True, default="", max_length=64)),
                ("name", models.CharField(max_length=512)),
                ("language", models.CharField(max_length=16)),
                ("category", models.CharField(blank=True, default="", max_length=32)),
                ("status", models.CharField(max_length=32)),
                ("can_send", models.BooleanField()),
                ("quality", models.CharField(blank=True, default="", max_length=16)),
                ("parameter_format", models.CharField(default="POSITIONAL", max_length=16)),
                ("components", models.JSONField(default=list)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("told_at", models.DateTimeField(null=True)),
                ("synced_at", models.DateTimeField(null=True)),
                (
                    "provider_account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="templates",
                        to="senders.provideraccount",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("provider_account", "name", "language"), name="message_template_once"
                    )
                ],
            },
        ),
    ]
