CREATE TABLE "archives" (
	"stream" integer NOT NULL,
	"partition" text NOT NULL,
	"before" date NOT NULL,
	"first_position" bigint NOT NULL,
	"position" bigint NOT NULL,
	"seq" smallint NOT NULL,
	"head" "bytea" NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"place" text NOT NULL,
	"archived_at" timestamp with time zone NOT NULL,
	"dropped_at" timestamp with time zone,
	CONSTRAINT "archives_pkey" PRIMARY KEY("stream","partition")
);
