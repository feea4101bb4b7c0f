-- A file that was sent before anything asked for it. What uses it keeps it; unused ones are swept.
create table uploads (
  id uuid primary key,
  name text not null,
  size_bytes bigint not null,
  sha256 text not null,
  created_at timestamptz not null default now()
);
create index uploads_oldest on uploads (created_at);

-- What a job finds when it starts; put in place once, before its first container.
create table job_inputs (
  job_id uuid primary key references jobs on delete cascade,
  files jsonb not null,
  data jsonb not null,
  instructions text,
  prepared_at timestamptz
);

create table upload_uses (
  upload_id uuid not null references uploads,
  job_id uuid not null references jobs on delete cascade,
  primary key (upload_id, job_id)
);
create index upload_uses_by_job on upload_uses (job_id);
