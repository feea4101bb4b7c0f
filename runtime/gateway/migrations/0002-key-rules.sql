alter table virtual_keys add column tenant text;
-- Limits, budget, scopes: validated by the gateway; null: the key may use all.
alter table virtual_keys add column rules jsonb;

-- The texts that a key is known by: one, or, while it is being replaced, several.
create table virtual_key_texts (
  sha256 bytea primary key check (octet_length(sha256) = 32),
  key_id uuid not null references virtual_keys (id) on delete cascade,
  -- Null: as long as the key.
  valid_until timestamptz
);
create index virtual_key_texts_of_key on virtual_key_texts (key_id);
insert into virtual_key_texts (sha256, key_id) select sha256, id from virtual_keys;
alter table virtual_keys drop column sha256;

-- What a key has cost today and this month, and what a provider was asked today, are summed up when a gateway starts.
create index requests_of_key on requests (key_id, started_at);
create index requests_of_provider on requests (provider, started_at);
