-- what was asked for, by whom: an asker finds here that it is on record
create table intents (
  cluster text not null,
  id text not null,
  position bigint not null,
  at timestamp with time zone not null,
  type text not null,
  asked_by text not null,
  via text not null,
  body jsonb not null,
  constraint intents_pkey primary key (cluster, id)
);
--> statement-breakpoint
create index intents_by_position on intents using btree (cluster, position);
--> statement-breakpoint
-- deletions that the guard held, and what became of each hold
create table holds (
  cluster text not null,
  id text not null,
  daemonset_namespace text not null,
  daemonset_name text not null,
  daemonset_uid text not null,
  opened_position bigint not null,
  opened_at timestamp with time zone not null,
  state text not null,
  position bigint not null,
  at timestamp with time zone not null,
  facts jsonb not null,
  constraint holds_pkey primary key (cluster, id)
);
--> statement-breakpoint
create index holds_standing on holds using btree (cluster, daemonset_uid) where state in ('open', 'rejected');
