import { type Component, withChildren } from '@isched/icalendar';
import type { Edit, MergePlan } from './judgement.ts';

/**
 * Does what a plan says.
 *
 * @param plan - of `judge`.
 * @param stored - the very calendar the plan was made for.
 * @returns the calendar to store, with every line that the plan leaves alone byte for byte as it was; undefined: nothing
 *   is to be stored any more.
 * @throws TypeError when the plan was made for another calendar.
 */
export function merge(plan: MergePlan, stored: Component | undefined): Component | undefined {
  if (plan.store) return plan.store.calendar;
  if (!stored) throw new TypeError('a plan that changes a calendar needs that calendar');
  return applyEdits(stored, plan.edits);
}

/** The calendar with the edits done. @throws TypeError when a place is not there. */
export function applyEdits(stored: Component, edits: readonly Edit[]): Component {
  const replaced = new Map<number, Component | undefined>();
  const added: Component[] = [];
  for (const edit of edits) {
    if (edit.do === 'add') added.push(edit.component);
    else if (stored.children[edit.at]?.kind === 'component') replaced.set(edit.at, edit.with);
    else throw new TypeError(`no component at ${edit.at}: the plan was made for another calendar`);
  }
  const kept = stored.children.flatMap((child, at) => {
    if (!replaced.has(at)) return [child];
    const replacement = replaced.get(at);
    return replacement ? [replacement] : [];
  });
  const zones = added.filter((component) => component.name === 'VTIMEZONE');
  const others = added.filter((component) => component.name !== 'VTIMEZONE');
  const border = kept.findIndex((child) => child.kind === 'component');
  const at = border === -1 ? kept.length : border;
  return withChildren(stored, [...kept.slice(0, at), ...zones, ...kept.slice(at), ...others]);
}
