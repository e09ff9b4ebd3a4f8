"""`make run` as a newcomer meets it: it starts, says so, keeps its data, and ends cleanly."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable

import pytest
import requests

from tests.harness.processes import ROOT, Server, free_port, listening
from tests.harness.simulator import MAIN_NUMBER, Simulator
from tests.harness.site import Site
from tests.harness.waiting import wait_until


def test_on_the_first_day_it_says_what_to_open_and_everything_is_well(
    start_site: Callable[..., Site],
) -> None:
    site = start_site(fresh=True)
    said = site.log()
    assert site.address_of("alice") in said
    assert f"{site.simulator.url}/phone" in said
    assert MAIN_NUMBER in said
    assert site.simulator.credentials.account_sid in said
    health = site.health()
    assert health["ok"], health
    assert health["phone_network"]["kind"] == "simulator"
    # A browser tries ::1 for "localhost" first, a program often only 127.0.0.1.
    assert requests.get(f"http://127.0.0.1:{site.port}/health/", timeout=10).ok


def test_a_call_reaches_the_site_and_is_spoken_to(site: Site, simulator: Simulator) -> None:
    call = simulator.call(MAIN_NUMBER)
    wait_until(
        lambda: simulator.heard(call)["rms"] > -40, 20, what="the greeting", describe=site.log
    )
    simulator.hang_up(call)
    wait_until(lambda: not simulator.live_legs(), what="the end of the call", describe=site.log)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_ends_all_of_it_and_leaves_a_neighbours_network_alone(
    how: signal.Signals, site: Site, simulator: Simulator
) -> None:
    """Or `kill`, or closing the terminal."""
    assert site.stop(how) == 0
    assert not listening(site.port)
    assert site.log().endswith("Stopped.")
    assert simulator.get("/simulator/health")["ok"]


def test_a_second_start_finds_the_same_people_and_calls(site: Site, simulator: Simulator) -> None:
    call = simulator.call(MAIN_NUMBER)
    wait_until(lambda: simulator.heard(call)["rms"] > -40, 20, what="the greeting")
    site.restart()
    assert [leg["sid"] for leg in simulator.live_legs()] == [call]
    assert site.health()["ok"]


@pytest.mark.once
def test_a_port_that_is_taken_is_said_in_one_sentence(start_site: Callable[..., Site]) -> None:
    site = start_site()
    done = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=site.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert f"Port {site.port} is already in use" in done.stderr
    assert f"make run PORT={site.port + 1}" in done.stderr
    assert "Traceback" not in done.stderr
    assert site.health()["ok"]


def test_without_celery_and_any_broker_heavy_work_is_done_all_the_same(
    start_site: Callable[..., Site],
) -> None:
    performance = {"ASYNC_TASKS": {"USE_CELERY": False}}
    site = start_site(DJANGO_TWILIO_CALL_PERFORMANCE=json.dumps(performance))
    assert site.health()["broker"]["kind"] == "unused"
    ask = (
        "from contact_center.services import heavy_work, tidying;"
        " heavy_work.ask('tidy_up', key='x')"
    )
    site.manage("shell", "--command", ask)
    look = "from contact_center.models import Job; print(Job.objects.get(key='x').outcome)"
    wait_until(
        lambda: "done" in site.manage("shell", "--command", look),
        30,
        what="the work",
        describe=site.log,
    )
    assert site.stop() == 0


@pytest.mark.once
def test_it_starts_and_ends_a_phone_network_of_its_own(
    start_site: Callable[..., Site], simulator: Simulator
) -> None:
    """Nobody answers at SIMULATOR_URL, so it starts one there, and ends that one with itself."""
    port = free_port()
    site = start_site(SIMULATOR_URL=f"http://localhost:{port}")
    assert listening(port)
    assert "phone network" in (site.folder / "data/simulator.log").read_text()
    assert site.stop() == 0
    assert not listening(port)


@pytest.mark.once
def test_another_program_on_the_networks_port_is_said(site: Site) -> None:
    site.stop()
    with socket.create_server(("127.0.0.1", 0)) as neighbour:
        port = neighbour.getsockname()[1]
        server = Server(
            "the site",
            [sys.executable, "manage.py", "serve"],
            log=site.folder / "second.log",
            environment=site.environment | {"SIMULATOR_URL": f"http://localhost:{port}"},
        )
        server.start()
        wait_until(lambda: not server.running, 60, what="the refusal", describe=server.tail)
        assert f"make run SIM_PORT={port + 1}" in server.tail()
        assert server.stop(how=signal.SIGTERM) == 1
