import type { Json, ObjectMeta } from './object-store.ts'

/** In the order in which Kubernetes prints them. Fields that a client may not send are absent. */
export function metadataOf(
  fields: { readonly [field in keyof ObjectMeta]?: ObjectMeta[field] | undefined },
): ObjectMeta {
  return {
    name: fields.name ?? '',
    ...given('generateName', fields.generateName),
    ...given('namespace', fields.namespace),
    uid: fields.uid ?? '',
    resourceVersion: fields.resourceVersion ?? '',
    ...given('generation', fields.generation),
    creationTimestamp: fields.creationTimestamp ?? '',
    ...given('deletionTimestamp', fields.deletionTimestamp),
    ...given('deletionGracePeriodSeconds', fields.deletionGracePeriodSeconds),
    ...given('labels', filled(fields.labels)),
    ...given('annotations', filled(fields.annotations)),
    ...given('ownerReferences', fields.ownerReferences?.length === 0 ? undefined : fields.ownerReferences),
    ...given('finalizers', fields.finalizers?.length === 0 ? undefined : fields.finalizers),
    ...given('managedFields', fields.managedFields),
  }
}

function given<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
  return (value === undefined || value === null || value === '' ? {} : { [key]: value }) as { readonly [key in K]?: V }
}

function filled<T extends object>(map: T | undefined): T | undefined {
  return map === undefined || map === null || Object.keys(map).length === 0 ? undefined : map
}

type Write = {
  readonly manager: string
  readonly apiVersion: string
  readonly subresource: string | undefined
  readonly time: string
}

/**
 * The entries with this writer's renewed. Who wrote when, not which fields: the sets of `fieldsV1` are left empty, as
 * nothing here decides by them.
 */
export function managedFieldsAfter(
  present: readonly Json[] = [],
  { manager, apiVersion, subresource, time }: Write,
): readonly Json[] {
  const entry: Json = {
    manager,
    operation: 'Update',
    apiVersion,
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: {},
    ...given('subresource', subresource),
  }
  return [...present.filter(other => !isSameWriter(other, manager, subresource)), entry]
}

function isSameWriter(entry: Json, manager: string, subresource: string | undefined): boolean {
  const { manager: other, subresource: part } = entry as { manager?: Json; subresource?: Json }
  return other === manager && part === subresource
}
