/** The API server's words end up in the ledger; a webhook may answer with a book. */
const messageMax = 2_000

/** `<field>: <kind>: <bad value>: <detail>` (k8s.io/apimachinery, util/validation/field): strings quoted, structures as JSON or as Go prints them. */
const quotedValue =
  /\b(Invalid value|Unsupported value|Duplicate value|Not found|Too long): (?:"(?:[^"\\]|\\.)*"|[[{].*[\]}]|\S+\{.*\}|\S+\[.*\])/gs

/**
 * What the API server said, for the record: without the values it quotes, which may be those of environment variables (design
 * rule 5), and not without end. What an admission webhook says is its own, and stays.
 */
export const wordsForRecord = (message: string): string =>
  message.replaceAll(quotedValue, '$1: (left out)').slice(0, messageMax)
