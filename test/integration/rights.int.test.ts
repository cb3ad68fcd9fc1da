import { join, resolve } from 'node:path'
import { uses } from '@rollcall/executor'
import { type ClusterApi, connectClusters, type Right, rightsInWords } from '@rollcall/kube'
import { neededRights as watcherRights } from '@rollcall/watcher'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodesServed, podsIn, statusOf } from './support/cluster.ts'
import { eventually, type Rollcall, startRollcall } from './support/rollcall.ts'
import { accountOf } from './support/service-accounts.ts'

/**
 * `infra/rbac` on a real API server with its RBAC: with exactly these rights all of Rollcall works, each of them is asked for by
 * the service that it is given to, and one that lacks is named.
 */

const nodes = ['node-1', 'node-2', 'node-3']
const startupTaint = 'example.com/agents-starting'
let rollcall: Rollcall
const kubectl = (...args: string[]) => rollcall.kubectl('east', ...args)

beforeAll(async () => {
  rollcall = await startRollcall({ clusters: ['east'], nodes: nodes.length, serviceAccounts: true })
})
afterAll(async () => {
  await rollcall?.stop()
})

const served = (namespace: string, expected: readonly string[]) =>
  eventually(async () => expect(await nodesServed(rollcall, 'east', namespace)).toEqual(expected))

const eventsOf = (namespace: string, reason: string) =>
  kubectl('-n', namespace, 'get', 'events', '--field-selector', `reason=${reason}`, '-o', 'name')

describe('with the rights of the manifests', () => {
  test('a log collector comes up, is rolled out and back, and goes', async () => {
    const examples = resolve(import.meta.dirname, '../../examples')
    await kubectl('apply', '-f', join(examples, 'fluentd.yaml'))
    await served('logging', nodes)
    await kubectl('-n', 'logging', 'set', 'image', 'ds/fluentd', 'fluentd=fluent/fluentd:v1.19')
    await kubectl('-n', 'logging', 'rollout', 'status', 'ds/fluentd', '--timeout=120s')
    await kubectl('-n', 'logging', 'rollout', 'undo', 'ds/fluentd')
    await kubectl('-n', 'logging', 'rollout', 'status', 'ds/fluentd', '--timeout=120s')
    expect(await kubectl('-n', 'logging', 'rollout', 'history', 'ds/fluentd')).toMatch(/\n2 .*\n3 /)
    await eventually(async () =>
      expect(await statusOf(rollcall, 'east', 'logging', 'fluentd')).toMatchObject({ numberAvailable: nodes.length }),
    )
    await eventually(async () => expect(await eventsOf('logging', 'SuccessfulCreate')).not.toBe(''))
    // Orphans are adopted, pods and revision.
    await kubectl('-n', 'logging', 'delete', 'ds', 'fluentd', '--cascade=orphan')
    await kubectl('apply', '-f', join(examples, 'fluentd.yaml'))
    await eventually(async () =>
      expect(await statusOf(rollcall, 'east', 'logging', 'fluentd')).toMatchObject({ numberReady: nodes.length }),
    )
    await kubectl('-n', 'logging', 'delete', 'ds', 'fluentd')
    await eventually(async () => expect(await podsIn(rollcall, 'east', 'logging')).toEqual([]))
  })

  test('what annotations ask for is done too: a startup taint goes, pods are evicted', async () => {
    await kubectl('taint', 'node', 'node-1', `${startupTaint}=:NoSchedule`)
    await kubectl('create', 'namespace', 'asking')
    await rollcall.cluster('east').kubectl(['apply', '-f', '-'], {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: {
        name: 'agent',
        namespace: 'asking',
        annotations: { 'rollcall.dev/startup-taint': startupTaint, 'rollcall.dev/voluntary-removal': 'evict' },
      },
      spec: {
        selector: { matchLabels: { app: 'agent' } },
        template: {
          metadata: { labels: { app: 'agent' } },
          spec: {
            tolerations: [{ key: startupTaint, operator: 'Exists' }],
            containers: [{ name: 'agent', image: 'agent:1' }],
          },
        },
      },
    })
    await served('asking', nodes)
    await eventually(async () =>
      expect(await kubectl('get', 'node', 'node-1', '-o', 'jsonpath={.spec.taints}')).not.toContain(startupTaint),
    )
    await kubectl('-n', 'asking', 'set', 'image', 'ds/agent', 'agent=agent:2')
    await kubectl('-n', 'asking', 'rollout', 'status', 'ds/agent', '--timeout=120s')
    const images = (await podsIn(rollcall, 'east', 'asking')).filter(({ live }) => live).map(({ image }) => image)
    expect(new Set(images)).toEqual(new Set(['agent:2']))
  })

  test('no command was refused, and no service complains of rights', async () => {
    const logs = rollcall.services.map(service => service.log()).join('')
    expect(logs).not.toContain('lack')
    expect(logs).not.toMatch(/forbidden/i)
  })
})

type Rule = {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}
type ClusterRole = { readonly rules: readonly Rule[] }

const roleOf = async (name: string): Promise<ClusterRole> =>
  JSON.parse(await kubectl('get', 'clusterrole', name, '-o', 'json'))

const put = (name: string, rules: readonly Rule[]) =>
  rollcall.cluster('east').kubectl(['replace', '-f', '-'], {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name },
    rules,
  })

/** Every right of some rules, in words. */
const granted = ({ rules }: ClusterRole): string[] =>
  rules.flatMap(({ apiGroups, resources, resourceNames = [undefined], verbs }) =>
    apiGroups.flatMap(group =>
      resources.flatMap(full => {
        const [resource = full, subresource] = full.split('/')
        return resourceNames.flatMap(name =>
          verbs.map(verb =>
            rightsInWords([
              {
                verb,
                group,
                resource,
                ...(subresource === undefined ? {} : { subresource }),
                ...(name === undefined ? {} : { name }),
              },
            ]),
          ),
        )
      }),
    ),
  )

/** The rules, but for one verb of one of them; a rule without verbs is none. */
const withoutVerb = (rules: readonly Rule[], index: number, verb: string): readonly Rule[] =>
  rules
    .map((rule, at) => (at === index ? { ...rule, verbs: rule.verbs.filter(other => other !== verb) } : rule))
    .filter(({ verbs }) => verbs.length > 0)

const asked = (rights: readonly Right[]) => rights.map(right => rightsInWords([right])).sort()

describe('each right', () => {
  const executorRights = uses.flatMap(({ rights }) => rights)
  const byAnnotation = uses.flatMap(({ rights, byAnnotation }) => (byAnnotation ? rights : []))

  test('that the manifests give is one that the service asks for, and none beside', async () => {
    expect(granted(await roleOf('rollcall-watcher')).sort()).toEqual(asked(watcherRights))
    expect(granted(await roleOf('rollcall-executor-annotations')).sort()).toEqual(asked(byAnnotation))
    const needed = executorRights.filter(right => !byAnnotation.includes(right))
    expect(granted(await roleOf('rollcall-executor')).sort()).toEqual(asked(needed))
  })

  test.each([
    ['watcher', 'rollcall-watcher', watcherRights],
    ['executor', 'rollcall-executor', executorRights],
    ['executor', 'rollcall-executor-annotations', executorRights],
  ] as const)('of the %s is found missing when %s has it no more', async (service, role, rights) => {
    const file = await accountOf(service, rollcall.cluster('east'), rollcall.dir)
    const [api] = connectClusters([{ file, name: 'east' }]) as [ClusterApi]
    const { rules } = await roleOf(role)
    const lacking = async () => (await api.missingRights(rights)).map(right => rightsInWords([right]))
    for (const [index, rule] of rules.entries()) {
      for (const verb of rule.verbs) {
        await put(role, withoutVerb(rules, index, verb))
        const expected = granted({ rules: [{ ...rule, verbs: [verb] }] }).sort()
        await eventually(async () => expect((await lacking()).sort()).toEqual(expected))
      }
    }
    await put(role, rules)
    await eventually(async () => expect(await lacking()).toEqual([]))
    await api.close()
  })
})

describe('a service that starts without a right', () => {
  const without = async (role: string, verb: string, resource: string) => {
    const { rules } = await roleOf(role)
    const index = rules.findIndex(({ resources }) => resources.includes(resource))
    await put(role, withoutVerb(rules, index, verb))
    return () => put(role, rules)
  }
  const restart = async (name: 'watcher' | 'executor') => {
    await rollcall.service(name).kill('SIGTERM')
    rollcall.service(name).start()
    return rollcall.service(name)
  }
  const says = (name: 'watcher' | 'executor', sentence: string) =>
    eventually(async () => expect(rollcall.service(name).log()).toContain(sentence))

  test('the executor says which, and what it cannot do', async () => {
    const giveBack = await without('rollcall-executor', 'delete', 'pods')
    await restart('executor')
    await says(
      'executor',
      'cluster east: the credentials lack delete pods: no pods are removed. Grant them: infra/rbac/executor.yaml',
    )
    await giveBack()
    await (await restart('executor')).ready()
  })

  test('the executor works without what annotations ask for, and says so', async () => {
    const giveBack = await without('rollcall-executor-annotations', 'create', 'pods/eviction')
    await (await restart('executor')).ready()
    await says('executor', 'the credentials lack create pods/eviction: no pods are evicted')
    await giveBack()
  })

  test('the watcher observes nothing, and says why; granted, it observes', async () => {
    const giveBack = await without('rollcall-watcher', 'watch', 'daemonsets')
    await restart('watcher')
    await says(
      'watcher',
      'the credentials for east lack rights: watch daemonsets.apps, watch controllerrevisions.apps. Until they are granted',
    )
    await giveBack()
    await (await restart('watcher')).ready()
  })
})
