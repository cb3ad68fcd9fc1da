import { expect, test } from 'vitest'
import { createPodCommand, deletePodCommand } from '../testing/make.ts'
import { type HeldCommand, hold } from './held-command.ts'
import { ReadyQueue } from './ready-queue.ts'

const heldOf = (command: HeldCommand['command']) => hold(command, { owner: {}, completed: () => undefined }, 0, 1_000)
const creation = (node: string) => heldOf(createPodCommand(node))
const deletion = (node: string) => heldOf(deletePodCommand(node, { name: `old-${node}`, uid: `uid-${node}` }))

test('deletions and creations take turns, each oldest first; none waits for the other kind to come', () => {
  const queue = new ReadyQueue()
  const deletions = ['a', 'b', 'c', 'd'].map(deletion)
  const creations = ['e', 'f'].map(creation)
  for (const held of [...deletions, ...creations]) queue.push(held)
  const taken: (HeldCommand | undefined)[] = []
  for (let count = 0; count < 7; count++) taken.push(queue.shift())
  const [a, b, c, d] = deletions
  const [e, f] = creations
  expect(taken).toEqual([a, e, b, f, c, d, undefined])
})
