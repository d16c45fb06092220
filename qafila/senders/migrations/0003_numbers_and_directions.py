"""Numbers: one default an account, switched on or off. Directions with a number of their own.

The database keeps three rules itself, whoever writes: a business has at most one default number, exactly one while it has
any, and a direction whose number is deleted falls back to the default. The old single number of an account is copied into
the list as its default. Reversing drops directions and who was the default; no number is lost.
"""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models
from django.utils import timezone

from qafila.kit.phones import BadPhone, normalise

MAIN = "Основной"

FORWARD = """
-- The first number of a business becomes its default by itself; two first ones at once wait for one another.
CREATE FUNCTION senders_first_is_default() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT NEW.is_default THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('senders.default:' || NEW.business_id, 0));
        NEW.is_default := NOT EXISTS (
            SELECT FROM senders_sender WHERE business_id = NEW.business_id AND is_default);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sender_first_is_default BEFORE INSERT ON senders_sender
    FOR EACH ROW EXECUTE FUNCTION senders_first_is_default();

-- At the end of the transaction: one default while any number exists.
CREATE FUNCTION senders_default_is_there() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM senders_sender WHERE business_id = OLD.business_id)
       AND NOT EXISTS (SELECT FROM senders_sender WHERE business_id = OLD.business_id AND is_default) THEN
        RAISE EXCEPTION 'An account with numbers needs a default one.'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'sender_default_while_any';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER sender_default_while_any AFTER DELETE OR UPDATE ON senders_sender
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.is_default) EXECUTE FUNCTION senders_default_is_there();

-- A direction remembers which number went away, and then has none.
CREATE FUNCTION senders_number_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE senders_direction SET gone_phone = OLD.phone, updated_at = now() WHERE sender_id = OLD.id;
    RETURN OLD;
END $$;
CREATE TRIGGER sender_number_goes BEFORE DELETE ON senders_sender
    FOR EACH ROW EXECUTE FUNCTION senders_number_goes();
ALTER TABLE senders_direction ADD CONSTRAINT direction_sender
    FOREIGN KEY (sender_id) REFERENCES senders_sender (id) ON DELETE SET NULL;
"""
BACKWARD = """
ALTER TABLE senders_direction DROP CONSTRAINT direction_sender;
DROP TRIGGER sender_number_goes ON senders_sender;
DROP FUNCTION senders_number_goes();
DROP TRIGGER sender_default_while_any ON senders_sender;
DROP FUNCTION senders_default_is_there();
DROP TRIGGER sender_first_is_default ON senders_sender;
DROP FUNCTION senders_first_is_default();
"""


def copy_old_numbers(apps, schema_editor):
    """The old single number of each account stands in the list, as its default; other accounts: their oldest number."""
    alias = schema_editor.connection.alias
    businesses = apps.get_model("businesses", "Business").objects.using(alias)
    senders = apps.get_model("senders", "Sender").objects.using(alias)
    now = timezone.now()
    for business in businesses.exclude(whatsapp_phone_number=""):
        number = normalise(business.whatsapp_phone_number, business.default_country or None)
        if isinstance(number, BadPhone):
            continue
        senders.get_or_create(
            business=business,
            phone=number.e164,
            defaults={"name": MAIN, "state": "not_connected", "in_use_since": now, "created_at": now},
        )
        senders.filter(business=business, is_default=True).exclude(phone=number.e164).update(is_default=False)
        senders.filter(business=business, phone=number.e164).update(is_default=True)
    schema_editor.execute(
        "UPDATE senders_sender s SET is_default = true FROM ("
        "  SELECT min(id) AS id FROM senders_sender GROUP BY business_id HAVING NOT bool_or(is_default)) first"
        " WHERE s.id = first.id"
    )
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def leave_numbers(apps, schema_editor):
    """What was copied stays."""


class Migration(migrations.Migration):
    dependencies = [
        ("businesses", "0005_history_of_a_thing"),
        ("senders", "0002_health_and_templates"),
    ]

    operations = [
        migrations.AddField("sender", "is_default", models.BooleanField(db_default=False, default=False)),
        migrations.AddField("sender", "is_active", models.BooleanField(db_default=True, default=True)),
        migrations.AddConstraint(
            "sender",
            models.UniqueConstraint(
                fields=("business",), condition=models.Q(("is_default", True)), name="sender_default_once"
            ),
        ),
        migrations.CreateModel(
            name="Direction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("colour", models.CharField(blank=True, db_default="", default="", max_length=7)),
                ("gone_phone", models.CharField(blank=True, db_default="", default="", max_length=32)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "updated_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "business",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="directions",
                        to="businesses.business",
                    ),
                ),
                (
                    "sender",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="directions",
                        to="senders.sender",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("business"),
                        django.db.models.functions.text.Lower("name"),
                        name="direction_name_once",
                    )
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunPython(copy_old_numbers, leave_numbers),
    ]
