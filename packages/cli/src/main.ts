#!/usr/bin/env node
import { run } from './program.ts'
import { systemPorts } from './system-ports.ts'

// A reader that has seen enough (`rollcall get nodes | head -3`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})
process.exitCode = await run(process.argv.slice(2), systemPorts)
