import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connectApi } from './api.ts'
import { addNodes, listNodes, type NodeOptions } from './nodes.ts'
import { readTokens } from './users.ts'

/** A control plane that another process started and keeps in `dir`. */
export function openControlPlane(dir: string, url: string) {
  const token = readTokens(join(dir, 'tokens.csv')).get('admin') ?? ''
  const api = connectApi(url, readFileSync(join(dir, 'pki/ca.crt')), token)
  return {
    countNodes: async (): Promise<number> => (await listNodes(api)).items.length,
    addNodes: (nodes: number, options: NodeOptions): Promise<string[]> => addNodes(api, nodes, options),
    close: (): void => api.close(),
  }
}
