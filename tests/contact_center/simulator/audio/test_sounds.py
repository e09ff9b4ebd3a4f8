"""Ends, measuring, speech, music, files and µ-law."""

import io
import wave

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_center.simulator.audio import RATE, ToneEnd, WavEnd, clips, g711, music, speech
from contact_center.simulator.audio.ends import tone
from contact_center.simulator.audio.tones import levels


def test_a_tone_is_measured_at_its_own_level_and_nowhere_else():
    samples = np.concatenate([ToneEnd(700, level_db=-20).pop() for _ in range(50)])
    measured = levels(samples, (440, 700, 1010))
    assert measured["tones"]["700"] == pytest.approx(-20, abs=0.2)
    assert measured["tones"]["440"] < -90
    assert measured["tones"]["1010"] < -90
    assert measured["rms_db"] == pytest.approx(-23, abs=0.2)


@given(st.integers(10, 780), st.floats(-40, -1))
def test_any_tone_of_a_multiple_of_5_hz_is_measured_within_half_a_decibel(fifth, level_db):
    frequency = 5 * fifth
    measured = levels(tone(frequency, level_db, 0.4), (frequency,))["tones"][str(frequency)]
    assert measured == pytest.approx(level_db, abs=0.5)


def test_silence_and_nothing_at_all_are_called_minus_120():
    for samples in (np.zeros(RATE, np.int16), np.zeros(0, np.int16)):
        assert levels(samples, (440,)) == {"tones": {"440": -120.0}, "rms_db": -120.0}


@pytest.mark.parametrize("frequency", [0, -3, 4000, 9000])
def test_a_tone_no_telephone_carries_is_refused(frequency):
    with pytest.raises(ValueError, match="no tone of"):
        ToneEnd(frequency)


def test_a_recording_is_said_once_and_its_last_frame_is_filled_with_silence():
    end = WavEnd(np.full(200, 9, np.int16))
    assert end.pop().tolist() == [9] * 160
    assert end.pop().tolist() == [9] * 40 + [0] * 120
    assert end.pop() is None


def test_a_looping_recording_goes_on_without_a_seam():
    samples = np.arange(1, 251, dtype=np.int16)
    end = WavEnd(samples, loop=True)
    said = np.concatenate([end.pop() for _ in range(25)])
    assert said.tolist() == np.resize(samples, 4000).tolist()


def test_a_looping_recording_may_be_shorter_than_a_frame():
    end = WavEnd(np.array([1, 2, 3], np.int16), loop=True)
    said = np.concatenate([end.pop() for _ in range(3)])
    assert said.tolist() == np.resize([1, 2, 3], 480).tolist()


def test_every_mu_law_code_is_read_as_ffmpeg_reads_it():
    codec = av.CodecContext.create("pcm_mulaw", "r")
    codec.sample_rate = RATE
    codec.layout = "mono"
    every = bytes(range(256))
    (frame,) = codec.decode(av.Packet(every))
    assert np.array_equal(g711.decode(every), frame.to_ndarray()[0])


def test_every_sample_is_written_as_the_nearest_code_but_for_rounding():
    every = np.arange(-32768, 32768).astype(np.int16)
    decoded = g711.decode(g711.encode(every)).astype(int)
    codes = np.unique(g711.decode(bytes(range(256))).astype(int))
    nearest = np.abs(every.astype(int)[:, None] - codes[None, :]).min(axis=1)
    step = np.maximum(8, np.abs(every.astype(int)) / 16)
    assert (np.abs(decoded - every) <= nearest + step / 2).all()


@pytest.mark.parametrize("language", ["en-US", "es-MX", "fr-FR", "pt-BR", "xx-XX"])
def test_a_menu_is_spoken_in_its_language_and_audibly(language):
    samples = speech.synthesise("Thank you for calling. For sales, press 1.", language)
    assert 1.5 < len(samples) / RATE < 6
    assert -30 < levels(samples, ())["rms_db"] < -12


def test_two_languages_sound_different():
    english = speech.synthesise("Die Katze", "en-US")
    german = speech.synthesise("Die Katze", "de-DE")
    assert not np.array_equal(english, german)


@pytest.mark.parametrize("text", ["", "   ", "\x00\x07"])
def test_nothing_to_say_is_silence(text):
    assert len(speech.synthesise(text)) == 0


def test_the_same_words_are_made_once():
    assert speech.synthesise("Hello") is speech.synthesise(" Hello ")


def test_the_music_is_loud_enough_seamless_and_free_of_the_tones_that_tests_listen_for():
    samples = music.hold_music()
    assert 20 < len(samples) / RATE < 60
    twice = np.concatenate([samples, samples])
    for second in range(0, len(samples) // RATE, 2):
        part = levels(twice[second * RATE : (second + 2) * RATE], music.MEASURING_TONES_HZ)
        assert part["rms_db"] > -30
        assert max(part["tones"].values()) < -80
    steps = np.abs(np.diff(twice.astype(int)))
    assert steps[len(samples) - 1] <= steps.max() / 2


def test_a_sound_file_of_the_web_becomes_line_samples():
    time = np.arange(44100) / 44100
    channel = (10000 * np.sin(2 * np.pi * 440 * time)).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(44100)
        writer.writeframes(np.stack([channel, channel]).T.tobytes())
    samples = clips.decode(file.getvalue(), "audio/wav")
    assert len(samples) == pytest.approx(RATE, abs=40)
    assert levels(samples, (440,))["tones"]["440"] == pytest.approx(-10.3, abs=0.3)


def test_our_own_files_are_read_back_unchanged():
    samples = tone(440, -10, 1.0)
    assert np.array_equal(clips.decode(clips.encode_wav(samples)), samples)


@pytest.mark.parametrize("body", [b"", b"<html>not found</html>", b"RIFF\x00\x00\x00\x00WAVE"])
def test_what_is_no_sound_file_is_refused_with_a_sentence(body):
    with pytest.raises(clips.UnreadableSound, match=r"sound"):
        clips.decode(body, "text/html")


def test_twilios_music_is_never_fetched():
    assert clips.built_in("http://com.twilio.sounds.music.s3.amazonaws.com/MARKOVICHAMP.mp3") is (
        music.hold_music()
    )
    assert clips.built_in("https://example.com/hold.mp3") is None
