create table "attributions" (
	"cluster" text not null,
	"audit" text not null,
	"position" bigint not null,
	"kind" text not null,
	"namespace" text not null,
	"name" text not null,
	"uid" text,
	"resource_version" bigint,
	"verb" text not null,
	"user_name" text not null,
	"groups" text[] not null,
	"impersonated_by" text,
	"user_agent" text not null,
	"source_ips" text[] not null,
	"requested_at" timestamp with time zone not null,
	constraint "attributions_pkey" primary key("cluster","audit")
);
--> statement-breakpoint
create index "attributions_of_version" on "attributions" using btree ("name","cluster","kind","resource_version");--> statement-breakpoint
create index "attributions_of_object" on "attributions" using btree ("name","cluster","kind","requested_at");--> statement-breakpoint
create index "attributions_of_user" on "attributions" using btree ("user_name","requested_at");
--> statement-breakpoint
-- who asked the API server for which change
create view audit_attributions as
select
  cluster, requested_at, user_name, groups, impersonated_by, verb, kind, namespace, name, uid, resource_version,
  user_agent, source_ips, position, audit
from attributions;
--> statement-breakpoint
-- each end of each pod: the command that made it, the decision behind that, its rule, and the positions of what led to it;
-- a pod that others made or ended has no command
create view audit_chain as
select
  p.cluster, p.daemonset_namespace as namespace, p.daemonset_name as daemonset, p.node, p.pod_name as pod, turn.what, turn.at,
  turn.cause, c.type as command_type, c.issued_at, c.settled_at, c.settled_result,
  d.at as decided_at, d.position as decided_position, d.rule, d.facts, d.causes, c.id as command, p.daemonset_uid, p.pod_uid
from placements p
cross join lateral (
  values ('opened', p.opened_at, null, p.opened_by), ('closed', p.closed_at, p.close_cause, p.closed_by)
) as turn (what, at, cause, command)
left join commands c on c.id = turn.command
left join lateral (
  select d.*
  from decisions d
  where d.cluster = c.cluster and d.position = c.position and c.id = any(d.commands)
  limit 1
) d on true
where turn.at is not null;
--> statement-breakpoint
create index "placements_by_place" on "placements" using btree ("cluster","node","opened_position","pod_uid");--> statement-breakpoint
create index "placements_came" on "placements" using btree ("cluster","opened_at");--> statement-breakpoint
create index "placements_went" on "placements" using btree ("cluster","closed_at") where closed_at is not null;
