"""A draft goes out over one number, over a package, or over the number of a direction."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0006_legacy_views"),
        ("senders", "0006_gateways_and_links"),
    ]

    operations = [
        migrations.AddField(
            model_name="draft",
            name="package",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="senders.package",
            ),
        ),
        migrations.AddField(
            model_name="draft",
            name="direction",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="senders.direction",
            ),
        ),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.CheckConstraint(
                condition=Q(package__isnull=True, direction__isnull=True)
                | Q(sender__isnull=True, direction__isnull=True)
                | Q(sender__isnull=True, package__isnull=True),
                name="draft_over_one_at_most",
            ),
        ),
    ]
