/** Replaces the password in every URL of a text: `postgres://me:secret@host` reads `postgres://me:***@host`. */
export function withoutPasswords(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@"']*):[^\s/"']*@/gi, '$1:***@')
}
