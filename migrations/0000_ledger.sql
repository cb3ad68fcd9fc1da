create table commands (
  id text primary key not null,
  cluster text not null,
  position int8 not null,
  point int2 not null,
  seq int4 not null,
  slot text not null,
  type text not null,
  daemonset_namespace text not null,
  daemonset_name text not null,
  daemonset_uid text not null,
  node text,
  pod_name text,
  pod_uid text,
  body jsonb not null,
  issued_at timestamptz not null,
  published_at timestamptz,
  settled_position int8,
  settled_at timestamptz,
  settled_result text,
  settled_attempts int4,
  settled_answer jsonb
);

--> statement-breakpoint
create table daemonsets (
  cluster text not null,
  uid text not null,
  facts jsonb not null,
  first_position int8 not null,
  first_at timestamptz not null,
  last_position int8 not null,
  last_at timestamptz not null,
  gone_position int8,
  gone_at timestamptz,
  inferred bool not null,
  namespace text not null,
  name text not null,
  constraint daemonsets_pkey primary key(cluster,uid)
);

--> statement-breakpoint
create table dead_letters (
  id int8 primary key generated always as identity,
  topic text not null,
  partition int4 not null,
  log_offset int8 not null,
  key text not null,
  bytes bytea not null,
  code text not null,
  reason text not null,
  recorded_at timestamptz default now() not null
);

--> statement-breakpoint
create table decisions (
  cluster text not null,
  position int8 not null,
  point int2 not null,
  seq int4 not null,
  at timestamptz not null,
  core text not null,
  daemonset_namespace text not null,
  daemonset_name text not null,
  daemonset_uid text not null,
  node text,
  verdict text,
  action text not null,
  rule text not null,
  source text not null,
  facts jsonb not null,
  causes int8[] not null,
  commands text[] not null,
  constraint decisions_pkey primary key(cluster,position,point,seq)
);

--> statement-breakpoint
create table ledger (
  position int8 not null,
  at timestamptz not null,
  stream int4 not null,
  seq int2 not null,
  encoding int2 not null,
  type text not null,
  hash bytea not null,
  body bytea not null,
  constraint ledger_pkey primary key(stream,position,seq)
);

--> statement-breakpoint
create table nodes (
  cluster text not null,
  uid text not null,
  facts jsonb not null,
  first_position int8 not null,
  first_at timestamptz not null,
  last_position int8 not null,
  last_at timestamptz not null,
  gone_position int8,
  gone_at timestamptz,
  inferred bool not null,
  name text not null,
  constraint nodes_pkey primary key(cluster,uid)
);

--> statement-breakpoint
create table partition_owners (
  consumer_group text not null,
  topic text not null,
  partition int4 not null,
  epoch int8 not null,
  process text not null,
  next_offset int8,
  taken_at timestamptz default now() not null,
  constraint partition_owners_pkey primary key(consumer_group,topic,partition)
);

--> statement-breakpoint
create table placements (
  cluster text not null,
  daemonset_namespace text not null,
  daemonset_name text not null,
  daemonset_uid text not null,
  node text not null,
  pod_name text not null,
  pod_uid text not null,
  revision_hash text,
  opened_at timestamptz not null,
  opened_position int8 not null,
  opened_by text,
  provisional bool not null,
  bound_at timestamptz,
  ready bool not null,
  ready_at timestamptz,
  phase text not null,
  finished_at timestamptz,
  terminating_at timestamptz,
  ending_command text,
  ending_type text,
  ending_rule text,
  closed_at timestamptz,
  closed_position int8,
  closed_by text,
  close_cause text,
  inferred bool not null,
  constraint placements_pkey primary key(cluster,pod_uid,opened_position)
);

--> statement-breakpoint
create table revisions (
  cluster text not null,
  uid text not null,
  facts jsonb not null,
  first_position int8 not null,
  first_at timestamptz not null,
  last_position int8 not null,
  last_at timestamptz not null,
  gone_position int8,
  gone_at timestamptz,
  inferred bool not null,
  namespace text not null,
  name text not null,
  owner_uid text,
  constraint revisions_pkey primary key(cluster,uid)
);

--> statement-breakpoint
create table snapshots (
  stream int4 not null,
  position int8 not null,
  seq int2 not null,
  core text not null,
  fingerprint text not null,
  body bytea not null,
  recorded_at timestamptz default now() not null,
  constraint snapshots_pkey primary key(stream,position,seq)
);

--> statement-breakpoint
create table streams (
  id int4 primary key generated always as identity,
  cluster text not null,
  last_position int8 default 0 not null,
  last_seq int2 default 0 not null,
  head_hash bytea not null,
  last_at timestamptz,
  mode text,
  cluster_uid text,
  server_version text,
  log_group text not null,
  log_topic text not null,
  log_partition int4 not null,
  constraint streams_cluster_unique unique(cluster)
);

--> statement-breakpoint
create table watch_positions (
  cluster text not null,
  kind text not null,
  resource_version text not null,
  moved_at timestamptz default now() not null,
  constraint watch_positions_pkey primary key(cluster,kind)
);

--> statement-breakpoint
create index commands_unpublished on commands (cluster,position,point,seq) where published_at is null;
--> statement-breakpoint
create index daemonsets_by_name on daemonsets (cluster,namespace,name);
--> statement-breakpoint
create index decisions_of_slot on decisions (cluster,node,daemonset_uid,position);
--> statement-breakpoint
create index nodes_by_name on nodes (cluster,name);
--> statement-breakpoint
create index placements_on_node on placements (node,cluster,opened_at,coalesce(closed_at, 'infinity'::timestamptz));
--> statement-breakpoint
create index placements_of_daemonset on placements (daemonset_uid,cluster,opened_at,coalesce(closed_at, 'infinity'::timestamptz));
--> statement-breakpoint
create index revisions_of_owner on revisions (cluster,owner_uid);
--> statement-breakpoint
-- by hand from here on: what drizzle-kit cannot say
-- these bodies are compressed before they come here
alter table ledger alter column body set storage external;
--> statement-breakpoint
alter table snapshots alter column body set storage external;
--> statement-breakpoint
-- one row each, changed by every commit: room to do so within the page, and vacuumed before chains grow
alter table streams set (fillfactor = 50, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);
--> statement-breakpoint
-- rows that are changed a few times while they are new: room to do so within the page spares their indexes
alter table placements set (fillfactor = 70);
--> statement-breakpoint
alter table commands set (fillfactor = 70);
--> statement-breakpoint
alter table partition_owners set (fillfactor = 50, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);
