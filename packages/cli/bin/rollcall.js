#!/usr/bin/env node
// The command as it is installed: also as `kubectl-rollcall` (a kubectl plugin) and `kubectl_complete-rollcall` (which kubectl
// asks for completion). A Node that cannot run TypeScript hands over to the pinned one of the checkout.
import { spawn } from 'node:child_process'
import module, { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'

if (basename(process.argv[1] ?? '').startsWith('kubectl_complete-')) process.argv.splice(2, 0, 'complete', '--')

if (process.features.typescript) {
  // Before any TypeScript is read: what the cache holds needs no compiler. Not a named import: an older Node has none such.
  module.enableCompileCache?.()
  await import('../src/main.ts')
} else {
  const node = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin/node')
  const main = join(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), '../src/main.ts')
  const child = spawn(node, [main, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, ROLLCALL_INVOKED_AS: process.argv[1] },
  })
  // Ctrl-C reaches the child by itself, and how it ends is the child's business.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('error', error => {
    console.error(`rollcall: ${error.message}\n  run \`npx -y pnpm@12.21.0 install\` in the checkout`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1)
  })
}
