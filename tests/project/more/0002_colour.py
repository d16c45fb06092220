"""Books have a colour."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("web", "0001_shelf")]
    operations = [migrations.AddField("book", "colour", models.TextField(null=True))]
