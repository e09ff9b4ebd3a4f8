"""The phone page's doors: the page, its parts, its token, the made voice and the story."""

import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from contact_center.simulator.audio import RATE, Mixer, Samples, SilentEnd, clips
from contact_center.simulator.audio.tones import levels
from contact_center.simulator.core.account import Account, Handler
from contact_center.simulator.core.effects import Clip, RequestOutcome, SendRequest
from contact_center.simulator.core.network import Network
from contact_center.simulator.gateway import VoiceGateway
from contact_center.simulator.pages.phone import PhonePage
from contact_center.simulator.server import tokens
from contact_center.simulator.server.runner import Runner

ROOT = Path(__file__).resolve().parents[4]
ACCOUNT, KEY, SECRET = "AC" + "0" * 32, "SK" + "1" * 32, "a secret of the API key, long enough"
NOON = 1_800_000_000.0


class NobodyAnswers:
    async def send(self, request: SendRequest) -> RequestOutcome:
        return RequestOutcome(None, error="connect")

    def forget(self, leg_sid: str) -> None:
        pass


class Silence:
    async def samples(self, clip: Clip) -> Samples:
        return np.zeros(160, np.int16)


@asynccontextmanager
async def a_phone(
    node_modules: Path = ROOT / "node_modules", api_keys: dict[str, str] | None = None
) -> AsyncIterator[tuple[TestClient, Runner]]:
    keys = {KEY: SECRET} if api_keys is None else api_keys
    network = Network(Account(ACCOUNT, "token", keys), random.Random(1))
    main = network.add_number("+14155550100")
    main.friendly_name = "Main menu: 1 Sales, 2 Support"
    main.voice = Handler("http://127.0.0.1:9/voice")
    network.add_number("+14155550101")
    runner = Runner(network, mixer=Mixer(), clips=Silence(), sender=NobodyAnswers())
    page = PhonePage(
        runner,
        VoiceGateway(runner),
        node_modules=node_modules,
        desk_url="http://alice.localhost:8000/",
        clock=lambda: NOON,
    )
    app = web.Application()
    app.add_routes(page.routes())
    async with TestClient(TestServer(app)) as client:
        yield client, runner


async def test_the_page_and_everything_it_names_are_there():
    async with a_phone() as (client, _):
        page = await client.get("/phone")
        assert page.status == 200
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]
        html = await page.text()
        assert " style=" not in html
        for path in sorted(set(re.findall(r'(?:href|src)="(/phone/[^"#]+)', html))):
            assert (await client.get(path)).status == 200, path


async def test_a_telephone_takes_a_number_and_gives_it_back():
    async with a_phone() as (client, runner):
        first, second = ({"identity": f"phone_{digit * 12}"} for digit in "ab")

        async def take(who: dict[str, str], number: object) -> int:
            return (await client.post("/phone/number", json={**who, "number": number})).status

        assert await take(first, "+14155550142") == 204
        assert await take(first, "+14155550143") == 204
        assert runner.taken_numbers == {"+14155550143": first["identity"]}
        assert await take(second, "+14155550143") == 204
        assert await take(first, "") == 204
        assert runner.taken_numbers == {"+14155550143": second["identity"]}
        for wrong in ("anonymous", 7, None, "+14155550100"):
            assert await take(first, wrong) == 400
        assert await take({"identity": "u_alice_1"}, "+14155550144") == 400
        assert (await client.post("/phone/number", data="?")).status == 400
        assert runner.taken_numbers == {"+14155550143": second["identity"]}


async def test_every_icon_that_is_named_is_in_the_sprite():
    pages = ROOT / "contact_center/simulator/pages"
    html, scripts, tale = (
        (pages / "phone.html").read_text(),
        "".join(path.read_text() for path in (pages / "static").glob("*.js")),
        (pages / "story.py").read_text(),
    )
    named = set(re.findall(r"icons\.svg#([a-z-]+)", html + scripts))
    named |= set(re.findall(r'\b(?:icon|add)\("([a-z-]+)"', scripts))
    named |= set(re.findall(r'\("([a-z-]+)", "[A-Z]', tale))
    named |= set(re.findall(r'yield "([a-z-]+)", "[A-Z]', tale))
    assert {"phone", "triangle-alert", "bell-ring", "message-square", "delete"} <= named
    async with a_phone() as (client, _):
        sprite = await (await client.get("/phone/icons.svg")).text()
    assert not {name for name in named if f'id="{name}"' not in sprite}


async def test_a_script_imports_only_scripts_that_exist():
    folder = ROOT / "contact_center/simulator/pages/static"
    for script in folder.glob("*.js"):
        for name in re.findall(r'from "\./([^"]+)"', script.read_text()):
            assert (folder / name).exists(), f"{script.name} imports {name}"


async def test_without_npm_the_page_says_what_to_do(tmp_path):
    async with a_phone(node_modules=tmp_path) as (client, _):
        page = await client.get("/phone")
        assert page.status == 503
        assert "npm ci" in await page.text()


@pytest.mark.parametrize(
    "path",
    [
        "/phone/static/..%2fphone.py",
        "/phone/static/phone.py",
        "/phone/static/none.js",
        "/phone/vendor/package.json",
        "/phone/vendor/..%2f..%2fREADME.md",
        "/phone/sounds/gong.wav",
    ],
)
async def test_nothing_else_is_served(path):
    async with a_phone() as (client, _):
        assert (await client.get(path)).status == 404


async def test_it_names_the_numbers_the_callers_and_the_desk():
    async with a_phone() as (client, _):
        config = await (await client.get("/phone/config")).json()
    assert config["numbers"] == [
        {
            "number": "+14155550100",
            "description": "Main menu: 1 Sales, 2 Support",
            "connected": True,
        },
        {"number": "+14155550101", "description": "", "connected": False},
    ]
    assert all(re.fullmatch(r"\+1415555\d{4}", each["number"]) for each in config["callers"])
    assert config["desk_url"] == "http://alice.localhost:8000/"


async def test_a_phone_gets_a_token_and_keeps_its_name_when_it_asks_again():
    async with a_phone() as (client, _):
        first = await (await client.get("/phone/token")).json()
        again = await (
            await client.get("/phone/token", params={"identity": first["identity"]})
        ).json()
        stranger = await (await client.get("/phone/token", params={"identity": "u_alice_1"})).json()
    assert again["identity"] == first["identity"]
    assert stranger["identity"].startswith("phone_")
    assert stranger["identity"] != first["identity"]
    token = tokens.verify(first["token"], secret_of=lambda *_: SECRET, now=NOON)
    assert token.identity == first["identity"]
    assert token.outgoing_application_sid is None


async def test_without_an_api_key_no_token_is_made():
    async with a_phone(api_keys={}) as (client, _):
        answer = await client.get("/phone/token")
        assert answer.status == 503
        assert "API key" in await answer.text()


async def test_speak_for_me_speaks_and_the_desk_may_fetch_it():
    async with a_phone() as (client, _):
        answer = await client.get("/simulator/voice.wav", params={"text": "Hello, my friend."})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.content_type == "audio/wav"
        samples = clips.decode(await answer.read())
        assert len(samples) > RATE
        assert levels(samples, ())["rms_db"] > -30
        empty = await client.get("/simulator/voice.wav", params={"text": " "})
        assert empty.status == 400


async def test_every_sound_of_the_sdk_is_there_and_a_key_sounds_like_a_key():
    names = ["incoming", "outgoing", "disconnect", *(f"dtmf{key}" for key in "0123456789sh")]
    async with a_phone() as (client, _):
        sounds = {
            name: clips.decode(await (await client.get(f"/phone/sounds/{name}.wav")).read())
            for name in names
        }
    assert all(len(samples) > 500 for samples in sounds.values())
    five = levels(np.tile(sounds["dtmf5"], 3), (770, 1336, 697))["tones"]
    assert min(five["770"], five["1336"]) > five["697"] + 20


async def test_it_says_how_well_the_sound_keeps_time():
    async with a_phone() as (client, runner):
        runner.mixer.attach("CA1", SilentEnd())
        runner.mixer.tick()
        told = await (await client.get("/simulator/sound")).json()
    assert (told["mixer"]["legs"], told["mixer"]["ticks"], told["mixer"]["gaps"]) == (1, 1, 0)
    assert told["browsers"] == {"sessions": 0, "registered": 0, "calls": 0}


async def test_the_story_of_a_call_that_nobody_made_is_refused():
    async with a_phone() as (client, _):
        answer = await client.get("/simulator/calls/CA7/story")
        assert answer.status == 404
        assert (await answer.json())["error"] == "There was never a call CA7."


async def test_the_story_says_that_the_contact_center_did_not_answer():
    async with a_phone() as (client, runner):
        leg_sid = runner.network.dial_in("+14155550142", "+14155550100")
        runner.mixer.attach(leg_sid, SilentEnd())
        effects = runner.network.take_effects()
        request = next(each for each in effects if isinstance(each, SendRequest))
        runner.network.request_answered(request.request_id, RequestOutcome(None, error="connect"))
        told = await (await client.get(f"/simulator/calls/{leg_sid}/story")).json()
    texts = [step["text"] for step in told["steps"]]
    assert "The contact center did not answer the network" in texts
    assert told["sound_arrives"] is None
