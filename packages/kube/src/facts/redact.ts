import { type Json, type RevisionFacts, sha256Hex } from '@rollcall/contracts'
import type { KubeObject } from '../cluster-api.ts'

/**
 * A pod template for people to read, with every value that can hold a secret replaced by its digest.
 *
 * It works by what may stay, not by what must go: a string stays only where this list says so. Whatever Kubernetes
 * adds to pods tomorrow is a digest until somebody has looked at it. Numbers and booleans stay everywhere.
 */
export function redactTemplate(template: KubeObject): Redacted {
  const { $patch: _, ...fields } = template
  return redact(fields, templateRule)
}

type Redacted = NonNullable<RevisionFacts['template']>

/** Equal values have equal digests, so people see *that* a value changed. 64 bits do for that. */
const digestLength = 16

function redact(value: Json, rule: Rule): Redacted {
  if (rule === stays) return value as Redacted
  if (typeof value === 'string') return `sha256:${sha256Hex(value).slice(0, digestLength)}`
  if (typeof value !== 'object' || value === null) return value as Redacted
  if (Array.isArray(value)) return value.map(item => redact(item, rule))
  const ruleOf = (member: string) => (Object.hasOwn(rule, member) ? (rule[member] ?? goes) : goes)
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, redact(member as Json, ruleOf(key))]))
}

/** `stays`: the value and all below it. Members: those named are judged by their rule; strings of the others go. */
type Rule = typeof stays | { readonly [member: string]: Rule }
const stays = 'stays'
const goes: Rule = {}

const staying = (...members: string[]): { readonly [member: string]: Rule } =>
  Object.fromEntries(members.map(member => [member, stays]))

const named = staying('name')

/** `path` goes: a token in the query of a health check is common. */
const httpGet: Rule = { ...staying('host', 'port', 'scheme'), httpHeaders: named }
const handler: Rule = { httpGet, tcpSocket: stays, grpc: stays, sleep: stays }

const seLinuxAndProfiles: Rule = {
  seLinuxOptions: stays,
  seccompProfile: stays,
  appArmorProfile: stays,
  capabilities: stays,
  procMount: stays,
  fsGroupChangePolicy: stays,
  supplementalGroupsPolicy: stays,
  seLinuxChangePolicy: stays,
  sysctls: named,
  windowsOptions: staying('gmsaCredentialSpecName', 'runAsUserName'),
}

const container: Rule = {
  ...staying('name', 'image', 'imagePullPolicy', 'workingDir', 'ports', 'resources', 'resizePolicy', 'restartPolicy'),
  ...staying('volumeMounts', 'volumeDevices', 'terminationMessagePath', 'terminationMessagePolicy'),
  env: {
    name: stays,
    valueFrom: {
      ...staying('fieldRef', 'resourceFieldRef', 'fileKeyRef'),
      configMapKeyRef: staying('name', 'key'),
      secretKeyRef: staying('name', 'key'),
    },
  },
  envFrom: { prefix: stays, configMapRef: named, secretRef: named },
  livenessProbe: handler,
  readinessProbe: handler,
  startupProbe: handler,
  lifecycle: { postStart: handler, preStop: handler, stopSignal: stays },
  securityContext: seLinuxAndProfiles,
}

const keyToPath = staying('key', 'path')
const secretSource: Rule = { ...staying('name', 'secretName'), items: keyToPath }
const configMapSource: Rule = { name: stays, items: keyToPath }
const downwardSource: Rule = { items: { path: stays, fieldRef: stays, resourceFieldRef: stays } }
const claimSpec = staying('accessModes', 'resources', 'storageClassName', 'volumeMode', 'volumeAttributesClassName')

const volume: Rule = {
  name: stays,
  hostPath: stays,
  emptyDir: stays,
  persistentVolumeClaim: stays,
  image: stays,
  secret: secretSource,
  configMap: configMapSource,
  downwardAPI: downwardSource,
  projected: {
    sources: {
      secret: secretSource,
      configMap: configMapSource,
      downwardAPI: downwardSource,
      serviceAccountToken: staying('audience', 'path'),
      clusterTrustBundle: staying('name', 'signerName', 'path'),
      podCertificate: staying('signerName', 'keyType', 'credentialBundlePath', 'keyPath', 'certificateChainPath'),
    },
  },
  csi: { ...staying('driver', 'fsType'), nodePublishSecretRef: named },
  nfs: staying('server', 'path'),
  ephemeral: { volumeClaimTemplate: { metadata: { labels: stays }, spec: claimSpec } },
}

const templateRule: Rule = {
  metadata: staying('name', 'labels', 'creationTimestamp'),
  spec: {
    ...staying('restartPolicy', 'dnsPolicy', 'nodeName', 'nodeSelector', 'schedulerName', 'hostname', 'subdomain'),
    ...staying('serviceAccountName', 'serviceAccount', 'priorityClassName', 'preemptionPolicy', 'runtimeClassName'),
    ...staying('tolerations', 'affinity', 'topologySpreadConstraints', 'os', 'overhead', 'resources', 'hostAliases'),
    ...staying('readinessGates', 'schedulingGates', 'resourceClaims'),
    imagePullSecrets: named,
    dnsConfig: { ...staying('nameservers', 'searches'), options: named },
    securityContext: seLinuxAndProfiles,
    containers: container,
    initContainers: container,
    volumes: volume,
  },
}
