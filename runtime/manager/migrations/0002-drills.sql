-- Made for the length of a drill: in no list, in no backup, and removed by the next manager that starts.
alter table tenants add column scratch boolean not null default false;
