"""The code of letters that links a phone, sealed while it may be typed.

Reversing forgets a code that is being typed at that moment; it can be asked for again.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("senders", "0007_pauses_remember")]

    operations = [
        migrations.AddField(
            model_name="phonelink",
            name="code_sealed",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="phonelink",
            name="code_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="phonelink",
            name="code_wanted",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
