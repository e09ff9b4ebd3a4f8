"""The sound of the phone network: one clock, one mix per listener, and the ends of the lines.

    mixer.py      one 20 ms clock; every leg hears the sum of those it may hear, and its clips
    ends.py       what a mixer asks of a line's end, and the scripted ends (tone, file, silence)
    browser_end.py, playout.py, aiortc_adaptation.py      a browser at the other end (WebRTC)
    speech.py, music.py, clips.py                         what the network itself plays
    recording.py                      what one leg hears and says, kept, with who was mixed into it;
                                      what it says while it is recorded, and whether it speaks
    tones.py, g711.py, frames.py                          measuring and arithmetic

All audio is 8 kHz, mono, signed 16 bit, in frames of 20 ms, as in a telephone exchange.
"""

from contact_center.simulator.audio.ends import MediaEnd, SilentEnd, ToneEnd, WavEnd
from contact_center.simulator.audio.frames import FRAME_SAMPLES, FRAME_SECONDS, RATE, Samples
from contact_center.simulator.audio.mixer import Mixer

__all__ = [
    "FRAME_SAMPLES",
    "FRAME_SECONDS",
    "RATE",
    "MediaEnd",
    "Mixer",
    "Samples",
    "SilentEnd",
    "ToneEnd",
    "WavEnd",
]
