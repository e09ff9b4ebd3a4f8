"""``python -m contact_center.simulator``: run a phone network on this machine.

Every option can also be given in the environment, as ``SIMULATOR_<NAME>``; the option wins.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from aiohttp import web

from contact_center.simulator.core.account import Account
from contact_center.simulator.core.readings import Readings
from contact_center.simulator.server.app import Settings, Simulator

logger = logging.getLogger("contact_center.simulator")

ACCOUNT_SID = "AC" + "5" * 32
APPLICATION_SID = "AP" + "5" * 32
API_KEY_SID = "SK" + "5" * 32
NUMBERS = "+14155550100,+14155550101,+14155550102"


def parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    """The options, with their defaults from the environment."""

    def default(name: str, otherwise: str = "") -> str:
        return environment.get(f"SIMULATOR_{name}", otherwise)

    options = argparse.ArgumentParser(
        prog="python -m contact_center.simulator", description="A phone network in a box."
    )
    add = options.add_argument
    add("--host", default=default("HOST", "127.0.0.1"), help="where to listen; ::1 comes with it")
    add("--port", type=int, default=default("PORT", "8100"))
    add("--account-sid", default=default("ACCOUNT_SID", ACCOUNT_SID))
    add("--auth-token", default=default("AUTH_TOKEN", "5" * 32))
    add("--api-key", default=default("API_KEY_SID", API_KEY_SID))
    add("--api-secret", default=default("API_KEY_SECRET", "simulator-secret"))
    add("--app", default=default("TWIML_APP_SID", APPLICATION_SID), help="a TwiML application")
    add(
        "--number",
        action="append",
        help="a telephone number: +14155550100 or +14155550100=Main menu; may be repeated",
    )
    add(
        "--subaccount",
        action="append",
        default=[],
        metavar="SID:TOKEN",
        help="an account owned by the main one; may be repeated",
    )
    add("--node-modules", type=Path, default=default("NODE_MODULES", "node_modules"))
    add("--desk-url", default=default("DESK_URL"), help="linked from the pages")
    add("--seed", type=int, default=default("SEED") or None, help="draw the same SIDs each time")
    add(
        "--calls-per-second",
        type=float,
        default=default("CALLS_PER_SECOND", "1"),
        help="pace of calls made by REST; 0 means no limit",
    )
    add(
        "--concurrent-calls",
        type=int,
        default=default("CONCURRENT_CALLS", "0"),
        help="so many calls at once before REST makes no more; 0 means no limit",
    )
    add("--url", default=default("URL"), help="where it can be reached; http://localhost:<port>")
    add("--no-audio", action="store_true", help="run without sound")
    add("--reach", action="append", default=[], help="another host that may be contacted")
    add(
        "--reading",
        action="append",
        default=[],
        metavar="NAME=true|false",
        help="how to read what the documentation leaves open; see docs/simulator.md",
    )
    options.set_defaults(default_numbers=default("NUMBERS", NUMBERS))
    return options


def settings_from(arguments: Sequence[str], environment: Mapping[str, str]) -> Settings:
    """What to run, by the command line and the environment. Exits with a sentence on nonsense."""
    options = parser(environment)
    chosen = options.parse_args(arguments)
    account = Account(
        sid=chosen.account_sid,
        auth_token=chosen.auth_token,
        api_keys={chosen.api_key: chosen.api_secret},
        calls_per_second=chosen.calls_per_second,
        concurrent_calls=chosen.concurrent_calls,
    )
    subaccounts = []
    for text in chosen.subaccount:
        sid, _, token = text.partition(":")
        if not token:
            options.error(f"--subaccount {text} must be SID:TOKEN")
        subaccounts.append(Account(sid=sid, auth_token=token, owner_sid=account.sid))
    return Settings(
        account=account,
        numbers=chosen.number or [one for one in chosen.default_numbers.split(",") if one],
        applications=[chosen.app],
        subaccounts=subaccounts,
        readings=_readings(options, chosen.reading),
        seed=chosen.seed,
        audio=not chosen.no_audio,
        reach=frozenset(chosen.reach),
        node_modules=chosen.node_modules,
        desk_url=chosen.desk_url,
        url=chosen.url or f"http://localhost:{chosen.port}",
    )


def _readings(options: argparse.ArgumentParser, wanted: Sequence[str]) -> Readings:
    switches: dict[str, bool] = {}
    for text in wanted:
        name, _, value = text.partition("=")
        if name not in Readings.__dataclass_fields__ or value not in ("true", "false"):
            known = ", ".join(Readings.__dataclass_fields__)
            options.error(f"--reading {text} must be one of {known}, =true or =false")
        switches[name] = value == "true"
    return Readings(**switches)


async def serve(settings: Settings, host: str, port: int) -> None:
    """Run until SIGTERM or Ctrl-C, then close cleanly."""
    runner = web.AppRunner(Simulator(settings).app, access_log=None)
    await runner.setup()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for kind in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(kind, stopped.set)
    try:
        await web.TCPSite(runner, host, port, shutdown_timeout=2).start()
        if host == "127.0.0.1":
            await _also_on_ipv6(runner, port)
        logger.info("phone network %s on http://localhost:%d/", settings.account.sid, port)
        await stopped.wait()
    finally:
        await runner.cleanup()


async def _also_on_ipv6(runner: web.AppRunner, port: int) -> None:
    """``localhost`` is ::1 for some programs."""
    try:
        await web.TCPSite(runner, "::1", port, shutdown_timeout=2).start()
    except OSError as problem:
        logger.warning("not listening on ::1: %s", problem)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the simulator."""
    logging.basicConfig(level=logging.INFO, format="simulator: %(message)s")
    given = sys.argv[1:] if arguments is None else arguments
    chosen = parser(os.environ).parse_args(given)
    asyncio.run(serve(settings_from(given, os.environ), chosen.host, chosen.port))


if __name__ == "__main__":
    main()
