# Kafka on the Debian root that build.ts made: takes the environment of the image apache/kafka.
FROM rollcall-test/base:local
COPY kafka-libs /opt/kafka/libs
COPY kafka-entrypoint.sh /usr/local/bin/kafka-entrypoint.sh
RUN install -d -m 0777 /var/lib/kafka/data
EXPOSE 9092
ENTRYPOINT ["/bin/sh", "/usr/local/bin/kafka-entrypoint.sh"]
