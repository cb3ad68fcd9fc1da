import { expect, test } from 'vitest'
import { dropProjections } from './drop-projections.ts'
import { rebuiltTables } from './rebuilt-projections.ts'

test('every projection that a rebuild drops is compared, too', () => {
  const dropped = dropProjections.map(({ name }) => name.replace('drop_', ''))
  const compared = rebuiltTables('public').map(({ name }) => name)
  expect(compared.sort()).toEqual([...dropped, 'streams'].sort())
})
