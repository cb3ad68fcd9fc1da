// What names and values must look like, in the words of `apimachinery/pkg/util/validation`. Each check gives the
// complaints; none is good.

type Complaints = readonly string[]

const dnsLabelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const dnsSubdomainFormat = `${dnsLabelFormat}(\\.${dnsLabelFormat})*`
const labelKeyFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const labelValueFormat = `(${labelKeyFormat})?`

const dnsLabel = new RegExp(`^${dnsLabelFormat}$`)
const dnsSubdomain = new RegExp(`^${dnsSubdomainFormat}$`)
const labelKey = new RegExp(`^${labelKeyFormat}$`)
const labelValue = new RegExp(`^${labelValueFormat}$`)
const percent = /^[0-9]+%$/

const noMoreThan = (bytes: number) => `must be no more than ${bytes} bytes`

function notOf(format: string, what: string, ...examples: readonly string[]): string {
  const shown = examples.map((example, index) => `${index === 0 ? '' : ' or '}'${example}', `).join('')
  return `${what} (e.g. ${shown}regex used for validation is '${format}')`
}

export function dnsLabelComplaints(value: string): Complaints {
  const complaints: string[] = []
  if (value.length > 63) complaints.push(noMoreThan(63))
  if (dnsLabel.test(value)) return complaints
  if (dnsSubdomain.test(value)) return [...complaints, 'must not contain dots']
  const what =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"
  return [...complaints, notOf(dnsLabelFormat, what, 'my-name', '123-abc')]
}

export function dnsSubdomainComplaints(value: string): Complaints {
  const complaints: string[] = []
  if (value.length > 253) complaints.push(noMoreThan(253))
  if (dnsSubdomain.test(value)) return complaints
  const what =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
  return [...complaints, notOf(dnsSubdomainFormat, what, 'example.com')]
}

const malformedName = notOf(
  labelKeyFormat,
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  'MyName',
  'my.name',
  '123-abc',
)

/** Keys of labels and annotations, finalizers, taints: a name with an optional DNS prefix. */
export function qualifiedNameComplaints(value: string): Complaints {
  const parts = value.split('/')
  if (parts.length > 2) {
    return [
      `a valid label key ${malformedName} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  const name = parts.at(-1) ?? ''
  const complaints: string[] = []
  if (parts.length === 2) {
    const prefix = parts[0] ?? ''
    if (prefix === '') complaints.push('prefix part must be non-empty')
    else complaints.push(...dnsSubdomainComplaints(prefix).map(complaint => `prefix part ${complaint}`))
  }
  if (name === '') complaints.push('name part must be non-empty')
  else if (name.length > 63) complaints.push(`name part ${noMoreThan(63)}`)
  if (!labelKey.test(name)) complaints.push(`name part ${malformedName}`)
  return complaints
}

export function labelValueComplaints(value: string): Complaints {
  const complaints: string[] = []
  if (value.length > 63) complaints.push(noMoreThan(63))
  if (labelValue.test(value)) return complaints
  const what =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
  return [...complaints, notOf(labelValueFormat, what, 'MyValue', 'my_value', '12345')]
}

export function portNumberComplaints(value: number): Complaints {
  return value >= 1 && value <= 65535 ? [] : ['must be between 1 and 65535, inclusive']
}

/** Names of ports, as IANA has them. */
export function portNameComplaints(value: string): Complaints {
  const complaints: string[] = []
  if (value.length > 15) complaints.push(noMoreThan(15))
  if (!/^[-a-z0-9]+$/.test(value)) {
    complaints.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  }
  if (!/[a-z]/.test(value)) complaints.push('must contain at least one letter (a-z)')
  if (value.includes('--')) complaints.push('must not contain consecutive hyphens')
  if (/^-|-$/.test(value)) complaints.push('must not begin or end with a hyphen')
  return complaints
}

export function percentComplaints(value: string): Complaints {
  if (percent.test(value)) return []
  const what = "a valid percent string must be a numeric string followed by an ending '%'"
  return [notOf('[0-9]+%', what, '1%', '93%')]
}

export function environmentNameComplaints(value: string): Complaints {
  if (value === '') return ['environment variable name must be non-empty']
  if (/^[\x20-\x3c\x3e-\x7e]+$/.test(value)) return []
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"]
}
