"""Contacts from a file and into one: who may, what a trial says, and what is written."""

import re
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from contact_center.models import Contact, ContactNumber, EventLog, User
from contact_center.services.keeping_contacts import write_contact
from tests.builders import CALLER, signed_in
from tests.cast import Cast
from tests.supervisors.reading import events, said

pytestmark = pytest.mark.django_db

PAGE = reverse("supervisors:set-up:contacts")
TRY = reverse("supervisors:set-up:contacts-try")
IMPORT = reverse("supervisors:set-up:contacts-import")
EXPORT = reverse("supervisors:set-up:contacts-export")


def tried(browser: Client, text: str | bytes) -> Any:
    content = text if isinstance(text, bytes) else text.encode()
    return browser.post(TRY, {"file": SimpleUploadedFile("people.csv", content)})


def imported(browser: Client, text: str) -> Any:
    """Tried and then imported, with what the page of the trial has kept."""
    page = tried(browser, text).content.decode()
    found = re.search(r'name="content" value="([^"]*)"', page)
    assert found is not None
    return browser.post(IMPORT, {"content": unescape(found[1])}, follow=True)


def knows(actor: User, name: str, *numbers: str, shared: bool = True, **said: Any) -> Contact:
    values = {"company": "", "email": "", "notes": "", "tags": []} | said
    return write_contact(
        contact=None, name=name, numbers=[(number, "") for number in numbers],
        is_shared=shared, actor=actor, **values,
    )  # fmt: skip


def test_an_admin_alone_brings_contacts_in_and_takes_them_out(cast: Cast) -> None:
    knows(cast.dana, "Maren", CALLER)
    assert signed_in(cast.dana).get(PAGE).status_code == 200
    assert Client().get(PAGE).headers["Location"].startswith(reverse("sign-in"))
    for person in (cast.carol, cast.alice.user, cast.dave, cast.erin.user):
        browser = signed_in(person)
        assert browser.get(PAGE).status_code == 404
        assert tried(browser, "Name\nAnn").status_code == 404
        assert browser.post(IMPORT, {"content": "TmFtZQpBbm4="}).status_code == 404
        taken = browser.post(EXPORT)
        assert taken.status_code == 404
        assert "Maren" not in taken.content.decode()
    assert signed_in(cast.dana).get(EXPORT).status_code == 405
    assert Contact.objects.count() == 1


def test_a_trial_says_what_would_happen_and_writes_nothing(cast: Cast) -> None:
    knows(cast.dana, "Maren", CALLER)
    answer = tried(
        signed_in(cast.dana),
        "Name;Phone;E-mail;Shoe size\nAnn;(415) 555-0177;;40\nMaren Oduya;415 555 0142;;\n"
        ";415 555 0178;;\nBen;12;;\nCid;;nobody;\n",
    )
    page = said(answer)
    assert "Read as UTF-8, columns parted by a semicolon. Nothing is written yet." in page
    assert "These columns say nothing to us: Shoe size." in page
    assert "1 new , 1 changed, 0 merged, 0 known already, 3 refused" in page
    assert "4 — refused There is no name." in page
    assert "5 Ben refused “12” is no telephone number." in page
    assert "6 Cid refused “nobody” is no e-mail address." in page
    assert "3 Maren Oduya changed Known as Maren." in page
    assert "Import 2 lines" in page
    assert list(Contact.objects.values_list("name", flat=True)) == ["Maren"]
    assert events() == ["contact.made"]


def test_an_import_writes_numbers_as_e164_and_leaves_what_the_file_leaves_empty(cast: Cast) -> None:
    maren = knows(cast.dana, "Maren", CALLER, company="Quillmarsh", notes="Kind.", tags=["Press"])
    answer = imported(
        signed_in(cast.dana),
        "Name,Company,Tags,Notes,Number 1,What it is 1,Number 2\n"
        'Maren Oduya,,"Press, Late",Rings late.,\'+1 415 555 0142,work,(415) 555-0143\n',
    )
    assert "Imported: 0 new, 1 changed, 0 merged, 0 known already, 0 refused." in said(answer)
    maren.refresh_from_db()
    assert (maren.name, maren.company) == ("Maren Oduya", "Quillmarsh")
    assert maren.notes == "Kind.\n\nRings late."
    assert {tag.name for tag in maren.tags.all()} == {"Press", "Late"}
    assert list(maren.numbers.values_list("number", "label")) == [
        (CALLER, "work"), ("+14155550143", ""),
    ]  # fmt: skip
    assert events()[-2:] == ["contact.changed", "contacts.imported"]
    again = imported(signed_in(cast.dana), "Name,Phone\nMaren Oduya,4155550142\n" * 1)
    assert "0 changed, 0 merged, 1 known already" in said(again)


def test_who_is_there_twice_becomes_one(cast: Cast) -> None:
    first = knows(cast.dana, "Maren", CALLER, notes="First.")
    knows(cast.dana, "M. Oduya", "+14155550143", notes="Second.")
    answer = tried(
        signed_in(cast.dana),
        "Name,Number 1,Number 2\nMaren Oduya,4155550142,4155550143\n"
        "Ann,4155550177,\nAnn Lee,+1-415-555-0177,4155550178\n",
    )
    assert "2 Maren Oduya merged These are one now: Maren, M. Oduya." in said(answer)
    assert "4 Ann Lee merged The same as line 3." in said(answer)
    assert Contact.objects.count() == 2
    imported(
        signed_in(cast.dana),
        "Name,Number 1,Number 2\nMaren Oduya,4155550142,4155550143\n"
        "Ann,4155550177,\nAnn Lee,+1-415-555-0177,4155550178\n",
    )
    first.refresh_from_db()
    assert (first.name, first.notes) == ("Maren Oduya", "First.\n\nSecond.")
    assert set(Contact.objects.values_list("name", flat=True)) == {"Maren Oduya", "Ann Lee"}
    assert ContactNumber.objects.count() == 4


def test_without_a_number_an_e_mail_address_tells_who_it_is(cast: Cast) -> None:
    ann = knows(cast.dana, "Ann", email="ann@example.com")
    imported(signed_in(cast.dana), "Name,E-mail,Company\nAnn Lee,Ann@example.com,Tents\n")
    ann.refresh_from_db()
    assert (ann.name, ann.company, Contact.objects.count()) == ("Ann Lee", "Tents", 1)


def test_nobodys_own_contact_and_no_other_organisations_is_touched_or_taken(cast: Cast) -> None:
    own = knows(cast.alice.user, "Aunt", CALLER, shared=False)
    theirs = knows(cast.erin.user, "Theirs", CALLER)
    imported(signed_in(cast.dana), "Name,Phone\nMaren,4155550142\n")
    own.refresh_from_db()
    theirs.refresh_from_db()
    assert (own.name, theirs.name) == ("Aunt", "Theirs")
    text = signed_in(cast.dana).post(EXPORT).content.decode()
    assert "Maren" in text
    assert "Aunt" not in text
    assert "Theirs" not in text


def test_an_export_runs_nothing_comes_back_the_same_and_is_written_down(cast: Cast) -> None:
    knows(cast.dana, '=HYPERLINK("x")', CALLER, company="-Dash", notes="@all", tags=["+plus"])
    answer = signed_in(cast.dana).post(EXPORT)
    assert answer["Content-Disposition"] == 'attachment; filename="contacts.csv"'
    text = answer.content.decode()
    assert text.startswith("\ufeffName,Company,E-mail,Tags,Notes,Number 1,What it is 1\r\n")
    assert f'"\'=HYPERLINK(""x"")",\'-Dash,,\'+plus,\'@all,\'{CALLER},' in text
    assert "0 new , 0 changed, 0 merged, 1 known already, 0 refused" in said(
        tried(signed_in(cast.dana), text)
    )
    taken = EventLog.objects.get(name="contacts.exported")
    assert (taken.actor_id, taken.details) == (cast.dana.pk, {"contacts": 1})


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"Company\nx", "No column is called “Name”."),
        (b"Name,Contact\nx,y", "Two columns are the same: name."),
        (b"Name\n\x81\x00", "This is no text. Save the table as CSV, in UTF-8."),
        (b" ", "Nothing is in this file."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(
    cast: Cast, content: bytes, sentence: str
) -> None:
    answer = tried(signed_in(cast.dana), content)
    assert answer.status_code == 422
    assert sentence in said(answer)


def test_no_file_and_a_file_that_is_not_here_any_more_are_said(cast: Cast) -> None:
    dana = signed_in(cast.dana)
    assert "Choose a file first." in said(dana.post(TRY))
    for content in ("", "%%%", "Q29tcGFueQ=="):
        answer = dana.post(IMPORT, {"content": content})
        assert answer.status_code == 422
        assert "The file is not here any more. Choose it again." in said(answer)
    assert not Contact.objects.exists()
