"""An agent with room for two calls: two Devices of the real Voice SDK in one tab.

The proof behind docs/capacity-above-one.md. One Device holds one call, so every slot has its own,
with an identity and a socket of its own; what one of them does must not touch the other.
"""

import http.server
import threading
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs

import pytest
import requests
from playwright.sync_api import Page

from contact_center.simulator.server import tokens
from tests.harness.browser import Browser
from tests.harness.simulator import SALES_NUMBER, SUPPORT_NUMBER, Simulator
from tests.harness.waiting import stays_true, wait_until

pytestmark = pytest.mark.browser

FIRST_HZ, SECOND_HZ, SALES_HZ, SUPPORT_HZ = 440, 700, 1010, 1300
ROOM = "<Response><Dial><Conference beep='false' waitUrl=''>{}</Conference></Dial></Response>"

# Two Devices whose microphones are tones, so that it can be told which of them is heard.
DESK = """() => {
window.slots = {};
window.take = async (slot, token, room, hertz) => {
  const audio = new AudioContext();
  const out = audio.createMediaStreamDestination();
  const tone = new OscillatorNode(audio, {frequency: hertz});
  tone.connect(new GainNode(audio, {gain: 0.2})).connect(out);
  tone.start();
  await audio.resume();
  const sounds = Object.fromEntries(["incoming", "outgoing", "disconnect"].map(
    (name) => [name, `${location.origin}/phone/sounds/${name}.wav`]));
  const device = new Twilio.Device(token, {
    chunderw: location.host, publishEvents: false, logLevel: "silent", sounds,
    codecPreferences: ["pcmu"], maxCallSignalingTimeoutMs: 15000,
    getUserMedia: async () => new MediaStream(out.stream.getAudioTracks().map((t) => t.clone())),
  });
  const asked = performance.now();
  const call = await device.connect({params: {room}});
  await new Promise((resolve) => call.on("accept", resolve));
  window.slots[slot] = {device, call};
  return performance.now() - asked;
};
window.statusOf = (slot) => window.slots[slot].call.status();
}"""


class _Rooms(http.server.BaseHTTPRequestHandler):
    """Sends whoever comes to the room that is asked for."""

    def do_POST(self) -> None:
        fields = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        room = fields.get("room", [self.path.strip("/")])[0]
        body = ROOM.format(room).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def rooms(simulator: Simulator) -> Iterator[Simulator]:
    """A network where the application and two numbers lead to rooms."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Rooms)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    product = f"http://127.0.0.1:{server.server_port}"
    credentials = simulator.credentials
    account = f"{simulator.url}/2010-04-01/Accounts/{credentials.account_sid}"
    auth = (credentials.account_sid, credentials.auth_token)
    numbers = requests.get(f"{account}/IncomingPhoneNumbers.json", auth=auth, timeout=10).json()
    sids = {each["phone_number"]: each["sid"] for each in numbers["incoming_phone_numbers"]}
    for path, url in (
        (f"Applications/{credentials.application_sid}", f"{product}/any"),
        (f"IncomingPhoneNumbers/{sids[SALES_NUMBER]}", f"{product}/sales"),
        (f"IncomingPhoneNumbers/{sids[SUPPORT_NUMBER]}", f"{product}/support"),
    ):
        requests.post(
            f"{account}/{path}.json", data={"VoiceUrl": url}, auth=auth, timeout=10
        ).raise_for_status()
    yield simulator
    server.shutdown()
    server.server_close()


def take(page: Page, network: Simulator, slot: int, room: str, hertz: int, now: float) -> float:
    """Slot `slot` of Alice's tab connects to a room; returns the milliseconds it took."""
    credentials = network.credentials
    token = tokens.mint(
        account_sid=credentials.account_sid,
        key_sid=credentials.api_key_sid,
        secret=credentials.api_key_secret,
        identity=f"u_alice_lease_{slot}",
        application_sid=credentials.application_sid,
        now=now,
    )
    milliseconds: float = page.evaluate(
        "([...all]) => window.take(...all)", [slot, token, room, hertz]
    )
    return milliseconds


def test_two_calls_live_in_one_tab_and_neither_touches_the_other(
    rooms: Simulator, start_browser: Callable[..., Browser]
) -> None:
    page = start_browser().open(f"{rooms.url}/phone")
    page.evaluate(DESK)
    now = rooms.truth()["now"]
    sales = rooms.call(SALES_NUMBER, tone=SALES_HZ)
    support = rooms.call(SUPPORT_NUMBER, tone=SUPPORT_HZ, from_="+14155550198")
    first_ms = take(page, rooms, 1, "sales", FIRST_HZ, now)
    second_ms = take(page, rooms, 2, "support", SECOND_HZ, now)
    print(f"connected after {first_ms:.0f} ms and {second_ms:.0f} ms")

    wait_until(lambda: rooms.hears(sales, FIRST_HZ), what="the first slot in sales")
    wait_until(lambda: rooms.hears(support, SECOND_HZ), what="the second slot in support")
    assert rooms.does_not_hear(sales, SECOND_HZ)
    assert rooms.does_not_hear(support, FIRST_HZ)
    legs = {leg["from"]: leg["sid"] for leg in rooms.truth()["legs"]}
    first, second = legs["client:u_alice_lease_1"], legs["client:u_alice_lease_2"]
    wait_until(lambda: rooms.hears(first, SALES_HZ) and rooms.hears(second, SUPPORT_HZ))
    assert rooms.does_not_hear(first, SUPPORT_HZ)
    assert rooms.does_not_hear(second, SALES_HZ)

    # A muted slot is silent, the other goes on.
    page.evaluate("window.slots[1].call.mute(true)")
    wait_until(lambda: rooms.does_not_hear(sales, FIRST_HZ), what="silence of the muted slot")
    assert rooms.hears(support, SECOND_HZ)
    page.evaluate("window.slots[1].call.mute(false)")
    wait_until(lambda: rooms.hears(sales, FIRST_HZ))

    # A slot that is hung up leaves the other alone, and its Device can be used again.
    page.evaluate("window.slots[1].call.disconnect()")
    wait_until(lambda: rooms.heard(sales, FIRST_HZ)[f"{FIRST_HZ}"] < -100)
    stays_true(lambda: rooms.hears(support, SECOND_HZ), 1)
    assert page.evaluate("window.statusOf(2)") == "open"
    page.evaluate(
        "() => window.slots[1].device.connect({params: {room: 'sales'}})"
        ".then((call) => { window.slots[1].call = call; })"
    )
    wait_until(lambda: rooms.hears(sales, FIRST_HZ), what="the first slot once more")


def test_one_device_refuses_a_second_call(
    rooms: Simulator, start_browser: Callable[..., Browser]
) -> None:
    page = start_browser().open(f"{rooms.url}/phone")
    page.evaluate(DESK)
    take(page, rooms, 1, "sales", FIRST_HZ, rooms.truth()["now"])
    refusal = page.evaluate(
        "() => window.slots[1].device.connect({params: {room: 'support'}})"
        ".then(() => '', (problem) => problem.message)"
    )
    assert "already active" in refusal
    assert len(rooms.truth()["legs"]) == 1
    assert page.evaluate("window.statusOf(1)") == "open"
