"""Whatever can happen has words on the floor: nothing is shown by its name in the code."""

import pytest

from contact_center.domain.eligibility import Why
from contact_center.domain.events import all_events
from contact_center.domain.line import Kind, Order
from contact_center.domain.ranking import Criterion, Ranking
from contact_center.domain.states import CallState
from contact_center.domain.status import ShownState
from contact_center.models import CommandOutcome, OfferOutcome, OfferState, SegmentKind
from contact_center.selectors.reasons import Ahead
from supervisors.templatetags import floor, reasons, story


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
        (Ranking, story.RANKING_WORDS),
        (Why, reasons.WHY_WORDS),
        (Why, reasons.SENTENCES),
        (Criterion, reasons.DECIDED_WORDS),
        (Criterion, reasons.SCORE_WORDS),
        (Order, reasons.ORDER_WORDS),
        (Kind, reasons.KIND_OF_CALL_WORDS),
        (Ahead, reasons.AHEAD_WORDS),
    ],
)
def test_every_state_has_a_word(kinds: type, words: dict[str, object]) -> None:
    assert set(kinds) == set(words)
