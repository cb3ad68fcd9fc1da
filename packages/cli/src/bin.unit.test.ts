import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** `bin/rollcall.js` is what any Node from 20 on is given: this one may run what the pinned one cannot, and the other way round. */
const bin = resolve(import.meta.dirname, '../bin/rollcall.js')
const version = async (node: string, ...options: string[]): Promise<string> =>
  (await promisify(execFile)(node, [...options, bin, 'version'])).stdout

const others = ['/usr/bin/node', '/usr/local/bin/node'].filter(existsSync)
test.each([process.execPath, ...others])('%s runs it', async node => {
  expect(await version(node)).toMatch(/^rollcall .+ \(Node .+\)\n$/)
})

test('so does a Node without a compile cache', async () => {
  const code = `import module from 'node:module'
    delete module.enableCompileCache
    module.syncBuiltinESMExports()`
  const without = `data:text/javascript,${encodeURIComponent(code)}`
  expect(await version(process.execPath, '--import', without)).toContain('rollcall ')
})
