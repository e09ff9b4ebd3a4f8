"""Invented customers: who they are, and that they ring the simulator and nobody else.

And invented agents, who answer them in the demo and nowhere else.
"""

from io import StringIO
from statistics import mean
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from contact_center.management.commands.simulate_calls import Visitor, visitors
from contact_center.models import User
from tests.harness.processes import free_port
from tests.harness.simulator import MAIN_NUMBER, SALES_NUMBER, SUPPORT_NUMBER, Simulator
from tests.harness.site import Site

NUMBERS = ["+14155550100", "+14155550101"]


def crowd(**changes: Any) -> list[Visitor]:
    words: dict[str, Any] = {
        "rate": 2.0,
        "duration": 1000.0,
        "seed": 7,
        "numbers": NUMBERS,
        "keys": ["1", "2"],
        "patience": 90.0,
        "talk": 60.0,
    }
    return list(visitors(**words | changes))


def test_one_seed_gives_the_same_customers_and_another_gives_others() -> None:
    assert crowd() == crowd()
    assert crowd(seed=8) != crowd()


def test_customers_come_at_the_rate_and_with_the_patience_asked_for() -> None:
    people = crowd()

    assert 1800 < len(people) < 2200
    assert [one.at for one in people] == sorted(one.at for one in people)
    assert people[-1].at < 1000
    assert 80 < mean(one.patience_s for one in people) < 100
    assert 55 < mean(one.talk_s for one in people) < 65
    assert {one.to for one in people} == set(NUMBERS)
    assert {one.keys for one in people} == {"1", "2"}


def test_customers_ring_the_simulator_until_the_time_is_over(simulator: Simulator) -> None:
    out = StringIO()

    with override_settings(MOCK_TWILIO=True, SIMULATOR_URL=simulator.url):
        call_command("simulate_calls", "--rate", "4/s", "--duration", "1s", stdout=out)

    legs = simulator.truth()["legs"]
    assert legs
    assert {leg["status"] for leg in legs} == {"completed"}
    last = out.getvalue().strip().rpartition("\r")[2]
    assert f"{len(legs)} rang" in last
    assert "0 talking, 0 served" in last


def test_only_the_numbers_named_are_rung(simulator: Simulator) -> None:
    with override_settings(MOCK_TWILIO=True, SIMULATOR_URL=simulator.url):
        call_command(
            "simulate_calls", MAIN_NUMBER, "--rate", "4/s", "--duration", "1s", stdout=StringIO()
        )

    assert {leg["to"] for leg in simulator.truth()["legs"]} == {MAIN_NUMBER}


def test_where_the_network_is_real_nobody_is_rung() -> None:
    with (
        override_settings(MOCK_TWILIO=False),
        pytest.raises(CommandError, match="nobody real is rung"),
    ):
        call_command("simulate_calls")


def test_a_simulator_that_is_not_there_is_named() -> None:
    url = f"http://localhost:{free_port()}"

    with (
        override_settings(MOCK_TWILIO=True, SIMULATOR_URL=url),
        pytest.raises(CommandError, match=f"does not answer at {url}"),
    ):
        call_command("simulate_calls")


@pytest.mark.once
def test_three_agents_answer_whoever_rings_and_go_home_in_the_end(
    site: Site, simulator: Simulator
) -> None:
    said = site.manage(
        *("simulate_calls", SALES_NUMBER, SUPPORT_NUMBER, "--rate", "3/s", "--duration", "1s"),
        *("--talk", "3s", "--patience", "10m", "--agents", "3", "--seed", "203"),
        timeout=180,
    )

    line, end = [line for line in said.splitlines() if line][-2:]
    assert "3 rang, 0 in the menu, 0 in line, 0 talking, 3 served, 0 gone without" in line
    assert end == "The agents have hung up: 3 off duty."
    assert not simulator.live_legs()
    browsers = [leg for leg in simulator.truth()["legs"] if leg["from"].startswith("client:")]
    assert len(browsers) == 3
    assert site.health()["ok"]


@override_settings(MOCK_TWILIO=True, DEMO=False)
def test_where_people_work_nobody_is_invented_who_answers() -> None:
    with pytest.raises(CommandError, match="DEMO is not set"):
        call_command("simulate_calls", "--agents", "3")


@pytest.mark.django_db
def test_a_site_that_is_not_there_is_named_and_nobody_is_added_to_it(simulator: Simulator) -> None:
    url = f"http://localhost:{free_port()}"

    with (
        override_settings(MOCK_TWILIO=True, DEMO=True, BASE_URL=url, SIMULATOR_URL=simulator.url),
        pytest.raises(CommandError, match=f"does not answer at {url}"),
    ):
        call_command("simulate_calls", "--agents", "3")
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "words",
    [["--rate", "often"], ["--rate", "0/s"], ["--duration", "long"], ["--agents", "301"]],
)
def test_nonsense_is_refused_with_an_example(words: list[str]) -> None:
    with pytest.raises(CommandError, match="write "):
        call_command("simulate_calls", *words)
