import { getContainerRuntimeClient } from 'testcontainers'

let answer: Promise<boolean> | undefined

/** Whether a Docker engine answers this process: asked once, because the search for one takes its time. */
export function dockerAnswers(): Promise<boolean> {
  answer ??= getContainerRuntimeClient().then(
    () => true,
    () => false,
  )
  return answer
}
