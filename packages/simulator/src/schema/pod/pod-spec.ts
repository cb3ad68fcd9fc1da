import type { Json } from '../../objects/object-store.ts'
import type { Labels, Requirement } from '../labels.ts'

// What defaulting and validation look at; an object may have more fields.

type Fields = { readonly [field: string]: Json }

export type Quantities = { readonly [resource: string]: string | number }

export type FieldRef = { readonly fieldRef?: { readonly apiVersion?: string; readonly fieldPath?: string } }

export type Probe = {
  readonly httpGet?: HttpGet
  readonly tcpSocket?: { readonly port: number | string }
  readonly exec?: { readonly command?: readonly string[] }
  readonly grpc?: { readonly port: number; readonly service?: string }
  readonly initialDelaySeconds?: number
  readonly timeoutSeconds?: number
  readonly periodSeconds?: number
  readonly successThreshold?: number
  readonly failureThreshold?: number
  readonly terminationGracePeriodSeconds?: number
}

export type HttpGet = { readonly path?: string; readonly port: number | string; readonly scheme?: string }

type Handler = {
  readonly httpGet?: HttpGet
  readonly exec?: Fields
  readonly tcpSocket?: Fields
  readonly sleep?: Fields
}

export type Port = {
  readonly name?: string
  readonly containerPort: number
  readonly hostPort?: number
  readonly hostIP?: string
  readonly protocol?: string
}

export type EnvironmentVariable = {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: FieldRef & {
    readonly resourceFieldRef?: Fields
    readonly configMapKeyRef?: Fields
    readonly secretKeyRef?: Fields
    readonly fileKeyRef?: { readonly optional?: boolean }
  }
}

export type Container = {
  readonly name: string
  readonly image?: string
  readonly imagePullPolicy?: string
  readonly terminationMessagePath?: string
  readonly terminationMessagePolicy?: string
  readonly restartPolicy?: string
  readonly ports?: readonly Port[]
  readonly env?: readonly EnvironmentVariable[]
  readonly resources?: { readonly limits?: Quantities; readonly requests?: Quantities }
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
  readonly startupProbe?: Probe
  readonly lifecycle?: { readonly postStart?: Handler; readonly preStop?: Handler }
}

export type Volume = {
  readonly name: string
  readonly hostPath?: { readonly path: string; readonly type?: string }
  readonly secret?: { readonly secretName?: string; readonly defaultMode?: number }
  readonly configMap?: { readonly name?: string; readonly defaultMode?: number }
  readonly downwardAPI?: { readonly items?: readonly FieldRef[]; readonly defaultMode?: number }
  readonly projected?: { readonly sources?: readonly ProjectedSource[]; readonly defaultMode?: number }
  readonly emptyDir?: Fields
  readonly [source: string]: unknown
}

export type ProjectedSource = {
  readonly downwardAPI?: { readonly items?: readonly FieldRef[] }
  readonly serviceAccountToken?: { readonly expirationSeconds?: number; readonly path?: string }
}

export type Toleration = {
  readonly key?: string
  readonly operator?: string
  readonly value?: string
  readonly effect?: string
  readonly tolerationSeconds?: number
}

export type NodeSelectorTerm = {
  readonly matchExpressions?: readonly Requirement[]
  readonly matchFields?: readonly Requirement[]
}

export type NodeAffinity = {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: {
    readonly nodeSelectorTerms?: readonly NodeSelectorTerm[]
  }
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly {
    readonly weight: number
    readonly preference: NodeSelectorTerm
  }[]
}

export type PodSpec = {
  readonly containers?: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly ephemeralContainers?: readonly Container[]
  readonly volumes?: readonly Volume[]
  readonly restartPolicy?: string
  readonly dnsPolicy?: string
  readonly terminationGracePeriodSeconds?: number
  readonly activeDeadlineSeconds?: number
  readonly nodeSelector?: Labels
  readonly nodeName?: string
  readonly affinity?: { readonly nodeAffinity?: NodeAffinity }
  readonly tolerations?: readonly Toleration[]
  readonly serviceAccountName?: string
  readonly serviceAccount?: string
  readonly hostNetwork?: boolean
  readonly hostname?: string
  readonly subdomain?: string
  readonly securityContext?: Fields
  readonly schedulerName?: string
  readonly schedulingGates?: readonly Fields[]
  readonly enableServiceLinks?: boolean
  readonly priorityClassName?: string
  readonly priority?: number
  readonly preemptionPolicy?: string
}

export type PodTemplate = {
  readonly metadata?: { readonly labels?: Labels; readonly annotations?: Labels }
  readonly spec?: PodSpec
}
