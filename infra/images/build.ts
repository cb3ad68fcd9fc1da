/**
 * Builds the two images for the Docker way without pulling anything: a Debian root by debootstrap, Kafka's jars from
 * the cache. `node infra/images/build.ts`; needs root (debootstrap makes device files) and a Docker engine.
 * Images: rollcall-test/kafka:local and rollcall-test/postgres:local.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildStep } from '@rollcall/local-process'
import { cached, digestOf } from '../src/cache/cached.ts'
import { kafkaJars } from '../src/kafka/jars.ts'

const suite = 'bookworm'
/** With what their images need: a JVM, and the server (15, the oldest one that Rollcall supports). */
const packages = ['openjdk-17-jre-headless', 'postgresql']
const here = import.meta.dirname
const labelName = 'dev.rollcall.digest'

export const kafkaImage = 'rollcall-test/kafka:local'
export const postgresImage = 'rollcall-test/postgres:local'

const say = (line: string): void => console.log(line)

const root = await debianRoot()
importBase(root)
await buildImage(kafkaImage, ['kafka.Dockerfile', 'kafka-entrypoint.sh'], { 'kafka-libs': await kafkaJars(say) })
await buildImage(postgresImage, ['postgres.Dockerfile', 'postgres-entrypoint.sh'], {})

/** A root file system as one archive, from the cache. @returns its path */
async function debianRoot(): Promise<string> {
  const include = `--include=${packages.join(',')}`
  const dir = await cached(
    {
      kind: 'debian-root',
      title: 'the Debian root for the images',
      files: [],
      facts: [suite, ...packages],
      async build(into, logFile) {
        const tree = mkdtempSync(join(tmpdir(), 'debian-root-'))
        const step = {
          title: 'The Debian root',
          cwd: into,
          logFile,
          toolMend: 'It needs root and debootstrap: `apt-get install debootstrap`',
        }
        try {
          const mirror = debianMirror()
          await buildStep({
            ...step,
            command: ['debootstrap', '--variant=minbase', include, suite, tree, ...(mirror === null ? [] : [mirror])],
          })
          // What a package manager keeps for people; the archive is half as large without.
          const waste = ['var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/man', 'usr/share/locale']
          const without = waste.map(path => `--exclude=./${path}/*`)
          await buildStep({ ...step, command: ['tar', '-C', tree, ...without, '-cf', join(into, 'root.tar'), '.'] })
        } finally {
          rmSync(tree, { recursive: true, force: true })
        }
      },
    },
    say,
  )
  return join(dir, 'root.tar')
}

/** Where this machine gets its packages from; null: debootstrap's own default. */
function debianMirror(): string | null {
  try {
    const targets = execFileSync('apt-get', ['indextargets', '--format', '$(REPO_URI) $(CODENAME)'], {
      encoding: 'utf8',
    })
    return new RegExp(`^(\\S+) ${suite}$`, 'm').exec(targets)?.[1] ?? null
  } catch {
    return null
  }
}

function importBase(archive: string): void {
  const name = 'rollcall-test/base:local'
  if (labelOf(name) === archive) {
    say(`${name} is there`)
    return
  }
  docker('import', '--change', `LABEL ${labelName}=${archive}`, archive, name)
  say(`${name} imported`)
}

/** Nothing but what it is made of goes to the engine; the label says what it was made of. */
async function buildImage(
  name: string,
  files: readonly string[],
  folders: Readonly<Record<string, string>>,
): Promise<void> {
  const digest = digestOf({ files: files.map(file => join(here, file)), facts: [root, ...Object.values(folders)] })
  if (labelOf(name) === digest) {
    say(`${name} is there`)
    return
  }
  const context = mkdtempSync(join(tmpdir(), 'image-'))
  try {
    for (const file of files) cpSync(join(here, file), join(context, file))
    for (const [folder, from] of Object.entries(folders)) cpSync(from, join(context, folder), { recursive: true })
    docker('build', '--tag', name, '--label', `${labelName}=${digest}`, '--file', join(context, `${files[0]}`), context)
  } finally {
    rmSync(context, { recursive: true, force: true })
  }
  say(`${name} built`)
}

function labelOf(image: string): string | null {
  try {
    const format = `{{ index .Config.Labels "${labelName}" }}`
    return execFileSync('docker', ['image', 'inspect', '--format', format, image], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return null
  }
}

function docker(...args: readonly string[]): void {
  // The classic builder, because Debian's docker.io has no other; what it says is shown when it fails.
  execFileSync('docker', args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, DOCKER_BUILDKIT: '0' } })
}
