"""What a test commits is gone after it, and what migrations leave is not."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError, connections

from contact_center.models import Call, Queue, Tenant, User
from tests.builders import waiting_call
from tests.cast import make_cast
from tests.harness.emptying import empty_what_was_written, send_everybody_else_out


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


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_a_thread_has_left_keeps_nobody_from_dropping_the_database() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(Queue.objects.count).result(10) == 0
        send_everybody_else_out()
        with pytest.raises(OperationalError):
            pool.submit(Queue.objects.count).result(10)
        pool.submit(connections.close_all).result(10)
    assert Queue.objects.count() == 0
