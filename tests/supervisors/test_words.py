"""Whatever can happen has words on the floor: nothing is shown by its name in the code."""

import pytest

from contact_center.domain.events import all_events
from contact_center.domain.states import CallState
from contact_center.domain.status import ShownState
from contact_center.models import CommandOutcome, OfferOutcome, OfferState, SegmentKind
from supervisors.templatetags import floor, story

#: Events that are about people alone and never stand in the story of a call.
ABOUT_PEOPLE = {"presence", "next_presence", "phone", "agent.returned"}


def test_every_event_of_a_call_has_words() -> None:
    of_calls = {
        name
        for name in all_events()
        if name not in ABOUT_PEOPLE and name.split(".")[0] not in ABOUT_PEOPLE
    }
    assert of_calls == set(story.EVENT_WORDS)


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        (CallState, floor.CALL_WORDS),
        (ShownState, floor.AGENT_WORDS),
        (SegmentKind, story.PLACE_WORDS),
        (OfferOutcome, story.OFFER_WORDS),
        (OfferState, story.OFFER_STATE_WORDS),
        (CommandOutcome, story.OUTCOME_WORDS),
    ],
)
def test_every_state_has_a_word(kinds: type, words: dict[str, object]) -> None:
    assert set(kinds) == set(words)
