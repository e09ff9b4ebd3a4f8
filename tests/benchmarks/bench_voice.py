"""From a browser's invite to sound in both directions, against a bare WebRTC connection.

A browser without a screen calls over the real signalling, network, runner and mixer, and a clip is
played to it. The bare connection is the same pair of WebRTC ends without anything in between: ICE,
DTLS and the first packet.
"""

import asyncio
import statistics
import time

from contact_center.simulator.audio import Mixer, Samples, ToneEnd
from contact_center.simulator.audio.browser_end import BrowserEnd
from contact_center.simulator.audio.ends import tone
from contact_center.simulator.core.effects import Clip
from tests.benchmarks.measures import Measure
from tests.contact_center.simulator.gateway.floor import CALLER, NUMBER, Floor, a_floor, moments

CALLS = 10
AUDIBLE_DB = -40
GREETING = "<Response><Play loop='0'>greeting.wav</Play></Response>"


class Greeting:
    """Every clip is a tone."""

    async def samples(self, clip: Clip) -> Samples:
        return tone(1010, -15, 5.0)


def run() -> dict[str, object]:
    """Medians of ten calls."""
    return asyncio.run(_measure())


async def _measure() -> dict[str, object]:
    async with a_floor(voice=GREETING, clips=Greeting()) as floor:
        await _call(floor, 0)  # the first one pays for what is loaded late
        calls = [await _call(floor, number) for number in range(1, CALLS + 1)]
    bare = [await _bare() for _ in range(CALLS)]
    answer, heard, spoken = (statistics.median(column) for column in zip(*calls, strict=True))
    connection = statistics.median(bare)
    return {
        "invite to sound in the browser": Measure(
            heard / connection,
            at_most=3,
            note=f"{heard * 1000:.0f} ms against {connection * 1000:.0f} ms",
        ),
        "invite to answer": Measure(answer * 1000, "ms"),
        "invite to microphone at the network": Measure(spoken * 1000, "ms"),
    }


async def _call(floor: Floor, number: int) -> tuple[float, float, float]:
    """Seconds from invite until the answer, until she hears, and until she is heard."""
    phone = await floor.browser(f"phone_{number}")
    name, voice = f"phone {number}", f"voice {number}"
    started = time.perf_counter()
    sid = await phone.connect(From=CALLER, To=NUMBER)
    await phone.be_answered()
    answer = time.perf_counter() - started
    floor.far_side.attach(name, phone.media)
    floor.far_side.attach(voice, ToneEnd(440))
    floor.far_side.set_audibility({name: (voice,)})
    heard = spoken = 0.0
    async for _ in moments():
        passed = time.perf_counter() - started
        if not heard and floor.far_side.levels(name)["said_db"] > AUDIBLE_DB:
            heard = passed
        if not spoken and floor.mixer.levels(sid)["said_db"] > AUDIBLE_DB:
            spoken = passed
        if heard and spoken:
            break
    await phone.say("hangup", callsid=sid)
    await floor.status(sid, "completed")
    floor.far_side.detach(name)
    floor.far_side.detach(voice)
    return answer, heard, spoken


async def _bare() -> float:
    """Seconds until a bare connection delivers its first packet."""
    started = time.perf_counter()
    ours, theirs = BrowserEnd(), BrowserEnd()
    mixer = Mixer()
    mixer.attach("ours", ours)
    clock = asyncio.create_task(mixer.run())
    await theirs.accept(await ours.answer(await theirs.offer()))
    async for _ in moments():
        if theirs.has_media:
            break
    passed = time.perf_counter() - started
    clock.cancel()
    mixer.close()
    await asyncio.gather(ours.closed(), theirs.closed())
    return passed
