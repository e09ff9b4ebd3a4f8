"""Whatever can happen has words on the floor: nothing is shown by its name in the code."""

import pytest

from contact_center.domain.events import all_events
from contact_center.domain.states import CallState
from contact_center.domain.status import ShownState
from contact_center.models import CommandOutcome, OfferOutcome, OfferState, SegmentKind
from supervisors.templatetags import floor, story


def test_every_event_has_words() -> None:
    assert set(all_events()) == set(story.EVENT_WORDS)


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
