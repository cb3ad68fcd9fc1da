const factors: { readonly [suffix: string]: number } = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/**
 * An amount as Kubernetes writes it (`100m`, `1.5Gi`, `2e3`) in thousandths, rounded up as the scheduler rounds: whole
 * numbers add up without error. @throws RangeError for what is no quantity
 */
export function thousandths(quantity: string | number): number {
  const text = String(quantity)
  const parts = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(text)
  if (!parts) throw new RangeError(`${JSON.stringify(text)} is no quantity: write for example 500m, 2, 1.5Gi or 1e3`)
  const [, number = '', exponent = '', suffix = ''] = parts
  const amount = Number(number + exponent) * (factors[suffix] ?? 1) * 1000
  // What only binary fractions make uneven (0.1 * 1000) is even.
  const whole = Math.round(amount)
  return Math.abs(amount - whole) <= Math.max(1, Math.abs(amount)) * 1e-9 ? whole : Math.ceil(amount)
}
