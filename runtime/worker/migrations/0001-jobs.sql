-- A job is what was asked; an attempt is one run of it in one container; a slot is the right to run one.
create table jobs (
  id uuid primary key,
  title text not null,
  prompt text not null,
  model text,
  state text not null default 'queued' check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  max_attempts integer not null check (max_attempts between 1 and 5),
  timeout_ms bigint not null check (timeout_ms > 0),
  idempotency_key text unique,
  request_sha256 text not null,
  queue_entry uuid,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  cancel_requested_at timestamptz,
  result text,
  error_code text,
  error_message text,
  cost_usd double precision,
  provider text,
  usage_pending boolean not null default false,
  check ((state in ('succeeded', 'failed', 'cancelled')) = (finished_at is not null))
);
create index jobs_by_state on jobs (state, id desc);
create index jobs_usage_pending on jobs (id) where usage_pending;

create table attempts (
  job_id uuid not null references jobs on delete cascade,
  number integer not null check (number >= 1),
  state text not null default 'running' check (state in ('running', 'succeeded', 'failed', 'lost', 'cancelled')),
  slot integer not null,
  session_id uuid not null,
  worker text not null,
  lease_epoch integer not null default 1,
  lease_until timestamptz not null,
  key_id text,
  key_revoked_at timestamptz,
  container_started_at timestamptz,
  outcome jsonb,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  exit_code integer,
  error_code text,
  error_message text,
  primary key (job_id, number),
  check ((state = 'running') = (finished_at is null))
);
-- What no fault may break: one running attempt per job and per slot.
create unique index attempts_one_per_job on attempts (job_id) where state = 'running';
create unique index attempts_one_per_slot on attempts (slot) where state = 'running';
create index attempts_running on attempts (lease_until) where state = 'running';
create index attempts_keys on attempts (job_id) where key_id is not null and key_revoked_at is null and state <> 'running';

create table slots (
  number integer primary key check (number >= 1),
  job_id uuid,
  attempt integer,
  check ((job_id is null) = (attempt is null)),
  foreign key (job_id, attempt) references attempts (job_id, number) on delete set null (job_id, attempt)
);

create table events (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  job_id uuid not null references jobs on delete cascade,
  attempt integer,
  kind text not null,
  worker text not null,
  detail jsonb not null default '{}'
);
create index events_by_job on events (job_id, id);
