"""An agent at a desk without a screen: the desk's own addresses, asked as its page asks them.

Its browser is one without a page (docs/simulator.md). What cannot be reached is tried again, as a
person would; what is refused is written down.
"""

import re
import threading
import time
from typing import Any

import requests

from tests.harness.waiting import let_pass

POLL_SECONDS = 0.5
BEAT_SECONDS = 5.0
PATIENCE_SECONDS = 10.0
#: So often an agent presses Accept when nobody answers.
PRESSES = 8


class VirtualDesk:
    """`desk = VirtualDesk("alice", site, network)`, then `desk.go_on_duty()`, at the end `leave`.

    Once on duty it answers whatever rings, unless `answers` is False, and finishes every wrap-up at
    once. `offers` and `answered` say when, in seconds of time.monotonic.
    """

    def __init__(
        self, username: str, site_url: str, network_url: str, *, answers: bool = True
    ) -> None:
        self.username = username
        self.offers: dict[str, float] = {}
        self.answered: dict[str, float] = {}
        #: What was refused in words, and how often nobody answered.
        self.refusals: list[str] = []
        self.unanswered = 0
        self._site_url = site_url
        self._network_url = network_url
        self._answers = answers
        self._session = requests.Session()
        self._lease = ""
        self._beaten_at = 0.0
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"desk of {username}")

    def go_on_duty(self) -> None:
        """Sign in, make this the phone, show that its sound works, and begin to take calls."""
        self.sign_in()
        self._lease = self._must("/phone/claim/")["lease"]
        self._must("/phone/report/", lease=self._lease, ring_heard="true", microphone_ok="true")
        self._must("/on-duty/", lease=self._lease)
        self._thread.start()

    def press(self, path: str, **values: object) -> None:
        """Press a button of the desk; fails when nobody answers or it is refused."""
        self._must(path, **values)

    def tries_to_press(self, path: str, **values: object) -> bool:
        """Press a button of the desk; return whether it was heard and not refused."""
        said = self._ask(path, **values)
        return said is not None and "error" not in said

    def offer_of_the_conversation(self) -> str | None:
        """The offer whose call is on the screen, connected."""
        page = self._look()
        is_on_call = _attribute(page, "active-call", "data-state") == "on-call"
        return _attribute(page, "active-call", "data-offer") if is_on_call else None

    def answered_offers(self) -> list[str]:
        """The offers it accepted and connected, the first one first."""
        return sorted(self.answered, key=lambda offer: self.answered[offer])

    @property
    def cookies(self) -> dict[str, str]:
        """What shows that this person is signed in."""
        return dict(self._session.cookies)

    def page(self, path: str) -> str:
        """What this person is answered at that address."""
        answer = self._session.get(f"{self._site_url}{path}", timeout=PATIENCE_SECONDS)
        answer.raise_for_status()
        return answer.text

    def sign_in(self) -> None:
        """Sign in, and do nothing else."""
        page = self._session.get(f"{self._site_url}/sign-in/", timeout=PATIENCE_SECONDS)
        csrf = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert csrf, page.text[:500]
        said = {
            "username": self.username,
            "password": "demo",
            "csrfmiddlewaretoken": csrf[1],
        }
        signed_in = self._session.post(
            f"{self._site_url}/sign-in/", said, timeout=PATIENCE_SECONDS, allow_redirects=False
        )
        assert signed_in.status_code == 302, signed_in.text[:500]

    def leave(self) -> None:
        """Go off duty, unless in mid-call, and stop: nothing rings here any more."""
        self._leaving.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE_SECONDS * 2)
            self.tries_to_press("/off-duty/")

    # ---- what it does by itself

    def _work(self) -> None:
        while not self._leaving.wait(POLL_SECONDS):
            if time.monotonic() - self._beaten_at > BEAT_SECONDS:
                self._beaten_at = time.monotonic()
                self._ask("/beat/", lease=self._lease)
            page = self._look()
            if (
                offer := _attribute(page, "call-offer", "data-offer")
            ) is not None and self._answers:
                self._answer(offer, _attribute(page, "call-offer", "data-fence") or "")
            if (offer := _attribute(page, "wrap-up", "data-offer")) is not None:
                self._ask(f"/offers/{offer}/finish/", notes="", disposition="")
            if _attribute(page, "own-status", "data-state") == "not-responding":
                self._ask("/come-back/", lease=self._lease)

    def _look(self) -> str:
        try:
            page = self._session.get(f"{self._site_url}/agents/panels/", timeout=PATIENCE_SECONDS)
        except requests.RequestException:
            self.unanswered += 1
            return ""
        return page.text if page.ok else ""

    def _answer(self, offer: str, fence: str) -> None:
        self.offers.setdefault(offer, time.monotonic())
        for _press in range(PRESSES):
            taken = self._ask(f"/offers/{offer}/accept/", lease=self._lease, fence=fence)
            if taken is not None:
                break
            let_pass(POLL_SECONDS)
        else:
            return
        if "join" not in taken:
            return
        try:
            requests.post(
                f"{self._network_url}/simulator/browsers",
                json={
                    "token": self._token(taken["slot"]),
                    "parameters": {"join": taken["join"]},
                },
                timeout=PATIENCE_SECONDS,
            ).raise_for_status()
        except requests.RequestException as error:
            self._ask(f"/offers/{offer}/failed/", reason=type(error).__name__)
            return
        self.answered[offer] = time.monotonic()
        self._ask(f"/offers/{offer}/joined/")

    def _token(self, slot: int) -> str:
        """What the browser shows to the network."""
        return str((self._ask("/token/", lease=self._lease, slot=slot) or {}).get("token", ""))

    # ---- asking

    def _must(self, path: str, **values: object) -> dict[str, Any]:
        answer = self._ask(path, **values)
        assert answer is not None, f"{path}: nobody answered"
        assert "error" not in answer, f"{path}: {answer}"
        return answer

    def _ask(self, path: str, **values: object) -> dict[str, Any] | None:
        """Post as the page does. None when nobody answered; a refusal has an `error`."""
        try:
            answer = self._session.post(
                f"{self._site_url}/agents{path}",
                {name: str(value) for name, value in values.items()},
                headers={
                    "Accept": "application/json",
                    "X-CSRFToken": self._session.cookies.get("csrftoken", ""),
                },
                timeout=PATIENCE_SECONDS,
            )
        except requests.RequestException:
            self.unanswered += 1
            return None
        if answer.status_code >= 500:
            self.unanswered += 1
            return None
        if not answer.headers.get("Content-Type", "").startswith("application/json"):
            assert answer.ok, f"{path} answered {answer.status_code}: {answer.text[:300]}"
            return {}
        said: dict[str, Any] = answer.json()
        if "error" in said:
            self.refusals.append(f"{path}: {said['error']}: {said.get('message', '')}")
        return said


def _attribute(page: str, element: str, name: str) -> str | None:
    """The value of an attribute of the element with that id, as our own templates write it."""
    tag = re.search(rf'<\w+[^>]*\bid="{element}"[^>]*>', page)
    found = re.search(rf'\b{name}="([^"]*)"', tag[0]) if tag else None
    return found[1] if found else None
