/** The partition of a key, by FNV-1a: any function will do that never changes. */
export function partitionOf(key: string, partitions: number): number {
  let sum = 0x811c9dc5
  for (const byte of Buffer.from(key)) sum = Math.imul(sum ^ byte, 0x01000193) >>> 0
  return sum % partitions
}
