"""Sixteen lines mixed: the price of a tick against bare sums, and gaps in a call of 60 s.

    python -m tests.benchmarks.bench_mixer [seconds]

The price is everything the mixer does in one tick for sixteen legs who all hear each other (ask,
mix, remember, hand over), against the bare numpy sums of the same frames. Gaps are counted in real
time on sixteen WebRTC connections, both ends of each in this one process, which is twice what the
simulator has to do.
"""

import asyncio
import sys
import time

import numpy as np

from contact_center.simulator.audio import FRAME_SAMPLES, Mixer, ToneEnd
from contact_center.simulator.audio.browser_end import BrowserEnd
from contact_center.simulator.audio.tones import levels
from tests.benchmarks.measures import Measure, ratio

LEGS = 16
SECONDS = 60.0
SETTLING_SECONDS = 2.0


def run(seconds: float = SECONDS) -> dict[str, object]:
    """Both measurements; `seconds` is how long the calls last."""
    return {"a tick, sixteen legs": price_of_a_tick()} | asyncio.run(calls(seconds))


def price_of_a_tick() -> Measure:
    """The mixer's own work as a ratio to the sums alone."""
    mixer = Mixer()
    sids = [f"leg {number}" for number in range(LEGS)]
    for number, sid in enumerate(sids):
        mixer.attach(sid, ToneEnd(_tone(number), level_db=-30))
    mixer.set_audibility(_everybody_hears_everybody(sids))
    frames = [ToneEnd(_tone(number), level_db=-30).pop() for number in range(LEGS)]

    def bare() -> None:
        for listener in range(LEGS):
            total = np.zeros(FRAME_SAMPLES, np.int32)
            for speaker in range(LEGS):
                if speaker != listener:
                    total += frames[speaker]
            np.clip(total, -32768, 32767).astype(np.int16)

    return ratio(mixer.tick, bare, times=200, at_most=1.0)


async def calls(seconds: float) -> dict[str, object]:
    """Sixteen calls, everybody humming a tone and hearing all others."""
    mixer, callers = Mixer(), Mixer()
    clocks = [asyncio.create_task(each.run()) for each in (mixer, callers)]
    ends: list[BrowserEnd] = []
    sids = [f"leg {number}" for number in range(LEGS)]
    for number, sid in enumerate(sids):
        ours, theirs = BrowserEnd(), BrowserEnd()
        await theirs.accept(await ours.answer(await theirs.offer()))
        ends += [ours, theirs]
        mixer.attach(sid, ours)
        callers.attach(sid, theirs)
        callers.attach(f"tone {number}", ToneEnd(_tone(number), level_db=-30))
    mixer.set_audibility(_everybody_hears_everybody(sids))
    callers.set_audibility({sid: (f"tone {number}",) for number, sid in enumerate(sids)})
    await asyncio.sleep(SETTLING_SECONDS)
    before = [each.figures() for each in (mixer, callers)]
    cpu = time.process_time()
    await asyncio.sleep(seconds)
    cpu = time.process_time() - cpu
    after = [each.figures() for each in (mixer, callers)]
    quietest = min(
        levels(callers.said(sid, 2.0), (_tone(LEGS - 1 - number),))["tones"].popitem()[1]
        for number, sid in enumerate(sids)
        if _tone(number) != _tone(LEGS - 1 - number)
    )
    for clock in clocks:
        clock.cancel()
    mixer.close()
    callers.close()
    await asyncio.gather(*(end.closed() for end in ends))

    def grown(name: str) -> float:
        return sum(a[name] - b[name] for a, b in zip(after, before, strict=True))

    return {
        f"gaps in {seconds:g} s": Measure(grown("gaps"), "gaps", at_most=0),
        "late ticks": Measure(grown("late_ticks"), "ticks"),
        "worst lateness": Measure(max(each["worst_late_ms"] for each in after), "ms"),
        "loss of level, quietest tone": Measure(-30 - quietest, "dB", at_most=1),
        "processor, each connection": Measure(100 * cpu / seconds / (2 * LEGS), "% of a core"),
    }


def _tone(number: int) -> float:
    return 300 + 50 * number


def _everybody_hears_everybody(sids: list[str]) -> dict[str, tuple[str, ...]]:
    return {sid: tuple(other for other in sids if other != sid) for sid in sids}


if __name__ == "__main__":
    for name, measure in run(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS).items():
        print(f"{name}: {measure}")
