create index "decisions_against" on "decisions" using btree ("cluster","node","daemonset_uid") where verdict = 'shouldNotRun';
--> statement-breakpoint
create index "holds_by_time" on "holds" using btree ("opened_at","cluster","id");
