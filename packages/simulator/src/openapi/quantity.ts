const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const decimal: { readonly [exponent: number]: string } = {
  [-9]: 'n',
  [-6]: 'u',
  [-3]: 'm',
  0: '',
  3: 'k',
  6: 'M',
  9: 'G',
  12: 'T',
  15: 'P',
  18: 'E',
}
const nano = 10n ** 9n
/** More than any resource has; Kubernetes itself takes what would keep it busy for years. */
const exponentMax = 30
const digitsMax = 100

/** In the words of `ParseQuantity`. */
export class QuantityError extends Error {}

/**
 * A quantity as Kubernetes writes it again (`apimachinery/pkg/api/resource`): the largest suffix of its own kind that
 * leaves a whole number.
 * @throws QuantityError of what is none, of more than 100 digits, and of exponents beyond ±30
 */
export function canonicalQuantity(text: string): string {
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+|)$/.exec(text)
  if (parts === null) throw new QuantityError(wrongFormat)
  const [, sign = '', whole = '', fraction = '', suffix = ''] = parts
  if (whole === '' && fraction === '') throw new QuantityError(wrongFormat)
  // Before anything is computed: numbers as long as a body would take as long as there is time.
  if (whole.length + fraction.length > digitsMax) throw new QuantityError('unable to parse numeric part of quantity')
  if (Math.abs(decimalExponent(suffix)) > exponentMax) throw new QuantityError("unable to parse quantity's suffix")
  const digits = BigInt(whole + fraction)
  if (digits === 0n) return '0'
  const power = binary.indexOf(suffix)
  const isBinary = power > 0
  const exponent = isBinary ? 0 : decimalExponent(suffix)
  const amount = inNanos(isBinary ? digits << BigInt(power * 10) : digits, exponent - fraction.length)
  const minus = sign === '-' ? '-' : ''
  if (isBinary && amount >= 1024n * nano && amount % nano === 0n) return minus + inBinary(amount / nano)
  return minus + inDecimal(amount, /^[eE]/.test(suffix))
}

const wrongFormat = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

function decimalExponent(suffix: string): number {
  if (/^[eE]./.test(suffix)) return Number(suffix.slice(1))
  return Number(Object.keys(decimal).find(exponent => decimal[Number(exponent)] === suffix))
}

/** Digits × 10^exponent, in billionths, rounded up. */
function inNanos(digits: bigint, exponent: number): bigint {
  const shift = exponent + 9
  if (shift >= 0) return digits * 10n ** BigInt(shift)
  const divisor = 10n ** BigInt(-shift)
  return (digits + divisor - 1n) / divisor
}

function inBinary(amount: bigint): string {
  let [rest, power] = [amount, 0]
  while (rest % 1024n === 0n && power < binary.length - 1) [rest, power] = [rest / 1024n, power + 1]
  return `${rest}${binary[power]}`
}

function inDecimal(nanos: bigint, asExponent: boolean): string {
  let [rest, exponent] = [nanos, -9]
  while (rest % 1000n === 0n && (asExponent || exponent < 18)) [rest, exponent] = [rest / 1000n, exponent + 3]
  if (!asExponent) return `${rest}${decimal[exponent]}`
  return exponent === 0 ? String(rest) : `${rest}e${exponent}`
}
