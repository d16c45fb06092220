from django.db import migrations, models


class Migration(migrations.Migration):
    """A deleted endpoint is marked; its deliveries go in chunks, behind it.

    Backwards the mark is lost: endpoints that were deleted shortly before are listed again, switched off and without address.
    """

    dependencies = [
        ("events", "0003_webhooks_out"),
    ]

    operations = [
        migrations.AddField(
            model_name="webhookendpoint",
            name="deleted_at",
            field=models.DateTimeField(null=True),
        ),
    ]
