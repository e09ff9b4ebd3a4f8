"""The documents Twilio reads, to the byte, and what hostile text may not do to them."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_center.telephony.instructions import (
    DialNumber,
    Enqueue,
    Gather,
    Hangup,
    Instruction,
    JoinConference,
    Leave,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
)
from contact_center.telephony.twilio.twiml import MAX_BYTES, render

BASE = "https://cc.example.org"
EVENTS = "start end join leave mute hold modify announcement"


def body(*instructions: Instruction) -> str:
    """Return what is between <Response> and </Response>."""
    document = render(instructions)
    head = '<?xml version="1.0" encoding="UTF-8"?><Response>'
    assert document.startswith(head)
    return document.removeprefix(head).removesuffix("</Response>")


def test_a_menu_is_heard_inside_its_gather_and_every_way_out_is_its_action() -> None:
    menu = Gather(
        f"{BASE}/webhooks/voice/menu/1/",
        (Say("Press 1 for sales.", language="en-GB", voice="Polly.Amy-Neural"),),
    )

    assert body(menu, Redirect(f"{BASE}/webhooks/voice/menu/1/?empty=1")) == (
        f'<Gather action="{BASE}/webhooks/voice/menu/1/" actionOnEmptyResult="true"'
        ' finishOnKey="" numDigits="1" timeout="5">'
        '<Say language="en-GB" voice="Polly.Amy-Neural">Press 1 for sales.</Say></Gather>'
        f"<Redirect>{BASE}/webhooks/voice/menu/1/?empty=1</Redirect>"
    )


def test_a_wait_document_ends_without_asking_so_that_it_is_asked_for_again() -> None:
    waiting = Gather(
        f"{BASE}/wait-key/s1",
        (Say("You are number 2."), Play(f"{BASE}/static/music15.mp3"), Pause(2)),
        timeout_seconds=1,
        action_on_empty=False,
    )

    assert body(waiting) == (
        f'<Gather action="{BASE}/wait-key/s1" finishOnKey="" numDigits="1" timeout="1">'
        f"<Say>You are number 2.</Say><Play>{BASE}/static/music15.mp3</Play>"
        '<Pause length="2" /></Gather>'
    )


def test_keys_without_a_known_number_end_with_a_key() -> None:
    assert body(Gather(f"{BASE}/account", num_digits=None, finish_on_key="#")) == (
        f'<Gather action="{BASE}/account" actionOnEmptyResult="true" finishOnKey="#" timeout="5" />'
    )


def test_a_caller_is_put_into_a_queue() -> None:
    assert body(Enqueue("q_7", wait_url=f"{BASE}/wait/s1", action=f"{BASE}/queue-left/s1")) == (
        f'<Enqueue action="{BASE}/queue-left/s1" waitUrl="{BASE}/wait/s1">q_7</Enqueue>'
    )


def test_the_agent_starts_the_conference_and_leaves_it_running() -> None:
    agent = JoinConference(
        name="c_uuid",
        participant_label="agent-r1",
        status_callback=f"{BASE}/conf/s1#rc=3&rp=ct,rt,5xx",
        start_on_enter=True,
        end_on_exit=False,
        action=f"{BASE}/agent-left/r1",
    )

    assert body(agent) == (
        f'<Dial action="{BASE}/agent-left/r1"><Conference beep="false" endConferenceOnExit="false"'
        ' jitterBufferSize="small" participantLabel="agent-r1" startConferenceOnEnter="true"'
        f' statusCallback="{BASE}/conf/s1#rc=3&amp;rp=ct,rt,5xx" statusCallbackEvent="{EVENTS}"'
        ' waitUrl="">c_uuid</Conference></Dial>'
    )


def test_the_customer_waits_for_the_start_and_ends_the_conference_by_leaving() -> None:
    customer = JoinConference(
        name="c_uuid",
        participant_label="customer",
        status_callback=f"{BASE}/conf/s1",
        start_on_enter=False,
        end_on_exit=True,
        action=f"{BASE}/after/s1",
        wait_url=f"{BASE}/static/connecting.xml",
        time_limit_seconds=14_400,
    )

    assert body(customer) == (
        f'<Dial action="{BASE}/after/s1" timeLimit="14400"><Conference beep="false"'
        ' endConferenceOnExit="true" jitterBufferSize="small" participantLabel="customer"'
        f' startConferenceOnEnter="false" statusCallback="{BASE}/conf/s1"'
        f' statusCallbackEvent="{EVENTS}" waitMethod="GET"'
        f' waitUrl="{BASE}/static/connecting.xml">c_uuid</Conference></Dial>'
    )


def test_a_supervisor_comes_in_muted_and_may_coach_one_leg() -> None:
    supervisor = JoinConference(
        name="c_uuid",
        participant_label="sup-9",
        status_callback=f"{BASE}/conf/s1",
        start_on_enter=False,
        end_on_exit=False,
        muted=True,
        coach="CA1",
        max_participants=10,
        jitter_buffer="off",
        beep="onEnter",
    )

    (dial,) = ET.fromstring(render([supervisor]))
    assert dial.attrib == {}
    (conference,) = dial
    assert conference.attrib == {
        "muted": "true",
        "coach": "CA1",
        "beep": "onEnter",
        "maxParticipants": "10",
        "jitterBufferSize": "off",
        "participantLabel": "sup-9",
        "startConferenceOnEnter": "false",
        "endConferenceOnExit": "false",
        "statusCallback": f"{BASE}/conf/s1",
        "statusCallbackEvent": EVENTS,
        "waitUrl": "",
    }


def test_an_outside_number_is_rung_in_the_name_of_ours() -> None:
    dial = DialNumber(
        number="+14155550177",
        caller_id="+14155550102",
        action=f"{BASE}/back/1",
        ring_seconds=30,
        time_limit_seconds=7200,
    )
    assert body(dial) == (
        f'<Dial action="{BASE}/back/1" callerId="+14155550102" timeLimit="7200" timeout="30">'
        "<Number>+14155550177</Number></Dial>"
    )


def test_a_message_is_recorded_and_a_verb_stands_behind_for_who_says_nothing() -> None:
    asked = Record(f"{BASE}/message", f"{BASE}/recording", longest_seconds=300, silence_seconds=10)
    assert body(asked, Redirect(f"{BASE}/no-message")) == (
        f'<Record action="{BASE}/message" finishOnKey="#" maxLength="300" playBeep="true" '
        f'recordingStatusCallback="{BASE}/recording" '
        'recordingStatusCallbackEvent="completed absent" timeout="10" />'
        f"<Redirect>{BASE}/no-message</Redirect>"
    )


def test_the_short_verbs() -> None:
    assert body(Leave(), Hangup(), Reject("busy"), Play(f"{BASE}/m.mp3", loop=0)) == (
        f'<Leave /><Hangup /><Reject reason="busy" /><Play loop="0">{BASE}/m.mp3</Play>'
    )


def test_no_instructions_are_a_document_all_the_same() -> None:
    assert render([]) == '<?xml version="1.0" encoding="UTF-8"?><Response />'


def test_hostile_text_is_spoken_not_obeyed() -> None:
    said = Say('</Say><Hangup/> ]]> & "quotes" <!-- é 😀')

    (say,) = ET.fromstring(render([said]))
    assert say.tag == "Say"
    assert say.text == said.text


@pytest.mark.parametrize(
    "code_point", [0x00, 0x0B, 0x1B, 0x1F, 0xD83D, 0xDFFF, 0xFFFE, 0xFFFF], ids=hex
)
def test_a_character_that_xml_cannot_carry_is_left_out_and_its_neighbours_stay(
    code_point: int,
) -> None:
    forbidden = chr(code_point)
    text = f"before{forbidden}after"
    url = f"{BASE}/{text}"
    document = render(
        [
            Say(text),
            Gather(url, (Say(text, language=f"en{forbidden}", voice=f"man{forbidden}"),)),
            Enqueue(text, wait_url=url, action=url),
            Redirect(url),
            JoinConference(
                name=text,
                participant_label=text,
                status_callback=url,
                start_on_enter=True,
                end_on_exit=False,
                action=url,
                wait_url=url,
                coach=f"CA{forbidden}",
            ),
        ]
    )

    ET.fromstring(document.encode())
    assert forbidden not in document
    assert f"&#{code_point};" not in document
    assert document.count("beforeafter") == 12


def test_tab_newline_and_the_rest_of_unicode_are_kept() -> None:
    text = "one\ttwo\nthree Grüße 電話 \U0010fffd"
    (say,) = ET.fromstring(render([Say(text)]))
    assert say.text == text


def test_nothing_speakable_is_not_said_at_all() -> None:
    assert body(Say("\x00\ud800"), Say("  "), Hangup()) == "<Hangup />"


@given(text=st.text(alphabet=st.characters(), max_size=200))
def test_whatever_a_person_types_the_document_stays_one_that_can_be_read(text: str) -> None:
    document = render([Gather(f"{BASE}/a?{text}", (Say(text),)), Hangup()])

    root = ET.fromstring(document.encode())
    assert [verb.tag for verb in root] == ["Gather", "Hangup"]


def test_a_document_longer_than_twilio_reads_is_refused_and_one_just_as_long_is_not() -> None:
    few = [Say("x" * 4096)] * 15
    assert len(render(few).encode()) <= MAX_BYTES

    with pytest.raises(ValueError, match=r"has \d+ bytes; Twilio reads 65536"):
        render([*few, Say("😀" * 4096)])
