import process from 'node:process'

/** The Kubernetes whose behaviour is simulated. */
export const simulatedVersion = 'v1.37.2'

/** `/version` */
export function versionOf() {
  return {
    major: '1',
    minor: '37',
    emulationMajor: '1',
    emulationMinor: '37',
    minCompatibilityMajor: '1',
    minCompatibilityMinor: '36',
    gitVersion: simulatedVersion,
    gitCommit: '',
    gitTreeState: 'simulated by rollcall',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: `node ${process.version}`,
    compiler: 'none',
    platform: `${process.platform}/${process.arch}`,
  }
}
