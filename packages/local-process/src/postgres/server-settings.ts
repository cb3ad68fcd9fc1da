/** Settings of the server that do not depend on where it runs, as `-c` flags. */
export function serverFlags(durable: boolean, more: Readonly<Record<string, string | number>> = {}): string[] {
  const settings = {
    max_connections: 200,
    shared_buffers: '128MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %d ',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...more,
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}
