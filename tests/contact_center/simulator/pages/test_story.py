from contact_center.simulator.core.log import Log
from contact_center.simulator.pages.story import story

MAREN, ALICE = "CA1", "CA2"
MENU = (
    "<Response><Gather action='/m/1'><Say>Thank you for calling.</Say></Gather>"
    "<Redirect>/m/0</Redirect></Response>"
)
QUEUE = "<Response><Enqueue waitUrl='/wait'>q_1</Enqueue></Response>"


def a_webhook(log: Log, leg_sid: str, purpose: str, answer: str, **params: str) -> None:
    entry = log.add(
        10.0,
        "webhook",
        "AC",
        leg_sid,
        "POST /x",
        {"purpose": purpose, "params": [list(pair) for pair in params.items()]},
    )
    log.amend(entry, {"answer": answer, "took_ms": 30, "status": 200}, None)


def told(log: Log, leg_sid: str = MAREN) -> list[str]:
    return [str(step["text"]) for step in story(log, leg_sid)]


def test_a_menu_is_heard_a_key_pressed_and_a_line_waited_in():
    log = Log()
    log.add(10.0, "leg", "AC", MAREN, "call ringing")
    a_webhook(log, MAREN, "voice", MENU)
    a_webhook(log, MAREN, "gather", QUEUE, Digits="2")
    a_webhook(log, MAREN, "wait", "<Response><Say>Second in line</Say><Play>m</Play></Response>")
    assert told(log) == [
        "The network has your call",
        "You hear a voice",
        "You may press a key",
        "You pressed 2",
        "You wait in line",
        "You hear a voice",
        "You hear music or a recording",
    ]
    assert story(log, MAREN)[1]["detail"] == "“Thank you for calling.”"
    assert story(log, MAREN)[0]["at"] == 10.0


def test_what_repeats_is_told_once():
    log = Log()
    for _ in range(5):
        a_webhook(log, MAREN, "wait", "<Response><Play>music</Play></Response>")
    assert told(log) == ["You hear music or a recording"]


def test_she_is_told_who_comes_and_goes_in_her_own_conversation_only():
    log = Log()
    log.add(1, "conference", "AC", ALICE, "participant-join", {"ConferenceSid": "CF1"})
    log.add(2, "conference", "AC", MAREN, "participant-join", {"ConferenceSid": "CF1"})
    log.add(3, "conference", "AC", "CA3", "participant-join", {"ConferenceSid": "CF1"})
    log.add(4, "conference", "AC", "CA4", "participant-join", {"ConferenceSid": "CF2"})
    log.add(5, "conference", "AC", MAREN, "participant-hold", {"ConferenceSid": "CF1"})
    log.add(6, "conference", "AC", MAREN, "participant-unhold", {"ConferenceSid": "CF1"})
    log.add(7, "conference", "AC", None, "conference-end", {"ConferenceSid": "CF1"})
    assert told(log) == [
        "You joined a conversation",
        "Somebody joined",
        "You were put on hold",
        "You are back in the conversation",
    ]


def test_nobody_reads_about_the_calls_of_others():
    log = Log()
    log.add(1, "leg", "AC", ALICE, "call in-progress")
    a_webhook(log, ALICE, "voice", MENU)
    assert told(log) == []


def test_reports_and_nonsense_are_left_out_and_problems_are_told():
    log = Log()
    a_webhook(log, MAREN, "status", "<Response><Say>not for her</Say></Response>")
    a_webhook(log, MAREN, "voice", "<Response><Say>unfinished")
    log.add(3, "problem", "AC", MAREN, "media lost", {}, "53405: no audio")
    log.add(4, "problem", "AC", MAREN, "instructions failed", {}, "12100: broken")
    assert told(log) == [
        "No sound came from this telephone",
        "The contact center did not say what to do with the call",
    ]
    assert [step["level"] for step in story(log, MAREN)] == ["warn", "warn"]


def test_each_line_has_a_name_that_stays():
    log = Log()
    a_webhook(log, MAREN, "voice", MENU)
    before = {step["id"] for step in story(log, MAREN)}
    a_webhook(log, MAREN, "gather", QUEUE, Digits="1")
    after = [step["id"] for step in story(log, MAREN)]
    assert before < set(after)
    assert len(after) == len(set(after))


def test_a_message_is_asked_for_recorded_and_kept():
    log = Log()
    a_webhook(log, MAREN, "twiml", "<Response><Record action='/done'/></Response>")
    for state in ("in-progress", "processing", "completed"):
        log.add(20.0, "leg", "AC", MAREN, f"recording {state}")
    a_webhook(log, MAREN, "recording", "<Response><Say>nobody hears this</Say></Response>")
    assert told(log) == [
        "You may leave a message",
        "Your message is recorded",
        "Your message is kept",
    ]


def test_somebody_else_is_rung_for_her_and_a_conference_is_not():
    log = Log()
    a_webhook(log, MAREN, "twiml", "<Response><Dial><Number>+1415</Number></Dial></Response>")
    a_webhook(log, MAREN, "twiml", "<Response><Dial><Conference>c</Conference></Dial></Response>")
    assert told(log) == ["Somebody else is rung for you"]


def test_who_is_called_reads_it_from_her_own_side():
    log = Log()
    for state in ("queued", "ringing", "in-progress", "completed"):
        log.add(30.0, "leg", "AC", MAREN, f"call {state}")
    assert told(log) == ["You answered", "The call is over"]
