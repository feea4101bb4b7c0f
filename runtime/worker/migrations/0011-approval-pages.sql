-- A page of approvals, newest first, goes on where the one before it ended.
create index approvals_newest on approvals (requested_at desc, id desc);
