import { since } from './age.ts'
import { ageColumn, column, columnOf, createdAtColumn, nameColumn } from './columns.ts'
import { fieldsOf, numberOf, type Printer, textOf } from './table.ts'

const core = 'io.k8s.api.core.v1'

export const namespacePrinter = (): Printer => ({
  columns: [nameColumn(), column('Status', 'The status of the namespace'), ageColumn()],
  cells: ({ metadata, status }, nowMs) => [
    textOf(fieldsOf(metadata).name),
    textOf(fieldsOf(status).phase),
    since(fieldsOf(metadata).creationTimestamp, nowMs),
  ],
})

export const leasePrinter = (): Printer => ({
  columns: [nameColumn(), columnOf('Holder', 'io.k8s.api.coordination.v1.LeaseSpec', 'holderIdentity'), ageColumn()],
  cells: ({ metadata, spec }, nowMs) => [
    textOf(fieldsOf(metadata).name),
    textOf(fieldsOf(spec).holderIdentity),
    since(fieldsOf(metadata).creationTimestamp, nowMs),
  ],
})

export const nameAndAgePrinter = (): Printer => ({
  columns: [nameColumn(), ageColumn()],
  cells: ({ metadata }, nowMs) => [textOf(fieldsOf(metadata).name), since(fieldsOf(metadata).creationTimestamp, nowMs)],
})

/** Of resources that have no columns of their own. */
export const plainPrinter = (): Printer => ({
  columns: [nameColumn(), createdAtColumn()],
  cells: ({ metadata }) => [textOf(fieldsOf(metadata).name), textOf(fieldsOf(metadata).creationTimestamp)],
})

export const secretPrinter = (): Printer => ({
  columns: [
    nameColumn(),
    columnOf('Type', `${core}.Secret`, 'type'),
    columnOf('Data', `${core}.Secret`, 'data'),
    ageColumn(),
  ],
  cells: ({ metadata, type, data }, nowMs) => [
    textOf(fieldsOf(metadata).name),
    textOf(type),
    Object.keys(fieldsOf(data)).length,
    since(fieldsOf(metadata).creationTimestamp, nowMs),
  ],
})

export const configMapPrinter = (): Printer => ({
  columns: [nameColumn(), columnOf('Data', `${core}.ConfigMap`, 'data'), ageColumn()],
  cells: ({ metadata, data }, nowMs) => [
    textOf(fieldsOf(metadata).name),
    Object.keys(fieldsOf(data)).length,
    since(fieldsOf(metadata).creationTimestamp, nowMs),
  ],
})

/** `kubectl get events` (printEvent): also of events that were written for the newer API. */
export const eventPrinter = (): Printer => ({
  columns: [
    columnOf('Last Seen', `${core}.Event`, 'lastTimestamp'),
    columnOf('Type', `${core}.Event`, 'type'),
    columnOf('Reason', `${core}.Event`, 'reason'),
    columnOf('Object', `${core}.Event`, 'involvedObject'),
    columnOf('Subobject', `${core}.ObjectReference`, 'fieldPath', { priority: 1 }),
    columnOf('Source', `${core}.Event`, 'source', { priority: 1 }),
    columnOf('Message', `${core}.Event`, 'message'),
    columnOf('First Seen', `${core}.Event`, 'firstTimestamp', { priority: 1 }),
    columnOf('Count', `${core}.Event`, 'count', { priority: 1 }),
    { ...nameColumn(), priority: 1 },
  ],
  cells(event, nowMs) {
    const { kind, name, fieldPath } = fieldsOf(event.involvedObject)
    const { component, host } = fieldsOf(event.source)
    const first = since(event.firstTimestamp ?? event.eventTime, nowMs)
    const series = event.series === undefined ? null : fieldsOf(event.series)
    const last = event.lastTimestamp ? since(event.lastTimestamp, nowMs) : first
    const source = [
      textOf(component) || textOf(event.reportingComponent),
      textOf(host) || textOf(event.reportingInstance),
    ]
    const target = textOf(kind).toLowerCase()
    return [
      series === null ? last : since(series.lastObservedTime, nowMs),
      textOf(event.type),
      textOf(event.reason),
      textOf(name) === '' ? target : `${target}/${textOf(name)}`,
      textOf(fieldPath),
      source[1] === '' ? (source[0] ?? '') : source.join(', '),
      textOf(event.message).trim(),
      first,
      series === null ? numberOf(event.count) || 1 : numberOf(series.count),
      textOf(fieldsOf(event.metadata).name),
    ]
  },
})
