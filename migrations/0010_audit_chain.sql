-- by hand, but for the index. The key under which the ledger finds an object: packages/store/src/ledger/subjects.ts
create function audit_subject(kind text, namespace text, name text) returns int8
language sql immutable strict parallel safe
return (
  'x' || encode(
    substring(
      sha256(
        convert_to(kind, 'UTF8') || '\x00'::bytea || convert_to(namespace, 'UTF8') || '\x00'::bytea || convert_to(name, 'UTF8')
      )
      from 1 for 8
    ),
    'hex'
  )
)::bit(64)::int8;
--> statement-breakpoint
create index "attributions_of_subject" on "attributions" using btree ("cluster",audit_subject(kind, namespace, name),"requested_at");
--> statement-breakpoint
-- each sight of an object that changed something, by its name: what did not change anything is not in the ledger
create view audit_sights as
select
  s.cluster, o.kind, o.namespace, o.name, l.at, l.position, l.type
from (
  select cluster, 'Node' as kind, '' as namespace, name from nodes group by cluster, name
  union all
  select cluster, 'DaemonSet', namespace, name from daemonsets group by cluster, namespace, name
  union all
  select cluster, 'Pod', daemonset_namespace, pod_name from placements group by cluster, daemonset_namespace, pod_name
) o
join streams s on s.cluster = o.cluster
join ledger l on l.stream = s.id and l.subject = audit_subject(o.kind, o.namespace, o.name) and l.seq = 0
where l.type <> 'ChangeAttributed';
--> statement-breakpoint
-- each end of each pod, and what led there: person → API call → object change → decision → command → pod → outcome. Without a
-- command others did it, and the change is that of the pod itself. Where an earlier pod made room, the change is what ended that; of a
-- rollout the one that made the revision.
-- Of several changes the one that somebody asked for, else the last. Who asked is found by time (the API does so by version)
create or replace view audit_chain as
select
  p.cluster, p.daemonset_namespace as namespace, p.daemonset_name as daemonset, p.node, p.pod_name as pod, turn.what, turn.at,
  turn.cause, c.type as command_type, c.issued_at, c.settled_at, c.settled_result,
  d.at as decided_at, d.position as decided_position, d.rule, d.facts, d.causes, c.id as command, p.daemonset_uid, p.pod_uid,
  change.type as change_type, change.kind as change_kind, change.name as change_name, change.at as changed_at,
  change.position as changed_position, change.user_name as requested_by, change.impersonated_by, change.verb,
  change.user_agent, change.source_ips, change.requested_at, away.place as change_archived_in
from placements p
join streams s on s.cluster = p.cluster
cross join lateral (
  values
    ('opened', p.opened_at, null, p.opened_by, p.opened_position),
    ('closed', p.closed_at, p.close_cause, p.closed_by, p.closed_position)
) as turn (what, at, cause, command, position)
left join commands c on c.id = turn.command
left join lateral (
  select d.*
  from decisions d
  where d.cluster = c.cluster and d.position = c.position and c.id = any(d.commands)
  limit 1
) d on true
left join lateral (
  select e.position, e.rule, e.causes
  from placements earlier
  join commands ending on ending.id = earlier.closed_by
  join decisions e on e.cluster = ending.cluster and e.position = ending.position and ending.id = any(e.commands)
  where turn.what = 'opened'
    and earlier.cluster = p.cluster and earlier.node = p.node and earlier.daemonset_uid = p.daemonset_uid
    and (earlier.closed_position = any(d.causes) or ending.settled_position = any(d.causes))
  limit 1
) room on true
left join lateral (
  select r.causes
  from decisions r
  where coalesce(room.rule, d.rule) ~ '^(rollout|surge)-' and r.cluster = p.cluster and r.daemonset_uid = p.daemonset_uid
    and r.position <= coalesce(room.position, d.position) and r.node is null and r.rule in ('template-has-no-revision', 'revision-renumbered')
  order by r.position desc, r.point desc, r.seq desc
  limit 1
) revised on true
cross join lateral (
  select coalesce(revised.causes, room.causes, d.causes, case when c.id is null then array[turn.position] end) as causes
) led
left join lateral (
  select l.position, l.at, l.type,
    case
      when l.type ~ '^(Node|Pod|DaemonSet|Revision)(Observed|Gone)$' then substring(l.type from '^(Node|Pod|DaemonSet|Revision)')
    end as kind,
    case l.subject
      when audit_subject('DaemonSet', p.daemonset_namespace, p.daemonset_name) then p.daemonset_name
      when audit_subject('Node', '', p.node) then p.node
      when audit_subject('Pod', p.daemonset_namespace, p.pod_name) then p.pod_name
      else asked.name
    end as name,
    coalesce(asked.user_name, i.asked_by) as user_name, asked.impersonated_by, coalesce(asked.verb, i.type) as verb,
    coalesce(asked.user_agent, i.via) as user_agent, asked.source_ips, coalesce(asked.requested_at, i.at) as requested_at
  from ledger l
  left join intents i on i.cluster = p.cluster and i.position = l.position
  left join lateral (
    select b.at
    from ledger b
    where b.stream = s.id and b.subject = l.subject and b.position < l.position
      and case when l.type like '%Gone' then b.type like '%Gone' else b.type <> 'ChangeAttributed' end
    order by b.position desc
    limit 1
  ) before on true
  left join lateral (
    select a.*
    from attributions a
    where a.cluster = p.cluster and audit_subject(a.kind, a.namespace, a.name) = l.subject
      and a.requested_at <= l.at + interval '5 seconds' and a.requested_at > coalesce(before.at, '-infinity')
      and case
        when l.type like '%Gone' then a.verb in ('delete', 'deletecollection', 'evict')
        else a.resource_version is not null or a.verb not in ('delete', 'deletecollection', 'evict')
      end
      and a.user_name !~ '^(kubelet|kube-scheduler|kube-controller-manager|kwok.*|rollcall.*|system:(node:|kube-|serviceaccount:kube-system:).*|system:apiserver|)$'
    order by
      case when l.type like '%Gone' then a.requested_at end,
      a.requested_at <= l.at desc,
      a.requested_at desc
    limit 1
  ) asked on true
  where l.stream = s.id and l.position = any(led.causes) and l.seq = 0
  order by coalesce(asked.user_name, i.asked_by) is not null desc, l.position desc
  limit 1
) change on true
left join lateral (
  select a.place
  from archives a
  where change.position is null and a.stream = s.id and a.dropped_at is not null
    and exists (select from unnest(led.causes) as cause (position) where cause.position between a.first_position and a.position)
  order by a.position desc
  limit 1
) away on true
where turn.at is not null;
