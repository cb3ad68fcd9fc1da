-- for people with psql or a dashboard: docs/audit.md says what each answers
create view audit_placements as
select
  cluster, daemonset_namespace as namespace, daemonset_name as daemonset, node, pod_name as pod, revision_hash as revision,
  opened_at, ready_at, least(finished_at, closed_at) as ended_at, closed_at, close_cause,
  opened_by as created_by_command, closed_by as ended_by_command, daemonset_uid, pod_uid
from placements;
--> statement-breakpoint
-- of each DaemonSet on each node the decision that stands: the last one, because an equal one is not recorded again
create view audit_standing as
select distinct on (d.cluster, d.node, d.daemonset_uid)
  d.cluster, d.daemonset_namespace as namespace, d.daemonset_name as daemonset, d.node, d.verdict, d.action, d.rule, d.facts,
  d.at as since, d.position, d.daemonset_uid
from decisions d
where d.node is not null
order by d.cluster, d.node, d.daemonset_uid, d.position desc, d.point desc, d.seq desc;
--> statement-breakpoint
-- nodes that are there, without a pod of a DaemonSet that is there; with verdict shouldRun they should have one
create view audit_missing as
select
  s.cluster, s.namespace, s.daemonset, s.node,
  greatest(
    n.first_at,
    d.first_at,
    (select max(p.closed_at) from placements p
     where p.cluster = s.cluster and p.node = s.node and p.daemonset_uid = s.daemonset_uid)
  ) as since,
  s.verdict, s.rule, s.facts, s.since as decided_at
from audit_standing s
join daemonsets d on d.cluster = s.cluster and d.uid = s.daemonset_uid and d.gone_at is null
join nodes n on n.cluster = s.cluster and n.name = s.node and n.gone_at is null
where not exists (
  select from placements p
  where p.cluster = s.cluster and p.node = s.node and p.daemonset_uid = s.daemonset_uid and p.closed_at is null
);
