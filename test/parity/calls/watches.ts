import { type Call, del, get, metadataOnly, patch, post, table } from '../call.ts'
import { daemonSet, daemonSets, pods } from './objects.ts'

const watch = (name: string, path: string, more: Partial<Call> = {}) =>
  get(name, `${path}${path.includes('?') ? '&' : '?'}watch=1&timeoutSeconds=1`, more)

/** Each begins at a resourceVersion of its own server, and ends after a second. */
export const watchCalls: readonly Call[] = [
  post('what the watches see begins', daemonSets, daemonSet('seen', {}, { labels: { seen: 'yes' } }), {
    remember: { seenVersion: 'metadata.resourceVersion' },
  }),
  patch('it changes', `${daemonSets}/seen`, 'merge', { metadata: { labels: { mood: 'good' } } }),
  patch('it leaves the selection', `${daemonSets}/seen`, 'merge', { metadata: { labels: { seen: 'no' } } }),
  patch('it comes back', `${daemonSets}/seen`, 'merge', { metadata: { labels: { seen: 'yes' } } }),
  patch('its status changes', `${daemonSets}/seen/status`, 'merge', { status: { observedGeneration: 1 } }),
  del('it goes', `${daemonSets}/seen`),
  watch('a watch from a resourceVersion', `${daemonSets}?resourceVersion={{seenVersion}}`),
  watch('a watch of a selection', `${daemonSets}?resourceVersion={{seenVersion}}&labelSelector=seen%3Dyes`),
  watch('a watch of one name', `${daemonSets}?resourceVersion={{seenVersion}}&fieldSelector=metadata.name%3Dseen`),
  watch('a watch of one object', `${daemonSets}/seen?resourceVersion={{seenVersion}}`),
  watch('a watch of metadata', `${daemonSets}?resourceVersion={{seenVersion}}`, { headers: metadataOnly }),
  watch('a watch as tables', `${daemonSets}?resourceVersion={{seenVersion}}`, { headers: table }),
  watch('a watch of what is there', `${daemonSets}?fieldSelector=metadata.name%3Dplain`),
  watch('a watch from resourceVersion 0', `${daemonSets}?resourceVersion=0&fieldSelector=metadata.name%3Dplain`),
  watch(
    'a watch that sends what is there first',
    `${daemonSets}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name%3Dplain`,
  ),
  watch(
    'a watch that sends nothing first',
    `${daemonSets}?sendInitialEvents=false&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name%3Dplain`,
  ),
  watch('a watch from the future', `${pods}?resourceVersion=99999999999`),
  watch('a watch with a selector that is none', `${pods}?labelSelector=a%3D%3D%3Db`),
  watch('a watch from a resourceVersion that is no number', `${pods}?resourceVersion=new`),
]
