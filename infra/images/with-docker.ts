/**
 * Runs a command with a Docker engine at hand, on machines that have none running (CI on a plain Debian):
 *
 *   node infra/images/with-docker.ts [--install] [--images] COMMAND...
 *
 * --install  get docker.io and debootstrap with apt where they are missing (Debian, as root)
 * --images   build the images for Kafka and Postgres first, and name them to the command
 *
 * The engine is one of our own: data and socket in a temporary folder, ports on loopback only, no firewall rules; it
 * ends with the command, and what it made goes with it. Where an engine answers already, that one is used.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Part, run, StartError } from '@rollcall/local-process'

/** Of Linux: 15 characters. */
const interfaceNameMax = 15
const images = {
  ROLLCALL_KAFKA_IMAGE: 'rollcall-test/kafka:local',
  ROLLCALL_POSTGRES_IMAGE: 'rollcall-test/postgres:local',
}
const debianPackages = ['docker.io', 'debootstrap', 'iproute2']
const say = (line: string): void => console.error(`with-docker: ${line}`)

const options = new Set<string>()
const command = process.argv.slice(2)
while (command[0]?.startsWith('--')) options.add(command.shift() ?? '')
if (command.length === 0 || [...options].some(option => option !== '--install' && option !== '--images')) {
  say('usage: with-docker.ts [--install] [--images] COMMAND...')
  process.exit(2)
}
/** What runs now. A signal is for it (Ctrl-C it gets by itself); we stay until it has ended, and clean up. */
let current: ChildProcess | null = null
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => current?.kill('SIGTERM'))
try {
  process.exitCode = engineAnswers({}) ? await runCommand({}) : await withOwnEngine(runCommand)
} catch (error) {
  say(error instanceof StartError ? error.message : String(error))
  process.exitCode = 1
}

async function runCommand(environment: Readonly<Record<string, string>>): Promise<number> {
  const withImages = options.has('--images')
  if (withImages) {
    const built = await spawned([process.execPath, join(import.meta.dirname, 'build.ts')], environment)
    if (built !== 0) return built
  }
  return spawned(command, { ...environment, ...(withImages ? images : {}) })
}

async function withOwnEngine(
  work: (environment: Readonly<Record<string, string>>) => Promise<number>,
): Promise<number> {
  requireTools()
  const dir = mkdtempSync(join(tmpdir(), 'with-docker-'))
  const environment = {
    DOCKER_HOST: `unix://${join(dir, 'docker.sock')}`,
    // Ryuk would have to be pulled; the whole engine goes away instead.
    TESTCONTAINERS_RYUK_DISABLED: 'true',
    // A machine made from an image may still have /.dockerenv: testcontainers would look at the bridge, not at loopback.
    TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1',
  }
  try {
    const bridge = makeBridge()
    try {
      const engine = await run(enginePart(dir, bridge, environment), say)
      try {
        return await work(environment)
      } finally {
        await engine.stop()
      }
    } finally {
      quietly('ip', ['link', 'delete', bridge])
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** A bridge for this engine alone: two engines on `docker0` would take it from each other. @returns its name */
function makeBridge(): string {
  const bridge = `rollcall${process.pid}`.slice(0, interfaceNameMax)
  removeBridgesLeft()
  // Also of bridges that nothing is connected to, which os.networkInterfaces() does not list.
  const used = execFileSync('ip', ['-o', '-4', 'address'], { encoding: 'utf8' })
  const isUsed = (net: number): boolean => used.includes(` 172.31.${net}.`)
  // Random, as another engine may be looking at the same moment.
  let net = randomInt(256)
  while (isUsed(net)) net = randomInt(256)
  execFileSync('ip', ['link', 'add', bridge, 'type', 'bridge'])
  try {
    execFileSync('ip', ['address', 'add', `172.31.${net}.1/24`, 'dev', bridge])
    execFileSync('ip', ['link', 'set', bridge, 'up'])
  } catch (error) {
    quietly('ip', ['link', 'delete', bridge])
    throw error
  }
  return bridge
}

/** Of runs that were killed: the name tells whose bridge it was. */
function removeBridgesLeft(): void {
  const links = execFileSync('ip', ['-o', 'link', 'show', 'type', 'bridge'], { encoding: 'utf8' })
  for (const [, bridge = '', pid] of links.matchAll(/: (rollcall(\d+)):/g)) {
    if (!existsSync(`/proc/${pid}`)) quietly('ip', ['link', 'delete', bridge])
  }
}

function enginePart(dir: string, bridge: string, environment: Readonly<Record<string, string>>): Part {
  return {
    name: 'dockerd',
    command: [
      'dockerd',
      `--data-root=${join(dir, 'data')}`,
      `--exec-root=${join(dir, 'exec')}`,
      `--pidfile=${join(dir, 'dockerd.pid')}`,
      `--host=${environment.DOCKER_HOST}`,
      `--bridge=${bridge}`,
      // Ports are published by docker-proxy, on loopback; nothing of the machine's network is changed for it.
      '--ip=127.0.0.1',
      '--iptables=false',
      '--ip6tables=false',
      '--ip-masq=false',
      '--ip-forward=false',
    ],
    logFile: join(dir, 'dockerd.log'),
    stopSignal: 'SIGTERM',
    stopMsMax: 30_000,
    readyMsMax: 60_000,
    answers: () => engineAnswers(environment),
  }
}

function requireTools(): void {
  const missing = ['dockerd', 'docker', 'debootstrap', 'ip'].filter(
    tool => !quietly('sh', ['-c', `command -v ${tool}`]),
  )
  if (missing.length === 0) return
  if (!options.has('--install') || process.getuid?.() !== 0) {
    throw new StartError({
      code: 'tool-missing',
      what: `Not here: ${missing.join(', ')}`,
      mend: `As root on Debian: \`apt-get install ${debianPackages.join(' ')}\`, or give --install`,
    })
  }
  say(`installing ${debianPackages.join(', ')}`)
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  execFileSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'inherit'] })
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...debianPackages]
  execFileSync('apt-get', install, { stdio: ['ignore', 'ignore', 'inherit'], env: environment })
}

function engineAnswers(environment: Readonly<Record<string, string>>): boolean {
  return quietly('docker', ['version', '--format', '{{.Server.Version}}'], environment)
}

function quietly(tool: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): boolean {
  try {
    execFileSync(tool, args, { stdio: 'ignore', env: { ...process.env, ...environment }, timeout: 20_000 })
    return true
  } catch {
    return false
  }
}

function spawned(what: readonly string[], environment: Readonly<Record<string, string>>): Promise<number> {
  const [tool = '', ...args] = what
  const child = spawn(tool, args, { stdio: 'inherit', env: { ...process.env, ...environment } })
  current = child
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 130)))
  })
}
