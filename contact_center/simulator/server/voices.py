"""What scripted people sound like, and how their sound is measured."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from contact_center.simulator.audio import clips, ends, tones
from contact_center.simulator.server.sound import MediaEnd, Samples


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
