"""What the agent alone hears before the caller: queue and wait."""

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

import pytest
from pytest_django import Settings

from contact_center.domain.sentences import WHISPER_SECONDS
from contact_center.models import Call, Offer, PhoneLease, Queue
from contact_center.services import offering, presence, wrapping_up
from contact_center.simulator.core.effects import PlayUrl, SendRequest, Speak, StartAudio, StopAudio
from tests.cast import Cast
from tests.universe import floor as universe
from tests.universe.floor import SPOKEN_SECONDS, Floor

SUPPORT = "+14155550102"


def rings_at(floor: Floor, cast: Cast, *, after: float = 0.0) -> tuple[str, Offer]:
    """A customer rings; so much later Alice comes on duty and it rings at her desk."""
    sid = floor.ring(to=SUPPORT)
    floor.pass_seconds(after)
    floor.on_duty(cast.alice)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    offer = floor.pending(cast.alice)
    assert offer is not None
    return sid, offer


def state(sid: str) -> str:
    return Call.objects.get(sid=sid).state


def said_to(floor: Floor, leg: str) -> list[str]:
    """The sentences that this leg heard from the network, in order."""
    return [
        effect.clip.text
        for _at, effect in floor.sounds
        if isinstance(effect, StartAudio) and effect.leg_sid == leg
        if isinstance(effect.clip, Speak)
    ]


def moments(floor: Floor, leg: str, kind: type[Any]) -> list[tuple[float, float | None]]:
    """When this leg began to hear clips of a kind, each with when it was cut short, if it was."""
    stopped = {
        (effect.leg_sid, effect.token): at
        for at, effect in floor.sounds
        if isinstance(effect, StopAudio)
    }
    return [
        (at, stopped.get((leg, effect.token)))
        for at, effect in floor.sounds
        if isinstance(effect, StartAudio) and effect.leg_sid == leg
        if isinstance(effect.clip, kind)
    ]


def browsers_document(floor: Floor, leg: str) -> ElementTree.Element:
    answers = [
        floor.answers[asked.request_id]
        for asked in floor.requests
        if asked.leg_sid == leg and "/browser/" in asked.url
    ]
    return ElementTree.fromstring(answers[-1])


def verbs(document: ElementTree.Element) -> Sequence[str]:
    return [verb.tag for verb in document]


def test_the_agent_hears_queue_and_wait_and_then_the_caller(floor: Floor, cast: Cast) -> None:
    sid, offer = rings_at(floor, cast, after=62)
    leg = floor.accept(cast.alice, offer)
    accepted = floor.now
    assert said_to(floor, leg) == ["Support. Waited one minute."]

    # While it is whispered the caller is in line, with the music, and the two hear nothing.
    floor.pass_seconds(SPOKEN_SECONDS / 2)
    assert state(sid) == "connecting"
    assert not floor.hears(leg, sid)
    assert not floor.hears(sid, leg)
    assert moments(floor, sid, PlayUrl)[-1][1] is None

    # The moment it is over he comes: no dead air.
    floor.until(lambda: state(sid) == "connected", within=5)
    assert floor.now == accepted + SPOKEN_SECONDS
    assert floor.hears(leg, sid)
    assert floor.hears(sid, leg)
    assert moments(floor, sid, PlayUrl)[-1][1] == floor.now
    assert not any("Waited" in sentence for sentence in said_to(floor, sid))


def test_no_instruction_ever_whispers_to_a_caller(floor: Floor, cast: Cast) -> None:
    """Not even when the network asks for everything twice."""
    floor.fate = lambda request: 2
    sid, offer = rings_at(floor, cast)
    leg = floor.accept(cast.alice, offer)
    floor.until(lambda: state(sid) == "connected", within=5)
    whisper = "Support. Waited less than a minute."
    assert said_to(floor, leg) == [whisper]
    told = [asked.leg_sid for asked in floor.requests if whisper in floor.answers[asked.request_id]]
    assert told == [leg]


def test_accepting_cuts_what_the_caller_is_being_told(floor: Floor, cast: Cast) -> None:
    Queue.objects.filter(pk=cast.support.pk).update(announce_every=15)
    sid, offer = rings_at(floor, cast)
    # The second announcement comes after the first and the music.
    first_ends = SPOKEN_SECONDS + universe.PLAYED_SECONDS
    floor.pass_seconds(first_ends - 1 - (floor.now - moments(floor, sid, Speak)[0][0]))
    floor.accept(cast.alice, offer)
    floor.until(lambda: state(sid) == "connected", within=5)
    [(begun, cut)] = moments(floor, sid, Speak)[1:]
    assert cut == floor.now
    assert cut - begun < SPOKEN_SECONDS


def test_where_whispering_is_switched_off_the_browser_goes_straight_into_the_conference(
    floor: Floor, cast: Cast, settings: Settings
) -> None:
    settings.DJANGO_TWILIO_CALL_CALL = {"WHISPER_ENABLED": True}
    sid, offer = rings_at(floor, cast)
    leg = floor.accept(cast.alice, offer)
    assert verbs(browsers_document(floor, leg)) == ["Say", "Dial"]
    floor.until(lambda: state(sid) == "connected", within=5)
    floor.hang_up(sid)
    floor.pass_seconds(1)
    wrapping_up.finish(offer=Offer.objects.get(pk=offer.pk), agent=cast.alice)

    settings.DJANGO_TWILIO_CALL_CALL = {"WHISPER_ENABLED": False}
    sid = floor.ring(to=SUPPORT)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=30)
    second = floor.pending(cast.alice)
    assert second is not None
    leg = floor.accept(cast.alice, second)
    assert verbs(browsers_document(floor, leg)) == ["Dial"]
    assert floor.until(lambda: state(sid) == "connected", within=5) == 0.0
    assert said_to(floor, leg) == []


def test_it_is_whispered_in_the_language_of_the_settings(
    floor: Floor, cast: Cast, settings: Settings
) -> None:
    """It is the language in which queues are named; the caller's own is not the agent's."""
    settings.DJANGO_TWILIO_CALL_IVR = {"DEFAULT_LANGUAGE": "es-ES"}
    sid, offer = rings_at(floor, cast)
    Call.objects.filter(sid=sid).update(language="fr-FR")
    leg = floor.accept(cast.alice, offer)
    assert said_to(floor, leg) == ["Support. Ha esperado menos de un minuto."]
    assert browsers_document(floor, leg)[0].get("language") == "es-ES"


def test_the_longest_whisper_lets_no_healthy_offer_time_out(
    floor: Floor, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The browser is slow, the whisper takes all it may, and that the agent came is lost."""
    monkeypatch.setattr(universe, "SPOKEN_SECONDS", WHISPER_SECONDS)
    Queue.objects.filter(pk=cast.support.pk).update(name="12 34 56 78 90 12 34 56 78 90")
    floor.reconciles = False
    sid, offer = rings_at(floor, cast)
    lease = PhoneLease.objects.get(agent=cast.alice)
    token = offering.accept_offer(
        offer=offer, agent=cast.alice, fence=offer.fence, lease_key=lease.key
    )
    floor.pass_seconds(6)
    lost: list[SendRequest] = []
    floor.fate = lambda request: _loses_the_first_to_join(request, lost)
    leg = floor.connect_browser(cast.alice, token)
    floor.until(lambda: Offer.objects.get(pk=offer.pk).agent_joined_at is not None, within=12)
    floor.until(lambda: state(sid) == "connected", within=4)
    assert floor.hears(leg, sid)
    assert Offer.objects.get(pk=offer.pk).outcome == ""


def _loses_the_first_to_join(request: SendRequest, lost: list[SendRequest]) -> int:
    if lost or ("StatusCallbackEvent", "participant-join") not in request.params:
        return 1
    lost.append(request)
    return 0


def test_a_browser_that_does_not_connect_is_not_waited_for_any_longer(
    floor: Floor, cast: Cast
) -> None:
    sid, offer = rings_at(floor, cast)
    lease = PhoneLease.objects.get(agent=cast.alice)
    offering.accept_offer(offer=offer, agent=cast.alice, fence=offer.fence, lease_key=lease.key)
    assert floor.until(lambda: state(sid) == "queued", within=10) == 10
    assert Offer.objects.get(pk=offer.pk).outcome == "failed"


def test_an_agent_who_hangs_up_while_listening_leaves_the_caller_in_line(
    floor: Floor, cast: Cast
) -> None:
    sid, offer = rings_at(floor, cast)
    leg = floor.accept(cast.alice, offer)
    floor.pass_seconds(1)
    floor.hang_up(leg)
    floor.until(lambda: state(sid) == "queued", within=5)
    assert Offer.objects.get(pk=offer.pk).outcome == "failed"
    assert moments(floor, sid, PlayUrl)[-1][1] is None
    assert not any("lost the line" in sentence for sentence in said_to(floor, sid))


def test_a_caller_who_hangs_up_meanwhile_ends_the_whisper(floor: Floor, cast: Cast) -> None:
    sid, offer = rings_at(floor, cast)
    leg = floor.accept(cast.alice, offer)
    floor.pass_seconds(0.5)
    floor.hang_up(sid)
    floor.until(lambda: leg in floor.ended, within=2)
    [(begun, cut)] = moments(floor, leg, Speak)
    assert cut is not None
    assert cut - begun < SPOKEN_SECONDS
    assert cast.alice.slots.get().activity == "idle"


def test_nothing_is_whispered_of_who_comes_back_from_a_lost_agent(floor: Floor, cast: Cast) -> None:
    floor.on_duty(cast.alice)
    call, _offer, leg = floor.conversation(cast.alice, to=SUPPORT)
    floor.hang_up(leg)
    floor.until(lambda: state(call.sid) == "queued", within=10)
    lease = PhoneLease.objects.get(agent=cast.alice)
    presence.come_back(agent=cast.alice, lease_key=lease.key)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=10)
    offer = floor.pending(cast.alice)
    assert offer is not None
    again = floor.accept(cast.alice, offer)
    floor.until(lambda: state(call.sid) == "connected", within=5)
    assert verbs(browsers_document(floor, again)) == ["Dial"]
