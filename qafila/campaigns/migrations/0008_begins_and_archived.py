"""A contract may begin at a moment that was set, and may be put away into the archive."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0007_drafts_go_over_packages"),
    ]

    operations = [
        migrations.AddField(model_name="campaign", name="begins_at", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="campaign", name="archived_at", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="draft", name="begins_at", field=models.DateTimeField(null=True)),
        migrations.AddIndex(
            model_name="campaign",
            index=models.Index(
                fields=["begins_at"], name="campaign_begins", condition=Q(begins_at__isnull=False)
            ),
        ),
    ]
