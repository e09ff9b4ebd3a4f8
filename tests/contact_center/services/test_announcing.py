"""What callers hear while they wait, as their queue has it, from document to document."""

from itertools import pairwise
from typing import Any

import pytest

from contact_center.models import Queue, Segment
from contact_center.services import talking
from tests.universe.floor import Floor

PLACE = "next in line"
MUSIC = "<Play>http://localhost:8000/static/hold_music.mp3</Play>"
STILL = "You have kept your place in line."


def documents(floor: Floor, seconds: float) -> list[str]:
    """What the caller is given to hear in so many seconds."""
    before = len(floor.requests)
    floor.pass_seconds(seconds)
    return [
        floor.answers[request.request_id]
        for request in floor.requests[before:]
        if "/wait/" in request.url
    ]


def rules(queue: Queue, **fields: object) -> None:
    Queue.objects.filter(pk=queue.pk).update(**fields)


def first_document(floor: Floor) -> str:
    return next(floor.answers[r.request_id] for r in floor.requests if "/wait/" in r.url)


def test_a_queue_that_announces_nothing_plays_music_alone(floor: Floor, cast: Any) -> None:
    rules(cast.support, announce="none")
    floor.ring()
    heard = [first_document(floor), *documents(floor, 40)]
    assert all(MUSIC in document and "<Say" not in document for document in heard)
    assert Segment.objects.get(kind="queue").announced_at is None


def test_a_queue_that_was_given_a_file_plays_it_in_line_and_on_hold(
    floor: Floor, cast: Any
) -> None:
    rules(cast.support, music="wait-music/x7.mp3", music_url="https://example.com/m.mp3")
    file = "<Play>http://localhost:8000/wait-music/x7.mp3</Play>"
    floor.on_duty(cast.alice)
    _call, offer, _leg = floor.conversation(cast.alice)
    assert file in first_document(floor)
    talking.hold(offer=offer, agent=cast.alice)
    floor.pass_seconds(2)
    [held] = [floor.answers[r.request_id] for r in floor.requests if "/hold/" in r.url]
    assert file in held
    assert "example.com" not in "".join(floor.answers.values())


def test_a_queue_that_announces_the_wait_alone_is_silent_while_it_is_not_known(
    floor: Floor, cast: Any
) -> None:
    rules(cast.support, announce="wait")
    floor.ring()
    heard = [first_document(floor), *documents(floor, 40)]
    assert all(MUSIC in document and "<Say" not in document for document in heard)


def test_the_first_announcement_can_come_later(floor: Floor, cast: Any) -> None:
    rules(cast.support, announce_first_after=20)
    floor.ring()
    assert PLACE not in first_document(floor)
    heard = documents(floor, 40)
    assert [PLACE in document for document in heard] == [False, True]


@pytest.mark.once
def test_announcements_keep_the_distance_the_queue_says(floor: Floor, cast: Any) -> None:
    rules(cast.support, announce_every=40)
    floor.ring()
    assert PLACE in first_document(floor)
    heard = documents(floor, 70)
    assert [PLACE in document for document in heard] == [False, False, True, False]


def test_the_place_is_told_again_only_when_it_is_better(floor: Floor, cast: Any) -> None:
    rules(cast.support, announce_only_if_better=True, announce_every=20)
    first = floor.ring()
    second = floor.ring(from_="+14155550143")
    stay = Segment.objects.get(call__sid=second, kind="queue")
    assert stay.told_place == 2
    assert not any("number 2" in document for document in documents(floor, 40))
    floor.hang_up(first)
    heard = documents(floor, 40)
    assert sum(PLACE in document for document in heard) == 1
    stay.refresh_from_db()
    assert stay.told_place == 1


def test_comfort_is_spoken_between_announcements(floor: Floor, cast: Any) -> None:
    rules(
        cast.support, announce_every=3600, comfort_every=30, comfort_text="Our tea is still warm."
    )
    floor.ring()
    assert "Our tea" not in first_document(floor)
    heard = documents(floor, 90)
    comforted = ["Our tea is still warm." in document for document in heard]
    assert sum(comforted) == 2
    assert not any(one and other for one, other in pairwise(comforted))
    assert all(MUSIC in document for document in heard)
    assert not any(STILL in document for document in heard)


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("", "", STILL),
        ("es-ES", "Our tea is still warm.", "Conserva su lugar en la cola."),
        ("en-US", "Our tea is still warm.", "Our tea is still warm."),
    ],
)
def test_who_chose_another_language_is_comforted_in_it(
    floor: Floor, cast: Any, language: str, text: str, said: str
) -> None:
    rules(cast.support, announce="none", comfort_every=20, comfort_text=text)
    floor.ring()
    cast.support.calls.update(language=language)
    heard = "".join(documents(floor, 40))
    assert said in heard
    assert f'language="{language or "en-US"}"' in heard


def test_no_document_loops_or_is_without_sound(floor: Floor, cast: Any) -> None:
    """Each ends by itself, so that the next request is the caller's heartbeat."""
    rules(cast.support, announce_every=20, comfort_every=20)
    floor.ring()
    for document in [first_document(floor), *documents(floor, 60)]:
        assert "<Play" in document
        assert 'loop="0"' not in document
        assert "<Redirect" not in document
        assert "<Pause" not in document
