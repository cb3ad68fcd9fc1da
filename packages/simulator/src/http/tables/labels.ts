import { type Fields, fieldsOf, itemsOf, textOf } from './table.ts'

/** Labels as `a=b,c=d`. */
export function labelsText(labels: unknown): string {
  const text = Object.entries(fieldsOf(labels))
    .map(([key, value]) => `${key}=${textOf(value)}`)
    .sort()
    .join(',')
  return text === '' ? '<none>' : text
}

/** A LabelSelector as `a=b,c in (d,e),!f` (`metav1.FormatLabelSelector`). */
export function selectorText(selector: unknown): string {
  const { matchLabels, matchExpressions } = fieldsOf(selector)
  const equalities = Object.entries(fieldsOf(matchLabels)).map(([key, value]) => ({
    key,
    text: `${key}=${textOf(value)}`,
  }))
  const expressions = itemsOf(matchExpressions).map(each => ({ key: textOf(each.key), text: expressionText(each) }))
  const texts = [...equalities, ...expressions].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return texts.length === 0 ? '<none>' : texts.map(each => each.text).join(',')
}

function expressionText({ key, operator, values }: Fields): string {
  const list = Array.isArray(values) ? [...values].sort().join(',') : ''
  switch (operator) {
    case 'In':
      return `${key} in (${list})`
    case 'NotIn':
      return `${key} notin (${list})`
    case 'DoesNotExist':
      return `!${key}`
    default:
      return String(key)
  }
}
