"""What is built: each key that is obeyed today, and the test that shows what it does.

A key of the models that is not in this table is *not built yet*: left out it is off; written, it
is refused by name. Whoever builds it adds its line here.
"""

BUILT: dict[str, str] = {
    # DJANGO_TWILIO_CALL
    "MOCK_TWILIO": "",
    "VERBOSE_LOGGING": "",
    "TWILIO_WEBHOOK_VALIDATE": "",
    "WEBHOOK_VALIDATE": "",
    "DEFAULT_QUEUE": "",
    "DEFAULT_TIMEOUT": "",
    "CONNECTION_POOL_SIZE": "",
    # DJANGO_TWILIO_CALL_<GROUP>
    "QUEUE.DEFAULT_NAME": "",
    "QUEUE.DEFAULT_PRIORITY": "",
    "QUEUE.DEFAULT_ROUTING_STRATEGY": "",
    "AGENT.DEFAULT_STATUS": "",
    "AGENT.MAX_CONCURRENT_CALLS": "",
    "AGENT.BREAK_TYPES": "",
    "CALL.DEFAULT_TIMEOUT": "",
    "CALL.MAX_DURATION": "",
    "IVR.DEFAULT_LANGUAGE": "",
    "IVR.DEFAULT_VOICE": "",
    "IVR.SUPPORTED_LANGUAGES": "",
    "IVR.DIGIT_TIMEOUT": "",
    "IVR.MAX_RETRIES": "",
    "CONFERENCE.MAX_PARTICIPANTS": "",
    "CONFERENCE.WAIT_URL": "",
    "CONFERENCE.WAIT_METHOD": "",
    "CONFERENCE.START_ON_ENTER": "",
    "CONFERENCE.END_ON_EXIT": "",
    "CONFERENCE.BEEP_ON_ENTER": "",
    "CONFERENCE.MUTED_ON_ENTRY": "",
    "WEBHOOKS.VOICE_PATH": "",
    "WEBHOOKS.STATUS_PATH": "",
    "WEBHOOKS.RECORDING_PATH": "",
    "WEBHOOKS.VALIDATE_SIGNATURE": "",
    "WEBHOOKS.ALLOWED_HOSTS": "",
    "WEBHOOKS.TIMEOUT": "",
    "SECURITY.MASK_PHONE_NUMBERS": "",
    "PERFORMANCE.CONNECTION_POOLING.ENABLED": "",
    "PERFORMANCE.CONNECTION_POOLING.MAX_SIZE": "",
    "PERFORMANCE.CONNECTION_POOLING.TIMEOUT": "",
    "FEATURES.WEBSOCKET_SUPPORT": "",
}

#: Keys of which only these values are built; any other is refused as not built yet.
BUILT_VALUES: dict[str, tuple[object, ...]] = {
    "QUEUE.DEFAULT_ROUTING_STRATEGY": ("round_robin", "longest_idle"),
    "AGENT.MAX_CONCURRENT_CALLS": (1,),
}
