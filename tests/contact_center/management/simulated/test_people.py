"""Invented agents: who they are, and that each finds a desk and is signed in."""

from collections import Counter

import pytest
from django.test import Client

from contact_center.management.simulated import people
from contact_center.models import Agent, QueueMember, User


def test_there_are_as_many_as_asked_for_and_no_two_have_one_name() -> None:
    everybody = people.cast(people.MOST)
    assert len({one.username for one in everybody}) == people.MOST
    assert len({(one.first_name, one.last_name) for one in everybody}) == people.MOST
    assert [one.username for one in people.cast(2)] == ["agent001", "agent002"]
    assert list(people.cast(2)) == list(everybody[:2])
    assert Counter(one.team for one in everybody) == {"North": 150, "South": 150}
    assert Counter(one.serves for one in everybody) == {
        ("Sales",): 100,
        ("Support",): 100,
        ("Sales", "Support"): 100,
    }


@pytest.mark.django_db
def test_each_has_a_session_of_his_own_until_it_is_over() -> None:
    signed_in = people.sign_in(people.cast(3))

    assert [one.username for one in signed_in] == ["agent001", "agent002", "agent003"]
    for one in signed_in:
        browser = Client()
        browser.cookies["sessionid"] = one.session_key
        page = browser.get("/agents/")
        assert page.status_code == 200
        assert page.wsgi_request.user.username == one.username
    people.sign_out(signed_in)
    assert browser.get("/agents/").status_code == 302


@pytest.mark.django_db
def test_a_second_time_they_are_the_same_and_what_was_changed_stays() -> None:
    first = people.sign_in(people.cast(3))
    assert User.objects.get(username="agent001").check_password("demo")
    QueueMember.objects.filter(agent_id=first[0].agent_id).delete()

    second = people.sign_in(people.cast(3))

    assert [one.agent_id for one in second] == [one.agent_id for one in first]
    assert Agent.objects.count() == 3
    assert all(agent.slots.count() == 1 for agent in Agent.objects.all())
    assert not QueueMember.objects.filter(agent_id=first[0].agent_id).exists()
