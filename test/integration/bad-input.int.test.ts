import { join } from 'node:path'
import { freePort } from '@rollcall/infra'
import { migrate } from '@rollcall/store'
import { Kafka, logLevel } from 'kafkajs'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ServiceName, type Surroundings, serviceProcess } from '../support/service-process.ts'
import { nodesServed } from './support/cluster.ts'
import { eventually, type Rollcall, startRollcall } from './support/rollcall.ts'

const examples = join(import.meta.dirname, '../../examples')
let rollcall: Rollcall
let database: pg.Client

beforeAll(async () => {
  rollcall = await startRollcall({ clusters: ['east', 'west'], nodes: 3 })
  database = new pg.Client(rollcall.databaseUrl)
  await database.connect()
  await rollcall.kubectl('east', 'apply', '-f', join(examples, 'fluentd.yaml'))
  await serves('east', 'logging', 3)
})
afterAll(async () => {
  await database?.end()
  await rollcall?.stop()
})

const serves = (cluster: string, namespace: string, nodes: number) =>
  eventually(async () => expect(await nodesServed(rollcall, cluster, namespace)).toHaveLength(nodes))

/** Writes to a topic as no service of ours would. @returns where the record stands */
async function produce(topic: string, key: string, value: string) {
  const kafka = new Kafka({ brokers: rollcall.kafka.brokers, logLevel: logLevel.NOTHING })
  const producer = kafka.producer()
  await producer.connect()
  try {
    const [place] = await producer.send({ topic, messages: [{ key, value }] })
    return { topic, partition: place?.partition, log_offset: place?.baseOffset }
  } finally {
    await producer.disconnect()
  }
}

type Place = Awaited<ReturnType<typeof produce>>

/** What was kept of the record that stands there. */
function setAside(place: Place) {
  return eventually(async () => {
    const { rows } = await database.query(
      'select topic, partition, log_offset, key, bytes, code, reason from dead_letters where topic = $1 and partition = $2 and log_offset = $3',
      [place.topic, place.partition, place.log_offset],
    )
    expect(rows).toHaveLength(1)
    return rows[0] as Place & {
      readonly key: string
      readonly bytes: Buffer
      readonly code: string
      readonly reason: string
    }
  })
}

/** Starts a service elsewhere than the others, and collects what it says. */
function lone(name: ServiceName, different: Partial<Surroundings>) {
  const lines: string[] = []
  const surroundings: Surroundings = {
    kafkaBrokers: rollcall.kafka.brokers,
    postgresUrl: rollcall.databaseUrl,
    clusters: [`east=${rollcall.cluster('east').kubeconfig}`],
    mode: 'observe',
    ...different,
  }
  const service = serviceProcess(name, surroundings, line => lines.push(line))
  service.start()
  return { service, said: () => lines.join('\n') }
}

describe('records in Kafka that cannot be read', () => {
  const cases = [
    { code: 'not-json', value: '{"type": oops', reason: /^not JSON/ },
    { code: 'no-type', value: '[1, 2]', reason: /^not a JSON object/ },
    { code: 'unknown-type', value: '{"type":"NodeSang","v":1}', reason: /"NodeSang".*Upgrade this one/ },
    { code: 'future-version', value: '{"type":"Ticked","v":99}', reason: /version 99.*Upgrade it; the record is kept/ },
    { code: 'invalid', value: '{"type":"Ticked","v":1}', reason: /^Ticked:/ },
  ]

  /** A node joins the cluster and gets its pod: all that stands in the log behind the bad record was read. */
  async function expectToGoOn(node: string): Promise<void> {
    await rollcall.cluster('east').addNodes([node])
    await eventually(async () => expect(await nodesServed(rollcall, 'east', 'logging')).toContain(node))
  }

  test.each(cases)('$code: set aside with its position and the reason, and the stream goes on', async wrong => {
    const place = await produce('rollcall.events', 'east', wrong.value)
    const kept = await setAside(place)
    expect(kept).toMatchObject({ ...place, key: 'east', code: wrong.code })
    expect(kept.reason).toMatch(wrong.reason)
    expect(kept.bytes.toString()).toBe(wrong.value)
    await expectToGoOn(`after-${wrong.code}`)
  })

  test('so is a command', async () => {
    const value = '{"type":"Obey","v":1}'
    const place = await produce('rollcall.commands', 'east', value)
    const kept = await setAside(place)
    expect(kept).toMatchObject({ ...place, key: 'east', code: 'unknown-type' })
    expect(kept.bytes.toString()).toBe(value)
    await expectToGoOn('after-command')
  })
})

describe('kubeconfigs', () => {
  test.each(['watcher', 'executor'] as const)('one that does not exist ends the %s, which names it', async name => {
    const { service, said } = lone(name, { clusters: ['gone=/nowhere/kubeconfig'] })
    expect(await service.ended()).toBe(1)
    expect(said()).toContain('kubeconfig /nowhere/kubeconfig does not exist')
  })

  test('a right that lacks is named; once it is granted, the watcher goes on by itself', async () => {
    const kubectl = (...args: string[]) => rollcall.kubectl('west', ...args)
    const kubeconfig = await rollcall.cluster('west').kubeconfigFor('scout')
    const others = ['nodes', 'pods', 'daemonsets.apps', 'controllerrevisions.apps', 'namespaces'].join(',')
    await kubectl('create', 'clusterrole', 'scout', '--verb=get,list', `--resource=${others}`)
    await kubectl('create', 'clusterrolebinding', 'scout', '--clusterrole=scout', '--user=scout')
    await kubectl('create', 'clusterrole', 'scout-most', '--verb=watch', `--resource=${others.replace('pods,', '')}`)
    await kubectl('create', 'clusterrolebinding', 'scout-most', '--clusterrole=scout-most', '--user=scout')

    const { service, said } = lone('watcher', {
      clusters: [`scouted=${kubeconfig}`],
      flags: { watcher: ['--rights-retry', '500ms'] },
    })
    try {
      await eventually(async () =>
        expect(said()).toContain('the credentials for scouted lack rights: watch pods. Until they are granted'),
      )
      await kubectl('create', 'clusterrole', 'scout-all', '--verb=watch', '--resource=pods')
      await kubectl('create', 'clusterrolebinding', 'scout-all', '--clusterrole=scout-all', '--user=scout')
      await service.ready()
      await eventually(async () => {
        const { rows } = await database.query(`select name from nodes where cluster = 'scouted'`)
        expect(rows).toHaveLength(3)
      })
    } finally {
      await service.kill('SIGTERM')
    }
  })
})

test('a cluster that cannot be reached disturbs no other, and comes back by itself', async () => {
  const { apiserver } = rollcall.cluster('west').components
  await apiserver.kill()
  await eventually(async () => {
    const lines = rollcall
      .service('watcher')
      .log()
      .split('\n')
      .filter(line => line.includes('"cluster":"west"'))
    expect(lines.some(line => /unreachable|cannot be reached|not answer/.test(line))).toBe(true)
  })
  await rollcall.kubectl('east', 'apply', '-f', join(examples, 'node-monitor.yaml'))
  await serves('east', 'monitoring', 9)

  await apiserver.restart()
  await rollcall.kubectl('west', 'apply', '-f', join(examples, 'node-monitor.yaml'))
  await serves('west', 'monitoring', 3)
})

describe('databases', () => {
  const elsewhere = (parts: Partial<Pick<URL, 'port' | 'password' | 'pathname'>>): string =>
    Object.assign(new URL(rollcall.databaseUrl), parts).href

  test.each(['watcher', 'reconciler', 'executor'] as const)(
    'a wrong URL: the %s says what is wrong, and ends, unless the server may only be down',
    async name => {
      const badUrls = [
        [elsewhere({ password: 'guess' }), 'password'],
        [elsewhere({ pathname: '/nowhere' }), 'nowhere'],
      ] as const
      for (const [postgresUrl, complaint] of badUrls) {
        const { service, said } = lone(name, { postgresUrl })
        expect(await service.ended()).toBe(1)
        expect(said()).toContain(complaint)
        expect(said()).not.toContain('guess')
      }
      const closed = await freePort()
      const { service, said } = lone(name, { postgresUrl: elsewhere({ port: String(closed) }) })
      await eventually(async () =>
        expect(said()).toContain(`waiting to start: Postgres at 127.0.0.1:${closed} does not answer`),
      )
      await service.kill('SIGTERM')
      expect(await service.ended()).toBe(0)
    },
  )

  test('a schema newer than the program ends it, and stays as it is', async () => {
    const postgresUrl = await rollcall.postgres.createDatabase('from_the_future')
    await migrate(postgresUrl)
    const future = new pg.Client(postgresUrl)
    await future.connect()
    try {
      await future.query(`insert into schema_version (version, name, hash) values (99, '0099_later', 'x')`)
      const { service, said } = lone('reconciler', { postgresUrl })
      expect(await service.ended()).toBe(1)
      expect(said()).toMatch(/schema version 99 \(0099_later\), this program knows up to .*upgrade the program/)
      await expect(migrate(postgresUrl)).rejects.toThrow('migrate with the newer program')
      const { rows } = await future.query('select max(version)::int as version from schema_version')
      expect(rows).toEqual([{ version: 99 }])
    } finally {
      await future.end()
    }
  })
})
