-- The owner's password as the last start knew it: when the secret changes, every session ends.
create table owner_password (
  only_row boolean primary key default true check (only_row),
  salt bytea not null,
  hash bytea not null,
  changed_at timestamptz not null
);

-- Only the SHA-256 of a session's token is kept: whoever reads this table can't sign in with it.
create table sessions (
  token_sha256 bytea primary key,
  address text not null,
  user_agent text,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index sessions_by_address on sessions (address, created_at);

-- How far ahead of now an address (or everyone together) has used up its tries; see throttle.ts.
create table sign_in_limits (
  key text primary key,
  used_up_until timestamptz not null
);
