/** `pnpm bench NAME [options]`: benches print tables; `--json FILE` writes the measures. Times are measured, never asserted. */
const benches: Record<string, () => Promise<unknown>> = {
  'event-cost': () => import('./event-cost.ts'),
  explain: () => import('./explain.ts'),
  ledger: () => import('./ledger.ts'),
  placement: () => import('./placement.ts'),
  restart: () => import('./restart.ts'),
  simulated: () => import('./simulated.ts'),
}

const name = process.argv[2] ?? ''
const bench = benches[name]
if (bench) await bench()
else {
  console.error(`bench: ${name ? `no bench ${name}` : 'which one?'} There is: ${Object.keys(benches).join(', ')}`)
  process.exitCode = 2
}
