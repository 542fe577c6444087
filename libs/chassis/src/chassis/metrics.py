"""Every metric of the chassis in one place, with how to read it. Served in Prometheus' format on KAMAI_METRICS_LISTEN."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

CALLS = Histogram(
    "kamai_rpc_seconds",
    "Time of gRPC calls by method and status code; alarm on INTERNAL > 0 and on p99.",
    ["method", "code"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
)
RELAYED = Counter("kamai_outbox_relayed_total", "Events acknowledged by Kafka; its rate is the event rate of the service.")
RELAY_FAILURES = Counter("kamai_outbox_failures_total", "Sends Kafka refused; each blocks its aggregate until a later try.")
RELAY_LAG = Histogram(
    "kamai_outbox_lag_seconds",
    "Commit to acknowledgement; p99 above 1 s means the relay or Kafka is behind.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30),
)
SHARDS = Gauge("kamai_outbox_shards", "Shards this relay owns; over all replicas they add up to 64.")
HANDLED = Counter(
    "kamai_events_handled_total",
    "Events by consumer and outcome (handled, duplicate, stale, waiting, dead).",
    ["consumer", "outcome"],
)
EVENT_FAILURES = Counter("kamai_event_failures_total", "Failed tries of handlers, by consumer.", ["consumer"])
STOPPED_KEYS = Counter(
    "kamai_event_keys_stopped_total",
    "Keys parked or in a gap for too long: somebody has to look.",
    ["consumer"],
)
SCHEDULE_FAILURES = Counter("kamai_schedule_failures_total", "Failed runs of schedules, by name.", ["schedule"])
