"""A package that was deleted keeps its name in the books."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("senders", "0003_numbers_and_directions"),
    ]

    operations = [
        migrations.AddField(
            model_name="package",
            name="deleted_at",
            field=models.DateTimeField(null=True),
        ),
    ]
