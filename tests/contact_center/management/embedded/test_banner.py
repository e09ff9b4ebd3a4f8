"""A newcomer reads one text and knows where to click."""

from contact_center.management.embedded.banner import (
    Doorway,
    banner,
    demo_doorways,
    describe_health,
    own_host,
)


def test_everybody_has_an_address_of_their_own() -> None:
    assert own_host("http://localhost:8000", "alice") == "http://alice.localhost:8000/"
    doors = [door.url for door in demo_doorways("http://localhost:9000", "http://localhost:9100")]
    assert "http://alice.localhost:9000/" in doors
    assert "http://carol.localhost:9000/supervisors/" in doors
    assert "http://localhost:9100/phone" in doors


def test_health_is_told_in_lines_and_what_is_not_well_is_said() -> None:
    health = {
        "ok": False,
        "database": {"ok": True, "kind": "sqlite", "ms": 0.2},
        "channel_layer": {"ok": False, "kind": "redis", "problem": "ConnectionError"},
    }
    assert describe_health(health) == [
        ("database", "sqlite"),
        ("channel layer", "redis · NOT WELL: ConnectionError"),
    ]


def test_the_banner_names_doors_numbers_and_facts() -> None:
    text = banner(
        [Doorway("http://alice.localhost:8000/", "an agent's desk")],
        [("+14155550100", "Main number")],
        [("account SID", "AC123")],
        password="demo",
    )
    assert "http://alice.localhost:8000/   an agent's desk" in text
    assert "+14155550100   Main number" in text
    assert "account SID   AC123" in text
    assert "password is: demo" in text


def test_outside_the_demo_no_password_is_printed() -> None:
    assert "password" not in banner([], [], [("database", "postgresql")], password="")
