import type { IntentBodyOf, IntentContent, IntentParamsOf, IntentRouteName } from '@rollcall/contracts/api'

/** What each route asks for, as the event that is appended. */
export const intentContents: {
  readonly [N in IntentRouteName]: (params: IntentParamsOf<N>, body: IntentBodyOf<N>) => IntentContent
} = {
  requestMode: (_, { mode }) => ({ type: 'ModeRequested', mode }),
  approveHold: ({ hold }, { position = null }) => ({ type: 'HoldApproved', hold, seen: position }),
  rejectHold: ({ hold }, { forMs }) => ({ type: 'HoldRejected', hold, forMs }),
}
