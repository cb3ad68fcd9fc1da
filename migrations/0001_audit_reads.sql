-- rows written before this have no subject: their events are read by position, not found by object
alter table ledger add column subject int8;
--> statement-breakpoint
create index commands_of_pod on commands (pod_name,cluster) where pod_name is not null;
--> statement-breakpoint
create index decisions_of_daemonset on decisions (daemonset_uid,position);
--> statement-breakpoint
create index ledger_of_subject on ledger (stream,subject,position) where subject is not null;
--> statement-breakpoint
create index placements_open on placements (cluster,node,opened_position,pod_uid) where coalesce(closed_at, 'infinity'::timestamptz) = 'infinity'::timestamptz;
--> statement-breakpoint
create index placements_of_pod on placements (pod_name,cluster);
