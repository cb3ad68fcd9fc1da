import { expect, test } from 'vitest'
import { brokerEnvironment, brokerProperties } from './properties.ts'

test('ports and folder are filled in where settings ask for them, and comments stay as they are', () => {
  const text = brokerProperties({ port: 1, controllerPort: 2, dataDir: 'C:\\data' })
  expect(text).toContain('listeners=PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:2\n')
  expect(text).toContain('log.dirs=C:\\\\data\n')
  const open = text.split('\n').filter(line => /\$\{\w+\}/.test(line))
  expect(open).toEqual([])
})

test('a container gets the same settings as environment, without addresses', () => {
  const environment = brokerEnvironment()
  expect(environment).toMatchObject({
    KAFKA_NODE_ID: '1',
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
  })
  expect(Object.keys(environment).filter(name => /LISTENER|VOTERS|LOG_DIRS/.test(name))).toEqual([])
})
