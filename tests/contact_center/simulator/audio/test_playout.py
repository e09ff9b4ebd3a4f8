import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from contact_center.simulator.audio import FRAME_SAMPLES, Samples
from contact_center.simulator.audio.playout import PlayoutBuffer


def speech(first_frame: int, frames: int = 1) -> Samples:
    """Samples that say where they belong: their own position, never zero."""
    start = first_frame * FRAME_SAMPLES
    return (np.arange(start, start + frames * FRAME_SAMPLES) % 30000 + 1).astype(np.int16)


def heard(buffer: PlayoutBuffer, frames: int) -> Samples:
    popped = [buffer.pop() for _ in range(frames)]
    return np.concatenate([frame for frame in popped if frame is not None] or [np.zeros(0)])


def test_it_waits_for_a_cushion_of_60_ms_and_then_plays_everything_once():
    buffer = PlayoutBuffer()
    buffer.add(0, speech(0))
    buffer.add(160, speech(1))
    assert buffer.pop() is None
    buffer.add(320, speech(2))
    assert np.array_equal(heard(buffer, 3), speech(0, 3))


@given(st.permutations(range(6)), st.sampled_from([0, 2**31 - 300, 2**32 - 300]))
def test_packets_may_come_in_any_order_and_across_the_end_of_the_numbers(order, origin):
    buffer = PlayoutBuffer()
    buffer.add(origin, speech(0))
    for packet in order:
        buffer.add((origin + (packet + 1) * 160) & 0xFFFFFFFF, speech(packet + 1))
        buffer.add((origin + (packet + 1) * 160) & 0xFFFFFFFF, speech(packet + 1))
    assert np.array_equal(heard(buffer, 7), speech(0, 7))
    assert buffer.lost_frames == 0


@given(st.lists(st.sampled_from([80, 160, 240, 320, 480]), min_size=6, max_size=30))
def test_packets_may_have_any_length(lengths):
    buffer = PlayoutBuffer()
    everything = speech(0, sum(lengths) // FRAME_SAMPLES + 1)
    position = 0
    for length in lengths:
        buffer.add(position, everything[position : position + length])
        position += length
    frames = position // FRAME_SAMPLES
    assert np.array_equal(heard(buffer, frames), everything[: frames * FRAME_SAMPLES])


def test_a_lost_packet_is_bridged_softly_and_what_follows_is_in_its_place():
    buffer = PlayoutBuffer()
    for frame in (0, 1, 3, 4):
        buffer.add(frame * 160, speech(frame))
    sound = heard(buffer, 5).reshape(5, FRAME_SAMPLES)
    assert np.array_equal(sound[2], speech(1) // 2)
    assert np.array_equal(sound[3], speech(3))
    assert buffer.lost_frames == 1
    assert buffer.gaps == 0


def test_what_comes_late_is_still_heard_and_counts_as_one_gap():
    buffer = PlayoutBuffer()
    for frame in range(3):
        buffer.add(frame * 160, speech(frame))
    heard(buffer, 3)
    for _ in range(10):
        buffer.pop()
    for frame in range(3, 7):
        buffer.add(frame * 160, speech(frame))
    assert np.array_equal(heard(buffer, 4), speech(3, 4))
    assert buffer.gaps == 1


def test_somebody_who_stops_for_good_has_no_gap():
    buffer = PlayoutBuffer()
    for frame in range(3):
        buffer.add(frame * 160, speech(frame))
    for _ in range(100):
        buffer.pop()
    assert buffer.pop() is None
    assert buffer.gaps == 0


def test_a_cushion_that_nobody_needs_shrinks_until_it_is_thin_again():
    buffer = PlayoutBuffer()
    for frame in range(12):
        buffer.add(frame * 160, speech(frame))
    for frame in range(12, 3000):
        buffer.pop()
        buffer.add(frame * 160, speech(frame))
    waiting = (buffer._newest - buffer._read) // FRAME_SAMPLES
    assert waiting <= 4
    assert buffer.gaps == 0


def test_a_jump_in_the_numbers_starts_anew():
    buffer = PlayoutBuffer()
    for frame in range(3):
        buffer.add(frame * 160, speech(frame))
    heard(buffer, 3)
    for frame in range(3):
        buffer.add(5_000_000 + frame * 160, speech(frame))
    assert np.array_equal(heard(buffer, 3), speech(0, 3))
