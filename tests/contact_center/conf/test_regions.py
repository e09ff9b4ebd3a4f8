"""Regions are not edges: which host a name leads to."""

import pytest

from contact_center.conf.regions import locate


@pytest.mark.parametrize(
    ("region", "edge", "host"),
    [
        (None, None, "api.twilio.com"),
        ("", "", "api.twilio.com"),
        ("us1", None, "api.ashburn.us1.twilio.com"),
        ("ie1", None, "api.dublin.ie1.twilio.com"),
        ("au1", None, "api.sydney.au1.twilio.com"),
        ("ie1", "dublin", "api.dublin.ie1.twilio.com"),
        (None, "dublin", "api.dublin.us1.twilio.com"),
        ("dublin", None, "api.dublin.ie1.twilio.com"),
        ("sydney", None, "api.sydney.au1.twilio.com"),
        ("singapore", None, "api.singapore.us1.twilio.com"),
        ("tokyo", None, "api.tokyo.us1.twilio.com"),
        ("sao-paulo", None, "api.sao-paulo.us1.twilio.com"),
        ("dublin", "frankfurt", "api.frankfurt.ie1.twilio.com"),
    ],
)
def test_a_region_and_an_edge_lead_to_this_host(
    region: str | None, edge: str | None, host: str
) -> None:
    assert locate(region, edge).api_host == host


def test_the_softphone_talks_to_the_hosts_of_the_same_place() -> None:
    assert locate("ie1", "dublin").signalling_host == "voice-js.dublin.twilio.com"
    assert locate("ie1", "dublin").event_gateway_host == "eventgw.ie1.twilio.com"
    assert locate(None, None).signalling_host == "voice-js.roaming.twilio.com"
    assert locate(None, None).event_gateway_host == "eventgw.twilio.com"


@pytest.mark.parametrize(("region", "edge"), [("moon", None), (None, "moon"), (None, "us1")])
def test_a_name_that_is_neither_is_refused_with_the_names_there_are(
    region: str | None, edge: str | None
) -> None:
    with pytest.raises(ValueError, match=r"there are .*dublin"):
        locate(region, edge)
