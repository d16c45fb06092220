"""Numbers have hours of the week in which they send campaigns; NULL: any time, as before.

Reversing forgets them: every number sends at any time again.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("senders", "0012_restrictions")]
    operations = [
        migrations.AddField("sender", "hours", models.JSONField(null=True)),
    ]
