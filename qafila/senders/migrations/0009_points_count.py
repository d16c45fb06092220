"""How much a number sent in the hour before each point of its history: for its warm-up curve, planned beside real.

Reversing forgets these counts; scores and paces stay.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("senders", "0008_code_of_letters")]
    operations = [
        migrations.AddField("scorepoint", "accepted", models.PositiveIntegerField(null=True)),
    ]
