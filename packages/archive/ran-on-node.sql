-- What ran on a node at a time, from an archive alone: of each pod the newest sight up to then.
with pods as (
  select
    coalesce(body ->> '$.pod.uid', body ->> '$.uid') as uid,
    arg_max(type, (position, seq)) as newest,
    max(body ->> '$.pod.name') as pod,
    max(body ->> '$.pod.nodeName') as node
  from read_parquet('/mnt/ledger/ledger/*/*.parquet', hive_partitioning = true)
  where cluster = 'east' and type in ('PodObserved', 'PodGone') and "at" <= timestamptz 'MOMENT'
  group by 1
)
select pod from pods where node = 'NODE' and newest <> 'PodGone' order by pod;
