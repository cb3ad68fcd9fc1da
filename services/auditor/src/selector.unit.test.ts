import { expect, test } from 'vitest'
import { parseSelector } from './selector.ts'

test.each([
  ['disk=ssd', [['disk', 'In', 'ssd']]],
  ['disk==ssd', [['disk', 'In', 'ssd']]],
  ['disk != ssd', [['disk', 'NotIn', 'ssd']]],
  ['disk=', [['disk', 'In', '']]],
  ['disk', [['disk', 'Exists']]],
  ['!disk', [['disk', 'DoesNotExist']]],
  ['! disk', [['disk', 'DoesNotExist']]],
  [
    'zone in (a, b),tier notin(x),topology.kubernetes.io/zone=c',
    [
      ['zone', 'In', 'a', 'b'],
      ['tier', 'NotIn', 'x'],
      ['topology.kubernetes.io/zone', 'In', 'c'],
    ],
  ],
])('%s', (text, wanted) => {
  expect(parseSelector(text).map(({ key, operator, values }) => [key, operator, ...values])).toEqual(wanted)
})

test.each([
  ['', 'does not begin with a label key'],
  ['disk=ssd,', '"" does not begin with a label key'],
  ['zone in a', 'does not begin with a label key'],
  ['zone in (a', 'does not begin with a label key'],
  ['-x=1', 'does not begin with a label key'],
  ['disk=a b', 'does not begin with a label key'],
  ['disk=$', '"$" in "disk=$" is no label value'],
  ['zone in (a,b c)', '"b c" in "zone in (a,b c)" is no label value'],
])('%j is refused with the reason and the mend', (text, why) => {
  expect(() => parseSelector(text)).toThrow(why)
  expect(() => parseSelector(text)).toThrow(
    expect.objectContaining({ code: 'bad-selector', mend: expect.stringContaining('as for kubectl') }),
  )
})
