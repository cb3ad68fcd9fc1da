import type { Random } from '@rollcall/service'

// Without vowels and look-alikes, so that no words come out (`apimachinery/pkg/util/rand`).
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
const suffixLength = 5
const baseLengthMax = 63 - suffixLength

/** `generateName` as kube-apiserver does it: the base cut to 58 characters, and five of chance. */
export function generatedName(base: string, random: Random): string {
  let name = base.slice(0, baseLengthMax)
  for (let index = 0; index < suffixLength; index++) name += alphabet[Math.floor(random() * alphabet.length)]
  return name
}

/** A UUID of version 4. */
export function createUid(random: Random): string {
  const words = Array.from({ length: 4 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  )
  const digits = words.join('')
  const variant = '89ab'[Math.floor(random() * 4)]
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}`
}
