"""Agents call: whose attempt it is says the call, whether or not a callback asked for it."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def name_the_calls(apps, schema_editor):
    """Every attempt so far was made for a callback."""
    attempts = apps.get_model("contact_center", "DialAttempt")
    callbacks = apps.get_model("contact_center", "Callback")
    of = callbacks.objects.filter(pk=OuterRef("callback_id")).values("call_id")
    attempts.objects.update(call_id=Subquery(of))
    if schema_editor.connection.vendor == "postgresql":
        # No table is altered whose foreign keys are still to be checked.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [("contact_center", "0030_beside_the_call")]

    operations = [
        migrations.RenameModel("CallbackAttempt", "DialAttempt"),
        migrations.RemoveConstraint("dialattempt", "one_live_attempt_per_callback"),
        migrations.AddField(
            "dialattempt",
            "call",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="dialled",
                to="contact_center.call",
            ),
        ),
        migrations.RunPython(name_the_calls, migrations.RunPython.noop, elidable=True),
        migrations.AddField(
            model_name="dialattempt",
            name="is_read",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="dialattempt",
            name="problem",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AddField(
            model_name="phonenumber",
            name="may_be_shown",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="Agents may call with this number: it is what the customer sees.",
                verbose_name="shown to whom agents call",
            ),
        ),
        migrations.AddField(
            model_name="tenant",
            name="calls_to",
            field=models.JSONField(
                blank=True,
                db_default=[],
                default=list,
                help_text="ISO codes, like US. Empty: the countries of the organisation's own numbers.",
                verbose_name="countries that agents may call",
            ),
        ),
        migrations.AlterField(
            model_name="call",
            name="kind",
            field=models.CharField(
                choices=[
                    ("live", "live"),
                    ("callback", "callback"),
                    ("voicemail", "voicemail"),
                    ("outgoing", "outgoing"),
                ],
                db_default="live",
                default="live",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="dialattempt",
            name="call",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="dialled",
                to="contact_center.call",
            ),
        ),
        migrations.AlterField(
            model_name="dialattempt",
            name="callback",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tried",
                to="contact_center.callback",
            ),
        ),
        migrations.AlterField(
            model_name="dialattempt",
            name="offer",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="dial_attempts",
                to="contact_center.offer",
            ),
        ),
        migrations.AlterField(
            model_name="dialattempt",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("reached", "reached"),
                    ("busy", "busy"),
                    ("no_answer", "no_answer"),
                    ("failed", "failed"),
                    ("machine", "machine"),
                    ("fax", "fax"),
                    ("hung_up", "hung_up"),
                    ("cancelled", "cancelled"),
                    ("broken_off", "broken_off"),
                    ("no_line", "no_line"),
                ],
                default="",
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="segment",
            name="kind",
            field=models.CharField(
                choices=[
                    ("menu", "Menu"),
                    ("queue", "Queue"),
                    ("callback", "Callback"),
                    ("voicemail", "Voicemail"),
                    ("dialling", "Dialling"),
                    ("conversation", "Conversation"),
                    ("message", "Message"),
                    ("listening", "Listening"),
                    ("goodbye", "Goodbye"),
                    ("room", "Room"),
                    ("outside", "Outside"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="dialattempt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("call",),
                name="one_live_attempt_per_call",
            ),
        ),
    ]
