"""How well sixteen lines are mixed: the price of a tick, and gaps in real time.

    python -m tests.benchmarks.bench_mixer [seconds]

The price is a ratio, so that it means the same on any machine: everything the mixer does in one
tick for sixteen legs who all hear each other (ask, mix, remember, hand over), divided by the bare
numpy arithmetic on the same frames. Gaps are counted in real time on sixteen real WebRTC
connections within this process, both ends of each, which is more than the simulator has to do.
"""

import asyncio
import json
import sys
import time

import numpy as np

from contact_center.simulator.audio import FRAME_SAMPLES, Mixer, ToneEnd
from contact_center.simulator.audio.browser_end import BrowserEnd
from contact_center.simulator.audio.tones import levels

LEGS = 16
SETTLING_SECONDS = 2.0


def everybody_hears_everybody(sids: list[str]) -> dict[str, tuple[str, ...]]:
    return {sid: tuple(other for other in sids if other != sid) for sid in sids}


def seconds_per_call(work, repeats: int = 2000) -> float:
    """The best of five runs, so that a neighbour on the same core does not count."""
    best = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(repeats):
            work()
        best = min(best, (time.perf_counter() - started) / repeats)
    return best


def price_of_a_tick() -> dict[str, float]:
    mixer = Mixer()
    sids = [f"leg {number}" for number in range(LEGS)]
    for number, sid in enumerate(sids):
        mixer.attach(sid, ToneEnd(300 + 50 * number, level_db=-30))
    mixer.set_audibility(everybody_hears_everybody(sids))
    frames = [ToneEnd(300 + 50 * number, level_db=-30).pop() for number in range(LEGS)]

    def bare() -> None:
        for listener in range(LEGS):
            total = np.zeros(FRAME_SAMPLES, np.int32)
            for speaker in range(LEGS):
                if speaker != listener:
                    total += frames[speaker]
            np.clip(total, -32768, 32767).astype(np.int16)

    tick = seconds_per_call(mixer.tick, 500)
    summing = seconds_per_call(bare, 500)
    return {
        "tick_ms": round(tick * 1000, 3),
        "bare_sum_ms": round(summing * 1000, 3),
        "ratio": round(tick / summing, 2),
    }


async def gaps(seconds: float) -> dict[str, float]:
    """Sixteen browsers' worth of packets, each humming a tone, for so many seconds."""
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
        callers.attach(f"tone {number}", ToneEnd(300 + 50 * number, level_db=-30))
    mixer.set_audibility(everybody_hears_everybody(sids))
    callers.set_audibility({sid: (f"tone {number}",) for number, sid in enumerate(sids)})
    await asyncio.sleep(SETTLING_SECONDS)
    before = [mixer.figures(), callers.figures()]
    cpu = time.process_time()
    await asyncio.sleep(seconds)
    cpu = time.process_time() - cpu
    after = [mixer.figures(), callers.figures()]
    heard = [
        levels(callers.said(sid, 2.0), (300 + 50 * (LEGS - 1 - n),)) for n, sid in enumerate(sids)
    ]
    for clock in clocks:
        clock.cancel()
    mixer.close()
    callers.close()
    await asyncio.gather(*(end.closed() for end in ends))
    return {
        "seconds": seconds,
        "legs": LEGS,
        "connections": 2 * LEGS,
        "gaps": sum(a["gaps"] - b["gaps"] for a, b in zip(after, before, strict=True)),
        "late_ticks": sum(
            a["late_ticks"] - b["late_ticks"] for a, b in zip(after, before, strict=True)
        ),
        "worst_late_ms": max(figures["worst_late_ms"] for figures in after),
        "quietest_tone_db": min(min(each["tones"].values()) for each in heard),
        "cpu_percent_per_connection": round(100 * cpu / seconds / (2 * LEGS), 2),
    }


def run(seconds: float = 20.0) -> dict[str, dict[str, float]]:
    """Both measurements; `make bench` prints them."""
    return {"tick": price_of_a_tick(), "real_time": asyncio.run(gaps(seconds))}


if __name__ == "__main__":
    print(json.dumps(run(float(sys.argv[1]) if len(sys.argv) > 1 else 20.0), indent=2))
