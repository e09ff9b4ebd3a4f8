"""The door of the browser's Voice SDK: signalling on GET /signal, sound by WebRTC.

    protocol.py       the messages of the signalling protocol and the error codes it may carry
    session.py        one websocket of one browser
    browser_call.py   one leg with a browser behind it
    calls.py          all of them, and what becomes of them when their browser vanishes
    gateway.py        the protocol's verbs

What the real `@twilio/voice-sdk` 2.18.5 reads was found by its source and by trying; it is not a
capture of Twilio's servers. A call survives the loss of its socket, the network survives the loss
of its browsers, and nothing here decides what happens to a call: that is the core's.
"""

from contact_center.simulator.gateway.gateway import VoiceGateway

__all__ = ["VoiceGateway"]
