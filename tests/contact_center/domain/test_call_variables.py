"""Links and scripts with gaps: where a link may lead, and what is made of both for a call."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_center.domain.call_variables import (
    LinkFault,
    fault_of_link,
    filled_link,
    filled_text,
)


@pytest.mark.parametrize(
    "address",
    [
        "https://crm.example.com/",
        "http://crm.example.com:8080/c/{number}?q={name}&c={call}#{queue}",
        "https://crm.example.com/%7Bliteral%7D",
    ],
)
def test_an_address_of_the_web_is_one(address: str) -> None:
    assert fault_of_link(address) is None


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("javascript:alert(1)//{number}", LinkFault.NOT_WEB),
        ("JavaScript://crm.example.com/%0aalert(1)", LinkFault.NOT_WEB),
        ("data:text/html,x", LinkFault.NOT_WEB),
        ("ftp://crm.example.com/", LinkFault.NOT_WEB),
        ("crm.example.com/{number}", LinkFault.NOT_WEB),
        ("//crm.example.com/", LinkFault.NOT_WEB),
        ("https:///path", LinkFault.NO_SERVER),
        ("https://{name}/", LinkFault.NO_SERVER),
        ("https://{name}.example.com/", LinkFault.NO_SERVER),
        ("https://crm.example.com@evil.example/", LinkFault.NO_SERVER),
        ("https://crm.example.com:many/", LinkFault.NO_SERVER),
        ("https://[::1/", LinkFault.NO_SERVER),
        ("https://crm.example.com/a b", LinkFault.NOT_AN_ADDRESS),
        ("https://crm.example.com\\@evil.example/", LinkFault.NOT_AN_ADDRESS),
        ("java\nscript:alert(1)", LinkFault.NOT_AN_ADDRESS),
        ("https://crm.example.com/{number", LinkFault.BRACES),
        ("https://crm.example.com/}{number}", LinkFault.BRACES),
        ("https://crm.example.com/{telephone}", LinkFault.UNKNOWN_VARIABLE),
        ("https://crm.example.com/{}", LinkFault.UNKNOWN_VARIABLE),
    ],
)
def test_what_is_no_safe_address_is_refused(address: str, fault: LinkFault) -> None:
    bad = fault_of_link(address)
    assert bad is not None
    assert bad.fault is fault


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_whatever_somebody_is_called_stays_one_value(name: str) -> None:
    link = filled_link("https://crm.example.com/find?who={name}&x=1", {"name": name})
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "crm.example.com", "/find")
    asked = parse_qs(parts.query, keep_blank_values=True)
    assert asked == {"who": [name], "x": ["1"]}


def test_a_script_is_filled_and_other_braces_are_left_alone() -> None:
    values = {"name": "Maren", "company": ""}
    assert filled_text("Hello {name} of {company}, {smile}", values) == "Hello Maren of …, {smile}"
    # What was filled in is not looked at again.
    assert filled_text("{name}", {"name": "{company}", "company": "x"}) == "{company}"
