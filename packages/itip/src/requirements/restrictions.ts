import type { ItipMethod, SchedulingComponent } from '../methods.ts';
import type { Restriction } from './restriction.ts';
import { veventRestrictions } from './vevent.ts';
import { vfreebusyRestrictions } from './vfreebusy.ts';
import { vjournalRestrictions } from './vjournal.ts';
import { vtodoRestrictions } from './vtodo.ts';

/** All tables of RFC 5546 §3.2 to §3.5. */
export const restrictions: readonly Restriction[] = [
  ...veventRestrictions,
  ...vfreebusyRestrictions,
  ...vtodoRestrictions,
  ...vjournalRestrictions,
];

/** The table of a method and component; undefined where RFC 5546 has none. @throws nothing. */
export function restrictionFor(method: ItipMethod, component: SchedulingComponent): Restriction | undefined {
  return restrictions.find((each) => each.method === method && each.component === component);
}
