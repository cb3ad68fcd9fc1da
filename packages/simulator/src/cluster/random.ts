import type { Random } from '@rollcall/service'

/**
 * Chance from a seed: the same seed gives the same numbers on every machine. Each part of a cluster has a stream of its
 * own (`createRandom(`${seed}/scheduler`)`), so that one part asking more often does not change another's luck.
 * Generator: sfc32, seeded by FNV-1a of the text.
 */
export function createRandom(seed: string): Random {
  let a = hash(seed)
  let b = hash(`${seed}\u0001`)
  let c = hash(`${seed}\u0002`)
  let counter = 1
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }
  // The first numbers still show the seed.
  for (let round = 0; round < 12; round++) next()
  return next
}

/** A whole number from `min` to `max`, both included. */
export function wholeBetween(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1))
}

/** `digits` hexadecimal digits. */
export function hexDigits(random: Random, digits: number): string {
  let text = ''
  while (text.length < digits) {
    text += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  }
  return text.slice(0, digits)
}

function hash(text: string): number {
  let sum = 0x811c9dc5
  for (let index = 0; index < text.length; index++) sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193)
  return sum | 0
}
