-- Bodies of requests whose key asks for them to be kept, sealed. No foreign key: a body is written while its request still runs.
create table request_bodies (
  request_id text primary key,
  key_id uuid not null,
  stored_at timestamptz not null,
  -- As it was sent; what is sealed is packed, and cut where it was too long.
  size_bytes bigint not null,
  is_cut boolean not null,
  sealed bytea not null
);
-- It is packed and sealed: nothing is left to compress.
alter table request_bodies alter column sealed set storage external;
create index request_bodies_stored on request_bodies (stored_at);
