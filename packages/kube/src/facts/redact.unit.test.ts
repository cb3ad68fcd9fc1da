import type { Json } from '@rollcall/contracts'
import { describe, expect, it } from 'vitest'
import { revisionFacts } from './index.ts'
import { redactTemplate } from './redact.ts'

const secret = 'S3CRET-hunter2'
const execAndHttp = {
  exec: { command: ['sh', '-c', `login ${secret}`] },
  httpGet: { path: `/health?token=${secret}`, port: 80, httpHeaders: [{ name: 'Authorization', value: secret }] },
}

/** Every string-bearing place of a pod template that may hold a secret, with one in it. */
const container = {
  name: 'c',
  image: 'registry/app:1',
  command: ['run', `--password=${secret}`],
  args: [secret],
  env: [
    { name: 'PASSWORD', value: secret },
    { name: 'FROM', valueFrom: { secretKeyRef: { name: 'creds', key: 'password' } } },
    { name: 'NODE', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } },
  ],
  envFrom: [{ prefix: 'P_', secretRef: { name: 'creds' } }],
  ports: [{ name: 'http', containerPort: 80, protocol: 'TCP' }],
  resources: { limits: { cpu: '1', memory: '1Gi' } },
  volumeMounts: [{ name: 'v', mountPath: '/data' }],
  livenessProbe: { ...execAndHttp, periodSeconds: 10 },
  readinessProbe: execAndHttp,
  startupProbe: execAndHttp,
  lifecycle: { postStart: execAndHttp, preStop: execAndHttp },
  securityContext: { windowsOptions: { gmsaCredentialSpec: secret }, privileged: true },
  fieldOfTomorrow: { deep: [{ value: secret }] },
}
const template = {
  $patch: 'replace',
  metadata: { labels: { app: 'a' }, annotations: { 'vault.example/token': secret } },
  spec: {
    containers: [container],
    initContainers: [container],
    ephemeralContainers: [container],
    hostNetwork: true,
    nodeSelector: { disk: 'ssd' },
    securityContext: { sysctls: [{ name: 'kernel.x', value: secret }], windowsOptions: { gmsaCredentialSpec: secret } },
    dnsConfig: { options: [{ name: 'o', value: secret }] },
    volumes: [
      { name: 'a', csi: { driver: 'd', volumeAttributes: { password: secret }, nodePublishSecretRef: { name: 's' } } },
      { name: 'b', flexVolume: { driver: 'd', options: { password: secret } } },
      { name: 'c', gitRepo: { repository: `https://me:${secret}@git` } },
      { name: 'd', iscsi: { iqn: secret, chapAuthSession: true } },
      {
        name: 'e',
        ephemeral: {
          volumeClaimTemplate: { metadata: { annotations: { t: secret } }, spec: { storageClassName: 'fast' } },
        },
      },
      { name: 'f', projected: { sources: [{ serviceAccountToken: { audience: 'vault', path: 'token' } }] } },
      { name: 'g', hostPath: { path: '/var/log', type: 'Directory' } },
      { name: 'h', azureFile: { shareName: secret } },
    ],
    fieldOfTomorrow: secret,
    constructor: secret,
  },
}

describe('redaction', () => {
  const revision = {
    metadata: {
      name: 'r',
      namespace: 'n',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': secret },
      managedFields: [{ manager: 'm', operation: 'Update', fieldsV1: { [secret]: {} } }],
    },
    revision: 1,
    data: { spec: { template } },
  }

  it('no planted secret is left anywhere', () => {
    expect(JSON.stringify(revisionFacts(revision))).not.toContain(secret)
  })

  it('every planted place holds a digest, so a change is seen', () => {
    const redacted = JSON.stringify(redactTemplate(template))
    const changed = JSON.stringify(redactTemplate(JSON.parse(JSON.stringify(template).replaceAll(secret, 'other'))))
    const planted = JSON.stringify({ ...template, $patch: undefined }).split(secret).length - 1
    const digests = (text: string) => text.match(/sha256:[0-9a-f]{16}/g) ?? []
    expect(digests(redacted).length).toBeGreaterThanOrEqual(planted)
    const differing = digests(redacted).filter((digest, index) => digest !== digests(changed)[index])
    expect(differing).toHaveLength(planted)
  })

  it('what people need stays readable', () => {
    expect(redactTemplate(template)).toMatchObject({
      metadata: { labels: { app: 'a' }, annotations: { 'vault.example/token': expect.stringMatching(/^sha256:/) } },
      spec: {
        hostNetwork: true,
        nodeSelector: { disk: 'ssd' },
        containers: [
          {
            name: 'c',
            image: 'registry/app:1',
            env: [
              { name: 'PASSWORD', value: expect.stringMatching(/^sha256:[0-9a-f]{16}$/) },
              { name: 'FROM', valueFrom: { secretKeyRef: { name: 'creds', key: 'password' } } },
              { name: 'NODE', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } },
            ],
            envFrom: [{ prefix: 'P_', secretRef: { name: 'creds' } }],
            ports: [{ name: 'http', containerPort: 80, protocol: 'TCP' }],
            resources: { limits: { cpu: '1', memory: '1Gi' } },
            volumeMounts: [{ name: 'v', mountPath: '/data' }],
            livenessProbe: { httpGet: { port: 80, httpHeaders: [{ name: 'Authorization' }] }, periodSeconds: 10 },
            securityContext: { privileged: true },
          },
        ],
        volumes: expect.arrayContaining([{ name: 'g', hostPath: { path: '/var/log', type: 'Directory' } }]),
      },
    })
  })

  it('a string in any place nobody has judged becomes a digest', () => {
    const places: [string, Json][] = [
      ['top', { unknown: secret }],
      ['list', { spec: { unknown: [secret] } }],
      ['container', { spec: { containers: [{ unknown: { a: secret } }] } }],
      ['volume', { spec: { volumes: [{ name: 'v', unknown: { a: secret } }] } }],
      ['prototype', JSON.parse(`{"spec":{"__proto__":{"a":"${secret}"}}}`)],
    ]
    for (const [, place] of places) expect(JSON.stringify(redactTemplate(place as never))).not.toContain(secret)
  })
})
