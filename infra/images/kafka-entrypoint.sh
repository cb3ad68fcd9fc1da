#!/bin/sh
# KAFKA_SOME_SETTING=value becomes some.setting=value; an empty data folder is formatted; then the broker is all there is.
set -eu
config=$(mktemp /tmp/server.properties.XXXXXX)
env | grep '^KAFKA_' | grep -v '^KAFKA_HEAP_OPTS=' | while IFS='=' read -r name value; do
  printf '%s=%s\n' "$(printf '%s' "${name#KAFKA_}" | tr 'A-Z_' 'a-z.')" "$value"
done >"$config"
run() {
  # shellcheck disable=SC2086 # the options are several words
  java ${KAFKA_HEAP_OPTS:--Xmx512m} -XX:+UseSerialGC -Djava.awt.headless=true \
    -Dorg.slf4j.simpleLogger.showDateTime=true \
    -Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config=warn -cp '/opt/kafka/libs/*' "$@"
}
if [ ! -e "$KAFKA_LOG_DIRS/meta.properties" ]; then
  run kafka.tools.StorageTool format --cluster-id="${CLUSTER_ID:-5L6g3nShT-eMCtK--X86sw}" -c "$config"
fi
# As a function it cannot be exec'ed: pass the signal on, and end as the broker does.
run kafka.Kafka "$config" &
broker=$!
trap 'kill -TERM "$broker"' TERM INT
wait "$broker" || true
wait "$broker"
