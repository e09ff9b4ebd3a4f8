"""The cast is who the tests believe it is."""

import pytest

from tests.cast import PASSWORD, Cast


def test_alice_and_bob_serve_both_queues_and_dave_none(cast: Cast) -> None:
    assert set(cast.alice.queues.all()) == {cast.sales, cast.support}
    assert set(cast.bob.queues.all()) == {cast.sales, cast.support}
    assert not hasattr(cast.dave, "agent")


def test_erin_belongs_to_somebody_else(cast: Cast) -> None:
    assert cast.erin.tenant == cast.other_tenant != cast.tenant
    assert list(cast.erin.queues.all()) == [cast.other_queue]


@pytest.mark.parametrize("name", ["carol", "dana", "dave"])
def test_everybody_can_sign_in(cast: Cast, name: str) -> None:
    assert getattr(cast, name).check_password(PASSWORD)
