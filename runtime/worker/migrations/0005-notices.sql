-- What a job asks of its owner, and what the owner is told. A message says what happened; a delivery brings it to one receiver.
alter table jobs
  -- {"events": […], "target": what may be shown, "sealed": address and secret}
  add column webhook jsonb;

create table approvals (
  id uuid primary key,
  job_id uuid not null,
  attempt integer not null,
  -- Of the file in which the container asks.
  request_id uuid not null,
  tool_use_id text not null,
  tool text not null,
  -- Text, since jsonb would not keep it as it was asked.
  input text not null,
  summary text not null,
  state text not null default 'pending' check (state in ('pending', 'allowed', 'denied', 'expired', 'withdrawn')),
  requested_at timestamptz not null default now(),
  expires_at timestamptz not null,
  answered_at timestamptz,
  answered_by text,
  message text,
  foreign key (job_id, attempt) references attempts (job_id, number) on delete cascade,
  -- A request is asked once, however often it is read.
  unique (job_id, attempt, request_id),
  check ((state = 'pending') = (answered_at is null))
);
create index approvals_pending on approvals (job_id) where state = 'pending';

create table notice_channels (
  id uuid primary key,
  name text not null unique,
  kind text not null check (kind in ('ntfy', 'slack', 'webhook', 'mail')),
  -- What may be shown of the settings, and all of them, sealed.
  shown jsonb not null,
  sealed text not null,
  events text[] not null,
  enabled boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- Channels that hear of one schedule's jobs.
create table schedule_channels (
  schedule_id uuid not null references schedules on delete cascade,
  channel_id uuid not null references notice_channels on delete cascade,
  only_on_error boolean not null,
  primary key (schedule_id, channel_id)
);

create table notice_messages (
  id uuid primary key default gen_random_uuid(),
  kind text not null,
  at timestamptz not null default now(),
  job_id uuid,
  data jsonb not null,
  -- After it nobody need be told.
  expires_at timestamptz
);

create table notice_deliveries (
  id bigint generated always as identity primary key,
  message_id uuid not null references notice_messages on delete cascade,
  channel_id uuid references notice_channels on delete cascade,
  -- A job's own webhook, which has no channel.
  webhook jsonb,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'dead')),
  attempts integer not null default 0,
  next_at timestamptz not null default now(),
  last_error text,
  ended_at timestamptz,
  check ((channel_id is null) <> (webhook is null)),
  check ((state = 'pending') = (ended_at is null))
);
create unique index notice_deliveries_once on notice_deliveries (message_id, channel_id) where channel_id is not null;
create unique index notice_deliveries_once_webhook on notice_deliveries (message_id) where webhook is not null;
create index notice_deliveries_due on notice_deliveries (next_at) where state = 'pending';
create index notice_messages_age on notice_messages (at);

-- The database itself writes what is to be told, so that whoever changes a job can't forget it, and both commit together.
create function tell(told_kind text, told_data jsonb, told_job uuid, told_schedule uuid, told_until timestamptz) returns void language plpgsql as $$
declare
  message uuid := gen_random_uuid();
  own jsonb := (select webhook from jobs where id = told_job);
begin
  insert into notice_messages (id, kind, job_id, data, expires_at) values (message, told_kind, told_job, told_data, told_until);
  insert into notice_deliveries (message_id, channel_id)
    select message, c.id from notice_channels c
    where c.enabled and (
      -- Who hears that a schedule failed need not hear the same of its job.
      (told_kind = any (c.events) and not (told_kind = 'job.failed' and told_schedule is not null and 'schedule.failed' = any (c.events)))
      or (told_kind like 'job.%' and exists (
        select from schedule_channels s where s.channel_id = c.id and s.schedule_id = told_schedule and (told_kind = 'job.failed' or not s.only_on_error))));
  if own is not null and own -> 'events' ? told_kind then
    insert into notice_deliveries (message_id, webhook) values (message, own);
  end if;
  if not exists (select from notice_deliveries where message_id = message) then
    delete from notice_messages where id = message;
  end if;
end $$;

create function tell_job_end() returns trigger language plpgsql as $$
declare
  job jobs;
  run record;
  told jsonb;
  before text;
begin
  -- As it is at the end of the transaction: what the job cost is stored after its state.
  select * into job from jobs where id = new.id and state = new.state;
  if not found then return null; end if;
  select r.id, s.id as schedule_id, s.name into run from schedule_runs r join schedules s on s.id = r.schedule_id where r.job_id = job.id limit 1;
  told := jsonb_build_object(
    'job', jsonb_build_object(
      'id', job.id, 'title', job.title, 'state', job.state, 'result', left(job.result, 1000), 'startedAt', job.started_at, 'finishedAt', job.finished_at,
      'costUsd', job.cost_usd, 'attempts', (select count(*) from attempts where job_id = job.id),
      'error', case when job.error_code is not null then jsonb_build_object('code', job.error_code, 'message', left(job.error_message, 1000)) end),
    'schedule', case when run.schedule_id is not null then jsonb_build_object('id', run.schedule_id, 'name', run.name) end);
  perform tell('job.' || job.state, told, job.id, run.schedule_id, null);
  if run.schedule_id is null then return null; end if;
  if job.state = 'failed' then perform tell('schedule.failed', told, job.id, run.schedule_id, null); end if;
  if job.state <> 'succeeded' then return null; end if;
  select j.state into before from schedule_runs r join jobs j on j.id = r.job_id
    where r.schedule_id = run.schedule_id and r.id < run.id and j.state in ('succeeded', 'failed') order by r.id desc limit 1;
  if before = 'failed' then perform tell('schedule.recovered', told, job.id, run.schedule_id, null); end if;
  return null;
end $$;

create constraint trigger jobs_tell_end after update of state on jobs deferrable initially deferred for each row
  when (old.state is distinct from new.state and new.state in ('succeeded', 'failed', 'cancelled')) execute function tell_job_end();

-- A schedule that paused itself makes no job that could fail.
create function tell_schedule_problem() returns trigger language plpgsql as $$
begin
  perform tell('schedule.failed', jsonb_build_object('job', null, 'schedule', jsonb_build_object('id', new.id, 'name', new.name, 'problem', new.problem)),
    null, new.id, null);
  return null;
end $$;

create trigger schedules_tell_problem after update of problem on schedules for each row
  when (new.problem is not null and old.problem is distinct from new.problem) execute function tell_schedule_problem();

-- Once for each wait, not for each job that waits.
create function tell_limit() returns trigger language plpgsql as $$
begin
  perform tell('queue.limited', jsonb_build_object('limit', jsonb_build_object('until', new.limit_until, 'reason', new.limit_reason)), null, null, null);
  return null;
end $$;

create trigger queue_tells_limit after update of limit_until on queue_state for each row
  when (new.limit_until is not null and (old.limit_until is null or old.limit_until < now())) execute function tell_limit();

create function tell_approval() returns trigger language plpgsql as $$
begin
  perform tell('approval.requested',
    jsonb_build_object(
      'job', (select jsonb_build_object('id', id, 'title', title, 'state', state) from jobs where id = new.job_id),
      'approval', jsonb_build_object('id', new.id, 'tool', new.tool, 'summary', new.summary, 'expiresAt', new.expires_at)),
    new.job_id, null, new.expires_at);
  return null;
end $$;

create trigger approvals_tell after insert on approvals for each row execute function tell_approval();

-- Whoever cancels a job or closes an attempt takes back what it asks.
create function withdraw_approvals() returns trigger language plpgsql as $$
begin
  update approvals set state = 'withdrawn', answered_at = now()
    where state = 'pending' and job_id = (to_jsonb(new) ->> tg_argv[0])::uuid and (tg_argv[0] = 'id' or attempt = (to_jsonb(new) ->> 'number')::integer);
  return null;
end $$;

create trigger jobs_withdraw_approvals after update of cancel_requested_at on jobs for each row
  when (new.cancel_requested_at is not null and old.cancel_requested_at is null) execute function withdraw_approvals('id');

create trigger attempts_withdraw_approvals after update of state on attempts for each row
  when (old.state = 'running' and new.state <> 'running') execute function withdraw_approvals('job_id');
