"""The same verbs against the simulator: what we ask for happens, and its webhooks are genuine."""

import io
from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from contact_center import addresses
from contact_center.models import PhoneNumber, Tenant
from contact_center.telephony import network
from contact_center.telephony.instructions import (
    Enqueue,
    Gather,
    Hangup,
    Instruction,
    JoinConference,
    Leave,
    Pause,
    Play,
    Redirect,
    Say,
)
from contact_center.telephony.port import NotSent, OutcomeUnknown, Refused, Telephony
from tests.contact_center.telephony.simulated import Simulator, Site, simulator, site

SALES = "+14155550100"
SUPPORT = "+14155550101"
CUSTOMER = "+14155550199"
COLLEAGUE = "+14155550198"


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with simulator(SALES, SUPPORT) as started:
        yield started


@pytest.fixture
def telephony(running: Simulator, settings: Settings) -> Telephony:
    settings.SIMULATOR_URL = running.url
    return network()


@pytest.fixture
def ours(telephony: Telephony) -> Iterator[Site]:
    """A site that our two numbers and the application ask."""
    with site() as started:
        for number, path in ((SALES, "/sales"), (SUPPORT, "/support")):
            telephony.point_number(
                number=number,
                voice_url=started.url + path,
                fallback_url=started.url + "/fallback",
                status_url=started.url + "/status",
            )
        yield started


def test_our_numbers_and_our_application_ask_us_and_a_strangers_cannot(
    telephony: Telephony, settings: Settings
) -> None:
    assert telephony.fetch_account().sid == settings.TWILIO_ACCOUNT_SID

    telephony.point_number(
        number=SALES,
        voice_url="http://127.0.0.1:9/voice",
        fallback_url="http://127.0.0.1:9/fallback",
        status_url="http://127.0.0.1:9/status",
    )
    (truth,) = [one for one in telephony.fetch_numbers() if one.number == SALES]
    assert truth.voice_url == "http://127.0.0.1:9/voice"
    assert truth.fallback_url == "http://127.0.0.1:9/fallback"
    assert truth.status_url == "http://127.0.0.1:9/status"

    telephony.point_number(
        number=SALES, voice_url="http://127.0.0.1:9/voice", fallback_url=None, status_url=""
    )
    (truth,) = [one for one in telephony.fetch_numbers() if one.number == SALES]
    assert (truth.fallback_url, truth.status_url) == ("", "")

    with pytest.raises(Refused, match="no number"):
        telephony.point_number(
            number="+14155550999", voice_url="http://127.0.0.1:9/", fallback_url=None, status_url=""
        )

    application = settings.TWILIO_TWIML_APP_SID
    pointed = telephony.point_application(
        application_sid=application,
        voice_url="http://127.0.0.1:9/browser",
        status_url="http://127.0.0.1:9/status",
    )
    assert telephony.fetch_application(application_sid=application) == pointed
    assert pointed.voice_url == "http://127.0.0.1:9/browser"
    assert telephony.fetch_application(application_sid="AP" + "e" * 32) is None


@pytest.mark.django_db
def test_one_command_connects_the_numbers_that_are_set_up_and_then_has_nothing_to_do(
    telephony: Telephony, settings: Settings
) -> None:
    settings.TWILIO_WEBHOOK_BASE_URL = "https://calls.example.org"
    PhoneNumber.objects.create(tenant=Tenant.objects.create(name="Ours"), e164=SUPPORT)
    before = {one.number: one for one in telephony.fetch_numbers()}

    out = io.StringIO()
    with pytest.raises(CommandError, match="Not connected: 2 of 2"):
        call_command("connect_numbers", "--check", stdout=out)
    assert {one.number: one for one in network().fetch_numbers()} == before
    call_command("connect_numbers", stdout=out)
    call_command("connect_numbers", "--check", stdout=out)

    after = {one.number: one for one in network().fetch_numbers()}
    assert after[SUPPORT].voice_url == addresses.arrival()
    assert after[SUPPORT].fallback_url == addresses.fallback()
    assert after[SUPPORT].status_url == addresses.status()
    assert after[SALES] == before[SALES]
    application = network().fetch_application(application_sid=settings.TWILIO_TWIML_APP_SID)
    assert application is not None
    assert application.voice_url == addresses.browser()


def test_a_wrong_token_is_refused_and_changes_nothing(
    telephony: Telephony, settings: Settings
) -> None:
    settings.TWILIO_AUTH_TOKEN = "0" * 32
    with pytest.raises(Refused) as refusal:
        network().point_number(
            number=SALES, voice_url="http://evil.invalid/", fallback_url=None, status_url=""
        )
    assert refusal.value.status == 401
    assert all(one.voice_url != "http://evil.invalid/" for one in telephony.fetch_numbers())


def test_a_customer_rings_chooses_waits_and_is_taken_out_of_the_queue_once(
    telephony: Telephony, ours: Site, running: Simulator
) -> None:
    menu = Gather(f"{ours.url}/chosen", (Say("Press 1 for sales. <&> ]]> \x0b\ud800"), Pause(60)))
    ours.answers = {
        "/sales": [menu, Redirect(f"{ours.url}/sales")],
        "/chosen": [Enqueue("q_1", wait_url=f"{ours.url}/wait", action=f"{ours.url}/left")],
        "/wait": [Gather(f"{ours.url}/key", (Pause(60),), action_on_empty=False)],
        "/connect": [Say("Here comes Alice."), Pause(60)],
        "/left": [Say("Here comes Alice."), Pause(60)],
    }
    customer = running.ring(SALES, CUSTOMER)
    arrival = ours.expect("/sales", CallSid=customer)
    assert arrival.genuine
    assert (arrival.form["From"], arrival.form["To"]) == (CUSTOMER, SALES)

    running.press(customer, "1")
    assert ours.expect("/chosen", CallSid=customer, Digits="1").genuine
    waiting = ours.expect("/wait", CallSid=customer)
    queue_sid = waiting.form["QueueSid"]

    truth = telephony.fetch_call(call_sid=customer)
    assert truth is not None
    assert (truth.status, truth.from_, truth.direction) == ("in-progress", CUSTOMER, "inbound")
    assert not truth.is_over
    assert customer in {one.sid for one in telephony.fetch_live_calls()}
    (queue,) = [one for one in telephony.fetch_queues() if one.name == "q_1"]
    assert (queue.sid, queue.current_size) == (queue_sid, 1)
    (member,) = telephony.fetch_queue_members(queue_sid=queue_sid)
    assert (member.call_sid, member.position) == (customer, 1)

    telephony.dequeue(queue_sid=queue_sid, call_sid=customer, url=f"{ours.url}/connect")
    assert ours.expect("/connect", CallSid=customer).genuine
    assert telephony.fetch_queue_members(queue_sid=queue_sid) == []
    with pytest.raises(Refused) as second:
        telephony.dequeue(queue_sid=queue_sid, call_sid=customer, url=f"{ours.url}/connect")
    assert second.value.status in (400, 404)

    running.hang_up(customer)
    assert ours.expect("/status", CallSid=customer, CallStatus="completed").genuine
    truth = telephony.fetch_call(call_sid=customer)
    assert truth is not None
    assert truth.is_over
    assert truth.duration_seconds is not None
    assert customer not in {one.sid for one in telephony.fetch_live_calls()}


def test_a_wait_document_may_let_him_leave_and_any_call_may_be_sent_elsewhere(
    telephony: Telephony, ours: Site, running: Simulator
) -> None:
    ours.answers = {
        "/sales": [Enqueue("q_2", wait_url=f"{ours.url}/wait", action=f"{ours.url}/left")],
        "/wait": [Leave()],
        "/left": [Play(f"{ours.url}/no-such-music.mp3"), Pause(60)],
        "/elsewhere": [Hangup()],
    }
    customer = running.ring(SALES, CUSTOMER)
    assert ours.expect("/left", CallSid=customer).form["QueueResult"] == "leave"

    telephony.redirect_call(call_sid=customer, url=f"{ours.url}/elsewhere")
    assert ours.expect("/elsewhere", CallSid=customer).genuine
    ours.expect("/status", CallSid=customer, CallStatus="completed")
    with pytest.raises(Refused) as refusal:
        telephony.redirect_call(call_sid=customer, url=f"{ours.url}/elsewhere")
    assert refusal.value.code == 21220


def join(ours: Site, label: str, *, start: bool, end: bool) -> list[Instruction]:
    return [
        JoinConference(
            name="c-9f",
            participant_label=label,
            status_callback=f"{ours.url}/conference#rc=3&rp=ct,rt,5xx",
            start_on_enter=start,
            end_on_exit=end,
            action=f"{ours.url}/after-{label}",
        )
    ]


def test_two_people_talk_and_hold_mute_removal_and_the_end_are_confirmed(
    telephony: Telephony, ours: Site, running: Simulator
) -> None:
    ours.answers = {
        "/sales": join(ours, "customer", start=False, end=False),
        "/support": join(ours, "agent", start=True, end=False),
        "/music": [Pause(60)],
        "/after-customer": [Pause(60)],
        "/after-agent": [Hangup()],
    }
    customer = running.ring(SALES, CUSTOMER)
    ours.expect("/conference", StatusCallbackEvent="participant-join", CallSid=customer)
    alone = telephony.fetch_conference_named(name="c-9f")
    assert alone is not None
    assert alone.status == "init"

    agent = running.ring(SUPPORT, COLLEAGUE)
    joined = ours.expect("/conference", StatusCallbackEvent="participant-join", CallSid=agent)
    assert joined.genuine
    assert joined.form["ParticipantLabel"] == "agent"
    conference = telephony.fetch_conference_named(name="c-9f")
    assert conference is not None
    assert (conference.sid, conference.status) == (alone.sid, "in-progress")
    room = conference.sid

    def of(call_sid: str) -> tuple[bool, bool]:
        people = telephony.fetch_participants(conference_sid=room)
        (one,) = [one for one in people if one.call_sid == call_sid]
        return one.hold, one.muted

    people = {one.call_sid: one for one in telephony.fetch_participants(conference_sid=room)}
    assert {sid: one.label for sid, one in people.items()} == {
        customer: "customer",
        agent: "agent",
    }
    assert {one.status for one in people.values()} == {"connected"}

    telephony.hold(conference_sid=room, call_sid=customer, music_url=f"{ours.url}/music")
    assert ours.expect("/music", CallSid=customer).genuine
    assert of(customer) == (True, False)
    telephony.resume(conference_sid=room, call_sid=customer)
    ours.expect("/conference", StatusCallbackEvent="participant-unhold", CallSid=customer)
    telephony.set_muted(conference_sid=room, call_sid=agent, muted=True)
    ours.expect("/conference", StatusCallbackEvent="participant-mute", CallSid=agent)
    assert (of(customer), of(agent)) == ((False, False), (False, True))
    telephony.set_muted(conference_sid=room, call_sid=agent, muted=False)
    ours.expect("/conference", StatusCallbackEvent="participant-unmute", CallSid=agent)
    assert of(agent) == (False, False)

    for _ in range(2):  # the second time he is gone already
        telephony.remove_participant(conference_sid=room, call_sid=agent)
    ours.expect("/after-agent", CallSid=agent)
    assert [one.call_sid for one in telephony.fetch_participants(conference_sid=room)] == [customer]

    for _ in range(2):
        telephony.end_conference(conference_sid=room)
    ours.expect("/after-customer", CallSid=customer)
    assert telephony.fetch_conference_named(name="c-9f") is None
    assert telephony.fetch_participants(conference_sid=room) == []

    for _ in range(2):
        telephony.end_call(call_sid=customer)
    ours.expect("/status", CallSid=customer, CallStatus="completed")


def test_what_was_never_there_is_said_to_be_absent(telephony: Telephony) -> None:
    assert telephony.fetch_call(call_sid="CA" + "e" * 32) is None
    assert telephony.fetch_conference_named(name="c-never") is None
    assert telephony.fetch_participants(conference_sid="CF" + "e" * 32) == []
    assert telephony.fetch_queue_members(queue_sid="QU" + "e" * 32) == []
    with pytest.raises(Refused):
        telephony.redirect_call(call_sid="CA" + "e" * 32, url="http://127.0.0.1:9/")


def test_a_network_in_trouble_is_understood(
    telephony: Telephony, ours: Site, running: Simulator, settings: Settings
) -> None:
    ours.answers = {
        "/sales": [Enqueue("q_3", wait_url=f"{ours.url}/wait", action=f"{ours.url}/left")],
        "/wait": [Pause(60)],
        "/left": [Pause(60)],
        "/elsewhere": [Pause(60)],
    }
    customer = running.ring(SALES, CUSTOMER)
    ours.expect("/wait", CallSid=customer)
    elsewhere = f"{ours.url}/elsewhere"
    calls = "*/Calls/*"

    running.break_next("429", path=calls, moment="before")
    with pytest.raises(NotSent) as busy:
        telephony.redirect_call(call_sid=customer, url=elsewhere)
    assert busy.value.retry_after_seconds == 1

    running.break_next("500", path=calls, moment="after")
    with pytest.raises(OutcomeUnknown):
        telephony.redirect_call(call_sid=customer, url=elsewhere)
    ours.expect("/elsewhere", CallSid=customer)  # it was applied, as it may have been

    settings.DJANGO_TWILIO_CALL_PERFORMANCE = {"CONNECTION_POOLING": {"TIMEOUT": 1}}
    running.break_next("hang", path=calls, moment="before", seconds=3)
    with pytest.raises(OutcomeUnknown, match="no answer in time"):
        network().redirect_call(call_sid=customer, url=elsewhere)

    network().end_call(call_sid=customer)
    ours.expect("/status", CallSid=customer, CallStatus="completed")
    # Neither the refused nor the hanging request was applied.
    assert [asked.path for asked in ours.seen].count("/elsewhere") == 1
