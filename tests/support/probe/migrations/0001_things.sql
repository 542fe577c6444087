-- An aggregate, and the effects of its events at a consumer. No constraint on effects: an effect that happened twice is to be seen.

CREATE TABLE thing (
    id      uuid   PRIMARY KEY,
    version bigint NOT NULL,
    CONSTRAINT thing_version_positive CHECK (version > 0)
);

CREATE TABLE effect (
    place    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key      text   NOT NULL,
    sequence bigint NOT NULL,
    event_id uuid   NOT NULL
);
