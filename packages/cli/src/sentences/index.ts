/** Plain sentences from recorded reasons, events and outcomes: for the CLI, the console, and whoever shows them. */
export { closingWords, endingWords } from './closings.ts'
export { commandWords, outcomeWords } from './commands.ts'
export { attributionWords, eventWords, objectOf } from './events.ts'
export type { Judged } from './judged.ts'
export { newsWords } from './news.ts'
export { ruleSentences, sentenceOf } from './rules.ts'
