#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

// Compiled code is kept between calls: a command that is typed often should start at once.
enableCompileCache()
const { run } = await import('./program.ts')
const { systemPorts } = await import('./system-ports.ts')

// A reader that has seen enough (`rollcall get nodes | head -3`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})
process.exitCode = await run(process.argv.slice(2), systemPorts)
