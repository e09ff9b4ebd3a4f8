"""Events: named in writing, personal in nothing, and every one of them known by its name."""

import json
from dataclasses import fields
from typing import get_type_hints

import pytest

from contact_center.domain import events as ev
from contact_center.domain.states import ACTIVITY_TRANSITIONS, CALL_TRANSITIONS

ALL = ev.all_events()


@pytest.mark.parametrize("kind", ALL.values())
def test_an_event_says_what_it_knows_in_plain_values(kind: type[ev.Event]) -> None:
    event = kind(tenant_id=1, call_id=2)
    details = event.details()
    assert json.loads(json.dumps(details)) == details
    assert not set(details) & ev.REFERENCES
    own = {field.name for field in fields(kind)} - ev.REFERENCES
    assert set(details) == own


@pytest.mark.parametrize("kind", ALL.values())
def test_a_name_is_a_thing_and_what_happened_to_it(kind: type[ev.Event]) -> None:
    thing, _dot, deed = kind.name.partition(".")
    assert thing
    assert deed
    assert kind.name == kind.name.lower()
    assert len(kind.name) <= 40  # what the log's column holds
    # "call.offered" is CallOffered, so that one search finds both.
    assert kind.__name__.lower() == (thing + deed).replace("_", "") or kind.name == "call.connected"


def test_no_two_events_share_a_name() -> None:
    assert len(ALL) == len(ev.Event.__subclasses__())


def test_whatever_moves_a_state_is_an_event_of_the_log() -> None:
    moving = {event for table in (CALL_TRANSITIONS, ACTIVITY_TRANSITIONS)
              for moves in table.values() for event in moves}  # fmt: skip
    assert moving <= set(ALL.values())


def test_nothing_personal_travels_in_an_event() -> None:
    words = ("number", "phone", "name", "caller", "notes", "email", "text")
    for kind in ALL.values():
        for field in get_type_hints(kind):
            if field in ("name", "number_id"):  # the event's own name; the id of one of our numbers
                continue
            assert not any(word in field for word in words), (kind, field)


def test_a_fact_cannot_be_changed_afterwards() -> None:
    event = ev.CallQueued(tenant_id=1, reason="menu")
    with pytest.raises(AttributeError):
        event.reason = "other"  # type: ignore[misc]


def test_an_event_without_an_organisation_is_impossible() -> None:
    with pytest.raises(TypeError):
        ev.CallQueued()  # type: ignore[call-arg]
