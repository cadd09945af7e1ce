import type { Admission, Receiver } from '@isched/ischedule';
import { type LoadLimits, mayTakeOn, type Stated } from '../policy/back-pressure.ts';

/** Counts what is under way, and turns away what would be too much. */
export interface Load {
  /** The same receiver, its POSTs counted from their header to the end of their answer. */
  counting(receiver: Receiver): Receiver;
  /** Asked while the request itself is already counted. */
  admit(stated: Stated): Admission;
}

/** It has to be short: peers come back together. Seconds. */
const retryAfterSeconds = 30;

/** Makes a count for one node. */
export function createLoad(limits: LoadLimits): Load {
  let inFlight = 0;
  return {
    counting: (receiver) => ({
      async handle(request, options) {
        if (request.method !== 'POST') return receiver.handle(request, options);
        inFlight++;
        try {
          return await receiver.handle(request, options);
        } finally {
          inFlight--;
        }
      },
    }),
    admit: (stated) =>
      mayTakeOn(stated, inFlight - 1, limits) ? { status: 'admitted' } : { status: 'overloaded', retryAfterSeconds },
  };
}
