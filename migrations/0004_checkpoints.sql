create table checkpoint_keys (
  id text primary key not null,
  public_key text not null,
  first_at timestamptz not null
);

--> statement-breakpoint
create table checkpoints (
  stream int4 not null,
  position int8 not null,
  seq int2 not null,
  head bytea not null,
  at timestamptz not null,
  previous bytea not null,
  key text not null,
  signature bytea not null,
  constraint checkpoints_pkey primary key(stream,position,seq)
);
