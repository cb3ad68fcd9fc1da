import { loadConfig } from '@rollcall/service'
import { expect, test } from 'vitest'
import { configSchema, settingsOf } from './config.ts'
import { defaultSettings } from './settings.ts'

const load = (...argv: string[]) => loadConfig({ name: 'reconciler', summary: '', schema: configSchema, argv, env: {} })

test('the documented defaults are the defaults', () => {
  const loaded = load()
  expect(loaded.kind === 'config' && settingsOf(loaded.config)).toEqual(defaultSettings)
})

test('what is set reaches the settings', () => {
  const loaded = load('--snapshot-every', '5', '--snapshot-interval', '1h', '--group', 'g', '--verify-fingerprints')
  expect(loaded.kind === 'config' && settingsOf(loaded.config)).toMatchObject({
    snapshotEvery: 5,
    snapshotIntervalMs: 3_600_000,
    group: 'g',
    verifyEvery: 100,
  })
})
