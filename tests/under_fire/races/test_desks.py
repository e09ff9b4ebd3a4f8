"""Two admins write what a queue's desk shows and asks."""

from typing import Any

import pytest

from contact_center.models import QueueDesk
from contact_center.services import keeping_desks, keeping_forms
from tests.under_fire.races.threads import all_at_once, refusals

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("_again", range(4))
def test_a_script_and_a_need_written_at_once_are_both_there(cast: Any, _again: int) -> None:
    results = all_at_once(
        lambda: keeping_desks.set_beside_calls(
            queue_id=cast.sales.pk, script="# Hello", link_label="", link_url="", actor=cast.dana
        ),
        lambda: keeping_forms.set_outcomes(
            queue=cast.sales, outcomes=[], required=True, actor=cast.dana
        ),
    )
    assert not refusals(results)
    desk = QueueDesk.objects.get(queue=cast.sales)
    assert (desk.script, desk.outcome_required) == ("# Hello", True)
