/** How Kafka and Postgres are started. `auto`: in Docker where an engine answers, natively where none does. */
export type Via = 'native' | 'docker' | 'auto'
