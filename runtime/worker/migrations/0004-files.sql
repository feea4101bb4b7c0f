-- What was deleted from a workspace by hand lies in the job's trash folder, under this id, until it is swept.
create table file_trash (
  id uuid primary key,
  job_id uuid not null references jobs on delete cascade,
  path text not null,
  deleted_at timestamptz not null default now()
);
create index file_trash_oldest on file_trash (deleted_at);
