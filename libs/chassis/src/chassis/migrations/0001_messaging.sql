-- Tables every service has: replies of idempotent calls, outbox, inbox, failed events, state transitions.

CREATE TABLE idempotent_reply (
    scope        text        NOT NULL,  -- tenant, kind of credential and subject of the caller
    request_id   uuid        NOT NULL,
    request_hash bytea       NOT NULL,  -- SHA-256 over method and request
    reply        bytea       NOT NULL,  -- sealed
    subjects     uuid[]      NOT NULL,  -- what it speaks of: the erasure of a person deletes it
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (scope, request_id)
);
CREATE INDEX idempotent_reply_created ON idempotent_reply USING brin (created_at);

CREATE TABLE outbox (
    shard             smallint    NOT NULL,
    id                bigint      GENERATED ALWAYS AS IDENTITY (CACHE 1),
    event_id          uuid        NOT NULL DEFAULT uuidv7(),
    aggregate_type    text        NOT NULL,
    aggregate_id      uuid        NOT NULL,
    aggregate_version bigint      NOT NULL,
    topic             text        NOT NULL,
    type              text        NOT NULL,
    key               bytea       NOT NULL,
    payload           bytea       NOT NULL,
    headers           jsonb       NOT NULL DEFAULT '{}',
    attempts          int         NOT NULL DEFAULT 0,
    not_before        timestamptz,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (shard, id)
) WITH (
    -- rows live for milliseconds: vacuum by count, at full speed
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX outbox_blocked ON outbox (shard, aggregate_id) WHERE not_before IS NOT NULL;

-- The shard of an aggregate depends on its id only: never on partitions or replicas. UUIDv7 ends in random bits.
CREATE FUNCTION outbox_shard(aggregate_id uuid) RETURNS smallint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (get_byte(uuid_send(aggregate_id), 15) & 63)::smallint;

-- Whoever draws an id has a transaction id by then: the relay's watermark rests on it. An INSERT by itself takes its
-- transaction id only with the first row, after the ids were drawn.
CREATE FUNCTION outbox_take_transaction_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_current_xact_id();
    RETURN NULL;
END $$;
CREATE TRIGGER take_transaction_id BEFORE INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_take_transaction_id();

CREATE TABLE inbox (
    consumer    text        NOT NULL,
    event_id    uuid        NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event_id)
) WITH (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX inbox_received ON inbox USING brin (received_at);

-- Last sequence handled per aggregate: older events are dropped, the next is handled, a gap waits.
CREATE TABLE inbox_position (
    consumer text   NOT NULL,
    key      text   NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (consumer, key)
) WITH (fillfactor = 70);

CREATE TABLE failed_event (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer        text        NOT NULL,
    topic           text        NOT NULL,
    partition       int         NOT NULL,
    record_offset   bigint      NOT NULL,
    event_id        uuid,       -- NULL when the headers could not be read
    type            text        NOT NULL DEFAULT '',
    key             text        NOT NULL DEFAULT '',
    sequence        bigint      NOT NULL DEFAULT 0,
    headers         jsonb       NOT NULL,   -- list of [name, base64 value], as received
    payload         bytea,
    state           text        NOT NULL CHECK (state IN ('RETRYING', 'PARKED', 'DEAD', 'WAITING', 'RESOLVED', 'DISCARDED')),
    error           text        NOT NULL,
    attempts        int         NOT NULL DEFAULT 0,
    not_before      timestamptz NOT NULL DEFAULT now(),
    alarmed_at      timestamptz,
    first_failed_at timestamptz NOT NULL DEFAULT now(),
    last_failed_at  timestamptz NOT NULL DEFAULT now(),
    decided_by      text        NOT NULL DEFAULT '',
    decision_reason text        NOT NULL DEFAULT ''
);
-- An event is known by its id. Offsets begin again when a topic is made anew, so they tell only unreadable records apart, with
-- their bytes.
CREATE UNIQUE INDEX failed_event_known ON failed_event (consumer, event_id) WHERE event_id IS NOT NULL;
CREATE UNIQUE INDEX failed_event_unreadable ON failed_event (consumer, topic, partition, record_offset, md5(coalesce(payload, '')))
    WHERE event_id IS NULL;
CREATE INDEX failed_event_open ON failed_event (consumer, key, sequence)
    WHERE state IN ('RETRYING', 'PARKED', 'WAITING', 'DISCARDED');

-- Every step of every state machine of the service.
CREATE TABLE transition (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    aggregate_type text        NOT NULL,
    aggregate_id   uuid        NOT NULL,
    version        bigint      NOT NULL,
    from_state     text        NOT NULL,
    to_state       text        NOT NULL,
    actor          text        NOT NULL,
    reason         text        NOT NULL,
    occurred_at    timestamptz NOT NULL
);
CREATE INDEX transition_aggregate ON transition (aggregate_id, id);
