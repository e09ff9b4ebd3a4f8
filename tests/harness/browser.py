"""A real Chromium whose microphone is a file: one process for each person who speaks."""

import contextlib
import os
import secrets
import shutil
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, Playwright

from tests.harness.site import Site
from tests.harness.tones import write_tone
from tests.harness.waiting import wait_until

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A tab in the background would be slowed down, and a phone with it.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    # On a machine with nothing but a loopback interface Chromium gathers no candidates otherwise.
    "--allow-loopback-in-peer-connection",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
#: How Chromium starts its process for everything that comes and goes.
NETWORK = "--utility-sub-type=network.mojom.NetworkService"


def find_chromium() -> str | None:
    """Debian's Chromium, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    """`with Browser(playwright, folder, tone=440) as browser: page = browser.open(url)`.

    Everything its pages wrote to the console is kept in `console`; an error there that a test does
    not expect is a finding (`errors()`).
    """

    def __init__(
        self,
        playwright: Playwright,
        folder: Path,
        *,
        tone: float | None = None,
        viewport: tuple[int, int] = (1280, 800),
        dark: bool = False,
        scale: float = 1,
    ) -> None:
        self._playwright = playwright
        self._tone = tone
        self._microphone = folder / f"microphone-{tone:g}.wav" if tone else None
        self._viewport = viewport
        self._dark = dark
        self._scale = scale
        self.console: list[tuple[str, str]] = []
        # A flag Chromium ignores and by which its process is found again.
        self._token = f"--started-by-test={secrets.token_hex(8)}"

    def __enter__(self) -> Self:
        executable = find_chromium()
        assert executable, "Chromium is not installed (apt-get install chromium)"
        flags = [*FLAGS, self._token]
        if self._microphone and self._tone:
            write_tone(self._microphone, self._tone)
            flags.append(f"--use-file-for-fake-audio-capture={self._microphone}")
        self._chromium: Chromium = self._playwright.chromium.launch(
            executable_path=executable,
            headless=True,
            args=flags,
            ignore_default_args=["--mute-audio"],
        )
        width, height = self._viewport
        self.context: BrowserContext = self._chromium.new_context(
            permissions=["microphone", "notifications"],
            viewport={"width": width, "height": height},
            color_scheme="dark" if self._dark else "light",
            device_scale_factor=self._scale,
        )
        self.context.on("console", lambda message: self._heard(message.type, message.text))
        self.context.on("weberror", lambda error: self._heard("exception", str(error.error)))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._chromium.close()  # also fine when it has died before

    def open(self, url: str) -> Page:
        """A new tab at that address."""
        page = self.context.new_page()
        page.goto(url)
        return page

    def sign_in(self, site: Site, username: str, path: str = "/", password: str = "demo") -> Page:
        """A new tab in which that person has signed in by the form, at `path`."""
        page = self.open(site.address_of(username, path))
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "sign-in" not in url)
        return page

    def crash(self) -> None:
        """The browser dies in mid-sentence: no page is told, nothing is said to the network."""
        pid = self.pid()
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{pid}").exists(), what="the browser's death")

    @contextlib.contextmanager
    def without_network(self) -> Iterator[None]:
        """Nothing comes or goes, sound neither; the pages go on, and nobody is told.

        Chromium has a process that does nothing else, and it is stopped.
        """
        with _stopped(self._processes(NETWORK)):
            yield

    @contextlib.contextmanager
    def standing_still(self) -> Iterator[None]:
        """Nothing of the browser runs, as on a machine that sleeps or is out of memory."""
        with _stopped(self._processes()):
            yield

    def pid(self) -> int:
        """The process id of this browser, found by the flag that only it was started with."""
        for pid, words in _command_lines():
            if self._token in words and not any(word.startswith("--type=") for word in words):
                return pid
        raise AssertionError("this browser's process was not found")

    def _processes(self, *flags: str) -> list[int]:
        """This browser and what it has started; with ``flags`` those of them that have these."""
        ours = {self.pid()}
        found = dict(_command_lines())
        parents = {pid: _parent_of(pid) for pid in found}
        while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
            ours |= more
        chosen = [pid for pid in ours if all(flag in found.get(pid, ()) for flag in flags)]
        assert chosen, f"this browser has no process with {flags}"
        return sorted(chosen)

    def errors(self) -> list[str]:
        """What the pages complained of."""
        return [text for kind, text in self.console if kind in ("error", "exception")]

    def _heard(self, kind: str, text: Any) -> None:
        self.console.append((kind, str(text)))


def _command_lines() -> Iterator[tuple[int, list[str]]]:
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            # What Chromium starts parts its words by spaces.
            words = entry.read_bytes().decode(errors="replace").replace("\0", " ").split()
        except OSError:  # it ended while we looked
            continue
        yield int(entry.parent.name), words


def _parent_of(pid: int) -> int | None:
    try:
        # The program's name, in brackets, may hold spaces.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[1])


@contextlib.contextmanager
def _stopped(pids: Sequence[int]) -> Iterator[None]:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
