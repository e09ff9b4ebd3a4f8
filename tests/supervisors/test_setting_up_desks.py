"""Set-up of desks: outcomes and the form after a call; who may, and how a refusal is said."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contact_center.models import Disposition, EventLog, QueueDesk, WrapUpField
from contact_center.services import keeping_forms
from contact_center.services.keeping_forms import Field, Outcome
from tests import builders
from tests.builders import signed_in
from tests.cast import Cast
from tests.supervisors.reading import events, said

pytestmark = [pytest.mark.django_db, pytest.mark.once]

LIST = reverse("supervisors:set-up:desks")
EVERY = reverse("supervisors:set-up:desks-every")


def page(name: str, queue_id: int) -> str:
    return reverse(f"supervisors:set-up:desks-{name}", args=[queue_id])


def rows(*lines: dict[str, Any]) -> dict[str, Any]:
    """What the page sends of a list; an entry that is ticked by default stays so."""
    sent: dict[str, Any] = {}
    for index, line in enumerate(lines):
        whole = {"kind": "text", "is_active": "on", "place": index + 1} | line
        sent |= {f"{name}_{index}": say for name, say in whole.items() if say is not None}
    return sent


def test_an_admin_sets_desks_up_and_nobody_else_learns_that_there_are_any(cast: Cast) -> None:
    pages = [LIST, EVERY, page("desk", cast.support.pk)]
    deeds = [
        page("outcomes", cast.support.pk),
        page("fields", cast.support.pk),
        page("beside", cast.support.pk),
        reverse("supervisors:set-up:desks-every-outcomes"),
        reverse("supervisors:set-up:desks-every-fields"),
    ]
    for address in pages:
        assert signed_in(cast.dana).get(address).status_code == 200, address
        assert Client().get(address).headers["Location"].startswith(reverse("sign-in"))
    for person in (cast.carol, cast.alice.user, cast.dave, cast.erin.user):
        browser = signed_in(person)
        for address in pages:
            answer = browser.get(address)
            assert answer.status_code == 404, address
            assert "Solved" not in said(answer)
        for address in deeds:
            assert browser.post(address, rows({"label": "Mine"})).status_code == 404, address
    assert set(Disposition.objects.values_list("label", flat=True)) == {"Solved"}
    assert not WrapUpField.objects.exists()


def test_no_desk_of_another_organisation_is_seen_or_touched(cast: Cast) -> None:
    theirs = Disposition.objects.create(tenant=cast.other_tenant, label="Theirs")
    dana = signed_in(cast.dana)
    assert "Theirs" not in said(dana.get(EVERY))
    assert dana.get(page("desk", cast.other_queue.pk)).status_code == 404
    for name in ("outcomes", "fields", "beside"):
        answer = dana.post(page(name, cast.other_queue.pk), rows({"label": "Mine"}))
        assert answer.status_code == 404
    sent = rows({"label": "Mine", "id": theirs.pk})
    answer = dana.post(reverse("supervisors:set-up:desks-every-outcomes"), sent)
    assert answer.status_code == 422
    assert "Somebody else has changed this list." in said(answer)
    theirs.refresh_from_db()
    assert theirs.label == "Theirs"


def test_outcomes_are_written_in_groups_ordered_and_wanted(cast: Cast) -> None:
    dana = signed_in(cast.dana)
    sent = rows(
        {"label": "Part sent", "group": "Repair", "place": 2},
        {"label": "Fax sent", "is_active": None, "place": 3},
        {"label": "Money back", "group": "Money", "place": 1},
    )
    address = page("outcomes", cast.support.pk)
    answer = dana.post(address, sent | {"required": "on"}, follow=True)
    assert "Saved. Agents see it with the next call." in said(answer)
    written = Disposition.objects.filter(queue=cast.support)
    assert list(written.values_list("label", "group", "is_active")) == [
        ("Money back", "Money", True), ("Part sent", "Repair", True), ("Fax sent", "", False),
    ]  # fmt: skip
    assert QueueDesk.objects.get().outcome_required
    (changed,) = EventLog.objects.all()
    assert (changed.name, changed.actor_id) == ("outcomes.changed", cast.dana.pk)
    assert changed.details == {"added": 3, "changed": 0, "removed": 0, "required": True}
    again = rows(
        *({"label": row.label, "group": row.group, "id": row.pk,
           "is_active": "on" if row.is_active else None} for row in written)
    ) | {"required": "on"}  # fmt: skip
    assert "It was so already." in said(dana.post(address, again, follow=True))
    assert len(events()) == 1
    # Two outcomes of Support beside the one of every queue.
    assert "Support 3 yes 0" in said(dana.get(LIST))


def test_an_outcome_goes_with_its_name_unless_calls_came_to_it(cast: Cast) -> None:
    solved = Disposition.objects.get(label="Solved")
    call = builders.waiting_call(cast.support)
    builders.handled(builders.offer(call, cast.alice, disposition=solved))
    spare = Disposition.objects.create(tenant=cast.tenant, label="Spare", position=1)
    dana = signed_in(cast.dana)
    address = reverse("supervisors:set-up:desks-every-outcomes")
    kept = {"label": "Solved", "id": solved.pk}
    dana.post(address, rows(kept, {"label": "", "id": spare.pk}))
    assert not Disposition.objects.filter(label="Spare").exists()
    answer = dana.post(address, rows(kept | {"label": ""}))
    assert answer.status_code == 422
    assert "1 call came to “Solved”. Keep it, and take the tick from “Offered”." in said(answer)
    assert Disposition.objects.filter(label="Solved").exists()


def test_a_form_is_written_with_every_kind_of_field(cast: Cast) -> None:
    dana = signed_in(cast.dana)
    sent = rows(
        {"label": "Order number", "is_required": "on"},
        {"label": "Product", "kind": "choice", "choices": " Tent, Stove , Tent,"},
        {"label": "Price", "kind": "number"},
        {"label": ""},
    )
    dana.post(page("fields", cast.support.pk), sent)
    found = WrapUpField.objects.values_list("label", "kind", "choices", "is_required", "queue")
    assert list(found) == [
        ("Order number", "text", [], True, cast.support.pk),
        ("Product", "choice", ["Tent", "Stove"], False, cast.support.pk),
        ("Price", "number", [], False, cast.support.pk),
    ]
    assert events() == ["wrap_up_form.changed"]
    shown = said(dana.get(page("desk", cast.support.pk)))
    assert "Written for every queue: Solved." in shown


@pytest.mark.parametrize(
    ("name", "line", "sentence"),
    [
        ("fields", {"label": "Product", "kind": "choice", "choices": " , "},
         "Say what may be chosen for “Product”, with commas between."),
        ("fields", {"label": "", "choices": "Tent"}, "Give it a name first."),
        ("fields", {"label": "Product", "kind": "colour"}, "Choose one from the list."),
        ("fields", {"label": "x" * 61}, "At most 60 letters; these are 61."),
        ("outcomes", {"label": "", "group": "Money"}, "Give it a name first."),
        ("outcomes", {"label": "Done", "place": "0"}, "Write a whole number from 1 to 999."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_nothing_is_saved(
    cast: Cast, name: str, line: dict[str, Any], sentence: str
) -> None:
    answer = signed_in(cast.dana).post(page(name, cast.support.pk), rows(line))
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert events() == []
    assert not WrapUpField.objects.exists()


def test_one_name_is_there_once(cast: Cast) -> None:
    sent = rows({"label": "Done"}, {"label": "done"})
    answer = signed_in(cast.dana).post(page("outcomes", cast.support.pk), sent)
    assert "“done” is there twice. Nobody can tell them apart." in said(answer)
    assert not Disposition.objects.filter(queue=cast.support).exists()


def test_lists_have_an_end(cast: Cast) -> None:
    with pytest.raises(keeping_forms.NotAllowed, match="At most 60 of them"):
        keeping_forms.set_outcomes(
            queue=None,
            outcomes=[Outcome(str(n)) for n in range(61)],
            required=None,
            actor=cast.dana,
        )
    with pytest.raises(keeping_forms.NotAllowed, match="At most 20 of them"):
        keeping_forms.set_wrap_up_form(
            queue=None, fields=[Field(str(n)) for n in range(21)], actor=cast.dana
        )
    assert events() == []


# --- beside the call -----------------------------------------------------------------------------

LINK = "https://crm.example.com/?tel={number}"


def test_script_and_link_are_written_and_shown_as_agents_see_them(cast: Cast) -> None:
    dana = signed_in(cast.dana)
    address = page("beside", cast.support.pk)
    sent = {"script": "# Hello\r\n1. Ask {name}", "link_label": "File", "link_url": LINK}
    assert "Saved." in said(dana.post(address, sent, follow=True))
    desk = QueueDesk.objects.get()
    assert (desk.queue, desk.script) == (cast.support, "# Hello\n1. Ask {name}")
    assert (desk.link_label, desk.link_url, desk.outcome_required) == ("File", LINK, False)
    assert "It was so already." in said(dana.post(address, sent, follow=True))
    (changed,) = EventLog.objects.all()
    assert (changed.name, changed.details) == ("queue_desk.changed", {"what": ["script", "link"]})
    shown = dana.get(page("desk", cast.support.pk))
    assert "Ask Maren Oduya" in said(shown)
    assert "script, File" in said(dana.get(LIST))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"link_url": "javascript:alert(1)"}, "The address has to begin with https:// or http://"),
        ({"link_url": "https://{name}/"}, "comes the name of the other system, without a variable"),
        ({"link_url": LINK + "{tel}"}, "There is no {tel}. There are {number}, {name},"),
        ({"link_url": LINK + "{"}, "A brace has lost its other one."),
        ({"link_url": "https://a.example/a b"}, "An address has no spaces. Write %20 for one."),
        ({"link_label": ""}, "Say what the link's button says, like “Customer file”."),
        ({"link_label": "x" * 41}, "At most 40 letters; these are 41."),
        ({"script": "x" * 5001}, "At most 5000 letters; these are 5001."),
    ],
)
def test_a_link_that_leads_nowhere_safe_is_refused_with_a_sentence(
    cast: Cast, wrong: dict[str, str], sentence: str
) -> None:
    sent = {"script": "", "link_label": "File", "link_url": LINK} | wrong
    answer = signed_in(cast.dana).post(page("beside", cast.support.pk), sent)
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not QueueDesk.objects.exists()
    assert events() == []
