"""How an uploaded file is to be read. Reversing drops these choices; a running import would then guess its columns."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="campaign",
            name="import_options",
            field=models.JSONField(default=dict, db_default={}),
        ),
    ]
