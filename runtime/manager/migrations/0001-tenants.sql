-- What each person's assistant shall be, and how far it is. Docker alone says which containers there are.
create table tenants (
  id text primary key check (id ~ '^[a-z][a-z0-9-]{0,30}[a-z0-9]$'),
  name text not null,
  people text[] not null default '{}',
  state text not null,
  state_at timestamptz not null,
  desired text not null check (desired in ('awake', 'asleep', 'stopped', 'removed')),
  -- A container of another generation is replaced.
  generation integer not null default 1,
  -- Null: the home's own image, whichever that is at the next start.
  image text,
  -- The last image with which it became ready; where a bad one is taken back to.
  good_image text,
  memory_mb integer not null,
  cpus double precision not null,
  disk_mb integer not null,
  internet boolean not null,
  -- 0: never falls asleep by itself.
  idle_minutes integer not null,
  daily_usd double precision,
  monthly_usd double precision,
  -- Its network's place in the range of all; a removed one gives it back.
  subnet_index integer unique,
  -- Memory that is promised to it; taken before its container is made, given back when Docker shows none.
  reserved_mb integer not null default 0,
  token_hash text not null,
  token_sealed text not null,
  key_id text,
  key_sealed text,
  -- The gateway does not know the budget yet.
  key_stale boolean not null default false,
  created_at timestamptz not null,
  ready_at timestamptz,
  last_active_at timestamptz,
  -- When the schedules of its assistant are due next, as read when it fell asleep.
  due_at timestamptz,
  remove_at timestamptz,
  -- What it goes back to when its removal is undone.
  kept_desired text,
  final_backup text not null default 'none' check (final_backup in ('none', 'wanted', 'done')),
  last_backup_at timestamptz,
  restore_folder text,
  -- A digest of what its openclaw.json was last written from.
  prepared_for text,
  problem_code text,
  problem_message text,
  deaths timestamptz[] not null default '{}',
  next_try_at timestamptz,
  usage jsonb
);

-- A container that was made without a promise, or twice, would break the sum: it is asked for in each round.
create index tenants_with_memory on tenants (id) where reserved_mb > 0;

create table tenant_domains (
  domain text primary key,
  tenant_id text not null references tenants on delete cascade
);
create index tenant_domains_of on tenant_domains (tenant_id);

create table tenant_events (
  id bigint generated always as identity primary key,
  tenant_id text not null,
  at timestamptz not null,
  actor text not null,
  kind text not null,
  detail jsonb not null default '{}'
);
create index tenant_events_of on tenant_events (tenant_id, id);

-- Each manager that takes over raises it; what an earlier one still writes is refused.
create table manager_epoch (
  one boolean primary key default true check (one),
  epoch bigint not null default 0
);
insert into manager_epoch default values;
