import type { Statement } from '../../sql/statement.ts'

/** Parts that the audit queries share. They are read with all parameters known (`plan_cache_mode=force_custom_plan`), so
 * a condition whose parameter is null costs nothing, and indexes are chosen by what is asked. */

/** One more than wanted, to tell whether there are more. */
export const oneMore = (limit: number): number => limit + 1

/** `column` is one of the listed values; a list that is null asks for nothing. */
export const isAnyOf = (column: string, parameter: string): string =>
  `(${parameter}::text[] is null or ${column} = any(${parameter}))`

/**
 * All requirements of a label selector hold (spec §6.1). `labels`: an expression of type jsonb; the parameter is the list
 * of requirements as jsonb.
 */
export const labelsMatch = (labels: string, parameter: string): string => `
      not exists (
        select
        from jsonb_to_recordset(${parameter}::jsonb) as wanted (key text, operator text, "values" jsonb)
        where not case wanted.operator
          when 'In' then coalesce(wanted."values" ? (${labels} ->> wanted.key), false)
          when 'NotIn' then not coalesce(wanted."values" ? (${labels} ->> wanted.key), false)
          when 'Exists' then ${labels} ? wanted.key
          when 'DoesNotExist' then not (${labels} ? wanted.key)
        end
      )`

/** A placement that is open. Written as the condition of the index `placements_open`. */
export const isOpen = (placement: string): string =>
  `coalesce(${placement}.closed_at, 'infinity'::timestamptz) = 'infinity'::timestamptz`

export type Direction = 'older' | 'newer'

/** One statement for each way of reading: the text is made with the comparison and the order of that way. */
export function bothWays<Params, Row>(
  name: string,
  text: (way: { readonly behind: '<' | '>'; readonly from: '<=' | '>='; readonly order: 'desc' | 'asc' }) => string,
  rest: Pick<Statement<Params, Row>, 'values' | 'row'>,
): Readonly<Record<Direction, Statement<Params, Row>>> {
  return {
    older: { name: `${name}_older`, text: text({ behind: '<', from: '<=', order: 'desc' }), ...rest },
    newer: { name: `${name}_newer`, text: text({ behind: '>', from: '>=', order: 'asc' }), ...rest },
  }
}
