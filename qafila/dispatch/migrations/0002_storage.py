"""Lanes and portfolio books are updated all the time: room for HOT updates."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0001_initial"), ("ledger", "0002_storage")]
    operations = [
        migrations.RunSQL(
            [
                "ALTER TABLE dispatch_lane SET (fillfactor = 50)",
                "ALTER TABLE senders_portfolio SET (fillfactor = 50)",
            ],
            [
                "ALTER TABLE dispatch_lane RESET (fillfactor)",
                "ALTER TABLE senders_portfolio RESET (fillfactor)",
            ],
        )
    ]
