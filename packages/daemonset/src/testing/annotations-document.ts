import type { Annotation } from '../policy/index.ts'
import { annotations } from '../policy/index.ts'

const head = `# Annotations

What a DaemonSet can ask Rollcall for, by annotations under \`rollcall.dev/\` on the DaemonSet itself. Without any, Rollcall does
what the built-in controller does. Changing one changes no pod template: no rollout starts because of it.

An annotation that cannot be followed (an unknown name, a value that makes no sense) counts as absent: a Warning Event
\`InvalidAnnotation\` and the condition \`AnnotationsAccepted\` say so, with the nearest name. Where that would let a rollout do more
than somebody wanted to allow, no pod is replaced until it is mended.

What is asked for is seen in the record: every decision it led to names its rule, and \`rollcall why\` says it in words.
`

function section({ name, form, example, meaning, nonsense }: Annotation<unknown>): string {
  const held = nonsense === 'holdsRollout' ? 'counts as absent, and holds the rollout' : 'counts as absent'
  return [
    `## rollcall.dev/${name}`,
    meaning,
    `- Value: ${form.words}\n- Example: \`rollcall.dev/${name}: "${example}"\`\n- Nonsense: ${held}`,
  ].join('\n\n')
}

/** `docs/annotations.md`. */
export function annotationsDocument(): string {
  return `${[head.trimEnd(), ...Object.values(annotations).map(each => section(each as Annotation<unknown>))].join('\n\n')}\n`
}
