-- A job to be filled in: `body` has its prompt, its inputs and the options of the jobs that it makes.
create table templates (
  name text primary key,
  title text not null,
  description text not null,
  body jsonb not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table template_uploads (
  template text not null references templates on update cascade on delete cascade,
  upload_id uuid not null references uploads,
  primary key (template, upload_id)
);
create index template_uploads_by_upload on template_uploads (upload_id);

-- What every home begins with was stored once; deleted, it does not come back.
create table template_seeds (
  name text primary key,
  at timestamptz not null default now()
);
