/**
 * Roles that hold rights and cannot log in; users are made members of them. Roles belong to the server: databases side by
 * side share them, each with its own grants.
 */

/** Of what writes the record (reconciler, executor): it adds to the ledger, and cannot change or remove what is there. */
export const writerRole = 'rollcall_writer'

/** Of what only reads (auditor, watcher). */
export const readerRole = 'rollcall_reader'

/** No role: the login user's own rights. */
export const noRole = 'none'

/** The role as a connection's start-up option: its sessions hold no other rights from their first statement on. */
export const asRole = (role: string): string => `-c role=${role.replaceAll(/[\\ ]/g, '\\$&')}`
