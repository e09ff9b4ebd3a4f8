"""Two of our browser ends talk to each other: real ICE, DTLS, SRTP and RTP on loopback.

Fails when aiortc or aioice move what aiortc_adaptation.py holds on to.
"""

import asyncio
from collections.abc import Callable

import aioice.ice
import pytest

from contact_center.simulator.audio import Mixer, Samples, SilentEnd, ToneEnd, browser_end
from contact_center.simulator.audio.aiortc_adaptation import local_addresses
from contact_center.simulator.audio.browser_end import BadSdp, BrowserEnd
from contact_center.simulator.audio.tones import levels

pytestmark = pytest.mark.alone


class Watcher(SilentEnd):
    """Looks at every tick of the mixer whether something has come true."""

    def __init__(self, condition: Callable[[], bool]) -> None:
        self.condition = condition
        self.came_true = asyncio.Event()

    def push(self, frame: Samples) -> None:
        if self.condition():
            self.came_true.set()


async def until(mixer: Mixer, condition: Callable[[], bool], seconds: float = 5.0) -> None:
    watcher = Watcher(condition)
    mixer.attach(f"watcher {id(watcher)}", watcher)
    async with asyncio.timeout(seconds):
        await watcher.came_true.wait()


async def a_connected_pair():
    ours, theirs = BrowserEnd(), BrowserEnd()
    await theirs.accept(await ours.answer(await theirs.offer()))
    return ours, theirs


async def test_two_ends_hear_each_other_and_nothing_is_lost():
    ours, theirs = await a_connected_pair()
    mixer = Mixer()
    clock = asyncio.create_task(mixer.run())
    mixer.attach("ours", ours)
    mixer.attach("theirs", theirs)
    mixer.attach("hum", ToneEnd(440))
    mixer.attach("whistle", ToneEnd(1010))
    mixer.set_audibility({"ours": ("hum",), "theirs": ("whistle",)})
    try:
        await until(mixer, lambda: mixer.levels("ours")["said_db"] > -25)
        await until(mixer, lambda: mixer.levels("theirs")["said_db"] > -25)
        await until(mixer, lambda: len(mixer.said("ours", 1.0)) == 8000)
        ticks = mixer.figures()["ticks"]
        await until(mixer, lambda: mixer.figures()["ticks"] > ticks + 25)
        # µ-law leaves odd harmonics behind, none of them near the other tone.
        said_by_ours = levels(mixer.said("ours", 0.4), (440, 1010))["tones"]
        assert said_by_ours["1010"] > -17
        assert said_by_ours["440"] < -70
        said_by_theirs = levels(mixer.said("theirs", 0.4), (440, 1010))["tones"]
        assert said_by_theirs["440"] > -17
        assert said_by_theirs["1010"] < -70
        assert ours.lost_frames == theirs.lost_frames == 0
    finally:
        clock.cancel()
        mixer.close()
        await asyncio.gather(ours.closed(), theirs.closed())


async def test_only_mu_law_is_negotiated_and_this_machine_itself_is_offered():
    end = BrowserEnd()
    sdp = await end.offer()
    assert "PCMU/8000" in sdp
    assert "opus" not in sdp
    assert "telephone-event" not in sdp
    assert " 127.0.0.1 " in sdp
    await end.closed()


def test_aioice_asks_us_for_addresses_and_gets_no_link_local_one():
    assert aioice.ice.get_host_addresses is local_addresses
    assert local_addresses()[-1] == "127.0.0.1"
    assert not [address for address in local_addresses() if address.startswith("169.254.")]


@pytest.mark.parametrize(
    "sdp", ["", "nonsense", "m=audio 9", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\n"]
)
async def test_a_browser_that_talks_nonsense_is_refused_with_a_sentence(sdp):
    end = BrowserEnd()
    with pytest.raises(BadSdp, match="cannot be used"):
        await end.accept(sdp)
    await end.closed()


async def test_an_offer_without_mu_law_is_refused():
    end, other = BrowserEnd(), BrowserEnd()
    offer = (
        (await other.offer())
        .replace("PCMU/8000", "G729/8000")
        .replace("RTP/SAVPF 0", "RTP/SAVPF 18")
    )
    with pytest.raises(BadSdp):
        await end.answer(offer.replace("rtpmap:0 ", "rtpmap:18 "))
    await end.closed()
    await other.closed()


async def test_a_browser_that_says_goodbye_is_lost_at_once():
    lost = asyncio.Event()
    ours, theirs = BrowserEnd(on_lost=lost.set), BrowserEnd()
    await theirs.accept(await ours.answer(await theirs.offer()))
    mixer = Mixer()
    mixer.attach("theirs", theirs)
    clock = asyncio.create_task(mixer.run())
    await until(mixer, lambda: ours.has_media)
    clock.cancel()
    await theirs.closed()
    async with asyncio.timeout(5):
        await lost.wait()
    await ours.closed()


async def test_a_killed_browser_is_noticed_within_ten_seconds(monkeypatch):
    """The patience is shortened for the test; the constants themselves are the promise."""
    assert browser_end.SILENCE_SECONDS == 5
    assert browser_end.LOST_SECONDS + browser_end._CHECK_SECONDS < 10
    monkeypatch.setattr(browser_end, "SILENCE_SECONDS", 0.2)
    monkeypatch.setattr(browser_end, "LOST_SECONDS", 0.4)
    monkeypatch.setattr(browser_end, "_CHECK_SECONDS", 0.05)
    events: list[str] = []
    lost = asyncio.Event()
    ours = BrowserEnd(
        on_silence=lambda: events.append("silence"),
        on_lost=lambda: (events.append("lost"), lost.set()),
    )
    theirs = BrowserEnd()
    await theirs.accept(await ours.answer(await theirs.offer()))
    mixer = Mixer()
    mixer.attach("theirs", theirs)
    mixer.attach("listener", SilentEnd())
    clock = asyncio.create_task(mixer.run())
    await until(mixer, lambda: ours.has_media)
    assert events == []
    clock.cancel()  # from here on it is as quiet as a browser that was killed
    # Reports still come from a living one, and they are rarer than this test's patience.
    async with asyncio.timeout(5):
        await lost.wait()
    assert events == ["silence", "lost"]
    await asyncio.gather(ours.closed(), theirs.closed())


async def test_nothing_is_reported_after_the_leg_is_over(monkeypatch):
    monkeypatch.setattr(browser_end, "NEVER_CAME_SECONDS", 0.0)
    events: list[str] = []
    end = BrowserEnd(on_silence=lambda: events.append("s"), on_lost=lambda: events.append("l"))
    await end.closed()
    end.close()
    assert events == []
