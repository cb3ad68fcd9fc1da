import { chmodSync, createWriteStream, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { Keep, Progress, Running } from '@rollcall/local-process'
import { lastLines, StartError, until } from '@rollcall/local-process'
import { GenericContainer, getContainerRuntimeClient, type WaitStrategy } from 'testcontainers'

/** Everything there is to know about how one part runs in a container. */
export type ContainerPart = {
  readonly name: string
  readonly image: string
  readonly environment: Readonly<Record<string, string>>
  readonly command?: readonly string[]
  /** The one port that is wanted outside: fixed, so that a restart keeps it. */
  readonly port: { readonly host: number; readonly container: number }
  /** Data stays outside the container, which is made anew at every start. */
  readonly data: { readonly host: string; readonly container: string }
  readonly logFile: string
  readonly answers: () => Promise<boolean>
  readonly readyMsMax: number
  readonly stopMsMax: number
  /** How to get the image when it cannot be had. */
  readonly imageMend: string
  /** Given, the container outlives this process. */
  readonly keep?: Keep | undefined
}

export type RunningContainer = Running & { readonly containerId: string }

type Client = Awaited<ReturnType<typeof getContainerRuntimeClient>>
type Container = ReturnType<Client['container']['getById']>
type Current = { readonly container: Container; readonly pid: number; readonly logged: Promise<void> }

/** Starts a part through testcontainers, behind the same handle as a native one. @throws StartError */
export async function runContainer(part: ContainerPart, progress?: Progress): Promise<RunningContainer> {
  const client = await getContainerRuntimeClient()
  let current: Current | null = await start(client, part, progress)
  let last = current
  const stop = async (): Promise<void> => {
    if (current === null) return
    await current.container.stop({ t: Math.ceil(part.stopMsMax / 1000) }).catch(ignoring(304, 404))
    await removeContainer(current.container)
    await current.logged
    current = null
    progress?.(`${part.name} stopped`)
  }
  return {
    name: part.name,
    get pid() {
      return last.pid
    },
    get containerId() {
      return last.container.id
    },
    logFile: part.logFile,
    stop,
    async kill(signal = 'SIGKILL') {
      await current?.container.kill({ signal }).catch(ignoring(404, 409))
      if (signal === 'SIGKILL') await current?.container.wait().catch(ignoring(404))
    },
    async restart() {
      await stop()
      current = await start(client, part, progress)
      last = current
    },
  }
}

async function start(client: Client, part: ContainerPart, progress: Progress | undefined): Promise<Current> {
  const began = performance.now()
  mkdirSync(dirname(part.logFile), { recursive: true })
  mkdirSync(part.data.host, { recursive: true })
  // The image's own user, whoever that is, writes here.
  chmodSync(part.data.host, 0o777)
  const logFrom = statSync(part.logFile, { throwIfNoEntry: false })?.size ?? 0
  let logged: Promise<void> = Promise.resolve()
  const copyLog = (stream: Readable): void => {
    logged = finished(stream.pipe(createWriteStream(part.logFile, { flags: 'a' }))).catch(() => undefined)
  }
  const described = describe(part, copyLog)
  try {
    const started = await described.start()
    const container = client.container.getById(started.getId())
    const pid = (await container.inspect()).State.Pid
    progress?.(
      `${part.name} answers after ${((performance.now() - began) / 1000).toFixed(1)} s (container ${container.id.slice(0, 12)})`,
    )
    return { container, pid, logged }
  } catch (cause) {
    // One that could not be started, because its port is taken, is still there.
    if (described.createdId !== null) await removeContainer(client.container.getById(described.createdId))
    await logged
    throw failureOf(part, cause as Error, logFrom)
  }
}

/** Says which container was made as soon as it was: testcontainers forgets it when it cannot be started. */
class KnownContainer extends GenericContainer {
  createdId: string | null = null
  readonly onCreated: (id: string) => void
  constructor(image: string, onCreated: (id: string) => void) {
    super(image)
    this.onCreated = onCreated
  }
  protected override async containerCreated(containerId: string): Promise<void> {
    this.createdId = containerId
    this.onCreated(containerId)
  }
}

function describe(part: ContainerPart, copyLog: (stream: Readable) => void): KnownContainer {
  const { name, logFile, stopMsMax } = part
  const onCreated = (containerId: string): void =>
    part.keep?.({ name, logFile, stopSignal: 'SIGTERM', stopMsMax, as: { containerId } })
  const container = new KnownContainer(part.image, onCreated)
  container
    .withEnvironment(part.environment)
    .withExposedPorts(part.port)
    .withBindMounts([{ source: part.data.host, target: part.data.container, mode: 'rw' }])
    .withLogConsumer(copyLog)
    .withWaitStrategy(answering(part))
    .withStartupTimeout(part.readyMsMax)
  const uid = process.getuid?.() ?? 0
  // So that the data belongs to us, who must be able to remove it; group 0 as images for any user expect it.
  if (uid !== 0) container.withUser(`${uid}:0`)
  if (part.command !== undefined) container.withCommand([...part.command])
  // What is to be reused is not removed by testcontainers when this process ends.
  if (part.keep !== undefined) container.withReuse()
  return container
}

/** Ready when the part answers; failed at once when its container has ended. */
function answering(part: ContainerPart): WaitStrategy {
  let msMax = part.readyMsMax
  const strategy: WaitStrategy = {
    async waitUntilReady(container) {
      let ended = false
      const looks = setInterval(async () => {
        const state = await container.inspect().catch(() => null)
        ended ||= state?.State.Running === false
      }, 500)
      try {
        if (await until(part.answers, { msMax, giveUp: () => ended })) return
        throw new Error(ended ? 'ended before it answered' : `did not answer within ${Math.round(msMax / 1000)} s`)
      } finally {
        clearInterval(looks)
      }
    },
    withStartupTimeout(startupTimeoutMs) {
      msMax = startupTimeoutMs
      return strategy
    },
    isStartupTimeoutSet: () => true,
    getStartupTimeout: () => msMax,
  }
  return strategy
}

function failureOf(part: ContainerPart, cause: Error, logFrom: number): StartError {
  const taken = /port is already allocated|address already in use/i.test(cause.message)
  const noImage = /no such image|pull access denied|manifest unknown|failed to (resolve|pull)|Failed to pull/i.test(
    cause.message,
  )
  return new StartError({
    code: taken ? 'port-in-use' : noImage ? 'tool-missing' : 'exited',
    what: `${part.name} in a container of ${part.image}: ${cause.message.trim()}`,
    mend: noImage ? part.imageMend : undefined,
    logFile: part.logFile,
    lastLines: lastLines(part.logFile, 20, logFrom),
    cause,
  })
}

/** Removes a container and its own volumes, running or not; one that is gone is removed. */
export async function removeContainer(container: Container): Promise<void> {
  await container.remove({ force: true, v: true }).catch(ignoring(404, 409))
  await until(async () => (await container.inspect().catch(() => null)) === null, { msMax: 10_000 })
}

/** Answers of the engine that say: it is so already. */
function ignoring(...codes: readonly number[]): (error: unknown) => void {
  return error => {
    if (!codes.includes((error as { statusCode?: number }).statusCode ?? 0)) throw error
  }
}
