import type { AnswerOf, ParamsOf, ReadQueryOf, RouteName } from '@rollcall/contracts/api'

/** The routes that give one answer; `follow` gives a stream. */
export type AnsweredRoute = Exclude<RouteName, 'follow'>

/** How each route is answered. */
export type Answers = {
  readonly [N in AnsweredRoute]: (params: ParamsOf<N>, query: ReadQueryOf<N>) => Promise<AnswerOf<N>>
}
