import type { Resource } from '../../ports/directory.ts';

/** How a room's way to answer lies in its user's row; both null for a person. */
export interface ResourceColumns {
  readonly auto_schedule: string | null;
  readonly booking_days: number | null;
}

/** Lays it out as columns. @throws nothing. */
export function resourceColumns(resource: Resource | undefined): ResourceColumns {
  return { auto_schedule: resource?.autoSchedule ?? null, booking_days: resource?.bookingDays ?? null };
}

/** Reads the columns. @throws nothing. */
export function resourceOf({ auto_schedule: mode, booking_days: days }: ResourceColumns): Resource | undefined {
  if (mode === null || days === null) return undefined;
  return { autoSchedule: mode as Resource['autoSchedule'], bookingDays: days };
}
