"""A command is sent by one clock at a time, and a clock that dies takes none with it."""

from typing import Any

from django.utils import timezone

from contact_center.models import Call, Command
from contact_center.services import commanding
from tests.universe.floor import Floor
from tests.universe.kills import Killed, Kills


def die_sending(asked: Command) -> None:
    """A clock takes the command and is killed before anything has gone out."""
    kills = Kills(lose_wake_up=lambda: False)
    try:
        with kills.installed(), kills.condemned(statements=1):
            commanding.send_command(asked.pk)
    except Killed:
        return
    raise AssertionError("nobody was killed")


def test_what_a_dead_clock_had_taken_is_sent_by_another_within_its_deadline(
    floor: Floor, cast: Any
) -> None:
    floor.reconciles = False
    sid = floor.ring()
    asked = commanding.command("check_call", call=Call.objects.get(sid=sid), call_sid=sid)
    die_sending(asked)
    asked.refresh_from_db()
    assert (asked.outcome, asked.attempts) == ("waiting", 1)

    floor.pass_seconds(commanding.CLAIM_SECONDS - 1)
    asked.refresh_from_db()
    assert asked.attempts == 1, "the first might still be at it"
    floor.pass_seconds(2)
    asked.refresh_from_db()
    assert (asked.outcome, asked.attempts) == ("applied", 2)


def test_a_claim_that_is_renewed_is_nobody_elses_and_one_that_lapsed_is_not_taken_back(
    floor: Floor, cast: Any
) -> None:
    sid = floor.ring()
    asked = commanding.command("check_call", call=Call.objects.get(sid=sid), call_sid=sid)
    die_sending(asked)

    floor.traveller.shift(commanding.CLAIM_SECONDS - 1)
    commanding.renew_claims([asked.pk])
    floor.traveller.shift(commanding.CLAIM_SECONDS - 1)
    assert commanding.due_commands(timezone.now()) == []
    assert not commanding.send_command(asked.pk)

    floor.traveller.shift(2)
    commanding.renew_claims([asked.pk])
    assert commanding.due_commands(timezone.now()) == [asked.pk]
    assert commanding.send_command(asked.pk)
    commanding.renew_claims([asked.pk])
    asked.refresh_from_db()
    assert (asked.outcome, asked.claimed_until) == ("applied", None)
