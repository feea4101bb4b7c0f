-- A job may wait for a usage limit to pass or for an answer of its owner; an ended one may be retried, or go on with another turn.
alter table jobs drop constraint jobs_state_check;
alter table jobs
  add constraint jobs_state_check
    check (state in ('queued', 'waiting-for-limit', 'running', 'waiting-for-approval', 'succeeded', 'failed', 'cancelled')),
  add column priority integer not null default 0 check (priority between -100 and 100),
  add column options jsonb not null default '{}',
  add column budget_usd double precision check (budget_usd > 0),
  -- The newest turn; the prompt of the first is the job's own.
  add column turn integer not null default 1 check (turn >= 1),
  -- Begins with each retry and each turn; max_attempts counts within it.
  add column round integer not null default 1 check (round >= 1),
  add column schedule_id uuid references schedules on delete set null,
  add column search tsvector generated always as (to_tsvector('simple', title || ' ' || left(prompt, 100000))) stored;
update jobs j set schedule_id = r.schedule_id from schedule_runs r where r.job_id = j.id;
create index jobs_by_schedule on jobs (schedule_id, id desc) where schedule_id is not null;
create index jobs_by_words on jobs using gin (search);

create table job_turns (
  job_id uuid not null references jobs on delete cascade,
  number integer not null check (number >= 2),
  prompt text not null,
  at timestamptz not null,
  primary key (job_id, number)
);

alter table attempts drop constraint attempts_state_check;
alter table attempts
  add constraint attempts_state_check check (state in ('running', 'succeeded', 'failed', 'lost', 'limited', 'cancelled')),
  add column turn integer not null default 1,
  add column round integer not null default 1;

-- What holds for the whole queue. Each claim locks the row, so that a pause or a smaller number of slots holds as soon as it was answered.
create table queue_state (
  only_row boolean primary key default true check (only_row),
  paused_at timestamptz,
  paused_by text,
  pause_reason text,
  slots integer check (slots >= 1),
  wait_for_limits boolean not null default true,
  limit_until timestamptz,
  limit_reason text,
  limit_provider text,
  check ((limit_until is null) = (limit_reason is null))
);
insert into queue_state default values;

-- Jobs whose rows are gone and whose files and keys are not yet.
create table deleted_jobs (
  job_id uuid primary key,
  key_ids text[] not null,
  at timestamptz not null default now()
);
