-- What opens a repository: the token is sealed with the home's key and bound to the name; nothing shows it.
create table repository_credentials (
  name text primary key,
  origin text not null,
  username text not null,
  sealed_token text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- The repository that a job works on. base_commit is where its branch began; delivery says what became of its work.
create table job_repositories (
  job_id uuid primary key references jobs on delete cascade,
  url text not null,
  branch text,
  new_branch text not null,
  credential text,
  base_branch text,
  base_commit text,
  prepared_at timestamptz,
  mode text not null check (mode in ('none', 'push', 'pull-request')),
  delivery text not null default 'none' check (delivery in ('none', 'waiting', 'delivered', 'nothing', 'failed')),
  tries integer not null default 0,
  next_try_at timestamptz not null default now(),
  delivery_ended_at timestamptz,
  delivered_commit text,
  pull_request_url text,
  problem text
);
create index job_repositories_to_deliver on job_repositories (job_id) where mode <> 'none';
