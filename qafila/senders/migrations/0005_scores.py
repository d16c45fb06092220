"""How well each number is, what auto-pause would have done, and whose limit a portfolio's is.

The limit known so far counts as the provider's, as it did. Reversing drops scores and their history; the limit that counts
stays.
"""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = [
    "UPDATE senders_portfolio SET provider_cap = cap",
    # Written every minute: room for HOT updates.
    "ALTER TABLE senders_score SET (fillfactor = 60)",
]


class Migration(migrations.Migration):
    dependencies = [("senders", "0004_packages_go")]
    operations = [
        migrations.AddField("portfolio", "own_cap", models.PositiveIntegerField(null=True)),
        migrations.AddField("portfolio", "provider_cap", models.PositiveIntegerField(null=True)),
        migrations.CreateModel(
            name="Score",
            fields=[
                (
                    "sender",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="score",
                        serialize=False,
                        to="senders.sender",
                    ),
                ),
                ("score", models.PositiveSmallIntegerField(default=100)),
                ("known", models.BooleanField(default=False)),
                ("reasons", models.JSONField(default=list)),
                ("kind", models.CharField(default="none", max_length=24)),
                ("since", models.DateTimeField(null=True)),
                ("code", models.CharField(blank=True, default="", max_length=64)),
                ("count", models.PositiveIntegerField(default=0)),
                ("factor", models.FloatField(default=1.0)),
                ("pace", models.JSONField(default=dict)),
                ("normal", models.JSONField(default=dict)),
                ("learned_at", models.DateTimeField(null=True)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ScorePoint",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "sender_id", "at", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("sender_id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("score", models.PositiveSmallIntegerField()),
                ("factor", models.FloatField()),
            ],
            options={"indexes": [models.Index(fields=["at"], name="score_point_by_age")]},
        ),
        migrations.CreateModel(
            name="ShadowPause",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("kind", models.CharField(max_length=24)),
                ("code", models.CharField(blank=True, default="", max_length=64)),
                ("followed", models.PositiveIntegerField(default=0)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "sender",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shadow_pauses",
                        to="senders.sender",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["sender", "-at"], name="shadow_pause_by_time")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["sender"], name="shadow_pause_once", condition=models.Q(ended_at__isnull=True)
                    )
                ],
            },
        ),
        migrations.RunSQL(FORWARD, migrations.RunSQL.noop),
    ]
