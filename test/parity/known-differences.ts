/** A difference between the simulator and a real API server that is known and meant. */
export type KnownDifference = {
  /** Where: the whole name of a call, or a part of many names. */
  readonly calls: string | RegExp
  /** Where in the answer, as the comparison names it. */
  readonly at: string | RegExp
  readonly because: string
}

const message = /^body\.(message|details\.causes\[0\]\.message)$/

/** Every one of them is also told in packages/simulator/src/http/DIFFERENCES.md. */
export const knownDifferences: readonly KnownDifference[] = [
  {
    calls: 'the version',
    at: /^body\.(compiler|gitCommit|gitTreeState|goVersion|platform)$/,
    because: 'the simulator says that it is one',
  },
  {
    calls: 'an answer as HTML',
    at: message,
    because: 'the simulator answers in JSON only, and says so',
  },
  {
    calls: 'a continue token that is none',
    at: message,
    because: "the real one quotes its JSON reader's complaint about the token's bytes",
  },
  {
    calls: 'a replace with another uid',
    at: message,
    because: "the real one quotes its storage's error with the key in etcd",
  },
  {
    calls: 'strategic: an item without its key',
    at: message,
    because: 'the item is shown as JSON, not as Go prints a map',
  },
  {
    calls: /^a patch (with a wrong type|of an unknown field, strictly)$/,
    at: message,
    because: 'the whole patched object is quoted, with its fields in an order and managedFields of its own',
  },
  {
    calls: 'a pod without a service account',
    at: /^body\.spec\.serviceAccount(Name)?$/,
    because:
      'the control plane of infra/ runs without the admission plugin ServiceAccount; the simulator does as it would',
  },
  {
    calls: 'a pod with two controllers',
    at: message,
    because: 'the references are quoted with their fields in another order',
  },
  {
    calls: /^the (command|node) of a pod may not$/,
    at: message,
    because: 'the real one appends a textual diff of the whole spec; the simulator names the fields',
  },
  {
    calls: 'limit ranges as a table',
    at: 'body.rows',
    because: 'the real one writes null for the rows of an empty table of a kind without columns of its own',
  },
  {
    calls: 'a watch that sends what is there first',
    at: /^body\[1\]\.object\.spec\./,
    because: 'the empty object of a bookmark is written without nulls',
  },
]
