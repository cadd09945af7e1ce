import { type CalAddress, calAddressKey } from '@isched/icalendar';
import type { AutoScheduleMode } from '@isched/itip';
import type { Abortable } from '@isched/values';
import type { UserEntry } from '../ports/directory.ts';
import type { Store } from '../ports/store.ts';

/** A user of the embedded calendar as the configuration has it. */
export interface ConfiguredUser {
  readonly address: CalAddress;
  readonly aliases: readonly CalAddress[];
  readonly name?: string | undefined;
  /** IANA name. */
  readonly time_zone: string;
  readonly auto_schedule?: AutoScheduleMode | undefined;
  readonly booking_days?: number | undefined;
}

/** Where the configuration says nothing of it. */
const defaultBookingDays = 366;

/**
 * Makes the directory hold exactly the users of the configuration.
 *
 * @throws TypeError when two of them share an address; StoreUnavailable.
 */
export function provisionUsers(store: Store, users: readonly ConfiguredUser[], options: Abortable = {}): Promise<void> {
  const entries = users.map(entryOf);
  return store.transaction((tx) => tx.directory.provision(entries), options);
}

function entryOf({ address, aliases, name, time_zone: timeZone, ...answers }: ConfiguredUser): UserEntry {
  const { auto_schedule: autoSchedule = 'none', booking_days: bookingDays = defaultBookingDays } = answers;
  return {
    address,
    addressKeys: [...new Set([address, ...aliases].map(calAddressKey))],
    name,
    timeZone,
    resource: autoSchedule === 'none' ? undefined : { autoSchedule, bookingDays },
  };
}
