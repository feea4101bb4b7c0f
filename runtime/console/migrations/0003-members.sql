-- Who may come in. The owner is a row like the others, but has no password here (see owner_password) and can't be removed.
create table members (
  id text primary key,
  name text not null check (name = btrim(name) and name <> ''),
  role text not null check (role in ('viewer', 'operator', 'owner')),
  salt bytea,
  hash bytea,
  created_at timestamptz not null,
  -- Kept when they leave, since sessions and the audit speak of them; the password goes.
  removed_at timestamptz,
  check ((id = 'owner') = (role = 'owner')),
  check (id <> 'owner' or removed_at is null)
);
create unique index members_by_name on members (lower(name)) where removed_at is null;
insert into members (id, name, role, created_at) values ('owner', 'owner', 'owner', now());

alter table sessions
  add column id uuid not null default gen_random_uuid() unique,
  add column member_id text not null default 'owner' references members (id);
alter table sessions alter column member_id drop default;
create index sessions_by_member on sessions (member_id, expires_at);

-- A link that lets its bearer set a password once: as a new member, or, with member_id, as one who lost theirs.
create table invitations (
  id uuid primary key,
  token_sha256 bytea not null unique,
  name text not null,
  role text not null check (role in ('viewer', 'operator')),
  member_id text references members (id),
  created_by text not null references members (id),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz
);

-- What a member's programs present. It never opens more than its member may do now.
create table api_tokens (
  id uuid primary key,
  token_sha256 bytea not null unique,
  member_id text not null references members (id),
  name text not null,
  role text not null check (role in ('viewer', 'operator', 'owner')),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index api_tokens_by_member on api_tokens (member_id);

-- The name stands beside the id: what was done stays readable when the member is gone.
alter table audit
  drop constraint audit_actor_check,
  add column member_id text,
  add column member_name text,
  add column detail text;
alter table audit add constraint audit_actor_check check (actor in ('owner', 'member', 'owner-token', 'api-token', 'anonymous'));
update audit set member_id = 'owner', member_name = 'owner' where actor in ('owner', 'owner-token');
