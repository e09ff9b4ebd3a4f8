"""What is built: each key that is obeyed today, and the test that shows what it does.

A key of the models that is not in this table is *not built yet*: left out it is off; written, it
is refused by name. Whoever builds it adds its line here and runs `manage.py document_settings`.
"""

from dataclasses import dataclass

_LOADING = "contact_center/conf/test_loading.py::"
_LOGS = "contact_center/test_log_filters.py::"
_HTTP = "contact_center/telephony/test_http_client.py::"
_WRITTEN = "contact_center/test_settings.py::"
_ACCOUNT = "contact_center/conf/test_twilio_account.py::"
_SITE = "contact_center/conf/test_site.py::"
_CHECK = "contact_center/management/commands/test_django_twilio_call_check_config.py::"
_EFFECT = "contact_center/test_effects_of_settings.py::"

_HOOKS = "contact_center/test_signed_webhooks.py::"
_HEAVY = "contact_center/services/test_heavy_work.py::"
_ROOMS = "contact_center/services/test_rooms_and_limits.py::"
_METRICS = "contact_center/metrics/"
_REPORTS = "contact_center/services/test_reports.py::"
_ALERTS = "contact_center/services/test_telling.py::"
_SUPERVISING = "supervisors/test_supervising.py::"
_RETRIES = "contact_center/services/test_retries.py::"
_FIGURES = "contact_center/selectors/test_figures.py::"
_HOURS = "contact_center/services/test_closing.py::"
_WHISPERING = "contact_center/services/test_whispering.py::"
_VOICEMAIL = "contact_center/services/test_voicemail.py::"
_STORAGE = "contact_center/test_kept_recordings.py::"
_SHIFTS = "contact_center/services/test_shifts.py::"

BUILT: dict[str, str] = {
    # DJANGO_TWILIO_CALL
    "MOCK_TWILIO": _EFFECT + "test_the_simulator_is_asked_where_it_is_the_phone_network",
    "ALERT_ON_ERROR": _ALERTS + "test_faults_of_the_site_are_told_outside_only_where_asked_for",
    "HIGH_AVAILABILITY": _SITE + "test_several_nodes_must_share_what_one_of_them_knows",
    "VERBOSE_LOGGING": _LOGS + "test_our_loggers_write_everything_only_when_asked_to",
    "TWILIO_WEBHOOK_VALIDATE": _LOADING
    + "test_each_spelling_switches_the_checking_of_signatures_off",
    "WEBHOOK_VALIDATE": _LOADING + "test_each_spelling_switches_the_checking_of_signatures_off",
    "DEFAULT_QUEUE": _LOADING + "test_the_short_name_of_the_default_queue_is_obeyed",
    "DEFAULT_TIMEOUT": _LOADING
    + "test_the_short_name_of_the_ring_time_is_obeyed_and_checked_by_its_own_name",
    "CONNECTION_POOL_SIZE": _LOADING + "test_the_short_name_of_the_pool_size_is_obeyed",
    # DJANGO_TWILIO_CALL_<GROUP>
    "QUEUE.DEFAULT_NAME": _EFFECT + "test_a_call_that_nobody_placed_waits_in_the_default_queue",
    "QUEUE.DEFAULT_PRIORITY": _EFFECT
    + "test_a_queue_without_a_priority_of_its_own_has_the_default_one",
    "QUEUE.DEFAULT_MAX_SIZE": _EFFECT
    + "test_as_many_callers_wait_in_a_queue_as_the_setting_says_and_no_more",
    "QUEUE.DEFAULT_MAX_WAIT_TIME": _EFFECT
    + "test_a_caller_waits_as_long_as_the_setting_says_and_no_longer",
    "QUEUE.ENABLE_OVERFLOW": _EFFECT + "test_without_overflow_callers_wait_until_the_queue_is_full",
    "QUEUE.OVERFLOW_THRESHOLD": _EFFECT
    + "test_from_the_percentage_of_the_setting_on_callers_go_to_the_other_queue",
    "QUEUE.DEFAULT_ROUTING_STRATEGY": _EFFECT
    + "test_a_queue_without_a_strategy_of_its_own_rings_by_the_default_one",
    "QUEUE.DEFAULT_SERVICE_LEVEL_THRESHOLD": _FIGURES
    + "test_a_queue_without_a_threshold_of_its_own_is_judged_by_the_setting_at_once",
    "ANALYTICS.REAL_TIME_CACHE": _FIGURES
    + "test_the_figures_of_today_are_kept_as_long_as_the_setting_says_and_no_longer",
    "CACHE_KEYS.REAL_TIME": _FIGURES + "test_live_figures_are_kept_under_the_key_of_the_setting",
    "AGENT.MAX_CONCURRENT_CALLS": _EFFECT
    + "test_an_agent_has_as_many_calls_at_a_time_as_the_setting_says_and_no_more",
    "AGENT.DEFAULT_STATUS": _SHIFTS + "test_a_new_agent_is_what_the_setting_says",
    "AGENT.AUTO_LOGOUT_HOURS": _SHIFTS
    + "test_whoever_is_on_duty_for_too_long_is_taken_off_duty_after_the_hours_of_the_setting",
    "AGENT.BREAK_TYPES": _EFFECT + "test_an_agent_may_take_only_the_breaks_there_are",
    "AGENT.SKILL_CATEGORIES": "supervisors/test_setting_up_skills.py::"
    "test_a_skill_belongs_to_a_category_of_the_setting_and_to_no_other",
    "CALL.CALLBACK_ENABLED": _EFFECT
    + "test_without_callbacks_nobody_is_offered_one_and_the_doors_are_closed",
    "CALL.CALLBACK_WINDOW": _EFFECT
    + "test_a_callback_expires_when_the_window_is_over_and_none_is_promised_beyond_it",
    "CALL.DEFAULT_TIMEOUT": _EFFECT + "test_an_offer_rings_as_long_as_the_setting_says",
    "CALL.WHISPER_ENABLED": _WHISPERING
    + "test_where_whispering_is_switched_off_the_browser_goes_straight_into_the_conference",
    "CALL.MAX_DURATION": _EFFECT + "test_the_network_ends_a_conversation_that_lasts_too_long",
    "CALL.VOICEMAIL_ENABLED": _VOICEMAIL
    + "test_where_voicemail_is_off_nobody_is_offered_it_and_it_is_refused_in_set_up",
    "CALL.VOICEMAIL_MAX_LENGTH": _VOICEMAIL + "test_a_message_may_be_as_long_as_the_setting_says",
    "STORAGE.BACKEND": _STORAGE + "test_other_back_ends_are_refused_until_they_are_built",
    "STORAGE.LOCAL_PATH": _STORAGE + "test_recordings_are_kept_in_the_folder_of_the_setting",
    "STORAGE.LOCAL_URL": _STORAGE + "test_recordings_are_served_below_the_path_of_the_setting",
    "STORAGE.PERMISSIONS": _STORAGE + "test_files_have_the_mode_of_the_setting_whatever_the_umask",
    "STORAGE.DIRECTORY_PERMISSIONS": _STORAGE
    + "test_every_folder_that_is_made_has_the_mode_of_the_setting_whatever_the_umask",
    "IVR.DEFAULT_LANGUAGE": _EFFECT
    + "test_everything_is_said_in_the_language_and_the_voice_of_the_settings",
    "IVR.DEFAULT_VOICE": _EFFECT
    + "test_everything_is_said_in_the_language_and_the_voice_of_the_settings",
    "IVR.SUPPORTED_LANGUAGES": "contact_center/services/test_languages.py::"
    "test_the_languages_are_offered_in_the_order_of_the_setting_each_in_itself",
    "IVR.DIGIT_TIMEOUT": _EFFECT + "test_the_menu_waits_for_a_key_as_long_as_the_setting_says",
    "IVR.MAX_RETRIES": _EFFECT + "test_after_so_many_rounds_without_a_key_the_menu_gives_up",
    **{
        f"IVR.BUSINESS_HOURS.{day}": _HOURS + "test_a_queue_without_a_calendar_goes_by_the_setting"
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    },
    "IVR.TIMEZONE": _HOURS + "test_the_hours_of_the_setting_are_those_of_its_time_zone",
    "CONFERENCE.WAIT_URL": _EFFECT + "test_who_waits_hears_the_music_of_the_setting",
    **dict.fromkeys(
        (
            "CONFERENCE.MAX_PARTICIPANTS",
            "CONFERENCE.WAIT_METHOD",
            "CONFERENCE.START_ON_ENTER",
            "CONFERENCE.END_ON_EXIT",
            "CONFERENCE.BEEP_ON_ENTER",
            "CONFERENCE.MUTED_ON_ENTRY",
        ),
        _ROOMS + "test_a_room_is_as_the_settings_say_and_a_full_one_says_so",
    ),
    "CONFERENCE.COACH_MODE_ENABLED": _SUPERVISING
    + "test_where_coaching_is_switched_off_it_is_refused_and_nobody_is_asked",
    "WEBHOOKS.RECORDING_PATH": _EFFECT
    + "test_the_network_is_told_the_paths_of_the_settings_and_finds_us_there",
    "WEBHOOKS.ALLOWED_HOSTS": _REPORTS
    + "test_a_recording_on_a_host_we_do_not_know_is_noted_and_never_fetched",
    "WEBHOOKS.VOICE_PATH": _EFFECT
    + "test_the_network_is_told_the_paths_of_the_settings_and_finds_us_there",
    "WEBHOOKS.STATUS_PATH": _EFFECT
    + "test_the_network_is_told_the_paths_of_the_settings_and_finds_us_there",
    "WEBHOOKS.VALIDATE_SIGNATURE": _EFFECT + "test_without_checking_whatever_comes_is_believed",
    "WEBHOOKS.TIMEOUT": "contact_center/webhooks/test_time_limit.py::"
    "test_a_call_that_is_locked_elsewhere_does_not_keep_its_caller_in_silence",
    "WEBHOOKS.RETRY_FAILED": _RETRIES + "test_without_retries_a_failure_is_only_recorded",
    "WEBHOOKS.MAX_RETRIES": _RETRIES + "test_as_many_attempts_are_made_as_the_setting_says",
    "FEATURES.WEBSOCKET_SUPPORT": "journeys/test_without_sockets.py::"
    "test_without_sockets_the_floor_asks_by_itself_and_says_nothing_is_lost",
    "MONITORING.ENABLE_METRICS": _METRICS
    + "test_sending.py::test_a_site_that_measures_nothing_sends_nothing",
    "MONITORING.METRICS_BACKEND": _METRICS + "test_scraping.py::test_every_kind_of_figure_is_told",
    "MONITORING.STATSD_HOST": _METRICS
    + "test_sending.py::test_a_host_that_does_not_exist_is_said_once_and_slows_nothing",
    "MONITORING.STATSD_PORT": _METRICS
    + "test_sending.py::test_statsd_hears_everything_under_names_that_say_the_labels_too",
    "MONITORING.STATSD_PREFIX": _METRICS + "test_sending.py::test_datadog_hears_the_same_with_tags",
    "SECURITY.MASK_PHONE_NUMBERS": _LOGS
    + "test_a_number_is_masked_in_the_message_its_arguments_and_extra",
    "PERFORMANCE.ASYNC_TASKS.USE_CELERY": _HEAVY
    + "test_without_celery_it_is_done_where_it_is_taken_up",
    "PERFORMANCE.ASYNC_TASKS.TASK_TIME_LIMIT": _HEAVY
    + "test_after_the_hard_limit_somebody_else_may_do_it",
    "PERFORMANCE.ASYNC_TASKS.TASK_SOFT_TIME_LIMIT": _HEAVY
    + "test_a_long_job_stops_at_the_soft_limit_and_goes_on_later",
    "PERFORMANCE.CONNECTION_POOLING.ENABLED": _HTTP
    + "test_without_pooling_each_request_has_a_connection_of_its_own",
    "PERFORMANCE.CONNECTION_POOLING.MAX_SIZE": _HTTP
    + "test_never_more_than_max_size_at_a_time_the_next_one_waits",
    "PERFORMANCE.CONNECTION_POOLING.TIMEOUT": _HTTP
    + "test_a_timeout_below_ten_seconds_bounds_the_answer_too",
}

#: Keys of which only these values are built; any other is refused as not built yet.
BUILT_VALUES: dict[str, tuple[object, ...]] = {"STORAGE.BACKEND": ("local",)}


@dataclass(frozen=True)
class TopLevel:
    """A setting outside the dictionaries: its type and default, what it does, who shows it."""

    key: str
    kind: str
    effect: str
    shown_by: str = ""


_ACCOUNT_MISSING = _ACCOUNT + "test_each_missing_setting_is_named_and_says_where_to_find_it"
_HOSTS = "contact_center/conf/test_regions.py::test_a_region_and_an_edge_lead_to_this_host"
_CELERY = "contact_center/test_celery.py::"
_ALONE = _WRITTEN + "test_alone_everything_is_in_one_folder_and_in_memory"
_REDIS = _WRITTEN + "test_redis_takes_the_cache_the_sockets_and_the_work"

TOP_LEVEL: tuple[TopLevel, ...] = (
    TopLevel(
        "TWILIO_ACCOUNT_SID",
        "AC and 32 digits, required",
        "The account in whose name the phone network is asked. Webhooks of another one are "
        "refused (403).",
        _EFFECT + "test_the_network_is_asked_in_the_name_of_the_account",
    ),
    TopLevel(
        "TWILIO_AUTH_TOKEN",
        "text, secret, required",
        "Authenticates our requests and the network's signatures. Several, with commas between "
        "them, while it is being changed: the first signs, each is believed.",
        _EFFECT + "test_a_request_signed_with_another_token_is_refused",
    ),
    TopLevel(
        "TWILIO_PHONE_NUMBER",
        "E.164, required",
        "The number calls go out from when nobody chose one.",
        _ACCOUNT + "test_a_phone_number_is_written_in_e164",
    ),
    TopLevel(
        "TWILIO_WEBHOOK_BASE_URL",
        "address, required; `BASE_URL`",
        "Begins every URL we give the network, and is what signatures are checked against. A "
        "slash at its end is forgiven.",
        _EFFECT + "test_every_url_we_give_out_begins_with_the_public_address",
    ),
    TopLevel(
        "TWILIO_API_KEY_SID",
        "SK and 32 digits, required",
        "The key that signs the browsers' access tokens.",
        _ACCOUNT_MISSING,
    ),
    TopLevel("TWILIO_API_KEY_SECRET", "text, secret, required", "Its secret.", _ACCOUNT_MISSING),
    TopLevel(
        "TWILIO_TWIML_APP_SID",
        "AP and 32 digits, required",
        "The application that browsers call through.",
        _ACCOUNT_MISSING,
    ),
    TopLevel(
        "TWILIO_WEBHOOK_VALIDATE",
        "bool, `True`",
        "Refuse (403) what the phone network has not signed. Off is an error in production.",
        _SITE + "test_in_production_signatures_must_be_checked",
    ),
    TopLevel(
        "TWILIO_REGION",
        "`us1`, `ie1` or `au1`, or None",
        "Where calls are processed. The edge names of the reference (dublin, sydney, singapore, "
        "tokyo, sao-paulo) are understood: dublin is ie1, sydney is au1, the others are us1, each "
        "by that edge; a warning says so.",
        _HOSTS,
    ),
    TopLevel(
        "TWILIO_EDGE",
        "ashburn, umatilla, dublin, frankfurt, sydney, singapore, tokyo, sao-paulo, or None",
        "Where traffic enters Twilio's network.",
        _HOSTS,
    ),
    TopLevel(
        "TWILIO_SUBACCOUNT_SID",
        "AC and 32 digits, or None",
        "Calls are made in its name, authenticated by the account above it.",
        _EFFECT + "test_the_network_is_asked_in_the_name_of_the_subaccount",
    ),
    TopLevel(
        "MOCK_TWILIO",
        "bool, `DEMO`",
        "The simulator at SIMULATOR_URL is the phone network.",
        _EFFECT + "test_the_simulator_is_asked_where_it_is_the_phone_network",
    ),
    TopLevel(
        "SECRET_KEY",
        "text, secret, required",
        "Signs sessions. There is no default; the demo makes its own and keeps it.",
        _WRITTEN + "test_a_site_that_is_told_nothing_has_no_secret_and_serves_nobody",
    ),
    TopLevel(
        "DEBUG",
        "bool, `DEMO`",
        "For developing: plain http is well, errors are shown in full.",
        _WRITTEN + "test_in_production_cookies_and_pages_are_for_https_only",
    ),
    TopLevel(
        "ALLOWED_HOSTS",
        "list of text, required in production",
        "The hosts this site answers for. Empty parts are nothing, not a host.",
        _WRITTEN + "test_hosts_are_split_at_commas_and_nothing_is_no_host",
    ),
    TopLevel(
        "BASE_URL",
        "address",
        "The site's public address; TWILIO_WEBHOOK_BASE_URL where that is not said.",
        _WRITTEN + "test_the_public_address_is_where_twilio_reaches_us",
    ),
    TopLevel(
        "DATABASES",
        "`DATABASE_URL`",
        "PostgreSQL with a pool (DATABASE_POOL_SIZE), or SQLite in DATA_DIR.",
        _WRITTEN + "test_postgresql_always_has_a_pool",
    ),
    TopLevel(
        "CACHES",
        "`REDIS_URL`",
        "django-redis with at most 50 connections, 5 s time limits, zlib, keys below "
        "`twilio_call`; a Redis that is down is a cache that misses. Without REDIS_URL: memory.",
        _REDIS,
    ),
    TopLevel(
        "CHANNEL_LAYERS",
        "`REDIS_URL`",
        "What screens are told through: channels-redis, or memory.",
        _REDIS,
    ),
    TopLevel(
        "CELERY_APP",
        "dotted path, `contact_center.celery.app`",
        "The app that takes heavy work. A site that has its own names it; its "
        "`autodiscover_tasks()` finds our tasks, and `contact_center.timetable.TIMETABLE` holds "
        "the entries for its beat.",
        _CELERY + "test_the_app_of_a_host_has_our_tasks_and_every_entry_of_the_timetable",
    ),
    TopLevel(
        "CELERY_BROKER_URL",
        "`REDIS_URL`, or `memory://`",
        "What heavy work travels through; in memory there is a worker inside the site's own "
        "process. While it is down the work waits in the database.",
        _HEAVY + "test_a_broker_that_is_down_delays_the_work_and_loses_none",
    ),
    TopLevel(
        "CELERY_RESULT_BACKEND",
        "`REDIS_URL`, or None",
        "Where results of tasks go. None is needed: what became of heavy work stands in its row.",
        _CELERY + "test_what_a_task_returns_is_json_and_its_outcome_is_asked_of_the_row",
    ),
    *(
        TopLevel(
            key,
            default,
            "Tasks and results are JSON, never pickle.",
            _CELERY + "test_nothing_but_json_is_ever_sent_or_believed",
        )
        for key, default in (
            ("CELERY_TASK_SERIALIZER", "`json`"),
            ("CELERY_RESULT_SERIALIZER", "`json`"),
            ("CELERY_ACCEPT_CONTENT", "`['json']`"),
        )
    ),
    TopLevel(
        "CALLS_PER_SECOND",
        "whole number, 1",
        "How many calls the account may begin in a second; four fifths of it are used.",
        "contact_center/services/test_callbacks.py::"
        "test_calls_are_begun_no_faster_than_the_account_may",
    ),
    TopLevel(
        "EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, EMAIL_USE_TLS, "
        "EMAIL_USE_SSL, DEFAULT_FROM_EMAIL",
        "text",
        "The mail server. Without EMAIL_HOST e-mail is kept, for supervisors to read.",
        _WRITTEN + "test_without_a_mail_server_e_mail_is_kept",
    ),
    TopLevel(
        "ALERT_WEBHOOK_HOSTS",
        "list of text, empty",
        "Hosts that alerts may be sent to, by https at public addresses: `hooks.example.org`, or "
        "with a port. Empty: none.",
        _HOOKS + "test_nothing_is_sent_to_a_host_that_is_not_on_the_list",
    ),
    TopLevel(
        "ALERT_WEBHOOK_LOCAL_HOSTS",
        "list of text, empty",
        "With DEBUG only: `host:port` pairs that may be private addresses and plain http.",
        _WRITTEN + "test_private_hosts_for_webhooks_are_refused_where_people_work",
    ),
    TopLevel(
        "STORAGES",
        "`DATA_DIR`, `DJANGO_TWILIO_CALL_STORAGE`",
        "Recordings, in a folder of their own: `recordings` is our own storage, which asks that "
        "dictionary, and DATA_DIR where it is left out; in another (`default`) wait music from "
        "files.",
        _ALONE,
    ),
    TopLevel(
        "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_STORAGE_BUCKET_NAME, AWS_S3_REGION_NAME",
        "text",
        "Used where DJANGO_TWILIO_CALL_STORAGE does not say.",
    ),
)
