-- One row per request that changes something, written before it is carried out. status is null until it ended,
-- and stays null when this process died meanwhile: the outcome is unknown then.
create table audit (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  actor text not null check (actor in ('owner', 'owner-token', 'anonymous')),
  action text not null,
  target text not null,
  address text not null,
  request_id text not null,
  status integer,
  outcome text check (outcome in ('done', 'refused', 'failed', 'aborted')),
  ended_at timestamptz
);
create index audit_by_time on audit (at);
