"""The history of one thing is read from an index, however much else stands in the audit log."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("businesses", "0004_people")]

    operations = [
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                fields=["business", "subject_kind", "subject_id", "-at"], name="audit_of_subject"
            ),
        ),
    ]
