import { ServiceError } from '@rollcall/service'
import { StoreError } from '@rollcall/store'
import { expect, test } from 'vitest'
import { embeddedErrorFrom } from './translate.ts'

test('a port in use is said without the options of a process of its own', () => {
  const cause = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE', port: 7070 })
  const said = new ServiceError('port-in-use', 'port 7070 of 127.0.0.1 is used. Choose another with --host', { cause })
  for (const error of [cause, said]) {
    expect(embeddedErrorFrom(error, '/data')).toMatchObject({
      code: 'port-in-use',
      message: 'port 7070 is used by another process: choose another port, or 0 for any free one',
    })
  }
})

test('a full disk and a record that does not answer are operating errors', () => {
  const full = Object.assign(new Error('write'), { code: 'ENOSPC' })
  expect(embeddedErrorFrom(full, '/data')).toMatchObject({ code: 'disk-full' })
  const slow = new StoreError('took-too-long', 'the answer was not found within 5 s')
  expect(embeddedErrorFrom(slow, '/data')).toMatchObject({ code: 'postgres', mend: null, cause: slow })
})
