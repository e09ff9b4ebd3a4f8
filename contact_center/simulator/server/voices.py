"""What scripted people sound like, and how their sound is measured."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from contact_center.simulator.audio import chimes, clips, ends, speech, tones
from contact_center.simulator.audio.frames import RATE
from contact_center.simulator.core.effects import Beep, Hum, Speak, Utterance
from contact_center.simulator.server.sound import MediaEnd, Samples

HUM_DB = -15.0
HUM_SECONDS = 10.0
"""A whole number of waves of every whole frequency: repeated, it has no seam."""


class RealVoices:
    """People with sound: a tone, a recording, or silence."""

    def voice(self, tone_hz: float | None, wav: bytes | None) -> MediaEnd:
        """A tone if there is one, else the recording over and over, else silence."""
        if tone_hz is not None:
            if not 50 <= tone_hz <= 3800:
                raise _unheard("'tone' must be from 50 to 3800 hertz.")
            return ends.ToneEnd(tone_hz)
        if wav is not None:
            try:
                return ends.WavEnd(clips.decode(wav, "audio/wav"), loop=True)
            except clips.UnreadableSound as problem:
                raise _unheard(f"'wav': {problem}")
        return ends.SilentEnd()

    def mouth(self) -> ends.Mouth:
        """Somebody who says something now and then."""
        return ends.Mouth()

    async def spoken(self, sound: Utterance) -> tuple[Samples, float]:
        """What it sounds like, and how many seconds it lasts. Raises SpeechFailed."""
        match sound:
            case Speak(text, _, language):
                samples = await asyncio.to_thread(speech.synthesise, text, language)
            case Hum(hz):
                samples = ends.tone(hz, HUM_DB, HUM_SECONDS)
            case Beep():
                samples = chimes.beep()
        return samples, len(samples) / RATE

    def levels(self, samples: Samples, frequencies_hz: Sequence[float]) -> dict[str, Any]:
        """Level of each tone and of everything, in dB relative to full scale."""
        return dict(tones.levels(samples, frequencies_hz))

    def levels_over_time(
        self, samples: Samples, frequencies_hz: Sequence[float]
    ) -> dict[str, list[float]]:
        """Level of each tone in every 200 ms, every 20 ms anew."""
        return tones.levels_over_time(samples, frequencies_hz)


def _unheard(sentence: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"error": sentence}), content_type="application/json")
