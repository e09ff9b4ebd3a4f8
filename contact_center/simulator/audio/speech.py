"""Text to speech by espeak-ng, called through its C library.

The wheel `espeakng-loader` carries the library and its data, so nothing needs to be installed on
the system. The library keeps one global voice and is not thread-safe: one lock guards it all.
"""

import ctypes
import re
import threading
from functools import lru_cache

import espeakng_loader
import numpy as np

from contact_center.simulator.audio.frames import FULL_SCALE, Samples, to_samples
from contact_center.simulator.audio.resampling import from_rate

MAX_CHARACTERS = 4096
"""Twilio speaks no more than this per <Say> either."""

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS
_UTF8 = 1  # espeakCHARS_UTF8
_RATE_PARAMETER = 1  # espeakRATE, words a minute
_WORDS_A_MINUTE = 160
_LOUDEST = 0.6
_DEFAULT_VOICE = "en-us"

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)

_lock = threading.Lock()


class SpeechFailed(RuntimeError):
    """espeak-ng would not speak. The message says at which step."""


class _Espeak:
    """The loaded library, with a callback that gathers what it says."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self._library.espeak_Synth.argtypes = [
            ctypes.c_char_p,
            ctypes.c_size_t,
            ctypes.c_uint,
            ctypes.c_int,
            ctypes.c_uint,
            ctypes.c_uint,
            ctypes.c_void_p,
            ctypes.c_void_p,
        ]
        self.rate = self._library.espeak_Initialize(
            _SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0
        )
        if self.rate <= 0:
            raise SpeechFailed("espeak-ng could not be initialised: is its data folder there?")
        self._parts: list[bytes] = []
        self._callback = _Callback(self._gather)  # kept: the library holds only a pointer
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_SetParameter(_RATE_PARAMETER, _WORDS_A_MINUTE, 0)

    def _gather(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, events: int) -> int:
        if samples and count > 0:
            self._parts.append(ctypes.string_at(samples, 2 * count))
        return 0

    def choose(self, names: tuple[str, ...]) -> None:
        """Speak with the first of these voices that exists."""
        for name in names:
            if self._library.espeak_SetVoiceByName(name.encode()) == 0:
                return
        raise SpeechFailed(f"espeak-ng knows none of the voices {', '.join(names)}.")

    def speak(self, text: str) -> Samples:
        self._parts.clear()
        encoded = text.encode()
        problem = self._library.espeak_Synth(encoded, len(encoded) + 1, 0, 0, 0, _UTF8, None, None)
        if problem:
            raise SpeechFailed(f"espeak-ng answered {problem} when asked to speak.")
        return np.frombuffer(b"".join(self._parts), np.int16)


@lru_cache(maxsize=1)
def _espeak() -> _Espeak:
    return _Espeak()


def synthesise(text: str, language: str = "en-US") -> Samples:
    """Say `text` aloud: 8 kHz samples, about as loud as a person on a telephone.

    `language` is a BCP 47 tag as in TwiML (en-US, es-MX, fr-FR …); its region is dropped when there
    is no voice for it, and what nobody speaks is read in English. Blocking (about 3 ms a second of
    speech): call it in a thread. Raises SpeechFailed.
    """
    tidy = re.sub(r"[\x00-\x1f\s]+", " ", text).strip()[:MAX_CHARACTERS]
    return _synthesise(tidy, language.lower())


@lru_cache(maxsize=256)
def _synthesise(text: str, language: str) -> Samples:
    if not text:
        return np.zeros(0, np.int16)
    with _lock:
        espeak = _espeak()
        espeak.choose((language, language.partition("-")[0], _DEFAULT_VOICE))
        spoken = espeak.speak(text)
    line = from_rate(spoken, espeak.rate)
    loudest = int(np.abs(line.astype(np.int32)).max(initial=1)) or 1
    samples = to_samples(line * (_LOUDEST * FULL_SCALE / loudest))
    samples.flags.writeable = False  # shared by the cache
    return samples
