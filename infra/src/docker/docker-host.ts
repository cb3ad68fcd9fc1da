import { getContainerRuntimeClient } from 'testcontainers'

/** Where the published ports of containers are: loopback for an engine on this machine. */
export async function dockerHost(): Promise<string> {
  const { host } = (await getContainerRuntimeClient()).info.containerRuntime
  // An engine that publishes on 127.0.0.1 only does not answer on ::1, which `localhost` may be.
  return host === 'localhost' ? '127.0.0.1' : host
}
