"""What a test commits is gone after it, and what migrations leave is not."""

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType

from contact_center.models import Call, Queue, Tenant, User
from tests.builders import waiting_call
from tests.cast import make_cast
from tests.harness.emptying import empty_what_was_written


@pytest.mark.django_db(transaction=True)
def test_every_row_is_gone_in_whatever_order_they_point_to_each_other() -> None:
    before = (Permission.objects.count(), ContentType.objects.count())
    cast = make_cast()
    Queue.objects.filter(pk=cast.sales.pk).update(overflow_queue=cast.support)
    waiting_call(cast.sales)

    empty_what_was_written()

    for model in (Call, Queue, User, Tenant):
        assert not model.objects.exists(), model
    assert (Permission.objects.count(), ContentType.objects.count()) == before
    assert min(before) > 0
