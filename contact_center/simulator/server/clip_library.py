"""The sounds the core asks for: spoken, fetched, or the network's own."""

from __future__ import annotations

import asyncio
import time

import aiohttp

from contact_center.simulator.audio import chimes, clips, music, speech
from contact_center.simulator.core.effects import (
    Beep,
    Clip,
    HoldTone,
    Keys,
    PlayUrl,
    RingTone,
    Speak,
)
from contact_center.simulator.server.reach import Reach
from contact_center.simulator.server.runner import ClipUnavailable
from contact_center.simulator.server.sound import Samples

LARGEST_FILE = 50 * 1024 * 1024
FETCH_SECONDS = 15.0
KEEP_SECONDS = 60.0
"""A fetched sound is used again for this long: every waiting caller asks for the same music."""

MOST_KEPT = 32


class ClipLibrary:
    """Makes or fetches sounds, off the event loop where it takes time."""

    def __init__(self, reach: Reach | None = None) -> None:
        self._reach = reach or Reach()
        self._session: aiohttp.ClientSession | None = None
        self._kept: dict[str, tuple[float, asyncio.Task[Samples]]] = {}

    async def samples(self, clip: Clip) -> Samples:
        """The sound, at 8 kHz. Raises ClipUnavailable with a sentence."""
        match clip:
            case Speak(text, _, language):
                try:
                    return await asyncio.to_thread(speech.synthesise, text, language)
                except speech.SpeechFailed as problem:
                    raise ClipUnavailable(str(problem))
            case HoldTone():
                return await asyncio.to_thread(music.hold_music)
            case PlayUrl(url):
                return await self._played(url)
            case Beep():
                return chimes.beep()
            case RingTone():
                return chimes.ring_tone()
            case Keys(digits):
                return chimes.pressed(digits)

    async def close(self) -> None:
        """Close the connections."""
        for _, task in self._kept.values():
            task.cancel()
        if self._session is not None:
            await self._session.close()

    async def _played(self, url: str) -> Samples:
        if (own := await asyncio.to_thread(clips.built_in, url)) is not None:
            return own
        now = time.monotonic()
        for kept, (until, _) in list(self._kept.items()):
            if until < now or len(self._kept) > MOST_KEPT:
                del self._kept[kept]
        if url not in self._kept:
            self._kept[url] = (now + KEEP_SECONDS, asyncio.ensure_future(self._fetched(url)))
        task = self._kept[url][1]
        try:
            return await asyncio.shield(task)
        except ClipUnavailable:
            self._kept.pop(url, None)
            raise

    async def _fetched(self, url: str) -> Samples:
        if not self._reach.allows(url):
            raise ClipUnavailable(self._reach.refusal(url))
        if self._session is None:
            self._session = aiohttp.ClientSession()
        timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
        try:
            async with self._session.get(url, timeout=timeout) as response:
                if response.status != 200:
                    raise ClipUnavailable(f"{url} answered HTTP {response.status}.")
                if (response.content_length or 0) > LARGEST_FILE:
                    raise ClipUnavailable(f"{url} is larger than {LARGEST_FILE} bytes.")
                body = await response.read()
                content_type = response.content_type
        except (aiohttp.ClientError, TimeoutError) as problem:
            raise ClipUnavailable(f"{url} could not be fetched: {problem or 'timed out'}.")
        try:
            return await asyncio.to_thread(clips.decode, body, content_type)
        except clips.UnreadableSound as problem:
            raise ClipUnavailable(f"{url}: {problem}")
