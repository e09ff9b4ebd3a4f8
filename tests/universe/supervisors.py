"""Supervisors: they come to conversations, are heard by whom they like, take over and leave."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.test import Client

from contact_center.conf import current
from contact_center.domain.states import CallState
from contact_center.models import (
    Callback,
    Offer,
    OfferState,
    Supervision,
    SupervisorPhone,
    User,
)
from tests.universe.draws import stream
from tests.universe.kills import Killed

if TYPE_CHECKING:
    from tests.universe.engine import Universe

#: Between two conversations a supervisor does something else for so long.
ELSEWHERE_SECONDS = (4.0, 30.0)
#: Between two presses of a button.
PRESS_SECONDS = (0.0, 5.0)
#: Who is called back is seen to as often, of all the times that a supervisor looks around.
SEES_TO_CALLBACKS = 0.3
#: Between two looks at who is still to be called, when nobody is to be called any more.
CANCEL_SECONDS = 5.0
#: A killed web process is killed after at most so many statements of a door.
MOST_STATEMENTS = 30


class Supervisor:
    """One supervisor, the browser and what they have in mind."""

    def __init__(self, user: User, universe: "Universe") -> None:
        self.user = user
        self.name = f"supervisor {user.pk}"
        self._universe = universe
        self._draw = stream(universe.scenario.seed, "supervisor", user.username)
        self._client = Client(HTTP_ACCEPT="application/json")
        self._client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        self._lease = ""
        self._stay = 0
        self._leg = ""

    def begin(self) -> None:
        """Look around, from now on and again and again."""
        self._after(self._draw.uniform(*ELSEWHERE_SECONDS), "looks around", self._look_around)

    def _look_around(self) -> None:
        self.begin()
        if not self._lease:
            answer = self._post("/supervisors/phone/claim/")
            if answer is None or answer.status_code != 200:
                return
            self._lease = json.loads(answer.content)["lease"]
        draw = self._draw
        if draw.random() < SEES_TO_CALLBACKS:
            self._see_to_callbacks()
        if self._is_busy() and draw.random() < 0.7:
            return
        talking = Offer.objects.filter(tenant=self.user.tenant, state=OfferState.CONNECTED)
        offers = list(talking.order_by("pk").values_list("pk", flat=True))
        if offers:
            self._join(draw.choice(offers), draw.choice(["listen", "listen", "coach", "barge"]))

    def _see_to_callbacks(self) -> None:
        """Let somebody be called now, later, or not at all."""
        draw = self._draw
        waiting = callbacks_in_line().filter(call__tenant=self.user.tenant)
        found = list(waiting.order_by("pk").values_list("pk", flat=True))
        if found:
            self.sees_to(draw.choice(found), draw.choice(["cancel", "now", "now"]))

    def sees_to(self, callback_id: int, deed: str) -> None:
        """Press what a supervisor may do about who is to be called back."""
        call = Callback.objects.select_related("call").get(pk=callback_id).call
        self._universe.touch(call.sid)
        self._universe.journal.act(
            self._universe.moment, self.name, f"callback {callback_id}: {deed}", call.sid
        )
        self._post(f"/supervisors/callbacks/{callback_id}/{deed}/")

    def _is_busy(self) -> bool:
        return Supervision.objects.filter(supervisor=self.user, ended_at=None).exists()

    def _join(self, offer_id: int, mode: str) -> None:
        self._act(f"wants to {mode} to offer {offer_id}")
        said = {"lease": self._lease, "mode": mode}
        answer = self._post(f"/supervisors/offers/{offer_id}/join/", said)
        if answer is None or answer.status_code != 200:
            return
        token = json.loads(answer.content)
        self._stay = token["supervision"]
        draw = self._draw
        fate = draw.random()
        if fate < 0.05:
            return  # the browser never connects, and says nothing
        if fate < 0.1:
            self._after(1.0, "cannot connect", lambda: self._press("failed", reason="31401"))
            return
        wait = draw.uniform(0.05, 0.8) if fate < 0.95 else draw.uniform(3.0, 40.0)
        self._after(wait, "connects", lambda: self._connect(token))
        if fate > 0.98:
            self._after(wait, "connects twice", lambda: self._connect(token))
        self._have_in_mind(self._stay)

    def _connect(self, token: Mapping[str, Any]) -> None:
        universe = self._universe
        phone = SupervisorPhone.objects.get(supervisor=self.user)
        leg = universe.network.client_connects(
            phone.identity, {"join": token["join"]}, current().twilio.twiml_app_sid
        )
        self._leg = leg
        universe.touch(leg)
        self._act("connects")
        if self._draw.random() < 0.8:
            self._after(0.5, "has a line", lambda: self._press("joined"))
        if universe.faults.strike("legs"):
            gap = universe.faults.between("legs", 0.0, 15.0)
            universe.later(gap, f"{self.name}: line breaks", lambda: self._cut(leg))

    def _cut(self, leg: str) -> None:
        if leg not in self._universe.ended:
            self._act("leg dies")
            self._universe.network.media_lost(leg)

    def _have_in_mind(self, stay: int) -> None:
        """What will be pressed during this stay, sometimes many things at once."""
        draw = self._draw
        at = draw.uniform(0.5, 6.0)
        for _ in range(draw.choice([0, 1, 2, 4])):
            mode = draw.choice(["listen", "coach", "barge"])
            self._after(at, mode, lambda mode=mode: self._mode(stay, mode))
            at += draw.choice([0.0, draw.uniform(*PRESS_SECONDS)])
        fate = draw.random()
        if fate < 0.25:
            self._after(at, "takes over", lambda: self._take_over(stay))
        elif fate < 0.75:
            self._after(at + draw.uniform(0.0, 8.0), "leaves", lambda: self._leave(stay))
        elif fate < 0.85:
            self._after(at + draw.uniform(0.0, 8.0), "closes the page", self._closes)

    def _mode(self, stay: int, mode: str) -> None:
        self._act(f"presses {mode}")
        self._post(f"/supervisors/supervisions/{stay}/mode/", {"mode": mode})

    def _leave(self, stay: int) -> None:
        self._act("leaves")
        if self._post(f"/supervisors/supervisions/{stay}/leave/") is None:
            self._after(self._draw.uniform(0.5, 3.0), "leaves again", lambda: self._leave(stay))

    def _closes(self) -> None:
        self._lease = ""
        if self._leg and self._leg not in self._universe.ended:
            self._universe.network.far_end_hung_up(self._leg)

    def _take_over(self, stay: int) -> None:
        draw = self._draw
        self._act("takes over")
        answer = self._post(f"/supervisors/supervisions/{stay}/take-over/")
        if answer is None:
            self._after(1.0, "takes over again", lambda: self._take_over(stay))
            return
        if answer.status_code != 200:
            return
        at = 0.0
        for _ in range(draw.choice([0, 0, 1, 3])):
            at += draw.uniform(0.2, 4.0)
            deed = draw.choice(["hold", "resume", "hold"])
            self._after(at, deed, lambda deed=deed: self._owner(stay, deed))
        self._after(at + draw.uniform(1.0, 15.0), "hangs up", lambda: self._owner(stay, "hang-up"))

    def _owner(self, stay: int, deed: str) -> None:
        self._act(f"presses {deed}")
        if self._post(f"/supervisors/supervisions/{stay}/{deed}/") is None:
            self._after(1.0, f"{deed} again", lambda: self._owner(stay, deed))

    def _press(self, deed: str, **said: str) -> None:
        self._post(f"/supervisors/supervisions/{self._stay}/{deed}/", said)

    # ---- the doors

    def _post(self, path: str, said: Mapping[str, Any] | None = None) -> HttpResponse | None:
        """Press something; None when the answer never came."""
        universe = self._universe
        try:
            with universe.mortal("web", f"POST {path}", MOST_STATEMENTS):
                answer = self._client.post(path, dict(said or {}))
        except Killed:
            universe.saw(f"{self.name} {path} killed", b"")
            return None
        universe.saw(f"{self.name} {path} {answer.status_code}", b"")
        return answer

    # ---- small things

    def _after(self, seconds: float, what: str, act: Callable[[], object]) -> None:
        self._universe.later(seconds, f"{self.name} {what}", act)

    def _act(self, deed: str) -> None:
        stay = Supervision.objects.filter(pk=self._stay).select_related("call").first()
        sid = stay.call.sid if stay is not None else ""
        self._universe.touch(sid)
        self._universe.journal.act(self._universe.moment, self.name, deed, sid)


class Supervisors:
    """All supervisors of a universe."""

    def __init__(self, universe: "Universe") -> None:
        self._universe = universe
        self._all = [Supervisor(user, universe) for user in universe.people.supervisors]

    def begin(self) -> None:
        """Everybody begins to look around."""
        for supervisor in self._all:
            supervisor.begin()

    def begin_to_call_nobody_back(self) -> None:
        """The day is over: who still waits to be called is told so otherwise."""
        cast = self._universe.people.cast
        last = Supervisor(cast.dana, self._universe)

        def cancel() -> None:
            for callback_id in callbacks_in_line().order_by("pk").values_list("pk", flat=True):
                last.sees_to(callback_id, "cancel")
            # Whoever still writes about a call may promise another one.
            self._universe.later(CANCEL_SECONDS, "nobody is called back", cancel)

        self._universe.later(0.0, "nobody is called back", cancel)


def callbacks_in_line() -> QuerySet[Callback]:
    """Return those who are to be called back, or are being called at this moment."""
    return Callback.objects.exclude(call__state=CallState.ENDED)
