-- How a member's browser comes from the console to a tenant's own host, and what lets it in there. Of both tokens only the SHA-256 is kept.
-- A ticket is good for one exchange, by the browser that holds the nonce whose SHA-256 is `visit`, at the host for which it was made.
create table tenant_tickets (
  token_sha256 bytea primary key,
  visit_sha256 bytea not null,
  host text not null,
  path text not null,
  session_id uuid not null references sessions (id) on delete cascade,
  expires_at timestamptz not null,
  used_at timestamptz
);

-- A pass is good at one host, for as long as the session lives from which it came.
create table tenant_passes (
  token_sha256 bytea primary key,
  host text not null,
  session_id uuid not null references sessions (id) on delete cascade,
  created_at timestamptz not null
);
create index tenant_passes_by_session on tenant_passes (session_id);
create index tenant_tickets_by_session on tenant_tickets (session_id);
