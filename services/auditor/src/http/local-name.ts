import { ProblemError } from '../problem.ts'

/**
 * A page in a browser may have its own host name resolve to loopback, and so read what only this machine should (DNS
 * rebinding). It cannot hide that name: without a token, only names of loopback are answered there. @throws ProblemError
 */
export function expectLocalName(host: string | undefined): void {
  const name = (host ?? '').replace(/:\d+$/, '')
  if (isLoopback(name.replace(/^\[(.*)\]$/, '$1'))) return
  const mend = 'ask http://127.0.0.1 or http://localhost, or start the auditor with --token'
  throw new ProblemError('wrong-host', `the host ${JSON.stringify(name)} is none of this machine's own names`, mend)
}

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
