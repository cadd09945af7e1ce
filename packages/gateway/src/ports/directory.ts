import type { CalAddress } from '@isched/icalendar';
import type { AutoScheduleMode } from '@isched/itip';
import type { Brand } from '@isched/values';

/** A calendar user address normalised for comparison: `calAddressKey` of it. */
export type AddressKey = string;

export type UserId = Brand<number, 'UserId'>;
export type CalendarId = Brand<number, 'CalendarId'>;

/** What answers invitations by itself: a room, a car. */
export interface Resource {
  readonly autoSchedule: Exclude<AutoScheduleMode, 'none'>;
  /** How far ahead it can be booked. */
  readonly bookingDays: number;
}

/** Somebody, or something, that can be invited, and whose objects are kept here. */
export interface CalendarUser {
  readonly id: UserId;
  /** How the user is named in what we write. */
  readonly address: CalAddress;
  /** All addresses of the user, normalised, the first one's included. */
  readonly addressKeys: readonly AddressKey[];
  readonly name?: string | undefined;
  /** IANA name: floating and all-day times of the user are in it. */
  readonly timeZone: string;
  /** Absent: a person answers. */
  readonly resource?: Resource | undefined;
  /** Where invitations go. */
  readonly defaultCalendar: CalendarId;
}

/** A user as the configuration has it. */
export interface UserEntry {
  readonly address: CalAddress;
  /** Normalised; the address's own included. At least one. */
  readonly addressKeys: readonly AddressKey[];
  readonly name?: string | undefined;
  readonly timeZone: string;
  readonly resource?: Resource | undefined;
}

export interface DirectoryView {
  /** The user an address belongs to; undefined: nobody here. */
  findUser(address: AddressKey): Promise<CalendarUser | undefined>;
  /** All users, oldest first. */
  users(): Promise<readonly CalendarUser[]>;
}

export interface Directory extends DirectoryView {
  /**
   * Makes the directory hold exactly these users. One who was there before, known by the first address key, keeps id and
   * objects; one who is no longer listed is found no more, but what was stored for them stays.
   *
   * @throws TypeError when two entries share an address.
   */
  provision(users: readonly UserEntry[]): Promise<void>;
}
