create table virtual_keys (
  id uuid primary key,
  name text not null,
  job_id text,
  sha256 bytea not null unique check (octet_length(sha256) = 32),
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz
);
create index virtual_keys_created on virtual_keys (created_at desc, id);

-- No foreign key to virtual_keys: a booking must never fail, and it outlives its key.
create table requests (
  id text primary key,
  key_id uuid not null,
  job_id text,
  session_id text,
  model text,
  provider text not null,
  status integer not null,
  outcome text not null check (outcome in ('completed', 'failed', 'aborted')),
  streamed boolean not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  cache_read_tokens bigint not null,
  cache_write_5m_tokens bigint not null,
  cache_write_1h_tokens bigint not null,
  -- Null: the price table does not know the model.
  cost_usd double precision,
  upstream_request_id text,
  started_at timestamptz not null,
  first_byte_ms double precision,
  duration_ms double precision not null
);
create index requests_of_job on requests (job_id) where job_id is not null;
create index requests_started on requests (started_at);
