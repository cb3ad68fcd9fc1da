# Debian's Postgres on the root that build.ts made: takes the environment of the image postgres.
FROM rollcall-test/base:local
COPY postgres-entrypoint.sh /usr/local/bin/postgres-entrypoint.sh
# Any user may be asked for, and initdb wants every user to have a name.
RUN chmod 0666 /etc/passwd
ENV PGDATA=/var/lib/postgresql/data/pgdata
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["/bin/sh", "/usr/local/bin/postgres-entrypoint.sh"]
CMD ["postgres"]
