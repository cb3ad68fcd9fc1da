-- by hand: drizzle-kit knows no partitions. The ledger anew, by day of the stream's time, and its rows as they were
alter table ledger rename to ledger_whole;
--> statement-breakpoint
alter index ledger_pkey rename to ledger_whole_pkey;
--> statement-breakpoint
alter index ledger_of_subject rename to ledger_whole_of_subject;
--> statement-breakpoint
create table ledger (
  position int8 not null,
  at timestamptz not null,
  stream int4 not null,
  seq int2 not null,
  encoding int2 not null,
  day date not null,
  type text not null,
  hash bytea not null,
  body bytea not null,
  subject int8,
  constraint ledger_pkey primary key(stream,position,seq,day)
) partition by range (day);
--> statement-breakpoint
create index ledger_of_subject on ledger (stream,subject,position) where subject is not null;
--> statement-breakpoint
alter table ledger alter column body set storage external;
--> statement-breakpoint
-- rows without a partition of theirs: nothing that writes ever has to wait for one
create table ledger_default partition of ledger default;
--> statement-breakpoint
-- makes the partitions from the end of the last one (the first time from `since`, or this unit) up to `ahead` days from now, and
-- moves rows there that had to go to the default one. Runs as the owner: whoever writes may have partitions made, and nothing else
create function make_ledger_partitions(unit text, ahead int4, since date default null) returns setof text
language plpgsql security definer set search_path from current set lock_timeout = '5s' as $$
declare
  today constant date := (now() at time zone 'utc')::date;
  starts date;
  ends date;
  made text;
begin
  if unit not in ('day', 'week', 'month') then
    raise exception 'a partition of the ledger holds a day, a week or a month, not a %', unit using errcode = '22023';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('rollcall/ledger-partitions', 0));
  select max(substring(pg_get_expr(c.relpartbound, c.oid) from 'TO \(''(.+)''\)')::date) into starts
  from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'ledger'::regclass;
  starts := coalesce(starts, date_trunc(unit, least(since, today)::timestamp)::date);
  while starts <= today + ahead loop
    ends := (date_trunc(unit, starts::timestamp) + ('1 ' || unit)::interval)::date;
    made := 'ledger_' || to_char(starts, 'YYYYMMDD');
    execute format('create table %I (like ledger including storage)', made);
    if exists (select from ledger_default where day >= starts and day < ends) then
      lock table ledger_default in access exclusive mode;
      execute format(
        'with moved as (delete from ledger_default where day >= %1$L and day < %2$L returning *) insert into %3$I select * from moved',
        starts, ends, made
      );
    end if;
    execute format('alter table ledger attach partition %I for values from (%L) to (%L)', made, starts, ends);
    return next made;
    starts := ends;
  end loop;
end
$$;
--> statement-breakpoint
select make_ledger_partitions('month', 40, (select (min(at) at time zone 'utc')::date from ledger_whole));
--> statement-breakpoint
insert into ledger (position, at, stream, seq, encoding, day, type, hash, body, subject)
select
  position, at, stream, seq, encoding,
  (max(at) over (partition by stream order by position, seq) at time zone 'utc')::date,
  type, hash, body, subject
from ledger_whole
order by stream, position, seq;
--> statement-breakpoint
drop table ledger_whole;
