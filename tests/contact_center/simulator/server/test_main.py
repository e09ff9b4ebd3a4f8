"""Starting the simulator: options, environment, where it listens, and how it ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from contact_center.simulator.__main__ import settings_from
from contact_center.simulator.server.app import Simulator
from tests.harness.processes import free_port
from tests.harness.waiting import wait_until

ROOT = Path(__file__).parents[4]


def test_everything_can_be_given_in_the_environment() -> None:
    settings = settings_from(
        [],
        {
            "SIMULATOR_ACCOUNT_SID": "AC1",
            "SIMULATOR_AUTH_TOKEN": "token",
            "SIMULATOR_API_KEY_SID": "SK1",
            "SIMULATOR_API_KEY_SECRET": "key secret",
            "SIMULATOR_TWIML_APP_SID": "AP1",
            "SIMULATOR_NUMBERS": "+14155550110,+14155550111",
            "SIMULATOR_NODE_MODULES": "/srv/node_modules",
            "SIMULATOR_DESK_URL": "http://localhost:8000/",
            "SIMULATOR_PORT": "8177",
            "SIMULATOR_CONCURRENT_CALLS": "3",
        },
    )

    assert (settings.account.sid, settings.account.auth_token) == ("AC1", "token")
    assert settings.account.api_keys == {"SK1": "key secret"}
    assert settings.applications == ["AP1"]
    assert settings.numbers == ["+14155550110", "+14155550111"]
    assert settings.node_modules == Path("/srv/node_modules")
    assert settings.desk_url == "http://localhost:8000/"
    assert settings.audio
    assert settings.url == "http://localhost:8177"
    assert settings.account.concurrent_calls == 3


def test_an_option_wins_over_the_environment() -> None:
    settings = settings_from(
        [
            *("--number", "+14155550119", "--account-sid", "AC2", "--no-audio", "--reach", "desk"),
            *("--subaccount", "AC3:child", "--calls-per-second", "0", "--seed", "5"),
            *("--reading", "interrupted_dial_requests_action=true"),
        ],
        {"SIMULATOR_ACCOUNT_SID": "AC1", "SIMULATOR_NUMBERS": "+14155550110"},
    )

    assert settings.account.sid == "AC2"
    assert settings.numbers == ["+14155550119"]
    [child] = settings.subaccounts
    assert (child.sid, child.auth_token, child.owner_sid) == ("AC3", "child", "AC2")
    assert settings.readings.interrupted_dial_requests_action
    assert settings.readings.end_on_exit_ignored_while_held
    assert (settings.audio, settings.seed, settings.account.calls_per_second) == (False, 5, 0)
    assert settings.reach == {"desk"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--subaccount", "AC3"],
        ["--reading", "moon=true"],
        ["--reading", "interrupted_dial_requests_action=maybe"],
        ["--port", "phone"],
        ["--colour", "red"],
    ],
)
def test_nonsense_ends_with_a_sentence(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        settings_from(arguments, {})

    assert end.value.code == 2
    assert arguments[0] in capsys.readouterr().err


def test_it_listens_on_both_loopback_addresses_and_ends_cleanly_when_told(tmp_path: Path) -> None:
    port = free_port()
    log = tmp_path / "log"
    command = [sys.executable, "-m", "contact_center.simulator", "--no-audio", "--port", str(port)]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, stderr=output, env={"PATH": os.environ["PATH"]}
        )
    try:
        wait_until(lambda: "phone network AC" in log.read_text(), 20)
        for host in ("127.0.0.1", "[::1]"):
            answer = requests.get(f"http://{host}:{port}/simulator/health", timeout=5)
            assert answer.json()["ok"] is True
            for page in ("/", "/simulator/log", "/simulator/static/log.js"):
                assert requests.get(f"http://{host}:{port}{page}", timeout=5).status_code == 200
        assert requests.get(f"http://127.0.0.1:{port}/phone", timeout=5).status_code == 404
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=10)

    assert code == 0
    assert "Traceback" not in log.read_text()


def test_the_core_needs_only_the_standard_library() -> None:
    script = (
        "import sys; import contact_center.simulator.core.network; "
        "print(*sorted({name.partition('.')[0] for name in sys.modules} "
        "- set(sys.stdlib_module_names)))"
    )

    found = subprocess.run(
        [sys.executable, "-S", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert found.stdout.split() == ["__main__", "contact_center"] or found.stdout.split() == [
        "contact_center"
    ]


async def test_a_number_may_have_a_name_by_which_people_know_it() -> None:
    chosen = settings_from(["--no-audio", "--number", "+14155550100=Main menu"], {})
    (number,) = Simulator(chosen).network.numbers
    assert (number.phone_number, number.friendly_name) == ("+14155550100", "Main menu")
