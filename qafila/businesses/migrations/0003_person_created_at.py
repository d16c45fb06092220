"""A person's ``created_at`` may be given. No statement: the table stays as it is."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("businesses", "0002_audit_chain")]
    operations = [
        migrations.AlterField("user", "created_at", models.DateTimeField(default=django.utils.timezone.now)),
    ]
