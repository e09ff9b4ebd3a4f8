"""What a caller, an agent or the phone network notices when a setting is changed."""

import base64
import importlib
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client, override_settings
from django.urls import Resolver404, clear_url_caches, resolve
from django.utils import timezone
from pytest_django import Settings

from contact_center import addresses
from contact_center.domain.states import Presence
from contact_center.errors import NotAllowed
from contact_center.models import AgentSlot, Call, Queue, QueueMember, RawWebhook, Segment
from contact_center.services import calling_back, presence
from contact_center.simulator.core.effects import SendRequest
from contact_center.telephony import network
from contact_center.webhooks import urls as webhook_urls
from tests.cast import Cast, make_cast
from tests.contact_center.telephony.local_network import Answer, local_network
from tests.universe.floor import Floor, open_floor

SUPPORT = "+14155550102"
SALES = "+14155550101"
MAIN = "+14155550100"


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """Everybody, in a database in which transactions really commit."""
    return make_cast()


@pytest.fixture
def floor(cast: Cast) -> Iterator[Floor]:
    """The floor at noon; nobody is on duty."""
    with open_floor() as running:
        yield running


def told(floor: Floor) -> str:
    """Every document we answered the network with so far."""
    return "\n".join(floor.answers.values())


# Queues and agents


def test_a_call_that_nobody_placed_waits_in_the_default_queue(
    floor: Floor, cast: Cast, settings: Settings
) -> None:
    settings.DJANGO_TWILIO_CALL_QUEUE = {"DEFAULT_NAME": "Front desk"}
    cast.support_number.queue = None
    cast.support_number.save()
    call = Call.objects.get(sid=floor.ring(to=SUPPORT))
    assert call.queue is not None
    assert call.queue.name == "Front desk"
    assert f">q_{call.queue.pk}</Enqueue>" in told(floor)
    assert not Queue.objects.filter(name="support").exists()


@pytest.mark.parametrize(("default", "first"), [(3, SALES), (8, SUPPORT)])
def test_a_queue_without_a_priority_of_its_own_has_the_default_one(
    floor: Floor, cast: Cast, settings: Settings, default: int, first: str
) -> None:
    settings.DJANGO_TWILIO_CALL_QUEUE = {"DEFAULT_PRIORITY": default}
    Queue.objects.filter(pk=cast.sales.pk).update(priority=6)
    Queue.objects.filter(pk=cast.support.pk).update(priority=None)
    callers = {SALES: floor.ring(to=SALES), SUPPORT: floor.ring(to=SUPPORT)}
    floor.pass_seconds(1)
    floor.on_duty(cast.alice)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=2)
    offer = floor.pending(cast.alice)
    assert offer is not None
    assert offer.call.sid == callers[first]


def in_line(queue: Queue) -> int:
    return Segment.objects.filter(queue=queue, kind="queue", ended_at=None).count()


def test_as_many_callers_wait_in_a_queue_as_the_setting_says_and_no_more(
    floor: Floor, cast: Cast, settings: Settings
) -> None:
    settings.DJANGO_TWILIO_CALL_QUEUE = {"DEFAULT_MAX_SIZE": 3}
    sids = [floor.ring(to=SUPPORT) for _ in range(4)]
    assert [Call.objects.get(sid=sid).state for sid in sids] == ["queued"] * 3 + ["leaving"]
    assert Call.objects.get(sid=sids[3]).end_reason == "full"
    # A queue with a capacity of its own does not follow the setting.
    cast.support.capacity = 4
    cast.support.save()
    assert Call.objects.get(sid=floor.ring(to=SUPPORT)).state == "queued"
    assert in_line(cast.support) == 4


def test_a_caller_waits_as_long_as_the_setting_says_and_no_longer(
    floor: Floor, cast: Cast, settings: Settings
) -> None:
    settings.DJANGO_TWILIO_CALL_QUEUE = {"DEFAULT_MAX_WAIT_TIME": 20}
    cast.sales.max_wait_seconds = 200
    cast.sales.save()
    sid, other = floor.ring(to=SUPPORT), floor.ring(to=SALES)
    floor.pass_seconds(19)
    assert Call.objects.get(sid=sid).state == "queued"
    floor.pass_seconds(18)  # at most a piece of music later
    assert Call.objects.get(sid=sid).end_reason == "waited_too_long"
    assert Call.objects.get(sid=other).state == "queued"


def test_without_overflow_callers_wait_until_the_queue_is_full(
    floor: Floor, cast: Cast, settings: Settings
) -> None:
    settings.DJANGO_TWILIO_CALL_QUEUE = {"ENABLE_OVERFLOW": False, "DEFAULT_MAX_SIZE": 5}
    cast.support.overflow_to, cast.support.overflow_queue = "queue", cast.sales
    cast.support.save()
    sids = [floor.ring(to=SUPPORT) for _ in range(6)]
    assert in_line(cast.support) == 5
    assert Call.objects.get(sid=sids[5]).end_reason == "full"
    assert in_line(cast.sales) == 0
    settings.DJANGO_TWILIO_CALL_QUEUE = {"ENABLE_OVERFLOW": True, "DEFAULT_MAX_SIZE": 5}
    floor.ring(to=SUPPORT)
    assert in_line(cast.sales) == 1


@pytest.mark.parametrize(("percent", "stay"), [(80, 4), (40, 2), (100, 5)])
def test_from_the_percentage_of_the_setting_on_callers_go_to_the_other_queue(
    floor: Floor, cast: Cast, settings: Settings, percent: int, stay: int
) -> None:
    settings.DJANGO_TWILIO_CALL_QUEUE = {"OVERFLOW_THRESHOLD": percent, "DEFAULT_MAX_SIZE": 5}
    cast.support.overflow_to, cast.support.overflow_queue = "queue", cast.sales
    cast.support.save()
    for _ in range(stay):
        floor.ring(to=SUPPORT)
    assert (in_line(cast.support), in_line(cast.sales)) == (stay, 0)
    floor.ring(to=SUPPORT)
    assert (in_line(cast.support), in_line(cast.sales)) == (stay, 1)


@pytest.mark.parametrize(("strategy", "rung"), [("round_robin", "alice"), ("longest_idle", "bob")])
def test_a_queue_without_a_strategy_of_its_own_rings_by_the_default_one(
    floor: Floor, cast: Cast, settings: Settings, strategy: str, rung: str
) -> None:
    settings.DJANGO_TWILIO_CALL_QUEUE = {"DEFAULT_ROUTING_STRATEGY": strategy}
    Queue.objects.update(strategy="")
    for agent in (cast.alice, cast.bob):
        floor.on_duty(agent)
    now = timezone.now()
    # Alice was rung longer ago; Bob has been free for longer.
    for agent, rung_before, idle_for in ((cast.alice, 60, 10), (cast.bob, 30, 20)):
        QueueMember.objects.filter(agent=agent).update(
            last_offered_at=now - timedelta(minutes=rung_before)
        )
        AgentSlot.objects.filter(agent=agent).update(idle_since=now - timedelta(minutes=idle_for))
    floor.ring(to=SUPPORT)
    floor.pass_seconds(1)
    ringing = {name for name in ("alice", "bob") if floor.pending(getattr(cast, name))}
    assert ringing == {rung}


def test_an_agent_has_as_many_calls_at_a_time_as_the_setting_says_and_no_more(
    floor: Floor, cast: Cast, settings: Settings
) -> None:
    settings.DJANGO_TWILIO_CALL_AGENT = {"MAX_CONCURRENT_CALLS": 3}
    floor.on_duty(cast.alice)
    for n in range(3):
        floor.conversation(cast.alice, from_=f"+1415555014{n}")
    fourth = floor.ring(from_="+14155550149")
    floor.pass_seconds(3)
    states = Call.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["on_hold", "on_hold", "connected", "queued"]
    assert Call.objects.get(sid=fourth).offers_made == 0


def test_an_agent_may_take_only_the_breaks_there_are(
    floor: Floor, cast: Cast, settings: Settings
) -> None:
    floor.on_duty(cast.alice)
    with pytest.raises(NotAllowed):
        presence.set_presence(agent=cast.alice, presence=Presence.BREAK, reason="tea")
    settings.DJANGO_TWILIO_CALL_AGENT = {"BREAK_TYPES": [("tea", "Tea")]}
    presence.set_presence(agent=cast.alice, presence=Presence.BREAK, reason="tea")
    cast.alice.refresh_from_db()
    assert (cast.alice.presence, cast.alice.presence_reason) == ("break", "tea")
    with pytest.raises(NotAllowed):
        presence.set_presence(agent=cast.alice, presence=Presence.BREAK, reason="lunch")


# The call


def called_back_in(queue: Queue) -> Queue:
    """Let callers of a queue be called back, at any hour."""
    queue.callback_key, queue.callback_from_hour, queue.callback_until_hour = "1", 0, 24
    queue.save()
    return queue


def ask_to_be_called(floor: Floor, sid: str) -> None:
    floor.pass_seconds(3)
    for _key in range(2):
        floor.press(sid, "1")
        floor.pass_seconds(2)


def test_without_callbacks_nobody_is_offered_one_and_the_doors_are_closed(
    floor: Floor, cast: Cast, client: Client, settings: Settings
) -> None:
    called_back_in(cast.support)
    client.force_login(cast.carol)
    settings.DJANGO_TWILIO_CALL_CALL = {"CALLBACK_ENABLED": False}
    sid = floor.ring(to=SUPPORT)
    ask_to_be_called(floor, sid)
    assert "be called back" not in told(floor)
    assert Call.objects.get(sid=sid).state == "queued"
    assert not Call.objects.filter(kind="callback").exists()
    with override_settings(ROOT_URLCONF="contact_center.urls"):
        assert client.get("/supervisors/callbacks/").status_code == 404
    settings.DJANGO_TWILIO_CALL_CALL = {"CALLBACK_ENABLED": True}
    sid = floor.ring(to=SUPPORT)
    ask_to_be_called(floor, sid)
    assert "be called back, press 1" in told(floor)
    assert Call.objects.get(kind="callback").asked_in == Call.objects.get(sid=sid)
    with override_settings(ROOT_URLCONF="contact_center.urls"):
        assert client.get("/supervisors/callbacks/").status_code == 200


@pytest.mark.parametrize("hours", [2, 5])
def test_a_callback_expires_when_the_window_is_over_and_none_is_promised_beyond_it(
    floor: Floor, cast: Cast, settings: Settings, hours: int
) -> None:
    called_back_in(cast.support)
    settings.DJANGO_TWILIO_CALL_CALL = {"CALLBACK_WINDOW": hours}
    ask_to_be_called(floor, floor.ring(to=SUPPORT))
    call = Call.objects.get(kind="callback")
    floor.traveller.shift(timedelta(hours=hours, minutes=-1))
    floor.settle()
    assert Call.objects.get(pk=call.pk).state == "queued"
    floor.pass_seconds(60)
    call.refresh_from_db()
    assert (call.state, call.end_reason) == ("ended", "callback_expired")
    floor.on_duty(cast.alice)
    assert floor.pending(cast.alice) is None
    _call, offer, _leg = floor.conversation(cast.alice)
    now = timezone.now()
    with pytest.raises(NotAllowed, match=f"for the next {hours} hours"):
        calling_back.promise(
            offer=offer, agent=cast.alice, at=now + timedelta(hours=hours, minutes=1), mine=True
        )
    made = calling_back.promise(
        offer=offer, agent=cast.alice, at=now + timedelta(hours=hours), mine=True
    )
    assert made.next_at == now + timedelta(hours=hours)


def test_an_offer_rings_as_long_as_the_setting_says(
    floor: Floor, cast: Cast, settings: Settings
) -> None:
    settings.DJANGO_TWILIO_CALL_CALL = {"DEFAULT_TIMEOUT": 12}
    floor.on_duty(cast.alice)
    sid = floor.ring(to=SUPPORT)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    floor.pass_seconds(11)
    assert floor.pending(cast.alice) is not None
    floor.pass_seconds(2)
    assert floor.pending(cast.alice) is None
    assert Call.objects.get(sid=sid).state == "queued"


def test_a_queue_with_a_ring_time_of_its_own_does_not_follow_the_setting(
    floor: Floor, cast: Cast, settings: Settings
) -> None:
    settings.DJANGO_TWILIO_CALL_CALL = {"DEFAULT_TIMEOUT": 12}
    Queue.objects.filter(pk=cast.support.pk).update(ring_seconds=25)
    floor.on_duty(cast.alice)
    floor.ring(to=SUPPORT)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    floor.pass_seconds(20)
    assert floor.pending(cast.alice) is not None


def test_the_network_ends_a_conversation_that_lasts_too_long(
    floor: Floor, cast: Cast, settings: Settings
) -> None:
    settings.DJANGO_TWILIO_CALL_CALL = {"MAX_DURATION": 120}
    floor.on_duty(cast.alice)
    _call, offer, _leg = floor.conversation(cast.alice, to=SUPPORT)
    assert 'timeLimit="120"' in told(floor)
    started = floor.now
    for _beat in range(13):
        assert floor.now - started > 110 or offer.conversation_ended_at is None
        floor.pass_seconds(10)
        floor.keep_beating(cast.alice)
        offer.refresh_from_db()
    assert offer.conversation_ended_at is not None
    assert offer.conversation_ended_at.timestamp() - started <= 121


# The menu


def test_everything_is_said_in_the_language_and_the_voice_of_the_settings(
    floor: Floor, settings: Settings
) -> None:
    settings.DJANGO_TWILIO_CALL_IVR = {
        "SUPPORTED_LANGUAGES": [("de-DE", "German")],
        "DEFAULT_LANGUAGE": "de-DE",
        "DEFAULT_VOICE": "Polly.Vicki",
    }
    floor.ring(to=MAIN)
    assert '<Say language="de-DE" voice="Polly.Vicki">' in told(floor).replace(
        'voice="Polly.Vicki" language="de-DE"', 'language="de-DE" voice="Polly.Vicki"'
    )
    assert "en-US" not in told(floor)
    assert "Polly.Matthew" not in told(floor)


def test_the_menu_waits_for_a_key_as_long_as_the_setting_says(
    floor: Floor, settings: Settings
) -> None:
    settings.DJANGO_TWILIO_CALL_IVR = {"DIGIT_TIMEOUT": 9}
    floor.ring(to=MAIN)
    assert 'timeout="9"' in told(floor)


@pytest.mark.parametrize("rounds", [1, 2])
def test_after_so_many_rounds_without_a_key_the_menu_gives_up(
    floor: Floor, settings: Settings, rounds: int
) -> None:
    settings.DJANGO_TWILIO_CALL_IVR = {"MAX_RETRIES": rounds}
    sid = floor.ring(to=MAIN)
    for key in "9" * (rounds - 1):
        floor.press(sid, key)
        assert Call.objects.get(sid=sid).state == "in_menu"
    floor.press(sid, "9")
    floor.pass_seconds(10)
    assert Call.objects.get(sid=sid).state != "in_menu"


def test_who_waits_hears_the_music_of_the_setting(floor: Floor, settings: Settings) -> None:
    settings.DJANGO_TWILIO_CALL_CONFERENCE = {"WAIT_URL": "/static/jazz.mp3"}
    floor.ring(to=SUPPORT)
    assert f"{settings.TWILIO_WEBHOOK_BASE_URL}/static/jazz.mp3</Play>" in told(floor)
    assert "hold_music" not in told(floor)


# Webhooks


@pytest.fixture
def moved() -> Iterator[None]:
    """Our webhooks are served at other paths, as after a start with these settings."""

    def start_anew() -> None:
        importlib.reload(webhook_urls)
        clear_url_caches()

    paths = {"VOICE_PATH": "/phone/voice/", "STATUS_PATH": "/phone/status/"}
    with override_settings(
        ROOT_URLCONF="contact_center.webhooks.urls", DJANGO_TWILIO_CALL_WEBHOOKS=paths
    ):
        start_anew()
        yield
    start_anew()  # only now are the paths the old ones again, for whoever is tested next


def test_the_network_is_told_the_paths_of_the_settings_and_finds_us_there(moved: None) -> None:
    assert addresses.arrival().startswith("http://localhost:8000/phone/voice/")
    assert addresses.menu(1).startswith("http://localhost:8000/phone/voice/menu/1/")
    assert addresses.status().startswith("http://localhost:8000/phone/status/")
    assert resolve("/phone/voice/").url_name == "voice"
    assert resolve("/phone/status/").url_name == "webhook-status"
    for old in ("/webhooks/voice/", "/webhooks/status/"):
        with pytest.raises(Resolver404):
            resolve(old)


def test_every_url_we_give_out_begins_with_the_public_address(settings: Settings) -> None:
    settings.TWILIO_WEBHOOK_BASE_URL = "https://calls.example.org/"
    for url in (
        addresses.arrival(),
        addresses.browser(),
        addresses.fallback(),
        addresses.status(),
        addresses.wait(1),
        addresses.media("/static/hold_music.mp3"),
    ):
        assert url.startswith("https://calls.example.org/")
        assert "//" not in url.removeprefix("https://")


def arrival(account_sid: str) -> SendRequest:
    """A request that says: somebody rings."""
    fields = {
        "CallSid": "CA" + "7" * 32,
        "AccountSid": account_sid,
        "From": "+14155550142",
        "To": SUPPORT,
        "CallStatus": "ringing",
        "Direction": "inbound",
    }
    return SendRequest(
        request_id=999,
        leg_sid=None,
        purpose="twiml",
        method="POST",
        url=addresses.arrival(),
        params=tuple(fields.items()),
        account_sid=account_sid,
    )


def test_a_request_signed_with_another_token_is_refused(floor: Floor, settings: Settings) -> None:
    request = arrival(settings.TWILIO_ACCOUNT_SID)
    assert floor.post(request, token="f" * 32).status == 403
    assert not Call.objects.exists()
    assert not RawWebhook.objects.exists()
    assert floor.post(request).status == 200
    assert Call.objects.count() == 1


def test_while_the_token_is_changed_each_of_them_is_believed(
    floor: Floor, settings: Settings
) -> None:
    request = arrival(settings.TWILIO_ACCOUNT_SID)
    old, new = settings.TWILIO_AUTH_TOKEN, "e" * 32
    settings.TWILIO_AUTH_TOKEN = f"{new},{old}"
    assert floor.post(request, token=old).status == 200
    assert floor.post(request, token=new).status == 200
    assert floor.post(request, token="f" * 32).status == 403


@pytest.mark.parametrize(
    "spelling",
    [
        {"TWILIO_WEBHOOK_VALIDATE": False},
        {"DJANGO_TWILIO_CALL_WEBHOOKS": {"VALIDATE_SIGNATURE": False}},
        {"DJANGO_TWILIO_CALL": {"WEBHOOK_VALIDATE": False}},
    ],
)
def test_without_checking_whatever_comes_is_believed(
    floor: Floor, settings: Settings, spelling: dict[str, object]
) -> None:
    for name, value in spelling.items():
        setattr(settings, name, value)
    request = arrival(settings.TWILIO_ACCOUNT_SID)
    assert floor.post(request, token="f" * 32).status == 200
    assert Call.objects.count() == 1


def test_a_request_about_another_account_is_refused_unless_it_is_the_subaccount(
    floor: Floor, settings: Settings
) -> None:
    child = "AC" + "d" * 32
    assert floor.post(arrival(child)).status == 403
    assert not Call.objects.exists()
    settings.TWILIO_SUBACCOUNT_SID = child
    assert floor.post(arrival(child)).status == 200
    assert Call.objects.get().account_sid == child


# The account


def test_the_network_is_asked_in_the_name_of_the_account(settings: Settings) -> None:
    settings.TWILIO_ACCOUNT_SID = "AC" + "e" * 32
    with local_network(Answer(body={"sid": "CA1"})) as twilio:
        settings.SIMULATOR_URL = twilio.url
        network().end_call(call_sid="CA1")
    assert [seen.path for seen in twilio.seen] == [
        f"/2010-04-01/Accounts/AC{'e' * 32}/Calls/CA1.json"
    ]


def test_the_network_is_asked_in_the_name_of_the_subaccount(settings: Settings) -> None:
    settings.TWILIO_SUBACCOUNT_SID = "AC" + "d" * 32
    with local_network(Answer(body={"sid": "CA1"})) as twilio:
        settings.SIMULATOR_URL = twilio.url
        network().end_call(call_sid="CA1")
    (seen,) = twilio.seen
    assert seen.path == f"/2010-04-01/Accounts/AC{'d' * 32}/Calls/CA1.json"
    credentials = base64.b64decode(seen.authorization.removeprefix("Basic ")).decode()
    assert credentials == f"{settings.TWILIO_ACCOUNT_SID}:{settings.TWILIO_AUTH_TOKEN}"


def test_the_simulator_is_asked_where_it_is_the_phone_network(settings: Settings) -> None:
    with local_network(Answer(body={"sid": "CA1"})) as simulator:
        settings.SIMULATOR_URL = simulator.url
        settings.MOCK_TWILIO = True
        network().end_call(call_sid="CA1")
        assert network().browser_gateway() == simulator.url.removeprefix("http://")
        settings.MOCK_TWILIO = False
        assert network().browser_gateway() is None
    assert len(simulator.seen) == 1
