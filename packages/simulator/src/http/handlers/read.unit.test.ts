import { afterEach, beforeEach, expect, test } from 'vitest'
import { daemonSet, daemonSets, type Served, served } from '../testing/served.ts'

let server: Served

beforeEach(async () => {
  server = await served()
  for (const name of ['a', 'b', 'c', 'd', 'e']) server.store.create('daemonsets', 'default', daemonSet(name))
})
afterEach(() => server.close())

const namesOf = (items: readonly { readonly metadata: { readonly name: string } }[]) =>
  items.map(item => item.metadata.name)

test('pages show one moment, whatever changes meanwhile', async () => {
  const first = (await server.send(`${daemonSets}?limit=2`)).json()
  expect(namesOf(first.items)).toEqual(['a', 'b'])
  expect(first.metadata.remainingItemCount).toBe(3)
  server.store.delete('daemonsets', 'default', 'c')
  server.store.create('daemonsets', 'default', daemonSet('cc'))
  const rest = (await server.send(`${daemonSets}?continue=${first.metadata.continue}`)).json()
  expect(namesOf(rest.items)).toEqual(['c', 'd', 'e'])
  expect(rest.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
})

test('a page whose moment is forgotten is answered 410, with a token that goes on with the present', async () => {
  const first = (await server.send(`${daemonSets}?limit=2`)).json()
  server.store.delete('daemonsets', 'default', 'c')
  server.store.compact()
  const gone = await server.send(`${daemonSets}?continue=${first.metadata.continue}`)
  expect(gone.code).toBe(410)
  expect(gone.json().reason).toBe('Expired')
  const rest = (await server.send(`${daemonSets}?continue=${gone.json().metadata.continue}`)).json()
  expect(namesOf(rest.items)).toEqual(['d', 'e'])
})

test('an exact list of the past', async () => {
  const then = server.store.resourceVersion()
  server.store.delete('daemonsets', 'default', 'a')
  const path = `${daemonSets}?resourceVersionMatch=Exact&resourceVersion=${then}`
  expect(namesOf((await server.send(path)).json().items)).toEqual(['a', 'b', 'c', 'd', 'e'])
  server.store.compact()
  expect((await server.send(path)).code).toBe(410)
})

test.each([
  ['limit=x', 'strconv.ParseInt: parsing "x": invalid syntax'],
  ['limit=', 'strconv.ParseInt: parsing "": invalid syntax'],
  ['limit=1.5', 'strconv.ParseInt: parsing "1.5": invalid syntax'],
  ['limit=9223372036854775808', 'strconv.ParseInt: parsing "9223372036854775808": value out of range'],
  ['timeoutSeconds=x', 'strconv.ParseInt: parsing "x": invalid syntax'],
  ['limit=x&resourceVersionMatch=Wrong', 'strconv.ParseInt: parsing "x": invalid syntax'],
  ['watch=true&limit=x', 'strconv.ParseInt: parsing "x": invalid syntax'],
])('%s is a bad request', async (query, message) => {
  const { code, json } = await server.send(`${daemonSets}?${query}`)
  expect([code, json()]).toMatchObject([400, { reason: 'BadRequest', message }])
})

// `computeListLimit` and etcd3's `paging`: kube-apiserver pages for limits above 0 only.
test.each(['0', '-1', '9223372036854775807'])('limit=%s is no limit', async limit => {
  const { code, json } = await server.send(`${daemonSets}?limit=${limit}`)
  expect([code, namesOf(json().items)]).toEqual([200, ['a', 'b', 'c', 'd', 'e']])
})

test('all pages together are the list, for every size', async () => {
  for (const limit of [1, 2, 3, 4, 5, 6]) {
    const names: string[] = []
    let next = ''
    do {
      const page = (await server.send(`${daemonSets}?limit=${limit}${next}`)).json()
      names.push(...namesOf(page.items))
      next = page.metadata.continue === undefined ? '' : `&continue=${page.metadata.continue}`
    } while (next !== '')
    expect(names).toEqual(['a', 'b', 'c', 'd', 'e'])
  }
})
