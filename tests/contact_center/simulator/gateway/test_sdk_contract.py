"""What the gateway takes for granted about the Voice SDK; an update of the SDK is read again first.

The option that leads the SDK to us is not a public one, and the protocol is nowhere promised.
"""

import json
import re
from pathlib import Path

from contact_center.simulator.gateway import protocol

ROOT = Path(__file__).resolve().parents[4]
SDK = ROOT / "node_modules" / "@twilio" / "voice-sdk"
READ_AND_TRIED = "2.18.5"


def test_the_installed_sdk_is_the_locked_one_and_the_one_that_was_read():
    lock = json.loads((ROOT / "package-lock.json").read_text())
    locked = lock["packages"]["node_modules/@twilio/voice-sdk"]["version"]
    installed = json.loads((SDK / "package.json").read_text())["version"]
    served = (SDK / "dist" / "twilio.min.js").read_text()
    assert locked == installed == READ_AND_TRIED
    assert re.search(rf'RELEASE_VERSION\w*="{re.escape(READ_AND_TRIED)}"', served)


def test_it_still_speaks_the_protocol_that_we_speak():
    pstream = (SDK / "es5" / "twilio" / "pstream.js").read_text()
    assert re.search(r"PSTREAM_VERSION = '1\.6'", pstream)
    published = set(re.findall(r"_publish\('([a-z]+)'", pstream))
    assert published == {
        "listen",
        "register",
        "invite",
        "answer",
        "dtmf",
        "hangup",
        "reject",
        "reinvite",
        "message",
    }


def test_it_can_still_be_led_to_us():
    device = (SDK / "es5" / "twilio" / "device.js").read_text()
    regions = (SDK / "es5" / "twilio" / "regions.js").read_text()
    assert "this._options.chunderw" in device
    assert re.search(r'"wss://"\.concat\(.*"/signal"\)', regions)


def test_it_still_hangs_up_silence_after_fifteen_seconds_and_we_beat_thrice_before():
    transport = (SDK / "es5" / "twilio" / "wstransport.js").read_text()
    timeout_ms = int(re.search(r"HEARTBEAT_TIMEOUT = (\d+)", transport)[1])
    assert timeout_ms == 15000
    assert timeout_ms >= protocol.HEARTBEAT_SECONDS * 3000
