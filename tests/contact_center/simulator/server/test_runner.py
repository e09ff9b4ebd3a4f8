"""The runner: what becomes of sounds nobody can hear, of failures, and of what was planned."""

import pytest

from contact_center.simulator.server.app import Settings
from contact_center.simulator.server.parts import Parts
from contact_center.simulator.server.quiet import NoSound, NoVoices, QuietClips, QuietMixer
from tests.contact_center.simulator.server.desk import Desk
from tests.contact_center.simulator.server.phone_network import (
    ACCOUNT,
    APPLICATION,
    CUSTOMER,
    NUMBER,
    PhoneNetwork,
)


class Person:
    """Somebody behind a leg who writes down what he is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def ringing(self) -> None:
        self.told.append("ringing")

    def answered(self) -> None:
        self.told.append("answered")

    def ended(self, status: str, error: tuple[int, str] | None) -> None:
        self.told.append(status)


async def test_a_leg_with_nobody_behind_it_goes_on_without_sound(
    desk: Desk, network: PhoneNetwork
) -> None:
    desk.answers["/voice"] = "<Say>Is anybody there?</Say><Redirect>/next</Redirect>"
    runner = network.simulator.runner

    runner.network.dial_in(CUSTOMER, NUMBER)
    runner.flush()

    await desk.visited("/next")


async def test_a_sound_that_cannot_be_had_does_not_stop_the_call(
    desk: Desk, audible_network: PhoneNetwork
) -> None:
    desk.answers["/voice"] = "<Play>/gone.wav</Play><Redirect>/next</Redirect>"

    await audible_network.call()

    await desk.visited("/next")
    log = audible_network.simulator.network.log
    problems = [entry.problem for entry in log if entry.problem]
    assert problems == [f"11200: {desk.url('/gone.wav')} answered HTTP 204."]


async def test_a_registered_browser_is_rung_until_it_takes_itself_back(
    desk: Desk, network: PhoneNetwork
) -> None:
    desk.answers["/outbound"] = "<Pause length='0'/><Say>Please hold the line for long</Say>"
    runner = network.simulator.runner
    alice = Person()
    forget = runner.register_client(
        "alice", lambda effect: runner.attach_far_end(effect.leg_sid, alice, NoSound())
    )
    form = {"From": NUMBER, "To": "client:alice", "Url": desk.url("/outbound")}

    _, first = await network.rest("POST", "Calls", form)
    await network.until(first["sid"], dialled_at=(await network.leg(first["sid"]))["dialled_at"])
    runner.network.far_end_ringing(first["sid"])
    runner.network.far_end_answered(first["sid"])
    runner.flush()
    await network.until(first["sid"], status="in-progress")
    forget()
    forget()
    _, second = await network.rest("POST", "Calls", form)
    await network.until(second["sid"], status="failed")

    assert alice.told == ["ringing", "answered"]


async def test_an_application_is_told_when_a_browser_hangs_up(
    desk: Desk, network: PhoneNetwork
) -> None:
    desk.answers["/browser"] = "<Say>Please hold the line for long</Say>"
    path = f"Applications/{APPLICATION}"
    form = {"VoiceUrl": desk.url("/browser"), "StatusCallback": desk.url("/gone")}
    await network.rest("POST", path, form)
    runner, alice = network.simulator.runner, Person()
    leg = runner.network.client_connects("alice", {}, APPLICATION)
    runner.attach_far_end(leg, alice, NoSound())
    runner.flush()
    await network.until(leg, status="in-progress")

    runner.network.media_lost(leg)
    runner.flush()

    assert (await desk.visited("/gone")).fields["CallSid"] == leg
    assert alice.told == ["answered", "completed"]


class FailingMixer(QuietMixer):
    """Breaks down at once."""

    async def run(self) -> None:
        raise RuntimeError("a fault of our own")


async def test_a_network_that_has_stopped_says_so(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    parts = Parts(mixer=FailingMixer(), clips=QuietClips(), voices=NoVoices())

    async with PhoneNetwork(Settings(ACCOUNT), desk, parts) as network:
        status, body = await network.ask("GET", "/simulator/health")

    assert (status, body["ok"]) == (503, False)
    assert "the phone network has stopped" in caplog.text
