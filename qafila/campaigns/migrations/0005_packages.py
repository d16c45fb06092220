"""A campaign goes out over one number or over a package.

Reversing deletes the campaigns that went to a package: nothing before this knows how to show them. Their messages stay
in the ledger.
"""

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def nothing(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Every campaign that there is has its number."""


def forget_those_of_packages(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    campaigns = apps.get_model("campaigns", "Campaign").objects.using(schema_editor.connection.alias)
    campaigns.filter(sender=None).delete()
    with schema_editor.connection.cursor() as cursor:
        # The table is altered in this same transaction, which deferred checks of what was deleted would forbid.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0004_directions"),
        ("senders", "0004_packages_go"),
    ]

    operations = [
        migrations.AlterField(
            model_name="campaign",
            name="kind",
            field=models.CharField(
                choices=[("contract", "Contract"), ("open", "Open message")], max_length=16
            ),
        ),
        migrations.AlterField(
            model_name="campaign",
            name="sender",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="senders.sender",
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="package",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="senders.package",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(package__isnull=True, sender__isnull=False)
                | models.Q(package__isnull=False, sender__isnull=True),
                name="campaign_to_one_number_or_package",
            ),
        ),
        migrations.RunPython(nothing, forget_those_of_packages),
    ]
