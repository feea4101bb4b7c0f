-- A worker that dies between the gateway's answer and its own note leaves a key that no attempt knows: so all keys of the job are revoked at an attempt's end.
update attempts set key_revoked_at = finished_at where key_id is null and key_revoked_at is null and state <> 'running';
drop index attempts_keys;
create index attempts_with_keys on attempts (job_id) where key_revoked_at is null and state <> 'running';
alter table deleted_jobs drop column key_ids;
