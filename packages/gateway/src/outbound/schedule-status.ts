import {
  calAddressKey,
  type Component,
  formatCalendar,
  mapChildren,
  parseCalAddress,
  parseCalendar,
  withParameter,
} from '@isched/icalendar';
import type { ItipMethod } from '@isched/itip';
import type { EpochMs } from '@isched/values';
import { storedLimits } from '../policy/stored-limits.ts';
import type { BusyTimes } from '../ports/calendar-objects.ts';
import type { CalendarUser } from '../ports/directory.ts';
import type { StoreTransaction } from '../ports/store.ts';

/** What became of a message for one recipient, as the sender's calendar shows it. */
export interface RecipientStatus {
  readonly recipientKey: string;
  /** A code such as `2.0`. */
  readonly code: string;
}

/** Which property of the sender's object stands for a recipient; none: the object says nothing about it. */
const propertyFor: Readonly<Record<ItipMethod, 'ATTENDEE' | 'ORGANIZER' | undefined>> = {
  REQUEST: 'ATTENDEE',
  ADD: 'ATTENDEE',
  CANCEL: 'ATTENDEE',
  PUBLISH: undefined,
  REPLY: 'ORGANIZER',
  REFRESH: undefined,
  COUNTER: undefined,
  DECLINECOUNTER: undefined,
};

/** Holds the sender's own object before the queue is touched: objects come first. @throws StoreUnavailable. @see decision 0081. */
export async function holdOwnObject(
  tx: StoreTransaction,
  { originator, uid }: { readonly originator: string; readonly uid: string },
): Promise<void> {
  const owner = await tx.directory.findUser(calAddressKey(parseCalAddress(originator)));
  if (owner) await tx.objects.hold([{ user: owner.id, uid }]);
}

/**
 * Writes on the sender's own object what became of a message: SCHEDULE-STATUS, beside the address it went to.
 *
 * @returns whether there was something to write.
 * @throws StoreUnavailable.
 * @see RFC 6638 §3.2.9, §7.3.
 */
export async function putScheduleStatus(
  tx: StoreTransaction,
  sent: {
    readonly originatorKey: string;
    readonly uid: string;
    readonly method: string;
    readonly statuses: readonly RecipientStatus[];
    readonly now: EpochMs;
  },
  busyTimes: (calendar: Component, owner: CalendarUser) => BusyTimes,
): Promise<boolean> {
  const name = Object.hasOwn(propertyFor, sent.method) ? propertyFor[sent.method as ItipMethod] : undefined;
  const owner = name && (await tx.directory.findUser(sent.originatorKey));
  const stored = owner && (await tx.objects.get(owner.id, sent.uid));
  if (!name || !owner || !stored) return false;
  const calendar = parsedOrNothing(stored.text);
  if (!calendar) return false;
  const codes = new Map(sent.statuses.map(({ recipientKey, code }) => [recipientKey, code]));
  const text = formatCalendar(withStatuses(calendar, name, codes));
  if (text === stored.text) return false;
  const { user, uid, calendar: folder } = stored;
  await tx.objects.put(
    { user, calendar: folder, uid, text, changedAt: sent.now },
    { busy: busyTimes(calendar, owner) },
  );
  return true;
}

/**
 * The object with the status of each recipient on the property that names it, in every component.
 *
 * @throws nothing.
 */
export function withStatuses(
  calendar: Component,
  name: 'ATTENDEE' | 'ORGANIZER',
  codes: ReadonlyMap<string, string>,
): Component {
  return mapChildren(calendar, (component) =>
    component.kind === 'component' && /^V(?:EVENT|TODO|JOURNAL)$/.test(component.name)
      ? mapChildren(component, (child) => {
          if (child.kind !== 'property' || child.name !== name) return child;
          const code = codes.get(keyOf(child.value) ?? '');
          return code === undefined ? child : withParameter(child, 'SCHEDULE-STATUS', code);
        })
      : component,
  );
}

function parsedOrNothing(text: string): Component | undefined {
  try {
    return parseCalendar(text, storedLimits);
  } catch {
    return undefined; // whoever stored it will hear of it when the next message is merged
  }
}

function keyOf(address: string): string | undefined {
  try {
    return calAddressKey(parseCalAddress(address));
  } catch {
    return undefined;
  }
}
