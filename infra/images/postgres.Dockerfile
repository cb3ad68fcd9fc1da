# Debian's Postgres on the root that build.ts made: takes the environment of the image postgres.
FROM rollcall-test/base:local
COPY postgres-entrypoint.sh /usr/local/bin/postgres-entrypoint.sh
# Any user may be asked for: initdb wants every user to have a name, the server writes its lock file.
RUN chmod 0666 /etc/passwd && chmod 3777 /var/run/postgresql
ENV PGDATA=/var/lib/postgresql/data/pgdata
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["/bin/sh", "/usr/local/bin/postgres-entrypoint.sh"]
CMD ["postgres"]
