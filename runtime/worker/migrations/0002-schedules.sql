-- A job is a task for Claude Code or a command. A schedule makes jobs; a run is what became of one time at which it was due.
alter table jobs
  add column command jsonb,
  add column environment jsonb,
  add check (command is null or prompt = '');

create table schedules (
  id uuid primary key,
  name text not null unique,
  expression text not null,
  time_zone text not null,
  work jsonb not null,
  max_attempts integer not null check (max_attempts between 1 and 5),
  timeout_ms bigint check (timeout_ms > 0),
  no_overlap boolean not null,
  missed text not null check (missed in ('skip', 'once', 'all')),
  missed_limit integer not null check (missed_limit between 1 and 100),
  source text,
  paused_at timestamptz,
  problem text,
  -- What the clock said when next_due_at was reckoned; one that runs ahead of it was wrong then.
  planned_at timestamptz not null,
  next_due_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index schedules_due on schedules (next_due_at) where paused_at is null;

create table schedule_runs (
  id bigint generated always as identity primary key,
  schedule_id uuid not null references schedules on delete cascade,
  due_at timestamptz not null,
  -- Of a row that stands for several missed times: the first of them.
  missed_since timestamptz,
  cause text not null check (cause in ('schedule', 'catch-up', 'request')),
  outcome text not null check (outcome in ('job', 'overlap', 'missed')),
  job_id uuid references jobs on delete set null,
  worker text not null,
  at timestamptz not null
);
-- What no fault may break: a time that was due has one run.
create unique index schedule_runs_once on schedule_runs (schedule_id, due_at) where cause <> 'request';
create index schedule_runs_newest on schedule_runs (schedule_id, id desc);
create index schedule_runs_by_job on schedule_runs (job_id) where job_id is not null;
