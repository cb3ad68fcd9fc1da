import type { Command } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import type { Ports } from '../ports.ts'

export function addVersion(program: Command, ports: Ports): void {
  program
    .command('version')
    .description('print the version of this command')
    .action(() => ports.terminal.out(`rollcall ${packageJson.version} (Node ${process.versions.node})\n`))
}
