"""Does something, then fails."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("web", "0001_shelf")]
    operations = [
        migrations.RunSQL("INSERT INTO shelf VALUES (1)", migrations.RunSQL.noop),
        migrations.RunSQL("ALTER TABLE shelf ADD COLUMN board text; SELECT 1/0", migrations.RunSQL.noop),
    ]
