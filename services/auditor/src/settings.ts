/** How the auditor works: what of it can be set from outside is in `config.ts`. */
export type AuditorSettings = {
  /** Address to listen on. Anything but loopback should come with a token. */
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** Whoever asks must bear it; null: nobody need. */
  readonly token: string | null
  /** Wrong tokens of one address within a minute; then none of its tokens is looked at until the minute is over. */
  readonly triesPerMinuteMax: number
  /** Bytes of a URL at most; more is answered with 414. */
  readonly urlBytesMax: number
  /** Connections at once at most. */
  readonly connectionsMax: number
  /** How often the ends of streams are looked at while somebody follows. */
  readonly followPollMs: number
  /** A comment goes to a follower to whom nothing else went for so long. */
  readonly heartbeatMs: number
  /** A follower that takes nothing for so long is cut off. */
  readonly stallMsMax: number
  /** Followers at once at most. */
  readonly followersMax: number
  /** Events of one cluster that are read for a follower at once: all that is ever held for one. */
  readonly followBatchMax: number
  /** How long an intent may take to come back with a position. */
  readonly intentMsMax: number
  /** How long a stop waits for answers under way. */
  readonly drainMsMax: number
}

export const defaultSettings: AuditorSettings = {
  host: '127.0.0.1',
  port: 7070,
  token: null,
  triesPerMinuteMax: 20,
  urlBytesMax: 8_000,
  connectionsMax: 1_000,
  followPollMs: 500,
  heartbeatMs: 15_000,
  stallMsMax: 30_000,
  followersMax: 100,
  followBatchMax: 200,
  intentMsMax: 10_000,
  drainMsMax: 5_000,
}
