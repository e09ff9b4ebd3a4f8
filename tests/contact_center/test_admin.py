"""Set-up by an admin, who sees one organisation and nothing of another."""

from typing import Any

import pytest
from django.forms import modelform_factory
from django.test import Client
from django.urls import reverse

from contact_center.models import (
    Agent,
    Menu,
    MenuChoice,
    MenuVersion,
    PhoneNumber,
    Queue,
    QueueMember,
    Team,
    TeamSupervisor,
    Tenant,
    User,
)
from tests.cast import Cast, make_user

pytestmark = pytest.mark.django_db

TABLES = ("user", "agent", "team", "queue", "phonenumber", "menu", "menuversion", "disposition")


def url(table: str, what: str = "changelist", *args: Any) -> str:
    """The address of a page of the admin."""
    return reverse(f"admin:contact_center_{table}_{what}", args=args)


def browser_of(user: User) -> Client:
    """A browser with somebody's session."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def dana(cast: Cast) -> Client:
    """Our admin's browser."""
    return browser_of(cast.dana)


@pytest.fixture
def installer(cast: Cast) -> Client:
    """The person who installed the site, who belongs to no organisation."""
    root = User.objects.create(username="root", is_staff=True, is_superuser=True)
    return browser_of(root)


def management(prefix: str, rows: int = 0) -> dict[str, str]:
    """What a browser sends of an inline table with so many new rows."""
    return {
        f"{prefix}-TOTAL_FORMS": str(rows),
        f"{prefix}-INITIAL_FORMS": "0",
        f"{prefix}-MIN_NUM_FORMS": "0",
        f"{prefix}-MAX_NUM_FORMS": "1000",
    }


@pytest.mark.parametrize("table", TABLES)
def test_an_admin_opens_every_list_and_form(table: str, dana: Client) -> None:
    assert dana.get(url(table)).status_code == 200
    assert dana.get(url(table, "add")).status_code == 200


@pytest.mark.parametrize("table", [*TABLES, "tenant"])
def test_the_installer_opens_every_list_and_form(table: str, installer: Client) -> None:
    assert installer.get(url(table)).status_code == 200
    assert installer.get(url(table, "add")).status_code == 200


@pytest.mark.parametrize("table", [*TABLES, "tenant"])
def test_nobody_else_gets_in(table: str, cast: Cast) -> None:
    for person in (cast.alice.user, cast.carol, cast.dave):
        assert browser_of(person).get(url(table)).status_code == 302
    # Being let into the admin by mistake gives a supervisor no rights there.
    cast.carol.is_staff = True
    cast.carol.save()
    assert browser_of(cast.carol).get(url(table)).status_code == 403


def test_an_admin_sees_the_own_organisation_and_no_other(cast: Cast, dana: Client) -> None:
    listed = dana.get(url("tenant")).content.decode()
    assert "Ours" in listed
    assert "Theirs" not in listed
    assert dana.get(url("tenant", "change", cast.tenant.pk)).status_code == 200
    answer = dana.get(url("tenant", "change", cast.other_tenant.pk))
    assert answer.status_code == 302, "as if there were no such row"


def test_an_admin_changes_what_the_own_organisation_allows_and_not_its_name(
    cast: Cast, dana: Client
) -> None:
    dana.post(url("tenant", "change", cast.tenant.pk), {"name": "Mine", "private_listening": "on"})
    dana.post(url("tenant", "change", cast.other_tenant.pk), {"private_listening": "on"})
    cast.tenant.refresh_from_db()
    cast.other_tenant.refresh_from_db()
    assert (cast.tenant.name, cast.tenant.private_listening) == ("Ours", True)
    assert not cast.other_tenant.private_listening


def test_an_admin_neither_makes_nor_removes_organisations(cast: Cast, dana: Client) -> None:
    assert dana.get(url("tenant", "add")).status_code == 403
    assert dana.get(url("tenant", "delete", cast.tenant.pk)).status_code == 403


def test_nothing_of_another_organisation_is_listed_found_or_offered(
    cast: Cast, dana: Client
) -> None:
    listed = dana.get(url("agent")).content.decode()
    assert "Alice" in listed
    assert "Erin" not in listed
    for table, row in (
        ("agent", cast.erin.pk),
        ("user", cast.erin.user.pk),
        ("queue", cast.other_queue.pk),
    ):
        answer = dana.get(url(table, "change", row))
        assert answer.status_code == 302, "as if there were no such row"
    form = dana.get(url("queue", "change", cast.sales.pk)).content.decode()
    assert "Alice" in form
    assert "Erin" not in form
    Queue.objects.filter(pk=cast.other_queue.pk).update(name="Theirs alone")
    assert "Theirs alone" not in dana.get(url("disposition", "add")).content.decode()


def test_a_reference_to_another_organisation_is_refused(cast: Cast, dana: Client) -> None:
    answer = dana.post(
        url("phonenumber", "add"), {"e164": "+14155550109", "queue": cast.other_queue.pk}
    )
    assert answer.status_code == 200
    assert "Select a valid choice" in answer.content.decode()
    assert not PhoneNumber.objects.filter(e164="+14155550109").exists()


def test_even_the_installer_cannot_tie_two_organisations_together(
    cast: Cast, installer: Client
) -> None:
    answer = installer.post(
        url("phonenumber", "add"),
        {"e164": "+14155550109", "tenant": cast.tenant.pk, "queue": cast.other_queue.pk},
    )
    assert "different organisations" in answer.content.decode()
    answer = installer.post(
        url("queue", "change", cast.sales.pk),
        {
            "tenant": cast.tenant.pk,
            "name": "Sales",
            "wrap_up_extensions": "3",
            **management("members", 1),
            "members-0-agent": cast.erin.pk,
            "members-0-queue": cast.sales.pk,
        },
    )
    assert answer.status_code == 200
    assert not QueueMember.objects.filter(agent=cast.erin, queue=cast.sales).exists()


def new_person(dana: Client, username: str, role: str) -> User:
    """Dana adds somebody."""
    dana.post(
        url("user", "add"),
        {
            "username": username,
            "usable_password": "true",
            "password1": "a long enough pass phrase",
            "password2": "a long enough pass phrase",
            "role": role,
        },
    )
    return User.objects.get(username=username)


def test_a_new_agent_belongs_to_us_and_has_a_desk_with_room_for_a_call(
    cast: Cast, dana: Client
) -> None:
    frida = new_person(dana, "frida", "agent")
    assert frida.tenant == cast.tenant
    assert not frida.is_staff
    assert frida.agent.tenant == cast.tenant
    assert frida.agent.slots.count() == 1
    assert "no queue: gets no calls" in dana.get(url("agent")).content.decode()


def test_a_new_supervisor_has_no_desk_and_no_set_up(cast: Cast, dana: Client) -> None:
    greta = new_person(dana, "greta", "supervisor")
    assert not Agent.objects.filter(user=greta).exists()
    assert not greta.is_staff


def test_a_new_admin_may_set_up_and_is_no_superuser(cast: Cast, dana: Client) -> None:
    henk = new_person(dana, "henk", "admin")
    assert henk.is_staff
    assert not henk.is_superuser
    assert browser_of(henk).get(url("queue")).status_code == 200


def test_an_admin_cannot_make_anybody_an_installer(cast: Cast, dana: Client) -> None:
    dana.post(
        url("user", "change", cast.carol.pk),
        {"username": "carol", "role": "supervisor", "is_active": "on", "is_superuser": "on"},
    )
    cast.carol.refresh_from_db()
    assert not cast.carol.is_superuser
    assert cast.carol.tenant == cast.tenant


def test_people_and_desks_are_switched_off_not_deleted(cast: Cast, dana: Client) -> None:
    assert dana.post(url("user", "delete", cast.alice.user.pk), {"post": "yes"}).status_code == 403
    assert dana.post(url("agent", "delete", cast.alice.pk), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=cast.alice.user.pk).exists()


def test_presence_is_the_agents_own_choice(cast: Cast, dana: Client) -> None:
    dana.post(
        url("agent", "change", cast.alice.pk),
        {"presence": "available", **management("memberships")},
    )
    cast.alice.refresh_from_db()
    assert cast.alice.presence == "offline"


def test_a_queue_shows_what_an_empty_field_means(cast: Cast, dana: Client) -> None:
    form = dana.get(url("queue", "change", cast.sales.pk)).content.decode()
    assert "Empty: 5, from the settings." in form
    assert "default (5)" in dana.get(url("queue")).content.decode()


def test_two_queues_of_one_name_are_refused_with_a_sentence(cast: Cast, dana: Client) -> None:
    answer = dana.post(
        url("queue", "add"),
        {"name": "Sales", "wrap_up_extensions": "3", **management("members")},
    )
    assert answer.status_code == 200, "a form with a sentence, not a crash"
    assert Queue.objects.filter(tenant=cast.tenant, name="Sales").count() == 1


def queue_form(queue: Queue, **said: str) -> dict[str, str]:
    """What a browser sends of a queue, as the form shows it but for what is ``said``."""
    form = modelform_factory(Queue, exclude=["tenant"])(instance=queue)
    shown = {name: form[name].value() for name in form.fields}
    sent = {
        name: str(value)
        for name, value in shown.items()
        if value is not None and value is not False
    }
    return {**sent, **management("members"), **said}


def test_an_admin_says_how_many_may_wait_how_long_and_where_the_others_go(
    cast: Cast, dana: Client
) -> None:
    said = {
        "capacity": "20",
        "max_wait_seconds": "600",
        "overflow_to": "queue",
        "overflow_queue": str(cast.support.pk),
        "overflow_percent": "50",
        "when_nobody": "overflow",
        "closing_text": "Please write to us.",
    }
    answer = dana.post(url("queue", "change", cast.sales.pk), queue_form(cast.sales, **said))
    assert answer.status_code == 302, answer.content.decode()
    cast.sales.refresh_from_db()
    assert (cast.sales.capacity, cast.sales.max_wait_seconds) == (20, 600)
    assert (cast.sales.overflow_queue, cast.sales.overflow_percent) == (cast.support, 50)


@pytest.mark.parametrize(
    ("into", "sentence"),
    [
        ("", "Choose the queue that callers overflow to."),
        ("sales", "A queue cannot overflow into itself."),
        ("other_queue", "Select a valid choice."),
    ],
)
def test_an_overflow_that_leads_nowhere_is_refused_with_a_sentence(
    into: str, sentence: str, cast: Cast, dana: Client
) -> None:
    target = str(getattr(cast, into).pk) if into else ""
    said = queue_form(cast.sales, overflow_to="queue", overflow_queue=target)
    answer = dana.post(url("queue", "change", cast.sales.pk), said)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    cast.sales.refresh_from_db()
    assert cast.sales.overflow_to == ""


@pytest.mark.parametrize(
    ("places", "sentence"),
    [((), "leads nowhere"), (("menu", "queue"), "cannot lead to two")],
)
def test_a_number_leads_to_one_place(
    places: tuple[str, ...], sentence: str, cast: Cast, dana: Client
) -> None:
    every = {"menu": cast.menu.menu.pk, "queue": cast.sales.pk}
    answer = dana.post(
        url("phonenumber", "add"),
        {"e164": "+14155550109", **{place: every[place] for place in places}},
    )
    assert sentence in answer.content.decode()
    assert not PhoneNumber.objects.filter(e164="+14155550109").exists()


@pytest.mark.parametrize("number", ["", "0141555501", "+0", "+1415555010x", "+" + "1" * 40])
def test_a_number_that_is_none_is_refused(number: str, cast: Cast, dana: Client) -> None:
    answer = dana.post(url("phonenumber", "add"), {"e164": number, "queue": cast.sales.pk})
    assert answer.status_code == 200
    assert PhoneNumber.objects.filter(tenant=cast.tenant).count() == 3


def test_a_new_version_is_a_draft_until_it_is_published(cast: Cast, dana: Client) -> None:
    dana.post(
        url("menuversion", "add"),
        {
            "menu": cast.menu.menu.pk,
            "greeting": "Good day.",
            "no_input_text": "No key.",
            "wrong_key_text": "Wrong key.",
            **management("choices", 1),
            "choices-0-key": "1",
            "choices-0-label": "sales",
            "choices-0-queue": cast.sales.pk,
        },
    )
    draft = MenuVersion.objects.get(greeting="Good day.")
    assert draft.number == 2
    assert draft.published_at is None
    dana.post(url("menuversion"), {"action": "publish", "_selected_action": [draft.pk]})
    draft.refresh_from_db()
    assert draft.published_at is not None
    assert "Main menu v2" in dana.get(url("menu")).content.decode()


def test_a_published_version_stays_as_it_is_and_can_be_copied(cast: Cast, dana: Client) -> None:
    """Calls that are in it keep it for their whole life."""
    page = url("menuversion", "change", cast.menu.pk)
    assert dana.post(page, {"greeting": "Changed."}).status_code == 403
    copy = {
        "_saveasnew": "1",
        "menu": cast.menu.menu.pk,
        "greeting": "A copy.",
        "no_input_text": "No key.",
        "wrong_key_text": "Wrong key.",
        **management("choices"),
    }
    dana.post(page, copy)
    cast.menu.refresh_from_db()
    assert cast.menu.greeting == "Welcome."
    made = MenuVersion.objects.get(greeting="A copy.")
    assert (made.number, made.published_at) == (2, None)


def test_a_version_that_leads_nowhere_is_not_published(cast: Cast, dana: Client) -> None:
    menu = Menu.objects.create(tenant=cast.tenant, name="Empty")
    version = MenuVersion.objects.create(menu=menu, number=1, greeting="Hello.")
    answer = dana.post(
        url("menuversion"), {"action": "publish", "_selected_action": [version.pk]}, follow=True
    )
    assert "leads nowhere" in answer.content.decode()
    version.refresh_from_db()
    assert version.published_at is None


def test_the_keys_of_a_published_version_stay(cast: Cast, dana: Client) -> None:
    keys = list(MenuChoice.objects.filter(version=cast.menu).values_list("pk", "key"))
    form = dana.get(url("menuversion", "change", cast.menu.pk)).content.decode()
    assert "choices-0-key" not in form
    dana.post(
        url("menuversion", "change", cast.menu.pk),
        {**management("choices", 1), "choices-0-key": "9", "choices-0-queue": cast.sales.pk},
    )
    assert list(MenuChoice.objects.filter(version=cast.menu).values_list("pk", "key")) == keys


def test_a_new_organisation_can_be_dispatched(cast: Cast, installer: Client) -> None:
    installer.post(url("tenant", "add"), {"name": "Third", "slug": "third"})
    third = Tenant.objects.get(slug="third")
    assert third.dispatch_lock is not None
    make_user(third, "ida", "agent")
    assert installer.get(url("user")).status_code == 200


def test_a_menu_is_not_written_in_a_language_that_nobody_can_choose(
    dana: Client, cast: Cast
) -> None:
    form = {
        "menu": cast.menu.menu_id,
        "language": "fi-FI",
        "greeting": "Tervetuloa.",
        "no_input_text": "…",
        "wrong_key_text": "…",
        **management("choices"),
    }
    refused = dana.post(url("menuversion", "add"), form)
    assert b"fi-FI is not spoken here. Write one of en-US, es-ES, fr-FR" in refused.content
    assert not MenuVersion.objects.filter(language="fi-FI").exists()
    dana.post(url("menuversion", "add"), {**form, "language": "fr-FR"})
    assert MenuVersion.objects.filter(language="fr-FR").exists()


# Teams


def team_form(**said: Any) -> dict[str, Any]:
    """What a browser sends of the page of a team."""
    return {"name": "North", **management("supervisors"), **said}


def test_an_admin_makes_a_team_of_agents_and_says_who_supervises_it(
    cast: Cast, dana: Client
) -> None:
    page = dana.get(url("team", "add")).content.decode()
    assert "Alice" in page
    assert "Erin" not in page, "another organisation's agent is not offered"
    assert f'<option value="{cast.carol.pk}">' in page
    assert f'<option value="{cast.dana.pk}">' not in page, "an admin sees everybody anyway"
    said = team_form(agents=[cast.alice.pk], **management("supervisors", 1))
    answer = dana.post(url("team", "add"), said | {"supervisors-0-user": cast.carol.pk})
    assert answer.status_code == 302
    team = Team.objects.get()
    assert (team.name, team.tenant) == ("North", cast.tenant)
    assert [*team.agents.all()] == [cast.alice]
    assert [one.user for one in team.supervisors.all()] == [cast.carol]
    listed = dana.get(url("team")).content.decode()
    assert "North" in listed
    assert "Carol" in listed


def test_an_agent_who_is_put_into_a_team_leaves_the_other(cast: Cast, dana: Client) -> None:
    south = Team.objects.create(tenant=cast.tenant, name="South")
    Agent.objects.filter(tenant=cast.tenant).update(team=south)
    dana.post(url("team", "add"), team_form(agents=[cast.alice.pk]))
    assert [*Team.objects.get(name="North").agents.all()] == [cast.alice]
    assert [*south.agents.all()] == [cast.bob]
    dana.post(url("team", "change", south.pk), team_form(name="South", agents=[]))
    assert not south.agents.exists()


def test_nobody_of_another_organisation_gets_into_a_team(cast: Cast, dana: Client) -> None:
    said = team_form(agents=[cast.erin.pk])
    assert dana.post(url("team", "add"), said).status_code == 200, "shown again, with what is wrong"
    assert not Team.objects.exists()
    assert Agent.objects.get(pk=cast.erin.pk).team is None


def test_a_team_that_somebody_supervises_is_kept(cast: Cast, dana: Client) -> None:
    team = Team.objects.create(tenant=cast.tenant, name="North")
    TeamSupervisor.objects.create(team=team, user=cast.carol)
    dana.post(url("team", "delete", team.pk), {"post": "yes"})
    assert Team.objects.exists()
    TeamSupervisor.objects.all().delete()
    dana.post(url("team", "delete", team.pk), {"post": "yes"})
    assert not Team.objects.exists()
