"""The audit log is searched along indexes: by action, by the beginning of an id, by address. Nothing is lost by reversing it."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("businesses", "0006_legacy_ids")]

    operations = [
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["business", "action", "-id"], name="audit_of_action"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                fields=["business", "subject_id"],
                opclasses=["int8_ops", "varchar_pattern_ops"],
                name="audit_subject_begins",
                condition=~Q(subject_id=""),
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                fields=["business", "address"], name="audit_of_address", condition=Q(address__isnull=False)
            ),
        ),
    ]
