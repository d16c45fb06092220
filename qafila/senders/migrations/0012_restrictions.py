"""What a provider forbids an account for a while is remembered, with its end.

Reversing forgets it; numbers that rest for it rest until their end all the same.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("senders", "0011_stand_ins")]
    operations = [
        migrations.AddField("accounthealth", "restrictions", models.JSONField(default=dict, db_default={})),
    ]
