/** The parts of a rule that say how often, not how long. */
const ending = new Set(['COUNT', 'UNTIL']);

/**
 * A recurrence rule in a form in which equal rules are equal texts: parts and lists sorted, upper case, defaults left out.
 *
 * @param text - the RRULE's value.
 * @param options - `withEnd: false` leaves COUNT and UNTIL out.
 * @throws nothing; what is no rule stays a text that equals itself.
 */
export function normalRule(text: string, options: { readonly withEnd: boolean } = { withEnd: true }): string {
  return text
    .trim()
    .toUpperCase()
    .split(';')
    .map((part) => {
      const [name = '', value = ''] = part.split('=', 2);
      return { name, value: name.startsWith('BY') ? value.split(',').toSorted().join(',') : value };
    })
    .filter(({ name, value }) => !(name === 'INTERVAL' && value === '1') && !(name === 'WKST' && value === 'MO'))
    .filter(({ name }) => name !== '' && (options.withEnd || !ending.has(name)))
    .map(({ name, value }) => `${name}=${value}`)
    .toSorted()
    .join(';');
}
