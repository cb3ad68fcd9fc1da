import { nodePrinter } from './nodes.ts'
import {
  configMapPrinter,
  eventPrinter,
  leasePrinter,
  nameAndAgePrinter,
  namespacePrinter,
  plainPrinter,
  secretPrinter,
} from './others.ts'
import { partialMetadata } from './partial-metadata.ts'
import { podPrinter } from './pods.ts'
import type { Column, Fields, Printer } from './table.ts'
import { controllerRevisionPrinter, daemonSetPrinter } from './workloads.ts'

const printers: { readonly [plural: string]: () => Printer } = {
  nodes: nodePrinter,
  pods: podPrinter,
  daemonsets: daemonSetPrinter,
  controllerrevisions: controllerRevisionPrinter,
  namespaces: namespacePrinter,
  events: eventPrinter,
  leases: leasePrinter,
  serviceaccounts: nameAndAgePrinter,
  secrets: secretPrinter,
  configmaps: configMapPrinter,
}

const made = new Map<string, Printer>()

function printerOf(plural: string): Printer {
  const present = made.get(plural)
  if (present !== undefined) return present
  const printer = (printers[plural] ?? plainPrinter)()
  made.set(plural, printer)
  return printer
}

/** What a row carries of its object. */
export type IncludeObject = 'None' | 'Metadata' | 'Object'

/**
 * The `columnDefinitions` and `rows` of a Table (`meta.k8s.io/v1`).
 * @param plural of the resource
 */
export function tableOf(plural: string, objects: readonly Fields[], include: IncludeObject, nowMs: number) {
  const printer = printerOf(plural)
  return {
    columnDefinitions: printer.columns.map(definitionOf),
    rows: objects.map(object => rowOf(printer, object, include, nowMs)),
  }
}

function definitionOf({ name, type, format, description, priority }: Column) {
  return { name, type, format: format ?? '', description, priority: priority ?? 0 }
}

function rowOf(printer: Printer, object: Fields, include: IncludeObject, nowMs: number) {
  const conditions = printer.conditions?.(object) ?? []
  return {
    cells: printer.cells(object, nowMs),
    ...(conditions.length === 0 ? {} : { conditions }),
    object: included(object, include),
  }
}

function included(object: Fields, include: IncludeObject) {
  switch (include) {
    case 'None':
      return null
    case 'Metadata':
      return partialMetadata(object)
    case 'Object':
      return object
  }
}
