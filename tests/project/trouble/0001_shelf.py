"""A table that stays."""

from django.db import migrations


class Migration(migrations.Migration):
    operations = [migrations.RunSQL("CREATE TABLE shelf (id int)", "DROP TABLE shelf")]
