import type { Abortable } from '@isched/values';
import { untilAborted } from './until-aborted.ts';

/** Runs work for a key, or joins the work for that key that is already under way. */
export type SingleFlight<T> = (
  key: string,
  work: (signal: AbortSignal) => Promise<T>,
  options?: Abortable,
) => Promise<T>;

interface Flight<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  passengers: number;
  landed: boolean;
}

/**
 * Makes concurrent requests for one key share one piece of work. One caller's abort ends only that caller's waiting; the
 * work is aborted when its last caller has left.
 *
 * @returns a function that throws what the work throws, or its own caller's abort reason.
 */
export function createSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Flight<T>>();
  const remove = (key: string, flight: Flight<T>): void => {
    if (flights.get(key) === flight) flights.delete(key);
  };
  const start = (key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> => {
    const controller = new AbortController();
    const flight: Flight<T> = { result: work(controller.signal), controller, passengers: 0, landed: false };
    const land = (): void => {
      flight.landed = true;
      remove(key, flight);
    };
    flights.set(key, flight);
    flight.result.then(land, land);
    return flight;
  };
  return async (key, work, options = {}) => {
    options.signal?.throwIfAborted();
    const flight = flights.get(key) ?? start(key, work);
    flight.passengers += 1;
    try {
      return await untilAborted(flight.result, options);
    } finally {
      flight.passengers -= 1;
      if (flight.passengers === 0 && !flight.landed) {
        remove(key, flight);
        flight.controller.abort(new Error('nobody waits for it any more'));
      }
    }
  };
}
