"""Every dictionary of settings is obeyed or refused by name, never swallowed."""

import pydantic
import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from contact_center import conf
from contact_center.conf.built import BUILT
from contact_center.conf.loading import ALIASES, SECTIONS, STRICTER_WINS
from tests.contact_center.conf.written import configuration, loaded, problems, the_problem


def test_a_site_that_says_only_what_it_must_has_no_problems() -> None:
    assert configuration().queue.default_name == "support"


@pytest.mark.parametrize("section", SECTIONS)
def test_an_unknown_key_of_any_dictionary_is_refused_by_name(section: str) -> None:
    name = f"DJANGO_TWILIO_CALL_{section.upper()}"
    assert problems(**{name: {"NO_SUCH_KEY": 1}}) == [("E011", f"{name}['NO_SUCH_KEY']")]


def test_a_misspelt_key_is_told_its_neighbour() -> None:
    problem = the_problem(DJANGO_TWILIO_CALL_QUEUE={"DEFAULT_NAMES": "help"})
    assert problem.key == "DJANGO_TWILIO_CALL_QUEUE['DEFAULT_NAMES']"
    assert problem.hint == "Did you mean DEFAULT_NAME?"


def test_a_misspelt_key_deep_inside_is_told_its_neighbour() -> None:
    problem = the_problem(DJANGO_TWILIO_CALL_PERFORMANCE={"CONNECTION_POOLING": {"MAXSIZE": 3}})
    assert problem.key == "DJANGO_TWILIO_CALL_PERFORMANCE['CONNECTION_POOLING']['MAXSIZE']"
    assert problem.hint == "Did you mean MAX_SIZE?"


def test_a_key_in_small_letters_is_refused_and_told_the_capital_ones() -> None:
    result, found = loaded(DJANGO_TWILIO_CALL_QUEUE={"default_name": "help"})
    assert [problem.hint for problem in found] == ["Did you mean DEFAULT_NAME?"]
    assert result.queue.default_name == "support"


def test_an_unknown_dictionary_is_refused_by_name() -> None:
    problem = the_problem(DJANGO_TWILIO_CALL_QUEUES={})
    assert (problem.id, problem.key) == ("E010", "DJANGO_TWILIO_CALL_QUEUES")
    assert problem.hint == "Did you mean DJANGO_TWILIO_CALL_QUEUE?"


def test_what_is_no_dictionary_is_refused() -> None:
    assert problems(DJANGO_TWILIO_CALL_AGENT=["lunch"]) == [("E012", "DJANGO_TWILIO_CALL_AGENT")]
    assert problems(DJANGO_TWILIO_CALL=None) == [("E012", "DJANGO_TWILIO_CALL")]


@pytest.mark.parametrize(
    ("section", "written"),
    [
        ("QUEUE", {"DEFAULT_PRIORITY": "5"}),
        ("QUEUE", {"DEFAULT_PRIORITY": True}),
        ("QUEUE", {"DEFAULT_PRIORITY": 11}),
        ("QUEUE", {"DEFAULT_NAME": ""}),
        ("QUEUE", {"DEFAULT_ROUTING_STRATEGY": "fastest"}),
        ("AGENT", {"BREAK_TYPES": "lunch"}),
        ("AGENT", {"BREAK_TYPES": [("lunch", "Lunch"), ("lunch", "Lunch again")]}),
        ("AGENT", {"BREAK_TYPES": [("lunch",)]}),
        ("AGENT", {"BREAK_TYPES": [("lunch break", "Lunch")]}),
        ("AGENT", {"BREAK_TYPES": []}),
        ("AGENT", {"DEFAULT_STATUS": "busy"}),
        ("CALL", {"DEFAULT_TIMEOUT": 1}),
        ("CALL", {"MAX_DURATION": 90_000}),
        ("IVR", {"DEFAULT_LANGUAGE": "English"}),
        ("IVR", {"MAX_RETRIES": -1}),
        ("CONFERENCE", {"MAX_PARTICIPANTS": 251}),
        ("CONFERENCE", {"MAX_PARTICIPANTS": 1}),
        ("CONFERENCE", {"WAIT_METHOD": "PUT"}),
        ("WEBHOOKS", {"VOICE_PATH": "webhooks/voice"}),
        ("WEBHOOKS", {"VOICE_PATH": "/web hooks/"}),
        ("WEBHOOKS", {"TIMEOUT": 16}),
        ("WEBHOOKS", {"ALLOWED_HOSTS": ["api.twilio.com/2010"]}),
        ("SECURITY", {"MASK_PHONE_NUMBERS": "yes"}),
        ("FEATURES", {"WEBSOCKET_SUPPORT": 1}),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_its_default_stands(
    section: str, written: dict[str, object]
) -> None:
    name = f"DJANGO_TWILIO_CALL_{section}"
    result, found = loaded(**{name: written})
    (key,) = written
    misfits = [problem for problem in found if problem.id != "E013"]
    assert [(each.id, each.key.startswith(f"{name}['{key}']")) for each in misfits] == [
        ("E012", True)
    ]
    assert result == configuration()


def test_one_wrong_value_does_not_hide_the_others() -> None:
    result, found = loaded(DJANGO_TWILIO_CALL_CALL={"DEFAULT_TIMEOUT": "soon", "MAX_DURATION": 600})
    assert [problem.key for problem in found] == ["DJANGO_TWILIO_CALL_CALL['DEFAULT_TIMEOUT']"]
    assert result.call.default_timeout == 30
    assert result.call.max_duration == 600


def test_music_must_be_an_address_or_a_path() -> None:
    wrong = the_problem(DJANGO_TWILIO_CALL_CONFERENCE={"WAIT_URL": "hold_music.mp3"})
    assert wrong.key == "DJANGO_TWILIO_CALL_CONFERENCE"
    assert "WAIT_URL" in wrong.message
    for silence_or_music in ("", "/static/jazz.mp3"):
        written = {"WAIT_URL": silence_or_music}
        assert configuration(DJANGO_TWILIO_CALL_CONFERENCE=written).conference.wait_url == (
            silence_or_music
        )


def test_the_language_must_be_a_supported_one() -> None:
    supported = [("de-DE", "German"), ("en-US", "English")]
    written = {"DEFAULT_LANGUAGE": "de-DE", "SUPPORTED_LANGUAGES": supported}
    spoken = {**written, "DEFAULT_VOICE": "Polly.Vicki"}
    assert configuration(DJANGO_TWILIO_CALL_IVR=spoken).ivr.default_language == "de-DE"
    assert problems(DJANGO_TWILIO_CALL_IVR={"DEFAULT_LANGUAGE": "de-DE"}) == [
        ("E012", "DJANGO_TWILIO_CALL_IVR")
    ]


@pytest.mark.parametrize(
    ("hours", "wrong"),
    [
        ({"start": "9:00", "end": "17:00"}, "['start']"),
        ({"start": "09:00", "end": "25:00"}, "['end']"),
        ({"start": "24:00", "end": "06:00"}, "['start']"),
        ({"start": "09:00"}, "['end']"),
        ({"start": "09:00", "end": "09:00"}, ""),
        ("09:00-17:00", ""),
    ],
)
def test_hours_that_are_none_are_refused_where_they_stand(hours: object, wrong: str) -> None:
    name = "DJANGO_TWILIO_CALL_IVR"
    problem = the_problem(**{name: {"BUSINESS_HOURS": {"monday": hours}}})
    assert (problem.id, problem.key) == ("E012", f"{name}['BUSINESS_HOURS']['monday']{wrong}")


def test_a_misspelt_day_is_told_its_neighbour() -> None:
    problem = the_problem(DJANGO_TWILIO_CALL_IVR={"BUSINESS_HOURS": {"mondai": None}})
    assert (problem.id, problem.hint) == ("E011", "Did you mean monday?")


def test_of_a_week_that_is_written_a_day_that_is_left_out_is_closed() -> None:
    hours = {"start": "08:00", "end": "24:00"}
    week = configuration(
        DJANGO_TWILIO_CALL_IVR={"BUSINESS_HOURS": {"monday": hours}}
    ).ivr.business_hours
    assert week.monday is not None
    assert (week.monday.start, week.monday.end) == ("08:00", "24:00")
    assert (week.tuesday, week.sunday) == (None, None)


def test_the_week_of_the_reference_is_the_default_and_no_week_that_was_written() -> None:
    ivr = configuration(DJANGO_TWILIO_CALL_IVR={"TIMEZONE": "Europe/Berlin"}).ivr
    assert ivr.business_hours.friday is not None
    assert (ivr.business_hours.friday.start, ivr.business_hours.saturday) == ("09:00", None)
    assert "business_hours" not in ivr.model_fields_set


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "CEST", ""])
def test_a_time_zone_nobody_knows_is_refused(zone: str) -> None:
    problem = the_problem(DJANGO_TWILIO_CALL_IVR={"TIMEZONE": zone})
    assert (problem.id, problem.key) == ("E012", "DJANGO_TWILIO_CALL_IVR['TIMEZONE']")


def test_a_value_that_does_not_fit_is_never_shown_for_it_may_be_a_secret() -> None:
    _result, found = loaded(
        DJANGO_TWILIO_CALL_STORAGE={
            "BACKEND": "azure",
            "AZURE_ACCOUNT_NAME": "us",
            "AZURE_ACCOUNT_KEY": ["the-key"],
        }
    )
    assert "the-key" not in repr(found)


# Not built yet


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("DJANGO_TWILIO_CALL_RECORDING", {"AUTOMATIC": True}),
        ("DJANGO_TWILIO_CALL_RECORDING", {"COMPLIANCE": {"GDPR": True}}),
        ("DJANGO_TWILIO_CALL_STORAGE", {"BACKEND": "s3"}),
        ("DJANGO_TWILIO_CALL_FEATURES", {"GRAPHQL_API": True}),
        ("DJANGO_TWILIO_CALL_SECURITY", {"REQUIRE_HTTPS": True}),
        ("DJANGO_TWILIO_CALL_MONITORING", {"SENTRY_DSN": "dsn"}),
        ("DJANGO_TWILIO_CALL_MIGRATION", {"MIGRATION_BATCH_SIZE": 5}),
        ("DJANGO_TWILIO_CALL", {"USE_NGROK": True}),
        ("DJANGO_TWILIO_CALL", {"RECORDING_ENABLED": True}),
    ],
)
def test_a_key_that_is_not_built_yet_is_refused_by_name(
    name: str, written: dict[str, object]
) -> None:
    (key,) = written
    problem = the_problem(**{name: written})
    assert (problem.id, problem.key) == ("E013", f"{name}['{key}']")
    assert "not built yet" in problem.message
    assert problem.hint


def test_a_key_that_is_not_built_stays_off_although_somebody_wrote_it() -> None:
    result, _found = loaded(DJANGO_TWILIO_CALL_FEATURES={"GRAPHQL_API": True})
    assert result.features.graphql_api is False


def test_a_key_that_is_not_built_is_checked_all_the_same() -> None:
    name = "DJANGO_TWILIO_CALL_MIGRATION"
    assert problems(**{name: {"MIGRATION_BATCH_SIZE": "many"}}) == [
        ("E013", f"{name}['MIGRATION_BATCH_SIZE']"),
        ("E012", f"{name}['MIGRATION_BATCH_SIZE']"),
    ]


@pytest.mark.parametrize(
    "strategy", ["fifo", "lifo", "round_robin", "least_busy", "skills_based", "longest_idle"]
)
def test_every_strategy_of_the_reference_is_obeyed(strategy: str) -> None:
    written = {"DEFAULT_ROUTING_STRATEGY": strategy}
    result = configuration(DJANGO_TWILIO_CALL_QUEUE=written)
    assert result.queue.default_routing_strategy == strategy


def test_a_strategy_that_there_is_not_is_refused_naming_those_that_are() -> None:
    result, (problem,) = loaded(DJANGO_TWILIO_CALL_QUEUE={"DEFAULT_ROUTING_STRATEGY": "ring_all"})
    assert "'least_busy'" in problem.message
    assert result.queue.default_routing_strategy == "round_robin"


@pytest.mark.parametrize("number", [0, 11, "many"])
def test_an_agent_has_from_one_to_ten_calls_at_a_time(number: object) -> None:
    name = "DJANGO_TWILIO_CALL_AGENT"
    assert configuration(**{name: {"MAX_CONCURRENT_CALLS": 10}}).agent.max_concurrent_calls == 10
    result, (problem,) = loaded(**{name: {"MAX_CONCURRENT_CALLS": number}})
    assert "MAX_CONCURRENT_CALLS" in problem.key
    assert result.agent.max_concurrent_calls == 1


# One thing, several spellings

SIGNATURE_SPELLINGS: list[dict[str, object]] = [
    {"TWILIO_WEBHOOK_VALIDATE": False},
    {"DJANGO_TWILIO_CALL": {"TWILIO_WEBHOOK_VALIDATE": False}},
    {"DJANGO_TWILIO_CALL": {"WEBHOOK_VALIDATE": False}},
    {"DJANGO_TWILIO_CALL_WEBHOOKS": {"VALIDATE_SIGNATURE": False}},
]


@pytest.mark.parametrize("spelling", SIGNATURE_SPELLINGS)
def test_each_spelling_switches_the_checking_of_signatures_off(
    spelling: dict[str, object],
) -> None:
    assert configuration(DEBUG=True).webhooks.validate_signature is True
    assert configuration(DEBUG=True, **spelling).webhooks.validate_signature is False


def test_when_the_spellings_contradict_each_other_signatures_are_checked() -> None:
    result, (problem,) = loaded(
        DEBUG=True,
        TWILIO_WEBHOOK_VALIDATE=True,
        DJANGO_TWILIO_CALL_WEBHOOKS={"VALIDATE_SIGNATURE": False},
    )
    assert result.webhooks.validate_signature is True
    assert problem.id == "W001"
    assert "DJANGO_TWILIO_CALL_WEBHOOKS['VALIDATE_SIGNATURE'] is False" in problem.message
    assert "TWILIO_WEBHOOK_VALIDATE is True" in problem.message


def test_a_spelling_that_is_neither_true_nor_false_leaves_signatures_checked() -> None:
    result, found = loaded(DEBUG=True, TWILIO_WEBHOOK_VALIDATE="no")
    assert [(problem.id, problem.key) for problem in found] == [("E012", "TWILIO_WEBHOOK_VALIDATE")]
    assert result.webhooks.validate_signature is True


def test_the_short_name_of_the_default_queue_is_obeyed() -> None:
    assert configuration(DJANGO_TWILIO_CALL={"DEFAULT_QUEUE": "help"}).queue.default_name == "help"


def test_the_specific_dictionary_wins_over_the_short_name() -> None:
    result, (problem,) = loaded(
        DJANGO_TWILIO_CALL={"DEFAULT_QUEUE": "help"},
        DJANGO_TWILIO_CALL_QUEUE={"DEFAULT_NAME": "sales"},
    )
    assert result.queue.default_name == "sales"
    assert problem.id == "W001"


def test_spellings_that_agree_are_no_contradiction() -> None:
    result = configuration(
        DJANGO_TWILIO_CALL={"DEFAULT_TIMEOUT": 20}, DJANGO_TWILIO_CALL_CALL={"DEFAULT_TIMEOUT": 20}
    )
    assert result.call.default_timeout == 20


def test_the_short_name_of_the_ring_time_is_obeyed_and_checked_by_its_own_name() -> None:
    assert configuration(DJANGO_TWILIO_CALL={"DEFAULT_TIMEOUT": 20}).call.default_timeout == 20
    assert problems(DJANGO_TWILIO_CALL={"DEFAULT_TIMEOUT": "20"}) == [
        ("E012", "DJANGO_TWILIO_CALL['DEFAULT_TIMEOUT']")
    ]


def test_the_short_name_of_the_pool_size_is_obeyed() -> None:
    result = configuration(DJANGO_TWILIO_CALL={"CONNECTION_POOL_SIZE": 1})
    assert result.performance.connection_pooling.max_size == 1


def test_every_other_spelling_means_a_key_that_exists() -> None:
    defaults = configuration()
    for target in {*ALIASES.values(), *STRICTER_WINS}:
        value: object = defaults
        for part in target.lower().split("."):
            value = getattr(value, part)
        assert value is not None


# The simulator as the phone network


def test_the_simulator_is_the_phone_network_where_either_place_says_so() -> None:
    assert configuration(DEBUG=True).general.mock_twilio is False
    assert configuration(DEBUG=True, MOCK_TWILIO=True).general.mock_twilio is True
    written = {"MOCK_TWILIO": True}
    assert configuration(DEBUG=True, DJANGO_TWILIO_CALL=written).general.mock_twilio is True
    other = configuration(DEBUG=True, MOCK_TWILIO=True, DJANGO_TWILIO_CALL={"MOCK_TWILIO": False})
    assert other.general.mock_twilio is False


# Whatever is written


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
_KEYS = st.sampled_from([*sorted({key.rpartition(".")[2] for key in BUILT}), "NO_SUCH_KEY"])


@given(
    section=st.sampled_from(["", *(f"_{name.upper()}" for name in SECTIONS)]),
    written=st.dictionaries(_KEYS, _JSON, max_size=4),
)
def test_whatever_is_written_is_answered_and_never_raises(
    section: str, written: dict[str, object]
) -> None:
    result, found = loaded(**{f"DJANGO_TWILIO_CALL{section}": written})
    assert isinstance(result, conf.Configuration)
    assert all(problem.key and problem.message and problem.hint for problem in found)


# Reading


def test_settings_that_change_are_read_again() -> None:
    assert conf.current().queue.default_name == "support"
    with override_settings(DJANGO_TWILIO_CALL_QUEUE={"DEFAULT_NAME": "help"}):
        assert conf.current().queue.default_name == "help"
    assert conf.current().queue.default_name == "support"
    assert conf.current() is conf.current()


def test_nobody_can_change_the_configuration_in_passing() -> None:
    with pytest.raises(pydantic.ValidationError):
        conf.current().queue.default_name = "help"
