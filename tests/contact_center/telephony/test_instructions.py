"""What would end in "an application error has occurred" is refused while nobody listens yet."""

import dataclasses

import pytest

from contact_center.telephony.instructions import (
    DialNumber,
    Enqueue,
    Gather,
    Instruction,
    JoinConference,
    Pause,
    Play,
    Redirect,
    Say,
)

URL = "https://cc.example.org/next"
JOIN = JoinConference(
    name="c-1",
    participant_label="agent-1",
    status_callback=URL,
    start_on_enter=True,
    end_on_exit=False,
)
DIAL = DialNumber("+14155550177", "+14155550102", URL, ring_seconds=30, time_limit_seconds=7200)


@pytest.mark.parametrize("url", ["/relative", "next", "", "ftp://cc.example.org/a", "javascript:1"])
def test_of_addresses_only_absolute_ones_are_taken(url: str) -> None:
    for make in (
        lambda: Play(url),
        lambda: Redirect(url),
        lambda: Gather(url),
        lambda: Enqueue("q_1", wait_url=url, action=URL),
        lambda: Enqueue("q_1", wait_url=URL, action=url),
        lambda: dataclasses.replace(JOIN, status_callback=url),
        lambda: dataclasses.replace(JOIN, action=url),
        lambda: dataclasses.replace(DIAL, action=url),
    ):
        with pytest.raises(ValueError, match="absolute http"):
            make()


def test_an_empty_wait_url_is_silence_and_therefore_allowed() -> None:
    assert dataclasses.replace(JOIN, wait_url="").wait_url == ""
    with pytest.raises(ValueError, match="wait_url of JoinConference"):
        dataclasses.replace(JOIN, wait_url="/music.mp3")


def test_what_the_network_would_refuse_names_itself_its_value_and_the_limit() -> None:
    refused = {
        "number of DialNumber is empty": lambda: dataclasses.replace(DIAL, number=""),
        "caller_id of DialNumber is empty": lambda: dataclasses.replace(DIAL, caller_id=""),
        "ring_seconds of DialNumber must be 5 to 600, not 0": lambda: dataclasses.replace(
            DIAL, ring_seconds=0
        ),
        "text of Say has 4097 characters; the network takes 4096": lambda: Say("x" * 4097),
        "loop of Play must be 0 to 1000, not 1001": lambda: Play(URL, loop=1001),
        "seconds of Pause must be 1 to 3600, not 0": lambda: Pause(0),
        "timeout_seconds of Gather must be 1 to 600, not 0": lambda: Gather(URL, timeout_seconds=0),
        "num_digits of Gather must be 1 to 128, not 0": lambda: Gather(URL, num_digits=0),
        "finish_on_key of Gather is one key .* not '12'": lambda: Gather(URL, finish_on_key="12"),
        "finish_on_key of Gather is one key .* not 'x'": lambda: Gather(URL, finish_on_key="x"),
        "queue_name of Enqueue is empty": lambda: Enqueue(" ", wait_url=URL, action=URL),
        "queue_name of Enqueue has 65 characters; the network takes 64": lambda: Enqueue(
            "q" * 65, wait_url=URL, action=URL
        ),
        "name of JoinConference has 129": lambda: dataclasses.replace(JOIN, name="c" * 129),
        "participant_label of JoinConference has 129": lambda: dataclasses.replace(
            JOIN, participant_label="p" * 129
        ),
        "max_participants of JoinConference must be 2 to 250, not 251": lambda: dataclasses.replace(
            JOIN, max_participants=251
        ),
        "time_limit_seconds of JoinConference must be 1 to 86400": lambda: dataclasses.replace(
            JOIN, time_limit_seconds=86_401
        ),
    }
    for sentence, make in refused.items():
        with pytest.raises(ValueError, match=sentence):
            make()


def test_the_limits_themselves_are_still_allowed() -> None:
    allowed: list[Instruction] = [
        Say("x" * 4096),
        Play(URL, loop=1000),
        Play(URL, loop=0),
        Gather(URL, num_digits=None, finish_on_key="#"),
        Enqueue("q" * 64, wait_url=URL, action=URL),
        dataclasses.replace(JOIN, name="c" * 128, max_participants=250, time_limit_seconds=86_400),
    ]
    assert len(allowed) == 6


def test_instructions_are_values_two_equal_ones_are_one() -> None:
    assert Gather(URL, (Say("Hello"),)) == Gather(URL, (Say("Hello"),))
    assert len({Say("Hello"), Say("Hello"), Say("Good-bye")}) == 2
