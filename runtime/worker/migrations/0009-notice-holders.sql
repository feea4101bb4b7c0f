alter table notice_deliveries
  -- Who tries it now; until next_at it is nobody else's.
  add column worker text;

-- As before, but a removed channel breaks no job's end.
create or replace function tell(told_kind text, told_data jsonb, told_job uuid, told_schedule uuid, told_until timestamptz) returns void language plpgsql as $$
declare
  message uuid := gen_random_uuid();
  own jsonb := (select webhook from jobs where id = told_job);
begin
  insert into notice_messages (id, kind, job_id, data, expires_at) values (message, told_kind, told_job, told_data, told_until);
  insert into notice_deliveries (message_id, channel_id)
    select message, c.id from notice_channels c
    where c.enabled and (
      -- Who hears that a schedule failed need not hear the same of its job.
      (told_kind = any (c.events) and not (told_kind = 'job.failed' and told_schedule is not null and 'schedule.failed' = any (c.events)))
      or (told_kind like 'job.%' and exists (
        select from schedule_channels s where s.channel_id = c.id and s.schedule_id = told_schedule and (told_kind = 'job.failed' or not s.only_on_error))))
    -- A channel that is being removed is passed by.
    for key share of c;
  if own is not null and own -> 'events' ? told_kind then
    insert into notice_deliveries (message_id, webhook) values (message, own);
  end if;
  if not exists (select from notice_deliveries where message_id = message) then
    delete from notice_messages where id = message;
  end if;
end $$;
