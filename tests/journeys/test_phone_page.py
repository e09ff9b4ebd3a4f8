"""Maren is the customer: the phone page in a real Chromium, with the real Voice SDK.

What answers the number is not the contact center but a list of documents, so that these journeys
are about the telephone alone.
"""

import http.server
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.harness.browser import Browser
from tests.harness.processes import ROOT
from tests.harness.simulator import MAIN_NUMBER, SALES_NUMBER, Simulator
from tests.harness.waiting import stays_true, wait_until

pytestmark = pytest.mark.browser

DOCUMENTS = {
    "/menu": (
        "<Response><Gather numDigits='1' timeout='20' action='/chosen'>"
        "<Say>Thank you for calling Quillmarsh. For sales, press 1.</Say></Gather></Response>"
    ),
    "/chosen": "<Response><Enqueue waitUrl='/wait'>q_1</Enqueue></Response>",
    "/wait": "<Response><Play loop='0'>http://com.twilio.sounds.music/x.mp3</Play></Response>",
    "/room": (
        "<Response><Dial><Conference beep='false' waitUrl=''>room</Conference></Dial></Response>"
    ),
}

# Drops what the browser is told about the way to the network, as a network without UDP would.
NO_WAY_THROUGH = """
const take = RTCPeerConnection.prototype.setRemoteDescription;
RTCPeerConnection.prototype.setRemoteDescription = function (description) {
  const sdp = description.sdp.replace(/^a=candidate.*\\r\\n/gm, "");
  return take.call(this, { type: description.type, sdp });
};
"""


class _Answers(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = DOCUMENTS[self.path.partition("?")[0]].encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def network(simulator: Simulator) -> Iterator[Simulator]:
    """A phone network whose main number leads to the menu and whose sales number to a room."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    product = f"http://127.0.0.1:{server.server_port}"
    for number, path, name in (
        (MAIN_NUMBER, "/menu", "Main menu: 1 Sales"),
        (SALES_NUMBER, "/room", "A room"),
    ):
        connect(simulator, number, VoiceUrl=product + path, FriendlyName=name)
    yield simulator
    server.shutdown()
    server.server_close()


def connect(simulator: Simulator, number: str, **fields: str) -> None:
    """What the product does at its start, by REST."""
    credentials = simulator.credentials
    numbers = f"{simulator.url}/2010-04-01/Accounts/{credentials.account_sid}/IncomingPhoneNumbers"
    auth = (credentials.account_sid, credentials.auth_token)
    found = requests.get(
        f"{numbers}.json", params={"PhoneNumber": number}, auth=auth, timeout=10
    ).json()["incoming_phone_numbers"][0]
    requests.post(
        f"{numbers}/{found['sid']}.json", data=fields, auth=auth, timeout=10
    ).raise_for_status()


def the_call(network: Simulator, from_: str = "+14155550142") -> dict[str, object]:
    """The newest call from that number, as the network knows it."""
    return [leg for leg in network.truth()["legs"] if leg["from"] == from_][-1]


def ring(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"Ring {name}").click()
    expect(page.get_by_text("In call")).to_be_visible(timeout=10_000)


def story(page: Page) -> str:
    return page.locator("#story").inner_text()


def what_hears_says(page: Page) -> str:
    return page.get_by_role("img", name="You hear").get_attribute("aria-label") or ""


def test_maren_rings_hears_the_menu_presses_a_key_and_hangs_up(
    network: Simulator, start_browser: Callable[..., Browser]
) -> None:
    browser = start_browser()
    page = browser.open(f"{network.url}/phone")
    expect(page.get_by_text("Main menu: 1 Sales").first).to_be_visible()
    ring(page, "+1 415 555 0100")
    wait_until(lambda: "dB" in what_hears_says(page), what="the greeting in her ear")
    leg = the_call(network)
    assert leg["to"] == MAIN_NUMBER
    assert network.heard(leg["sid"])["rms"] > -40
    expect(page.get_by_text("Thank you for calling Quillmarsh")).to_be_visible()
    page.keyboard.press("1")
    expect(page.get_by_text("You pressed 1")).to_be_visible()
    expect(page.get_by_text("You wait in line")).to_be_visible()
    wait_until(lambda: the_call(network)["place"] == "queue")
    wait_until(lambda: network.heard(leg["sid"])["rms"] > -40, what="the music")
    page.get_by_role("button", name="Hang up").click()
    wait_until(lambda: the_call(network)["status"] == "completed")
    expect(page.get_by_role("button", name="Ring", exact=True)).to_be_visible()
    expect(page.get_by_text("The call is over").first).to_be_visible()
    assert "No sound" not in page.locator("main").inner_text()
    assert browser.errors() == []


def test_the_made_tone_reaches_the_other_side_and_the_other_side_reaches_her(
    network: Simulator, start_browser: Callable[..., Browser]
) -> None:
    page = start_browser().open(f"{network.url}/phone")
    page.get_by_label("Speak for me: a tone, 1010 Hz").check()
    ring(page, "+1 415 555 0101")
    her = str(the_call(network)["sid"])
    other = network.call(SALES_NUMBER, tone=440)
    wait_until(lambda: network.hears(other, 1010), what="her tone at the other side")
    wait_until(lambda: network.hears(her, 440), what="the other tone on her line")
    wait_until(lambda: "dB" in what_hears_says(page), what="the other tone in her ear")
    assert network.does_not_hear(her, 1010)
    assert network.does_not_hear(other, 440)
    expect(page.get_by_text("Somebody joined")).to_be_visible()
    page.get_by_label("Nothing", exact=True).check()
    wait_until(lambda: network.does_not_hear(other, 1010), what="her silence")
    page.get_by_label("Speak for me: a made voice").check()
    wait_until(lambda: network.heard(other)["rms"] > -40, what="the made voice")
    assert the_call(network)["status"] == "in-progress"
    page.get_by_role("button", name="Hang up").click()
    wait_until(lambda: network.heard(other)["rms"] < -100, what="silence after she hung up")


def test_her_microphone_is_heard(network: Simulator, start_browser: Callable[..., Browser]) -> None:
    page = start_browser(tone=700).open(f"{network.url}/phone")
    page.get_by_label("My microphone").check()
    ring(page, "+1 415 555 0101")
    sid = str(the_call(network)["sid"])

    def said() -> float:
        levels = network.get(f"/simulator/calls/{sid}/said", seconds=0.6, tones="700")
        return float(levels["tones"]["700"])

    wait_until(lambda: said() > -45, what="her microphone on her line")
    wait_until(
        lambda: "dB" in (page.get_by_role("img", name="You say").get_attribute("aria-label") or "")
    )


def test_everything_works_from_the_keyboard(
    network: Simulator, start_browser: Callable[..., Browser]
) -> None:
    page = start_browser().open(f"{network.url}/phone")
    number = page.get_by_label("Number to ring")
    number.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(MAIN_NUMBER)
    expect(page.locator("#number-note")).to_have_text("Main menu: 1 Sales")
    page.keyboard.press("Enter")
    expect(page.get_by_text("In call")).to_be_visible(timeout=10_000)
    page.keyboard.press("1")
    expect(page.get_by_text("You pressed 1")).to_be_visible()
    for _ in range(40):
        if page.evaluate("document.activeElement.id") == "hang-up":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    wait_until(lambda: the_call(network)["status"] == "completed")
    assert page.evaluate("document.activeElement.id") == "ring"


def test_another_number_may_call_and_an_unknown_one_cannot_be_called(
    network: Simulator, start_browser: Callable[..., Browser]
) -> None:
    page = start_browser().open(f"{network.url}/phone")
    page.get_by_label("You are").select_option("Ruth Adler, +1 415 555 0145")
    expect(page.get_by_label("The voice says")).to_have_value(re.compile("this is Ruth"))
    page.get_by_label("You are").select_option("Another number")
    page.get_by_label("Your number").fill("+1 (415) 555-0177")
    page.get_by_label("Number to ring").fill("+1 900 555 0000")
    page.get_by_role("button", name="Ring", exact=True).click()
    expect(page.get_by_text("There is no such number").first).to_be_visible()
    expect(page.get_by_role("button", name="Ring", exact=True)).to_be_visible()
    assert network.truth()["legs"] == []
    ring(page, "+1 415 555 0100")
    assert the_call(network, "+14155550177")["status"] == "in-progress"


def test_after_five_seconds_without_sound_it_says_what_is_probably_wrong(
    network: Simulator, start_browser: Callable[..., Browser]
) -> None:
    page = start_browser().context.new_page()
    page.add_init_script(NO_WAY_THROUGH)
    page.goto(f"{network.url}/phone")
    ring(page, "+1 415 555 0100")
    expect(page.get_by_text("No sound has come for 5 s.")).to_be_visible(timeout=9_000)
    for cause in ("A VPN or a firewall", "a container or a virtual machine", "a tunnel or a proxy"):
        expect(page.get_by_text(cause)).to_be_visible()
    expect(page.get_by_text("Nothing from you reaches the network either.")).to_be_visible()
    assert the_call(network)["status"] == "in-progress"
    page.get_by_role("button", name="Hang up").click()
    wait_until(lambda: the_call(network)["status"] == "completed")
    expect(page.locator("#number-note")).to_have_text("Main menu: 1 Sales")


def test_a_killed_browser_is_noticed_within_ten_seconds(
    network: Simulator, start_browser: Callable[..., Browser]
) -> None:
    browser = start_browser()
    page = browser.open(f"{network.url}/phone")
    ring(page, "+1 415 555 0101")
    wait_until(
        lambda: network.get(f"/simulator/calls/{the_call(network)['sid']}/story")["sound_arrives"]
    )
    stays_true(lambda: the_call(network)["status"] == "in-progress", 2)
    browser.crash()
    wait_until(lambda: the_call(network)["status"] == "completed", 10, what="the end of her call")


def test_a_page_that_is_closed_hangs_up_at_once(
    network: Simulator, start_browser: Callable[..., Browser]
) -> None:
    page = start_browser().open(f"{network.url}/phone")
    ring(page, "+1 415 555 0101")
    page.close(run_before_unload=False)
    wait_until(lambda: the_call(network)["status"] == "completed", 3)


def test_a_lost_socket_does_not_end_the_call(
    network: Simulator, start_browser: Callable[..., Browser]
) -> None:
    page = start_browser().context.new_page()
    page.add_init_script(
        "const Plain = window.WebSocket; window.sockets = [];"
        "window.WebSocket = class extends Plain {"
        "  constructor(...a) { super(...a); window.sockets.push(this);"
        "    this.addEventListener('message', ({ data }) => {"
        "      this.isKnown ||= String(data).includes('connected'); }); } };"
    )
    page.goto(f"{network.url}/phone")
    ring(page, "+1 415 555 0100")
    page.evaluate("window.sockets.at(-1).close()")
    wait_until(lambda: page.evaluate("window.sockets.length") == 2, what="a new socket")
    # Before the network knows whose it is, a key pressed there is nobody's.
    wait_until(lambda: page.evaluate("window.sockets[1].isKnown"), what="being known again")
    page.keyboard.press("1")
    wait_until(lambda: the_call(network)["place"] == "queue", what="her key over the new socket")
    page.get_by_role("button", name="Hang up").click()
    wait_until(lambda: the_call(network)["status"] == "completed")


@pytest.mark.parametrize("dark", [False, True])
def test_it_is_readable_and_fits_everywhere(
    network: Simulator,
    start_browser: Callable[..., Browser],
    dark: bool,
) -> None:
    browser = start_browser(dark=dark)
    page = browser.open(f"{network.url}/phone")
    expect(page.get_by_text("Main menu: 1 Sales").first).to_be_visible()
    check_every_width(page)
    ring(page, "+1 415 555 0100")
    expect(page.get_by_text("Thank you for calling Quillmarsh")).to_be_visible()
    check_every_width(page)
    assert browser.errors() == []


def check_every_width(page: Page) -> None:
    for width, height in ((1440, 900), (1024, 768), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), width
        keys = page.get_by_role("group", name="Keypad").get_by_role("button")
        boxes = [key.bounding_box() for key in keys.all()]
        assert all(box and box["height"] >= 44 and box["width"] >= 44 for box in boxes)


def axe(page: Page) -> list[str]:
    """What axe-core finds wrong, in words."""
    source: Path = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    page.evaluate(source.read_text())
    found = page.evaluate("axe.run(document)")["violations"]
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]


def test_maren_is_called_back_answers_and_refuses_the_next_time(
    network: Simulator, start_browser: Callable[..., Browser]
) -> None:
    browser = start_browser()
    page = browser.open(f"{network.url}/phone")
    page.get_by_label("Let calls to this number ring here").check()
    wait_until(lambda: network.get("/simulator/sound")["browsers"]["registered"] == 1)

    first = call_back(network)
    expect(page.get_by_text("+1 415 555 0100 rings you").first).to_be_visible(timeout=10_000)
    expect(page.get_by_role("button", name="Hang up")).to_be_hidden()
    page.get_by_role("button", name="Answer").click()
    wait_until(lambda: network.leg(first)["status"] == "in-progress")
    expect(page.get_by_text("You answered")).to_be_visible()
    page.get_by_role("button", name="Hang up").click()
    wait_until(lambda: network.leg(first)["status"] == "completed")

    second = call_back(network)
    page.get_by_role("button", name="Refuse").click(timeout=10_000)
    wait_until(lambda: network.leg(second)["status"] == "busy")
    expect(page.get_by_text("You refused the call")).to_be_visible()
    expect(page.get_by_role("button", name="Ring", exact=True)).to_be_visible()
    page.get_by_label("Let calls to this number ring here").uncheck()
    wait_until(lambda: network.get("/simulator/sound")["browsers"]["registered"] == 0)
    assert browser.errors() == []


def call_back(network: Simulator) -> str:
    """Let the network call Maren, as the product would by REST."""
    credentials = network.credentials
    response = requests.post(
        f"{network.url}/2010-04-01/Accounts/{credentials.account_sid}/Calls.json",
        data={
            "From": MAIN_NUMBER,
            "To": "+14155550142",
            "Twiml": "<Response><Pause length='60'/></Response>",
        },
        auth=(credentials.account_sid, credentials.auth_token),
        timeout=10,
    )
    response.raise_for_status()
    return str(response.json()["sid"])
