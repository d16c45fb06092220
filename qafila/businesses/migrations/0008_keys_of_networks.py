"""Keys are bound to networks, replaced with an overlap, and remember from where they were used last."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("businesses", "0007_audit_search")]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="allowed_networks",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=43),
                db_default=models.Value(
                    [], django.contrib.postgres.fields.ArrayField(models.CharField(max_length=43))
                ),
                default=list,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="apikey", name="last_used_ip", field=models.GenericIPAddressField(null=True)
        ),
        migrations.AddField(model_name="apikey", name="rotated_at", field=models.DateTimeField(null=True)),
    ]
