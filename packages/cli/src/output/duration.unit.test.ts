import { expect, test } from 'vitest'
import { shortDuration } from './duration.ts'

// The steps are those of k8s.io/apimachinery/pkg/util/duration HumanDuration.
test.each([
  [-5, '0s'],
  [0, '0s'],
  [119, '119s'],
  [120, '2m'],
  [185, '3m5s'],
  [600, '10m'],
  [179 * 60, '179m'],
  [3 * 3600, '3h'],
  [3 * 3600 + 300, '3h5m'],
  [8 * 3600 + 300, '8h'],
  [47 * 3600, '47h'],
  [48 * 3600, '2d'],
  [51 * 3600, '2d3h'],
  [8 * 86400, '8d'],
  [729 * 86400, '729d'],
  [730 * 86400, '2y'],
  [740 * 86400, '2y10d'],
  [9 * 365 * 86400, '9y'],
])('%d seconds read %s', (seconds, text) => {
  expect(shortDuration(seconds * 1_000)).toBe(text)
})
