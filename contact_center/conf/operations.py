"""The sections about running the site: webhooks, security, performance, monitoring, features."""

import ipaddress
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from contact_center.conf.sections import Rate, Seconds, Section, ServedPath, Strings


def _host_names(value: tuple[str, ...]) -> tuple[str, ...]:
    for host in value:
        if not host or "/" in host or ":" in host or host != host.strip().lower():
            raise ValueError(f"{host!r} is not a host name: write it like 'api.twilio.com'")
    return value


class Webhooks(Section):
    """DJANGO_TWILIO_CALL_WEBHOOKS: where the phone network reaches us, and what we believe."""

    voice_path: ServedPath = Field(
        default="/webhooks/voice/", description="Where we are asked for instructions."
    )
    status_path: ServedPath = Field(
        default="/webhooks/status/", description="Where we are told how a leg is doing."
    )
    recording_path: ServedPath = Field(
        default="/webhooks/recording/", description="Where we are told of recordings."
    )
    validate_signature: bool = Field(
        default=True,
        description=(
            "Refuse (403) what the phone network has not signed. Four spellings; when they "
            "contradict each other True wins."
        ),
    )
    allowed_hosts: Annotated[Strings, AfterValidator(_host_names)] = Field(
        default=("api.twilio.com", "eventgrid.twilio.com"),
        description=(
            "Hosts from which we fetch what a webhook's URL names. It cannot tell who sent a "
            "webhook: only the signature does."
        ),
    )
    retry_failed: bool = Field(
        default=True,
        description=(
            "A report that was acknowledged and could not be applied is tried again, with growing "
            "pauses. Off: it is only recorded as failed. Either way supervisors see it."
        ),
    )
    max_retries: int = Field(
        default=3,
        ge=0,
        le=100,
        description=(
            "Attempts after which such a report is given up, the first one counted (so 0 is as "
            "good as 1): an event, a line in the log, and the page of what was set aside."
        ),
    )
    timeout: int = Field(
        default=15,
        ge=1,
        le=15,
        description=(
            "Seconds within which every webhook is answered (Twilio waits 15), and after which an "
            "alert that is sent by webhook has not arrived."
        ),
    )


class Analytics(Section):
    """DJANGO_TWILIO_CALL_ANALYTICS."""

    cache_timeout: int = Field(default=300, ge=0, description="Seconds a report is kept.")
    real_time_cache: int = Field(
        default=10,
        ge=0,
        description=(
            "Seconds for which the figures of today on the floor are kept; however many screens "
            "ask at once, they are added up once. Who waits and what agents do now is never kept. "
            "0: nothing is."
        ),
    )
    default_date_range: int = Field(default=30, ge=1, description="Days a report covers.")
    enable_predictive: bool = Field(default=False, description="Forecasts.")
    track_custom_metrics: bool = Field(default=True, description="Figures of your own.")


def _with_placeholder(name: str) -> AfterValidator:
    def check(value: str) -> str:
        if f"{{{name}}}" not in value:
            raise ValueError(f"the placeholder {{{name}}} is missing")
        return value

    return AfterValidator(check)


class CacheKeys(Section):
    """DJANGO_TWILIO_CALL_CACHE_KEYS."""

    queue_metrics: Annotated[str, _with_placeholder("queue_id")] = Field(
        default="queue:metrics:{queue_id}", description="Key of a queue's figures."
    )
    agent_status: Annotated[str, _with_placeholder("agent_id")] = Field(
        default="agent:status:{agent_id}", description="Key of an agent's status."
    )
    call_analytics: Annotated[str, _with_placeholder("date_range")] = Field(
        default="analytics:calls:{date_range}", description="Key of a report."
    )
    real_time: str = Field(
        default="metrics:realtime",
        min_length=1,
        description=(
            "What the key of the figures of today begins with; organisation and day follow."
        ),
    )


class RateLimit(Section):
    """DJANGO_TWILIO_CALL_RATE_LIMIT."""

    enabled: bool = Field(default=True, description="Requests are counted and limited.")
    default_rate: Rate = Field(default="100/hour", description="Requests to the API.")
    burst_rate: Rate = Field(
        default="10/minute", description="Requests to the API in a short time."
    )
    webhook_rate: Rate = Field(default="1000/minute", description="Webhooks of one account.")
    per_ip: bool = Field(default=True, description="Strangers are counted by address.")
    per_user: bool = Field(default=True, description="Users are counted by name.")


class Monitoring(Section):
    """DJANGO_TWILIO_CALL_MONITORING."""

    sentry_dsn: SecretStr | None = Field(
        default=None, strict=False, description="Errors go to Sentry."
    )
    sentry_environment: str = Field(default="development", description="Environment named there.")
    enable_metrics: bool = Field(default=True, description="Metrics are kept.")
    metrics_backend: Literal["statsd", "prometheus", "datadog"] = Field(
        default="statsd", description="Where metrics go."
    )
    statsd_host: str = Field(default="localhost", description="Host of statsd.")
    statsd_port: int = Field(default=8125, ge=1, le=65535, description="Its port.")
    statsd_prefix: str = Field(default="twilio_call", description="First part of every name.")


def _networks(value: tuple[str, ...]) -> tuple[str, ...]:
    for entry in value:
        try:
            ipaddress.ip_network(entry, strict=False)
        except ValueError as error:
            raise ValueError(f"{entry!r} is neither an address nor a network") from error
    return value


class Security(Section):
    """DJANGO_TWILIO_CALL_SECURITY."""

    encrypt_sensitive_data: bool = Field(
        default=True, description="Numbers are encrypted in the database."
    )
    encryption_key: SecretStr | None = Field(
        default=None, strict=False, description="The key for it."
    )
    mask_phone_numbers: bool = Field(
        default=True, description="Logs show +1415***0100 where a phone number stood."
    )
    audit_log_enabled: bool = Field(default=True, description="Who changed what is written down.")
    audit_log_retention: int = Field(default=365, ge=1, description="Days it is kept.")
    ip_whitelist: Annotated[Strings, AfterValidator(_networks)] = Field(
        default=(), description="Addresses webhooks may come from; empty: any."
    )
    require_https: bool = Field(default=True, description="Plain http is refused.")


class ConnectionPooling(Section):
    """DJANGO_TWILIO_CALL_PERFORMANCE['CONNECTION_POOLING']: connections to the phone network.

    The database has a pool of its own (DATABASE_POOL_SIZE in the environment).
    """

    enabled: bool = Field(
        default=True, description="Connections to the phone network are kept open."
    )
    max_size: int = Field(
        default=10, ge=1, description="At most so many at a time; the next one waits."
    )
    min_size: int = Field(
        default=2, ge=0, description="So many are kept open while nothing happens."
    )
    timeout: Seconds = Field(
        default=30, description="Seconds to wait for a free connection or an answer."
    )

    @model_validator(mode="after")
    def _smallest_first(self) -> Self:
        # A pool made small (CONNECTION_POOL_SIZE) need not say that it keeps fewer, too.
        if "min_size" in self.model_fields_set and self.min_size > self.max_size:
            raise ValueError(f"MIN_SIZE {self.min_size} is larger than MAX_SIZE {self.max_size}")
        return self


class DatabaseOptimization(Section):
    """DJANGO_TWILIO_CALL_PERFORMANCE['DATABASE_OPTIMIZATION']."""

    use_select_related: bool = Field(
        default=True, description="Lists fetch their rows in one query."
    )
    use_prefetch_related: bool = Field(default=True, description="The same for many to many.")
    batch_size: int = Field(default=100, ge=1, description="Rows of one step of a large job.")


class AsyncTasks(Section):
    """DJANGO_TWILIO_CALL_PERFORMANCE['ASYNC_TASKS']."""

    use_celery: bool = Field(
        default=True,
        description=(
            "The clock gives heavy work to Celery's workers. Off: it does it itself, in a thread "
            "beside its own work, and no broker is needed. A webhook speaks to neither."
        ),
    )
    task_time_limit: Seconds = Field(
        default=300,
        description=(
            "Seconds after which a worker ends a task that did not come to a stop; it is then "
            "begun again, five times at most. A thread cannot be ended: what it comes to after "
            "its time counts for nothing."
        ),
    )
    task_soft_time_limit: Seconds = Field(
        default=240,
        description="Seconds after which a long task stops where it can go on in another run.",
    )

    @model_validator(mode="after")
    def _told_before_ended(self) -> Self:
        if self.task_soft_time_limit >= self.task_time_limit:
            raise ValueError("TASK_SOFT_TIME_LIMIT must be smaller than TASK_TIME_LIMIT")
        return self


class Performance(Section):
    """DJANGO_TWILIO_CALL_PERFORMANCE."""

    connection_pooling: ConnectionPooling = Field(
        default=ConnectionPooling(), description="Connections to the phone network."
    )
    database_optimization: DatabaseOptimization = Field(
        default=DatabaseOptimization(), description="How lists are read."
    )
    async_tasks: AsyncTasks = Field(default=AsyncTasks(), description="How heavy work is done.")


class Features(Section):
    """DJANGO_TWILIO_CALL_FEATURES."""

    beta_features: bool = Field(default=False, description="What is still being tried out.")
    websocket_support: bool = Field(
        default=True, description="Screens are told at once what happened (/ws/…); else they ask."
    )
    graphql_api: bool = Field(default=False, description="/graphql.")
    multi_tenant: bool = Field(default=False, description="Several organisations on one site.")
    advanced_analytics: bool = Field(default=True, description="Occupancy, adherence and the like.")
    ai_routing: bool = Field(default=False, description="Agents chosen by predicted outcome.")
    sentiment_analysis: bool = Field(default=False, description="The mood of a transcript.")


class Migration(Section):
    """DJANGO_TWILIO_CALL_MIGRATION."""

    import_existing_calls: bool = Field(
        default=False, description="Calls of an older system are read in."
    )
    map_agent_ids: bool = Field(default=True, description="Their agents become ours.")
    preserve_call_history: bool = Field(default=True, description="Their times are kept.")
    migration_batch_size: int = Field(default=100, ge=1, description="Calls of one step.")


class General(Section):
    """What DJANGO_TWILIO_CALL says for itself, beside the other names of keys of the sections."""

    mock_twilio: bool = Field(
        default=False, description="The simulator is the phone network; no account is needed."
    )
    verbose_logging: bool = Field(
        default=False,
        description="Our loggers write everything, documents we answer with included.",
    )
    use_ngrok: bool = Field(default=False, description="The public address is asked of ngrok.")
    use_sandbox: bool = Field(default=False, description="Twilio's test credentials are used.")
    alert_on_error: bool = Field(
        default=False,
        description=(
            "Alerts about faults of the site (the phone network failing, much put right, reports "
            "given up) are sent by e-mail and webhook too, each once. Off: only shown on screens."
        ),
    )
    high_availability: bool = Field(
        default=False,
        description=(
            "There is more than one node. What would keep something to one of them is an error: "
            "SQLite, channel layer, cache or broker in memory."
        ),
    )
    auto_scaling: bool = Field(default=False, description="Figures to scale by.")
    backup_enabled: bool = Field(default=False, description="Backups are made.")
    ivr_enabled: bool = Field(default=True, description="Callers hear the menu first.")
    analytics_enabled: bool = Field(default=True, description="Reports are made.")
    use_cache: bool = Field(default=True, description="The cache is used.")
    cache_timeout: int = Field(default=300, ge=0, description="Seconds our entries are kept there.")
