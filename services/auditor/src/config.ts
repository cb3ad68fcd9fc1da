import {
  list,
  option,
  optionalOption,
  port,
  postgresOptions,
  postgresRole,
  serviceOptions,
  text,
} from '@rollcall/service'
import { readerRole } from '@rollcall/store'
import { z } from 'zod'
import { type AuditorSettings, defaultSettings } from './settings.ts'

/** What of the auditor can be set from outside. */
export const configSchema = z.object({
  ...serviceOptions,
  ...postgresOptions,
  postgresRole: postgresRole(readerRole),
  host: option(text(), {
    description: 'Address of the API. Anything but loopback should come with a token.',
    default: defaultSettings.host,
  }),
  port: option(port(), {
    description: 'Port of the API; 0: any free one, which the log names.',
    default: String(defaultSettings.port),
  }),
  token: optionalOption(text(), {
    description: 'Bearer token that every question must carry. Without it none need.',
    secret: true,
  }),
  users: optionalOption(text(), {
    description:
      'File of those who may ask for something, one a line: NAME TOKEN, or NAME sha256:DIGEST. Without it nobody may.',
  }),
  kafkaBrokers: optionalOption(list(), {
    description: 'Kafka brokers, host:port each: where what is asked for goes. Needed with --users.',
  }),
})

export type AuditorConfig = z.output<typeof configSchema>

export function settingsOf({ host, port, token }: AuditorConfig): AuditorSettings {
  return { ...defaultSettings, host, port, token }
}
