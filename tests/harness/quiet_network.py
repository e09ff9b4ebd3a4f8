"""A phone network without sound that remembers what everybody heard.

    python -m tests.harness.quiet_network --port 8100 …     (options as of the simulator)

`GET /quiet/heard` says what each leg heard: its sentences, and the spans in which it heard nothing.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from contact_center.simulator.__main__ import parser, settings_from
from contact_center.simulator.core.effects import Clip, Speak
from contact_center.simulator.server.app import Simulator
from contact_center.simulator.server.parts import Parts
from contact_center.simulator.server.quiet import NoVoices, QuietClips, QuietMixer
from contact_center.simulator.server.runner import Runner
from contact_center.simulator.server.sound import Samples

#: Nothing heard for less than this is not worth telling.
SHORTEST_SILENCE = 1.0


class _Seconds(float):
    """How long a clip lasts, and which it is."""

    clip: Clip


class _Clips(QuietClips):
    async def samples(self, clip: Clip) -> Samples:
        seconds = _Seconds(await super().samples(clip))
        seconds.clip = clip
        return seconds


@dataclass
class _Ear:
    """What one leg heard. Times are the loop's seconds."""

    silent_since: float | None = None
    silences: list[tuple[float, float]] = field(default_factory=list)
    sentences: list[tuple[float, str]] = field(default_factory=list)
    playing: set[int] = field(default_factory=set)
    hears_somebody: bool = False


class ListeningMixer(QuietMixer):
    """Notes for each leg when it heard something and, after its first clip, when nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.ears: dict[str, _Ear] = {}

    def start_clip(self, leg_sid: str, token: int, samples: Samples, loop: bool) -> None:
        super().start_clip(leg_sid, token, samples, loop)
        ear = self._ear(leg_sid)
        ear.playing.add(token)
        if isinstance(samples, _Seconds) and isinstance(samples.clip, Speak):
            ear.sentences.append((_now(), samples.clip.text))
        self._note(ear)

    def stop_clip(self, leg_sid: str, token: int) -> None:
        super().stop_clip(leg_sid, token)
        self._ear(leg_sid).playing.discard(token)
        self._note(self._ear(leg_sid))

    def detach(self, leg_sid: str) -> None:
        super().detach(leg_sid)
        ear = self._ear(leg_sid)
        ear.playing.clear()
        ear.hears_somebody = True  # whoever has hung up hears no silence of ours
        self._note(ear)

    def set_audibility(self, audibility: Mapping[str, tuple[str, ...]]) -> None:
        for leg_sid, ear in self.ears.items():
            if leg_sid in self._ends:
                ear.hears_somebody = bool(audibility.get(leg_sid))
                self._note(ear)

    def _finished(self, leg_sid: str, token: int) -> None:
        self._ear(leg_sid).playing.discard(token)
        super()._finished(leg_sid, token)
        self._note(self._ear(leg_sid))

    def _ear(self, leg_sid: str) -> _Ear:
        return self.ears.setdefault(leg_sid, _Ear())

    def _note(self, ear: _Ear) -> None:
        now = _now()
        if ear.playing or ear.hears_somebody:
            if ear.silent_since is not None and now - ear.silent_since >= SHORTEST_SILENCE:
                ear.silences.append((ear.silent_since, now))
            ear.silent_since = None
        elif ear.silent_since is None:
            ear.silent_since = now


def _now() -> float:
    return asyncio.get_running_loop().time()


class ListeningParts(Parts):
    """No sound, but everybody can be asked what was heard."""

    def __init__(self) -> None:
        self._ears = ListeningMixer()
        super().__init__(mixer=self._ears, clips=_Clips(), voices=NoVoices())

    def routes(self, runner: Runner) -> Sequence[web.RouteDef]:
        """What was heard."""
        return [web.get("/quiet/heard", self.heard)]

    async def heard(self, request: web.Request) -> web.Response:
        """Sentences and silences of every leg, in seconds before now."""
        now = _now()
        return web.json_response(
            {
                leg_sid: {
                    "sentences": [[now - at, text] for at, text in ear.sentences],
                    "silences": [[now - since, until - since] for since, until in ear.silences]
                    + (
                        [[now - ear.silent_since, now - ear.silent_since]]
                        if ear.silent_since is not None
                        else []
                    ),
                }
                for leg_sid, ear in self._ears.ears.items()
            }
        )


async def serve(host: str, port: int, simulator: Simulator) -> None:
    """Run until the process is ended."""
    runner = web.AppRunner(simulator.app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    await asyncio.Event().wait()


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run a quiet network; the options are the simulator's."""
    logging.basicConfig(level=logging.INFO, format="network: %(message)s")
    chosen = parser(environment).parse_args(arguments)
    settings = settings_from(arguments, environment)
    asyncio.run(serve(chosen.host, chosen.port, Simulator(settings, ListeningParts())))


if __name__ == "__main__":
    main(sys.argv[1:], os.environ)
